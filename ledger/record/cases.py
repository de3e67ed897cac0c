"""Cases as the record keeps them: the noun, and how to read it. Writing goes through `ledger.record.desk`.

Every fact here is the office's: what is asked of it, whom it assigned, when it answered. Posts are a count and keyed
fingerprints.
"""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, cast

from crawlers.clock import stamp
from ledger.record import dues
from ledger.record.canonical import plain
from ledger.record.dues import Due
from ledger.record.rows import columns, nouns
from ledger.record.states import CASE_OPEN, CASE_STATES, COMMITMENT_OPEN

CONDUCT = "credibility"


@dataclass(frozen=True, slots=True)
class CaseUnit:
    """A unit that a case is assigned to; `role` is lead, responsible or co."""

    case_id: str
    unit: str
    role: str
    since: datetime
    acknowledged_at: datetime | None  # None: not yet taken


@dataclass(frozen=True, slots=True)
class Response:
    """A public answer. `anchor` is what quotes of it are found in: a snapshot's or an answer's SHA-256."""

    id: int
    case_id: str
    round: int
    kind: str
    published_at: datetime
    unit: str
    channel: str
    url: str | None  # None: known from an import
    snapshot: str | None  # None: known from an import
    answer_hash: str | None  # None: there is a snapshot
    quote: str
    recorded_by: str

    @property
    def anchor(self) -> str:
        """The SHA-256 that a quote of this answer names."""
        return self.snapshot or self.answer_hash or ""


@dataclass(frozen=True, slots=True)
class Case:
    """A case with its units and the deadlines in force; `tracking` counts its open commitments."""

    id: str
    version: int
    status: str
    round: int
    origin: str
    summary: str
    labels: tuple[str, ...]
    taxonomy: str
    place: str
    cross_region: bool
    about_units: tuple[str, ...]
    major: bool
    severity: str
    severity_reason: str
    clock_start: datetime
    clock_basis: str
    occurred_at: datetime | None
    detected_at: datetime | None
    ordered_at: datetime | None
    posts: int
    sources: tuple[str, ...]
    opened_at: datetime
    opened_by: str
    assigned_at: datetime | None
    acknowledged_at: datetime | None
    responded_at: datetime | None
    no_commitment_by: str | None
    no_commitment_at: datetime | None
    ended_at: datetime | None
    end_reason: str | None
    merged_into: str | None
    single_person: bool
    updated_at: datetime
    tracking: int = 0
    units: tuple[CaseUnit, ...] = ()
    dues: tuple[Due, ...] = ()

    @property
    def label(self) -> str:
        """The primary label."""
        return self.labels[0]

    @property
    def open(self) -> bool:
        """Whether something is still to be done."""
        return self.status in CASE_OPEN

    @property
    def conduct(self) -> bool:
        """Whether it is about the conduct of an office (S7)."""
        return CONDUCT in self.labels or bool(self.about_units)

    @property
    def state(self) -> str:
        """The state in Chinese; an answered case with open commitments is being tracked."""
        return "跟踪承诺" if self.status == "responded" and self.tracking else CASE_STATES[self.status]

    @property
    def due(self) -> Due | None:
        """The running deadline that comes first, or None."""
        return dues.first(self.dues)

    def overdue(self, now: datetime) -> bool:
        """Whether any deadline has passed and still runs."""
        return any(due.overdue(now) for due in self.dues)

    def as_json(self) -> dict[str, Any]:
        """The fields under their names, times in +08:00, with the Chinese `state` and `deadlines` for `dues`."""
        values = cast(dict[str, Any], plain(self))
        deadlines = [due.as_json() for due in self.dues]
        del values["dues"]
        return values | {"label": self.label, "state": self.state, "deadlines": deadlines}


_BESIDE = ("tracking", "units", "dues")  # from other tables


def get(db: sqlite3.Connection, number: str, *, now: datetime | None = None) -> Case | None:
    """The case of that id (or of a unique beginning or end of one, "42"), with units and deadlines; else None.

    `now` is accepted because readings share one call form; nothing here depends on it.
    """
    found = read(db, ids=[full_id(db, number)])
    return found[0] if found else None


def read(
    db: sqlite3.Connection,
    *,
    ids: Sequence[str] | None = None,
    state: str | None = None,
    label: str | None = None,
    unit: str | None = None,
    overdue: bool = False,
    now: datetime | None = None,
    limit: int | None = None,
) -> list[Case]:
    """Cases, the most urgent first (running deadline, then newest).

    `state` is a code, its Chinese name, "open" or "tracking"; `overdue` needs `now`. Raises ValueError for an unknown
    state.
    """
    conditions, values = _wanted(state, label, unit)
    if ids is not None:
        conditions.append("id IN (SELECT value FROM json_each(?))")
        values.append(json.dumps(list(ids)))
    if overdue:
        if now is None:
            raise ValueError("overdue is a question about a moment")
        conditions.append(f"id IN (SELECT subject {_RUNNING} AND due_at <= ?)")
        values.append(stamp(now))
    where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
    order = f"ORDER BY (SELECT min(due_at) {_RUNNING} AND subject = cases.id) NULLS LAST, id DESC"
    rows = db.execute(f"SELECT {columns(Case, _BESIDE)} FROM cases {where} {order} LIMIT ?", [*values, limit or -1])
    return _complete(db, list(nouns(Case, rows, _BESIDE)))


def full_id(db: sqlite3.Connection, text: str, *, table: str = "cases") -> str:
    """The id that `text` abbreviates, or `text` itself where that is not exactly one."""
    if not text or db.execute(f"SELECT 1 FROM {table} WHERE id = ?", [text]).fetchone():
        return text
    rows = db.execute(
        f"SELECT id FROM {table} WHERE id LIKE ?1 || '%' OR id LIKE '%-' || ?1 OR id LIKE '%-' || ?2 LIMIT 2",
        [text, text.zfill(4)],
    ).fetchall()
    return str(rows[0]["id"]) if len(rows) == 1 else text


def canonical(db: sqlite3.Connection, case_id: str) -> str:
    """The case that `case_id` was merged into, at the end of the chain; itself if it was not merged."""
    seen: set[str] = set()
    while case_id not in seen:
        seen.add(case_id)
        row = db.execute("SELECT merged_into FROM cases WHERE id = ?", [case_id]).fetchone()
        if row is None or row["merged_into"] is None:
            break
        case_id = row["merged_into"]
    return case_id


def family(db: sqlite3.Connection, case_id: str) -> list[str]:
    """`case_id` and every case merged into it, directly or through others."""
    rows = db.execute(
        "WITH RECURSIVE f(id) AS (VALUES (?) UNION SELECT cases.id FROM cases JOIN f ON cases.merged_into = f.id) "
        "SELECT id FROM f",
        [case_id],
    )
    return [row["id"] for row in rows]


def by_fingerprints(db: sqlite3.Connection, fingerprints: Iterable[str]) -> dict[str, str]:
    """Which case (merges resolved) each of these keyed fingerprints already belongs to."""
    rows = db.execute(
        "SELECT fingerprint, case_id FROM case_posts "
        "WHERE fingerprint IN (SELECT value FROM json_each(?)) ORDER BY seq",
        [json.dumps(list(fingerprints))],
    )
    return {row["fingerprint"]: canonical(db, row["case_id"]) for row in rows}


def responses(db: sqlite3.Connection, case_ids: Iterable[str]) -> tuple[Response, ...]:
    """The public answers of these cases in the order of publication."""
    rows = db.execute(
        f"SELECT {columns(Response)} FROM responses WHERE case_id IN (SELECT value FROM json_each(?)) "
        "ORDER BY published_at, id",
        [json.dumps(list(case_ids))],
    )
    return tuple(nouns(Response, rows))


_RUNNING = "FROM deadlines WHERE current = 1 AND stopped IS NULL"


def _wanted(state: str | None, label: str | None, unit: str | None) -> tuple[list[str], list[Any]]:
    conditions: list[str] = []
    values: list[Any] = []
    if state:
        condition, more = _state_condition(state)
        conditions.append(condition)
        values += more
    if label:
        conditions.append("EXISTS (SELECT 1 FROM json_each(labels) WHERE value = ?)")
        values.append(label)
    if unit:
        conditions.append("id IN (SELECT case_id FROM case_units WHERE unit = ?)")
        values.append(unit)
    return conditions, values


_TRACKED = f"(SELECT count(*) FROM commitments k WHERE k.case_id = cases.id AND k.status IN {tuple(COMMITMENT_OPEN)})"


def _state_condition(state: str) -> tuple[str, list[Any]]:
    if state == "open":
        return f"status IN {tuple(sorted(CASE_OPEN))}", []
    if state in ("tracking", "跟踪承诺"):
        return f"status = 'responded' AND {_TRACKED} > 0", []
    names = {name: code for code, name in CASE_STATES.items()}
    code = names.get(state, state)
    if code not in CASE_STATES:
        raise ValueError(f"没有这种状态：{state}。可用：{'、'.join(CASE_STATES.values())}、跟踪承诺、open")
    return "status = ?", [code]


def _complete(db: sqlite3.Connection, found: list[Case]) -> list[Case]:
    listed = json.dumps([case.id for case in found])
    deadlines = dues.of_many(db, [case.id for case in found])
    units: dict[str, list[CaseUnit]] = {case.id: [] for case in found}
    rows = db.execute(
        f"SELECT {columns(CaseUnit)} FROM case_units WHERE case_id IN (SELECT value FROM json_each(?)) ORDER BY unit",
        [listed],
    )
    for unit in nouns(CaseUnit, rows):
        units[unit.case_id].append(unit)
    tracked = db.execute(
        f"SELECT case_id, count(*) FROM commitments WHERE status IN {tuple(COMMITMENT_OPEN)} "
        "AND case_id IN (SELECT value FROM json_each(?)) GROUP BY case_id",
        [listed],
    )
    open_promises = {row[0]: row[1] for row in tracked}
    return [
        replace(
            case,
            units=tuple(sorted(units[case.id], key=_rank)),
            dues=deadlines[case.id],
            tracking=open_promises.get(case.id, 0),
        )
        for case in found
    ]


def _rank(unit: CaseUnit) -> int:
    return ("lead", "responsible", "co").index(unit.role)
