"""The one choke point: every write to the record is a command that comes through here.

Read the state, ask the guards, append the events and project them, in one BEGIN IMMEDIATE transaction. Nothing is
fetched and nothing is asked inside it; pages come with the command. A rule that says no is an `Outcome`, not an
exception; so is another writer who was faster.
"""

import secrets
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from crawlers.database import transaction
from crawlers.office import Office, Person
from ledger.record import commands, facts, guards, ids
from ledger.record.cases import Case
from ledger.record.cases import get as get_case
from ledger.record.commands import Command
from ledger.record.commitments import Commitment
from ledger.record.commitments import get as get_commitment
from ledger.record.decisions import decide
from ledger.record.events import Draft, Event, Signature, append, read
from ledger.record.facts import Facts
from ledger.record.head import late_clock
from ledger.record.parts import Json
from ledger.record.projections import project
from ledger.record.refusals import Refusal, Scene


@dataclass(frozen=True, slots=True)
class Conflict:
    """Somebody else changed the subject after it was read: exit code 4. `since` is what happened."""

    subject: str
    expected: int
    actual: int
    since: tuple[Event, ...]

    def __str__(self) -> str:
        """For a terminal."""
        who = "、".join(dict.fromkeys(event.actor for event in self.since))
        return f"{self.subject} 已被 {who} 更新到第 {self.actual} 版，你看到的是第 {self.expected} 版，请查看后重试"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a command: events, or a refusal, or a conflict.

    `repeated`: the command id had been used before, and this is its first outcome. `single_person`: a second person was
    demanded, the office has switched that off, and the events say so. `state`: the subject afterwards (as it would be,
    on a dry run); None for what is about no case or commitment, for refusals, and in batches.
    """

    subject: str = ""
    events: tuple[Event, ...] = ()
    refusal: Refusal | None = None
    conflict: Conflict | None = None
    state: Case | Commitment | None = None
    single_person: bool = False
    repeated: bool = False

    @property
    def done(self) -> bool:
        """Whether the record holds (on a dry run: would hold) the command's events."""
        return bool(self.events)


class _DryRun(Exception):
    """Takes a transaction back; never leaves this module."""


def apply(
    db: sqlite3.Connection,
    command: Command,
    *,
    actor: Person,
    office: Office,
    now: datetime,
    expected_version: int | None = None,
    command_id: str | None = None,
    dry_run: bool = False,
    accept_clock: bool = False,
    on_behalf_of: str | None = None,
) -> Outcome:
    """Carry out one command. `now` is aware and becomes `recorded_at`.

    `expected_version`: the version of the subject that the actor saw. `command_id`: makes a retry harmless.
    `accept_clock`: append although the clock stands behind the last event, and flag it. Raises `BusyDatabase` when the
    write lock is not free in time, and `DatabaseError` or sqlite3 errors for a broken file.
    """
    scene = Scene(actor, office, now)
    request = _Request(command, command_id or secrets.token_hex(16), expected_version, accept_clock, on_behalf_of)
    with _writing(db, dry_run):
        outcome = _carry_out(db, request, scene)
        found = _state(db, outcome.subject) if outcome.done else None
        result = Outcome(
            outcome.subject, outcome.events, outcome.refusal, outcome.conflict, found, outcome.single_person,
            outcome.repeated,
        )  # fmt: skip
        if dry_run:
            raise _DryRun
    return result


def apply_many(
    db: sqlite3.Connection,
    commands: Iterable[Command | tuple[Command, str]],
    *,
    actor: Person,
    office: Office,
    now: datetime,
    dry_run: bool = False,
    accept_clock: bool = False,
) -> list[Outcome]:
    """Carry out many commands in one transaction through the same guards, each with its own outcome.

    A refused command leaves the others standing; an exception takes all of them back. A command may come with its id
    as a pair. Later commands see what earlier ones did.
    """
    scene = Scene(actor, office, now)
    outcomes: list[Outcome] = []
    with _writing(db, dry_run):
        for item in commands:
            command, command_id = item if isinstance(item, tuple) else (item, secrets.token_hex(16))
            outcomes.append(_carry_out(db, _Request(command, command_id, None, accept_clock, None), scene))
        if dry_run:
            raise _DryRun
    return outcomes


@dataclass(frozen=True, slots=True)
class _Request:
    command: Command
    cmd_id: str
    expected_version: int | None
    accept_clock: bool
    on_behalf_of: str | None


@contextmanager
def _writing(db: sqlite3.Connection, dry_run: bool) -> Iterator[None]:
    try:
        with transaction(db):
            yield
    except _DryRun:
        assert dry_run


def _carry_out(db: sqlite3.Connection, request: _Request, scene: Scene) -> Outcome:
    first = tuple(read(db, cmd_id=request.cmd_id))
    if first:
        return Outcome(first[0].stream, first, repeated=True, single_person=_single(first))
    behind = late_clock(db, scene.now)
    if behind is not None and not request.accept_clock:
        return Outcome(refusal=Refusal("clock", behind))
    known = facts.load(db, request.command, scene.actor.name)
    conflict = _conflict(db, known, request.expected_version)
    if conflict is not None:
        return Outcome(known.subject, conflict=conflict)
    ruling = guards.check(request.command, known, scene)
    if ruling.refusal is not None:
        return Outcome(known.subject, refusal=ruling.refusal)
    subject = _subject(db, request.command, known, scene.now)
    flags: dict[str, Json] = {}
    if ruling.single_person:
        flags["single_person"] = True
    if behind is not None:
        flags["clock_accepted"] = True
    drafts = [_flagged(draft, flags) for draft in decide(request.command, known, scene, subject)]
    signature = Signature(scene.actor.name, scene.now, request.cmd_id, request.on_behalf_of)
    events = append(db, drafts, signature)
    for event in events:
        project(db, event)
    return Outcome(events[0].stream, tuple(events), single_person=ruling.single_person)


def _conflict(db: sqlite3.Connection, known: Facts, expected: int | None) -> Conflict | None:
    if expected is None or known.version == expected:
        return None
    since = tuple(event for event in read(db, stream=known.subject) if event.version > expected)
    return Conflict(known.subject, expected, known.version, since)


def _subject(db: sqlite3.Connection, command: Command, known: Facts, now: datetime) -> str:
    if isinstance(command, commands.OpenCase):
        return ids.next_case(db, now)
    if isinstance(command, commands.ProposeCommitment):
        return ids.next_commitment(db, known.case.id if known.case else None, now)
    return known.subject


def _flagged(draft: Draft, flags: dict[str, Json]) -> Draft:
    return Draft(draft.stream, draft.type, {**draft.payload, **flags}, draft.effective_at) if flags else draft


def _single(events: tuple[Event, ...]) -> bool:
    return any((event.payload or {}).get("single_person") for event in events)


def _state(db: sqlite3.Connection, subject: str) -> Case | Commitment | None:
    table = ids.table_of(subject)
    if table == "cases":
        return get_case(db, subject)
    return get_commitment(db, subject) if table == "commitments" else None
