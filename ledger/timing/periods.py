"""From periods to outcomes: hours by the clock, working days by the statutory calendar, days and months by 民法典."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta

from crawlers.clock import CHINA
from ledger.timing.calendar import Calendar
from ledger.timing.outcomes import Basis, Certainty, Kind, Outcome
from ledger.timing.phrases import Event, Span
from ledger.timing.places import add_months, locate, show

DAY = timedelta(days=1)
BASIS = {"published": "公布", "received": "收到"}
LONG = 31  # beyond this many days the single skipped days are summed up


def span_outcome(span: Span, anchor: datetime, basis: Basis, calendar: Calendar) -> Outcome:
    """What a period comes to that runs from `anchor` (local time), from its event, or not yet (waits)."""
    event = span.event
    if event is None or event.kind == "now":
        return run(span, anchor, calendar)
    if event.kind == basis:
        outcome = run(span, anchor, calendar)
        return replace(outcome, steps=(f"从“{event.raw}”起算，所给日期即{BASIS[basis]}日", *outcome.steps))
    if event.point and (start := _event_day(event, anchor.date(), calendar)):
        outcome = run(span, datetime.combine(start, time(), CHINA), calendar)
        return replace(outcome, event=event.raw)
    kind = run(span, anchor, calendar)
    would = show(kind.at.date() if kind.at else kind.last) if (kind.at or kind.last) else ""  # type: ignore[arg-type]
    given = f"所给日期是{BASIS[basis]}日，不是“{event.raw}”之日"
    steps = (f"期限从“{event.raw}”起算", f"{given}，待触发；若两者同日，则为{would}")
    return Outcome(kind.kind, certainty="none", steps=steps, event=event.raw, waits=True)


def _event_day(event: Event, anchor: date, calendar: Calendar) -> date | None:
    if event.point is None or (place := locate(replace(event.point, bound=""), anchor, calendar)) is None:
        return None
    if event.point.grain == "festival":
        for name in (event.point.name, f"{event.point.name}节"):
            if holiday := calendar.holiday(name, place.last.year):
                return holiday[1]
    return place.last


def run(span: Span, anchor: datetime, calendar: Calendar) -> Outcome:
    """What `span` comes to when it runs from `anchor` (local time), whatever its event."""
    if span.amount == 0:
        day = anchor.date()
        return Outcome("date", day, steps=(f"自{show(day)}起：“起”是开始之日，到这一天应当已经开始",))
    if span.unit in {"hour", "minute"}:
        outcome = _hours(span, anchor)
    elif span.unit == "workday":
        outcome = _workdays(span, anchor.date(), calendar)
    else:
        outcome = _days(span, anchor.date(), calendar)
    return _qualified(span, outcome)


def _qualified(span: Span, outcome: Outcome) -> Outcome:
    """The same, where the wording is no plain upper limit: 左右, N日后, 不少于N日, 3至5日."""
    steps = outcome.steps
    last = outcome.at.date() if outcome.at else outcome.last
    if span.minimum:
        note = "“不少于”是最短期限，不是截止日"
        return replace(outcome, last=None, at=None, certainty="none", steps=(*steps, note), not_before=last)
    if span.low:
        steps = (*steps, f"写的是{span.low}至{span.amount}，以上限为准")
    if span.when == "after":
        steps = (*steps, "“后”只说了不早于，按该日计，应予确认")
        return replace(outcome, certainty="ambiguous", steps=steps, not_before=last)
    if span.approximate:
        return replace(outcome, certainty="ambiguous", steps=(*steps, "“左右”不是确切期限，按所写数字计"))
    return replace(outcome, steps=steps)


def _hours(span: Span, anchor: datetime) -> Outcome:
    minutes = span.amount * (60 if span.unit == "hour" else 1) + (30 if span.half else 0)
    at = anchor + timedelta(minutes=minutes)
    length = f"{minutes // 60}小时" if minutes % 60 == 0 else f"{minutes}分钟"
    return Outcome(
        "hours",
        at=at,
        steps=(f"自{show(anchor.date())}{anchor:%H:%M}起按钟点计算{length}，节假日和夜间不扣除（民法典第201条第2款）",),
    )


def _workdays(span: Span, start: date, calendar: Calendar) -> Outcome:
    last = calendar.add_workdays(start, span.amount)
    unknown = calendar.first_unannounced(start + DAY, last)
    steps = [
        f"{show(start)}当日不计，自次日起算（民法典第201条）",
        *_skipped(start, last, calendar),
        f"第{span.amount}个工作日是{show(last)}",
    ]
    if unknown:
        steps.append(f"{unknown}年放假安排尚未公布，按周末和法定节日推定")
    elif (last.month, last.day) >= (12, 26) and not calendar.announced(last.year + 1):
        steps.append(f"{last.year + 1}年的通知可能调整本年12月下旬，发布后应重算")
    certainty: Certainty = "provisional" if unknown else "firm"
    return Outcome("working_days", last, certainty=certainty, steps=tuple(steps))


def _skipped(start: date, last: date, calendar: Calendar) -> list[str]:
    """Which days were left out and which weekend days were counted."""
    days = [start + n * DAY for n in range(1, (last - start).days + 1)]
    off: dict[str, list[date]] = {}
    made_up = []
    for day in days:
        known = calendar.is_workday(day)
        if known.works and known.reason == "补班":
            made_up.append(day)
        elif not known.works:
            off.setdefault(known.reason if known.reason.endswith("放假") else "周末", []).append(day)
    steps = [f"跳过{_listed(found)}（{reason}）" for reason, found in off.items()]
    return [*steps, f"计入{_listed(made_up)}（补班）"] if made_up else steps


def _listed(days: list[date]) -> str:
    """Days as runs: 10月1日至7日、10月11日."""
    runs: list[list[date]] = []
    for day in days:
        if runs and day - runs[-1][-1] == DAY:
            runs[-1].append(day)
        else:
            runs.append([day])
    if len(runs) > 6:
        return f"{len(days)}天"
    return "、".join(f"{_short(run[0])}至{_short(run[-1])}" if len(run) > 1 else _short(run[0]) for run in runs)


def _short(day: date) -> str:
    return f"{day.month}月{day.day}日"


def _days(span: Span, start: date, calendar: Calendar) -> Outcome:
    kind: Kind = "months" if span.unit == "month" else "natural_days"
    if span.unit == "month":
        end = add_months(start, span.amount)
        days = span.days + (15 if span.half else 0)
        more = f"再加{days}日" if days else ""
        steps = [f"{show(start)}起满{_months(span.amount)}的对应日{more}（民法典第202条）"]
        end += days * DAY
    else:
        amount = span.amount + (span.amount // 2 + 1 if span.half and span.word.endswith("周") else span.half)
        end = start + amount * DAY
        steps = [f"{show(start)}当日不计，按自然日数满{amount}日（民法典第201条）"]
    last = calendar.workday_on_or_after(end)
    steps.append(f"最后一日为{show(end)}")
    if last != end:
        why = calendar.is_workday(end).reason
        steps.append(f"该日是{why}，顺延到{show(last)}（民法典第203条）")
    certainty: Certainty = "provisional" if calendar.first_unannounced(end, last) else "firm"
    return Outcome(kind, last, certainty=certainty, steps=tuple(steps))


def _months(amount: int) -> str:
    return f"{amount // 12}年" if amount % 12 == 0 else f"{amount}个月"
