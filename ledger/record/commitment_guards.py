"""What a commitment demands beyond state and role: pure checks, and who may not be the second person.

A promise is kept when somebody who neither owes it nor claimed it nor moved its date has fetched the proving public
page again and answered every item of the rubric.
"""

from collections.abc import Mapping
from typing import Any

from ledger.record import commands as c
from ledger.record.case_guards import Check
from ledger.record.commitments import Claim, Commitment, Extension
from ledger.record.dues import Due, in_force
from ledger.record.facts import Facts
from ledger.record.page_guards import evidence, not_in_future, official_page, said
from ledger.record.refusals import Refusal, Scene, who_may
from ledger.record.states import (
    CASE_ENDED,
    COMMITMENT_OPEN,
    FRESH,
    GRACE,
    MAX_EXTENSIONS,
    RUBRIC,
    RUBRIC_ALWAYS,
    RUBRIC_VERSION,
)
from ledger.record.unit_guards import declared, of_units, stands_in

FULFIL = "fulfil"


def _proposing(command: c.ProposeCommitment, facts: Facts, scene: Scene) -> Refusal | None:
    if facts.twins:
        return Refusal("duplicate", f"同一句话已登记为 {facts.twins[0]}")
    if command.clock is not None and command.clock.name != FULFIL:
        return Refusal("incomplete", "承诺的时限只能是落实时限")
    return (
        said(command.quote.exact, "承诺原话")
        or not_in_future(command.promised_at, "承诺公开的时间", scene)
        or (_from_answer(command, facts, scene) if command.origin == "answer" else _from_plan(command))
    )


def _from_plan(command: c.ProposeCommitment) -> Refusal | None:
    if command.case is not None or not command.plan:
        return Refusal("incomplete", "工作要点或常设职责的承诺须写明文件名称，不属于任何案件")
    return None


def _from_answer(command: c.ProposeCommitment, facts: Facts, scene: Scene) -> Refusal | None:
    """The quote is anchored in an answer of this case that is on record, or in a page that comes with it."""
    if facts.case is None:
        return Refusal("subject", "答复中的承诺须属于一个案件")
    if facts.case.status in CASE_ENDED:
        return Refusal("state", f"{facts.case.id} {facts.case.state}，请先重新启动或写明并入后的编号")
    if command.snapshot is not None:
        wrong = command.snapshot.sha256 != command.quote.sha256
        return Refusal("page", "原话不在所给的网页上") if wrong else evidence(command.snapshot, scene)
    if command.quote.sha256 not in {response.anchor for response in facts.responses}:
        return Refusal("page", "原话须出自本案登记过的公开答复，请先登记答复")
    return None


def _registering(command: c.RegisterCommitment, facts: Facts, scene: Scene) -> Refusal | None:
    """Owners are named units: what the office as a whole owes, nobody owes, and nobody in it could verify."""
    if not (command.lead or command.responsible):
        return Refusal("incomplete", "须写明牵头或责任单位")
    due = in_force(_of(facts).dues, FULFIL)
    if command.clock is None and due is not None and due.certainty == "ambiguous":
        return Refusal("incomplete", f"时限“{due.raw}”有歧义，登记时须确认日期")
    quota = command.quota is not None and command.quota > 0
    if quota != (command.kind == "quota"):
        return Refusal("incomplete", "次数类承诺须写明次数，其他种类不写")
    return declared((*command.lead, *command.responsible), scene) or said(command.criterion, "可核查的标准")


def _owning(command: Any, facts: Facts, scene: Scene) -> Refusal | None:
    """A liaison speaks only for a unit that owes the promise."""
    owners = [owner.unit for owner in _of(facts).owners]
    if of_units(scene.actor, owners, scene.office):
        return None
    return Refusal("unit", "你所在的单位不是这条承诺的责任单位", f"{'、'.join(owners)}的联络员")


def _leading(command: Any, facts: Facts, scene: Scene) -> Refusal | None:
    """Giving a promise up is asked by its lead; without a lead, by any owner."""
    leads = [owner.unit for owner in _of(facts).owners if owner.role == "lead"]
    if not leads or of_units(scene.actor, leads, scene.office):
        return None
    return Refusal("unit", "须由牵头单位提出", f"{'、'.join(leads)}的联络员")


def _claiming(command: c.ClaimFulfilment, facts: Facts, scene: Scene) -> Refusal | None:
    commitment = _of(facts)
    if not commitment.measurable:
        return Refusal("state", "这条承诺登记时判为不可核查，不能申报落实")
    page = command.snapshot
    if page.sha256 == commitment.anchor or command.quote.strip() == commitment.quote:
        return Refusal("page", "承诺本身不能作为落实的依据")
    open_claims = [claim for claim in facts.claims if claim.decision != "returned"]
    if any(claim.url == page.url_final and claim.quote == command.quote and claim.period == command.period
           for claim in open_claims):  # fmt: skip
        return Refusal("duplicate", "同一网页上的同一句话已经申报过")
    return evidence(page, scene, within=FRESH) or said(command.quote, "落实原话") or _scope(command, facts, scene)


def _scope(command: c.ClaimFulfilment, facts: Facts, scene: Scene) -> Refusal | None:
    commitment = _of(facts)
    if commitment.kind == "quota" and (command.scope != "count" or not command.count or command.count < 1):
        return Refusal("incomplete", "次数类承诺须申报这份依据证明了几次")
    if commitment.kind != "quota" and command.scope == "count":
        return Refusal("incomplete", "这不是次数类承诺")
    if commitment.kind == "recurring" and not command.period:
        return Refusal("incomplete", "定期类承诺须写明是哪一期")
    waiting = [claim for claim in facts.claims if claim.decision is None]
    if any(owner.part for owner in commitment.owners):
        return _part(command, commitment, waiting, scene)
    if command.part:
        return Refusal("incomplete", "这条承诺没有分单位核查的部分")
    if command.scope == "whole" and waiting:
        return Refusal("duplicate", f"申报 {waiting[0].id} 还在等核查")
    return None


def _part(command: c.ClaimFulfilment, commitment: Commitment, waiting: list[Claim], scene: Scene) -> Refusal | None:
    """Several owners: each proves its own part, nobody proves the whole."""
    parts = {owner.unit: owner for owner in commitment.owners if owner.part}
    if command.scope != "part" or command.part not in parts:
        return Refusal("incomplete", f"几家共同承诺的，须逐家申报各自的部分：{'、'.join(parts)}")
    if parts[command.part].verified_at:
        return Refusal("duplicate", f"“{command.part}”的部分已经核查通过")
    if any(claim.part == command.part for claim in waiting):
        return Refusal("duplicate", f"“{command.part}”的部分还在等核查")
    leads = [owner.unit for owner in commitment.owners if owner.role == "lead"]
    if of_units(scene.actor, [command.part, *leads], scene.office):
        return None
    return Refusal("unit", f"只能由“{command.part}”或牵头单位申报这一部分")


def _verifying(command: c.VerifyFulfilment, facts: Facts, scene: Scene) -> Refusal | None:
    claim = _claim(command, facts)
    if claim is None:
        return Refusal("subject", f"没有待核查的申报 {command.claim}")
    if command.rubric != RUBRIC_VERSION or set(command.checklist) != set(RUBRIC):
        return Refusal("incomplete", f"须逐项回答第 {RUBRIC_VERSION} 版核查单：{'；'.join(RUBRIC.values())}")
    if command.decision == "returned":
        page = command.snapshot and official_page(command.snapshot.url_asked, scene)
        return page or (None if command.reason else Refusal("incomplete", "退回须写明原因"))
    return _own_fetch(command, claim, scene) or _answers(command)


def _own_fetch(command: c.VerifyFulfilment, claim: Claim, scene: Scene) -> Refusal | None:
    page = command.snapshot
    if page is None:
        return Refusal("page", "通过之前，核查员须自己重新打开一次网页")
    if page.fetched_by != scene.actor.name or page.fetched_at < claim.claimed_at:
        return Refusal("page", "核查须用核查员本人在申报之后重新取得的网页")
    if claim.url not in (page.url_asked, page.url_final):
        return Refusal("page", "核查的不是所申报的网页")
    return evidence(page, scene, within=FRESH)


def _answers(command: c.VerifyFulfilment) -> Refusal | None:
    failed = [RUBRIC[item] for item, answer in command.checklist.items() if answer == "no"]
    skipped = [RUBRIC[item] for item in sorted(RUBRIC_ALWAYS) if command.checklist[item] == "na"]
    if failed:
        return Refusal("state", f"核查单有不符合的项，只能退回：{'；'.join(failed)}")
    return Refusal("incomplete", f"这些项不能答“不适用”：{'；'.join(skipped)}") if skipped else None


def _extending(command: c.RequestExtension, facts: Facts, scene: Scene) -> Refusal | None:
    commitment, due = _of(facts), in_force(_of(facts).dues, FULFIL)
    if due is None or due.due_at is None:
        return Refusal("state", "这条承诺没有明确时限，请先确认日期")
    if command.clock.name != FULFIL or command.clock.due_at is None or command.clock.due_at <= due.due_at:
        return Refusal("date", "新期限须有确定日期，且晚于现行期限")
    if commitment.extensions >= MAX_EXTENSIONS:
        return Refusal("state", f"已延期 {commitment.extensions} 次，不能再延（本地规定，至多 {MAX_EXTENSIONS} 次）")
    if _request(facts) is not None:
        return Refusal("duplicate", "已有一份延期申请在等批准")
    return _before(due, scene) or said(command.reason, "延期理由") or evidence(command.notice, scene)


def _before(due: Due, scene: Scene) -> Refusal | None:
    """A date that has passed is broken, not movable."""
    passed = due.due_at is not None and scene.now >= due.due_at
    return Refusal("date", "期限已过，不能再延期；只能如实记为逾期") if passed else None


def _approving(command: c.ApproveExtension, facts: Facts, scene: Scene) -> Refusal | None:
    due = in_force(_of(facts).dues, FULFIL)
    if _request(facts) is None or due is None:
        return Refusal("subject", "没有待批准的延期申请")
    return _before(due, scene)


def _refusing(command: c.RefuseExtension, facts: Facts, scene: Scene) -> Refusal | None:
    return said(command.reason, "理由") if _request(facts) else Refusal("subject", "没有待批准的延期申请")


def _explaining(command: c.Withdraw | c.Supersede, facts: Facts, scene: Scene) -> Refusal | None:
    return said(command.reason, "理由") or evidence(command.explanation, scene)


def _replacing(command: c.Supersede | c.Confirm, facts: Facts, scene: Scene) -> Refusal | None:
    if facts.other is None or facts.other.id == facts.subject:
        return Refusal("subject", "找不到代替它的承诺")
    if facts.other.status not in COMMITMENT_OPEN:
        return Refusal("state", f"{facts.other.id} {facts.other.state}，不能用来代替")
    return None


def _missing(command: c.MarkMissed, facts: Facts, scene: Scene) -> Refusal | None:
    due = in_force(_of(facts).dues, FULFIL)
    if due is None or due.due_at is None:
        return Refusal("state", "这条承诺没有明确时限，请先确认日期")
    if scene.now < due.due_at + GRACE:
        return Refusal("date", f"到期后满 {GRACE.days} 天仍未落实，才能记为未兑现（逾期从到期起就已计入）")
    return said(command.reason, "理由")


def _rejecting(command: c.RejectProposal | c.Reopen, facts: Facts, scene: Scene) -> Refusal | None:
    return said(command.reason, "理由")


def _noting(command: c.ReportDone, facts: Facts, scene: Scene) -> Refusal | None:
    return said(command.note, "做了什么")


def _looking(command: c.MarkChecked, facts: Facts, scene: Scene) -> Refusal | None:
    return next((refusal for url in command.looked_at if (refusal := official_page(url, scene))), None)


def _asked_once(command: c.Withdraw | c.Supersede, facts: Facts, scene: Scene) -> Refusal | None:
    waiting = [proposal for proposal in facts.pending if proposal.kind in ("withdraw", "supersede")]
    return Refusal("duplicate", f"提议 {waiting[0].id}（{waiting[0].name}）还在等决定") if waiting else None


CHECKS: Mapping[type, tuple[Check, ...]] = {
    c.ProposeCommitment: (_proposing,),
    c.RegisterCommitment: (_registering,),
    c.RejectProposal: (_rejecting,),
    c.StartWork: (_owning,),
    c.ReportDone: (_owning, _noting),
    c.ClaimFulfilment: (_owning, _claiming),
    c.VerifyFulfilment: (_verifying,),
    c.RequestExtension: (_owning, _extending),
    c.ApproveExtension: (_approving,),
    c.RefuseExtension: (_refusing,),
    c.Withdraw: (_owning, _leading, _explaining, _asked_once),
    c.Supersede: (_owning, _leading, _explaining, _replacing, _asked_once),
    c.MarkMissed: (_missing,),
    c.Reopen: (_rejecting,),
    c.MarkChecked: (_looking,),
}
CONFIRMS: Mapping[str, tuple[Check, ...]] = {"supersede": (_replacing,), "withdraw": ()}


def not_the_proposer(command: Any, facts: Facts, scene: Scene) -> Refusal | None:
    """Whoever found the sentence does not also decide that it is (or is not) a promise."""
    if scene.actor.name != _of(facts).proposed_by:
        return None
    who = who_may(("analyst", "duty_head", "verifier"), scene.office, but=(scene.actor.name,))
    return Refusal("four_eyes", "提出的人不能自己确认", who)


def not_the_requester(command: Any, facts: Facts, scene: Scene) -> Refusal | None:
    """Whoever asks for a later date does not approve it."""
    request = _request(facts)
    if request is None or request.requested_by != scene.actor.name:
        return None
    who = who_may(("approver", "superior"), scene.office, but=(scene.actor.name,))
    return Refusal("four_eyes", "申请延期的人不能自己批准", who)


def not_involved(command: c.VerifyFulfilment, facts: Facts, scene: Scene) -> Refusal | None:
    """The verifier neither claimed, nor owes, nor approved a later date."""
    name, commitment = scene.actor.name, _of(facts)
    claimants = {claim.claimed_by for claim in facts.claims}
    approvers = {one.decided_by for one in facts.extensions if one.state == "approved" and one.decided_by}
    owners = [owner.unit for owner in commitment.owners]
    but = {person.name for person in scene.office.people if stands_in(person, owners, scene.office)}
    who = who_may(("verifier",), scene.office, but=claimants | approvers | but)
    if name in claimants:
        return Refusal("four_eyes", "申报落实的人不能自己核查", who)
    if stands_in(scene.actor, owners, scene.office):
        return Refusal("four_eyes", "责任单位的人不能核查本单位的承诺", who)
    return Refusal("four_eyes", "批准过延期的人不能核查这条承诺", who) if name in approvers else None


SECOND_PERSON: Mapping[type, Check] = {
    c.RegisterCommitment: not_the_proposer,
    c.RejectProposal: not_the_proposer,
    c.ApproveExtension: not_the_requester,
    c.RefuseExtension: not_the_requester,
    c.VerifyFulfilment: not_involved,
}


def _of(facts: Facts) -> Commitment:
    assert facts.commitment is not None  # the general guard has refused a missing subject before
    return facts.commitment


def _claim(command: c.VerifyFulfilment, facts: Facts) -> Claim | None:
    return next((claim for claim in facts.claims if claim.id == command.claim and claim.decision is None), None)


def _request(facts: Facts) -> Extension | None:
    return next((one for one in facts.extensions if one.state == "requested"), None)
