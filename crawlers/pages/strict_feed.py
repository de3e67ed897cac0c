"""The quick way through a feed: well-formed, complete XML only; None for anything in doubt.

The standard library's parser hands out plain objects, which is what makes this several times faster than a tree that
wraps a C library's nodes one by one. It is given decoded text, so no declaration can mislead it.
"""

import base64
import binascii
import re
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import urljoin
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

DECLARATION = re.compile(r"^[\s\ufeff]*<\?xml[^>]*\?>\s*")
# What may stand before the root element of a feed without a document type: entities that a stranger declares in one
# are the judge's business. Atomic, so that a thousand comments are not tried in every grouping.
_PROLOGUE = re.compile(r"(?:\s++|(?><\?.*?\?>)|(?><!--.*?-->))*+<(?=[^!?])", re.DOTALL)
_ATOM = ("{http://www.w3.org/2005/Atom}", "{http://purl.org/atom/ns#}")
_ABSOLUTE = ("http://", "https://")
_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_BASE = "{http://www.w3.org/XML/1998/namespace}base"
_CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"
_DATES = ("pubDate", "{http://purl.org/dc/elements/1.1/}date", "published", "issued", "{http://purl.org/dc/terms/}created",
          "created", "updated", "modified", "lastBuildDate", "date", "pubdate")  # fmt: skip
_ATOM_DATES = tuple(name for name in _DATES if not name.startswith("{"))


class Entry(NamedTuple):
    """An entry's fields as text; title and body are HTML."""

    title: str
    link: str
    id: str
    body: str
    date: str


def read_strict(text: str, url: str) -> tuple[str, list[Entry]] | None:
    """Title and entries of a well-formed, complete feed at `url`; None for anything doubtful."""
    text = DECLARATION.sub("", text, count=1)
    if not _PROLOGUE.match(text):
        return None
    try:
        root = ElementTree.fromstring(text)
    except (ElementTree.ParseError, ValueError):  # a lone surrogate is a ValueError
        return None
    if _local(root.tag) in ("rss", "RDF"):
        title, entries = _rss(root, url)
    elif root.tag.startswith(_ATOM) and _local(root.tag) == "feed":
        title, entries = _atom(root, url)
    else:
        return None
    # Entries in places where none belong are doubtful, too.
    if not entries or len(entries) < text.count("</item>") + text.count("</entry>"):
        return None
    complete = all(entry.title and (entry.link or entry.id) for entry in entries)
    return (title, entries) if complete else None


def _rss(root: Element, url: str) -> tuple[str, list[Entry]]:
    channel = next((node for node in root if _local(node.tag) == "channel"), None)
    around = _based(root, url)
    entries = [_rss_entry(node, around) for node in root if _local(node.tag) == "item"]
    if channel is not None:
        around = _based(channel, around)
        entries += [_rss_entry(node, around) for node in channel if _local(node.tag) == "item"]
    return _title(root if channel is None else channel), entries


def _rss_entry(node: Element, url: str) -> Entry:
    # The first of several elements of a name counts.
    fields = {_rss_name(child.tag): child for child in node[::-1]}
    guid = fields.get("guid")
    id = _text(guid) if guid is not None else node.get(f"{_RDF}about", "")
    link = _text(fields.get("link")) or (id if guid is not None and guid.get("isPermaLink", "true") == "true" else "")
    if link and not link.startswith(_ABSOLUTE):
        link = urljoin(_based(node, url), link)
    body = _text(fields.get(_CONTENT)) or _markup(fields.get("description"))
    return Entry(_markup(fields.get("title")), link, id, body, _date(fields, _DATES))


def _atom(root: Element, url: str) -> tuple[str, list[Entry]]:
    around = _based(root, url)
    return _title(root), [_atom_entry(node, around) for node in root if _local(node.tag) == "entry"]


def _atom_entry(node: Element, url: str) -> Entry:
    fields = {_local(child.tag): child for child in node[::-1]}
    links = [child for child in node if _local(child.tag) == "link"]
    chosen = next((link for link in links if link.get("rel", "alternate") == "alternate"), links[0] if links else None)
    link = ""
    if chosen is not None and (link := chosen.get("href", "").strip()):
        link = link if link.startswith(_ABSOLUTE) else urljoin(_based(chosen, _based(node, url)), link)
    body = _construct(fields.get("content")) or _construct(fields.get("summary"))
    return Entry(_construct(fields.get("title")), link, _text(fields.get("id")), body, _date(fields, _ATOM_DATES))


def _date(fields: dict[str, Element], names: tuple[str, ...]) -> str:
    return next((value for name in names if name in fields and (value := _text(fields[name]))), "")


@lru_cache(maxsize=512)
def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


@lru_cache(maxsize=512)
def _rss_name(tag: str) -> str:
    """RSS elements by their bare name, whatever namespace a version gives them; modules keep theirs."""
    return _local(tag) if "purl.org/rss" in tag and tag != _CONTENT else tag


def _based(node: Element, url: str) -> str:
    """The address that relative links inside `node` start from, given the one around it."""
    return urljoin(url, base) if (base := node.get(_BASE)) else url


def _title(node: Element) -> str:
    return next((_markup(child) for child in node if _local(child.tag) == "title"), "")


def _text(node: Element | None) -> str:
    return "" if node is None else (node.text or "").strip()


def _markup(node: Element | None) -> str:
    """Content of an element that may hold escaped or naked markup."""
    if node is None:
        return ""
    return f"{node.text or ''}{''.join(map(_naked, node))}".strip() if len(node) else (node.text or "").strip()


def _naked(node: Element) -> str:
    """Markup that stands in a feed as elements, as HTML without namespaces."""
    for element in node.iter():
        element.tag = _local(element.tag)
        element.attrib = {name: value for name, value in element.attrib.items() if not name.startswith("{")}
    return ElementTree.tostring(node, encoding="unicode", method="html")


def _construct(node: Element | None) -> str:
    """HTML of an Atom text construct: text is escaped, XHTML serialised, base64 decoded."""
    if node is None:
        return ""
    if node.get("mode") == "base64":
        try:
            return base64.b64decode(node.text or "").decode("utf-8", "replace")
        except (binascii.Error, ValueError):
            return ""
    if len(node):
        return _markup(node)
    text = (node.text or "").strip()
    plain = node.get("type", "text") in ("text", "text/plain") and node.get("mode", "") != "escaped"
    return text.replace("&", "&amp;").replace("<", "&lt;") if plain else text
