"""Flarum discussions, by its JSON:API."""

import re
from datetime import datetime
from typing import Any
from urllib.parse import SplitResult, urlencode, urlsplit, urlunsplit

from crawlers.pages.dom import has_class
from crawlers.pages.found import Link, Listing, PageError, PageGone
from crawlers.pages.json_page import items, moment, number, read_json, words
from crawlers.pages.links import absolute
from crawlers.pages.officials import Officials
from crawlers.pages.thread import Message, ThreadPage, official, said

_DISCUSSION = re.compile(r"/(?:api/discussions|d)/(\d+)")
_TAG = re.compile(r"/t/([^/?#]+)")
_LISTED = 20
# What is quoted from another message, with the mention of it.
_QUOTE = (
    f".//blockquote[.//a[{has_class('PostMention')} or {has_class('UserMention')}]] | .//a[{has_class('PostMention')}]"
)


def address(url: str) -> str:
    """The API address of a tag page, a discussion or the forum's front page as people link it."""
    parts = urlsplit(url)
    if "/api/" in parts.path:
        return url
    if discussion := _DISCUSSION.search(parts.path):
        return _api(parts, parts.path[: discussion.start()], f"/discussions/{discussion[1]}", {})
    tag = _TAG.search(parts.path)
    wanted = {"filter[tag]": tag[1]} if tag else {}
    prefix = parts.path[: tag.start()] if tag else parts.path.rstrip("/").removesuffix("/all")
    return _api(parts, prefix, "/discussions", wanted | {"sort": "-createdAt", "page[limit]": str(_LISTED)})


def locator(url: str) -> str:
    """`d=123` for every spelling of a discussion's address."""
    discussion = _DISCUSSION.search(url)
    return f"d={discussion[1]}" if discussion else url


def read_board(text: str, *, url: str, now: datetime) -> Listing:
    """The discussions of one page of the list."""
    data = read_json(text, "Flarum")
    listed = items(data.get("data"))
    if not listed and "data" not in data:
        raise PageError("没有认出 Flarum 的主题列表")
    links = [_link(entry, url, now) for entry in listed if _attributes(entry).get("isHidden") is not True]
    onward = data.get("links")
    following = onward.get("next") if isinstance(onward, dict) else None
    return Listing(tuple(links), absolute(url, following) if isinstance(following, str) else None)


def read_thread(text: str, *, url: str, now: datetime, officials: Officials) -> ThreadPage:
    """One page of a discussion: the discussion itself with its first posts, or a further page of posts."""
    data = read_json(text, "Flarum")
    included = {(entry.get("type"), str(entry.get("id"))): entry for entry in items(data.get("included"))}
    main = data.get("data")
    posts = items(main) if isinstance(main, list) else [e for (kind, _), e in included.items() if kind == "posts"]
    comments = [post for post in posts if _attributes(post).get("contentType") == "comment"]
    comments.sort(key=lambda post: number(_attributes(post).get("number")) or 0)
    if not comments:
        raise PageError("没有认出 Flarum 的主题")
    opens = _attributes(comments[0]).get("number") == 1
    if opens and _attributes(comments[0]).get("isHidden"):
        raise PageGone("主楼已被屏蔽或删除")
    messages = [_message(post, included, now) for post in comments]
    about = _attributes(main) if isinstance(main, dict) else {}
    count = number(about.get("commentCount"))
    return ThreadPage(
        locator=locator(url),
        url=_shown(url),
        title=str(about.get("title") or ""),
        opening=messages[0] if opens else None,
        answers=official(messages[1:] if opens else messages, officials),
        views=number(about.get("views") or about.get("viewCount")),
        replies=count - 1 if count else None,
        next_url=_next(main, len(comments), url) if opens else _linked(data, url),
    )


def _link(entry: dict[str, Any], url: str, now: datetime) -> Link:
    about = _attributes(entry)
    target = absolute(url, urlsplit(url).path.partition("/api/")[0] + f"/api/discussions/{entry.get('id')}") or url
    mark = f"{about.get('commentCount')} {about.get('lastPostedAt')}"
    return Link(target, str(about.get("title") or ""), moment(about.get("createdAt"), now=now), mark)


def _message(post: dict[str, Any], included: dict[tuple[Any, str], dict[str, Any]], now: datetime) -> Message:
    about = _attributes(post)
    user = included.get(("users", _related(post, "user")), {})
    names = [_attributes(user).get("username"), _attributes(user).get("displayName")]
    for group in _relateds(user, "groups"):
        groups = _attributes(included.get(("groups", group), {}))
        names += [groups.get("nameSingular"), groups.get("namePlural")]
    html = "" if about.get("isHidden") else str(about.get("contentHtml") or "")
    return Message(said(html, without=_QUOTE), moment(about.get("createdAt"), now=now), words(*names))


def _next(main: object, shown: int, url: str) -> str | None:
    """The rest of a discussion whose first answer holds only its first posts."""
    ids = _relateds(main, "posts") if isinstance(main, dict) else []
    match = _DISCUSSION.search(url)
    if len(ids) <= shown or not match:
        return None
    parts = urlsplit(url)
    wanted = {"filter[discussion]": match[1], "page[offset]": str(shown), "page[limit]": "50", "sort": "number"}
    return _api(parts, parts.path.partition("/api/")[0], "/posts", wanted)


def _linked(data: dict[str, Any], url: str) -> str | None:
    links = data.get("links")
    following = links.get("next") if isinstance(links, dict) else None
    return absolute(url, following) if isinstance(following, str) else None


def _attributes(entry: object) -> dict[str, Any]:
    about = entry.get("attributes") if isinstance(entry, dict) else None
    return about if isinstance(about, dict) else {}


def _relateds(entry: object, name: str) -> list[str]:
    links = entry.get("relationships") if isinstance(entry, dict) else None
    data = (links.get(name) or {}).get("data") if isinstance(links, dict) else None
    return [str(item.get("id")) for item in (items(data) if isinstance(data, list) else items([data]))]


def _related(entry: dict[str, Any], name: str) -> str:
    return next(iter(_relateds(entry, name)), "")


def _api(parts: SplitResult, prefix: str, path: str, query: dict[str, str]) -> str:
    return urlunsplit((parts.scheme, parts.netloc, f"{prefix.rstrip('/')}/api{path}", urlencode(query), ""))


def _shown(url: str) -> str:
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc, parts.path.replace("/api/discussions/", "/d/"), "", ""))
