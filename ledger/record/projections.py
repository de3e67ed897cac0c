"""State tables from events: each event projected in its own transaction, everything rebuildable from the log.

An event changes only rows of its own stream, and every row names the event that made it. So a compensated command is
taken out by making its streams again without it, and nothing has to know how to run backwards.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any, cast

from crawlers.database import connect, transaction
from ledger.record import case_rows, commitment_rows, record_rows
from ledger.record.canonical import parse
from ledger.record.events import Event, read
from ledger.record.ids import table_of
from ledger.record.rows import insert
from ledger.record.tables import INDEXES, PROJECTIONS

HANDLERS = {**case_rows.HANDLERS, **commitment_rows.HANDLERS, **record_rows.HANDLERS}
UNDOING = ("command.undone", "case.unmerged", "case.released")
# The column that names a row's event.
_MADE_BY = {
    name: "seq" if "    seq " in sql else "id"
    for name, sql in PROJECTIONS.items()
    if name not in {"projected", "undone", "touches"}
}
_NAMED = ("case", "into", "by", "from_case")  # payload keys that name another stream


@dataclass(frozen=True, slots=True)
class Difference:
    """A row that the events do not account for (`extra`), or one they demand and the tables lack (`missing`)."""

    table: str
    kind: str
    row: tuple[Any, ...]

    def __str__(self) -> str:
        """One line for a terminal."""
        what = "多出" if self.kind == "extra" else "缺少"
        return f"{self.table} {what}一行：{'、'.join(str(value) for value in self.row[:3])}"


def project(db: sqlite3.Connection, event: Event) -> None:
    """Bring the tables up to `event`, which has just been appended; the caller holds the transaction."""
    said = event.payload or {}
    _apply(db, event, said)
    if "undoes" in said:
        undone = cast(str, said["undoes"])
        _remake(db, {event.stream, *(other.stream for other in read(db, cmd_id=undone))})
    elif event.type == "payload.erased":
        row = db.execute("SELECT stream FROM events WHERE seq = ?", [said["seq"]]).fetchone()
        db.execute("UPDATE events SET payload = NULL, salt = NULL WHERE seq = ?", [said["seq"]])
        _remake(db, {row["stream"]})
    db.execute("UPDATE projected SET seq = ? WHERE id = 1", [event.seq])


def rebuild(db: sqlite3.Connection, *, check: bool = False) -> list[Difference]:
    """Make every state table again from the events, and say what was different. `check` changes nothing.

    Raises KeyError or another plain error where an event cannot be understood; the tables then stay as they were.
    """
    if check:
        return differences(db)
    with transaction(db):
        found = differences(db)
        for table in PROJECTIONS:
            db.execute(f"DELETE FROM {table}")
        _build(db, db)
    return found


def differences(db: sqlite3.Connection) -> list[Difference]:
    """What a rebuild would change, row by row."""
    with closing(connect(":memory:")) as fresh:
        for statement in (*PROJECTIONS.values(), *INDEXES.split(";")):
            fresh.execute(statement)
        _build(db, fresh)
        found: list[Difference] = []
        for table in PROJECTIONS:
            there, due = _rows(db, table), _rows(fresh, table)
            found += [Difference(table, "extra", row) for row in sorted(there - due, key=str)]
            found += [Difference(table, "missing", row) for row in sorted(due - there, key=str)]
    return found


def _build(source: sqlite3.Connection, target: sqlite3.Connection) -> None:
    undone = _undone(source)
    last = 0
    for event, said in _contents(source, read(source)):
        (_pass_over if event.cmd_id in undone else _apply)(target, event, said)
        last = event.seq
    _note_undone(target, undone)
    target.execute("INSERT OR REPLACE INTO projected (id, seq) VALUES (1, ?)", [last])


def _remake(db: sqlite3.Connection, streams: Iterable[str]) -> None:
    """Make the rows of these streams again, without what has been undone."""
    undone = _undone(db)
    events: list[Event] = []
    for stream in streams:
        events += read(db, stream=stream)
        for table, column in _MADE_BY.items():
            db.execute(f"DELETE FROM {table} WHERE {column} IN (SELECT seq FROM events WHERE stream = ?)", [stream])
    for event, said in _contents(db, sorted(events, key=_order)):
        (_pass_over if event.cmd_id in undone else _apply)(db, event, said)
    _note_undone(db, undone)


def _apply(db: sqlite3.Connection, event: Event, said: Mapping[str, Any]) -> None:
    HANDLERS[event.type](db, event, said)
    for page in _pages(said):
        insert(db, "snapshots", {**page, "seq": event.seq})
    if said.get("proposal") is not None and event.type != "proposal.declined":
        record_rows.decide(db, event, said["proposal"], "confirmed", said["confirm_note"])
    _pass_over(db, event, said)
    table = table_of(event.stream)
    if table:
        db.execute(
            f"UPDATE {table} SET single_person = max(single_person, ?), status = coalesce(?, status) WHERE id = ?",
            [said.get("single_person", False), said.get("state"), event.stream],
        )


def _pass_over(db: sqlite3.Connection, event: Event, said: Mapping[str, Any]) -> None:
    """What a compensated event still does: it is a version of its subject, and it touched what it named."""
    named = {event.stream} | {said[key] for key in _NAMED if isinstance(said.get(key), str)}
    db.executemany(
        "INSERT OR IGNORE INTO touches (stream, seq) VALUES (?, ?)", [(stream, event.seq) for stream in sorted(named)]
    )
    table = table_of(event.stream)
    if table:
        db.execute(
            f"UPDATE {table} SET version = ?, updated_at = ? WHERE id = ?",
            [event.version, event.recorded_at, event.stream],
        )


def _pages(said: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The snapshots that an event carries, at any depth."""
    for value in said.values():
        if isinstance(value, Mapping):
            yield from [value] if "url_final" in value else _pages(value)


def _contents(db: sqlite3.Connection, events: Iterable[Event]) -> Iterator[tuple[Event, Mapping[str, Any]]]:
    """Events with what they say; where a payload was erased, with what the erasure kept of it."""
    erased = db.execute("SELECT payload FROM events WHERE type = 'payload.erased'")
    records = [cast(dict[str, Any], parse(row["payload"])) for row in erased]
    kept = {record["seq"]: record["kept"] for record in records}
    for event in events:
        yield event, kept.get(event.seq) or event.payload or {}


def _undone(db: sqlite3.Connection) -> dict[str, int]:
    """Commands that no longer count, with the event that took each out. An undoing may itself be undone."""
    marks = ", ".join("?" * len(UNDOING))
    rows = db.execute(f"SELECT seq, cmd_id, payload FROM events WHERE type IN ({marks}) ORDER BY seq DESC", UNDOING)
    undone: dict[str, int] = {}
    for row in rows:
        if row["cmd_id"] not in undone:
            undone[cast(dict[str, str], parse(row["payload"]))["undoes"]] = row["seq"]
    return undone


def _note_undone(db: sqlite3.Connection, undone: Mapping[str, int]) -> None:
    db.execute("DELETE FROM undone")
    db.executemany("INSERT INTO undone (cmd_id, seq) VALUES (?, ?)", undone.items())


def _rows(db: sqlite3.Connection, table: str) -> set[tuple[Any, ...]]:
    return {tuple(row) for row in db.execute(f"SELECT * FROM {table}")}


def _order(event: Event) -> int:
    return event.seq
