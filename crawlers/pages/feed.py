"""RSS 0.9x/2.0, RDF, Atom 0.3/1.0 and JSON Feed to matters: a strict fast path, feedparser as judge of the rest.

The fast path reads only what is well-formed and complete; anything doubtful (a parse error, no entries, an entry
without title and link) goes to feedparser on text that is already decoded, since feedparser mis-decodes GBK.
Author elements are never read (S2). Dates are read by `crawlers.pages.dates`, since feedparser mis-dates Chinese feeds.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crawlers.pages.dates import parse_feed_date
from crawlers.pages.decode import decode
from crawlers.pages.found import Found, PageError
from crawlers.pages.fragment import text_of_html
from crawlers.pages.links import absolute, canonical
from crawlers.pages.strict_feed import DECLARATION, Entry, read_strict

_ROOT = re.compile(r"\s*+(?:(?><!--.*?-->)\s*+)*+<(?:\w+:)?(?:rss|RDF|feed)\b[^<>]*>", re.DOTALL)
_LONGEST = 8_000_000  # characters


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed's title, its entries in feed order, and how it was read. `skipped` entries held nothing to keep."""

    title: str
    entries: tuple[Found, ...]
    skipped: int = 0
    judged: bool = False  # read by feedparser: the feed is not well-formed


def read_feed(body: bytes, *, url: str, now: datetime, content_type: str = "") -> Feed:
    """The feed's entries. Raises `PageError` where the bytes are no feed, with the reason."""
    decoded = decode(body, content_type)
    if decoded.doubt:
        raise PageError(decoded.doubt)
    text = decoded.text
    if len(text) > _LONGEST:
        raise PageError("订阅源过大")
    if text.lstrip("\ufeff \t\r\n").startswith(("{", "[")):
        return _json_feed(text, url, now)
    strict = read_strict(text, url)
    if strict is not None:
        title, entries = strict
        return _feed(title, entries, url, now, judged=False)
    return _judged(text, url, now)


def _feed(title: str, entries: list[Entry], url: str, now: datetime, *, judged: bool) -> Feed:
    found = [matter for entry in entries if (matter := _matter(entry, url, now))]
    return Feed(text_of_html(title), tuple(found), len(entries) - len(found), judged)


def _matter(entry: Entry, url: str, now: datetime) -> Found | None:
    title, text = text_of_html(entry.title).replace("\n", " "), text_of_html(entry.body)
    link = absolute(url, entry.link) or ""
    if not title and not text:
        return None
    moment = parse_feed_date(entry.date, now=now) if entry.date else None
    # Without id and link only the words themselves can say whether an entry was seen before.
    locator = entry.id or (canonical(link) if link else "") or f"{title}\n{text[:200]}"
    return Found(url=link, title=title, text=text, locator=locator, posted_at=moment)


def _judged(text: str, url: str, now: datetime) -> Feed:
    """feedparser's verdict on a feed that is not well-formed or not complete."""
    import feedparser

    relabelled = DECLARATION.sub('<?xml version="1.0" encoding="utf-8"?>', text, count=1).encode("utf-8", "replace")
    headers = {"content-type": "application/xml; charset=utf-8", "content-location": url}
    parsed = feedparser.parse(relabelled, response_headers=headers, sanitize_html=False, resolve_relative_uris=True)
    if not parsed.get("version") and not parsed.entries and not _ROOT.match(DECLARATION.sub("", text, count=1)):
        raise PageError("不是订阅源，请核对地址")
    entries = [_parsed_entry(entry) for entry in parsed.entries]
    return _feed(parsed.feed.get("title", ""), entries, url, now, judged=True)


def _parsed_entry(entry: Any) -> Entry:
    contents = [content.get("value", "") for content in entry.get("content", [])]
    body = next(filter(None, contents), "") or entry.get("summary", "") or entry.get("description", "")
    # `published` and the others are the feed's own words; feedparser's reading of them is not used.
    date = next((entry[name] for name in ("published", "created", "updated") if entry.get(name)), "")
    return Entry(entry.get("title", ""), entry.get("link", ""), entry.get("id", ""), body, date)


def _json_feed(text: str, url: str, now: datetime) -> Feed:
    try:
        data = json.loads(text.lstrip("\ufeff"))
    except (ValueError, RecursionError) as error:
        raise PageError("不是订阅源：JSON 格式有误") from error
    if not isinstance(data, dict) or not isinstance(data.get("items"), list):
        raise PageError("不是订阅源：没有 items")
    entries = [Entry(*_json_fields(item)) for item in data["items"] if isinstance(item, dict)]
    return _feed(str(data.get("title") or ""), entries, url, now, judged=False)


def _json_fields(item: dict[str, Any]) -> Iterator[str]:
    plain = str(item.get("content_text") or item.get("summary") or "").replace("&", "&amp;").replace("<", "&lt;")
    title = str(item.get("title") or "").replace("&", "&amp;").replace("<", "&lt;")
    yield title
    yield str(item.get("url") or item.get("external_url") or "")
    yield str(item.get("id") or "")
    yield str(item.get("content_html") or plain)
    yield str(item.get("date_published") or item.get("date_modified") or "")
