"""Grammar of ranges and alternatives: 11月20日至12月20日, 7、8月份, 2026—2030年, 今年年底或明年年初."""

import re

from ledger.timing.phrases import Point, Range
from ledger.timing.wording_dates import YEAR, when
from ledger.timing.wording_points import match_point

JOIN = re.compile(r"(?:[-—–~～至到]+|起至|开始至|截至|直至)")
EITHER = re.compile(r"(?:或者?|或是)")
LISTED = re.compile(r"、")
FIRST_MONTH = re.compile(
    rf"(?:{YEAR})?(?<![\d.])(?P<first>1[0-2]|[1-9])(?:月份?)?[-—–~～至到、/](?P<last>(?:1[0-2]|[1-9])月份?)(?!\d{{1,2}}[日号])"
)
FIRST_YEAR = re.compile(r"(?P<first>20\d\d)年?[-—–~～至到](?P<last>20\d\d年)")


def match_place(text: str, at: int) -> tuple[Range | Point, int] | None:
    """The range or the single place that begins at text[at] (flat text), and where it ends."""
    if short := _short(text, at):
        return short
    found = match_point(text, at)
    if found is None:
        return None
    first, end = found
    for pattern, either in ((JOIN, False), (EITHER, True), (LISTED, True)):
        joint = pattern.match(text, end)
        if joint and (last := match_point(text, joint.end())) and (pattern is not LISTED or _months(first, last[0])):
            return Range(first, last[0], either), last[1]
    return found


def _short(text: str, at: int) -> tuple[Range, int] | None:
    """A range whose first end leaves its unit to the second: 11-12月, 2021-2025年."""
    for pattern in (FIRST_YEAR, FIRST_MONTH):
        match = pattern.match(text, at)
        if match and not _numbering(match) and (last := match_point(text, match.start("last"))):
            value = int(match["first"])
            first = Point("year", year=value) if pattern is FIRST_YEAR else Point("month", **when(match), month=value)
            return Range(first, last[0]), last[1]
    return None


def _numbering(match: re.Match[str]) -> bool:
    """「1、4月底前」 is item 1 of a list; 「7、8月份」 are two months."""
    return "、" in match.group() and int(match["first"]) + 1 != int(match["last"].rstrip("月份年"))


def _months(first: Point, last: Point) -> bool:
    return first.grain == last.grain == "month"
