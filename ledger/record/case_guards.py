"""What a case demands beyond state and role: pure checks of a command, the facts and the scene.

Sources: 国办发〔2016〕61号 (who answers, several regions), 信访工作条例 第30条 (S7). Local rules are named as such.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from crawlers.clock import CHINA
from ledger.record import commands as c
from ledger.record.cases import CONDUCT, Case
from ledger.record.dues import Due, in_force
from ledger.record.facts import Facts
from ledger.record.page_guards import evidence, not_in_future, official_page, said
from ledger.record.refusals import Refusal, Scene, who_may
from ledger.record.states import CASE_OPEN, RETURN_WITHIN, SEVERITIES
from ledger.record.unit_guards import assignable, conduct_route, conflicted, of_units
from ledger.units import barred, normalised

Check = Callable[[Any, Facts, Scene], Refusal | None]
_LONGEST_SUMMARY = 300
_GRADES = list(SEVERITIES)


def _opening(command: c.OpenCase, facts: Facts, scene: Scene) -> Refusal | None:
    if not command.labels:
        return Refusal("incomplete", "须至少有一个标签")
    known = dict(facts.known_posts)
    if command.fingerprints and all(fingerprint in known for fingerprint in command.fingerprints):
        return Refusal("duplicate", f"这些内容已在 {'、'.join(sorted(set(known.values())))} 中")
    if command.posts < len(set(command.fingerprints)):
        return Refusal("incomplete", "内容条数少于所给的指纹数")
    return _summary(command.summary) or _start(command, scene)


def _start(command: c.OpenCase, scene: Scene) -> Refusal | None:
    """The clock starts at the time its basis names, where that time is known, and never in the future."""
    times = {"occurred": command.occurred_at, "detected": command.detected_at, "assigned": command.assigned_at}
    known = times[command.clock_basis]
    if known is not None and known != command.clock_start:
        return Refusal("date", "起算时间与所选依据（发生、发现、交办）的时间不符")
    return next((no for moment in (command.clock_start, *times.values())
                 if (no := not_in_future(moment, "起算、发生、发现或交办时间", scene))), None)  # fmt: skip


def _summary(text: str | None) -> Refusal | None:
    if text is None:
        return None
    if len(text) > _LONGEST_SUMMARY:
        return Refusal("text", f"摘要过长（{len(text)} 字，至多 {_LONGEST_SUMMARY} 字），不要粘贴原文")
    return said(text, "摘要")


def _joining(command: c.JoinPosts, facts: Facts, scene: Scene) -> Refusal | None:
    known = {fingerprint for fingerprint, _ in facts.known_posts}
    if command.fingerprints and known.issuperset(command.fingerprints):
        return Refusal("duplicate", "这些内容都已登记在案")
    return Refusal("incomplete", "没有新增内容") if command.posts < 1 else None


def _assessing(command: c.AssessCase, facts: Facts, scene: Scene) -> Refusal | None:
    case = _case(facts)
    if command.labels is not None and not (command.labels and command.taxonomy):
        return Refusal("incomplete", "改标签时须给出标签和分类版本")
    if command.major is False and case.major:
        return Refusal("role", "撤销“重大突发”须由值班负责人降级并写明理由（case severity）", _duty_heads(scene))
    return _summary(command.summary) or _conduct_kept(command, case, scene) or _regrouped(command, case, scene)


def _conduct_kept(command: c.AssessCase, case: Case, scene: Scene) -> Refusal | None:
    """The mark that keeps a complaint from its target is not taken away lightly."""
    fewer = command.about_units is not None and not set(case.about_units) <= set(command.about_units)
    unmarked = command.labels is not None and CONDUCT in case.labels and CONDUCT not in command.labels
    if not (fewer or unmarked):
        return None
    if "duty_head" not in scene.actor.roles:
        return Refusal("role", "去掉作风标签或被反映单位，须由值班负责人决定", _duty_heads(scene))
    return conflicted(case, scene)


def _regrouped(command: c.AssessCase, case: Case, scene: Scene) -> Refusal | None:
    """A complaint that turns out to be about a unit must not stay with it."""
    about = case.about_units if command.about_units is None else command.about_units
    labels = case.labels if command.labels is None else command.labels
    if not case.units or not (about or CONDUCT in labels):
        return None
    refusal = conduct_route(about, [unit.unit for unit in case.units], scene.office)
    return refusal and Refusal("conduct", f"请先改派再补记：{refusal.reason}", refusal.who)


def _assigning(command: c.AssignCase, facts: Facts, scene: Scene) -> Refusal | None:
    case = _case(facts)
    units = (*command.lead, *command.responsible, *command.co)
    if not (command.lead or command.responsible):
        return Refusal("incomplete", "须写明牵头或责任单位")
    if refusal := assignable(units, scene):
        return refusal
    if case.conduct:
        return conduct_route(case.about_units, units, scene.office)
    return _cross_region(case, command, scene)


def _cross_region(case: Case, command: c.AssignCase, scene: Scene) -> Refusal | None:
    """Several regions: the superior department answers first (国办发〔2016〕61号)."""
    superior = scene.office.superior
    if not case.cross_region or (superior and normalised(superior) in map(normalised, command.lead)):
        return None
    return Refusal("unit", f"涉及多个地方的，由上级主管部门牵头：{superior or '（huiying.toml 尚未登记 superior）'}")


def _returning(command: c.ReturnCase, facts: Facts, scene: Scene) -> Refusal | None:
    case = _case(facts)
    mine = of_units(scene.actor, [unit.unit for unit in case.units], scene.office)
    if not mine:
        return _not_assigned(case)
    units = [unit for unit in case.units if unit.unit in mine]
    if any(unit.acknowledged_at for unit in units):
        return Refusal("state", "已经签收，不能再退回")
    if any(scene.now - unit.since > RETURN_WITHIN for unit in units):
        return Refusal("date", "交办已超过 24 小时，不能再退回；时钟从未停过", _duty_heads(scene))
    return said(command.reason, "退回理由")


def _taking(command: c.Acknowledge, facts: Facts, scene: Scene) -> Refusal | None:
    case = _case(facts)
    mine = of_units(scene.actor, [unit.unit for unit in case.units], scene.office)
    if not mine:
        return _not_assigned(case)
    if all(unit.acknowledged_at for unit in case.units if unit.unit in mine):
        return Refusal("state", "本单位已经签收")
    return None


def _responding(command: c.Respond, facts: Facts, scene: Scene) -> Refusal | None:
    case = _case(facts)
    desk = {"analyst", "duty_head"} & set(scene.actor.roles)
    if not desk and not of_units(scene.actor, [unit.unit for unit in case.units], scene.office):
        return _not_assigned(case)
    if any(response.snapshot == command.snapshot.sha256 for response in facts.responses):
        return Refusal("duplicate", "这份公开回应已经登记过")
    early = case.occurred_at is not None and command.published_at < case.occurred_at
    return (
        evidence(command.snapshot, scene)
        or not_in_future(command.published_at, "公开时间", scene)
        or (Refusal("date", "公开时间早于事情发生的时间") if early else None)
    )


def _answering(command: c.RecordAnswer, facts: Facts, scene: Scene) -> Refusal | None:
    if any(response.answer_hash == command.answer_hash for response in facts.responses):
        return Refusal("duplicate", "这份答复已经登记过")
    if len(command.answer_hash) != 64:
        return Refusal("incomplete", "答复须以其文字的 SHA-256 标明")
    if not (command.url or scene.system):
        return Refusal("page", "手工登记答复须给出官方网页；没有网页的答复只能来自导入或信箱采集")
    page = official_page(command.url, scene) if command.url else None
    return page or not_in_future(command.answered_at, "答复时间", scene)


def _no_commitment(command: c.NoCommitment, facts: Facts, scene: Scene) -> Refusal | None:
    found = [promise.id for promise in facts.promises if promise.status != "rejected"]
    return Refusal("state", f"本案已有承诺 {'、'.join(found)}，不能再记“无承诺”") if found else None


def _dismissing(command: c.Dismiss | c.Confirm, facts: Facts, scene: Scene) -> Refusal | None:
    case = _case(facts)
    if case.major or case.severity in ("major", "special"):
        return Refusal(
            "state", f"{SEVERITIES[case.severity] if not case.major else '重大突发'}案件不得不予回应，必须公开回应"
        )
    owed = [promise.id for promise in facts.promises if not promise.settled]
    return Refusal("state", f"本案还有未了的承诺 {'、'.join(owed)}") if owed else None


def _merging(command: c.MergeCases | c.Confirm, facts: Facts, scene: Scene) -> Refusal | None:
    case, other = _case(facts), facts.other_case
    if other is None:
        return Refusal("subject", "找不到要并入的案件，请用 huiying case list 查编号")
    if other.id == case.id:
        return Refusal("subject", "一个案件不能并入自己（或已并入自己的案件）")
    if other.status not in CASE_OPEN:
        return Refusal("state", f"{other.id} {other.state}，不能再并入")
    about = (*case.about_units, *other.about_units)
    held = [unit.unit for unit in other.units if unit.unit in barred(about, scene.office)] if about else []
    if held:
        return Refusal("conduct", f"{other.id} 已交给被反映的单位“{'、'.join(held)}”，请先改派再并案")
    return conflicted(other, scene)


def _closing(command: c.CloseCase, facts: Facts, scene: Scene) -> Refusal | None:
    case = _case(facts)
    unmet = [due.name for due in case.dues if due.running and due.due_at is not None]
    owed = [f"{promise.id}（{promise.state}）" for promise in facts.promises if not promise.settled]
    kept = [promise for promise in facts.promises if promise.status != "rejected"]
    if unmet:
        return Refusal("state", f"还有未满足的时限：{'、'.join(unmet)}")
    if owed:
        return Refusal("state", f"还有未了的承诺：{'、'.join(owed)}")
    if facts.pending:
        return Refusal("state", f"还有待第二人决定的提议：{'、'.join(proposal.name for proposal in facts.pending)}")
    if not kept and case.no_commitment_at is None:
        return Refusal("incomplete", "没有登记承诺：须先登记，或由读过答复的人记明“无承诺”")
    return None


def _reopening(command: c.ReopenCase | c.Confirm, facts: Facts, scene: Scene) -> Refusal | None:
    if command.clock_start is None:
        return Refusal("incomplete", "重新启动须给出新的起算时间")
    return not_in_future(command.clock_start, "起算时间", scene)


def _grading(command: c.SetSeverity, facts: Facts, scene: Scene) -> Refusal | None:
    case = _case(facts)
    step = _GRADES.index(command.severity) - _GRADES.index(case.severity)
    unmajor = command.major is False and case.major
    if step == 0 and command.major in (None, case.major):
        return Refusal("state", "等级没有变化")
    if step >= 0 and not unmajor:
        if scene.system and not command.rule:
            return Refusal("role", "系统升级须写明所依据的规则")
        return Refusal("state", "升级时不能取消时限") if command.drop_clocks else said(command.reason, "理由")
    if scene.system or command.rule or not {"duty_head", "superior"} & set(scene.actor.roles):
        return Refusal("role", "降级须由人决定，不能由规则或系统降级", who_may(("duty_head", "superior"), scene.office))
    return conflicted(case, scene) or said(command.reason, "降级理由")


def _extending(command: c.ExtendCase, facts: Facts, scene: Scene) -> Refusal | None:
    """Only as the clock's own rule allows (信访工作条例 第34条, 政府信息公开条例 第33条), and only while it runs."""
    case = _case(facts)
    desk = {"analyst", "duty_head"} & set(scene.actor.roles)
    if not desk and not of_units(scene.actor, [unit.unit for unit in case.units], scene.office):
        return _not_assigned(case)
    due = in_force(case.dues, command.clock.name)
    if command.latest is None:
        return Refusal("date", command.law)
    if refusal := _extendable(due, scene):
        return refusal
    assert due is not None
    new = command.clock.due_at
    if new is None or due.due_at is None or new <= due.due_at:
        return Refusal("date", "新的期限并不比原来的晚")
    if new > command.latest:
        last = (command.latest - timedelta(days=1)).astimezone(CHINA)
        return Refusal("date", f"最多延长到 {last:%Y-%m-%d}：{command.law}")
    return said(command.reason, "延长理由") or said(command.told, "何时以何种方式告知了对方")


def _extendable(due: Due | None, scene: Scene) -> Refusal | None:
    if due is None or not due.running or due.due_at is None:
        return Refusal("state", "没有在走的这个时限，用 huiying case show 查看")
    if due.deadline.get("extended"):
        return Refusal("date", "已经延长过一次，不能再延长")
    if scene.now >= due.due_at:
        return Refusal("date", "已经到期，不能再延长；逾期照实记着")
    return None


def _still_extendable(command: c.Confirm, facts: Facts, scene: Scene) -> Refusal | None:
    """The approval as well comes before the date."""
    assert facts.proposal is not None
    return _extendable(in_force(_case(facts).dues, facts.proposal.body["clock"]["name"]), scene)


def _own_conduct(command: Any, facts: Facts, scene: Scene) -> Refusal | None:
    return conflicted(facts.case, scene)


def _reasoned(command: Any, facts: Facts, scene: Scene) -> Refusal | None:
    return said(command.reason, "理由")


def _once(kind: str) -> Check:
    def check(command: Any, facts: Facts, scene: Scene) -> Refusal | None:
        waiting = [proposal for proposal in facts.pending if proposal.kind == kind]
        return Refusal("duplicate", f"同样的提议（{waiting[0].id} 号）已在等第二人决定") if waiting else None

    return check


CHECKS: Mapping[type, tuple[Check, ...]] = {
    c.OpenCase: (_opening,),
    c.JoinPosts: (_joining,),
    c.AssessCase: (_assessing,),
    c.AssignCase: (_assigning,),
    c.ReturnCase: (_returning,),
    c.Acknowledge: (_own_conduct, _taking),
    c.Respond: (_responding,),
    c.RecordAnswer: (_answering,),
    c.NoCommitment: (_no_commitment,),
    c.Dismiss: (_own_conduct, _reasoned, _once("dismiss"), _dismissing),
    c.MergeCases: (_own_conduct, _reasoned, _once("merge"), _merging),
    c.UnmergeCase: (_own_conduct, _reasoned, _once("unmerge")),
    c.CloseCase: (_own_conduct, _closing),
    c.ReopenCase: (_reasoned, _reopening),
    c.SetSeverity: (_grading,),
    c.ExtendCase: (_own_conduct, _once("extend"), _extending),
}
# What a second person's yes demands, by kind of proposal.
CONFIRMS: Mapping[str, tuple[Check, ...]] = {
    "dismiss": (_own_conduct, _dismissing),
    "merge": (_own_conduct, _merging),
    "unmerge": (_own_conduct,),
    "reopen": (_reopening,),
    "extend": (_own_conduct, _still_extendable),
}


def _case(facts: Facts) -> Case:
    assert facts.case is not None  # the general guard has refused a missing subject before
    return facts.case


def _duty_heads(scene: Scene) -> str:
    return who_may(("duty_head",), scene.office)


def _not_assigned(case: Case) -> Refusal:
    units = "、".join(unit.unit for unit in case.units)
    return Refusal("unit", "本案没有交办给你所在的单位", f"{units}的联络员" if units else "（尚未交办）")
