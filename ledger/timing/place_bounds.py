"""From places with their bounds to outcomes: 前, 内, 起, 后 and 左右; ranges; what comes again."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta

from crawlers.clock import CHINA
from ledger.timing.calendar import Calendar
from ledger.timing.outcomes import Certainty, Kind, Outcome
from ledger.timing.periods import run
from ledger.timing.phrases import Point, Range, Repeat, Span
from ledger.timing.places import Place, add_months, base_year, locate, month_end, show

DAY = timedelta(days=1)
COARSE = {"month", "tenday", "quarter", "half", "year", "week", "season", "plan"}
WHOLE = {"quarter", "half", "year", "week", "season", "plan"}
UNITS = {"month": 1, "quarter": 3, "half": 6, "year": 12}
EVERY = {
    "day": "天",
    "workday": "工作日",
    "week": "周",
    "tenday": "旬",
    "month": "月",
    "quarter": "季度",
    "half": "半年",
    "year": "年",
}


def point_outcome(point: Point, anchor: date, calendar: Calendar) -> Outcome | None:
    """What a calendar place with its bound comes to for a text of the day `anchor`."""
    place = locate(point, anchor, calendar)
    if place is None:
        return None
    steps = (f"自{show(anchor)}看", *place.notes)
    if point.bound == "after":
        note = f"“{show(place.last)}后”只说了不早于，没有期限"
        return Outcome("date", certainty="none", steps=(*steps, note), not_before=place.last + DAY)
    if point.bound == "before" and point.grain in COARSE and point.name != "底":
        return _before_span(place, anchor, steps)
    last = place.first if point.bound == "from" else place.last
    if point.clock == time() and point.bound in {"", "before"}:  # 0时 ends the day before
        point, last = replace(point, clock=None, bound=""), last - DAY
        steps = (*steps, f"0时即前一日{show(last)}的24时")
    certainty: Certainty = "ambiguous" if place.doubt or point.bound == "about" else "firm"
    if place.provisional and certainty == "firm":
        certainty = "provisional"
    return Outcome(
        _kind(point),
        last,
        first=place.first,
        clock=point.clock,
        certainty=certainty,
        steps=(*steps, *_reading(point, place, last)),
        passed=place.passed,
    )


def _kind(point: Point) -> Kind:
    whole = point.grain in WHOLE and point.name != "底" and point.bound in {"", "within", "about"}
    return "period" if whole or (point.grain == "month" and point.bound == "within") else "date"


def _reading(point: Point, place: Place, last: date) -> list[str]:
    steps = []
    if place.doubt:
        steps.append(place.doubt)
    if point.bound == "before" and point.grain in {"day", "weekday", "relative"}:
        steps.append("“前”按惯例含当日")
    if point.bound == "from":
        steps.append(f"“起”是开始之日，到{show(last)}应当已经开始")
    if point.bound == "about":
        steps.append("“左右”不是确切日期，取所写日期")
    if place.first != place.last and point.bound != "from":
        steps.append(f"所指为{show(place.first)}至{show(place.last)}，以最后一日为准；写明的日期不因节假日顺延")
    return steps


def _before_span(place: Place, anchor: date, steps: tuple[str, ...]) -> Outcome:
    """6月份前: before it begins, or before it is over? The earlier day, unless that has passed."""
    early = place.first - DAY
    last = early if early >= anchor else place.last
    chosen = "较早" if last == early else "尚未过去"
    doubt = f"可理解为{show(early)}以前，也可理解为{show(place.last)}以前，取{chosen}的日期，应予确认"
    return Outcome("date", last, first=place.first, certainty="ambiguous", steps=(*steps, doubt))


def range_outcome(span: Range, anchor: date, calendar: Calendar) -> Outcome | None:
    """11月20日至12月20日: due at its end. Two alternatives (年底或明年初): due at the later, and ambiguous."""
    first, last = _completed(span, anchor, calendar)
    if first is None or last is None:
        return None
    if last.last < first.first:
        return point_outcome(span.first, anchor, calendar)
    steps = [f"自{show(anchor)}看", f"所指为{show(first.first)}至{show(last.last)}，以最后一日为准"]
    unsure = span.either or span.last.bound == "about" or bool(last.doubt)
    certainty: Certainty = "ambiguous" if unsure else "firm"
    if last.doubt:
        steps.append(last.doubt)
    if span.either:
        steps.append("两种可能，以较晚的为限，应予确认")
    clock = span.last.clock
    return Outcome(
        "period", last.last, first=first.first, clock=clock, certainty=certainty, steps=tuple(steps), passed=last.passed
    )


def _completed(span: Range, anchor: date, calendar: Calendar) -> tuple[Place | None, Place | None]:
    """Both ends; what one end leaves out (year, month) is taken from the other."""
    start, end = span.first, span.last
    if end.grain == "day" and end.month is None and end.month_shift is None:
        end = replace(end, month=start.month, month_shift=start.month_shift)
    year = base_year(start, anchor)
    if year is None:
        last = locate(end, anchor, calendar)
        if last is None:
            return None, None
        if start.grain == end.grain == "weekday" and (opening := locate(start, anchor, calendar)):
            return _before(opening, last), last
        first = (
            locate(replace(start, year=last.last.year), anchor, calendar)
            if start.month
            else locate(start, anchor, calendar)
        )
        if first and first.first > last.last and start.month:
            first = locate(replace(start, year=last.last.year - 1), anchor, calendar)
        return first, last
    first = locate(start, anchor, calendar)
    if end.year is None and end.year_shift == 1 and start.year is not None:
        end = replace(end, year=start.year + 1)  # 2026年10月至次年3月
    if base_year(end, anchor) is None and end.month_shift is None:
        for candidate in (year, year + 1):
            last = locate(replace(end, year=candidate), anchor, calendar)
            if first and last and last.last >= first.first:
                return first, last
    return first, locate(end, anchor, calendar)


def _before(opening: Place, last: Place) -> Place:
    """星期一到星期五 said on a Saturday: the Monday before that Friday."""
    day = opening.last if opening.last <= last.last else opening.last - 7 * DAY
    return replace(opening, first=day, last=day)


def repeat_outcome(repeat: Repeat, anchor: date, calendar: Calendar) -> Outcome:
    """What comes again: the next time it is due on or after `anchor`."""
    every = repeat.unit if repeat.count == 1 else f"{repeat.count} {repeat.unit}"
    times = f"每{repeat.count if repeat.count > 1 else ''}{EVERY[repeat.unit]}一次"
    if repeat.since and (begins := locate(repeat.since, anchor, calendar)) and begins.first > anchor:
        first = repeat_outcome(replace(repeat, since=None), begins.first, calendar)
        return replace(first, steps=(f"自{show(begins.first)}起", *first.steps))
    if repeat.after:
        over = _after_unit(repeat, repeat.after, anchor, calendar)
        return replace(over, kind="recurring", every=every, steps=(times, *over.steps, f"下一次到期为{_shown(over)}"))
    last = _next(repeat, anchor, calendar)
    certainty: Certainty = "firm"
    by_work = repeat.unit == "workday" or (repeat.point is not None and repeat.point.grain == "workday")
    if by_work and not calendar.announced(last.year):
        certainty = "provisional"
    clock = repeat.point.clock if repeat.point else None
    steps = (times, f"下一次到期为{show(last)}")
    return Outcome("recurring", last, clock=clock, certainty=certainty, every=every, steps=steps)


def _shown(outcome: Outcome) -> str:
    last = outcome.at.date() if outcome.at else outcome.last
    return show(last) if last else ""


def _after_unit(repeat: Repeat, span: Span, anchor: date, calendar: Calendar) -> Outcome:
    """每季度结束后10个工作日内: the first such day that is not past, counted from the end of a unit."""
    size = UNITS[repeat.unit]
    start = date(anchor.year, (anchor.month - 1) // size * size + 1, 1)
    end = start - DAY
    while True:
        outcome = run(span, datetime.combine(end, time(), CHINA), calendar)
        last = outcome.at.date() if outcome.at else outcome.last
        if last is None or last >= anchor:
            return replace(outcome, steps=(f"从{show(end)}（上一期结束）起算", *outcome.steps))
        end = add_months(end + DAY, size) - DAY


def _next(repeat: Repeat, anchor: date, calendar: Calendar) -> date:
    if repeat.point and repeat.unit == "quarter" and repeat.point.grain != "quarter":
        return _in_quarter(repeat.point, anchor, calendar)
    if repeat.point and repeat.unit == "workday":
        return calendar.workday_on_or_after(anchor)
    times = [repeat.point, *repeat.also] if repeat.point else []
    if ahead := [place.last for point in times if (place := locate(point, anchor, calendar))]:
        return min(ahead)
    if repeat.unit == "workday":
        return calendar.add_workdays(anchor, repeat.count)
    if repeat.unit in {"day", "week"}:
        days = repeat.count * (7 if repeat.unit == "week" else 1)
        return anchor + (6 - anchor.weekday()) * DAY if days == 7 else anchor + days * DAY
    if repeat.unit == "tenday":
        return min(month_end(anchor.year, anchor.month), anchor + -anchor.day % 10 * DAY)
    size = UNITS[repeat.unit]
    if repeat.count > 1:
        return add_months(anchor, size * repeat.count)
    start = date(anchor.year, (anchor.month - 1) // size * size + 1, 1)
    return add_months(start, size) - DAY


def _in_quarter(point: Point, anchor: date, calendar: Calendar) -> date:
    """每季度首月10日前: the next such day; without a month it is the quarter's first for a day, its last for 底."""
    start = date(anchor.year, (anchor.month - 1) // 3 * 3 + 1, 1)
    nth = point.month_shift or point.value if point.grain == "month" else point.month_shift
    final = point.name == "底" or (point.grain == "workday" and point.value == -1)
    nth = nth or (3 if final else 1)
    for quarter in range(3):
        month = add_months(start, 3 * quarter + nth - 1)
        if point.grain == "month":
            last = month_end(month.year, month.month)
        else:
            place = locate(replace(point, year=month.year, month=month.month, month_shift=None), anchor, calendar)
            last = place.last if place else month
        if last >= anchor:
            return last
    raise AssertionError(point)
