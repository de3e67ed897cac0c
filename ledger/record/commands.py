"""Every command the ledger understands, a frozen dataclass each; only `ledger.record.desk.apply` runs them.

A command says what somebody wants to record. Whether that person may is decided by `ledger.record.guards`; the clock is
never read here. Instants are aware datetimes. Units are *resolved* names (no alias, no group) unless a field says
"as written". Texts are the office's own words: no command has room for a post, its author or its address.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from crawlers.office import ClockBasis
from ledger.record.parts import (
    Answer,
    CaseOrigin,
    CheckResult,
    Clock,
    CommitmentKind,
    CommitmentOrigin,
    Json,
    Quote,
    RecheckResult,
    ResponseKind,
    Scope,
    Severity,
    Snapshot,
    Strength,
)

# Cases


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCase:
    """Open a case. `summary` is neutral and the office's own; the id YQ-year-number is given by the ledger."""

    summary: str
    labels: tuple[str, ...]  # codes of the taxonomy, primary first
    taxonomy: str  # version the labels were judged under
    clock_start: datetime
    clock_basis: ClockBasis
    origin: CaseOrigin
    occurred_at: datetime | None = None  # None: not known
    detected_at: datetime | None = None  # None: not known
    assigned_at: datetime | None = None  # when a superior assigned it (交办); None: not known or nobody did
    place: str = ""
    cross_region: bool = False  # several regions: the superior leads (国办发〔2016〕61号)
    about_units: tuple[str, ...] = ()  # whose conduct is complained of (S7); required before a conduct case is assigned
    fingerprints: tuple[str, ...] = ()  # keyed fingerprints of the posts (crawlers.posts.fingerprint)
    posts: int = 0  # how many posts speak of it; at least the number of distinct fingerprints
    sources: tuple[str, ...] = ()  # names of sources.toml
    major: bool = False  # 特别重大、重大突发事件: the only switch from 48 h to 5 h and 24 h
    severity: Severity = "general"
    severity_rule: str = ""  # rule or reason behind the severity
    clocks: tuple[Clock, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinPosts:
    """More posts speak of an open case; the clock stays."""

    case: str
    fingerprints: tuple[str, ...]
    posts: int
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AssessCase:
    """An analyst's judgement (研判) of what a case is; None leaves a field as it is."""

    case: str
    summary: str | None = None
    labels: tuple[str, ...] | None = None
    taxonomy: str | None = None  # required with labels
    place: str | None = None
    cross_region: bool | None = None
    about_units: tuple[str, ...] | None = None
    major: bool | None = None  # only False → True; the way back is SetSeverity by a person
    clocks: tuple[Clock, ...] = ()  # added when the judgement brings new ones


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignCase:
    """Hand a case to units by resolved name (交办); again to re-assign. S7 and the several-regions rule apply."""

    case: str
    lead: tuple[str, ...] = ()  # 牵头; 0..n
    responsible: tuple[str, ...] = ()  # 责任
    co: tuple[str, ...] = ()  # 协办
    clocks: tuple[Clock, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnCase:
    """The unit says that a case is not its own (退回重派), within 24 h; the clock keeps running."""

    case: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledge:
    """The unit takes the case (签收)."""

    case: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Respond:
    """A public answer on an official page; stops the clocks that its kind satisfies."""

    case: str
    kind: ResponseKind
    published_at: datetime
    snapshot: Snapshot
    quote: str = ""  # the answering sentence, if one is to be shown
    unit: str = ""  # who answered; "": the lead unit


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordAnswer:
    """An answer that stands on an official channel, known from an import or a mailbox page: times and hash only."""

    case: str
    answered_at: datetime
    answer_hash: str  # SHA-256 of the masked answer text, 64 hex digits: what quotes of this answer are anchored in
    unit: str = ""  # who answered, as written; an office, never a person
    channel: str = ""  # name of the source
    kind: ResponseKind = "written"
    url: str = ""  # only a page on the office's own domains; a person must give one, a job knows its source


@dataclass(frozen=True, slots=True, kw_only=True)
class NoCommitment:
    """The actor has read the answer and found no commitment in it: absence is a recorded judgement."""

    case: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dismiss:
    """Propose that a case needs no public response; a second person confirms. Major cases cannot be dismissed."""

    case: str
    code: Literal["not_ours", "not_public_matter", "duplicate", "answered_elsewhere", "unfounded", "other"]
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeCases:
    """Propose to merge `case` into `into`: earliest clock, strictest severity; a second person confirms."""

    case: str
    into: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UnmergeCase:
    """Propose to take `case` out of the case it was merged into; a second person confirms."""

    case: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseCase:
    """Close (办结): a public answer stands, and every commitment is terminal or NoCommitment is recorded."""

    case: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReopenCase:
    """Reopen a closed or dismissed case: a new round with a new clock; the earlier one stays in the statistics."""

    case: str
    cause: Literal["new_wave", "evidence_failed", "contradiction", "superior", "error", "other"]
    reason: str
    clock_start: datetime
    clocks: tuple[Clock, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SetSeverity:
    """Change the grade: up by a rule (its id) or a person; down only by a person with a reason."""

    case: str
    severity: Severity
    reason: str
    rule: str = ""  # id of the rule that raised it
    major: bool | None = None  # False with a lower grade takes the 5 h and 24 h duty back; None leaves it
    drop_clocks: tuple[str, ...] = ()  # with a lower grade: clocks that no longer apply; passed dates stay late
    clocks: tuple[Clock, ...] = ()  # new versions that the new grade brings


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtendCase:
    """Ask to put a clock of a case off, once, as far as its rule goes; a second person confirms before its date."""

    case: str
    clock: Clock  # the new deadline under the same name and rule
    latest: datetime | None  # how far the rule lets it go; None: it does not
    law: str  # what the rule says of it, with its document
    reason: str
    told: str  # when and how those who wait (a petitioner, an applicant) were told


@dataclass(frozen=True, slots=True, kw_only=True)
class AddDeadline:
    """Append a deadline version to a case or a commitment: a new clock, or a recomputation under a new calendar.

    A promise's own date moves later only by an extension; a later recomputed date needs `cause="calendar"` and another
    calendar version than before, one that LoadCalendar has put on record.
    """

    subject: str  # case or commitment id
    clock: Clock
    cause: Literal["rule", "calendar", "anchor", "confirmed", "correction"]
    note: str = ""


# Commitments


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposeCommitment:
    """A sentence that may be a promise, quoted exactly; a second person registers or rejects it."""

    quote: Quote
    origin: CommitmentOrigin
    strength: Strength
    case: str | None = None  # None: from a work plan or a standing duty
    plan: str = ""  # title of the plan document
    number: str = ""  # item number in the plan
    unit: str = ""  # owner as written in the text
    lead: tuple[str, ...] = ()  # 牵头部门 as written
    responsible: tuple[str, ...] = ()  # 责任部门 as written
    clock: Clock | None = None  # name "fulfil"; None: the text gives no deadline and none was computed
    promised_at: datetime | None = None  # when it was published; None: not known
    score: int | None = None  # per mille, of the finder; closes nothing, only orders the queue
    snapshot: Snapshot | None = None  # the page the quote is anchored in; None: one of the case's recorded answers


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterCommitment:
    """A second person accepts a proposal, writes the checkable criterion and decides now whether it can be checked."""

    commitment: str
    criterion: str  # what a stranger would look for on the public page
    lead: tuple[str, ...] = ()
    responsible: tuple[str, ...] = ()
    kind: CommitmentKind = "action"
    measurable: bool = True  # False: 不可核查, shown apart, never counted as kept
    quota: int | None = None  # verified occurrences needed; only with kind "quota"
    joint: bool = False  # several owners, one common proof; False: each owner's part is verified on its own
    clock: Clock | None = None  # None: the proposal's deadline stands


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectProposal:
    """A second person says why the sentence is no promise."""

    commitment: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StartWork:
    """An owner's liaison says that work has begun."""

    commitment: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportDone:
    """Done but not yet public (已办未公开): still open, still counted."""

    commitment: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimFulfilment:
    """An owner's liaison names the public page that proves it."""

    commitment: str
    snapshot: Snapshot  # fetched at most 24 h ago
    quote: str  # the proving words on that page
    scope: Scope = "whole"
    part: str = ""  # the owner unit whose part this proves; required where parts are verified one by one
    count: int | None = None  # occurrences this page proves; required with scope "count"
    period: str = ""  # which period of a recurring promise, e.g. "2026年第三季度"
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyFulfilment:
    """The independent check: fetched again by the verifier's own run; accepted, or returned with a reason code."""

    commitment: str
    claim: int  # id of the claim
    decision: Literal["accepted", "returned"]
    snapshot: Snapshot | None  # the verifier's own fetch; None only where the page could not be fetched
    checklist: Mapping[str, Answer]  # every item of `ledger.record.states.RUBRIC`
    rubric: str  # its version
    # not_public: needs login · dead_link: gone · pilot_only: a trial is no fulfilment
    reason: (
        Literal["not_public", "dead_link", "partial", "pilot_only", "numbers_differ", "date_wrong", "other"] | None
    ) = None  # required when returned
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestExtension:
    """An owner asks for a later date before the current one has passed, with a public notice; the first date stays."""

    commitment: str
    clock: Clock  # name "fulfil", the new deadline
    reason: str
    notice: Snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class ApproveExtension:
    """Somebody else approves the open request, still before the current date."""

    commitment: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefuseExtension:
    """Somebody else refuses the open request; the date stays."""

    commitment: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdraw:
    """The lead asks to give a promise up, with a public explanation; the superior confirms. Counted for ever."""

    commitment: str
    reason: str
    explanation: Snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class Supersede:
    """The lead asks to replace a promise by another registered one, with a public explanation; to be confirmed."""

    commitment: str
    by: str  # id of the new commitment
    reason: str
    explanation: Snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkMissed:
    """Not kept (未兑现), judged by outcome after the date and a period of grace."""

    commitment: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reopen:
    """Reopen a terminal commitment; what it was stays in the history and in that year's statistics."""

    commitment: str
    cause: Literal["evidence_failed", "contradiction", "superior", "error", "new_period", "other"]
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordRecheck:
    """A page that proves something was fetched again; `changed` and `gone` only propose reopening."""

    subject: str  # case or commitment id
    url: str
    original: str  # sha256 of the snapshot that was relied on
    result: RecheckResult
    snapshot: Snapshot | None = None  # None: nothing could be fetched
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkChecked:
    """One step of 逐一对照检查: somebody (or a run) looked for public evidence of an open commitment."""

    commitment: str
    result: CheckResult
    note: str = ""
    looked_at: tuple[str, ...] = ()  # official addresses that were looked at


# Second persons


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirm:
    """The second person agrees to an open proposal (dismissal, merge, unmerge, reopening, withdrawal, supersession).

    Confirming a reopening needs the new clock; for the others both fields stay empty.
    """

    proposal: int
    note: str = ""
    clock_start: datetime | None = None
    clocks: tuple[Clock, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Decline:
    """The second person disagrees; the subject stays as it was."""

    proposal: int
    reason: str


# The record itself


@dataclass(frozen=True, slots=True, kw_only=True)
class Undo:
    """Compensate the actor's own last command; refused once anybody built on it or where it would flatter."""

    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasePayload:
    """Erase the content of one event that should never have been recorded; header, hashes and chain stay."""

    seq: int
    fields: tuple[str, ...]  # free-text fields to take out, dotted where nested: "summary", "quote.exact"
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadCalendar:
    """A holiday notice came into use; the caller appends the recomputed deadlines in the same batch."""

    version: str
    year: int
    notice: str  # document number
    url: str = ""  # on a government domain
    sha256: str = ""  # of the overlay file; "": from the library
    off: str = ""  # the days off and
    work: str = ""  # the make-up days, as calendar.toml writes them


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordRun:
    """A run of a job finished; `summary` holds counts only."""

    job: str  # "sweep", "reconcile", "alert", "recheck", "publish", "backup" …
    started_at: datetime
    finished_at: datetime
    summary: Mapping[str, Json] = field(default_factory=dict)
    problems: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueAlert:
    """Something is to be said once: a second alert with the same `key` is a no-op that says so."""

    key: str  # dedupe key, e.g. "breach:YQ-2026-0042:response:v1"
    channel: str
    level: str
    title: str
    body: str
    subject: str = ""  # case or commitment id; "": a digest


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordDelivery:
    """One attempt to deliver a queued alert."""

    key: str
    delivered: bool
    error: str = ""
    next_try_at: datetime | None = None  # None: no further attempt (delivered, or stuck)


Command = (
    OpenCase | JoinPosts | AssessCase | AssignCase | ReturnCase | Acknowledge | Respond | RecordAnswer | NoCommitment
    | Dismiss | MergeCases | UnmergeCase | CloseCase | ReopenCase | SetSeverity | ExtendCase | AddDeadline
    | ProposeCommitment | RegisterCommitment | RejectProposal | StartWork | ReportDone | ClaimFulfilment
    | VerifyFulfilment | RequestExtension | ApproveExtension | RefuseExtension | Withdraw | Supersede | MarkMissed
    | Reopen | RecordRecheck | MarkChecked | Confirm | Decline | Undo | ErasePayload
    | LoadCalendar | RecordRun | QueueAlert | RecordDelivery
)  # fmt: skip
