"""Deadlines as the record keeps them: versions appended, lateness computed at reading, never stored.

A deadline is late where its clock ran, or still runs, past `due_at`. Only a clock that was taken over by another case
("merged") does not count here, because it counts there.
"""

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from crawlers.clock import stamp
from ledger.record.canonical import plain
from ledger.record.rows import columns, nouns
from ledger.record.states import CLOCKS


@dataclass(frozen=True, slots=True)
class Due:
    """One version of one deadline; instants are aware, `due_at` is the first instant after it."""

    subject: str
    clock: str
    version: int
    round: int
    rule: str
    raw: str
    kind: str
    certainty: str
    due_at: datetime | None  # None: no date
    due_date: str | None
    review_at: datetime | None
    calendar: str
    met_by: tuple[str, ...]
    cause: str
    current: bool
    stopped: str | None  # None: running
    stopped_at: datetime | None
    recorded_at: datetime
    deadline: dict[str, Any] = field(default_factory=dict)  # all of it as computed, from its event

    @property
    def explanation(self) -> tuple[str, ...]:
        """How it was computed, step by step."""
        return tuple(self.deadline.get("explanation") or ())

    @property
    def rules(self) -> str:
        """The version of the rules it was computed by; "" for a promise's own words."""
        return str(self.deadline.get("rules") or "")

    @property
    def running(self) -> bool:
        """Whether it is in force and nothing has stopped it."""
        return self.current and self.stopped is None

    @property
    def name(self) -> str:
        """The clock in Chinese."""
        return CLOCKS.get(self.clock, self.clock)

    def late(self, now: datetime) -> bool:
        """Whether the clock ran past it; what was taken over by a merge is counted at the other case."""
        if self.due_at is None or self.stopped == "merged":
            return False
        return (self.stopped_at or now) >= self.due_at

    def overdue(self, now: datetime) -> bool:
        """Whether it is late and still running."""
        return self.running and self.late(now)

    def as_json(self) -> dict[str, Any]:
        """The fields under their names, times in +08:00, and the clock's Chinese `name`."""
        values = cast(dict[str, Any], plain(self)) | {
            "name": self.name, "explanation": list(self.explanation), "rules": self.rules,
        }  # fmt: skip
        del values["deadline"]
        return values

    def as_clock(self) -> dict[str, Any]:
        """The same deadline as the JSON of a `ledger.record.parts.Clock`, to be appended again elsewhere."""
        return {"name": self.clock, "rule": self.rule, "met_by": list(self.met_by), "deadline": self.deadline}


# A deadline's own JSON stands in its event alone; where that was erased, in what the erasure kept.
_SELECT = f"""
    SELECT {columns(Due, ("deadline",))}, json_extract(coalesce(
        (SELECT payload FROM events WHERE events.seq = deadlines.seq),
        (SELECT json_extract(payload, '$.kept') FROM events
         WHERE type = 'payload.erased' AND json_extract(payload, '$.seq') = deadlines.seq)
    ), place) AS deadline
    FROM deadlines
"""


def of(db: sqlite3.Connection, subject: str) -> tuple[Due, ...]:
    """Every version of every deadline of a case or commitment, oldest first by clock."""
    return tuple(nouns(Due, db.execute(f"{_SELECT} WHERE subject = ? ORDER BY clock, version", [subject])))


def of_many(db: sqlite3.Connection, subjects: Iterable[str], *, current: bool = True) -> dict[str, tuple[Due, ...]]:
    """The deadlines of several subjects at once; only those in force unless `current` is False."""
    found: dict[str, list[Due]] = {subject: [] for subject in subjects}
    which = "AND current = 1" if current else ""
    rows = db.execute(
        f"{_SELECT} WHERE subject IN (SELECT value FROM json_each(?)) {which} ORDER BY subject, clock, version",
        [json.dumps(list(found))],
    )
    for due in nouns(Due, rows):
        found[due.subject].append(due)
    return {subject: tuple(dues) for subject, dues in found.items()}


def running(db: sqlite3.Connection, *, before: datetime | None = None, limit: int | None = None) -> list[Due]:
    """Running deadlines with a date, soonest first; with `before`, those due by then (`before=now`: the overdue)."""
    condition, values = ("due_at <= ?", [stamp(before)]) if before else ("due_at IS NOT NULL", [])
    rows = db.execute(
        f"{_SELECT} WHERE current = 1 AND stopped IS NULL AND {condition} ORDER BY due_at LIMIT ?",
        [*values, limit or -1],
    )
    return list(nouns(Due, rows))


def in_force(dues: Iterable[Due], clock: str) -> Due | None:
    """The version of `clock` in force among `dues`, or None."""
    return next((due for due in dues if due.clock == clock and due.current), None)


def first(dues: Iterable[Due]) -> Due | None:
    """The running one with the earliest date among `dues`, or None."""
    dated = [(due.due_at, due.clock, due) for due in dues if due.running and due.due_at is not None]
    return min(dated)[2] if dated else None
