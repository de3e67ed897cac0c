"""Grammar of what comes again, of what has no date, and of numbers promised: 每月5日前, 定期, 尽快, 不少于3次."""

import re
from dataclasses import replace
from functools import cache

from ledger.timing.phrases import Point, Quota, Repeat, Vague
from ledger.timing.wording_dates import CLOCK, HOUR, clock
from ledger.timing.wording_days import nth_weekday, words
from ledger.timing.wording_points import match_point, with_bound
from ledger.timing.wording_spans import match_span

UNITS = {
    "工作日": "workday", "日": "day", "天": "day", "旬": "tenday", "周": "week", "双周": "week", "星期": "week",
    "礼拜": "week", "月": "month",
    "季度": "quarter", "季": "quarter", "半年": "half", "年": "year", "年度": "year",
}  # fmt: skip
EVERY = re.compile(
    r"(?:每(?P<other>隔)?(?P<n>\d{1,2}|半)?|逐|按|隔(?=周|月(?!壁)|日|季|年))个?"
    r"(?P<unit>工作日|季度|年度|双周|星期(?!\d)|礼拜(?!\d)|日|天|旬|周(?!\d)|月(?:度(?=结束|终了))?|季|年)"
    r"(?!(?:期|均|人|户|平|照|计|龄))(?P<first>首月|末月|第(?P<nth>[1-3])个?月|最后1个?月)?"
)
ONCE = re.compile(
    r"(?P<n>\d{1,2}|半)?个?(?P<unit>工作日|季度|年度|星期|礼拜|日|天|旬|周|月|季|年)(?P<first>)\d{1,2}(?:次(?!性)|报(?![告道名警]))"
)
# 每季度结束后10个工作日内, 季度终了之日起15日内: so long after each unit is over.
OVER = re.compile(r"每?个?(?P<unit>季度|季|半年|月度|月|年度|年)(?:结束|终了|期满|末)之?(?:后的?|日起)(?:的?第1个月)?")
NTH_WORKDAY = re.compile(r"(?:第(?P<nth>\d{1,2})|首|(?P<final>最后1))个?工作日")
WEEKLY = re.compile(
    rf"每逢?(?:个)?(?:周|星期|礼拜)(?:[1-6](?:[-—–~～至到]|、)(?:周|星期|礼拜)?)*(?P<weekday>[1-6日天])(?![次个名场期人至到]){CLOCK}"
)
NTH_WEEKDAY = re.compile(rf"第(?P<nth>[1-5])个(?:周|星期|礼拜)(?P<weekday>[1-6日天]){CLOCK}")
QUOTA = re.compile(
    r"(?P<relation>不少于|不得少于|不低于|不得低于|不小于|不高于|不超过|不得超过|不多于|至少|最少|最多|达到|超过|力争达到)"
    r"(?:开展|组织|举办|召开|解读|公开|发布|完成|进行|安排|办理)?(?P<amount>\d+(?:\.\d+)?)"
    r"(?P<unit>%|％|‰|个百分点|人次|件次|篇次|条次|次|场|期|件|篇|条|户|人|家|个(?!月|工作|小时|自然|季|星|百|日|周)|万元|亿元|公里|套|处|所|批|倍|成|座|台|盏|棵)"
)
ALSO = re.compile(
    r"(?:和|及|以及|、)(?P<amount>\d+(?:\.\d+)?)(?P<unit>%|人次|次|场|期|件|篇|条|户|人|家|个(?!月|工作|小时|自然))"
)
_YEARLY = frozenset({"yearpart", "half", "festival", "lunar", "season", "event"})
_MONTHLY = frozenset({"day", "tenday", "monthpart", "month", "workday"})
# What may follow a repetition and belong to it, by its unit.
_INSIDE = {
    "year": _YEARLY | _MONTHLY | {"quarter"},
    "quarter": _MONTHLY | {"quarter"},
    "half": _MONTHLY,
    "month": _MONTHLY,
    "week": frozenset[str](),
    "tenday": frozenset[str](),
}
PARTS = {"底": "底", "末": "底", "初": "初", "中": "中"}
SEVERAL = re.compile(r"(?:数|几|若干|好几)个?(?:工作日|小时|日|天|周|星期|月|年)(?:之内|以内|内)")
TRADING = re.compile(r"[Tt]\+\d+")  # T is defined elsewhere: no date can be computed from it
AT_MOST = ("不高于", "不超过", "不得超过", "不多于", "最多")


def match_repeat(text: str, at: int) -> tuple[Repeat, int] | None:
    """What comes again (每月5日前) beginning at text[at] (flat text), and where it ends."""
    if match := WEEKLY.match(text, at):
        value = int(match["weekday"]) if match["weekday"].isdigit() else 7
        weekday, end = with_bound(Point("weekday", value=value, clock=clock(match)), text, match.end())
        return Repeat("week", 1, weekday), end
    if over := _after_each(text, at):
        return over
    match = EVERY.match(text, at) or ONCE.match(text, at)
    if not match:
        return None
    unit, count = UNITS[match["unit"]], match["n"]
    if count == "半":
        unit = {"year": "half", "month": "half-month"}.get(unit, "")
        if unit == "half-month":
            return Repeat("day", 15), match.end()
        if not unit:
            return None
    number = int(count) if count and count != "半" else 1
    if match["unit"] == "双周" or match[0].startswith("隔"):
        number = 2
    point, end = _place(match, text, unit)
    also, end = _further(point, text, end, unit)
    return Repeat(unit, number, point, also), end  # type: ignore[arg-type] # UNITS holds the literals


def _further(point: Point | None, text: str, end: int, unit: str) -> tuple[tuple[Point, ...], int]:
    """More times of the same unit: days of every month, months of every year."""
    also: list[Point] = []
    while point and unit in {"month", "year"} and text[end : end + 1] in {"和", "及", "与", "、"}:
        found = match_point(text[end + 1 : end + 17], 0)
        if not found or found[0].grain != point.grain or (found[0].month is None) != (unit == "month"):
            break
        also.append(found[0])
        end += 1 + found[1]
    return tuple(also), end


def _place(match: re.Match[str], text: str, unit: str) -> tuple[Point | None, int]:
    """Where in each unit it is due: 每月5日前, 每季度首月10日前, 每年12月底前; None for its end."""
    start = match.end() + text.startswith("的", match.end())
    month = None
    if match["first"]:
        month = {"首": 1, "末": 3, "最": 3}.get(match["first"][0]) or int(match["nth"])
    rest = text[start : start + 16]  # cut off, so that 5日 is not held to belong to the 月 of 每月
    if work := NTH_WORKDAY.match(rest):
        value = -1 if work["final"] else int(work["nth"] or 1)
        of_year = (12 if work["final"] else 1) if unit == "year" else None
        nth = Point("workday", value=value, month=of_year, month_shift=month)
        point, end = with_bound(nth, rest, work.end())
        return point, start + end
    if unit == "month" and (day := NTH_WEEKDAY.match(rest)):
        point, end = with_bound(nth_weekday(day), rest, day.end())
        return point, start + end
    if unit in {"day", "workday"}:
        hour = re.compile(HOUR).match(rest)
        return (Point("relative", value=0, clock=clock(hour)), start + hour.end()) if hour else (None, match.end())
    if rest[:1] in PARTS and unit == "year":
        point, end = with_bound(Point("yearpart", name=PARTS[rest[0]]), rest, 1)
        return point, start + end
    found = match_point(rest, 0)
    if not found and rest[:1] in PARTS and unit in {"month", "quarter"}:
        found = with_bound(Point("monthpart", name=PARTS[rest[0]]), rest, 1)
    if not found or found[0].grain not in _INSIDE[unit]:
        return (Point("month", value=month) if month else None), match.end()
    point, end = found
    return (replace(point, month_shift=month) if month else point), start + end


def _after_each(text: str, at: int) -> tuple[Repeat, int] | None:
    """A period that runs from the end of every unit; 「年末」 alone is a place, so 内 or a number must follow."""
    match = OVER.match(text, at)
    span = match_span(text, match.end()) if match else None
    if match is None or span is None or span[0].when == "after" or text[at - 1 : at] in {"半", "个", "度"}:
        return None
    unit = {"月度": "month", "季": "quarter"}.get(match["unit"]) or UNITS[match["unit"]]
    return Repeat(unit, after=span[0]), span[1]  # type: ignore[arg-type] # UNITS holds the literals


@cache
def _vague() -> tuple[re.Pattern[str], re.Pattern[str]]:
    table = words()["vague"]
    return tuple(  # type: ignore[return-value] # two patterns
        re.compile("(?<!延)(?:" + "|".join(sorted(map(re.escape, names), key=len, reverse=True)) + ")")
        for names in (table["repeats"], table["words"])
    )


def match_vague(text: str, at: int) -> tuple[Vague, int] | None:
    """A wording without a date (尽快, 定期) beginning at text[at] (flat text), and where it ends."""
    for pattern, repeats in zip(_vague(), (True, False), strict=True):
        if match := pattern.match(text, at):
            return Vague(match.group(), repeats), match.end()
    if match := SEVERAL.match(text, at):
        return Vague(match.group()), match.end()
    if match := TRADING.match(text, at):
        return Vague(match.group()), match.end()
    return None


def find_quotas(text: str) -> list[tuple[Quota, int, int]]:
    """The numbers promised in `text` (flat), each with its place; 「至少4次…和1次…」 gives two."""
    found = []
    for match in QUOTA.finditer(text):
        relation = "≤" if match["relation"] in AT_MOST else "≥"
        found.append((Quota(relation, float(match["amount"]), match["unit"], match.group()), *match.span()))  # type: ignore[arg-type]
        for more in ALSO.finditer(text, match.end(), match.end() + 24):
            raw = more.group().lstrip("和及以、")
            found.append((Quota(relation, float(more["amount"]), more["unit"], raw), *more.span()))  # type: ignore[arg-type]
    return found
