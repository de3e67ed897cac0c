"""May this actor do this now? One pure answer for every command, from the transition table and the checks beside it.

Order: who acts, what it is about, role, state, what this command demands, and last the second person, which is the only
demand that an office may waive (`four_eyes = false`), and then every record says so.
"""

from dataclasses import dataclass
from typing import Any

from crawlers.office import Role
from ledger.record import case_guards, commitment_guards, record_guards
from ledger.record import commands as c
from ledger.record.commands import Command
from ledger.record.facts import Facts
from ledger.record.page_guards import impersonal
from ledger.record.refusals import Refusal, Scene, who_may
from ledger.record.states import CASE_STATES, COMMITMENT_STATES, DECIDES
from ledger.record.transitions import PROPOSED_BY, RULES, Rule

_CHECKS = {**case_guards.CHECKS, **commitment_guards.CHECKS, **record_guards.CHECKS}
_CONFIRMS = {**case_guards.CONFIRMS, **commitment_guards.CONFIRMS}
_SECOND_PERSON = {**commitment_guards.SECOND_PERSON, **record_guards.SECOND_PERSON}
_STATES = {**CASE_STATES, **COMMITMENT_STATES}
# Commands whose subject does not have to exist yet.
_FREE = (
    c.OpenCase, c.ProposeCommitment, c.Undo, c.ErasePayload, c.LoadCalendar, c.RecordRun, c.QueueAlert,
    c.RecordDelivery,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Ruling:
    """The answer. `single_person`: a second person was demanded and the office has switched that off."""

    refusal: Refusal | None = None
    single_person: bool = False


def check(command: Command, facts: Facts, scene: Scene) -> Ruling:
    """Whether the actor may do this now. Pure: everything it needs is in its arguments."""
    rule = RULES[type(command)]
    refusal = (
        _known_actor(rule, scene)
        or _existing(command, facts)
        or _role(rule, command, facts, scene)
        or _state(rule, command, facts)
        or impersonal(command)
        or _demands(command, facts, scene)
    )
    if refusal is not None:
        return Ruling(refusal)
    second = _SECOND_PERSON.get(type(command))
    refusal = second(command, facts, scene) if second and not scene.system else None
    waived = refusal is not None and not scene.office.four_eyes
    return Ruling(None if waived else refusal, single_person=waived)


def _known_actor(rule: Rule, scene: Scene) -> Refusal | None:
    """A person acts as huiying.toml declares him, a job only where a job may."""
    actor = scene.actor
    if scene.system:
        who = who_may(rule.who, scene.office)
        return None if rule.system else Refusal("actor", "这一步须由人办理，系统不能代办", who)
    if scene.office.person(actor.name) != actor:
        return Refusal("actor", f"“{actor.name}”不是 huiying.toml 登记的人员，或单位、角色与登记不符")
    return None


def _existing(command: Command, facts: Facts) -> Refusal | None:
    if isinstance(command, c.Confirm | c.Decline):
        if facts.proposal is None or facts.proposal.state != "open":
            return Refusal("subject", f"没有待决定的 {command.proposal} 号提议")
    elif not isinstance(command, _FREE) and facts.case is None and facts.commitment is None:
        return Refusal("subject", f"找不到“{facts.subject}”，请用 huiying case list 或 commitment list 查编号")
    if isinstance(command, c.ProposeCommitment) and command.case is not None and facts.case is None:
        return Refusal("subject", f"找不到案件“{command.case}”")
    return None


def _role(rule: Rule, command: Command, facts: Facts, scene: Scene) -> Refusal | None:
    wanted: tuple[Role, ...] = rule.who
    if facts.proposal is not None:
        wanted = DECIDES[facts.proposal.kind]
    if scene.system or set(wanted) & set(scene.actor.roles):
        return None
    return Refusal("role", f"{scene.actor.name}没有办理这一步的角色", who_may(wanted, scene.office))


def _state(rule: Rule, command: Command, facts: Facts) -> Refusal | None:
    before = rule.before
    if isinstance(command, c.Confirm) and facts.proposal is not None:
        before = before_confirming(facts)
    if not before or facts.status in before:
        return None
    allowed = "、".join(name for code, name in _STATES.items() if code in before)
    return Refusal("state", f"{facts.subject} 现在是“{_STATES[facts.status]}”，这一步只能在“{allowed}”时办理")


def before_confirming(facts: Facts) -> frozenset[str]:
    """The states in which the open proposal can still be carried out."""
    assert facts.proposal is not None
    kind = facts.proposal.kind
    command = PROPOSED_BY.get(kind) or (c.Reopen if facts.commitment else c.ReopenCase)
    return RULES[command].before


def _demands(command: Any, facts: Facts, scene: Scene) -> Refusal | None:
    checks = _CHECKS.get(type(command), ())
    if isinstance(command, c.Confirm) and facts.proposal is not None:
        reopening_promise = facts.proposal.kind == "reopen" and facts.commitment is not None
        checks = () if reopening_promise else _CONFIRMS[facts.proposal.kind]
    return next((refusal for check in checks if (refusal := check(command, facts, scene))), None)
