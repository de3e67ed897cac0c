"""What the record itself demands: deadlines that only move openly, undoing that never flatters, erasure by a second
person, alerts said once.
"""

from collections.abc import Mapping

from ledger.proof.official import official
from ledger.record import commands as c
from ledger.record.case_guards import Check
from ledger.record.dues import in_force
from ledger.record.erase import unerasable
from ledger.record.facts import Facts
from ledger.record.page_guards import official_page, said
from ledger.record.refusals import Refusal, Scene, who_may
from ledger.record.states import DECIDES
from ledger.record.transitions import UNDOABLE

_GOVERNMENT = ("gov.cn",)  # holiday notices stand on the State Council's pages, not on the office's own


def _adding_deadline(command: c.AddDeadline, facts: Facts, scene: Scene) -> Refusal | None:
    """A date moves later only for a reason that is not the office's own: see `commands.AddDeadline`."""
    if scene.system and command.cause in ("confirmed", "correction"):
        return Refusal("role", "这种改动须由人决定")
    if facts.commitment is not None and command.clock.name != "fulfil":
        return Refusal("incomplete", "承诺的时限只能是落实时限")
    before = in_force(facts.dues, command.clock.name)
    if before is None or before.due_at is None or before.stopped is not None:
        return None
    new = command.clock.due_at
    if new is not None and new <= before.due_at:
        return None
    calendar = str(command.clock.deadline.get("calendar") or "")
    if command.cause == "calendar" and calendar != before.calendar and calendar in facts.calendars:
        return None  # a notice that is on record moved it, not the office
    if command.cause == "confirmed" and before.certainty == "ambiguous" and scene.now < before.due_at:
        return None
    return Refusal("date", "时限不能这样推后：承诺须申请延期，其他时限只随法定节假日安排重算")


def _rechecking(command: c.RecordRecheck, facts: Facts, scene: Scene) -> Refusal | None:
    if command.result in ("same", "text_same") and command.snapshot is None:
        return Refusal("incomplete", "说网页仍在，须有这次取得的网页")
    return official_page(command.url, scene)


def _undoing(command: c.Undo, facts: Facts, scene: Scene) -> Refusal | None:
    if not facts.own_last:
        return Refusal("undo", "没有可以撤回的操作")
    names = "、".join(sorted({event.stream for event in facts.own_last}))
    if not {event.type for event in facts.own_last} <= UNDOABLE:
        return Refusal("undo", f"你的上一步（{names}）不能撤回：撤回会让记录变得好看；请用更正、重新启动等办法")
    if facts.built_upon:
        return Refusal("undo", f"你的上一步（{names}）之后已有人接着办理，不能撤回")
    return None


def _erasing(command: c.ErasePayload, facts: Facts, scene: Scene) -> Refusal | None:
    event = facts.target
    if event is None or event.payload is None:
        return Refusal("subject", f"没有第 {command.seq} 条事件，或其内容已经涂销")
    if event.type in ("payload.erased", "command.undone", "case.unmerged", "case.released"):
        return Refusal("state", "涂销、撤回的记录本身不能涂销")
    wrong = unerasable(event.payload, command.fields)
    if wrong or not command.fields:
        names = "、".join(wrong) or "（未写）"
        return Refusal("incomplete", f"只能涂销文字内容，如 summary、reason、quote.exact；不能涂销：{names}")
    return said(command.reason, "涂销理由")


def _other_than_the_writer(command: c.ErasePayload, facts: Facts, scene: Scene) -> Refusal | None:
    if facts.target is None or facts.target.actor != scene.actor.name:
        return None
    who = who_may(("approver",), scene.office, but=(scene.actor.name,))
    return Refusal("four_eyes", "自己写下的内容须由另一人涂销", who)


def _other_than_the_proposer(command: c.Confirm | c.Decline, facts: Facts, scene: Scene) -> Refusal | None:
    proposal = facts.proposal
    if proposal is None or proposal.proposed_by != scene.actor.name:
        return None
    who = who_may(DECIDES[proposal.kind], scene.office, but=(scene.actor.name,))
    return Refusal("four_eyes", "提议的人不能自己决定", who)


def _declining(command: c.Decline, facts: Facts, scene: Scene) -> Refusal | None:
    return said(command.reason, "理由")


def _loading(command: c.LoadCalendar, facts: Facts, scene: Scene) -> Refusal | None:
    if command.url and not official(command.url, (*_GOVERNMENT, *scene.office.domains)):
        return Refusal("page", "节假日通知的网址须在政府网站上")
    return said(command.notice, "通知文号")


def _queueing(command: c.QueueAlert, facts: Facts, scene: Scene) -> Refusal | None:
    return Refusal("duplicate", "这件事已经提醒过") if facts.queued else said(command.body, "提醒内容")


def _delivering(command: c.RecordDelivery, facts: Facts, scene: Scene) -> Refusal | None:
    return None if facts.queued else Refusal("subject", f"没有提醒“{command.key}”")


CHECKS: Mapping[type, tuple[Check, ...]] = {
    c.AddDeadline: (_adding_deadline,),
    c.RecordRecheck: (_rechecking,),
    c.Undo: (_undoing,),
    c.ErasePayload: (_erasing,),
    c.Decline: (_declining,),
    c.LoadCalendar: (_loading,),
    c.QueueAlert: (_queueing,),
    c.RecordDelivery: (_delivering,),
}
SECOND_PERSON: Mapping[type, Check] = {
    c.ErasePayload: _other_than_the_writer,
    c.Confirm: _other_than_the_proposer,
    c.Decline: _other_than_the_proposer,
}
