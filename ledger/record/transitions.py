"""The transition table: from which states, by whom, to which state.

Data, not code: `guards` asks it, `docs/ledger.md` prints it, the tests walk all of it. Rules that need more than
a state and a role (four eyes, dates, S7 …) stand in `case_guards` and `commitment_guards`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from crawlers.office import Role
from ledger.record import commands as c
from ledger.record.states import CASE_ENDED, CASE_OPEN, CASE_UNANSWERED, COMMITMENT_ENDED, COMMITMENT_OPEN

# Which command makes which kind of proposal.
PROPOSED_BY = {
    "dismiss": c.Dismiss,
    "merge": c.MergeCases,
    "unmerge": c.UnmergeCase,
    "withdraw": c.Withdraw,
    "supersede": c.Supersede,
    "extend": c.ExtendCase,
}


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
    c.ReturnCase: Rule("case.returned", _OWNER, frozenset({"assigned", "handling"}), "assessed", undoable=True),
    c.Acknowledge: Rule("case.acknowledged", _OWNER, frozenset({"assigned", "handling"}), "handling", undoable=True),
    c.Respond: Rule("case.responded", (*_DESK, *_OWNER), CASE_OPEN, "responded", undoable=True),
    c.RecordAnswer: Rule("case.answered", _DESK, CASE_OPEN, "responded", system=True, undoable=True),
    c.NoCommitment: Rule("case.no_commitment", (*_DESK, "verifier"), frozenset({"responded"}), undoable=True),
    c.Dismiss: Rule("proposal.made", _DECISION, CASE_UNANSWERED, undoable=True),
    c.MergeCases: Rule("proposal.made", _DECISION, CASE_OPEN, undoable=True),
    c.UnmergeCase: Rule("proposal.made", _DECISION, frozenset({"merged"}), undoable=True),
    c.CloseCase: Rule("case.closed", (*_DECISION, "verifier"), frozenset({"responded"}), "closed", undoable=True),
    c.ReopenCase: Rule(
        "case.reopened", ("duty_head", "verifier", "superior"), frozenset({"closed", "dismissed"}), "assessed"
    ),
    c.SetSeverity: Rule("case.severity_set", _DECISION, CASE_OPEN, system=True),
    c.ExtendCase: Rule("proposal.made", (*_DESK, *_OWNER), CASE_OPEN, undoable=True),
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
