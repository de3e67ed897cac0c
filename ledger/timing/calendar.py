"""The statutory calendar: which days offices work, by the State Council's notices, and how sure that is."""

import tomllib
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Literal
from zlib import crc32

from crawlers.workspace import Problem

TABLE = Path(__file__).with_name("calendar.toml")
LUNAR = ("春节", "清明", "端午", "中秋", "重阳")
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Workday:
    """Whether offices work on a day; true and false like a bool. `provisional`: its notice is not out yet."""

    works: bool
    certainty: Literal["firm", "provisional"]
    reason: str  # "国庆节放假", "补班", "星期六", "工作日", …

    def __bool__(self) -> bool:
        """Whether offices work."""
        return self.works


@dataclass(frozen=True, slots=True)
class Notice:
    """One year's arrangement: the days it gives off (with the holiday's name) and the weekend days it works."""

    year: int
    number: str
    off: Mapping[date, str]
    work: frozenset[date]


@dataclass(frozen=True)
class Calendar:
    """Every day of every year: announced ones from notices, the others estimated and marked provisional."""

    version: str
    notices: Mapping[int, Notice]
    festivals: Mapping[int, Mapping[str, date]]  # year → 春节, 清明, 端午, 中秋, 重阳
    statutory: Mapping[str, tuple[str, int, int]]  # holiday → where it starts, shift, number of days
    _estimates: dict[int, Notice] = field(default_factory=dict, repr=False, compare=False)
    _ordinals: dict[int, list[int]] = field(default_factory=dict, repr=False, compare=False)

    def announced(self, year: int) -> bool:
        """Whether the State Council's notice for `year` is known here."""
        return year in self.notices

    def is_workday(self, day: date) -> Workday:
        """Whether offices work on `day`, how sure that is, and why."""
        notice = self._notice(day.year)
        certainty: Literal["firm", "provisional"] = "firm" if self.announced(day.year) else "provisional"
        later = self.notices.get(day.year + 1)  # the next year's notice may rearrange late December
        for arranged in (later, notice) if later else (notice,):
            if day in arranged.work:
                return Workday(True, certainty, "补班")
            if day in arranged.off:
                return Workday(False, certainty, f"{arranged.off[day]}放假")
        if day.weekday() >= 5:
            return Workday(False, certainty, f"星期{'一二三四五六日'[day.weekday()]}")
        return Workday(True, certainty, "工作日")

    def add_workdays(self, day: date, count: int) -> date:
        """The `count`th working day after `day` (day 0 is not counted, 民法典 第201条). `count` ≥ 1."""
        if count < 1:
            raise ValueError("count of working days must be at least 1")
        year, skipped = day.year, bisect_right(self._workdays(day.year), day.toordinal())
        while (left := len(self._workdays(year)) - skipped) < count:
            count, year, skipped = count - left, year + 1, 0
        return date.fromordinal(self._workdays(year)[skipped + count - 1])

    def workday_on_or_after(self, day: date) -> date:
        """`day` itself if offices work on it, else the next day on which they do."""
        return day if self.is_workday(day) else self.add_workdays(day, 1)

    def workday_on_or_before(self, day: date) -> date:
        """`day` itself if offices work on it, else the last day before on which they did."""
        days = self._workdays(day.year)
        found = bisect_right(days, day.toordinal())
        if found:
            return date.fromordinal(days[found - 1])
        return self.workday_on_or_before(date(day.year - 1, 12, 31))

    def first_unannounced(self, first: date, last: date) -> int | None:
        """The first year touched by [`first`, `last`] whose notice is unknown, or None."""
        return next((year for year in range(first.year, last.year + 1) if not self.announced(year)), None)

    def holiday(self, name: str, year: int) -> tuple[date, date] | None:
        """First and last day off of the holiday `name` (国庆节) in the arrangement of `year`."""
        days = [day for day, title in self._notice(year).off.items() if name in title.split("、")]
        return (min(days), max(days)) if days else None

    def statutory_days(self, year: int) -> dict[date, str]:
        """The days that are holidays by statute (全国年节及纪念日放假办法, 2024), whatever the year's notice adds."""
        return dict(self._statutory(year))

    def arranged(self, year: int) -> Notice:
        """The arrangement of `year`: announced, or estimated from the statute and then without a number."""
        return self._notice(year)

    def _notice(self, year: int) -> Notice:
        if year in self.notices:
            return self.notices[year]
        if year not in self._estimates:
            self._estimates[year] = Notice(year, "", dict(self._statutory(year)), frozenset())
        return self._estimates[year]

    def _statutory(self, year: int) -> Iterator[tuple[date, str]]:
        for name, (start, shift, count) in self.statutory.items():
            first = self.festivals.get(year, {}).get(start) if start in LUNAR else _day(start, year)
            if first:
                for offset in range(shift, shift + count):
                    yield first + offset * DAY, name

    def _workdays(self, year: int) -> list[int]:
        if year not in self._ordinals:
            first, last = date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal()
            days = range(first, last + 1)
            self._ordinals[year] = [n for n in days if self.is_workday(date.fromordinal(n)).works]
        return self._ordinals[year]


def load_calendar(overlay: Path | None = None) -> tuple[Calendar, list[Problem]]:
    """The calendar shipped with the program, with the years of an analyst's `overlay` file laid over it.

    An overlay year replaces the shipped one (a local arrangement, a change after publication); entries that cannot
    be read are returned as problems, all together, and leave the shipped calendar as it is.
    """
    if overlay is None:
        return _shipped(), []
    try:
        return laid_over(overlay.read_bytes(), overlay.name)
    except FileNotFoundError:
        return _shipped(), [Problem(overlay.name, "", "找不到节假日补充文件", "请检查路径")]


def laid_over(raw: bytes, file: str) -> tuple[Calendar, list[Problem]]:
    """The shipped calendar with the years of `raw`, the bytes of such a file, over it."""
    base = _shipped()
    notices, problems = read_notices(raw, file)
    if problems:
        return base, problems
    version = f"{base.version}+{'+'.join(map(str, sorted(notices)))}.{crc32(raw):08x}"
    return Calendar(version, {**base.notices, **notices}, base.festivals, base.statutory), []


def default_calendar() -> Calendar:
    """The calendar shipped with the program, read once."""
    return _shipped()


@cache
def _shipped() -> Calendar:
    table = tomllib.loads(TABLE.read_text("utf-8"))
    notices, problems = _read_notices(table, TABLE.name)
    if problems:
        raise ValueError("\n".join(map(str, problems)))
    festivals = {
        int(year): {name: _day(text, int(year)) for name, text in zip(LUNAR, days.split(), strict=True)}
        for year, days in table["festival"].items()
    }
    statutory = {name: _statute(text) for name, text in table["statutory"].items()}
    return Calendar(f"cn-{table['version']}", notices, festivals, statutory)


def read_notices(raw: bytes, file: str) -> tuple[dict[int, Notice], list[Problem]]:
    """The notices of a TOML file by year, or what is wrong with it."""
    try:
        table = tomllib.loads(raw.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        return {}, [Problem(file, "", f"不是正确的 TOML：{fault}", "请对照 docs/deadlines.md 的例子")]
    notices, problems = _read_notices(table, file)
    if not notices and not problems:
        problems = [Problem(file, "", "没有任何 [notice.年份]", "请对照 docs/deadlines.md 的例子")]
    return notices, problems


def _read_notices(table: Mapping[str, Any], file: str) -> tuple[dict[int, Notice], list[Problem]]:
    notices: dict[int, Notice] = {}
    problems: list[Problem] = []
    for text, entry in table.get("notice", {}).items():
        try:
            year = int(text)
            off, work = dict(_off(entry["off"], year)), frozenset(_day(day, year) for day in entry["work"].split())
            notices[year] = Notice(year, entry.get("number", ""), off, work)
        except (KeyError, ValueError, AttributeError, TypeError) as fault:
            problems.append(
                Problem(file, f"[notice.{text}]", f"读不懂：{fault}", '写作 off = "元旦:0101-0103"，work = "0104"')
            )
            continue
        if clash := sorted(off.keys() & work):
            problems.append(Problem(file, f"[notice.{text}]", f"{clash[0]} 既放假又上班", "请核对通知原文"))
        problems += [
            Problem(file, f"[notice.{text}]", f"{day} 不是周末，却列为补班", "请核对通知原文")
            for day in sorted(work)
            if day.weekday() < 5
        ]
    return notices, problems


def _off(text: str, year: int) -> Iterator[tuple[date, str]]:
    for item in text.split():
        name, _, span = item.partition(":")
        first, _, last = span.partition("-")
        start, end = _day(first, year), _day(last or first, year)
        if end < start:
            raise ValueError(f"{item} 的结束早于开始")
        for offset in range((end - start).days + 1):
            yield start + offset * DAY, name


def _day(text: str, year: int) -> date:
    if len(text) == 8:
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    if len(text) != 4:
        raise ValueError(f"“{text}”应为四位月日或八位年月日")
    return date(year, int(text[:2]), int(text[2:]))


def _statute(text: str) -> tuple[str, int, int]:
    start, shift, count = text.split()
    return start, int(shift), int(count)
