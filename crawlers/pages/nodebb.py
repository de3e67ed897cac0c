"""NodeBB categories and topics, by the read API every page offers under `/api`."""

import re
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from crawlers.pages.found import Link, Listing, PageError, PageGone
from crawlers.pages.fragment import text_of_html
from crawlers.pages.json_page import items, moment, number, read_json, words
from crawlers.pages.links import absolute
from crawlers.pages.officials import Officials
from crawlers.pages.thread import Message, ThreadPage, official, said

_TOPIC = re.compile(r"/topic/(\d+)")
_PLACE = re.compile(r"/(?:api/)?(?=(?:category|topic|recent|popular)\b)")


def address(url: str) -> str:
    """The API address of a category or topic as people link it."""
    parts = urlsplit(url)
    if "/api/" in parts.path:
        return url
    place = _PLACE.search(parts.path)
    path = (
        f"{parts.path[: place.start()]}/api/{parts.path[place.end() :]}"
        if place
        else f"{parts.path.rstrip('/')}/api/recent"
    )
    return urlunsplit((parts.scheme, parts.netloc, path, parts.query, ""))


def locator(url: str) -> str:
    """`topic=123` for every spelling of a topic's address."""
    topic = _TOPIC.search(url)
    return f"topic={topic[1]}" if topic else url


def read_board(text: str, *, url: str, now: datetime) -> Listing:
    """The topics of one page of a category."""
    data = read_json(text, "NodeBB")
    if not isinstance(data.get("topics"), list):
        raise PageError("没有认出 NodeBB 的主题列表")
    links = [_link(topic, url, now) for topic in items(data["topics"]) if not topic.get("deleted")]
    return Listing(tuple(links), _next(data, url))


def read_thread(text: str, *, url: str, now: datetime, officials: Officials) -> ThreadPage:
    """One page of a topic."""
    data = read_json(text, "NodeBB")
    posts = items(data.get("posts"))
    if data.get("deleted"):
        raise PageGone("主题已删除或不存在")
    if not posts:
        raise PageError("没有认出 NodeBB 的主题")
    opens = posts[0].get("index", 0) == 0 and "page=" not in url
    if opens and posts[0].get("deleted"):
        raise PageGone("主楼已被屏蔽或删除")
    messages = [_message(post, now) for post in posts]
    count = number(data.get("postcount"))
    return ThreadPage(
        locator=locator(url),
        url=_shown(url),
        title=text_of_html(str(data.get("titleRaw") or data.get("title") or "")),
        opening=messages[0] if opens else None,
        answers=official(messages[1:] if opens else messages, officials),
        views=number(data.get("viewcount")),
        replies=count - 1 if count else None,
        likes=number(data.get("upvotes")),
        next_url=_next(data, url),
    )


def _link(topic: dict[str, Any], url: str, now: datetime) -> Link:
    base = urlsplit(url).path.partition("/api/")[0]
    target = absolute(url, f"{base}/api/topic/{topic.get('slug') or topic.get('tid')}") or url
    title = text_of_html(str(topic.get("titleRaw") or topic.get("title") or ""))
    mark = f"{topic.get('postcount')} {topic.get('lastposttimeISO')}"
    return Link(target, title, moment(topic.get("timestampISO"), now=now), mark)


def _message(post: dict[str, Any], now: datetime) -> Message:
    user = post.get("user") if isinstance(post.get("user"), dict) else {}
    assert isinstance(user, dict)
    names = [user.get("username"), user.get("displayname"), user.get("groupTitle")]
    for group in items(user.get("selectedGroups")):
        names += [group.get("name"), group.get("displayName"), group.get("userTitle")]
    html = "" if post.get("deleted") else str(post.get("content") or "")
    return Message(said(html, without=_QUOTE), moment(post.get("timestampISO"), now=now), words(*names))


_QUOTE = ".//blockquote"


def _next(data: dict[str, Any], url: str) -> str | None:
    pages = data.get("pagination")
    following = pages.get("next") if isinstance(pages, dict) else None
    if not isinstance(following, dict) or not following.get("active"):
        return None
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc, parts.path, f"page={following.get('page')}", ""))


def _shown(url: str) -> str:
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc, parts.path.replace("/api/", "/", 1), "", ""))
