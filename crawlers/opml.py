"""OPML in and out: the list format of feed readers, so that an office brings its feeds along and may take them away."""

import re
from collections.abc import Iterable
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from lxml import etree

from crawlers.addresses import public_url
from crawlers.pages.decode import decode
from crawlers.pages.links import absolute, canonical
from crawlers.platforms import platform_of
from crawlers.sources import Source
from crawlers.workspace import Problem

_DECLARATION = re.compile(r"^[\s\ufeff]*<\?xml[^>]*\?>")
_LARGEST = 20 * 2**20  # bytes


def read_opml(path: Path, *, known: Iterable[Source] = ()) -> tuple[list[Source], list[Problem]]:
    """The feeds of an OPML file that are not `known` yet, named by their folders, and what could not be taken.

    Files without a declaration or with a wrong one are read like web pages: by what they hold.
    """
    try:
        body = path.read_bytes()[:_LARGEST]
    except OSError:
        return [], [Problem(path.name, "", "打不开这个文件", "请检查路径")]
    root = _root(body)
    if root is None:
        return [], [Problem(path.name, "", "不是 OPML 文件", "请从阅读器中导出 OPML（.opml 或 .xml）")]
    sources, problems = [], []
    names, urls = {source.name for source in known}, {canonical(source.url) for source in known}
    for outline in root.iter("outline", "OUTLINE"):
        url = next((value for name, value in outline.attrib.items() if name.lower() == "xmlurl"), None)
        if url is None:
            continue
        place = f"第 {outline.sourceline} 行"
        if wrong := _refused(url):
            problems.append(Problem(path.name, place, wrong, "这一条没有导入"))
        elif canonical(url) not in urls:
            urls.add(canonical(url))
            sources.append(Source(_unique(_name(outline, url), names), "feed", absolute(url, url) or url))
    return sources, problems


def _root(body: bytes) -> etree._Element | None:
    """The opml element; None for anything else, a file in no encoding that we can read among it."""
    decoded = decode(body)
    parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=True, huge_tree=False)
    try:
        root = etree.fromstring(_DECLARATION.sub("", decoded.text).encode("utf-8", "replace"), parser)
    except etree.XMLSyntaxError:  # nothing at all to recover
        return None
    is_opml = root is not None and etree.QName(root).localname.lower() == "opml"
    return root if is_opml and not decoded.doubt else None


def write_opml(sources: Iterable[Source], *, title: str) -> str:
    """An OPML 2.0 document of the feeds among `sources`; other kinds have no place in the format."""
    rows = [
        f'    <outline type="rss" text={name} title={name} xmlUrl={quoteattr(source.url)}/>'
        for source in sources
        if source.kind == "feed" and (name := quoteattr(source.name))
    ]
    return "\n".join(
        [
            '<?xml version="1.0" encoding="UTF-8"?>',
            '<opml version="2.0">',
            f"  <head><title>{escape(title)}</title></head>",
            "  <body>",
            *rows,
            "  </body>",
            "</opml>",
            "",
        ]
    )


def _refused(url: str) -> str:
    whole = absolute(url, url)
    if whole is None:
        return f"不是 http 或 https 网址：{url[:80]!r}"
    if public_url(whole) != whole:
        return "网址里有个人主页、账号或会话参数"
    return f"{name}是个人账号平台，不在采集范围" if (name := platform_of(whole)) else ""


def _name(outline: etree._Element, url: str) -> str:
    """The outline's own title after the folders it lies in."""
    titles = [_title(around) for around in reversed([outline, *outline.iterancestors("outline", "OUTLINE")])]
    return "·".join(filter(None, titles))[:60] or url


def _title(outline: etree._Element) -> str:
    given = {name.lower(): value.strip() for name, value in outline.attrib.items()}
    return " ".join((given.get("title") or given.get("text") or "").split())


def _unique(name: str, taken: set[str]) -> str:
    number, made = 1, name
    while made in taken:
        number += 1
        made = f"{name}（{number}）"
    taken.add(made)
    return made
