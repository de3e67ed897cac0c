"""Which events follow from a command about a case, once its guards have passed: pure."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from ledger.record import commands as c
from ledger.record.canonical import plain
from ledger.record.cases import Case
from ledger.record.drafts import own_words, proposal
from ledger.record.dues import Due, in_force
from ledger.record.events import Draft
from ledger.record.facts import Facts
from ledger.record.parts import Json
from ledger.record.refusals import Scene
from ledger.record.states import SEVERITIES
from ledger.record.unit_guards import of_units

Decide = Callable[[Any, Facts, Scene, str], list[Draft]]
_GRADES = list(SEVERITIES)


def _open(command: c.OpenCase, facts: Facts, scene: Scene, subject: str) -> list[Draft]:
    """What a job opens still has to be judged by a person."""
    judged = not scene.system and command.origin in ("hand", "superior")
    return [own_words(command, subject, state="assessed" if judged else "new")]


def _join(command: c.JoinPosts, facts: Facts, scene: Scene, subject: str) -> list[Draft]:
    known = {fingerprint for fingerprint, _ in facts.known_posts}
    fresh = [fingerprint for fingerprint in command.fingerprints if fingerprint not in known]
    return [own_words(command, subject, fingerprints=plain(fresh))]


def _assess(command: c.AssessCase, facts: Facts, scene: Scene, subject: str) -> list[Draft]:
    return [own_words(command, subject, state="assessed" if facts.status == "new" else facts.status)]


def _assign(command: c.AssignCase, facts: Facts, scene: Scene, subject: str) -> list[Draft]:
    return [own_words(command, subject, state="responded" if facts.status == "responded" else "assigned")]


def _return(command: c.ReturnCase, facts: Facts, scene: Scene, subject: str) -> list[Draft]:
    units, mine = _units(facts), _mine(facts, scene)
    left = [unit for unit in units if unit not in mine]
    return [own_words(command, subject, units=plain(mine), state=facts.status if left else "assessed")]


def _acknowledge(command: c.Acknowledge, facts: Facts, scene: Scene, subject: str) -> list[Draft]:
    return [own_words(command, subject, units=plain(_mine(facts, scene)))]


def _respond(command: c.Respond, facts: Facts, scene: Scene, subject: str) -> list[Draft]:
    mine, units = _mine(facts, scene), _units(facts)
    unit = command.unit or next(iter([*mine, *units]), "")
    draft = own_words(command, subject, unit=unit)
    return [Draft(subject, draft.type, draft.payload, command.published_at)]


def _record_answer(command: c.RecordAnswer, facts: Facts, scene: Scene, subject: str) -> list[Draft]:
    draft = own_words(command, subject)
    return [Draft(subject, draft.type, draft.payload, command.answered_at)]


def _dismiss(command: c.Dismiss, facts: Facts, scene: Scene, subject: str) -> list[Draft]:
    return [proposal("dismiss", command.reason, subject, code=command.code)]


def _merge(command: c.MergeCases, facts: Facts, scene: Scene, subject: str) -> list[Draft]:
    assert facts.other_case is not None
    return [proposal("merge", command.reason, subject, into=facts.other_case.id)]


def _unmerge(command: c.UnmergeCase, facts: Facts, scene: Scene, subject: str) -> list[Draft]:
    return [proposal("unmerge", command.reason, subject)]


def _extend(command: c.ExtendCase, facts: Facts, scene: Scene, subject: str) -> list[Draft]:
    clock, told = plain(command.clock), {"law": command.law, "told": command.told}
    return [proposal("extend", command.reason, subject, clock=clock, **told)]


DECISIONS: Mapping[type, Decide] = {
    c.OpenCase: _open,
    c.JoinPosts: _join,
    c.AssessCase: _assess,
    c.AssignCase: _assign,
    c.ReturnCase: _return,
    c.Acknowledge: _acknowledge,
    c.Respond: _respond,
    c.RecordAnswer: _record_answer,
    c.Dismiss: _dismiss,
    c.MergeCases: _merge,
    c.UnmergeCase: _unmerge,
    c.ExtendCase: _extend,
}


def _dismissed(command: c.Confirm, facts: Facts, scene: Scene, signed: dict[str, Json]) -> list[Draft]:
    assert facts.proposal is not None
    code = facts.proposal.body["code"]
    return [Draft(facts.subject, "case.dismissed", {**signed, "code": code, "state": "dismissed"})]


def _merged(command: c.Confirm, facts: Facts, scene: Scene, signed: dict[str, Json]) -> list[Draft]:
    """The case that stays inherits the earliest clock, the strictest grade and whatever would hide a breach."""
    case, other = facts.case, facts.other_case
    assert case is not None
    assert other is not None
    gone = Draft(case.id, "case.merged", {**signed, "into": other.id, "state": "merged"})
    return [gone, Draft(other.id, "case.absorbed", {"from_case": case.id, **_inherited(case, other)})]


def _inherited(case: Case, other: Case) -> dict[str, Json]:
    first, strict = min((other, case), key=_start), max((other, case), key=_grade)
    return {
        "clock_start": plain(first.clock_start),
        "clock_basis": first.clock_basis,
        "severity": strict.severity,
        "severity_reason": strict.severity_reason,
        "major": case.major or other.major,
        "labels": plain(list(dict.fromkeys([*other.labels, *case.labels]))),
        "about_units": plain(list(dict.fromkeys([*other.about_units, *case.about_units]))),
        "cross_region": case.cross_region or other.cross_region,
        "posts": case.posts,
        "sources": plain(case.sources),
        "clocks": [due.as_clock() for due in case.dues if due.running and _stricter(due, other)],
    }


def _stricter(due: Due, other: Case) -> bool:
    """Whether a running clock of the merged case ends before the same clock of the other, or the other has none."""
    there = in_force(other.dues, due.clock)
    if there is None or due.due_at is None:
        return there is None
    return there.due_at is None or due.due_at < there.due_at


def _unmerged(command: c.Confirm, facts: Facts, scene: Scene, signed: dict[str, Json]) -> list[Draft]:
    """Both cases are made again without the merge; each keeps what happened to it since."""
    assert facts.case is not None
    assert facts.case.merged_into is not None
    assert facts.merged_by is not None
    undoes = {"undoes": facts.merged_by.cmd_id}
    settled = (facts.merged_by.payload or {}).get("proposal")
    gone = Draft(facts.subject, "case.unmerged", {**signed, **undoes, "merge_proposal": settled})
    return [gone, Draft(facts.case.merged_into, "case.released", {"from_case": facts.subject, **undoes})]


def _extended(command: c.Confirm, facts: Facts, scene: Scene, signed: dict[str, Json]) -> list[Draft]:
    """A further version of the deadline; the one before stays and counts."""
    assert facts.proposal is not None
    assert facts.case is not None
    body = facts.proposal.body
    what = {name: body[name] for name in ("clock", "law", "told")}
    return [Draft(facts.subject, "case.extended", {**signed, **what, "round": facts.case.round})]


def _reopened(command: c.Confirm, facts: Facts, scene: Scene, signed: dict[str, Json]) -> list[Draft]:
    assert facts.proposal is not None
    cause = facts.proposal.body.get("cause", "evidence_failed")
    clocks = {"clock_start": plain(command.clock_start), "clocks": plain(command.clocks)}
    return [Draft(facts.subject, "case.reopened", {**signed, **clocks, "cause": cause, "state": "assessed"})]


CONFIRMED: Mapping[str, Callable[[c.Confirm, Facts, Scene, dict[str, Json]], list[Draft]]] = {
    "dismiss": _dismissed,
    "merge": _merged,
    "unmerge": _unmerged,
    "reopen": _reopened,
    "extend": _extended,
}


def _units(facts: Facts) -> tuple[str, ...]:
    return tuple(unit.unit for unit in facts.case.units) if facts.case else ()


def _mine(facts: Facts, scene: Scene) -> tuple[str, ...]:
    return of_units(scene.actor, _units(facts), scene.office)


def _start(case: Case) -> datetime:
    return case.clock_start


def _grade(case: Case) -> int:
    return _GRADES.index(case.severity)
