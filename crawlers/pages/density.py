"""Where the prose of an unknown page stands: blocks full of sentences, few of them links.

A paragraph speaks for the block around it, half as loud for the one around that, and link-laden blocks speak softly;
the loudest block is the article. Chinese commas and stops count, which extractors made for English pages overlook.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from lxml import etree

from crawlers.pages.dom import BLOCKS, Element, unread

_STOPS = re.compile(r"[，。、；：？！,;]")
_LEAST = 20  # characters of a paragraph that counts
_POSITIVE = re.compile(r"article|content|body|entry|main|text|news|detail|正文|zw|txt", re.IGNORECASE)
_NEGATIVE = re.compile(
    r"comment|pinglun|related|relate|recommend|share|footer|foot|copyright|sidebar|side|menu|nav|hot|rank|tags?\b|qrcode|"
    r"ewm|banner|advert|\bads?\b|gg\b|breadcrumb|crumb|position|toolbar|pager|page_|login|search|statement|shengming|pl_|"
    r"more|list|meta|info|author|editor|source|keyword",
    re.IGNORECASE,
)
# What the editors of WeChat and of portals call every list of their own.
_PLAIN_LIST = re.compile(r"list-paddingleft-\d|custom_\w+list", re.IGNORECASE)
_COMMENTS = re.compile(r"comment|pinglun|reply|replies|guestbook", re.IGNORECASE)
_FOOTER = re.compile(r"版权所有|ICP备|公网安备|举报电话|客服电话|免责声明|Copyright|网站标识码|主办单位")
_SUBTREES = frozenset(
    ["div", "section", "ul", "ol", "table", "dl", "aside", "nav", "footer", "header", "form", "figure"]
)


@dataclass(slots=True)
class Measure:
    """What a block holds: all characters, those inside links, stops, links, and its own text outside inner blocks."""

    chars: int = 0
    linked: int = 0
    stops: int = 0
    links: int = 0
    own: int = 0
    own_stops: int = 0

    @property
    def link_share(self) -> float:
        """Share of characters inside links; a block without text counts as all links."""
        return self.linked / self.chars if self.chars else 1.0


def measure(root: Element) -> dict[Element, Measure]:
    """Every readable element of `root` with what it holds, in one pass."""
    found: dict[Element, Measure] = {}
    open_: list[Element] = []
    links = 0
    walker = etree.iterwalk(root, events=("start", "end"))
    for event, element in walker:
        if event == "start":
            if element is not root and unread(element):
                walker.skip_subtree()
                continue
            found[element] = Measure()
            open_.append(element)
            links += element.tag == "a"
            _add(found, open_, element.text, bool(links))
            if element.tag == "a":
                found[element].links = 1
        elif element in found:
            open_.pop()
            links -= element.tag == "a"
            if open_:
                _sum(found[open_[-1]], found[element], block=element.tag in BLOCKS)
        if event == "end" and open_ and element is not root:
            _add(found, open_, element.tail, bool(links))
    return found


def _add(found: dict[Element, Measure], open_: list[Element], text: str | None, linked: bool) -> None:
    stripped = text.strip() if text else ""
    if stripped:
        here, stops = found[open_[-1]], len(_STOPS.findall(stripped))
        here.chars += len(stripped)
        here.own += len(stripped)
        here.stops += stops
        here.own_stops += stops
        here.linked += len(stripped) if linked else 0


def _sum(into: Measure, part: Measure, *, block: bool) -> None:
    into.chars += part.chars
    into.linked += part.linked
    into.stops += part.stops
    into.links += part.links
    if not block:  # inline text belongs to the block it stands in
        into.own += part.own
        into.own_stops += part.own_stops


def densest(root: Element, measures: dict[Element, Measure]) -> Element | None:
    """The block that holds the article, None where no block holds prose."""
    scores: defaultdict[Element, float] = defaultdict(float)
    for element, held in measures.items():
        if element.tag not in BLOCKS or held.own < _LEAST:
            continue
        points = 1 + held.own_stops + min(held.own / 100, 3)
        parent = element.getparent()
        if element.tag != "p":
            scores[element] += points
        if parent is not None and parent in measures:
            scores[parent] += points
            above = parent.getparent()
            if above is not None and above in measures:
                scores[above] += points / 2
    rated = {element: _weighed(element, score, measures[element]) for element, score in scores.items()}
    return max(rated, key=rated.__getitem__, default=None)


def _weighed(element: Element, score: float, held: Measure) -> float:
    names = f"{element.get('class') or ''} {element.get('id') or ''}"
    weight = 1.2 if _POSITIVE.search(names) else 1.0
    weight *= 0.5 if _named_badly(element) else 1.0
    around = " ".join(f"{above.get('class') or ''} {above.get('id') or ''}" for above in _near(element))
    weight *= 0.2 if _COMMENTS.search(around) else 1.0
    weight *= 0.2 if held.own and _FOOTER.search(element.text_content()[:2000]) else 1.0
    weight *= 0.1 if element.tag in ("body", "html", "ul", "ol", "li", "form") else 1.0
    return score * weight * (1 - held.link_share)


def _near(element: Element) -> list[Element]:
    """The element and the four around it."""
    return [element, *islice(element.iterancestors(), 4)]


def junk(root: Element, measures: dict[Element, Measure]) -> frozenset[Element]:
    """Blocks inside an article that are not of it: lists of links, share bars, comments, recommendations."""
    return frozenset(_junk(root, measures))


def _junk(root: Element, measures: dict[Element, Measure]) -> Iterator[Element]:
    whole = measures[root].chars
    for element, held in measures.items():
        if element is root or element.tag not in _SUBTREES or 2 * held.chars > whole:
            continue
        links = held.links >= 2 and held.link_share > 0.5 and held.stops < 2 + held.links
        if links or (_named_badly(element) and (held.stops < 6 or held.link_share > 0.3)):
            yield element


def _named_badly(element: Element) -> bool:
    names = _PLAIN_LIST.sub("", f"{element.get('class') or ''} {element.get('id') or ''}")
    return bool(_NEGATIVE.search(names)) and not _POSITIVE.search(names)
