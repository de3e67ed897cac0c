"""What a page's matter is called: its heading where <title> repeats it, else <title> without what templates add."""

import re
from collections.abc import Collection, Iterator, Sequence

from crawlers.pages.dom import Element, first, meta, one_line, pieces
from crawlers.pages.rule import Rule, select_first

_NAMES = ("og:title", "twitter:title")
# " - 云溪市人民政府", "_要闻_云溪网": what templates append to a title.
_SUFFIX = re.compile(r"\s*(?:[_|｜]|\s[-–—]{1,2}\s|[-–—]{2}|\s[>»›]+\s)\s*[^_|｜]{2,30}$")
_CUT = re.compile(r"\s*[-–—_|｜>»›]+\s*|\s+")
_PART = re.compile(r"\s*(?:[_|｜]|[-–—]{2}|\s[-–—]\s|[>»›]+)\s*")
_MADE_WITH = re.compile(r"^powered by\b", re.IGNORECASE)
_HEADED = re.compile(r"(?:^|[-_\s])(?:\w*title|headline|biaoti|bt|tit|subject)(?:$|[-_\s])", re.IGNORECASE)
_LEAST, _MOST = 4, 120  # characters of a heading
_COLUMN = 8  # a title this short may be a column's (新闻动态)


def title_of(
    tree: Element,
    tags: dict[str, str],
    rule: Rule | None,
    body: Element | None = None,
    shown: Sequence[str] | None = None,
) -> str:
    """The title of the matter on a page whose text stands in `body`; "" where the page has none.

    `shown` is `pieces(tree)`, for callers who have it.
    """
    if rule and rule.title and (found := one_line(select_first(tree, rule.title))):
        return found
    if tags.get("articletitle"):
        return tags["articletitle"]
    whole = one_line(first(tree, "//head/title", "//title"))
    headings = [line for element in tree.iter("h1", "h2") if _LEAST <= len(line := one_line(element)) <= _MOST]
    for heading in headings:  # the heading that <title> repeats is the article's, not the site's
        if whole.startswith(heading):
            return heading
        if whole.startswith(joined := heading.replace(" ", "")):
            return joined  # a heading of two lines
    title = _shown(whole, frozenset(map(str.strip, pieces(tree) if shown is None else shown)))
    if len(title) > _COLUMN or (title and title not in map(one_line, tree.iter("a"))):
        return title
    for name in _NAMES:
        if tags.get(name):
            return _SUFFIX.sub("", tags[name])
    bare = _SUFFIX.sub("", _SUFFIX.sub("", whole))
    if len(headings) == 1 and len(bare) < len(headings[0]):
        return headings[0]  # <title> names the column ("在线咨询") and not the page
    if len(bare) <= _COLUMN and body is not None and (heading := _heading_before(tree, body, bare)):
        return heading
    return bare or next(iter(headings), "") or (_heading_before(tree, body, "\n") if body is not None else "")


def page_title(tree: Element) -> str:
    """The best title a page gives: meta tag, heading, then <title> without the site's name."""
    return title_of(tree, meta(tree), None)


def board_title(tree: Element) -> str:
    """What a forum's board is called: the part of <title> that the page shows as a heading, else the first part.

    Engines put the site's name before the board's or after it, and their own behind both.
    """
    whole = one_line(first(tree, "//head/title", "//title"))
    site = meta(tree).get("og:site_name")
    parts = [part for part in map(str.strip, _PART.split(whole)) if part and not _MADE_WITH.match(part)]
    parts = [part for part in parts if part != site] or parts
    headings = tree.xpath("//h1 | //h2 | //h1//a | //h2//a | //td//strong | //*[contains(@class,'breadcrumb')]//a")
    shown = [line for element in headings if (line := one_line(element)) in parts]
    return next(reversed(shown), "") or next(iter(parts), "")


def _shown(whole: str, shown: Collection[str]) -> str:
    """The longest beginning or part of <title> that the page itself shows; "" for none.

    Columns stand in menus, so what is short and no beginning is not believed.
    """
    candidates: list[str] = []
    for start in (0, *(part.end() for part in _PART.finditer(whole))):
        ends = [cut.start() for cut in _CUT.finditer(whole) if cut.start() > start] + [len(whole)]
        candidates += [text for end in ends if len(text := whole[start:end].strip()) > (_COLUMN if start else _LEAST)]
    # 云溪日报数字报-社区食堂开进老小区, 云溪市人民政府 要闻 某会召开: what follows the site's name, to the very end.
    candidates += [tail for cut in _CUT.finditer(whole) if len(tail := whole[cut.end() :].strip()) > _COLUMN]
    fitting = (text for text in sorted(candidates, key=len, reverse=True) if not _MADE_WITH.match(text))
    return next((text for text in fitting if text in shown), "")


def _heading_before(tree: Element, body: Element, column: str) -> str:
    """The last heading above the text, or the first one in it, that says more than the column's name."""
    before = ""
    for element in tree.iter():
        if element is body and before:
            return before
        if is_heading(element) and _COLUMN < len(line := one_line(element)) <= _MOST and column not in line:
            before = line
            if body in element.iterancestors():
                return before
    return ""


def is_heading(element: Element) -> bool:
    """Whether an element is a heading, by its tag or by what its class or id is called."""
    if element.tag in ("h1", "h2", "h3", "h4", "h5", "h6"):
        return True
    return element.tag in ("div", "p", "td", "span") and any(map(_HEADED.search, _names(element)))


def _names(element: Element) -> Iterator[str]:
    yield element.get("class") or ""
    yield element.get("id") or ""
