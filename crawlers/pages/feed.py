"""RSS 0.9x/2.0, RDF, Atom 0.3/1.0 and JSON Feed to matters: a strict fast path, feedparser as judge of the rest.

The fast path reads only what is well-formed and complete; anything doubtful (a parse error, no entries, an entry
without title and link) goes to feedparser on text that is already decoded, since feedparser mis-decodes GBK.
Author elements are never read (S2). Dates are read by `crawlers.pages.dates`, since feedparser mis-dates Chinese feeds.
"""

import base64
import binascii
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urljoin

from lxml import etree

from crawlers.pages.dates import parse_feed_date
from crawlers.pages.decode import decode
from crawlers.pages.dom import text_of_html
from crawlers.pages.found import Found, PageError
from crawlers.pages.links import absolute, canonical

_XML = re.compile(r"^[\s\ufeff]*<\?xml[^>]*\?>\s*")
_ROOT = re.compile(r"\s*(?:<!--.*?-->\s*)*<(?:\w+:)?(?:rss|RDF|feed)\b[^<>]*>", re.DOTALL)
_DOCTYPE = re.compile(r"<!DOCTYPE", re.IGNORECASE)
_ATOM = ("http://www.w3.org/2005/Atom", "http://purl.org/atom/ns#")
_BASE = "{http://www.w3.org/XML/1998/namespace}base"
_CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"
_DATES = ("pubDate", "{http://purl.org/dc/elements/1.1/}date", "published", "issued", "{http://purl.org/dc/terms/}created",
          "created", "updated", "modified", "lastBuildDate", "date", "pubdate")  # fmt: skip
_LONGEST = 8_000_000  # characters


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed's title, its entries in feed order, and how it was read. `skipped` entries held nothing to keep."""

    title: str
    entries: tuple[Found, ...]
    skipped: int = 0
    judged: bool = False  # read by feedparser: the feed is not well-formed


@dataclass(frozen=True, slots=True)
class _Entry:
    """An entry's fields as text; bodies are HTML."""

    title: str
    link: str
    id: str
    body: str
    date: str


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
    strict = _strict(text, url)
    if strict is not None:
        title, entries = strict
        return _feed(title, entries, url, now, judged=False)
    return _judged(text, url, now)


def _feed(title: str, entries: list[_Entry], url: str, now: datetime, *, judged: bool) -> Feed:
    found = [matter for entry in entries if (matter := _matter(entry, url, now))]
    return Feed(text_of_html(title), tuple(found), len(entries) - len(found), judged)


def _matter(entry: _Entry, url: str, now: datetime) -> Found | None:
    title, text = text_of_html(entry.title).replace("\n", " "), text_of_html(entry.body)
    link = absolute(url, entry.link) or ""
    if not title and not text:
        return None
    moment = parse_feed_date(entry.date, now=now) if entry.date else None
    # Without id and link only the words themselves can say whether an entry was seen before.
    locator = entry.id or (canonical(link) if link else "") or f"{title}\n{text[:200]}"
    return Found(url=link, title=title, text=text, locator=locator, posted_at=moment)


def _strict(text: str, url: str) -> tuple[str, list[_Entry]] | None:
    """Title and entries of a well-formed, complete feed; None for anything doubtful."""
    if _DOCTYPE.search(text[:2000]):
        return None  # entities declared by strangers are feedparser's business
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True, huge_tree=False)
    try:
        root = etree.fromstring(_XML.sub("", text, count=1).encode("utf-8"), parser)
    except (etree.XMLSyntaxError, ValueError):
        return None
    read = _rss_entry if _local(root) in ("rss", "RDF") else _atom_entry if root.tag in _ATOM_ROOTS else None
    if read is None:
        return None
    entries = [read(node, url) for node in root.iter("{*}item", "{*}entry")]
    if not entries or not all(entry.title and (entry.link or entry.id) for entry in entries):
        return None
    channel = root.find("{*}channel")
    return _child(root if channel is None else channel, "title"), entries


_ATOM_ROOTS = tuple(f"{{{namespace}}}feed" for namespace in _ATOM)


def _local(node: Any) -> str:
    return str(etree.QName(node).localname)


def _rss_entry(node: Any, url: str) -> _Entry:
    fields = {_rss_name(child): child for child in reversed(node) if isinstance(child.tag, str)}
    guid = fields.get("guid")
    id = (guid.text or "").strip() if guid is not None else (node.get(_ABOUT) or "")
    link = _text(fields.get("link")) or (id if guid is not None and guid.get("isPermaLink", "true") == "true" else "")
    body = _text(fields.get(_CONTENT)) or _markup(fields.get("description"))
    date = next((value for name in _DATES if (value := _text(fields.get(name)))), "")
    return _Entry(_markup(fields.get("title")), _whole(node, url, link), id, body, date)


_ABOUT = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about"


def _rss_name(node: Any) -> str:
    """RSS elements by their bare name, whatever namespace a version gives them; modules keep theirs."""
    tag = str(node.tag)
    return tag.rpartition("}")[2] if "purl.org/rss" in tag and tag != _CONTENT else tag


def _atom_entry(node: Any, url: str) -> _Entry:
    fields: dict[str, Any] = {}
    links = []
    for child in node:
        if not isinstance(child.tag, str):
            continue
        name = _local(child)
        if name == "link":
            links.append(child)
        fields.setdefault(name, child)
    chosen = next((link for link in links if link.get("rel", "alternate") == "alternate"), links[0] if links else None)
    link = (chosen.get("href") or "").strip() if chosen is not None else ""
    body = _atom_text(fields.get("content")) or _atom_text(fields.get("summary"))
    date = next((value for name in _DATES if (value := _text(fields.get(name)))), "")
    base = _base(chosen if chosen is not None else node, url)
    return _Entry(
        _atom_text(fields.get("title")), urljoin(base, link) if link else "", _text(fields.get("id")), body, date
    )


def _atom_text(node: Any) -> str:
    """HTML of an Atom text construct: text is escaped, XHTML serialised, base64 decoded."""
    if node is None:
        return ""
    if node.get("mode") == "base64":
        try:
            return base64.b64decode(node.text or "").decode("utf-8", "replace")
        except (binascii.Error, ValueError):
            return ""
    kind, mode = node.get("type", "text"), node.get("mode", "")
    if len(node):
        return _markup(node)
    text = (node.text or "").strip()
    plain = kind in ("text", "text/plain") and mode != "escaped"
    return text.replace("&", "&amp;").replace("<", "&lt;") if plain else text


def _markup(node: Any) -> str:
    """Content of an element that may hold escaped or naked markup."""
    if node is None:
        return ""
    if not len(node):
        return (node.text or "").strip()
    inner = (etree.tostring(child, encoding="unicode", method="html") for child in node)
    return f"{node.text or ''}{''.join(inner)}".strip()


def _text(node: Any) -> str:
    return "" if node is None else (node.text or "").strip()


def _child(node: Any, name: str) -> str:
    return next((_markup(child) for child in node if isinstance(child.tag, str) and _local(child) == name), "")


def _whole(node: Any, url: str, link: str) -> str:
    """A link with everything that its place in the feed adds to it."""
    return link if not link or link.startswith(("http://", "https://")) else urljoin(_base(node, url), link)


def _base(node: Any, url: str) -> str:
    """xml:base of the element and all around it."""
    bases = [base for around in (node, *node.iterancestors()) if (base := around.get(_BASE))]
    for base in reversed(bases):
        url = urljoin(url, base)
    return url


def _judged(text: str, url: str, now: datetime) -> Feed:
    """feedparser's verdict on a feed that is not well-formed or not complete."""
    import feedparser

    relabelled = _XML.sub('<?xml version="1.0" encoding="utf-8"?>', text, count=1).encode("utf-8", "replace")
    headers = {"content-type": "application/xml; charset=utf-8", "content-location": url}
    parsed = feedparser.parse(relabelled, response_headers=headers, sanitize_html=False, resolve_relative_uris=True)
    if not parsed.get("version") and not parsed.entries and not _ROOT.match(_XML.sub("", text, count=1)):
        raise PageError("不是订阅源，请核对地址")
    entries = [_parsed_entry(entry) for entry in parsed.entries]
    return _feed(parsed.feed.get("title", ""), entries, url, now, judged=True)


def _parsed_entry(entry: Any) -> _Entry:
    contents = [content.get("value", "") for content in entry.get("content", [])]
    body = next(filter(None, contents), "") or entry.get("summary", "") or entry.get("description", "")
    # `published` and the others are the feed's own words; feedparser's reading of them is not used.
    date = next((entry[name] for name in ("published", "created", "updated") if entry.get(name)), "")
    return _Entry(entry.get("title", ""), entry.get("link", ""), entry.get("id", ""), body, date)


def _json_feed(text: str, url: str, now: datetime) -> Feed:
    try:
        data = json.loads(text.lstrip("\ufeff"))
    except (ValueError, RecursionError) as error:
        raise PageError("不是订阅源：JSON 格式有误") from error
    if not isinstance(data, dict) or not isinstance(data.get("items"), list):
        raise PageError("不是订阅源：没有 items")
    entries = [_Entry(*_json_fields(item)) for item in data["items"] if isinstance(item, dict)]
    return _feed(str(data.get("title") or ""), entries, url, now, judged=False)


def _json_fields(item: dict[str, Any]) -> Iterator[str]:
    plain = str(item.get("content_text") or item.get("summary") or "").replace("&", "&amp;").replace("<", "&lt;")
    title = str(item.get("title") or "").replace("&", "&amp;").replace("<", "&lt;")
    yield title
    yield str(item.get("url") or item.get("external_url") or "")
    yield str(item.get("id") or "")
    yield str(item.get("content_html") or plain)
    yield str(item.get("date_published") or item.get("date_modified") or "")
