"""From tagged posts to the record: what `triage` decides is carried out here, through the one choke point.

Run again after a crash it goes on: a post is ticked off only when the record holds what follows from it, and cases
already opened are recognised by their keyed fingerprints.
"""

import json
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from classify.labels import Taxonomy
from crawlers.clock import stamp
from crawlers.database import Schema, ensure_schema, transaction
from crawlers.duplicates import groups
from crawlers.office import Office
from crawlers.posts import Post
from ledger.promises.find import Found, find
from ledger.proof.official import official
from ledger.record import commands as do
from ledger.record.cases import by_fingerprints
from ledger.record.desk import Outcome, apply_many
from ledger.record.parts import CaseOrigin, Quote
from ledger.record.refusals import system
from ledger.timing.clocks import case_clocks, promise_clock
from ledger.timing.in_force import Timing
from ledger.triage import Known, Matter, Opening, triage

DOCKET = Schema("docket", "ledger.docket_schema", ("taken_up",))
SUPERIOR = "superior_directed"
_AROUND = 32  # characters of context on either side of a quotation
_NEAR_DAYS = 14  # how far back near copies of a new post are looked for; exact ones are found at any age
_RECENT = """
    SELECT posts.title, posts.text, posts.fingerprint FROM posts JOIN taken_up ON taken_up.post_id = posts.id
    WHERE coalesce(posts.posted_at, posts.fetched_at) >= ? ORDER BY posts.seq
"""
_PENDING = """
    SELECT posts.*, tags.label, tags.secondary, tags.review, taken_up.at AS taken_at
    FROM posts JOIN tags ON tags.post_id = posts.id LEFT JOIN taken_up ON taken_up.post_id = posts.id
    WHERE taken_up.at IS NULL OR posts.changed_at > taken_up.at OR tags.corrected_at > taken_up.at
    ORDER BY posts.seq
"""


@dataclass(frozen=True, slots=True)
class Docketed:
    """What became of the posts that were looked at."""

    looked: int = 0
    opened: int = 0
    joined: int = 0  # posts that speak of a case already open
    answered: int = 0
    promises: int = 0
    again: int = 0  # ended cases that new posts speak of
    doubtful: int = 0
    repeated: int = 0  # promises that stood on record already, word for word
    refused: tuple[str, ...] = ()  # what else a rule did not allow, in Chinese


def ready(db: sqlite3.Connection) -> None:
    """Make or migrate the table; posts.db must be open with its own schema and the tags'."""
    ensure_schema(db, DOCKET)


def take_up(
    posts: sqlite3.Connection,
    ledger: sqlite3.Connection,
    office: Office,
    taxonomy: Taxonomy,
    *,
    origin: CaseOrigin,
    now: datetime,
    timing: Timing | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Docketed:
    """Look at every tagged post that the record has not seen as it stands now. `now` is aware; `timing` is in force."""
    ready(posts)
    rows = posts.execute(_PENDING).fetchall()
    if not rows:
        return Docketed()
    matters = [matter for row in rows if not _own_words(matter := _matter(row), office)]
    fresh = {row["id"] for row in rows if row["taken_at"] is None}
    near, known = _neighbours(posts, ledger, matters, now)
    decided = triage(matters, near, known, office, taxonomy)
    writer = _Writer(ledger, office, taxonomy, origin, now, timing)
    opened = writer.open(decided.openings)
    progress(len(opened), len(decided.openings))
    joined = writer.join(decided.joins, fresh)
    pairs = [(case, opening.matters) for case, opening in opened] + list(decided.joins.items())
    answered, promises = writer.answers(pairs)
    with transaction(posts):
        posts.executemany(
            "INSERT INTO taken_up (post_id, at) VALUES (?, ?) ON CONFLICT DO UPDATE SET at = excluded.at",
            [(row["id"], stamp(now)) for row in rows],
        )
    return Docketed(
        looked=len(rows),
        opened=len(opened),
        joined=joined,
        answered=answered,
        promises=promises,
        again=len(decided.again),
        doubtful=decided.doubtful,
        repeated=writer.repeated,
        refused=tuple(writer.refused),
    )


def _matter(row: sqlite3.Row) -> Matter:
    post = Post.stored(row)
    promises: tuple[Found, ...] = ()
    if post.answer:
        promises = tuple(find(post.answer, replied_at=post.answered_at or post.fetched_at))
    return Matter(post, row["label"], tuple(json.loads(row["secondary"])), bool(row["review"]), promises)


def _own_words(matter: Matter, office: Office) -> bool:
    """Whether it is the office's own announcement: that is no concern of the public, unless a superior orders it."""
    post = matter.post
    own = post.channel in ("site", "feed") and official(post.url, office.domains)
    return own and matter.label != SUPERIOR and not matter.promises


def _neighbours(
    posts: sqlite3.Connection, ledger: sqlite3.Connection, matters: Sequence[Matter], now: datetime
) -> tuple[list[list[int]], Known]:
    """Which of `matters` are near copies of each other, and which case a near copy of each already has."""
    known = _known(ledger, matters)
    since = stamp(now - timedelta(days=_NEAR_DAYS))
    earlier = posts.execute(_RECENT, [since]).fetchall()
    new, old = [_words(matter.post) for matter in matters], [f"{row['title']}\n{row['text']}" for row in earlier]
    cases = by_fingerprints(ledger, {row["fingerprint"] for row in earlier})
    found, near = dict(known.cases), []
    for group in groups([*new, *old]):
        ours = [place for place in group if place < len(new)]
        theirs = [earlier[place - len(new)]["fingerprint"] for place in group if place >= len(new)]
        case = next((cases[one] for one in theirs if one in cases), None)
        for place in ours if case else ():
            found.setdefault(matters[place].post.fingerprint, str(case))
        near.append(ours)
    return [group for group in near if len(group) > 1], replace(known, cases=found)


def _words(post: Post) -> str:
    return f"{post.title}\n{post.text}"


def _known(ledger: sqlite3.Connection, matters: Sequence[Matter]) -> Known:
    cases = by_fingerprints(ledger, {matter.post.fingerprint for matter in matters})
    states = {row["id"]: row["status"] for row in ledger.execute("SELECT id, status FROM cases")}
    answers = {row[0] for row in ledger.execute("SELECT answer_hash FROM responses WHERE answer_hash IS NOT NULL")}
    return Known(cases, states, frozenset(answers))


@dataclass
class _Writer:
    """Turns decisions into commands of the job, and remembers what was refused."""

    db: sqlite3.Connection
    office: Office
    taxonomy: Taxonomy
    origin: CaseOrigin
    now: datetime
    timing: Timing | None = None

    def __post_init__(self) -> None:
        self.refused: list[str] = []
        self.repeated = 0

    def open(self, openings: Sequence[Opening]) -> list[tuple[str, Opening]]:
        """Open cases; their numbers with what they were opened for."""
        outcomes = self._write([self._opening(one) for one in openings])
        return [(outcome.subject, one) for outcome, one in zip(outcomes, openings, strict=True) if outcome.done]

    def join(self, joins: Mapping[str, tuple[Matter, ...]], fresh: set[str]) -> int:
        """Count new posts into the cases they speak of."""
        commands = []
        for case, matters in joins.items():
            new = [matter for matter in matters if matter.post.id in fresh]
            if new:
                prints = tuple(dict.fromkeys(matter.post.fingerprint for matter in new))
                sources = tuple(dict.fromkeys(matter.post.source for matter in new))
                commands.append(do.JoinPosts(case=case, fingerprints=prints, posts=len(new), sources=sources))
        done = [outcome.done for outcome in self._write(commands)]
        return sum(command.posts for command, ok in zip(commands, done, strict=True) if ok)

    def answers(self, pairs: Iterable[tuple[str, tuple[Matter, ...]]]) -> tuple[int, int]:
        """Record official answers not yet on record, and propose the commitments found in them."""
        known = _known(self.db, []).answers
        answers: list[do.Command] = []
        promises: list[do.Command] = []
        seen = set(known)
        for case, matters in pairs:
            for matter in matters:
                if matter.post.answer and matter.answer_hash not in seen:
                    seen.add(matter.answer_hash)
                    answers.append(self._answer(case, matter))
                    promises += [self._promise(case, matter, promise) for promise in matter.promises]
        told = self._write([*answers, *promises])
        self.repeated += sum(bool(one.refusal and one.refusal.code == "duplicate") for one in told[len(answers) :])
        done = [outcome.done for outcome in told]
        return sum(done[: len(answers)]), sum(done[len(answers) :])

    def _write(self, commands: Sequence[do.Command]) -> list[Outcome]:
        outcomes = apply_many(self.db, commands, actor=system(self.origin), office=self.office, now=self.now)
        refusals = [outcome.refusal for outcome in outcomes if outcome.refusal]
        # "duplicate" is no fault: the record holds it already, word for word or by its fingerprint.
        self.refused += [str(refusal) for refusal in refusals if refusal.code != "duplicate"]
        return outcomes

    def _opening(self, one: Opening) -> do.OpenCase:
        label = one.labels[0]
        posts = [matter.post for matter in one.matters]
        return do.OpenCase(
            summary=one.summary,
            labels=one.labels,
            taxonomy=self.taxonomy.version,
            clock_start=one.start,
            clock_basis=one.basis,
            origin=self.origin,
            occurred_at=one.start if one.basis == "occurred" else None,
            detected_at=one.start if one.basis == "detected" else None,
            place=one.place,
            about_units=one.about_units,
            fingerprints=tuple(dict.fromkeys(post.fingerprint for post in posts)),
            posts=len(posts),
            sources=tuple(dict.fromkeys(post.source for post in posts)),
            clocks=case_clocks(
                label,
                start=one.start,
                basis=one.basis,
                channel=_rule_channel(one),
                received=one.received,
                timing=self.timing,
            ),
        )

    def _answer(self, case: str, matter: Matter) -> do.RecordAnswer:
        post = matter.post
        return do.RecordAnswer(
            case=case,
            answered_at=matter.answered_at or post.fetched_at,
            answer_hash=matter.answer_hash,
            unit=post.answered_by,
            channel=post.source,
            # A page that the office itself publishes may be named; a citizen's page may not (S4).
            url=post.url if post.channel == "mailbox" and official(post.url, self.office.domains) else "",
        )

    def _promise(self, case: str, matter: Matter, found: Found) -> do.ProposeCommitment:
        answer = matter.post.answer
        promised_at = matter.answered_at or matter.post.fetched_at
        return do.ProposeCommitment(
            quote=Quote(
                exact=found.quote,
                prefix=answer[max(0, found.start - _AROUND) : found.start],
                suffix=answer[found.end : found.end + _AROUND],
                anchor="answer",
                sha256=matter.answer_hash,
            ),
            origin="answer",
            strength=found.strength,
            case=case,
            unit=found.unit,
            clock=promise_clock(found.deadline, promised_at=promised_at, timing=self.timing),
            promised_at=promised_at,
            score=round(found.score * 1000),
        )


def _rule_channel(one: Opening) -> str:
    """The channel as the rules know it: an exported work order or letter counts as a letter."""
    return "mailbox" if one.channel in ("mailbox", "file") else one.channel
