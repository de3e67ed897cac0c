"""Commitments as the record keeps them: the promise in the office's own words, who owes it, and what has proved it.

Writing goes through `desk`. A commitment ends as kept only by a verification; "not checked" is a fact of its own.
"""

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar, cast

from crawlers.clock import stamp
from ledger.record import dues
from ledger.record.canonical import plain
from ledger.record.cases import full_id
from ledger.record.dues import Due
from ledger.record.rows import columns, nouns
from ledger.record.states import COMMITMENT_ENDED, COMMITMENT_OPEN, COMMITMENT_STATES


@dataclass(frozen=True, slots=True)
class Owner:
    """A unit that owes a commitment; where `part` is set, its part is verified on its own."""

    commitment_id: str
    unit: str
    role: str
    part: bool
    verified_at: datetime | None  # None: not verified (or no part of its own)


@dataclass(frozen=True, slots=True)
class Claim:
    """An owner's claim that a public page proves fulfilment."""

    id: int
    commitment_id: str
    claimed_by: str
    unit: str
    claimed_at: datetime
    url: str
    snapshot: str
    proved_at: datetime  # when the page was fetched and seen to be public
    quote: str
    scope: str
    part: str
    count: int | None  # None: not a count
    period: str
    note: str
    decision: str | None  # None: waits for a verifier


@dataclass(frozen=True, slots=True)
class Verification:
    """A verifier's decision on a claim; `snapshot` is the verifier's own fetch."""

    id: int
    commitment_id: str
    claim: int
    verifier: str
    unit: str
    decision: str
    reason: str | None  # None: accepted
    checklist: dict[str, str]
    rubric: str
    snapshot: str | None  # None: the page could not be fetched
    note: str
    at: datetime
    single_person: bool


@dataclass(frozen=True, slots=True)
class Extension:
    """A request for a later date; the first date stays in the deadlines."""

    id: int
    commitment_id: str
    clock: dict[str, Any]  # the new deadline
    old_due: datetime
    new_due: datetime
    reason: str
    notice_url: str
    notice: str
    requested_by: str
    requested_at: datetime
    state: str  # requested | approved | refused
    decided_by: str | None  # None: still open
    decided_at: datetime | None
    note: str


@dataclass(frozen=True, slots=True)
class Recheck:
    """What became of a page that proves something."""

    id: int
    subject: str
    url: str
    original: str
    found: str | None  # None: nothing could be fetched
    result: str
    note: str
    at: datetime
    actor: str


@dataclass(frozen=True, slots=True)
class Mark:
    """One look for public evidence (逐一对照检查)."""

    id: int
    commitment_id: str
    result: str
    note: str
    looked_at: tuple[str, ...]
    at: datetime
    actor: str


@dataclass(frozen=True, slots=True)
class Commitment:
    """A commitment with its owners and the deadlines in force."""

    id: str
    version: int
    status: str
    case_id: str | None  # None: from a work plan or a standing duty
    origin: str
    plan: str
    number: str
    quote: str
    prefix: str
    suffix: str
    anchor_kind: str
    anchor: str
    strength: str
    unit_named: str
    lead_named: tuple[str, ...]
    named: tuple[str, ...]
    promised_at: datetime | None
    score: int | None
    proposed_at: datetime
    proposed_by: str
    registered_at: datetime | None
    registered_by: str | None
    criterion: str
    kind: str
    measurable: bool
    quota: int | None
    joint: bool
    verified_count: int
    done_at: datetime | None
    ended_at: datetime | None
    end_reason: str | None
    superseded_by: str | None
    extensions: int
    reopened: int
    checked_at: datetime | None  # None: never checked
    checked_by: str | None
    evidence: str
    single_person: bool
    updated_at: datetime
    owners: tuple[Owner, ...] = ()
    dues: tuple[Due, ...] = ()

    @property
    def open(self) -> bool:
        """Whether it is registered and something is still owed."""
        return self.status in COMMITMENT_OPEN

    @property
    def ended(self) -> bool:
        """Whether it is in a terminal state."""
        return self.status in COMMITMENT_ENDED

    @property
    def settled(self) -> bool:
        """Whether its case may be closed over it: terminal, or registered as something that cannot be checked."""
        return self.ended or (self.open and not self.measurable)

    @property
    def state(self) -> str:
        """The state in Chinese; what cannot be checked says so."""
        return "不可核查" if self.open and not self.measurable else COMMITMENT_STATES[self.status]

    @property
    def due(self) -> Due | None:
        """The running deadline that comes first, or None."""
        return dues.first(self.dues)

    def overdue(self, now: datetime) -> bool:
        """Whether it is open and its date has passed. A proposal nobody has decided on is not a promise yet."""
        return self.open and any(due.overdue(now) for due in self.dues)

    def as_json(self) -> dict[str, Any]:
        """The fields under their names, times in +08:00, with the Chinese `state` and `deadlines` for `dues`."""
        values = cast(dict[str, Any], plain(self))
        deadlines = [due.as_json() for due in self.dues]
        del values["dues"]
        return values | {"state": self.state, "deadlines": deadlines}


_BESIDE = ("owners", "dues")  # from other tables


def get(db: sqlite3.Connection, number: str, *, now: datetime | None = None) -> Commitment | None:
    """The commitment of that id (or of a unique beginning or end of one), with owners and deadlines; else None.

    `now` is accepted because readings share one call form; nothing here depends on it.
    """
    found = read(db, ids=[full_id(db, number, table="commitments")])
    return found[0] if found else None


def read(
    db: sqlite3.Connection,
    *,
    ids: Sequence[str] | None = None,
    cases: Sequence[str] | None = None,
    state: str | None = None,
    unit: str | None = None,
    origin: str | None = None,
    unchecked_since: datetime | None = None,
    overdue: bool = False,
    now: datetime | None = None,
    limit: int | None = None,
) -> list[Commitment]:
    """Commitments, the most urgent first (running deadline, then newest).

    `state` is a code, its Chinese name, or "open"; `unit` an owner's resolved name; `unchecked_since` keeps those
    nobody has looked at since then (or ever); `overdue` needs `now`. Raises ValueError for an unknown state.
    """
    conditions: list[str] = []
    values: list[Any] = []
    for condition, value in (
        ("id IN (SELECT value FROM json_each(?))", None if ids is None else json.dumps(list(ids))),
        ("case_id IN (SELECT value FROM json_each(?))", None if cases is None else json.dumps(list(cases))),
        ("id IN (SELECT commitment_id FROM owners WHERE unit = ?)", unit),
        ("origin = ?", origin),
        ("coalesce(checked_at, '') < ?", stamp(unchecked_since) if unchecked_since else None),
        (f"{_IS_OPEN} AND id IN (SELECT subject {_RUNNING} AND due_at <= ?)", _moment(now) if overdue else None),
    ):
        if value is not None:
            conditions.append(condition)
            values.append(value)
    if state:
        conditions.append(_state_condition(state))
    where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
    order = f"ORDER BY (SELECT min(due_at) {_RUNNING} AND subject = commitments.id) NULLS LAST, id DESC"
    rows = db.execute(
        f"SELECT {columns(Commitment, _BESIDE)} FROM commitments {where} {order} LIMIT ?", [*values, limit or -1]
    )
    return _complete(db, list(nouns(Commitment, rows, _BESIDE)))


def claims(db: sqlite3.Connection, commitment_id: str) -> tuple[Claim, ...]:
    """Every claim, oldest first."""
    return _all(db, Claim, "claims", "commitment_id", commitment_id)


def waiting_claims(db: sqlite3.Connection) -> tuple[Claim, ...]:
    """Claims that wait for a verifier, oldest first."""
    rows = db.execute(f"SELECT {columns(Claim)} FROM claims WHERE decision IS NULL ORDER BY id")
    return tuple(nouns(Claim, rows))


def verifications(db: sqlite3.Connection, commitment_id: str) -> tuple[Verification, ...]:
    """Every verification, oldest first."""
    return _all(db, Verification, "verifications", "commitment_id", commitment_id)


def extensions(db: sqlite3.Connection, commitment_id: str) -> tuple[Extension, ...]:
    """Every request for a later date, oldest first."""
    return _all(db, Extension, "extensions", "commitment_id", commitment_id)


def rechecks(db: sqlite3.Connection, subject: str) -> tuple[Recheck, ...]:
    """Every recheck of the pages that a case or commitment relies on, oldest first."""
    return _all(db, Recheck, "rechecks", "subject", subject)


def marks(db: sqlite3.Connection, commitment_id: str) -> tuple[Mark, ...]:
    """Every look for public evidence, oldest first."""
    return _all(db, Mark, "marks", "commitment_id", commitment_id)


_RUNNING = "FROM deadlines WHERE current = 1 AND stopped IS NULL"
_IS_OPEN = f"status IN {tuple(sorted(COMMITMENT_OPEN))}"
_Row = TypeVar("_Row")


def _all(db: sqlite3.Connection, noun: type[_Row], table: str, column: str, subject: str) -> tuple[_Row, ...]:
    rows = db.execute(f"SELECT {columns(noun)} FROM {table} WHERE {column} = ? ORDER BY id", [subject])
    return tuple(nouns(noun, rows))


def _moment(now: datetime | None) -> str:
    if now is None:
        raise ValueError("overdue is a question about a moment")
    return stamp(now)


def _state_condition(state: str) -> str:
    names = {name: code for code, name in COMMITMENT_STATES.items()}
    code = names.get(state, state)
    if code == "open":
        return _IS_OPEN
    if code not in COMMITMENT_STATES:
        raise ValueError(f"没有这种状态：{state}。可用：{'、'.join(COMMITMENT_STATES.values())}、open")
    return f"status = '{code}'"


def _complete(db: sqlite3.Connection, found: list[Commitment]) -> list[Commitment]:
    names = [commitment.id for commitment in found]
    deadlines = dues.of_many(db, names)
    owners: dict[str, list[Owner]] = {name: [] for name in names}
    rows = db.execute(
        f"SELECT {columns(Owner)} FROM owners "
        "WHERE commitment_id IN (SELECT value FROM json_each(?)) ORDER BY role, unit",
        [json.dumps(names)],
    )
    for owner in nouns(Owner, rows):
        owners[owner.commitment_id].append(owner)
    return [replace(one, owners=tuple(owners[one.id]), dues=deadlines[one.id]) for one in found]
