"""A list page to links: by the source's rule, or by the block of links that repeats, is dated and reads like titles."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice

from crawlers.addresses import public_url
from crawlers.pages.article import excuse
from crawlers.pages.dates import only_date, parse_date
from crawlers.pages.dom import Element, loose_text, one_line, parse, pieces, text_of
from crawlers.pages.found import Link, Listing, PageError
from crawlers.pages.links import absolute, canonical, is_attachment, same_site, site_of
from crawlers.pages.pagers import next_page, target_of, unread_pager
from crawlers.pages.rule import Rule, select
from crawlers.pages.scripted import Scripts
from crawlers.pages.written import with_written
from crawlers.platforms import platform_of

# 大汉 JCMS keeps its lists in a data island and fetches further groups as the same XML.
_RECORD = re.compile(r"<record>\s*<!\[CDATA\[(.*?)\]\]>\s*</record>", re.DOTALL)
_GROUP = re.compile(r"<nextgroup>\s*<!\[CDATA\[.*?href=[\"']([^\"']+)", re.DOTALL)
_BOXED = re.compile(r"(?<!\d)(\d{1,2})\s+(20\d\d)\s*[-/.年]\s*(\d{1,2})(?:月)?(?!\s*[-/.\d])")
_BOXED_YEAR = re.compile(r"(?<![\d-])(\d{1,2})\s*[-/.月]\s*(\d{1,2})日?\s+(20\d\d)(?!\s*[-/.年\d])")
_FRAMED = re.compile(
    r"^[\[【(（]\s*20\d\d[-/.年]\d{1,2}[-/.月]\d{1,2}日?\s*[\]】)）]\s*"
    r"|\s*[\[【(（]\s*(?:20\d\d[-/.年])?\d{1,2}[-/.月]\d{1,2}日?\s*[\]】)）]$"
)
_LABELS = re.compile(r"^(?:文章)?标题\s*[:：]|\s*(?:发布(?:时间|日期)|日期|来源|作者|点击数?)\s*[:：].*$")
_CUT = re.compile(r"(?:…|\.{2,})$")
# What sets one row of a list apart from the next: its number, whether it is even, first, new.
_NOT_KIND = re.compile(r"[0-9]+|(?<![\w-])(?:even|odd|first|last|alt|active|current|unread|read|new|hot)(?![\w-])")
_ROWS = frozenset({"li", "tr", "dd", "dt", "p", "article", "div", "td"})
_DATED = re.compile(r"(?:20\d\d\s*[-/.年]\s*)?\d{1,2}\s*[-/.月]\s*\d{1,2}|昨天|前天|今天|\d+\s*(?:分钟|小时|天)前")
_ONLY_DATE = re.compile(r"^[\d\s:：/.年月日TZ+-]+$|^(?:昨|前|今)天[\s\d:]*$|^\d+\s*(?:分钟|小时|天)前$")
_ARTICLE_URL = re.compile(r"\d{4,}|/\d+\.s?html?$|[?&](?:id|tid|aid|nid|articleid|infoid|articlekey)=", re.IGNORECASE)
# Words of menus and footers; a block of such links is not a list of matters.
_FURNITURE = re.compile(
    r"^(?:首页|网站首页|设为首页|加入收藏|联系我们|网站地图|关于我们|登录|注册|返回|更多|更多>+|查看更多|无障碍.*|长者.*|适老.*|"
    r"上一页|下一页|末页|尾页|第?\d+页?|\d+|隐私.*|版权.*|.*ICP备.*|.*公网安备.*|.{0,6}中国政府网)$"
)
_TITLE_LENGTH = 5  # characters; shorter link texts are menu entries, unless they stand among longer ones
_SHORTEST = 2
_MOSTLY = 0.5  # share of dated rows that makes links to other hosts a list
_LEVELS, _GROUP_SIZE, _DAY_LENGTH = 3, 60, 40  # how far above its matters a day may stand, and how it may be written


@dataclass(frozen=True, slots=True)
class _Page:
    """A list page under way."""

    tree: Element
    url: str
    now: datetime
    sites: frozenset[str]  # hosts whose pages may be matters of this list
    scripts: Scripts

    def target(self, anchor: Element) -> str | None:
        return target_of(anchor, self.url, self.scripts)

    def own(self, target: str) -> bool:
        return same_site(target, self.sites)


def read_listing(
    text: str, *, url: str, now: datetime, rule: Rule | None = None, sites: frozenset[str] = frozenset()
) -> Listing:
    """The matters a list page announces, in page order. Raises `PageError` where no list is recognisable.

    Matters stand on the page's own site or on one of `sites`; hosts of others are named in `elsewhere`, not followed.
    """
    tree = parse(with_written(_unpacked(text)))
    page = _Page(tree, url, now, sites | {site_of(url)}, Scripts(tree))
    kept: dict[str, tuple[Link, Element]] = {}
    elsewhere: Counter[str] = Counter()
    for anchor, row in _ruled_rows(tree, rule) if rule and rule.item else _inferred_rows(page):
        target = page.target(anchor)
        if target and not page.own(target):
            elsewhere[site_of(target)] += 1
        elif target and target != url and not is_attachment(target):
            kept.setdefault(canonical(target), (_link(target, anchor, row, now), row))
    if not kept:
        raise PageError(
            _not_here(elsewhere) or excuse(tree) or "没有认出列表，请在该来源的 rule.item 中写明列表项的选择器"
        )
    links = [link for link, _ in kept.values()]
    if not any(link.posted_at for link in links):  # days stand above their matters, or nowhere
        links = [replace(link, posted_at=_day_above(row, now)) for link, row in kept.values()]
    onward = next_page(tree, url, rule, page.scripts) or _next_group(text, url)
    return Listing(tuple(links), onward, tuple(elsewhere), unread_pager=not onward and unread_pager(tree))


def read_rows(tree: Element, *, url: str, now: datetime) -> Iterator[tuple[str, Element]]:
    """The address and the link of every matter of the list that reads most like one, on the page's own site."""
    page = _Page(tree, url, now, frozenset([site_of(url)]), Scripts(tree))
    for anchor, _ in _inferred_rows(page):
        target = page.target(anchor)
        if target and target != url and page.own(target) and not is_attachment(target):
            yield target, anchor


def read_pager(text: str, *, url: str, rule: Rule | None = None) -> Listing:
    """Where a page of matters goes on; no links."""
    tree = parse(with_written(text))
    onward = next_page(tree, url, rule)
    return Listing((), onward, unread_pager=not onward and unread_pager(tree))


def _not_here(hosts: Iterable[str]) -> str:
    """What to say of a list whose matters stand on other hosts alone; "" for any other."""
    names = list(hosts)
    if not names:
        return ""
    said = f"列表里的文章在别的网站上（{'、'.join(names)}），没有采集"
    if platforms := dict.fromkeys(filter(None, (platform_of(f"https://{name}/") for name in names))):
        return f"{said}；{'、'.join(platforms)}是个人账号平台，不在采集范围"
    declared = "、".join(f'"{name}"' for name in names)
    return f"{said}；如果是机关或媒体公开发布的，可在该来源写 hosts = [{declared}]"


def _unpacked(text: str) -> str:
    """`text` with the records that 大汉 portals hide in a script, and fetch as XML, as an ordinary list."""
    records = _RECORD.findall(text) if "<recordset" in text else []
    if not records:
        return text
    listed = f"<ul>{''.join(f'<li>{record}</li>' for record in records)}</ul>"
    head, end, tail = text.rpartition("</body>")
    return f"{head}{listed}{end}{tail}" if end else f"<html><body>{listed}</body></html>"


def _next_group(text: str, url: str) -> str | None:
    group = _GROUP.search(text)
    target = absolute(url, group[1].replace("&amp;", "&")) if group else None
    return target if target and target != url and same_site(target, frozenset([site_of(url)])) else None


def _link(target: str, anchor: Element, row: Element, now: datetime) -> Link:
    words = one_line(row)
    shown = _title(anchor)
    title = _bare(shown)
    following = row.getnext() if row.tag == "dt" else None
    around = f"{loose_text(row)} {loose_text(following) if following is not None else ''}"
    beside = " ".join(around.split()).replace(title, " ")  # a date in the title is the matter's
    dated = _BOXED_YEAR.sub(r"\3-\1-\2", _BOXED.sub(r"\2-\3-\1", beside))
    moment = parse_date(dated, now=now) if _DATED.search(dated) else None
    return Link(url=target, title=_tip(anchor) or title, posted_at=moment, mark=words)


def _tip(anchor: Element) -> str:
    """What the tooltip of a link says of the title, which is never cut there; some add a date and a label."""
    return _bare(_LABELS.sub("", (anchor.get("title") or "").strip().partition("\n")[0]).strip())


def _bare(title: str) -> str:
    """A title without the date that some templates put before or behind it: [2026-11-20] 关于…, 关于…(11-20)."""
    return _FRAMED.sub("", title).strip() or title


def _title(anchor: Element) -> str:
    """The words of a link; of a card that is one link, its heading or first line that is one."""
    lines = text_of(anchor).split("\n")
    if len(lines) == 1:
        return _undated(anchor) or lines[0]
    heading = next((one_line(part) for part in anchor.iter("h1", "h2", "h3", "h4", "h5", "h6")), "")
    titles = (line for line in lines if len(line) >= _TITLE_LENGTH and not _ONLY_DATE.match(line))
    return heading or next(titles, " ".join(lines))


def _undated(anchor: Element) -> str:
    """The words of a link on one line without the boxes of a date before or behind them; "" where there are none."""
    if not len(anchor):
        return ""
    words = [" ".join(piece.split()) for piece in pieces(anchor) if piece.strip()]
    told = [place for place, piece in enumerate(words) if not _ONLY_DATE.match(piece)]
    boxes = words[: told[0]] + words[told[-1] + 1 :] if told else []
    return "".join(words[told[0] : told[-1] + 1]) if any(_DATED.search(box) for box in boxes) else ""


def _day_above(row: Element, now: datetime) -> datetime | None:
    """The day that heads the group of matters a row stands in."""
    element = row
    for _ in range(_LEVELS):
        for before in islice(element.itersiblings(preceding=True), _GROUP_SIZE):
            line = "".join(before.itertext()).strip() if before.tag != "script" else ""
            if 0 < len(line) <= _DAY_LENGTH and (day := only_date(line, now=now, year=True)):
                return day
        element = element.getparent()
        if element is None or element.tag == "body":
            break
    return None


def _ruled_rows(tree: Element, rule: Rule) -> Iterable[tuple[Element, Element]]:
    for row in select(tree, rule.item):
        anchors = [row] if row.tag == "a" else list(row.iter("a"))
        if anchors:
            anchor = max(anchors, key=lambda anchor: len(one_line(anchor)))
            yield anchor, anchor.getparent() if row.tag == "a" else row


def _inferred_rows(page: _Page) -> list[tuple[Element, Element]]:
    """The best-scoring group of links that stand in the same place of the same kind of block."""
    anchors = list(_anchors(page.tree))
    titled = [anchor for anchor in anchors if len(one_line(anchor)) >= _TITLE_LENGTH]
    inside = Counter(above for anchor in titled for above in anchor.iterancestors())
    groups: dict[tuple[str, ...], list[tuple[Element, Element]]] = defaultdict(list)
    abroad: dict[tuple[str, ...], list[tuple[Element, Element]]] = defaultdict(list)
    for anchor in anchors:
        if target := _announced(anchor, page):
            rows = groups if page.own(target) else abroad
            rows[_place(anchor, inside)].append((anchor, _row(anchor, inside)))
    best = max(groups, key=lambda place: _score(groups[place]), default=())
    away = max(abroad, key=lambda place: _score(abroad[place]), default=())
    # What others publish bears dates, friendly links do not; beside a list of one's own it is a sidebar.
    if away and _dated(abroad[away]) >= _MOSTLY > _dated(groups[best]) and _score(abroad[away]) > _score(groups[best]):
        groups[best := away] += abroad[away]
    elif best and _dated(abroad[best]) >= _MOSTLY:
        groups[best] += abroad[best]
    return _with_short(groups[best], anchors, best, inside) if best else []


def _anchors(tree: Element) -> Iterator[Element]:
    """The links of a page, and rows that a script makes one: <li onclick="location.href='…'">."""
    for element in tree.iter("a", *_ROWS):
        if element.tag == "a" or (element.get("onclick") and next(element.iter("a"), None) is None):
            yield element


def _with_short(
    best: list[tuple[Element, Element]], anchors: list[Element], place: tuple[str, ...], inside: Counter[Element]
) -> list[tuple[Element, Element]]:
    """The rows of a list with those whose title is too short to tell a list by (停水通知), in page order."""
    known = {anchor for anchor, _ in best}
    rows = {row for _, row in best}
    short = [
        anchor
        for anchor in anchors
        if anchor not in known
        and _SHORTEST <= len(words := one_line(anchor)) < _TITLE_LENGTH
        and not (_FURNITURE.match(words) or _ONLY_DATE.match(words))
        and _place(anchor, inside) == place
        and anchor.getparent() is not None
        and not rows.intersection(anchor.iterancestors())
    ]
    if not short:
        return best
    made = dict(best) | {anchor: _row(anchor, inside) for anchor in short}
    return [(anchor, made[anchor]) for anchor in anchors if anchor in made]


def _announced(anchor: Element, page: _Page) -> str | None:
    """Where a link leads that can be the title of a matter: long enough, no menu entry, nobody's profile."""
    words = _words(anchor)
    if len(words) < _TITLE_LENGTH or _FURNITURE.match(words) or _ONLY_DATE.match(words):
        return None
    target = page.target(anchor)
    if target and target != page.url and public_url(target) == target and "goto=lastpost" not in target:
        return target
    return None


def _words(anchor: Element) -> str:
    """The words of a link, or what a tooltip says in full where they are cut: 关于…."""
    words, tip = one_line(anchor), (anchor.get("title") or "").strip()
    return tip if not words or (_CUT.search(words) and tip.startswith(_CUT.sub("", words))) else words


def _score(group: list[tuple[Element, Element]]) -> float:
    """Long titles, dates beside them and numbered addresses make a list; menus have none of the three."""
    if not group:
        return 0.0
    sample = group[:40]
    length = sum(min(len(_words(anchor)), 40) for anchor, _ in sample) / len(sample)
    numbered = sum(
        bool(_ARTICLE_URL.search(anchor.get("href") or anchor.get("onclick") or "")) for anchor, _ in sample
    ) / len(sample)
    return float(len(sample) ** 0.5 * length * (0.3 + _dated(group)) * (0.3 + numbered))


def _dated(group: list[tuple[Element, Element]]) -> float:
    """The share of rows that show a date."""
    sample = group[:40]
    return sum(bool(_DATED.search(one_line(row))) for _, row in sample) / len(sample) if sample else 0.0


def _place(anchor: Element, inside: Counter[Element]) -> tuple[str, ...]:
    """Where a link stands: tags and classes of the four elements above it, numbers removed.

    First, last and alternating rows carry a class of their own, so a row of one link goes by its tag alone.
    """
    place: list[str] = []
    element = anchor.getparent()
    while element is not None and len(place) < 4:
        row = (not place and inside[element] <= 1) or element.tag in ("li", "tr")
        kind = " ".join(_NOT_KIND.sub("", element.get("class") or "").split())
        place.append(element.tag if row else f"{element.tag}.{kind}")
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
