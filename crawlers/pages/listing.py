"""A list page to links: by the source's rule, or by the block of links that repeats, is dated and reads like titles."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime

from crawlers.addresses import public_url
from crawlers.pages.dates import parse_date
from crawlers.pages.dom import Element, loose_text, one_line, parse, text_of
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
_ARROW = re.compile(r"^\s*[>›→»]{1,2}\s*$|^$")
_NEXT_CLASS = re.compile(r"(?:^|[-_\s])(?:next|nxt)(?:$|[-_\s])", re.IGNORECASE)
_CURRENT = re.compile(r"(?:^|[-_\s])(?:current|cur|active|on|now|thisclass|selected)(?:$|[-_\s])", re.IGNORECASE)
# 大汉 JCMS keeps its lists in a data island and fetches further groups as the same XML.
_RECORD = re.compile(r"<record>\s*<!\[CDATA\[(.*?)\]\]>\s*</record>", re.DOTALL)
_GROUP = re.compile(r"<nextgroup>\s*<!\[CDATA\[.*?href=[\"']([^\"']+)", re.DOTALL)
_OPENS = re.compile(
    r"(?:window\.open|location(?:\.href)?\s*=|open\w*|goto\w*)\s*\(?\s*['\"]((?:https?:/)?[\w./][^'\"\s]+)['\"]"
)
_BOXED = re.compile(r"(?<!\d)(\d{1,2})\s+(20\d\d)\s*[-/.年]\s*(\d{1,2})(?:月)?(?!\s*[-/.\d])")
_CUT = re.compile(r"(?:…|\.{2,})$")
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
    tree = parse(_unpacked(text))
    rows = _ruled_rows(tree, rule) if rule and rule.item else _inferred_rows(tree, url)
    links: dict[str, Link] = {}
    for anchor, row in rows:
        target = _target(anchor, url)
        if target and target != url and not is_attachment(target):
            link = _link(target, anchor, row, now)
            links.setdefault(canonical(target), link)
    if not links:
        raise PageError("没有认出列表，请在该来源的 rule.item 中写明列表项的选择器")
    return Listing(tuple(links.values()), next_page(tree, url, rule) or _next_group(text, url))


def next_page(tree: Element, url: str, rule: Rule | None = None) -> str | None:
    """The address of the next list page, None on the last one."""
    if rule and rule.next:
        found = select_first(tree, rule.next)
        return _onward(url, found.get("href") if found is not None else None)
    for anchor in tree.iter("a", "link"):
        if _is_next(anchor) and (target := _onward(url, anchor.get("href"))):
            return target
    return _scripted_next(tree, url) or _numbered_next(tree, url)


def _is_next(anchor: Element) -> bool:
    if (anchor.get("rel") or "").lower() == "next":
        return True
    image = next(anchor.iter("img"), None)
    label = anchor.get("title") or one_line(anchor) or (image is not None and image.get("alt")) or ""
    return bool(_NEXT.match(label)) or (
        bool(_ARROW.match(label)) and bool(_NEXT_CLASS.search(anchor.get("class") or ""))
    )


def _numbered_next(tree: Element, url: str) -> str | None:
    """In a pager of numbers alone, the link to the number after the one that is marked as current."""
    for element in tree.iter("span", "strong", "b", "em", "a", "li"):
        number = one_line(element)
        if number.isdecimal() and len(number) < 4 and _CURRENT.search(element.get("class") or ""):
            around = element.getparent().iter("a")
            after = (anchor for anchor in around if one_line(anchor) == str(int(number) + 1))
            return next((target for anchor in after if (target := _onward(url, anchor.get("href")))), None)
    return None


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
    return _onward(url, group[1].replace("&amp;", "&")) if group else None


def _target(anchor: Element, url: str) -> str | None:
    """Where a link leads, also where a script opens it."""
    href = anchor.get("href") or ""
    opened = _OPENS.search(anchor.get("onclick") or "") if not href or href.startswith(("#", "javascript:")) else None
    return absolute(url, opened[1] if opened else href)


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
    shown = _title(anchor)
    following = row.getnext() if row.tag == "dt" else None
    around = f"{loose_text(row)} {loose_text(following) if following is not None else ''}"
    dated = _BOXED.sub(r"\2-\3-\1", " ".join(around.split()).replace(shown, " "))  # a date in the title is the matter's
    moment = parse_date(dated, now=now) if _DATED.search(dated) else None
    return Link(url=target, title=(anchor.get("title") or "").strip() or shown, posted_at=moment, mark=words)


def _title(anchor: Element) -> str:
    """The words of a link; of a card that is one link, its heading or first line that is one."""
    lines = text_of(anchor).split("\n")
    if len(lines) == 1:
        return lines[0]
    heading = next((one_line(part) for part in anchor.iter("h1", "h2", "h3", "h4", "h5", "h6")), "")
    titles = (line for line in lines if len(line) >= _TITLE_LENGTH and not _ONLY_DATE.match(line))
    return heading or next(titles, " ".join(lines))


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
    words = _words(anchor)
    if len(words) < _TITLE_LENGTH or _FURNITURE.match(words) or _ONLY_DATE.match(words):
        return False
    target = _target(anchor, url)
    return bool(
        target
        and target != url
        and same_site(target, frozenset([site_of(url)]))
        and public_url(target) == target
        and "goto=lastpost" not in target
    )


def _words(anchor: Element) -> str:
    """The words of a link, or what a tooltip says in full where they are cut: 关于…."""
    words, tip = one_line(anchor), (anchor.get("title") or "").strip()
    return tip if not words or (_CUT.search(words) and tip.startswith(_CUT.sub("", words))) else words


def _score(group: list[tuple[Element, Element]]) -> float:
    """Long titles, dates beside them and numbered addresses make a list; menus have none of the three."""
    sample = group[:40]
    length = sum(min(len(_words(anchor)), 40) for anchor, _ in sample) / len(sample)
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
