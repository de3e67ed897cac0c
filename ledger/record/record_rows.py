"""How the remaining events change rows: proposals, rechecks, single deadlines, calendar, runs, alerts, the record."""

import sqlite3
from collections.abc import Mapping

from ledger.record.case_rows import Content, Handler
from ledger.record.due_rows import add_due, settle
from ledger.record.events import Event
from ledger.record.rows import insert, update


def _proposed(db: sqlite3.Connection, event: Event, said: Content) -> None:
    row = {
        "id": event.seq,
        "subject": event.stream,
        "kind": said["kind"],
        "reason": said["reason"],
        "body": said["body"],
        "proposed_by": event.actor,
        "proposed_at": event.recorded_at,
        "state": "open",
        "note": "",
    }
    insert(db, "proposals", row)


def _declined(db: sqlite3.Connection, event: Event, said: Content) -> None:
    decide(db, event, said["proposal"], "declined", said["reason"])


def decide(db: sqlite3.Connection, event: Event, proposal: int, state: str, note: str) -> None:
    """Note who decided a proposal and how."""
    signed = {"decided_by": event.actor, "decided_at": event.recorded_at}
    update(db, "proposals", proposal, {"state": state, "note": note} | signed)


def _rechecked(db: sqlite3.Connection, event: Event, said: Content) -> None:
    page = said["snapshot"]
    row = {name: said[name] for name in ("url", "original", "result", "note")} | {
        "id": event.seq,
        "subject": event.stream,
        "found": page["sha256"] if page else None,
        "at": event.recorded_at,
        "actor": event.actor,
    }
    insert(db, "rechecks", row)
    update(db, "commitments", event.stream, {"evidence": _evidence(db, event.stream, said["result"])})


def _evidence(db: sqlite3.Connection, subject: str, result: str) -> str:
    """The worst that the last successful look at each page of the last verification showed.

    A page that could not be reached says nothing, so it never takes back what an earlier look found; neither does
    another page that still stands.
    """
    found = {
        row["result"]
        for row in db.execute(
            """
            SELECT result, max(id) FROM rechecks WHERE subject = ?1 AND result <> 'unreachable'
            AND id > coalesce((SELECT max(id) FROM verifications WHERE commitment_id = ?1 AND decision = 'accepted'), 0)
            GROUP BY url
            """,
            [subject],
        )
    }
    worst = next((one for one in ("gone", "changed") if one in found), None)
    return worst or ("unreachable" if result == "unreachable" else "ok")


def _deadline_added(db: sqlite3.Connection, event: Event, said: Content) -> None:
    add_due(db, event, said["clock"], cause=said["cause"], round=said["round"])
    settle(db, event.stream)


def _undone(db: sqlite3.Connection, event: Event, said: Content) -> None:
    """Nothing of its own: `ledger.record.projections` makes the streams again without the command."""


def _unmerged(db: sqlite3.Connection, event: Event, said: Content) -> None:
    """Without the merge its proposal would be open again; it was decided, and the decision was taken back."""
    decide(db, event, said["merge_proposal"], "declined", "并案已撤销")


def _calendar_loaded(db: sqlite3.Connection, event: Event, said: Content) -> None:
    row = {name: said[name] for name in ("version", "year", "notice", "url", "sha256")}
    db.execute("DELETE FROM calendar_notices WHERE version = ?", [said["version"]])
    insert(db, "calendar_notices", row | {"loaded_at": event.recorded_at, "loaded_by": event.actor, "seq": event.seq})


def _run_recorded(db: sqlite3.Connection, event: Event, said: Content) -> None:
    row = {name: said[name] for name in ("job", "started_at", "finished_at", "summary", "problems")}
    insert(db, "runs", row | {"id": event.seq, "actor": event.actor})


def _alert_queued(db: sqlite3.Connection, event: Event, said: Content) -> None:
    row = {name: said[name] for name in ("key", "subject", "channel", "level", "title", "body")}
    waiting = {"queued_at": event.recorded_at, "state": "queued", "tries": 0, "next_try_at": event.recorded_at}
    insert(db, "alerts", row | waiting | {"error": "", "seq": event.seq})


def _alert_tried(db: sqlite3.Connection, event: Event, said: Content) -> None:
    next_try = None if said["delivered"] else said["next_try_at"]
    state = "delivered" if said["delivered"] else "retry" if next_try else "stuck"
    db.execute(
        "UPDATE alerts SET state = ?, tries = tries + 1, next_try_at = ?, sent_at = ?, error = ? WHERE key = ?",
        [state, next_try, event.recorded_at if said["delivered"] else None, said["error"], said["key"]],
    )


def _payload_erased(db: sqlite3.Connection, event: Event, said: Content) -> None:
    """Nothing of its own: `ledger.record.projections` reads what was kept in place of the erased payload."""


HANDLERS: Mapping[str, Handler] = {
    "proposal.made": _proposed,
    "proposal.declined": _declined,
    "evidence.rechecked": _rechecked,
    "deadline.added": _deadline_added,
    "command.undone": _undone,
    "case.unmerged": _unmerged,
    "case.released": _undone,
    "calendar.loaded": _calendar_loaded,
    "run.recorded": _run_recorded,
    "alert.queued": _alert_queued,
    "alert.tried": _alert_tried,
    "payload.erased": _payload_erased,
}
