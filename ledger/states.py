"""The transition table: from which states, by whom, to which state; and the rubric of a verification.

Data, not code: `ledger.guards` asks it, `docs/ledger.md` prints it, the tests walk all of it. Rules that need more than
a state and a role (four eyes, dates, S7 …) stand in `ledger.case_guards` and `ledger.commitment_guards`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from crawlers.office import Role
from ledger import commands as c

CASE_STATES = {
    "new": "待研判",
    "assessed": "已研判",
    "assigned": "已交办",
    "handling": "回应中",
    "responded": "已回应",
    "closed": "已办结",
    "dismissed": "不予回应",
    "merged": "已并案",
}
CASE_OPEN = frozenset({"new", "assessed", "assigned", "handling", "responded"})
CASE_ENDED = frozenset({"closed", "dismissed", "merged"})
_UNANSWERED = CASE_OPEN - {"responded"}

COMMITMENT_STATES = {
    "proposed": "待确认",
    "registered": "已登记",
    "working": "落实中",
    "done_unpublished": "已办未公开",
    "claimed": "已报落实",
    "fulfilled": "已公开落实",
    "missed": "未兑现",
    "withdrawn": "已撤销",
    "superseded": "被替代",
    "rejected": "非承诺",
}
COMMITMENT_OPEN = frozenset({"registered", "working", "done_unpublished", "claimed"})
COMMITMENT_ENDED = frozenset({"fulfilled", "missed", "withdrawn", "superseded", "rejected"})

SEVERITIES = {"general": "一般", "larger": "较大", "major": "重大", "special": "特别重大"}
PROPOSALS = {
    "dismiss": "不予回应",
    "merge": "并案",
    "unmerge": "撤销并案",
    "reopen": "重新启动",
    "withdraw": "撤销承诺",
    "supersede": "替代承诺",
}
PROPOSED_BY = {
    "dismiss": c.Dismiss,
    "merge": c.MergeCases,
    "unmerge": c.UnmergeCase,
    "withdraw": c.Withdraw,
    "supersede": c.Supersede,
}
# Who may be the second person.
DECIDES: Mapping[str, tuple[Role, ...]] = {
    "dismiss": ("duty_head", "approver", "superior"),
    "merge": ("analyst", "duty_head", "superior"),
    "unmerge": ("analyst", "duty_head", "superior"),
    "reopen": ("duty_head", "verifier", "superior"),
    "withdraw": ("superior",),
    "supersede": ("approver", "superior"),
}

# What the verifier has to answer; a change of wording is a new version and never re-judges an old verification.
RUBRIC_VERSION = "1"
RUBRIC = {
    "public": "不登录即可打开",
    "quote": "落实原话确在网页上",
    "whole": "涵盖承诺的全部内容（或所申报的部分、次数）",
    "outcome": "说的是结果，不是打算、部署或试点",
    "numbers": "数量与承诺一致",
    "dates": "日期在承诺之后、申报之前",
    "owner": "落实单位与责任单位一致",
}
RUBRIC_ALWAYS = frozenset({"public", "quote", "whole", "outcome"})  # cannot be answered "na"

# Local defaults, not law.
GRACE = timedelta(days=10)  # after the due date before a promise may be called missed
MAX_EXTENSIONS = 2
RETURN_WITHIN = timedelta(hours=24)  # 误派 24 小时内退回 (a municipal 网络问政 rule; see docs)
FRESH = timedelta(hours=24)  # age of a claim's or a verifier's snapshot
CLOCK_TOLERANCE = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Rule:
    """One row: `before` empty means that the subject needs no state; `after` None leaves it.

    `undoable` is false wherever undoing would make the office look better than it was.
    """

    event: str
    who: tuple[Role, ...]
    before: frozenset[str] = frozenset()
    after: str | None = None
    system: bool = False  # whether "sys:…" may as well
    undoable: bool = False


_DESK: tuple[Role, ...] = ("analyst", "duty_head")
_OWNER: tuple[Role, ...] = ("liaison",)
# A complaint about the office itself is decided by its superior.
_DECISION: tuple[Role, ...] = (*_DESK, "superior")

RULES: Mapping[type, Rule] = {
    # cases
    c.OpenCase: Rule("case.opened", _DESK, after="assessed", system=True),
    c.JoinPosts: Rule("case.posts_joined", _DESK, CASE_OPEN, system=True),
    c.AssessCase: Rule("case.assessed", _DESK, CASE_OPEN, after="assessed"),
    c.AssignCase: Rule("case.assigned", _DESK, CASE_OPEN, "assigned", undoable=True),
    c.ReturnCase: Rule("case.returned", _OWNER, frozenset({"assigned"}), "assessed", undoable=True),
    c.Acknowledge: Rule("case.acknowledged", _OWNER, frozenset({"assigned", "handling"}), "handling", undoable=True),
    c.Respond: Rule("case.responded", (*_DESK, *_OWNER), CASE_OPEN, "responded", undoable=True),
    c.RecordAnswer: Rule("case.answered", _DESK, CASE_OPEN, "responded", system=True, undoable=True),
    c.NoCommitment: Rule("case.no_commitment", (*_DESK, "verifier"), frozenset({"responded"}), undoable=True),
    c.Dismiss: Rule("proposal.made", _DECISION, _UNANSWERED, undoable=True),
    c.MergeCases: Rule("proposal.made", _DESK, CASE_OPEN, undoable=True),
    c.UnmergeCase: Rule("proposal.made", _DESK, frozenset({"merged"}), undoable=True),
    c.CloseCase: Rule("case.closed", (*_DECISION, "verifier"), frozenset({"responded"}), "closed", undoable=True),
    c.ReopenCase: Rule(
        "case.reopened", ("duty_head", "verifier", "superior"), frozenset({"closed", "dismissed"}), "assessed"
    ),
    c.SetSeverity: Rule("case.severity_set", _DECISION, CASE_OPEN, system=True),
    # cases and commitments
    c.AddDeadline: Rule(
        "deadline.added", _DESK, (CASE_OPEN | COMMITMENT_OPEN | {"proposed"}) - CASE_ENDED, system=True
    ),
    c.RecordRecheck: Rule("evidence.rechecked", (*_DESK, "verifier"), system=True),
    # commitments
    c.ProposeCommitment: Rule("commitment.proposed", (*_DESK, "verifier"), after="proposed", system=True),
    c.RegisterCommitment: Rule(
        "commitment.registered", (*_DESK, "verifier"), frozenset({"proposed"}), "registered", undoable=True
    ),
    c.RejectProposal: Rule(
        "commitment.rejected", (*_DESK, "verifier"), frozenset({"proposed"}), "rejected", undoable=True
    ),
    c.StartWork: Rule("commitment.started", _OWNER, frozenset({"registered"}), "working", undoable=True),
    c.ReportDone: Rule(
        "commitment.done", _OWNER, frozenset({"registered", "working"}), "done_unpublished", undoable=True
    ),
    c.ClaimFulfilment: Rule("commitment.claimed", _OWNER, COMMITMENT_OPEN, "claimed", undoable=True),
    c.VerifyFulfilment: Rule("commitment.verified", ("verifier",), frozenset({"claimed"})),
    c.RequestExtension: Rule("extension.requested", _OWNER, COMMITMENT_OPEN, undoable=True),
    c.ApproveExtension: Rule("extension.approved", ("approver", "superior"), COMMITMENT_OPEN),
    c.RefuseExtension: Rule("extension.refused", ("approver", "superior"), COMMITMENT_OPEN),
    c.Withdraw: Rule("proposal.made", _OWNER, COMMITMENT_OPEN, undoable=True),
    c.Supersede: Rule("proposal.made", _OWNER, COMMITMENT_OPEN, undoable=True),
    c.MarkMissed: Rule(
        "commitment.missed",
        ("duty_head", "superior"),
        frozenset({"registered", "working", "done_unpublished"}),
        "missed",
    ),
    c.Reopen: Rule("commitment.reopened", ("duty_head", "verifier", "superior"), COMMITMENT_ENDED, "working"),
    c.MarkChecked: Rule("commitment.checked", (*_DESK, "verifier"), COMMITMENT_OPEN, system=True),
    # second persons: roles and states depend on the kind of proposal (`DECIDES`)
    c.Confirm: Rule("proposal.confirmed", ("duty_head", "approver", "analyst", "verifier", "superior"), undoable=True),
    c.Decline: Rule("proposal.declined", ("duty_head", "approver", "analyst", "verifier", "superior"), undoable=True),
    # the record
    c.Undo: Rule("command.undone", (*_DESK, *_OWNER, "verifier", "approver", "superior")),
    c.ErasePayload: Rule("payload.erased", ("approver",)),
    c.LoadCalendar: Rule("calendar.loaded", _DESK, system=True),
    c.RecordRun: Rule("run.recorded", (*_DESK, *_OWNER, "verifier", "approver", "superior"), system=True),
    c.QueueAlert: Rule("alert.queued", _DESK, system=True),
    c.RecordDelivery: Rule("alert.tried", _DESK, system=True),
}

# What a second person's yes turns into; a reopening is not undone, because it is to stay visible.
_OUTCOMES = {
    "case.dismissed", "case.merged", "case.absorbed", "case.unmerged", "case.released", "commitment.withdrawn",
    "commitment.superseded",
}  # fmt: skip
UNDOABLE = frozenset({rule.event for rule in RULES.values() if rule.undoable} | _OUTCOMES)
