"""Which events follow from a command about a commitment, once its guards have passed: pure."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from crawlers.clock import stamp
from ledger.record import commands as c
from ledger.record.canonical import plain
from ledger.record.case_decisions import Decide
from ledger.record.commitments import Claim, Commitment
from ledger.record.drafts import own_words, proposal
from ledger.record.dues import in_force
from ledger.record.events import Draft
from ledger.record.facts import Facts
from ledger.record.page_guards import context
from ledger.record.parts import Json
from ledger.record.refusals import Scene
from ledger.record.unit_guards import of_units, own_unit


def _propose(command: c.ProposeCommitment, facts: Facts, scene: Scene, subject: str) -> list[Draft]:
    quote = command.quote
    kept = replace(quote, prefix=context(quote.prefix), suffix=context(quote.suffix))
    return [own_words(command, subject, case=facts.case.id if facts.case else None, quote=plain(kept))]


def _register(command: c.RegisterCommitment, facts: Facts, scene: Scene, subject: str) -> list[Draft]:
    """Several owners without a common proof owe one part each; leads count where nobody else is responsible."""
    owners = command.responsible or command.lead
    parts = owners if len(owners) > 1 and not command.joint else ()
    return [own_words(command, subject, parts=plain(parts))]


def _claim(command: c.ClaimFulfilment, facts: Facts, scene: Scene, subject: str) -> list[Draft]:
    owners = [owner.unit for owner in _of(facts).owners]
    unit = next(iter(of_units(scene.actor, owners, scene.office)), own_unit(scene.actor, scene.office))
    return [own_words(command, subject, claimant_unit=unit)]


def _verify(command: c.VerifyFulfilment, facts: Facts, scene: Scene, subject: str) -> list[Draft]:
    commitment = _of(facts)
    claim = next(claim for claim in facts.claims if claim.id == command.claim)
    others = [one for one in facts.claims if one.decision is None and one.id != claim.id]
    accepted = command.decision == "accepted"
    complete = _complete(commitment, claim) if accepted else "no"
    proofs = [one.proved_at for one in facts.claims if one.decision == "accepted"]
    more: dict[str, Json] = {
        "verifier_unit": own_unit(scene.actor, scene.office),
        "part": claim.part,
        "counted": claim.count or 1 if accepted else 0,
        "complete": complete,
        "proved_at": stamp(max([claim.proved_at, *proofs])),
        "state": "fulfilled" if complete == "whole" else "claimed" if others else "working",
    }
    return [own_words(command, subject, **more)]


def _complete(commitment: Commitment, claim: Claim) -> str:
    """What an accepted claim settles: "whole", the "period" of a recurring promise, or "no" (more is owed)."""
    if commitment.kind == "recurring":
        return "period"
    if commitment.kind == "quota":
        return "whole" if commitment.verified_count + (claim.count or 1) >= (commitment.quota or 0) else "no"
    parts = [owner for owner in commitment.owners if owner.part]
    if parts:
        return "whole" if all(owner.verified_at or owner.unit == claim.part for owner in parts) else "no"
    return "whole" if claim.scope == "whole" else "no"


def _request(command: c.RequestExtension, facts: Facts, scene: Scene, subject: str) -> list[Draft]:
    due = in_force(_of(facts).dues, "fulfil")
    assert due is not None
    assert due.due_at is not None
    return [own_words(command, subject, old_due=stamp(due.due_at))]


def _approve(command: c.ApproveExtension, facts: Facts, scene: Scene, subject: str) -> list[Draft]:
    request = next(one for one in facts.extensions if one.state == "requested")
    due = in_force(_of(facts).dues, "fulfil")
    assert due is not None
    return [own_words(command, subject, extension=request.id, clock=request.clock, round=due.round)]


def _refuse(command: c.RefuseExtension, facts: Facts, scene: Scene, subject: str) -> list[Draft]:
    request = next(one for one in facts.extensions if one.state == "requested")
    return [own_words(command, subject, extension=request.id)]


def _withdraw(command: c.Withdraw, facts: Facts, scene: Scene, subject: str) -> list[Draft]:
    return [proposal("withdraw", command.reason, subject, explanation=plain(command.explanation))]


def _supersede(command: c.Supersede, facts: Facts, scene: Scene, subject: str) -> list[Draft]:
    assert facts.other is not None
    explained = plain(command.explanation)
    return [proposal("supersede", command.reason, subject, by=facts.other.id, explanation=explained)]


def _reopen(command: c.Reopen, facts: Facts, scene: Scene, subject: str) -> list[Draft]:
    return reopened(facts, scene, {"cause": command.cause, "reason": command.reason})


def reopened(facts: Facts, scene: Scene, why: dict[str, Json]) -> list[Draft]:
    """The promise is open again under its old date; a case that was closed over it is open again, too."""
    commitment = _of(facts)
    more: dict[str, Json] = {
        "state": "proposed" if commitment.status == "rejected" else "working",
        "clocks": [due.as_clock() for due in commitment.dues],
        "round": max((due.round for due in commitment.dues), default=1) + 1,
    }
    drafts = [Draft(commitment.id, "commitment.reopened", {**why, **more})]
    if facts.case is not None and facts.case.status == "closed":
        told: dict[str, Json] = {"reason": why["reason"], "by": commitment.id, "state": "responded"}
        drafts.append(Draft(facts.case.id, "case.resumed", told))
    return drafts


DECISIONS: Mapping[type, Decide] = {
    c.ProposeCommitment: _propose,
    c.RegisterCommitment: _register,
    c.ClaimFulfilment: _claim,
    c.VerifyFulfilment: _verify,
    c.RequestExtension: _request,
    c.ApproveExtension: _approve,
    c.RefuseExtension: _refuse,
    c.Withdraw: _withdraw,
    c.Supersede: _supersede,
    c.Reopen: _reopen,
}


def _withdrawn(command: c.Confirm, facts: Facts, scene: Scene, signed: dict[str, Json]) -> list[Draft]:
    return [Draft(facts.subject, "commitment.withdrawn", {**signed, "state": "withdrawn"})]


def _superseded(command: c.Confirm, facts: Facts, scene: Scene, signed: dict[str, Json]) -> list[Draft]:
    assert facts.other is not None
    return [Draft(facts.subject, "commitment.superseded", {**signed, "by": facts.other.id, "state": "superseded"})]


def _reopened(command: c.Confirm, facts: Facts, scene: Scene, signed: dict[str, Json]) -> list[Draft]:
    assert facts.proposal is not None
    return reopened(facts, scene, {**signed, "cause": facts.proposal.body.get("cause", "evidence_failed")})


CONFIRMED: Mapping[str, Callable[[c.Confirm, Facts, Scene, dict[str, Json]], list[Draft]]] = {
    "withdraw": _withdrawn,
    "supersede": _superseded,
    "reopen": _reopened,
}


def _of(facts: Facts) -> Commitment:
    assert facts.commitment is not None
    return facts.commitment
