"""Discourse categories and topics, by the JSON every page offers under its own address plus `.json`."""

import re
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

from crawlers.pages.dom import has_class
from crawlers.pages.found import Link, Listing, PageError, PageGone
from crawlers.pages.fragment import text_of_html
from crawlers.pages.json_page import items, moment, number, read_json, words
from crawlers.pages.links import absolute
from crawlers.pages.officials import Officials
from crawlers.pages.thread import Message, ThreadPage, official, said

_TOPIC = re.compile(r"/t/(?:[^/?#]+/)?(\d+)")
_PAGE = 20  # posts a page of a topic
# Quoted messages are other people's words.
_QUOTE = f".//aside[{has_class('quote')}]"


def address(url: str) -> str:
    """The JSON address of a category or topic as people link it; topics lose their slug and post number."""
    parts = urlsplit(url)
    if topic := _TOPIC.search(parts.path):
        prefix = parts.path[: topic.start()]
        return urlunsplit((parts.scheme, parts.netloc, f"{prefix}/t/{topic[1]}.json", parts.query, ""))
    path = parts.path.rstrip("/") or "/latest"
    return urlunsplit((parts.scheme, parts.netloc, path if path.endswith(".json") else f"{path}.json", parts.query, ""))


def locator(url: str) -> str:
    """`t=123` for every spelling of a topic's address."""
    topic = _TOPIC.search(url)
    return f"t={topic[1]}" if topic else url


def read_board(text: str, *, url: str, now: datetime) -> Listing:
    """The topics of one page of a category."""
    data = read_json(text, "Discourse")
    listed = data.get("topic_list")
    if not isinstance(listed, dict):
        raise PageError("没有认出 Discourse 的主题列表")
    links = [link for topic in items(listed.get("topics")) if (link := _link(topic, url, now))]
    onward = listed.get("more_topics_url")
    return Listing(tuple(links), address(absolute(url, onward) or url) if isinstance(onward, str) and onward else None)


def read_thread(text: str, *, url: str, now: datetime, officials: Officials) -> ThreadPage:
    """One page of a topic."""
    data = read_json(text, "Discourse")
    stream = data.get("post_stream")
    posts = items(stream.get("posts")) if isinstance(stream, dict) else []
    if not posts:
        raise PageError("没有认出 Discourse 的主题")
    opens = posts[0].get("post_number") == 1
    if opens and _is_unseen(posts[0]):
        raise PageGone("主楼已被屏蔽或删除")
    messages = [_message(post, now) for post in posts]
    count = number(data.get("posts_count"))
    return ThreadPage(
        locator=locator(url),
        url=_shown(url),
        title=text_of_html(str(data.get("title") or "")),
        opening=messages[0] if opens else None,
        answers=official(messages[1:] if opens else messages, officials),
        views=number(data.get("views")),
        replies=count - 1 if count else None,
        likes=number(data.get("like_count")),
        next_url=_next(url, posts, count or 0),
    )


def _link(topic: dict[str, Any], url: str, now: datetime) -> Link | None:
    id, count = number(topic.get("id")), number(topic.get("posts_count"))
    if id is None or topic.get("visible") is False:
        return None
    title = text_of_html(str(topic.get("title") or topic.get("fancy_title") or ""))
    target = absolute(url, f"/t/{id}.json") or url
    return Link(target, title, moment(topic.get("created_at"), now=now), f"{count} {topic.get('last_posted_at')}")


def _is_unseen(post: dict[str, Any]) -> bool:
    return bool(post.get("hidden") or post.get("user_deleted") or post.get("deleted_at"))


def _message(post: dict[str, Any], now: datetime) -> Message:
    names = words(*(post.get(name) for name in _MARKS))
    text = "" if _is_unseen(post) else said(str(post.get("cooked") or ""), without=_QUOTE)
    return Message(text, moment(post.get("created_at"), now=now), names)


_MARKS = ("username", "name", "display_username", "primary_group_name", "flair_name", "user_title")


def _next(url: str, posts: list[dict[str, Any]], count: int) -> str | None:
    parts = urlsplit(url)
    page = int(parse_qs(parts.query).get("page", ["1"])[0]) if parts.query else 1
    if not posts or page * _PAGE >= count:
        return None
    return urlunsplit((parts.scheme, parts.netloc, parts.path, urlencode({"page": page + 1}), ""))


def _shown(url: str) -> str:
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc, parts.path.removesuffix(".json"), "", ""))
