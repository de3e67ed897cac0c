"""How events move the deadlines of a case or commitment: versions appended, clocks stopped, answers matched."""

import json
import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

from crawlers.clock import stamp, unstamp
from ledger.record.events import Event
from ledger.record.rows import insert


def add_dues(
    db: sqlite3.Connection, event: Event, clocks: Sequence[Mapping[str, Any]], *, cause: str, round: int
) -> None:
    """Append a version of each of the `clocks` of an event's payload."""
    for number, clock in enumerate(clocks):
        add_due(db, event, clock, cause=cause, round=round, place=f"$.clocks[{number}].deadline")


def add_due(
    db: sqlite3.Connection,
    event: Event,
    clock: Mapping[str, Any],
    *,
    cause: str,
    round: int,
    place: str = "$.clock.deadline",
) -> None:
    """Append a version; the one before is no longer in force. `place` is where the payload holds it.

    A recalculation under another calendar keeps the stop of the version before: what was answered stays answered.
    """
    before = db.execute(
        "SELECT version, stopped, stopped_at FROM deadlines WHERE subject = ? AND clock = ? "
        "ORDER BY version DESC LIMIT 1",
        [event.stream, clock["name"]],
    ).fetchone()
    if before:
        db.execute("UPDATE deadlines SET current = 0 WHERE subject = ? AND clock = ?", [event.stream, clock["name"]])
    keeps = before is not None and cause == "calendar"
    found = clock["deadline"]
    insert(
        db,
        "deadlines",
        {
            "subject": event.stream,
            "clock": clock["name"],
            "version": before["version"] + 1 if before else 1,
            "round": round,
            "rule": clock["rule"],
            "raw": found.get("raw") or "",
            "kind": found["kind"],
            "certainty": found["certainty"],
            "due_at": _moment(found.get("due_at")),
            "due_date": found.get("due_date"),
            "review_at": _moment(found.get("review_at")),
            "calendar": str(found.get("calendar") or ""),
            "place": place,
            "met_by": clock["met_by"],
            "cause": cause,
            "current": True,
            "stopped": before["stopped"] if keeps else None,
            "stopped_at": before["stopped_at"] if keeps else None,
            "recorded_at": event.recorded_at,
            "seq": event.seq,
        },
    )


def stop(db: sqlite3.Connection, subject: str, how: str, at: str) -> None:
    """Stop every running clock of a case or commitment, `at` a stamp."""
    db.execute(
        "UPDATE deadlines SET stopped = ?, stopped_at = ? WHERE subject = ? AND current = 1 AND stopped IS NULL",
        [how, at, subject],
    )


def retire(db: sqlite3.Connection, subject: str) -> None:
    """Take the versions in force out of force, as a new round begins."""
    db.execute("UPDATE deadlines SET current = 0 WHERE subject = ?", [subject])


def settle(db: sqlite3.Connection, case_id: str) -> None:
    """Stop each running clock of a case by the earliest answer of its round whose kind satisfies it."""
    clocks = db.execute(
        "SELECT clock, version, round, met_by FROM deadlines WHERE subject = ? AND current = 1 AND stopped IS NULL",
        [case_id],
    ).fetchall()
    for clock in clocks:
        met = db.execute(
            "SELECT min(published_at) FROM responses WHERE case_id = ?1 AND round = ?2 "
            "AND (?3 = '[]' OR kind IN (SELECT value FROM json_each(?3)))",
            [case_id, clock["round"], clock["met_by"]],
        ).fetchone()[0]
        if met:
            db.execute(
                "UPDATE deadlines SET stopped = 'met', stopped_at = ? WHERE subject = ? AND clock = ? AND version = ?",
                [met, case_id, clock["clock"], clock["version"]],
            )


def drop(db: sqlite3.Connection, subject: str, clocks: list[str], at: str) -> None:
    """Stop the named running clocks, which no longer apply after a lower grade; passed dates stay late."""
    db.execute(
        "UPDATE deadlines SET stopped = 'lowered', stopped_at = ? "
        "WHERE subject = ? AND current = 1 AND stopped IS NULL AND clock IN (SELECT value FROM json_each(?))",
        [at, subject, json.dumps(clocks)],
    )


def _moment(text: str | None) -> str | None:
    return stamp(unstamp(text)) if text else None
