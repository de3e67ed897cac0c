"""Where a list goes on: words, arrows, numbers, pagers that scripts draw or that send a form; and where links lead."""

import re
from itertools import pairwise

from crawlers.pages.dom import Element, one_line
from crawlers.pages.links import absolute, same_site, site_of
from crawlers.pages.rule import Rule, select_first
from crawlers.pages.scripted import Scripts

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
_ENDED = re.compile(
    r"disabled|void\s*\(|javascript:\s*;?$|^#", re.IGNORECASE
)  # on the last page such a link leads nowhere
_OPENS = re.compile(
    r"(?:window\.open|location(?:\.href)?\s*=|open\w*|goto\w*)\s*\(?\s*['\"]((?:https?:/)?[\w./][^'\"\s]+)['\"]"
)
_PATH = re.compile(r"[/.?=]")  # what every address has and no mere id


def target_of(anchor: Element, url: str, scripts: Scripts) -> str | None:
    """Where a link leads, also where a script opens it."""
    href = (anchor.get("href") or "").strip()
    if href and not href.startswith("#") and not href.lower().startswith("javascript:"):
        return absolute(url, href)
    for call in (anchor.get("onclick") or "", href):
        if (opened := _OPENS.search(call)) and _PATH.search(opened[1]):
            return absolute(url, opened[1])
        if made := scripts.called(call):
            return absolute(url, made)
    return None


def next_page(tree: Element, url: str, rule: Rule | None = None, scripts: Scripts | None = None) -> str | None:
    """The address of the next list page, None on the last one."""
    scripts = scripts or Scripts(tree)
    if rule and rule.next:
        found = select_first(tree, rule.next)
        return _onward(found, url, scripts) if found is not None else None
    for anchor in tree.iter("a", "link", "span", "button", "li"):
        if anchor.tag not in ("a", "link") and not anchor.get("onclick"):
            continue
        if _is_next(anchor) and (target := _onward(anchor, url, scripts)):
            return target
    drawn = _drawn(tree) or scripts.rendered_next() or scripts.counted_next() or _chosen_next(tree)
    return _own(url, drawn) if drawn else _numbered_next(tree, url, scripts)


def unread_pager(tree: Element) -> bool:
    """Whether a list of which no next page is known shows one, behind a script that cannot be read."""
    links = (anchor for anchor in tree.iter("a", "button", "span") if _NEXT.match(one_line(anchor)))
    calls = (f"{anchor.get('href') or ''} {anchor.get('onclick') or ''}".strip() for anchor in links)
    return any("(" in call and not _ENDED.search(call) for call in calls)


def _is_next(anchor: Element) -> bool:
    if (anchor.get("rel") or "").lower() == "next":
        return True
    image = next(anchor.iter("img"), None)
    label = anchor.get("title") or one_line(anchor) or (image is not None and image.get("alt")) or ""
    return bool(_NEXT.match(label)) or (
        bool(_ARROW.match(label)) and bool(_NEXT_CLASS.search(anchor.get("class") or ""))
    )


def _numbered_next(tree: Element, url: str, scripts: Scripts) -> str | None:
    """In a pager of numbers alone, the link to the number after the one that is marked as current, or is no link."""
    for element in tree.iter("span", "strong", "b", "em", "a", "li"):
        number = one_line(element)
        if not (number.isdecimal() and len(number) < 4) or element.getparent() is None:
            continue
        numbered = {one_line(anchor): anchor for anchor in element.getparent().iter("a")}
        marked = _CURRENT.search(element.get("class") or "")
        if not marked and (element.tag == "a" or number in numbered):
            continue
        after = numbered.get(str(int(number) + 1))
        target = _onward(after, url, scripts) if after is not None else None
        if target or marked:
            return target
    return None


def _drawn(tree: Element) -> str | None:
    for script in tree.iter("script"):
        if match := _SCRIPT_PAGER.search(script.text or ""):
            pages, current = int(match[1]), int(match[2])
            if current + 1 < pages:
                return f"{match[3]}_{current + 1}.{match[4]}"
    return None


def _chosen_next(tree: Element) -> str | None:
    """The address behind the number that follows the chosen one, in a list to choose a page from."""
    for select in tree.iter("select"):
        options = list(select.iter("option"))
        if "location" not in (select.get("onchange") or "") or not all(
            (option.text or "").strip().isdecimal() for option in options
        ):
            continue
        for option, after in pairwise(options):
            if option.get("selected") is not None:
                return str(after.get("value") or "")
    return None


def _onward(anchor: Element, url: str, scripts: Scripts) -> str | None:
    return _own(url, target_of(anchor, url, scripts))


def _own(url: str, href: str | None) -> str | None:
    target = absolute(url, href)
    return target if target and target != absolute(url, url) and same_site(target, frozenset([site_of(url)])) else None
