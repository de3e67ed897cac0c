"""From typed words to a command of the record: units by their full names, pages fetched, deadlines computed.

Everything slow or doubtful (the network, a wording) happens here, before the ledger is locked. What cannot be
settled comes back as problems with a remedy; nothing is guessed.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING, Any, cast

from crawlers.clock import CHINA, unstamp
from crawlers.office import ClockBasis
from crawlers.workspace import Problem
from ledger.fields import Desk, Field, Typed
from ledger.forms import Form
from ledger.proof.evidence import Evidence, capture
from ledger.proof.fetch import Refusal, Visitor
from ledger.record import commands as do
from ledger.record.cases import full_id
from ledger.record.commitments import Claim, waiting_claims
from ledger.record.desk import Outcome, apply, apply_many
from ledger.record.parts import Clock, Quote
from ledger.record.states import RUBRIC, RUBRIC_VERSION
from ledger.timing.clocks import case_clocks, extended_clock, promise_clock, recorded
from ledger.timing.deadlines import due as due_by
from ledger.timing.in_force import Timing, in_force
from ledger.timing.rules import Rules, extended
from ledger.units import members_of, resolve

if TYPE_CHECKING:
    from ledger.promises.plans import Plan
    from ledger.proof.match import Line
    from ledger.record.cases import Case
    from ledger.record.dues import Due

WHERE = "命令行"


class NotFilled(Exception):
    """The typed words do not make a command; `problems` says why, all at once."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("；".join(map(str, problems)))
        self.problems = problems


def carry_out(form: Form, typed: Typed, desk: Desk, *, dry_run: bool) -> Outcome | list[Problem]:
    """Fill the form, and hand the command to the one choke point; the problems if it cannot be filled."""
    try:
        command = fill(form, typed, desk)
    except NotFilled as stopped:
        return stopped.problems
    office = desk.office
    return apply(desk.ledger(), command, actor=desk.actor, office=office, now=desk.now, dry_run=dry_run)


def fill(form: Form, typed: Typed, desk: Desk) -> do.Command:
    """The command that the typed words mean. Raises NotFilled."""
    filler = _Filler(desk)
    values = {
        one.name: filler.value(one, typed[one.name])
        for one in form.fields
        if typed.get(one.name) not in (None, (), "", False)
    }
    if not filler.problems:
        values = _COMPLETE.get(form.command, _as_it_stands)(filler, values)
    if filler.problems:
        raise NotFilled(filler.problems)
    command: do.Command = form.command(**values)
    return command


@dataclass
class _Filler:
    """One command being filled: remembers what is wrong and which page was fetched."""

    desk: Desk
    problems: list[Problem] = field(default_factory=list)
    page: Evidence | None = None

    @cached_property
    def timing(self) -> Timing:
        """The calendar and rules of the workspace; a file that cannot be read is a problem, and nothing is written."""
        timing, problems = in_force(self.desk.root)
        self.problems += problems
        return timing

    def clocks(self, case: "Case", label: str, *, start: datetime, major: bool) -> tuple[Clock, ...]:
        """The clocks that a case on record starts, by the channel that its own clocks tell of.

        A new round begins at its own `start`, whenever the letter of the first one came in.
        """
        channel, received = _channel(case, self.timing.rules)
        received = received if start == case.clock_start else None
        basis = cast(ClockBasis, case.clock_basis)
        return case_clocks(
            label, start=start, basis=basis, major=major, channel=channel, received=received, timing=self.timing
        )

    def value(self, one: Field, raw: Any) -> Any:
        """The typed `raw` as the value its kind means; None after a problem."""
        reader = _READERS.get(one.kind)
        return raw if reader is None else reader(self, one, raw)

    def wrong(self, place: str, message: str, remedy: str) -> None:
        """Remember a problem."""
        self.problems.append(Problem(WHERE, place, message, remedy))

    def fetch(self, url: str, place: str) -> Evidence | None:
        """The public page at `url`, kept in the evidence store; a refusal is a problem."""
        store = self.desk.workspace.evidence
        found = capture(Visitor(self.desk.office), url, store=store, now=self.desk.now)
        if isinstance(found, Refusal):
            self.wrong(place, found.message, "台账只认不登录就能打开的官方公开网页")
            return None
        self.page = found
        return found


def _units(filler: _Filler, one: Field, raw: tuple[str, ...]) -> tuple[str, ...]:
    office = filler.desk.office
    found = [resolve(text, office, on=filler.desk.now.date()) for text in raw]
    filler.problems += [problem for named in found for problem in named.problems]
    for group in dict.fromkeys(group for named in found for group in named.groups):
        members = members_of(group, office, on=filler.desk.now.date())
        named_one_by_one = " ".join(f"--{one.typed} {name}" for name in members)
        filler.wrong(f"--{one.typed}", f"「{group}」是一个统称", f"请逐一写出负责的单位，如 {named_one_by_one}")
    return tuple(dict.fromkeys(name for named in found for name in named.units))


def _unit(filler: _Filler, one: Field, raw: str) -> str:
    names = _units(filler, one, (raw,))
    if len(names) > 1:
        filler.wrong(f"--{one.typed}", f"这里只能写一个单位：{'、'.join(names)}", "请分开办理")
    return names[0] if names else ""


def _page(filler: _Filler, one: Field, raw: str) -> Any:
    found = filler.fetch(raw, f"--{one.typed}")
    return found.snapshot(filler.desk.actor.name) if found else None


def _checks(filler: _Filler, one: Field, raw: tuple[str, ...]) -> dict[str, str]:
    answers: dict[str, str] = {}
    for item in raw:
        name, _, answer = item.partition("=")
        if answer not in {"yes", "no", "na"} or name not in {*RUBRIC, "all"}:
            known = "、".join(f"{code}（{text}）" for code, text in RUBRIC.items())
            filler.wrong(f"--{one.typed}", f"写法不对：{item}", f"应为 项=yes、no 或 na，项有：{known}")
            continue
        answers |= dict.fromkeys(RUBRIC, answer) if name == "all" else {name: answer}
    return answers


def _labels(filler: _Filler, one: Field, raw: tuple[str, ...]) -> tuple[str, ...]:
    codes = [code for code in filler.desk.taxonomy.codes if code != "none"]
    unknown = [code for code in raw if code not in codes]
    if unknown:
        filler.wrong(f"--{one.typed}", f"没有标签 {'、'.join(unknown)}", f"可用的有：{'、'.join(codes)}")
    return raw


def _texts(filler: _Filler, one: Field, raw: tuple[str, ...]) -> tuple[str, ...]:
    return raw


_READERS: Mapping[str, Callable[[_Filler, Field, Any], Any]] = {
    "units": _units,
    "unit": _unit,
    "page": _page,
    "checks": _checks,
    "labels": _labels,
    "texts": _texts,
}


# What a command needs beyond what was typed.


def _as_it_stands(filler: _Filler, values: dict[str, Any]) -> dict[str, Any]:
    return values


def _open_case(filler: _Filler, values: dict[str, Any]) -> dict[str, Any]:
    basis = filler.desk.office.clock_basis
    if "received" in values and values["received"] > filler.desk.now:
        filler.wrong("--received", "收到的时间还没到", "请核对日期")
    times = {"occurred": "occurred_at", "detected": "detected_at", "assigned": "assigned_at"}
    major = bool(values.get("major"))
    clocks = case_clocks(
        values["labels"][0],
        start=values["clock_start"],
        basis=basis,
        major=major,
        channel=values.pop("channel", ""),
        received=values.pop("received", None),
        inquiry=values.pop("inquiry", False),
        timing=filler.timing,
    )
    values |= {times[basis]: values["clock_start"], "clock_basis": basis, "clocks": clocks}
    return values | {"taxonomy": filler.desk.taxonomy.version, "origin": "hand"}


def _assess(filler: _Filler, values: dict[str, Any]) -> dict[str, Any]:
    from ledger.record import cases

    if "labels" in values:
        values["taxonomy"] = filler.desk.taxonomy.version
    case = cases.get(filler.desk.ledger(), values["case"])
    if case and ("labels" in values or "major" in values):
        label = values.get("labels", case.labels)[0]
        major = bool(values.get("major", case.major))
        known = {due.clock for due in case.dues}
        clocks = filler.clocks(case, label, start=case.clock_start, major=major)
        values["clocks"] = tuple(clock for clock in clocks if clock.name not in known)
    return values


def _channel(case: "Case", rules: Rules) -> tuple[str, datetime | None]:
    """By which channel a case came in, as the rules of its clocks say, and when it was received, if one of them runs
    from that; ("", None) for a case of no channel.
    """
    for one in case.dues:
        rule = rules.get(one.rule)
        if rule and rule.channels:
            anchor = one.deadline.get("anchor") if rule.start == "receipt" else None
            return rule.channels[0], unstamp(anchor) if anchor else None
    return "", None


def _reopen_case(filler: _Filler, values: dict[str, Any]) -> dict[str, Any]:
    from ledger.record import cases

    case = cases.get(filler.desk.ledger(), values["case"])
    if case:
        values["clocks"] = filler.clocks(case, case.label, start=values["clock_start"], major=case.major)
    return values


def _confirm(filler: _Filler, values: dict[str, Any]) -> dict[str, Any]:
    if "clock_start" in values:
        from ledger.record import cases, proposals

        proposal = proposals.get(filler.desk.ledger(), values["proposal"])
        case = cases.get(filler.desk.ledger(), proposal.subject) if proposal else None
        if case:
            values["clocks"] = filler.clocks(case, case.label, start=values["clock_start"], major=case.major)
    return values


def _propose(filler: _Filler, values: dict[str, Any]) -> dict[str, Any]:
    words = values["quote"]
    quote = _quoted(filler, words)
    del values["snapshot"]
    wording = values.pop("clock", None) or words
    return values | {
        "quote": quote,
        "origin": "answer",
        "strength": values.get("strength", "hard"),
        "clock": promise_clock(wording, promised_at=values["promised_at"], timing=filler.timing),
    }


def _quoted(filler: _Filler, words: str) -> Quote | None:
    quote = filler.page.quote(words) if filler.page else None
    if quote is None:
        filler.wrong("--quote", "网页上没有一字不差的这句话", "请从网页上复制原话，不要改写")
    return quote


def _register(filler: _Filler, values: dict[str, Any]) -> dict[str, Any]:
    if "clock" in values:
        values["clock"] = _promised(filler, values)
    return values


def _promised(filler: _Filler, values: dict[str, Any]) -> Clock | None:
    """A corrected deadline counts from the day of the promise, an unknown commitment from today (and is refused)."""
    from ledger.record import commitments

    found = commitments.get(filler.desk.ledger(), values["commitment"])
    since = found.promised_at if found and found.promised_at else filler.desk.now
    return promise_clock(values["clock"], promised_at=since, timing=filler.timing)


def _claim(filler: _Filler, values: dict[str, Any]) -> dict[str, Any]:
    _quoted(filler, values["quote"])
    return values


def _waiting(filler: _Filler, number: str) -> Claim | None:
    """The claim on that commitment which waits for a verifier."""
    db = filler.desk.ledger()
    subject = full_id(db, number, table="commitments")
    return next((claim for claim in waiting_claims(db) if claim.commitment_id == subject), None)


def _still_there(filler: _Filler, page: Evidence, claim: Claim, note: str) -> None:
    """The claimed words must stand on the page as fetched just now; nearly so only with a person's note."""
    found = page.find(claim.quote)
    if found.kind == "absent":
        filler.wrong(claim.url, "网页上找不到申报的原话", "可用 --decision returned --reason not_public 退回")
    elif found.needs_note and not note:
        filler.wrong(claim.url, "网页上只有相近的话，不是申报的原话", "确认无误的，用 --note 写明理由")


def _verify(filler: _Filler, values: dict[str, Any]) -> dict[str, Any]:
    """The verifier's own run fetches the claimed page again; a page that cannot be fetched can only be returned."""
    claim = _waiting(filler, values["commitment"])
    if claim is None:
        filler.wrong(values["commitment"], "没有待核查的申报", "用 huiying today 看有哪些待核查")
        return values
    found = capture(Visitor(filler.desk.office), claim.url, store=filler.desk.workspace.evidence, now=filler.desk.now)
    snapshot = None if isinstance(found, Refusal) else found.snapshot(filler.desk.actor.name)
    if isinstance(found, Refusal) and values["decision"] == "accepted":
        filler.wrong(claim.url, found.message, "核查员打不开的网页不能作为通过的依据；可用 returned 退回")
    if isinstance(found, Evidence) and values["decision"] == "accepted":
        _still_there(filler, found, claim, values.get("note", ""))
    return values | {
        "claim": claim.id,
        "snapshot": snapshot,
        "checklist": values.get("checklist", {}),
        "rubric": RUBRIC_VERSION,
    }


def _extend(filler: _Filler, values: dict[str, Any]) -> dict[str, Any]:
    return values | {"clock": promise_clock(values["clock"], promised_at=filler.desk.now, timing=filler.timing)}


def _extend_case(filler: _Filler, values: dict[str, Any]) -> dict[str, Any]:
    """The new deadline of a case's clock, and how far its rule lets it go."""
    from ledger.record import cases

    case, rules = cases.get(filler.desk.ledger(), values["case"]), filler.timing.rules
    which, wording = values.pop("which", None), values.pop("clock", "")
    due = _to_extend(case.dues if case else (), rules, which)
    rule = rules.get(due.rule) if due else None
    if due is None or due.due_date is None:
        filler.wrong(
            values["case"], "没有在走的时限可以延长，或不止一个", "用 huiying case show 查看，用 --clock 写明是哪个"
        )
        return values
    last = date.fromisoformat(due.due_date)
    start = unstamp(due.deadline["anchor"]) if "anchor" in due.deadline else due.recorded_at
    most = extended(rule, start=start, last=last, calendar=filler.timing.calendar) if rule else None
    ends = datetime.combine(last, time(), CHINA)
    new = due_by(wording, anchor=ends, basis="received", calendar=filler.timing.calendar) if wording else most
    if rule is None or most is None or new is None:
        name = rule.name if rule else due.name
        law = f"「{name}」没有规定可以延长，按原期限办理" if rule else f"「{name}」不是按规则定的时限，不能这样延长"
        return values | {"clock": Clock(**due.as_clock()), "latest": None, "law": law}
    law = f"{rule.extension}（{rule.document}{f'，{rule.article}' if rule.article else ''}）"
    clock = extended_clock(rule, new, rules, last=last)
    return values | {"clock": clock, "latest": most.due_at, "law": law}


def _to_extend(dues: "Sequence[Due]", rules: Rules, which: str | None) -> "Due | None":
    """The running clock that is meant: the one named, the one whose rule may be put off, or the only one."""
    running = [due for due in dues if due.running and due.due_at and which in (None, due.clock)]
    allowed = [due for due in running if (rule := rules.get(due.rule)) and (rule.extend_by or rule.extend_to)]
    found = allowed or running
    return found[0] if len(found) == 1 else None


_COMPLETE: Mapping[type, Callable[[_Filler, dict[str, Any]], dict[str, Any]]] = {
    do.OpenCase: _open_case,
    do.AssessCase: _assess,
    do.ReopenCase: _reopen_case,
    do.Confirm: _confirm,
    do.ProposeCommitment: _propose,
    do.RegisterCommitment: _register,
    do.ClaimFulfilment: _claim,
    do.VerifyFulfilment: _verify,
    do.RequestExtension: _extend,
    do.ExtendCase: _extend_case,
}


def checklist(number: str, desk: Desk) -> "tuple[Line, ...] | list[Problem]":
    """Promise against the claimed page as it is now, for a verifier to read before deciding; decides nothing."""
    from ledger.proof.match import lines_for
    from ledger.record import commitments

    filler = _Filler(desk)
    claim = _waiting(filler, number)
    promise = commitments.get(desk.ledger(), number)
    if claim is None or promise is None:
        return [Problem(number, "", "没有待核查的申报", "用 huiying today 看有哪些待核查")]
    page = filler.fetch(claim.url, claim.url)
    return filler.problems if page is None else lines_for(promise, page, claim.quote, desk.office)


def propose_plan(plan: "Plan", desk: Desk, source: bytes) -> list[Outcome]:
    """Propose every item of a work plan as a commitment of its own, anchored in the document's bytes."""
    anchor = sha256(source).hexdigest()
    promised_at = datetime.combine(plan.dated, time(), CHINA) if plan.dated else None
    commands = [
        do.ProposeCommitment(
            quote=Quote(exact=item.text, anchor="plan", sha256=anchor),
            origin="plan",
            strength="hard",
            plan=plan.title,
            number=str(item.number),
            lead=item.lead,
            responsible=item.responsible,
            clock=Clock(name="fulfil", deadline=recorded(item.due)) if item.due else None,
            promised_at=promised_at,
        )
        for item in plan.items
    ]
    return apply_many(desk.ledger(), commands, actor=desk.actor, office=desk.office, now=desk.now)
