"""From calendar places to days: what 月底, 明年一季度, 下周五, 国庆节 or 今冬 mean for a given anchor day.

The future is preferred: 2月底 in a November paper is next February. A year that the text names is kept.
"""

import calendar as months
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from ledger.timing.calendar import Calendar
from ledger.timing.phrases import Point
from ledger.timing.wording_days import words

DAY = timedelta(days=1)
TENDAYS = {"上旬": (1, 10), "中旬": (11, 20), "下旬": (21, 31), "上中旬": (1, 20), "中下旬": (11, 31)}
MONTHPARTS = {"初": (1, 5), "中": (11, 20), "底": (25, 31), "上半月": (1, 15), "下半月": (16, 31), "": (1, 31)}


@dataclass(frozen=True, slots=True)
class Place:
    """The days a point covers; `doubt` says in Chinese why the text may mean others, `notes` how it was read."""

    first: date
    last: date
    doubt: str = ""
    notes: tuple[str, ...] = ()
    provisional: bool = False
    passed: date | None = None  # the nearest such day, where it had passed and the next one was taken


def month_end(year: int, month: int) -> date:
    """The last day of a month."""
    return date(year, month, months.monthrange(year, month)[1])


def add_months(day: date, count: int) -> date:
    """The corresponding day `count` months later, or that month's last day (民法典 第202条)."""
    index = day.year * 12 + day.month - 1 + count
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, month_end(year, month + 1).day))


def show(day: date) -> str:
    """`day` as people write it: 2026年10月10日."""
    return f"{day.year}年{day.month}月{day.day}日"


def locate(point: Point, anchor: date, calendar: Calendar) -> Place | None:
    """The days that `point` means for a text of the day `anchor`; None where no such day exists (2月30日)."""
    place = _LOCATE[point.grain](point, anchor, calendar)
    return _led(point, place, calendar) if place and point.lead else place


def _led(point: Point, place: Place, calendar: Calendar) -> Place:
    """A place moved earlier by its lead: counted back from the day itself, which is not counted."""
    start = place.last + (DAY if point.grain in {"festival", "event"} else 0 * DAY)
    day = start
    for _ in range(point.lead):
        day = calendar.workday_on_or_before(day - DAY) if point.lead_unit == "workday" else day - DAY
    unit = "个工作日" if point.lead_unit == "workday" else "日"
    doubt = place.doubt or f"从{show(start)}往前数{point.lead}{unit}；也可理解为此前{point.lead}{unit}之内，应予确认"
    unsure = place.provisional or (point.lead_unit == "workday" and not calendar.announced(day.year))
    return replace(place, first=day, last=day, doubt=doubt, provisional=unsure)


def base_year(point: Point, anchor: date) -> int | None:
    """The year a point is bound to: named, or relative to the anchor's; None if the text leaves it open."""
    return (
        point.year if point.year is not None else None if point.year_shift is None else anchor.year + point.year_shift
    )


def _first_future(places: Iterable[Place | None], anchor: date, what: str) -> Place | None:
    """The first place that has not passed; says so where that is not the nearest."""
    passed: Place | None = None
    for place in places:
        if place is None:
            continue
        if place.last >= anchor:
            if passed is None:
                return place
            note = f"{show(passed.last)}已过，按下一个{what}计"
            return replace(place, notes=(*place.notes, note), passed=passed.last)
        passed = place
    return passed


def _months(point: Point, anchor: date) -> list[tuple[int, int]]:
    """Candidate (year, month) pairs in order of preference."""
    year = base_year(point, anchor)
    if point.month_shift is not None:
        moved = add_months(anchor.replace(day=1), point.month_shift)
        return [(moved.year, moved.month)]
    if point.month is None:
        start = anchor.replace(day=1)
        return [(day.year, day.month) for day in (add_months(start, n) for n in range(13))]
    return [(year, point.month)] if year is not None else [(anchor.year + n, point.month) for n in range(9)]


def _in_month(point: Point, anchor: date, cut: Callable[[int, int], Place | None], what: str) -> Place | None:
    return _first_future((cut(year, month) for year, month in _months(point, anchor)), anchor, what)


def _day(point: Point, anchor: date, calendar: Calendar) -> Place | None:
    def cut(year: int, month: int) -> Place | None:
        if not 1 <= (point.value or 0) <= month_end(year, month).day:
            return None
        day = date(year, month, point.value or 1)
        return Place(day, day)

    what = f"{point.month}月{point.value}日" if point.month else f"{point.value}日"
    return _in_month(point, anchor, cut, what)


def _part(point: Point, anchor: date, calendar: Calendar) -> Place | None:
    low, high = (TENDAYS | MONTHPARTS)[point.name]

    def cut(year: int, month: int) -> Place:
        end = month_end(year, month)
        return Place(date(year, month, low), min(date(year, month, min(high, end.day)), end))

    return _in_month(point, anchor, cut, f"{f'{point.month}月' if point.month else '月'}{point.name}")


def _years(point: Point, anchor: date, cut: Callable[[int], Place | None], what: str) -> Place | None:
    year = base_year(point, anchor)
    years = [year] if year is not None else [anchor.year + n for n in range(-1 if what == "季节" else 0, 3)]
    if year is None and what == "季节":
        ahead = [place for place in map(cut, years) if place and place.last >= anchor]
        return ahead[0] if ahead else None
    return _first_future(map(cut, years), anchor, what)


def _quarter(point: Point, anchor: date, calendar: Calendar) -> Place | None:
    if point.value is None:
        moved = add_months(date(anchor.year, (anchor.month - 1) // 3 * 3 + 1, 1), 3 * (point.week_shift or 0))
        return _sliced(moved, 3, point.name)
    return _years(
        point,
        anchor,
        lambda year: _sliced(date(year, (point.value or 1) * 3 - 2, 1), 3, point.name),
        f"{point.value}季度",
    )


def _half(point: Point, anchor: date, calendar: Calendar) -> Place | None:
    start = 1 if point.value == 1 else 7
    return _years(
        point, anchor, lambda year: _sliced(date(year, start, 1), 6, point.name), "上半年" if start == 1 else "下半年"
    )


def _year(point: Point, anchor: date, calendar: Calendar) -> Place | None:
    def cut(year: int) -> Place:
        first = date(year - 1 if point.name == "两年" else year, 1, 1)
        return Place(first, date(year, 12, 31))

    return _years(point, anchor, cut, "年")


def _yearpart(point: Point, anchor: date, calendar: Calendar) -> Place | None:
    if point.name == "前":
        return _before_new_year(anchor, calendar)
    return _years(point, anchor, lambda year: _sliced(date(year, 1, 1), 12, point.name), f"年{point.name}")


def _before_new_year(anchor: date, calendar: Calendar) -> Place:
    """年前: before the year ends or before the Spring Festival; the earlier of those still ahead."""
    festival = festival_day("春节", anchor.year, calendar)
    day = festival - DAY if festival and anchor < festival else date(anchor.year, 12, 31)
    return Place(day, day, "“年前”可指春节前，也可指年底前，取较早的一个")


def _sliced(start: date, count: int, part: str) -> Place:
    """`count` months from `start`, or their beginning, middle or end."""
    end = add_months(start, count) - DAY
    quarter = max(1, count // 4)
    if part == "初":
        return Place(start, add_months(start, quarter) - DAY, f"“初”没有公认的界限，按前{quarter}个月计")
    if part == "中":
        middle = add_months(start, (count + 1) // 2) - DAY
        return Place(middle.replace(day=1), middle, "“中”没有公认的界限，按过半时计")
    if part == "底":
        return Place(add_months(start, count - 1), end)
    return Place(start, end)


def _week(point: Point, anchor: date, calendar: Calendar) -> Place | None:
    monday = anchor - anchor.weekday() * DAY + 7 * (point.week_shift or 0) * DAY
    return Place(monday, monday + (1 if point.name == "初" else 6) * DAY)


def _weekday(point: Point, anchor: date, calendar: Calendar) -> Place | None:
    monday = anchor - anchor.weekday() * DAY
    day = monday + (7 * (point.week_shift or 0) + (point.value or 1) - 1) * DAY
    if point.week_shift is None and day < anchor:
        day += 7 * DAY
    return Place(day, day)


def _relative(point: Point, anchor: date, calendar: Calendar) -> Place | None:
    day = anchor + (point.value or 0) * DAY
    return Place(day, day)


def festival_day(name: str, year: int, calendar: Calendar) -> date | None:
    """The day of a festival itself (not of its holidays) in `year`; None beyond the table of moon festivals."""
    table = words()["festival"]
    if fixed := table["fixed"].get(name):
        return date(year, int(fixed[:2]), int(fixed[2:]))
    base, shift = table["moon"][name].split()
    found = calendar.festivals.get(year, {}).get(base)
    return found + int(shift) * DAY if found else None


def _festival(point: Point, anchor: date, calendar: Calendar) -> Place | None:
    if point.name == "节":
        return _next_holiday(point, anchor, calendar)

    def cut(year: int) -> Place | None:
        if point.holiday and (span := _holiday(point.name, year, calendar)):
            return _around(point, span, calendar)
        day = festival_day(point.name, year, calendar)
        if point.bound == "before" and day:
            return Place(day - DAY, day - DAY)
        return Place(day, day) if day else None

    return _years(point, anchor, cut, point.name)


def _holiday(name: str, year: int, calendar: Calendar) -> tuple[date, date] | None:
    """The days off around a festival in `year`, by its notice or, before that is out, by statute."""
    base = "春节" if name in {"除夕", "新春", "农历新年", "大年30"} else name
    return calendar.holiday(base, year) or calendar.holiday(f"{base}节", year)


def _around(point: Point, span: tuple[date, date], calendar: Calendar) -> Place:
    """Before the days off begin, or until they are over."""
    day = span[0] - DAY if point.holiday == "off" and point.bound == "before" else span[1]
    note = f"放假为{show(span[0])}至{show(span[1])}"
    return Place(day, day, notes=(note,), provisional=not calendar.announced(span[1].year))


def _next_holiday(point: Point, anchor: date, calendar: Calendar) -> Place | None:
    """节前 without a name: the next holiday that has not begun."""
    names = ("元旦", "春节", "清明节", "劳动节", "端午节", "中秋节", "国庆节")
    spans = [
        (span, name)
        for year in (anchor.year, anchor.year + 1)
        for name in names
        if (span := calendar.holiday(name, year)) and span[0] > anchor
    ]
    if not spans:
        return None
    span, name = min(spans)
    doubt = f"没有写明哪个节日，按下一个法定假日{name}计，应予确认"
    return replace(_around(point, span, calendar), doubt=doubt)


def _lunar(point: Point, anchor: date, calendar: Calendar) -> Place | None:
    def cut(year: int) -> Place | None:
        first = calendar.festivals.get(year, {}).get("春节")
        if first is None:
            return None
        if point.name == "正月":
            day = first + ((point.value or 1) - 1) * DAY
            return Place(day, day, notes=(f"正月初一是{show(first)}",))
        day = first - (31 - (point.value or 1)) * DAY
        return Place(day, day, "腊月有29天或30天，取较早的一天", (f"正月初一是{show(first)}",))

    return _years(point, anchor, cut, f"{point.name}{point.value}日")


def _season(point: Point, anchor: date, calendar: Calendar) -> Place | None:
    low, high = words()["season"][point.name]

    def cut(year: int) -> Place:
        return Place(date(year, low, 1), month_end(year + (high < low), high))

    if point.year_shift == 0 and high < low and anchor.month <= high:
        return cut(anchor.year - 1)  # 今冬 said in January is the winter that began last year
    return _years(point, anchor, cut, "季节")


def _happening(point: Point, anchor: date, calendar: Calendar) -> Place | None:
    entry: dict[str, Any] = words()["happening"][point.name]

    if point.holiday == "over" and "end" not in entry:
        return None

    def cut(year: int) -> Place:
        if point.holiday == "over":
            end = date(year + (entry["end"] < entry["day"]), int(entry["end"][:2]), int(entry["end"][2:]))
            return Place(end, end, entry["why"])
        day = date(year, int(entry["day"][:2]), int(entry["day"][2:])) - (DAY if point.bound == "before" else 0 * DAY)
        return Place(day, day, entry["why"])

    return _years(point, anchor, cut, point.name)


def _plan(point: Point, anchor: date, calendar: Calendar) -> Place | None:
    year = point.year or anchor.year
    return Place(date(year - 4, 1, 1), date(year, 12, 31), notes=(f"五年规划期为{year - 4}—{year}年",))


def _workday(point: Point, anchor: date, calendar: Calendar) -> Place | None:
    if point.name:
        return _workday_after_holiday(point, anchor, calendar)

    def cut(year: int, month: int) -> Place:
        end = month_end(year, month)
        before = date(year, month, 1) - DAY
        day = (
            calendar.workday_on_or_before(end) if point.value == -1 else calendar.add_workdays(before, point.value or 1)
        )
        return Place(day, day, provisional=not calendar.announced(year))

    return _in_month(point, anchor, cut, "该工作日")


def _month_week(point: Point, anchor: date, calendar: Calendar) -> Place | None:
    def cut(year: int, month: int) -> Place | None:
        end = month_end(year, month)
        if point.value == -1:
            return Place(end - 6 * DAY, end, "“最后一周”没有公认的界限，按最后7日计")
        first = date(year, month, 1) + 7 * ((point.value or 1) - 1) * DAY if (point.value or 1) <= 4 else end - 2 * DAY
        return Place(first, min(first + 6 * DAY, end), f"“第{point.value}周”没有公认的界限，按每7日一周计")

    return _in_month(point, anchor, cut, f"第{point.value}周")


def _nth_weekday(point: Point, anchor: date, calendar: Calendar) -> Place | None:
    def cut(year: int, month: int) -> Place | None:
        first = date(year, month, 1)
        ahead = ((point.value or 1) - 1 - first.weekday()) % 7 + 7 * ((point.week_shift or 1) - 1)
        day = first + ahead * DAY
        return Place(day, day) if day.month == month else None

    return _in_month(point, anchor, cut, "该日")


def _workday_after_holiday(point: Point, anchor: date, calendar: Calendar) -> Place | None:
    ends = [
        span[1]
        for year in (anchor.year, anchor.year + 1)
        for name in ("元旦", "春节", "清明节", "劳动节", "端午节", "中秋节", "国庆节")
        if (point.name == "节" or name.startswith(point.name[:2])) and (span := calendar.holiday(name, year))
    ]
    ahead = sorted(end for end in ends if end >= anchor)
    if not ahead:
        return None
    day = calendar.add_workdays(ahead[0], point.value or 1)
    return Place(day, day, notes=(f"假期至{show(ahead[0])}",), provisional=not calendar.announced(day.year))


_LOCATE: dict[str, Callable[[Point, date, Calendar], Place | None]] = {
    "day": _day, "tenday": _part, "monthpart": _part, "quarter": _quarter, "half": _half, "year": _year,
    "yearpart": _yearpart, "week": _week, "weekday": _weekday, "relative": _relative, "festival": _festival,
    "lunar": _lunar, "season": _season, "event": _happening, "plan": _plan, "workday": _workday,
    "monthweek": _month_week, "nthweekday": _nth_weekday,
    "month": lambda point, anchor, calendar: _part(replace(point, name=""), anchor, calendar),
}  # fmt: skip
