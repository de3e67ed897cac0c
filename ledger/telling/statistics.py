"""The office's record in figures that cannot be flattered (S8): every figure comes with what it was counted from.

Unanswered matters count in every statistic: in rates as not answered, in times as "longer than until now". A promise
with a later date is judged by its first date and by its extended one, side by side. What was not checked is neither
kept nor broken; what cannot be checked, was withdrawn or was dismissed stands apart and is folded into nothing.
"""

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from crawlers.clock import stamp, unstamp
from ledger.record.head import Head, head
from ledger.record.states import COMMITMENT_OPEN
from ledger.telling.survival import quantile

CHECKED_WITHIN = timedelta(days=90)
FEWEST = 5  # below this many, a percentage says more than is known: only the numbers are shown


@dataclass(frozen=True, slots=True)
class Rate:
    """So many of so many."""

    name: str
    numerator: int
    denominator: int
    note: str = ""

    @property
    def percent(self) -> float | None:
        """To one decimal; None below the smallest number that allows it."""
        return round(100 * self.numerator / self.denominator, 1) if self.denominator >= FEWEST else None

    def __str__(self) -> str:
        """按时回应 18/20（90.0%）."""
        share = f"（{self.percent}%）" if self.percent is not None else ""
        return f"{self.name} {self.numerator}/{self.denominator}{share}"

    def as_json(self) -> dict[str, Any]:
        """A JSON object with stable keys."""
        return {
            "name": self.name, "numerator": self.numerator, "denominator": self.denominator, "percent": self.percent,
            "note": self.note,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Times:
    """Hours from the start of the clock to the first public answer; None: not reached, because too many still wait."""

    answered: int
    waiting: int
    median: float | None
    p90: float | None


@dataclass(frozen=True, slots=True)
class UnitLine:
    """What one unit was asked and what it promised; in the order of names, never of merit."""

    unit: str
    cases: int
    cases_late: int
    promises: int
    promises_open: int
    promises_late: int
    promises_kept: int


@dataclass(frozen=True, slots=True)
class Statistics:
    """All figures at `now`, of matters that began within [since, until)."""

    now: datetime
    since: datetime | None  # None: from the beginning
    until: datetime | None  # None: until now
    head: Head
    counts: Mapping[str, int]
    rates: tuple[Rate, ...]
    times: Times
    units: tuple[UnitLine, ...]
    labels: Mapping[str, int]

    def rate(self, name: str) -> Rate:
        """The rate of that name; KeyError if there is none."""
        for rate in self.rates:
            if rate.name == name:
                return rate
        raise KeyError(name)

    def as_json(self) -> dict[str, Any]:
        """A JSON object with stable keys."""
        return {
            "now": stamp(self.now),
            "since": stamp(self.since) if self.since else None,
            "until": stamp(self.until) if self.until else None,
            "counts": dict(self.counts),
            "rates": [rate.as_json() for rate in self.rates],
            "response_hours": {field.name: getattr(self.times, field.name) for field in fields(Times)},
            "units": [{field.name: getattr(unit, field.name) for field in fields(UnitLine)} for unit in self.units],
            "labels": dict(self.labels),
            "head": {"count": self.head.count, "hash": self.head.hash},
        }


def statistics(
    db: sqlite3.Connection, *, now: datetime, since: datetime | None = None, until: datetime | None = None
) -> Statistics:
    """Every figure at `now` (aware), of cases and promises that began within [since, until)."""
    span = {"since": stamp(since) if since else "", "until": stamp(until) if until else "9999", "now": stamp(now)}
    cases = db.execute(_CASES, span).fetchall()
    promises = db.execute(_PROMISES, span).fetchall()
    clocks = db.execute(_CLOCKS, span).fetchall()
    return Statistics(
        now=now,
        since=since,
        until=until,
        head=head(db),
        counts=_counts(cases, promises),
        rates=(*_case_rates(clocks, span["now"]), *_promise_rates(promises, clocks, now)),
        times=_times(cases, now),
        units=_units(db, span),
        labels=_labels(cases),
    )


# What was merged into another case is counted there.
_CASES = """
    SELECT id, status, label, clock_start, responded_at, ended_at, single_person, round,
           (SELECT count(*) FROM responses r WHERE r.case_id = cases.id AND r.url IS NOT NULL) AS public,
           EXISTS (SELECT 1 FROM deadlines d WHERE d.subject = cases.id AND d.current = 1 AND d.stopped IS NULL
                   AND d.due_at <= :now) AS late
    FROM cases WHERE status <> 'merged' AND clock_start >= :since AND clock_start < :until
"""
_PROMISES = """
    SELECT k.*, EXISTS (SELECT 1 FROM deadlines d WHERE d.subject = k.id AND d.current = 1 AND d.stopped IS NULL
                        AND d.due_at <= :now) AS late,
           coalesce(promised_at, registered_at, proposed_at) AS began
    FROM commitments k
    WHERE coalesce(promised_at, registered_at, proposed_at) >= :since
      AND coalesce(promised_at, registered_at, proposed_at) < :until
"""
# One row a clock and round: its first date (as a notice of holidays settled it, not as an extension moved it), the date
# in force, and how and when it stopped.
_CLOCKS = """
    SELECT d.subject, d.clock, d.round, min(d.version) AS first,
           (SELECT f.due_at FROM deadlines f WHERE f.subject = d.subject AND f.clock = d.clock AND f.round = d.round
            AND (f.cause = 'calendar' OR NOT EXISTS (
                SELECT 1 FROM deadlines b WHERE b.subject = f.subject AND b.clock = f.clock AND b.round = f.round
                AND b.version < f.version)) AND NOT EXISTS (
                SELECT 1 FROM deadlines e WHERE e.subject = f.subject AND e.clock = f.clock AND e.round = f.round
                AND e.cause = 'extension' AND e.version < f.version)
            ORDER BY f.version DESC LIMIT 1) AS original,
           max(d.cause = 'extension') AS put_off,
           l.due_at AS extended, l.stopped, l.stopped_at, k.status AS promise, k.measurable
    FROM deadlines d
    JOIN deadlines l ON l.subject = d.subject AND l.clock = d.clock AND l.version = (
        SELECT max(m.version) FROM deadlines m WHERE m.subject = d.subject AND m.clock = d.clock AND m.round = d.round)
    LEFT JOIN cases a ON a.id = d.subject LEFT JOIN commitments k ON k.id = d.subject
    WHERE (a.status <> 'merged' AND a.clock_start >= :since AND a.clock_start < :until)
       OR (coalesce(k.promised_at, k.registered_at, k.proposed_at) >= :since
           AND coalesce(k.promised_at, k.registered_at, k.proposed_at) < :until)
    GROUP BY d.subject, d.clock, d.round
"""
_UNITS = f"""
    WITH late(subject) AS (
        SELECT DISTINCT subject FROM deadlines
        WHERE current = 1 AND due_at <= coalesce(stopped_at, :now) AND coalesce(stopped, '') <> 'merged'),
    owed(unit, is_case, is_late, is_open, is_kept) AS (
        SELECT u.unit, 1, a.id IN late, 0, 0 FROM case_units u JOIN cases a ON a.id = u.case_id
        WHERE a.status <> 'merged' AND a.clock_start >= :since AND a.clock_start < :until
        UNION ALL
        SELECT o.unit, 0, k.id IN late, k.status IN ({", ".join(repr(s) for s in sorted(COMMITMENT_OPEN))}),
               k.status = 'fulfilled'
        FROM owners o JOIN commitments k ON k.id = o.commitment_id
        WHERE coalesce(k.promised_at, k.registered_at) >= :since AND coalesce(k.promised_at, k.registered_at) < :until)
    SELECT unit, sum(is_case), sum(is_case AND is_late), sum(NOT is_case), sum(NOT is_case AND is_open),
           sum(NOT is_case AND is_late), sum(is_kept)
    FROM owed GROUP BY unit ORDER BY unit
"""


def _counts(cases: list[sqlite3.Row], promises: list[sqlite3.Row]) -> dict[str, int]:
    registered = [row for row in promises if row["status"] not in ("proposed", "rejected")]
    measured = [row for row in registered if row["measurable"]]
    still = [row for row in measured if row["status"] in COMMITMENT_OPEN]
    return {
        "cases": len(cases),
        "cases_unanswered": sum(row["responded_at"] is None and row["status"] != "dismissed" for row in cases),
        "cases_dismissed": sum(row["status"] == "dismissed" for row in cases),
        "cases_late": sum(row["late"] for row in cases),
        "cases_closed": sum(row["status"] == "closed" for row in cases),
        "cases_known_by_time_only": sum(row["responded_at"] is not None and not row["public"] for row in cases),
        "cases_reopened": sum(row["round"] > 1 for row in cases),
        "promises_proposed": sum(row["status"] == "proposed" for row in promises),
        "promises": len(registered),
        "promises_kept": sum(row["status"] == "fulfilled" for row in measured),
        "promises_open": len(still),
        "promises_late": sum(row["late"] for row in still),
        "promises_missed": sum(row["status"] == "missed" for row in measured),
        "promises_done_unpublished": sum(row["status"] == "done_unpublished" for row in still),
        "promises_not_checked": sum(row["checked_at"] is None for row in still),
        "promises_unmeasurable": sum(not row["measurable"] for row in registered),
        "promises_withdrawn": sum(row["status"] == "withdrawn" for row in registered),
        "promises_superseded": sum(row["status"] == "superseded" for row in registered),
        "promises_extended": sum(row["extensions"] > 0 for row in registered),
        "promises_reopened": sum(row["reopened"] > 0 for row in registered),
        "evidence_failed": sum(row["evidence"] in ("changed", "gone") for row in registered),
        "single_person": sum(row["single_person"] for row in [*cases, *promises]),
    }


def _case_rates(clocks: list[sqlite3.Row], now: str) -> Iterable[Rate]:
    """按时回应: of the clocks that have run out or were met, those met in time. Nothing unanswered is left out."""
    ours = [row for row in clocks if row["promise"] is None]
    named = {
        "response": "按时回应",
        "reply": "按时答复来信",
        "authoritative": "按时发布权威信息",
        "conference": "按时举行发布会",
        "fulfil": "按时办结",
    }
    for clock, name in named.items():
        of_clock = [row for row in ours if row["clock"] == clock]
        note = "分母含时限已过而尚未回应的"
        if of_clock or clock == "response":
            yield _in_time(name, of_clock, "extended", now, note)
        if any(row["put_off"] for row in of_clock):
            yield _in_time(f"{name}（按延长前的期限）", of_clock, "original", now, note)


def _promise_rates(promises: list[sqlite3.Row], clocks: list[sqlite3.Row], now: datetime) -> Iterable[Rate]:
    never = ("rejected", "proposed")
    apart = ("withdrawn", "superseded", *never)
    counted = [row for row in promises if row["status"] not in apart and row["measurable"]]
    # One given up after its date stays late; one given up before was never due, and is counted apart.
    dated = [row for row in clocks if row["promise"] not in (None, *never) and row["measurable"]]
    note = "分母含时限已过而尚未公开落实的"
    yield _in_time("按原定时限落实", dated, "original", stamp(now), note)
    yield _in_time("按延期后时限落实", dated, "extended", stamp(now), note)
    kept = sum(row["status"] == "fulfilled" for row in counted)
    yield Rate("公开落实", kept, len(counted), "分母为登记在册、可核查的承诺；已撤销、被替代、不可核查的另列")
    still = [row for row in counted if row["status"] in COMMITMENT_OPEN]
    fresh = stamp(now - CHECKED_WITHIN)
    looked = sum(row["checked_at"] is not None and row["checked_at"] >= fresh for row in still)
    yield Rate("90 天内检查过", looked, len(still), "分母为未了承诺；没有检查过不等于没有落实")


def _in_time(name: str, clocks: list[sqlite3.Row], which: str, now: str, note: str) -> Rate:
    """Of the clocks that are decided (met, or out of time), those met before `which` date.

    A clock stopped otherwise (a dismissal, a lower grade) is undecided if that happened in time, and late if not.
    """
    met = decided = 0
    for row in clocks:
        due = row[which]
        if due is None or row["stopped"] == "merged":
            continue
        in_time = row["stopped"] == "met" and row["stopped_at"] < due
        out_of_time = (row["stopped_at"] or now) >= due
        met += in_time
        decided += in_time or out_of_time
    return Rate(name, met, decided, note)


def _times(cases: list[sqlite3.Row], now: datetime) -> Times:
    """Hours to the first public answer; what still waits, or was dismissed unanswered, is censored."""
    times = []
    for row in cases:
        end = row["responded_at"] or row["ended_at"]
        hours = ((unstamp(end) if end else now) - unstamp(row["clock_start"])).total_seconds() / 3600
        times.append((max(0.0, hours), row["responded_at"] is not None))
    median, p90 = (None if (found := quantile(times, share)) is None else round(found, 1) for share in (0.5, 0.9))
    answered = sum(ended for _, ended in times)
    return Times(answered, len(times) - answered, median, p90)


def _units(db: sqlite3.Connection, span: Mapping[str, str]) -> tuple[UnitLine, ...]:
    return tuple(
        UnitLine(row[0], *(int(value or 0) for value in row[1:])) for row in map(tuple, db.execute(_UNITS, span))
    )


def _labels(cases: list[sqlite3.Row]) -> dict[str, int]:
    found: dict[str, int] = {}
    for row in cases:
        found[row["label"]] = found.get(row["label"], 0) + 1
    return dict(sorted(found.items()))
