"""What a guard has to know, read inside the transaction that will write: so that guards stay pure."""

import json
import sqlite3
from dataclasses import dataclass, replace
from typing import Any

from ledger.record import cases, commands, commitments, events, proposals, undo
from ledger.record.cases import Case, Response
from ledger.record.commitments import Claim, Commitment, Extension
from ledger.record.dues import Due
from ledger.record.events import Event
from ledger.record.ids import table_of
from ledger.record.proposals import Proposal


@dataclass(frozen=True, slots=True)
class Facts:
    """The subject of a command and what lies around it; what a command does not need stays empty."""

    subject: str  # full id of the case or commitment; "": none, or one to be opened
    case: Case | None = None
    commitment: Commitment | None = None
    family: tuple[str, ...] = ()  # the case and those merged into it
    responses: tuple[Response, ...] = ()  # of the family
    promises: tuple[Commitment, ...] = ()  # of the family
    proposal: Proposal | None = None  # the one to decide
    pending: tuple[Proposal, ...] = ()  # open ones on the subject
    claims: tuple[Claim, ...] = ()
    extensions: tuple[Extension, ...] = ()
    other_case: Case | None = None  # where a case is to be merged into
    other: Commitment | None = None  # what replaces a commitment
    known_posts: tuple[tuple[str, str], ...] = ()  # fingerprint, case
    twins: tuple[str, ...] = ()  # commitments with the same quotation and origin
    merged_by: Event | None = None  # what merged the case
    queued: bool = False  # the alert's key exists
    own_last: tuple[Event, ...] = ()  # the actor's last command that still counts
    built_upon: bool = False  # whether somebody has worked on from it
    target: Event | None = None  # the event whose payload is to be erased
    calendars: frozenset[str] = frozenset()  # versions of the calendar that were put on record

    @property
    def dues(self) -> tuple[Due, ...]:
        """The deadlines in force of the subject."""
        return self.commitment.dues if self.commitment else self.case.dues if self.case else ()

    @property
    def version(self) -> int:
        """The version of the subject's stream; 0 for none."""
        return self.commitment.version if self.commitment else self.case.version if self.case else 0

    @property
    def status(self) -> str:
        """The state of the subject; "" for none."""
        return self.commitment.status if self.commitment else self.case.status if self.case else ""


def load(db: sqlite3.Connection, command: commands.Command, actor: str) -> Facts:
    """The facts for one command of `actor`. A subject that does not exist leaves `case` and `commitment` None."""
    if isinstance(command, commands.Confirm | commands.Decline):
        return _of_proposal(db, command)
    if isinstance(command, commands.Undo):
        last = undo.last_command(db, actor)
        return Facts(last[0].stream if last else "", own_last=last, built_upon=undo.built_upon(db, last))
    if isinstance(command, commands.ErasePayload):
        target = events.at(db, command.seq)
        return Facts(target.stream if target else "", target=target)
    if isinstance(command, commands.OpenCase):
        known = cases.by_fingerprints(db, command.fingerprints)
        return Facts("", known_posts=tuple(known.items()))
    if isinstance(command, commands.ProposeCommitment):
        return _of_quotation(db, command)
    if isinstance(command, commands.QueueAlert | commands.RecordDelivery):
        row = db.execute("SELECT 1 FROM alerts WHERE key = ?", [command.key]).fetchone()
        return Facts("alert", queued=row is not None)
    name = next((name for name in ("case", "commitment", "subject") if hasattr(command, name)), "")
    found = _of_subject(db, getattr(command, name), command) if name else Facts("")
    if isinstance(command, commands.AddDeadline):
        rows = db.execute("SELECT version FROM calendar_notices")
        return replace(found, calendars=frozenset(row["version"] for row in rows))
    return found


# What lies around a case is read only for the commands whose guards look at it.
_ANSWERS = (commands.Respond, commands.RecordAnswer, commands.ProposeCommitment, commands.RecordRecheck)
_PROMISES = (commands.NoCommitment, commands.Dismiss, commands.CloseCase, commands.Confirm)
_PENDING = (
    commands.Dismiss, commands.MergeCases, commands.UnmergeCase, commands.CloseCase, commands.RecordRecheck,
    commands.ExtendCase,
)  # fmt: skip


def _of_subject(db: sqlite3.Connection, name: str, command: Any) -> Facts:
    table = table_of(name) or ("commitments" if hasattr(command, "commitment") else "cases")
    subject = cases.full_id(db, name, table=table)
    if table == "commitments":
        return _of_commitment(db, subject, by=getattr(command, "by", ""))
    return _of_case(db, subject, command, into=getattr(command, "into", ""))


def _of_case(db: sqlite3.Connection, subject: str, command: commands.Command, *, into: str = "") -> Facts:
    found = cases.read(db, ids=[subject])
    if not found:
        return Facts(subject)
    family = cases.family(db, subject)
    other = cases.read(db, ids=[cases.canonical(db, cases.full_id(db, into))]) if into else []
    posts = command.fingerprints if isinstance(command, commands.JoinPosts) else ()
    return Facts(
        subject,
        case=found[0],
        family=tuple(family),
        responses=cases.responses(db, family) if isinstance(command, _ANSWERS) else (),
        promises=tuple(commitments.read(db, cases=family)) if isinstance(command, _PROMISES) else (),
        pending=tuple(proposals.read(db, subject=subject)) if isinstance(command, _PENDING) else (),
        other_case=other[0] if other else None,
        known_posts=tuple(cases.by_fingerprints(db, posts).items()) if posts else (),
        merged_by=_merged_by(db, subject) if found[0].merged_into else None,
    )


def _merged_by(db: sqlite3.Connection, subject: str) -> Event | None:
    row = db.execute(
        f"SELECT {events.COLUMNS} FROM events WHERE stream = ? AND type = 'case.merged' "
        "AND cmd_id NOT IN (SELECT cmd_id FROM undone) ORDER BY seq DESC LIMIT 1",
        [subject],
    ).fetchone()
    return events.of_row(row) if row else None


def _of_commitment(db: sqlite3.Connection, subject: str, *, by: str = "") -> Facts:
    found = commitments.read(db, ids=[subject])
    if not found:
        return Facts(subject)
    case = cases.read(db, ids=[found[0].case_id]) if found[0].case_id else []
    other = commitments.read(db, ids=[cases.full_id(db, by, table="commitments")]) if by else []
    return Facts(
        subject,
        commitment=found[0],
        case=case[0] if case else None,
        claims=commitments.claims(db, subject),
        extensions=commitments.extensions(db, subject),
        pending=tuple(proposals.read(db, subject=subject)),
        other=other[0] if other else None,
    )


def _of_quotation(db: sqlite3.Connection, command: commands.ProposeCommitment) -> Facts:
    base = _of_case(db, cases.full_id(db, command.case), command) if command.case else Facts("")
    rows = db.execute(
        "SELECT id FROM commitments WHERE quote = ? AND plan = ? AND number = ? AND status != 'rejected' "
        "AND (case_id IS NULL OR case_id IN (SELECT value FROM json_each(?)))",
        [command.quote.exact, command.plan, command.number, json.dumps(base.family)],
    )
    return Facts(
        base.subject, case=base.case, family=base.family, responses=base.responses,
        twins=tuple(row["id"] for row in rows),
    )  # fmt: skip


def _of_proposal(db: sqlite3.Connection, command: commands.Confirm | commands.Decline) -> Facts:
    proposal = proposals.get(db, command.proposal)
    if proposal is None:
        return Facts("")
    if table_of(proposal.subject) == "commitments":
        facts = _of_commitment(db, proposal.subject, by=proposal.body.get("by", ""))
    else:
        facts = _of_case(db, proposal.subject, command, into=proposal.body.get("into", ""))
    return replace(facts, proposal=proposal)
