"""From a rule or a promise's own words to the clock that a command carries into the record."""

from dataclasses import replace
from datetime import date, datetime
from typing import Any

from crawlers.office import ClockBasis
from ledger.record.parts import Clock
from ledger.timing.deadlines import Deadline, due
from ledger.timing.in_force import Timing, shipped
from ledger.timing.places import show
from ledger.timing.rules import GROUNDS, Moments, Rule, Rules, case_deadlines


def case_clocks(
    label: str,
    *,
    start: datetime,
    basis: ClockBasis,
    major: bool = False,
    channel: str = "",
    received: datetime | None = None,
    inquiry: bool = False,
    timing: Timing | None = None,
) -> tuple[Clock, ...]:
    """The clocks that a case of `label` (taxonomy code) starts at `start` (aware), one a clock name.

    `channel` is that of its posts; `received` is when a letter or work order came in (None: not known). Where two
    rules start the same clock, the earlier one binds. `timing` is what is in force in the workspace.
    """
    moments = Moments(start=start, basis=basis, received=received)
    timing = timing or shipped()
    rules = timing.rules
    found: dict[str, tuple[Rule, Deadline]] = {}
    # 特别重大、重大突发事件 bring the 5 h and 24 h whatever else the matter is about (国办发〔2016〕80号).
    kind = "emergency" if major else label
    starting = case_deadlines(
        kind, moments, major=major, channel=channel, inquiry=inquiry, rules=rules, calendar=timing.calendar
    )
    for rule_id, deadline in starting:
        rule = rules.get(rule_id)
        if rule and rule.start == "document":
            continue  # a clock that runs from a document's publication starts with the document, not with a letter
        if rule and (rule.clock not in found or _earlier(deadline, found[rule.clock][1])):
            found[rule.clock] = (rule, deadline)
    return tuple(rule_clock(rule, deadline, rules) for rule, deadline in found.values())


def rule_clock(rule: Rule, deadline: Deadline, rules: Rules) -> Clock:
    """The clock of a rule, with the version of the rules that it was read in."""
    kept = recorded(deadline) | {"rules": rules.version, "grounds": GROUNDS}
    return Clock(name=rule.clock, deadline=kept, rule=rule.id, met_by=rule.met_by)  # type: ignore[arg-type] # read_rules checks them


def extended_clock(rule: Rule, deadline: Deadline, rules: Rules, *, last: date) -> Clock:
    """The clock of a rule put off from its `last` day, as the rule allows once."""
    source = f"依据：{rule.document}{f'，{rule.article}' if rule.article else ''}（证据等级 {rule.evidence}）"
    grounds = (f"{rule.name}：延长一次", source, f"原期限 {show(last)}；{rule.extension}")
    clock = rule_clock(rule, replace(deadline, explanation=(*grounds, *deadline.explanation)), rules)
    return replace(clock, deadline={**clock.deadline, "extended": True})


def promise_clock(wording: str, *, promised_at: datetime, timing: Timing | None = None) -> Clock:
    """The clock of a promise: `wording` counted from the day it was made public."""
    calendar = timing.calendar if timing else None
    return Clock(name="fulfil", deadline=recorded(due(wording, anchor=promised_at, calendar=calendar)))


def recorded(deadline: Deadline) -> dict[str, Any]:
    """The deadline as the record keeps it: what is empty is left out."""
    return {key: value for key, value in deadline.as_json().items() if value not in (None, "", [], False)}


def _earlier(one: Deadline, other: Deadline) -> bool:
    if one.due_at is None or other.due_at is None:
        return other.due_at is None and one.due_at is not None
    return one.due_at < other.due_at
