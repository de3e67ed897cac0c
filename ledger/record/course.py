"""The whole course of one case or one commitment: every version of its dates, answers, claims, checks and events.

Readings only. Lists show nouns (`cases`, `commitments`); `show` commands, reports and the public site show courses.
"""

import sqlite3
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ledger.record import cases, commitments, dues, events, proposals
from ledger.record.canonical import plain
from ledger.record.cases import Case, Response
from ledger.record.commitments import Claim, Commitment, Extension, Mark, Recheck, Verification
from ledger.record.dues import Due
from ledger.record.events import Event
from ledger.record.proposals import Proposal

# Events as a person reads them.
EVENTS = {
    "case.opened": "立件",
    "case.posts_joined": "并入新的反映",
    "case.assessed": "研判",
    "case.assigned": "交办",
    "case.returned": "退回重派",
    "case.acknowledged": "签收",
    "case.responded": "公开回应",
    "case.answered": "登记答复",
    "case.no_commitment": "读过答复，没有承诺",
    "case.closed": "办结",
    "case.dismissed": "不予回应",
    "case.merged": "并入他案",
    "case.unmerged": "撤销并案",
    "case.absorbed": "并入一案",
    "case.released": "所并之案分出",
    "case.resumed": "撤销并案，恢复办理",
    "case.reopened": "重新启动",
    "case.severity_set": "改等级",
    "case.extended": "延长办理期限",
    "deadline.added": "新的时限版本",
    "evidence.rechecked": "复查证据",
    "commitment.proposed": "发现承诺，待确认",
    "commitment.registered": "登记承诺",
    "commitment.rejected": "确认不是承诺",
    "commitment.started": "开始落实",
    "commitment.done": "已办未公开",
    "commitment.claimed": "申报落实",
    "commitment.verified": "核查",
    "commitment.withdrawn": "撤销承诺",
    "commitment.superseded": "被替代",
    "commitment.missed": "未兑现",
    "commitment.reopened": "重新打开",
    "commitment.checked": "对照检查",
    "extension.requested": "申请延期",
    "extension.approved": "批准延期",
    "extension.refused": "不同意延期",
    "proposal.made": "提议",
    "proposal.declined": "第二人不同意",
    "command.undone": "撤回上一步",
    "payload.erased": "涂销内容",
    "calendar.loaded": "载入放假通知",
    "run.recorded": "运行记录",
    "alert.queued": "提醒入列",
    "alert.tried": "提醒发送",
}


@dataclass(frozen=True, slots=True)
class CaseCourse:
    """A case from its opening to now."""

    case: Case
    dues: tuple[Due, ...]  # every version
    responses: tuple[Response, ...]
    commitments: tuple[Commitment, ...]
    proposals: tuple[Proposal, ...]
    events: tuple[Event, ...]

    def as_json(self) -> dict[str, Any]:
        """The case's own keys, then the lists."""
        return self.case.as_json() | {
            "deadlines": [due.as_json() for due in self.dues],
            "responses": [plain(response) for response in self.responses],
            "commitments": [commitment.as_json() for commitment in self.commitments],
            "proposals": [proposal.as_json() for proposal in self.proposals],
            "events": [event_json(event) for event in self.events],
        }


@dataclass(frozen=True, slots=True)
class CommitmentCourse:
    """A commitment from its first words to its proof, or to now."""

    commitment: Commitment
    dues: tuple[Due, ...]  # every version
    claims: tuple[Claim, ...]
    verifications: tuple[Verification, ...]
    extensions: tuple[Extension, ...]
    rechecks: tuple[Recheck, ...]
    marks: tuple[Mark, ...]
    proposals: tuple[Proposal, ...]
    events: tuple[Event, ...]

    def as_json(self) -> dict[str, Any]:
        """The commitment's own keys, then the lists."""
        return self.commitment.as_json() | {
            "deadlines": [due.as_json() for due in self.dues],
            "claims": [plain(claim) for claim in self.claims],
            "verifications": [plain(verification) for verification in self.verifications],
            "extensions": [plain(extension) for extension in self.extensions],
            "rechecks": [plain(recheck) for recheck in self.rechecks],
            "marks": [plain(mark) for mark in self.marks],
            "proposals": [proposal.as_json() for proposal in self.proposals],
            "events": [event_json(event) for event in self.events],
        }


def of_case(db: sqlite3.Connection, number: str, *, now: datetime | None = None) -> CaseCourse | None:
    """The course of the case of that id (or of a unique end of one), or None. `now` is accepted and not needed."""
    case = cases.get(db, number, now=now)
    if case is None:
        return None
    return CaseCourse(
        case,
        dues.of(db, case.id),
        cases.responses(db, cases.family(db, case.id)),
        tuple(commitments.read(db, cases=[case.id])),
        tuple(proposals.read(db, subject=case.id, state=None)),
        tuple(events.read(db, stream=case.id)),
    )


def of_commitment(db: sqlite3.Connection, number: str, *, now: datetime | None = None) -> CommitmentCourse | None:
    """The course of the commitment of that id, or None. `now` is accepted and not needed."""
    found = commitments.get(db, number, now=now)
    if found is None:
        return None
    return CommitmentCourse(
        found,
        dues.of(db, found.id),
        commitments.claims(db, found.id),
        commitments.verifications(db, found.id),
        commitments.extensions(db, found.id),
        commitments.rechecks(db, found.id),
        commitments.marks(db, found.id),
        tuple(proposals.read(db, subject=found.id, state=None)),
        tuple(events.read(db, stream=found.id)),
    )


def event_json(event: Event) -> dict[str, Any]:
    """An event without its salt and payload hash; an erased payload is null."""
    names = ("seq", "stream", "version", "type", "recorded_at", "effective_at", "actor", "payload", "hash")
    return {name: plain(getattr(event, name)) for name in names} | {"name": event_name(event)}


def event_name(event: Event) -> str:
    """The event's kind in Chinese."""
    return EVENTS.get(event.type, event.type)
