"""Which events follow from a command that has passed its guards: pure, and a table again."""

from datetime import datetime
from typing import Any

from crawlers.clock import stamp
from ledger.record import case_decisions, commitment_decisions
from ledger.record import commands as c
from ledger.record.commands import Command
from ledger.record.drafts import own_words, proposal
from ledger.record.dues import in_force
from ledger.record.erase import kept
from ledger.record.events import Draft
from ledger.record.facts import Facts
from ledger.record.parts import Json
from ledger.record.refusals import Scene
from ledger.record.states import CASE_ENDED
from ledger.record.transitions import RULES


def decide(command: Command, facts: Facts, scene: Scene, subject: str) -> list[Draft]:
    """The events to append. `subject` is the stream of the subject, given by the ledger where it is new."""
    special = _DECISIONS.get(type(command))
    return special(command, facts, scene, subject) if special else [own_words(command, subject)]


def _confirm(command: c.Confirm, facts: Facts, scene: Scene, subject: str) -> list[Draft]:
    """What was proposed now happens; `proposal` tells the projection which one is settled."""
    asked = facts.proposal
    assert asked is not None
    signed: dict[str, Json] = {"proposal": asked.id, "reason": asked.reason, "confirm_note": command.note}
    outcomes = commitment_decisions.CONFIRMED if facts.commitment else case_decisions.CONFIRMED
    return outcomes[asked.kind](command, facts, scene, signed)


def _recheck(command: c.RecordRecheck, facts: Facts, scene: Scene, subject: str) -> list[Draft]:
    """Evidence that failed proposes to reopen what was settled on it; it never reopens by itself."""
    drafts = [own_words(command, subject)]
    settled = facts.status in CASE_ENDED - {"merged", "dismissed"} or facts.status == "fulfilled"
    waiting = any(asked.kind == "reopen" for asked in facts.pending)
    if command.result in ("changed", "gone") and settled and not waiting:
        reason = f"{_present(command, facts)}{_day(scene.now)} 复查时{_FOUND[command.result]}"
        drafts.append(proposal("reopen", reason, subject, cause="evidence_failed", url=command.url))
    return drafts


# What was observed, not why: a page that cannot be opened may have moved.
_FOUND = {"changed": "内容已改变", "gone": "已打不开"}


def _present(command: c.RecordRecheck, facts: Facts) -> str:
    proofs = [claim.proved_at for claim in facts.claims if claim.snapshot == command.original]
    proofs += [response.published_at for response in facts.responses if response.snapshot == command.original]
    return f"作为依据的网页 {_day(min(proofs))} 存在，" if proofs else "作为依据的网页 "


def _day(moment: datetime) -> str:
    return stamp(moment)[:10]


def _add_deadline(command: c.AddDeadline, facts: Facts, scene: Scene, subject: str) -> list[Draft]:
    before = in_force(facts.dues, command.clock.name)
    round = before.round if before else facts.case.round if facts.case and not facts.commitment else 1
    return [own_words(command, subject, round=round)]


def _undo(command: c.Undo, facts: Facts, scene: Scene, subject: str) -> list[Draft]:
    undoes = facts.own_last[0].cmd_id
    streams = sorted({event.stream for event in facts.own_last})
    event = RULES[c.Undo].event
    return [Draft(stream, event, {"undoes": undoes, "reason": command.reason}) for stream in streams]


def _erase(command: c.ErasePayload, facts: Facts, scene: Scene, subject: str) -> list[Draft]:
    assert facts.target is not None
    assert facts.target.payload is not None
    return [own_words(command, subject, kept=kept(facts.target.payload, command.fields))]


_DECISIONS: dict[type, Any] = {
    **case_decisions.DECISIONS,
    **commitment_decisions.DECISIONS,
    c.Confirm: _confirm,
    c.RecordRecheck: _recheck,
    c.AddDeadline: _add_deadline,
    c.Undo: _undo,
    c.ErasePayload: _erase,
}
