"""How events change the rows of a case; a table from event type to function, used by `ledger.record.projections`."""

import json
import sqlite3
from collections.abc import Callable, Mapping
from typing import Any

from ledger.record.due_rows import add_due, add_dues, drop, retire, settle, stop
from ledger.record.events import Event
from ledger.record.rows import insert, update

Content = Mapping[str, Any]
Handler = Callable[[sqlite3.Connection, Event, Content], None]

_ASSESSED = ("summary", "labels", "taxonomy", "place", "cross_region", "about_units", "major")


def _opened(db: sqlite3.Connection, event: Event, said: Content) -> None:
    copied = (
        "origin", "summary", "labels", "taxonomy", "place", "cross_region", "about_units", "major", "severity",
        "clock_start", "clock_basis", "occurred_at", "detected_at", "posts", "sources",
    )  # fmt: skip
    row = {name: said[name] for name in copied} | {
        "id": event.stream,
        "seq": event.seq,
        "version": event.version,
        "status": said["state"],
        "round": 1,
        "label": said["labels"][0],
        "severity_reason": said["severity_rule"],
        "ordered_at": said["assigned_at"],
        "opened_at": event.recorded_at,
        "opened_by": event.actor,
        "single_person": False,
        "updated_at": event.recorded_at,
    }
    insert(db, "cases", row)
    _join(db, event, said)
    add_dues(db, event, said["clocks"], cause="opened", round=1)


def _posts_joined(db: sqlite3.Connection, event: Event, said: Content) -> None:
    _join(db, event, said)
    _add_posts(db, event.stream, said)


def _assessed(db: sqlite3.Connection, event: Event, said: Content) -> None:
    changed = {name: said[name] for name in _ASSESSED if said[name] is not None}
    if "labels" in changed:
        changed["label"] = changed["labels"][0]
    update(db, "cases", event.stream, changed)
    _add_clocks(db, event, said, "rule")


def _assigned(db: sqlite3.Connection, event: Event, said: Content) -> None:
    taken = {
        row["unit"]: row["acknowledged_at"]
        for row in db.execute("SELECT unit, acknowledged_at FROM case_units WHERE case_id = ?", [event.stream])
    }
    db.execute("DELETE FROM case_units WHERE case_id = ?", [event.stream])
    # A unit named in two roles keeps the weightier one.
    roles = {unit: role for role in ("co", "responsible", "lead") for unit in said[role]}
    for unit, role in roles.items():
        row = {"case_id": event.stream, "unit": unit, "role": role, "since": event.recorded_at}
        insert(db, "case_units", row | {"acknowledged_at": taken.get(unit), "seq": event.seq})
    update(db, "cases", event.stream, {"assigned_at": event.recorded_at})
    _add_clocks(db, event, said, "rule")


def _returned(db: sqlite3.Connection, event: Event, said: Content) -> None:
    for unit in said["units"]:
        db.execute("DELETE FROM case_units WHERE case_id = ? AND unit = ?", [event.stream, unit])


def _acknowledged(db: sqlite3.Connection, event: Event, said: Content) -> None:
    db.executemany(
        "UPDATE case_units SET acknowledged_at = ? WHERE case_id = ? AND unit = ? AND acknowledged_at IS NULL",
        [(event.recorded_at, event.stream, unit) for unit in said["units"]],
    )
    db.execute(
        "UPDATE cases SET acknowledged_at = coalesce(acknowledged_at, ?) WHERE id = ?",
        [event.recorded_at, event.stream],
    )


def _responded(db: sqlite3.Connection, event: Event, said: Content) -> None:
    snapshot = said["snapshot"]
    page = {"url": snapshot["url_final"], "snapshot": snapshot["sha256"], "answer_hash": None}
    _answer(db, event, said, page | {"published_at": said["published_at"], "channel": "", "quote": said["quote"]})


def _answered(db: sqlite3.Connection, event: Event, said: Content) -> None:
    page = {"url": said["url"] or None, "snapshot": None, "answer_hash": said["answer_hash"]}
    _answer(db, event, said, page | {"published_at": said["answered_at"], "channel": said["channel"], "quote": ""})


def _answer(db: sqlite3.Connection, event: Event, said: Content, page: Content) -> None:
    row = {"id": event.seq, "case_id": event.stream, "round": _round(db, event.stream), "kind": said["kind"]}
    insert(db, "responses", {**row, **page, "unit": said["unit"], "recorded_by": event.actor})
    # A new answer has not been read for commitments yet, whatever was said of the one before.
    db.execute(
        "UPDATE cases SET responded_at = min(coalesce(responded_at, ?1), ?1), "
        "no_commitment_by = NULL, no_commitment_at = NULL WHERE id = ?2",
        [page["published_at"], event.stream],
    )
    settle(db, event.stream)


def _no_commitment(db: sqlite3.Connection, event: Event, said: Content) -> None:
    update(db, "cases", event.stream, {"no_commitment_by": event.actor, "no_commitment_at": event.recorded_at})


def _dismissed(db: sqlite3.Connection, event: Event, said: Content) -> None:
    _end(db, event, said["reason"])
    stop(db, event.stream, "dismissed", event.recorded_at)


def _closed(db: sqlite3.Connection, event: Event, said: Content) -> None:
    _end(db, event, said["note"] or None)
    stop(db, event.stream, "closed", event.recorded_at)


def _merged(db: sqlite3.Connection, event: Event, said: Content) -> None:
    _end(db, event, said["reason"])
    update(db, "cases", event.stream, {"merged_into": said["into"]})
    insert(db, "relations", {"a": event.stream, "kind": "merged_into", "b": said["into"], "seq": event.seq})
    stop(db, event.stream, "merged", event.recorded_at)


def _absorbed(db: sqlite3.Connection, event: Event, said: Content) -> None:
    """The case that stays takes over the earlier clock, the stricter grade, the posts and the earlier deadlines."""
    names = (
        "clock_start",
        "clock_basis",
        "severity",
        "severity_reason",
        "major",
        "labels",
        "about_units",
        "cross_region",
    )
    update(db, "cases", event.stream, {name: said[name] for name in names})
    _add_posts(db, event.stream, said)
    _add_clocks(db, event, said, "merge")


def _reopened(db: sqlite3.Connection, event: Event, said: Content) -> None:
    """A new round: the answers and clocks of the rounds before stay as rows."""
    retire(db, event.stream)
    blank = ("responded_at", "no_commitment_by", "no_commitment_at", "ended_at", "end_reason", "merged_into")
    values: dict[str, Any] = dict.fromkeys(blank)
    round = _round(db, event.stream) + 1
    update(db, "cases", event.stream, values | {"round": round, "clock_start": said["clock_start"]})
    _add_clocks(db, event, said, "reopened")


def _resumed(db: sqlite3.Connection, event: Event, said: Content) -> None:
    """A promise of a closed case is open again: the answer stands, the case is tracked again."""
    update(db, "cases", event.stream, {"ended_at": None, "end_reason": None})


def _severity_set(db: sqlite3.Connection, event: Event, said: Content) -> None:
    changed = {"severity": said["severity"], "severity_reason": said["rule"] or said["reason"]}
    major = {} if said["major"] is None else {"major": said["major"]}
    update(db, "cases", event.stream, changed | major)
    drop(db, event.stream, said["drop_clocks"], event.recorded_at)
    _add_clocks(db, event, said, "rule")


def _extended(db: sqlite3.Connection, event: Event, said: Content) -> None:
    """The date before is no longer in force and stays as a row."""
    add_due(db, event, said["clock"], cause="extension", round=said["round"])


HANDLERS: Mapping[str, Handler] = {
    "case.opened": _opened,
    "case.posts_joined": _posts_joined,
    "case.assessed": _assessed,
    "case.assigned": _assigned,
    "case.returned": _returned,
    "case.acknowledged": _acknowledged,
    "case.responded": _responded,
    "case.answered": _answered,
    "case.no_commitment": _no_commitment,
    "case.dismissed": _dismissed,
    "case.merged": _merged,
    "case.absorbed": _absorbed,
    "case.closed": _closed,
    "case.reopened": _reopened,
    "case.resumed": _resumed,
    "case.severity_set": _severity_set,
    "case.extended": _extended,
}


def _join(db: sqlite3.Connection, event: Event, said: Content) -> None:
    db.executemany(
        "INSERT OR IGNORE INTO case_posts (case_id, fingerprint, seq) VALUES (?, ?, ?)",
        [(event.stream, fingerprint, event.seq) for fingerprint in said["fingerprints"]],
    )


def _add_posts(db: sqlite3.Connection, case_id: str, said: Content) -> None:
    known = json.loads(db.execute("SELECT sources FROM cases WHERE id = ?", [case_id]).fetchone()[0])
    sources = list(dict.fromkeys([*known, *said["sources"]]))
    db.execute("UPDATE cases SET posts = posts + ? WHERE id = ?", [said["posts"], case_id])
    update(db, "cases", case_id, {"sources": sources})


def _add_clocks(db: sqlite3.Connection, event: Event, said: Content, cause: str) -> None:
    if said["clocks"]:
        round = _round(db, event.stream)
        add_dues(db, event, said["clocks"], cause=cause, round=round)
        settle(db, event.stream)


def _end(db: sqlite3.Connection, event: Event, reason: str | None) -> None:
    update(db, "cases", event.stream, {"ended_at": event.recorded_at, "end_reason": reason})


def _round(db: sqlite3.Connection, case_id: str) -> int:
    return int(db.execute("SELECT round FROM cases WHERE id = ?", [case_id]).fetchone()[0])
