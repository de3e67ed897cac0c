"""How events change the rows of a commitment; a table from event type to function, for the projections."""

import sqlite3
from collections.abc import Mapping
from typing import Any

from ledger.record.case_rows import Content, Handler
from ledger.record.due_rows import add_due, add_dues, retire, stop
from ledger.record.events import Event
from ledger.record.rows import insert, update


def _proposed(db: sqlite3.Connection, event: Event, said: Content) -> None:
    quote = said["quote"]
    copied = ("origin", "plan", "number", "strength", "promised_at", "score")
    row = {name: said[name] for name in copied} | {
        "id": event.stream,
        "seq": event.seq,
        "version": event.version,
        "status": said["state"],
        "case_id": said["case"],
        "quote": quote["exact"],
        "prefix": quote["prefix"],
        "suffix": quote["suffix"],
        "anchor_kind": quote["anchor"],
        "anchor": quote["sha256"],
        "unit_named": said["unit"],
        "lead_named": said["lead"],
        "named": said["responsible"],
        "proposed_at": event.recorded_at,
        "proposed_by": event.actor,
        "updated_at": event.recorded_at,
    }
    insert(db, "commitments", row | _BLANK)
    if said["clock"]:
        add_due(db, event, said["clock"], cause="promised", round=1)


_BLANK = {
    "criterion": "", "kind": "action", "measurable": True, "joint": False, "verified_count": 0, "extensions": 0,
    "reopened": 0, "evidence": "", "single_person": False,
}  # fmt: skip


def _registered(db: sqlite3.Connection, event: Event, said: Content) -> None:
    names = ("criterion", "kind", "measurable", "quota", "joint")
    signed = {"registered_at": event.recorded_at, "registered_by": event.actor}
    update(db, "commitments", event.stream, {name: said[name] for name in names} | signed)
    roles = {unit: role for role in ("responsible", "lead") for unit in said[role]}
    for unit, role in roles.items():
        row = {"commitment_id": event.stream, "unit": unit, "role": role, "part": unit in said["parts"]}
        insert(db, "owners", row | {"seq": event.seq})
    if said["clock"]:
        add_due(db, event, said["clock"], cause="confirmed", round=1)


def _done(db: sqlite3.Connection, event: Event, said: Content) -> None:
    update(db, "commitments", event.stream, {"done_at": event.recorded_at})


def _claimed(db: sqlite3.Connection, event: Event, said: Content) -> None:
    page = said["snapshot"]
    copied = {name: said[name] for name in ("quote", "scope", "part", "count", "period", "note")}
    row = {
        "id": event.seq,
        "commitment_id": event.stream,
        "claimed_by": event.actor,
        "unit": said["claimant_unit"],
        "claimed_at": event.recorded_at,
        "url": page["url_final"],
        "snapshot": page["sha256"],
        "proved_at": page["fetched_at"],
    }
    insert(db, "claims", row | copied)


def _verified(db: sqlite3.Connection, event: Event, said: Content) -> None:
    """What an acceptance means for the whole (`state`, `complete`) was decided with it and is read here."""
    page = said["snapshot"]
    row = {name: said[name] for name in ("claim", "decision", "reason", "checklist", "rubric", "note")} | {
        "id": event.seq,
        "commitment_id": event.stream,
        "verifier": event.actor,
        "unit": said["verifier_unit"],
        "snapshot": page["sha256"] if page else None,
        "at": event.recorded_at,
        "single_person": said.get("single_person", False),
    }
    insert(db, "verifications", row)
    update(db, "claims", said["claim"], {"decision": said["decision"]})
    if said["decision"] == "accepted":
        _count(db, event, said)


def _count(db: sqlite3.Connection, event: Event, said: Content) -> None:
    values: dict[str, Any] = {"evidence": "ok", "checked_at": event.recorded_at, "checked_by": event.actor}
    if said["complete"] == "whole":
        values["ended_at"] = event.recorded_at
    update(db, "commitments", event.stream, values)
    db.execute(
        "UPDATE commitments SET verified_count = verified_count + ? WHERE id = ?", [said["counted"], event.stream]
    )
    db.execute(
        "UPDATE owners SET verified_at = ? WHERE commitment_id = ? AND unit = ? AND part = 1",
        [event.recorded_at, event.stream, said["part"]],
    )
    if said["complete"] != "no":
        stop(db, event.stream, "met", said["proved_at"])


def _extension_requested(db: sqlite3.Connection, event: Event, said: Content) -> None:
    row = {
        "id": event.seq,
        "commitment_id": event.stream,
        "clock": said["clock"],
        "old_due": said["old_due"],
        "new_due": said["clock"]["deadline"]["due_at"],
        "reason": said["reason"],
        "notice_url": said["notice"]["url_final"],
        "notice": said["notice"]["sha256"],
        "requested_by": event.actor,
        "requested_at": event.recorded_at,
        "state": "requested",
        "note": "",
    }
    insert(db, "extensions", row)


def _extension_approved(db: sqlite3.Connection, event: Event, said: Content) -> None:
    _decide_extension(db, event, said["extension"], "approved", said["note"])
    db.execute("UPDATE commitments SET extensions = extensions + 1 WHERE id = ?", [event.stream])
    add_due(db, event, said["clock"], cause="extension", round=said["round"])


def _extension_refused(db: sqlite3.Connection, event: Event, said: Content) -> None:
    _decide_extension(db, event, said["extension"], "refused", said["reason"])


def _decide_extension(db: sqlite3.Connection, event: Event, extension: int, state: str, note: str) -> None:
    signed = {"decided_by": event.actor, "decided_at": event.recorded_at}
    update(db, "extensions", extension, {"state": state, "note": note} | signed)


def _ended(db: sqlite3.Connection, event: Event, said: Content) -> None:
    """Rejected, missed, withdrawn or superseded: the state says which, and stops the clock under that name."""
    update(db, "commitments", event.stream, {"ended_at": event.recorded_at, "end_reason": said["reason"]})
    stop(db, event.stream, said["state"], event.recorded_at)


def _superseded(db: sqlite3.Connection, event: Event, said: Content) -> None:
    _ended(db, event, said)
    update(db, "commitments", event.stream, {"superseded_by": said["by"]})
    insert(db, "relations", {"a": event.stream, "kind": "superseded_by", "b": said["by"], "seq": event.seq})


def _reopened(db: sqlite3.Connection, event: Event, said: Content) -> None:
    """The date stays what it was and runs again as a new version; parts and counts have to be proved again."""
    blank: dict[str, Any] = dict.fromkeys(("ended_at", "end_reason", "superseded_by", "done_at"))
    update(db, "commitments", event.stream, blank | {"verified_count": 0})
    db.execute("UPDATE commitments SET reopened = reopened + 1 WHERE id = ?", [event.stream])
    db.execute("UPDATE owners SET verified_at = NULL WHERE commitment_id = ?", [event.stream])
    db.execute("DELETE FROM relations WHERE a = ? AND kind = 'superseded_by'", [event.stream])
    retire(db, event.stream)
    add_dues(db, event, said["clocks"], cause="reopened", round=said["round"])


def _checked(db: sqlite3.Connection, event: Event, said: Content) -> None:
    row = {"id": event.seq, "commitment_id": event.stream, "at": event.recorded_at, "actor": event.actor}
    insert(db, "marks", row | {name: said[name] for name in ("result", "note", "looked_at")})
    if said["result"] != "skipped":
        update(db, "commitments", event.stream, {"checked_at": event.recorded_at, "checked_by": event.actor})


def _nothing_more(db: sqlite3.Connection, event: Event, said: Content) -> None:
    """The state is all that changes."""


HANDLERS: Mapping[str, Handler] = {
    "commitment.proposed": _proposed,
    "commitment.registered": _registered,
    "commitment.rejected": _ended,
    "commitment.started": _nothing_more,
    "commitment.done": _done,
    "commitment.claimed": _claimed,
    "commitment.verified": _verified,
    "extension.requested": _extension_requested,
    "extension.approved": _extension_approved,
    "extension.refused": _extension_refused,
    "commitment.withdrawn": _ended,
    "commitment.superseded": _superseded,
    "commitment.missed": _ended,
    "commitment.reopened": _reopened,
    "commitment.checked": _checked,
}
