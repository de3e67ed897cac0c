"""The deadline engine: a wording, an anchor and a calendar in; a day, its certainty and every step out.

Hours run by the clock from the moment (民法典 第201条第2款). Working days do not count the first day, skip days off
and count make-up days (补班). Natural days and months do not count the first day; a last day on which offices are
closed moves to the next working day (民法典 第201–203条). A date that the text fixes (3月底) does not move. A wording
that two readers may take differently gets the earlier day and the mark `ambiguous`; a day that depends on a year
whose holidays are not announced yet gets `provisional`, to be computed again when the notice comes.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from crawlers.clock import CHINA, stamp
from ledger.timing.calendar import Calendar, default_calendar
from ledger.timing.outcomes import Basis, Certainty, Kind, Outcome
from ledger.timing.periods import span_outcome
from ledger.timing.phrases import Phrase, Point, Quota, Range, Repeat, Span, Vague
from ledger.timing.place_bounds import point_outcome, range_outcome, repeat_outcome
from ledger.timing.places import show
from ledger.timing.wording import phrases, quotas

REVIEW_WORKDAYS = 10  # a promise without a date is looked at again after this many working days
REVIEW_RECURRING = timedelta(days=90)  # 定期 without a period: by the quarter


@dataclass(frozen=True, slots=True)
class Deadline:
    """When something promised is due. All instants are aware, +08:00."""

    raw: str  # the wording that binds, as it stands in the text; "" if there is none
    kind: Kind
    due_date: date | None  # the last day; None: no day follows from the text
    due_at: datetime | None  # the first instant after the deadline
    certainty: Certainty
    explanation: tuple[str, ...]
    review_at: date | None  # when to ask for a date where there is none; None where there is one
    remind_by: date | None  # the last working day on which it can still be done; None for clocks in hours
    calendar_version: str
    basis: Basis
    anchor: datetime  # what it was counted from
    span_start: date | None = None  # the days a vague place covers (3月中旬: 11–20)
    span_end: date | None = None
    not_before: date | None = None  # 清明节后, 不少于30日
    every: str = ""  # of recurring ones: "month", "2 week"
    event: str = ""  # what the period runs from, where the text says so
    waits: bool = False  # for that event: 待触发
    passed: date | None = None  # 4月10日 said in May: this year's, which had passed; due_date is then next year's
    quotas: tuple[Quota, ...] = ()
    others: tuple[str, ...] = ()  # further deadline wordings of the text that were not chosen

    @property
    def count(self) -> float | None:
        """The first number promised (不少于3次 → 3), or None."""
        return self.quotas[0].amount if self.quotas else None

    def as_json(self) -> dict[str, Any]:
        """The contract's five keys, then the rest; days as ISO text, instants in +08:00."""
        day = {
            name: value.isoformat() if (value := getattr(self, name)) else None
            for name in ("review_at", "remind_by", "span_start", "span_end", "not_before", "passed")
        }
        return {
            "due_date": self.due_date.isoformat() if self.due_date else None,
            "due_at": stamp(self.due_at) if self.due_at else None,
            "certainty": self.certainty,
            "kind": self.kind,
            "explanation": list(self.explanation),
            "raw": self.raw,
            **day,
            "every": self.every,
            "event": self.event,
            "waits": self.waits,
            "quotas": [
                {"relation": quota.relation, "amount": quota.amount, "unit": quota.unit, "raw": quota.raw}
                for quota in self.quotas
            ],
            "others": list(self.others),
            "basis": self.basis,
            "anchor": stamp(self.anchor),
            "calendar": self.calendar_version,
        }


def due(text: str, *, anchor: datetime, basis: Basis = "published", calendar: Calendar | None = None) -> Deadline:
    """The deadline that binds in `text`, which was published (or received: `basis`) at `anchor` (aware).

    Several wordings in one text: what is ahead outranks what has passed, 最迟 and 确保 outrank 力争, a date with a
    bound outranks a bare one, an end outranks a beginning; then the earliest binds. The others are listed.
    """
    if anchor.tzinfo is None:
        raise ValueError("an anchor without a time zone is no moment")
    calendar = calendar or default_calendar()
    promised = tuple(quotas(text))
    found = [
        (phrase, outcome)
        for phrase in phrases(text)
        if (outcome := _outcome(phrase, anchor.astimezone(CHINA), basis, calendar))
    ]
    if not found:
        written = "、".join(phrase.raw for phrase in phrases(text))
        nothing = Outcome(
            "none", steps=(f"“{written}”算不出日期：没有这一天，或超出节日表" if written else "文中没有写明期限",)
        )
        return _deadline(None, nothing, anchor, basis, calendar, quotas=promised)
    today = anchor.astimezone(CHINA).date()
    phrase, outcome = min(found, key=lambda pair: _rank(pair[0], pair[1], today))
    others = tuple(other.raw for other, _ in found if other is not phrase)
    return _deadline(phrase, outcome, anchor, basis, calendar, quotas=promised, others=others)


def basis_of(text: str) -> Basis:
    """What an anchor must be where nobody said: the receipt if the wording runs from one, else the publication."""
    spans = [phrase.spec for phrase in phrases(text) if isinstance(phrase.spec, Span)]
    kinds = {span.event.kind for span in spans if span.event}
    return "received" if "received" in kinds and "published" not in kinds else "published"


def deadlines_in(
    text: str, *, anchor: datetime, basis: Basis = "published", calendar: Calendar | None = None
) -> list[tuple[Phrase, Deadline]]:
    """Every deadline wording of `text` with its deadline, in order of place."""
    calendar = calendar or default_calendar()
    local = anchor.astimezone(CHINA)
    return [
        (phrase, _deadline(phrase, outcome, local, basis, calendar))
        for phrase in phrases(text)
        if (outcome := _outcome(phrase, local, basis, calendar))
    ]


def _outcome(phrase: Phrase, anchor: datetime, basis: Basis, calendar: Calendar) -> Outcome | None:
    match phrase.spec:
        case Span() as span:
            return span_outcome(span, anchor, basis, calendar)
        case Point() as point:
            return point_outcome(point, anchor.date(), calendar)
        case Range() as span:
            return range_outcome(span, anchor.date(), calendar)
        case Repeat() as repeat:
            return repeat_outcome(repeat, anchor.date(), calendar)
        case Vague() as vague:
            return Outcome("recurring" if vague.repeats else "none", steps=(f"“{phrase.raw}”没有可以计算的日期",))
    raise AssertionError(phrase)


def _rank(phrase: Phrase, outcome: Outcome, today: date) -> tuple[bool, bool, bool, int, bool, bool, date, int]:
    """Smaller binds first: see `due`."""
    last = outcome.last or (outcome.at.date() if outcome.at else date.max)
    return (
        last == date.max and not outcome.waits,
        isinstance(phrase.spec, Vague) and not phrase.spec.repeats,
        last < today,
        -phrase.weight,
        phrase.bare,
        phrase.starts,
        last,
        phrase.start,
    )


def _deadline(
    phrase: Phrase | None,
    outcome: Outcome,
    anchor: datetime,
    basis: Basis,
    calendar: Calendar,
    **more: Any,
) -> Deadline:
    local = anchor.astimezone(CHINA)
    last = outcome.at.date() if outcome.at else outcome.last
    at = outcome.at or (_end(last, outcome.clock) if last else None)
    deadline = Deadline(
        raw=phrase.raw if phrase else "",
        kind=outcome.kind,
        due_date=last,
        due_at=at,
        certainty=outcome.certainty if last else "none",
        explanation=outcome.steps,
        review_at=None if last else _review(outcome.kind, local.date(), calendar),
        remind_by=calendar.workday_on_or_before(last) if last and not outcome.at else None,
        calendar_version=calendar.version,
        basis=basis,
        anchor=local,
        span_start=outcome.first,
        span_end=outcome.last,
        not_before=outcome.not_before,
        every=outcome.every,
        event=outcome.event,
        waits=outcome.waits,
        passed=outcome.passed,
        **more,
    )
    return replace(deadline, explanation=tuple(_told(deadline, outcome)))


def _end(day: date, clock: time | None) -> datetime:
    """The first instant after a deadline: the hour named, else 24:00 of the day (民法典 第203条第2款)."""
    if clock:
        return datetime.combine(day, clock, CHINA)
    return datetime.combine(day + timedelta(days=1), time(), CHINA)


def _review(kind: Kind, today: date, calendar: Calendar) -> date:
    if kind == "recurring":
        return today + REVIEW_RECURRING
    return calendar.add_workdays(today, REVIEW_WORKDAYS)


def _told(deadline: Deadline, outcome: Outcome) -> Iterable[str]:
    yield from outcome.steps
    if deadline.due_date and deadline.due_at:
        moment = deadline.due_at.strftime("%H:%M") if outcome.clock or outcome.at else "24:00"
        yield f"到期：{show(deadline.due_date)}{moment}"
    elif deadline.review_at:
        yield f"没有到期日，{show(deadline.review_at)}前应补一个明确日期"
    if deadline.certainty == "provisional":
        yield "暂定：所涉年份的放假安排尚未公布，通知发布后重算"
    for quota in deadline.quotas:
        yield f"数量要求：{quota.raw}"
    if deadline.others:
        yield f"文中还有其他时限：{'、'.join(deadline.others)}"
