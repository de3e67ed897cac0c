"""Proposals: what one person has asked for and a second person has to decide."""

import sqlite3
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from ledger.record.canonical import plain
from ledger.record.rows import columns, nouns
from ledger.record.states import DECIDES, PROPOSALS


@dataclass(frozen=True, slots=True)
class Proposal:
    """A dismissal, merge, unmerge, reopening, withdrawal or supersession that waits for (or had) a second person."""

    id: int
    subject: str
    kind: str
    reason: str
    body: dict[str, Any]  # what else was said with it: `into`, `by`, `code`, `explanation` …
    proposed_by: str
    proposed_at: datetime
    state: str  # open | confirmed | declined
    decided_by: str | None  # None: open
    decided_at: datetime | None
    note: str

    @property
    def what(self) -> str:
        """The reason, and what else the second person has to know before agreeing."""
        if self.kind != "extend":
            return self.reason
        due = self.body["clock"]["deadline"].get("due_date") or "—"
        return f"{self.reason}；延长到 {due}；{self.body['told']}；{self.body['law']}"

    @property
    def name(self) -> str:
        """The kind in Chinese."""
        return PROPOSALS[self.kind]

    @property
    def deciders(self) -> tuple[str, ...]:
        """Roles that may decide."""
        return DECIDES[self.kind]

    def as_json(self) -> dict[str, Any]:
        """The fields under their names, times in +08:00, with the Chinese `name`."""
        return cast(dict[str, Any], plain(self)) | {"name": self.name}


def get(db: sqlite3.Connection, number: int) -> Proposal | None:
    """The proposal of that number, or None."""
    rows = db.execute(f"SELECT {columns(Proposal)} FROM proposals WHERE id = ?", [number])
    return next(nouns(Proposal, rows), None)


def read(db: sqlite3.Connection, *, subject: str | None = None, state: str | None = "open") -> list[Proposal]:
    """Proposals, oldest first: by default the open ones of every subject."""
    wanted = {"subject": subject, "state": state}
    conditions = [f"{column} = ?" for column, value in wanted.items() if value is not None]
    where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
    values = [value for value in wanted.values() if value is not None]
    rows = db.execute(f"SELECT {columns(Proposal)} FROM proposals {where} ORDER BY id", values)
    return list(nouns(Proposal, rows))
