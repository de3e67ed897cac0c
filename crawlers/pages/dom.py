"""HTML to a tree and a tree to readable text, for pages of any quality, without recursion."""

import re
from typing import TypeAlias

from lxml import etree, html

from crawlers.pages.found import PageError

Element: TypeAlias = html.HtmlElement

# Larger pages are templates gone wrong or attacks; the largest honest one in our recordings is 1.3 MB.
MAX_CHARACTERS = 4_000_000
# Readers and extractors cost more than linear time in elements; honest pages have a few thousand.
MAX_ELEMENTS = 30_000
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
UNREAD = frozenset(
    [
        "script",
        "style",
        "noscript",
        "template",
        "iframe",
        "object",
        "embed",
        "svg",
        "math",
        "canvas",
        "video",
        "audio",
        "map",
        "head",
        "select",
        "option",
        "textarea",
        "button",
        "input",
    ]
)
BLOCKS = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "caption",
        "center",
        "dd",
        "details",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "legend",
        "li",
        "main",
        "menu",
        "nav",
        "ol",
        "p",
        "pre",
        "section",
        "summary",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "tr",
        "ul",
    ]
)
_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?:px|pt|r?em|%)?\s*(?:;|!|$)", re.IGNORECASE
)
_COUNT = re.compile(r"(\d+(?:\.\d+)?)\s*([万wW])?")
_SPACES = re.compile(r"[^\S\n]+")


def parse(text: str) -> Element:
    """The document's tree. Raises `PageError` for what no browser would show: nothing, or far too much."""
    if len(text) > MAX_CHARACTERS:
        raise PageError("网页过大")
    text = _DECLARATION.sub("", text).replace("\0", "")
    # A parser of its own a page: lxml's shared default keeps an error log that grows with every page.
    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    try:
        tree = html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, AssertionError) as error:
        raise PageError("网页是空的或无法解析") from error
    if tree.xpath("count(//*)") > MAX_ELEMENTS:
        raise PageError("网页结构过于复杂")
    return tree


def text_of(root: Element | None, *, without: frozenset[Element] = frozenset()) -> str:
    """What a reader sees of `root`: a line a block, spaces single; scripts, form fields and hidden parts left out.

    Forums plant hidden characters in posts against copying; they are hidden parts too.
    """
    if root is None:
        return ""
    parts: list[str] = []
    walker = etree.iterwalk(root, events=("start", "end"))
    for event, element in walker:
        if event == "start":
            if element in without or (element is not root and unread(element)):
                walker.skip_subtree()
                continue
            if element.tag in BLOCKS or element.tag == "br":
                parts.append("\n")
            if element.text:
                parts.append(_flat(element.text, element))
            continue
        if element.tag in BLOCKS:
            parts.append("\n")
        if element.tail and element is not root:
            parts.append(_flat(element.tail, element.getparent()))
    lines = (_SPACES.sub(" ", line).strip() for line in "".join(parts).split("\n"))
    return "\n".join(line for line in lines if line)


def one_line(root: Element | None) -> str:
    """The text of a small element (a title, a cell) on one line."""
    return text_of(root).replace("\n", " ")


def first(root: Element, *paths: str) -> Element | None:
    """The first element any of the XPaths finds, tried in order."""
    for path in paths:
        for found in root.xpath(path):
            return found
    return None


def has_class(name: str) -> str:
    """An XPath condition for an element with the CSS class `name`."""
    return f"contains(concat(' ', normalize-space(@class), ' '), ' {name} ')"


def pieces(tree: Element) -> list[str]:
    """Every stretch of text of a page, <title> and scripts left out, as it stands in the source.

    Comparing is eight times faster than asking every piece for its element.
    """
    unseen = {element.text for element in _UNSEEN(tree)}
    found = [text for text in _PIECES(tree) if text not in unseen]
    title = next((element.text for element in tree.iter("title")), None)
    if title in found:
        found.remove(title)
    return found


def loose_text(tree: Element, *, without: Element | None = None) -> str:
    """All text of a page in one string, a space between any two pieces, for looking things up in.

    Several times faster than `text_of`: nothing is told apart but what stands in `without`.
    """
    whole = " ".join(pieces(tree))
    return whole if without is None else whole.replace(" ".join(pieces(without)), " ", 1)


_PIECES = etree.XPath("descendant::text()", smart_strings=False)
_UNSEEN = etree.XPath("descendant::script | descendant::style | descendant::noscript")


def meta(tree: Element) -> dict[str, str]:
    """`name` or `property` of every meta tag, in lower case, with its content; the first of a name counts."""
    found: dict[str, str] = {}
    for tag in tree.iter("meta"):
        name = (tag.get("name") or tag.get("property") or tag.get("itemprop") or "").strip().lower()
        content = (tag.get("content") or "").strip()
        if name and content:
            found.setdefault(name, content)
    return found


def count_in(text: str) -> int | None:
    """The number in "35 次" or "1.2万"; None where there is none."""
    match = _COUNT.search(text.replace(",", ""))
    return int(float(match[1]) * (10_000 if match[2] else 1)) if match else None


def unread(element: Element) -> bool:
    """Whether an element is no reading matter: scripts, form fields, hidden parts."""
    if element.tag in UNREAD:
        return True
    style = element.get("style")
    return bool(style and _HIDDEN.search(style)) or element.get("hidden") is not None


def _flat(text: str, parent: Element) -> str:
    """Line breaks of the source are spaces, except inside <pre>."""
    return text if parent is not None and parent.tag == "pre" else text.replace("\n", " ").replace("\r", " ")
