"""When an article was published: meta tags and scripts, labels, what its template marks as a time, bare dates."""

import json
import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from crawlers.clock import CHINA
from crawlers.pages.dates import find_bare, find_labelled, only_date, parse_date
from crawlers.pages.dom import Element, loose_text, one_line, pieces, text_of
from crawlers.pages.rule import Rule, select_first

_DATES = (
    "pubdate", "article:published_time", "publishdate", "og:release_date", "datepublished", "weibo:article:create_at",
    "bytedance:published_time", "publication_date", "dc.date.issued", "apub:time",
)  # fmt: skip
_HEAD = 600  # characters at the beginning of a body in which a template may show its date
_SECONDS = re.compile(r"\b(?:ct|create_time|createTime|publish_time)\s*[=:]\s*['\"]?(1[0-9]{9})\b")
_SET = re.compile(
    r"(?<![\w$.])(?:pub\w*(?:date|time)|publish\w*|fbsj|fbrq|release\w*(?:date|time)|doc\w*(?:date|time)|create_?time)"
    r"\s*=\s*['\"](?P<date>20\d\d[-/.年][^'\"\n]{3,20})['\"]",
    re.IGNORECASE,
)
# 柳河街道 2026/03/03 11:08 阅读 9: a line of a template, no sentence.
STAMPED = re.compile(
    r"^(?=[^，。；！？,;!?]{12,60}$).*20\d\d[-/.年]\d{1,2}[-/.月]\d{1,2}日?\s+\d{1,2}:\d{2}(?!.*20\d\d)"
)
_TIMED = re.compile(r"(?:^|[-_\s])(?:\w*time|\w*date|riqi|shijian|sj|rq)(?:$|[-_\s\d])", re.IGNORECASE)
_IMPRINT = re.compile(r"版权所有|Copyright|©|ICP备|备案|网站标识码|主办单位", re.IGNORECASE)


class Page(NamedTuple):
    """A page on which a date is looked for."""

    tree: Element
    tags: dict[str, str]  # of meta elements
    body: Element | None  # the article
    shown: Sequence[str]  # `pieces` of the tree


def published(page: Page, rule: Rule | None, *, now: datetime) -> datetime | None:
    """The moment a page names as its own, None rather than one that may be another's."""
    tree, tags = page.tree, page.tags
    if rule and rule.date:
        return parse_date(one_line(select_first(tree, rule.date)), now=now)
    given = [tags[name] for name in _DATES if name in tags] + list(_json_dates(tree))
    given += [str(element.get("datetime")) for element in tree.xpath("//time[@datetime]")[:1]]
    declared = next((moment for text in given if (moment := parse_date(text, now=now))), None)
    declared = declared or _scripted_date(tree, now)
    if declared and (declared.hour or declared.minute or declared.second):
        return declared
    shown = _shown(page, now)
    # Tags often give the day alone where the page shows the minute, too.
    return shown if declared is None or (shown and shown.date() == declared.date()) else declared


def _shown(page: Page, now: datetime) -> datetime | None:
    """The moment a page shows as its own, or its scripts set in so many words."""
    tree, body = page.tree, page.body
    inside = " ".join(pieces(body)) if body is not None else ""
    outside = _outside(" ".join(page.shown), inside)
    return (
        find_labelled(outside, head=inside[:_HEAD], now=now)
        or _marked_date(tree, body, now)
        or _set_date(tree, now)
        or find_bare(outside, now=now)
        or _date_line(body, now)
    )


def _outside(whole: str, inside: str) -> str:
    """What a page says around its text, less its imprint: years of copyright and of licences are no dates."""
    before, found, after = whole.partition(inside) if inside else ("", "", whole)
    if not found:
        before, after = "", whole
    imprint = _IMPRINT.search(after)
    return f"{before} {after[: imprint.start()] if imprint else after}"


def _marked_date(tree: Element, body: Element | None, now: datetime) -> datetime | None:
    """The last date above the text that stands alone in an element called time or date: 昨天 09:05, 3小时前."""
    found = None
    for element in tree.iter():
        if element is body:
            break
        if _TIMED.search(f"{element.get('class') or ''} {element.get('id') or ''}"):
            found = only_date(" ".join(loose_text(element).split()), now=now) or found
    return found


def _date_line(body: Element | None, now: datetime) -> datetime | None:
    """A date on a line of its own at the head of the text, or at its foot, below the office that signs."""
    lines = text_of(body).split("\n") if body is not None else []
    alone = (moment for line in [*lines[:3], *lines[:-3:-1]] if (moment := only_date(line, now=now, year=True)))
    beside = (parse_date(line, now=now) for line in lines[:3] if STAMPED.match(line))
    return next(alone, None) or next(beside, None)


def _scripted_date(tree: Element, now: datetime) -> datetime | None:
    """The seconds since 1970 that a WeChat article's script writes into its empty date line."""
    if not any(mark.get("id") == "publish_time" for mark in tree.iter("em")):
        return None
    for script in tree.iter("script"):
        if match := _SECONDS.search(script.text or ""):
            moment = datetime.fromtimestamp(int(match[1]), CHINA)
            return moment if moment <= now else None
    return None


def _set_date(tree: Element, now: datetime) -> datetime | None:
    """A date that a script puts into the page from a literal: var pubdate = "2026-11-20 08:30"."""
    for script in tree.iter("script"):
        if match := _SET.search(script.text or ""):
            return parse_date(match["date"], now=now)
    return None


def _json_dates(tree: Element) -> Iterator[str]:
    """`datePublished` of JSON-LD blocks; nothing else of them is read, least of all their `author`."""
    for script in tree.iter("script"):
        if script.get("type") != "application/ld+json":
            continue
        try:
            data: Any = json.loads(script.text or "")
        except (ValueError, RecursionError):
            continue
        graph = data.get("@graph") if isinstance(data, dict) else None
        for item in graph if isinstance(graph, list) else data if isinstance(data, list) else [data]:
            for name in ("datePublished", "pubDate"):
                if isinstance(item, dict) and isinstance(item.get(name), str):
                    yield item[name]
