"""Grammar of calendar places (2026年12月底前, 下周五, 国庆节前): one place at a time, with its bound."""

import re
from dataclasses import replace
from functools import cache

from ledger.timing import wording_dates, wording_days
from ledger.timing.phrases import Bound, Point
from ledger.timing.wording_dates import Build

BOUNDS: tuple[tuple[re.Pattern[str], Bound], ...] = (
    (re.compile(r"(?:为止|止|之前|以前|前夕|前(?![后期述面者往来提款景程列些]|年(?!满)))"), "before"),
    (re.compile(r"(?:左右|前后|上下)"), "about"),
    (re.compile(r"(?:之内|以内|期间内?|内(?![部容外涵环设])|当中)"), "within"),
    (re.compile(r"(?:之后|以后|过后|后(?![期续勤面台方]))"), "after"),
    (re.compile(r"(?:之日)?起(?![草诉来到码重])(?:开始)?"), "from"),
)


# A period told after 「前」; 「前3日内」 and 「前两天开放」 are something else.
LEAD = re.compile(
    r"(?:至少|不少于|提前)?(?P<n>\d{1,2})(?:(?P<work>个?工作日)|个?(?P<week>周|星期|礼拜)|天|日)(?![一-龥]*开放)(?P<inside>[之以]?内)?"
)
# 2027年…前: before something of that year that is not known here, and not the year itself.
UNKNOWN = re.compile(
    r"[一-龥]{1,6}?(?<![提目以日月年])(?:之前|以前|前(?![来往景期后面者述提列]))(?=[,，。；;、完竣]|\Z)"
)
DAYLIKE = {"day", "festival", "lunar", "event"}
FINE = {"day", "weekday", "relative", "workday"}
BEGIN = re.compile("开始")  # 10月24日开始 names the day; 9月开始 only says that it begins in that month


def match_point(text: str, at: int) -> tuple[Point, int] | None:
    """The longest calendar place that begins at text[at] (flat text), with its bound, and where it ends."""
    found = [
        (point, match.end())
        for pattern, build in _rules()
        if (match := pattern.match(text, at)) and (point := build(match))
    ]
    if not found:
        return None
    point, end = max(found, key=lambda made: made[1])
    if point.grain == "year" and point.year and not point.bound and UNKNOWN.match(text, end):
        return None
    point, end = (point, end) if point.bound else with_bound(point, text, end)
    return _with_lead(point, text, end)


def _with_lead(point: Point, text: str, end: int) -> tuple[Point, int]:
    """`point` moved earlier by the period that follows its 前: 春节前一周, 12月10日前3个工作日."""
    match = LEAD.match(text, end) if point.bound == "before" and point.grain in DAYLIKE else None
    if match is None:
        return point, end
    if match["inside"]:  # 12月10日前3日内: the three days that end then
        return point, match.end()
    size = 7 if match["week"] else 1
    return replace(point, lead=int(match["n"]) * size, lead_unit="workday" if match["work"] else "day"), match.end()


def with_bound(point: Point, text: str, end: int) -> tuple[Point, int]:
    """`point` with the bound (前, 内, 起, 后, 左右) that follows it at text[end]."""
    if point.grain in FINE and (match := BEGIN.match(text, end)):
        return replace(point, bound="from"), match.end()
    for pattern, bound in BOUNDS:
        if match := pattern.match(text, end):
            return replace(point, bound=bound), match.end()
    return point, end


@cache
def _rules() -> tuple[tuple[re.Pattern[str], Build], ...]:
    return tuple((re.compile(pattern), build) for pattern, build in (*wording_dates.RULES, *wording_days.rules()))
