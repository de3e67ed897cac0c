"""A list page to links: by the source's rule, or by the block of links that repeats, is dated and reads like titles."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime

from crawlers.addresses import public_url
from crawlers.pages.dates import parse_date
from crawlers.pages.dom import Element, one_line, parse
from crawlers.pages.found import Link, Listing, PageError
from crawlers.pages.links import absolute, canonical, is_attachment, same_site, site_of
from crawlers.pages.rule import Rule, select, select_first

_NEXT = re.compile(
    r"^[\s<>›»→\[\]【】]*(?:下一页|下一頁|下页|后一页|后页|next(?: page)?|older)[\s<>›»→\[\]【】]*$", re.IGNORECASE
)
# 拓尔思 portals write their pager by script: createPageHTML(pages, this page from 0, "index", "html").
_SCRIPT_PAGER = re.compile(
    r"createPageHTML\(\s*['\"]?(\d+)['\"]?\s*,\s*(\d+)\s*,\s*['\"](\w+)['\"]\s*,\s*['\"](\w+)['\"]"
)
_ROWS = frozenset({"li", "tr", "dd", "dt", "p", "article", "div", "td"})
_DATED = re.compile(r"(?:20\d\d\s*[-/.年]\s*)?\d{1,2}\s*[-/.月]\s*\d{1,2}|昨天|前天|今天|\d+\s*(?:分钟|小时|天)前")
_ONLY_DATE = re.compile(r"^[\d\s:：/.年月日-]+$|^(?:昨|前|今)天[\s\d:]*$|^\d+\s*(?:分钟|小时|天)前$")
_ARTICLE_URL = re.compile(r"\d{4,}|/\d+\.s?html?$|[?&](?:id|tid|aid|nid|articleid|infoid|articlekey)=", re.IGNORECASE)
# Words of menus and footers; a block of such links is not a list of matters.
_FURNITURE = re.compile(
    r"^(?:首页|网站首页|设为首页|加入收藏|联系我们|网站地图|关于我们|登录|注册|返回|更多|更多>+|查看更多|无障碍.*|长者.*|适老.*|"
    r"上一页|下一页|末页|尾页|第?\d+页?|\d+|隐私.*|版权.*|.*ICP备.*|.*公网安备.*|.{0,6}中国政府网)$"
)
_TITLE_LENGTH = 5  # characters; shorter link texts are menu entries


def read_listing(text: str, *, url: str, now: datetime, rule: Rule | None = None) -> Listing:
    """The matters a list page announces, in page order. Raises `PageError` where no list is recognisable."""
    tree = parse(text)
    rows = _ruled_rows(tree, rule) if rule and rule.item else _inferred_rows(tree, url)
    links: dict[str, Link] = {}
    for anchor, row in rows:
        target = absolute(url, anchor.get("href"))
        if target and target != url and not is_attachment(target):
            link = _link(target, anchor, row, now)
            links.setdefault(canonical(target), link)
    if not links:
        raise PageError("没有认出列表，请在该来源的 rule.item 中写明列表项的选择器")
    return Listing(tuple(links.values()), next_page(tree, url, rule))


def next_page(tree: Element, url: str, rule: Rule | None = None) -> str | None:
    """The address of the next list page, None on the last one."""
    if rule and rule.next:
        found = select_first(tree, rule.next)
        return _onward(url, found.get("href") if found is not None else None)
    for anchor in tree.iter("a", "link"):
        label = (anchor.get("rel") or "").lower() == "next" or _NEXT.match(anchor.get("title") or one_line(anchor))
        if label and (target := _onward(url, anchor.get("href"))):
            return target
    return _scripted_next(tree, url)


def _onward(url: str, href: str | None) -> str | None:
    target = absolute(url, href)
    return target if target and target != absolute(url, url) and same_site(target, frozenset([site_of(url)])) else None


def _scripted_next(tree: Element, url: str) -> str | None:
    for script in tree.iter("script"):
        if match := _SCRIPT_PAGER.search(script.text or ""):
            pages, current = int(match[1]), int(match[2])
            if current + 1 < pages:
                return absolute(url, f"{match[3]}_{current + 1}.{match[4]}")
    return None


def _link(target: str, anchor: Element, row: Element, now: datetime) -> Link:
    words = one_line(row)
    title = (anchor.get("title") or "").strip() or one_line(anchor)
    dated = words.replace(one_line(anchor), " ")  # a date in the title is the matter's, not the page's
    moment = parse_date(dated, now=now) if _DATED.search(dated) else None
    return Link(url=target, title=title, posted_at=moment, mark=words)


def _ruled_rows(tree: Element, rule: Rule) -> Iterable[tuple[Element, Element]]:
    for row in select(tree, rule.item):
        anchors = [row] if row.tag == "a" else list(row.iter("a"))
        if anchors:
            anchor = max(anchors, key=lambda anchor: len(one_line(anchor)))
            yield anchor, anchor.getparent() if row.tag == "a" else row


def _inferred_rows(tree: Element, url: str) -> list[tuple[Element, Element]]:
    """The best-scoring group of links that stand in the same place of the same kind of block."""
    titled = [anchor for anchor in tree.iter("a") if len(one_line(anchor)) >= _TITLE_LENGTH]
    inside = Counter(above for anchor in titled for above in anchor.iterancestors())
    groups: dict[tuple[str, ...], list[Element]] = defaultdict(list)
    for anchor in tree.iter("a"):
        if _announces(anchor, url):
            groups[_place(anchor)].append(anchor)
    rows = [[(anchor, _row(anchor, inside)) for anchor in group] for group in groups.values()]
    return max(rows, key=_score, default=[])


def _announces(anchor: Element, url: str) -> bool:
    """Whether a link can be the title of a matter: long enough, on this site, no menu entry, nobody's profile."""
    words = one_line(anchor) or (anchor.get("title") or "")
    if len(words) < _TITLE_LENGTH or _FURNITURE.match(words) or _ONLY_DATE.match(words):
        return False
    target = absolute(url, anchor.get("href"))
    return bool(
        target
        and target != url
        and same_site(target, frozenset([site_of(url)]))
        and public_url(target) == target
        and "goto=lastpost" not in target
    )


def _score(group: list[tuple[Element, Element]]) -> float:
    """Long titles, dates beside them and numbered addresses make a list; menus have none of the three."""
    sample = group[:40]
    length = sum(min(len(one_line(anchor)), 40) for anchor, _ in sample) / len(sample)
    dated = sum(bool(_DATED.search(one_line(row))) for _, row in sample) / len(sample)
    numbered = sum(bool(_ARTICLE_URL.search(anchor.get("href") or "")) for anchor, _ in sample) / len(sample)
    return float(len(sample) ** 0.5 * length * (0.3 + dated) * (0.3 + numbered))


def _place(anchor: Element) -> tuple[str, ...]:
    """Where a link stands: tags and classes of the four elements above it, numbers removed.

    First, last and alternating rows carry a class of their own, so rows go by their tag alone.
    """
    place: list[str] = []
    element = anchor.getparent()
    while element is not None and len(place) < 4:
        row = not place or element.tag in ("li", "tr")
        place.append(element.tag if row else f"{element.tag}.{re.sub('[0-9]+', '', element.get('class') or '')}")
        element = element.getparent()
    return tuple(place)


def _row(anchor: Element, inside: Counter[Element]) -> Element:
    """The block that belongs to this link alone: climbed while no second titled link comes in."""
    row = anchor
    for above in anchor.iterancestors():
        if above.tag == "body" or inside[above] > 1:
            break
        row = above
        if row.tag in ("li", "tr"):
            break
    return row
