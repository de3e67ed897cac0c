"""逐一对照检查: walk every open promise, look at the pages known for it, and write down what was looked at and seen.

苏政务公开 2022 第15项: 逐一对照检查并及时公开已作出的承诺落实情况. A run only looks and records: it closes nothing, and
finding no page means "no public evidence found", never "not done". Pages that kept promises rest on are looked at again
7, 30, 90 and 365 days after the verification; what changed or went away proposes reopening.
"""

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from crawlers.clock import stamp, unstamp
from crawlers.office import Office, Person
from crawlers.posts import Post
from ledger.proof.evidence import Relied, capture, recheck
from ledger.proof.fetch import Refusal, Visitor
from ledger.proof.match import key_words, lines_for
from ledger.proof.official import official
from ledger.record import commitments
from ledger.record.commands import MarkChecked, RecordRecheck, RecordRun
from ledger.record.commitments import Commitment
from ledger.record.desk import apply
from ledger.record.refusals import system

MILESTONES = (7, 30, 90, 365)  # days after a verification, then every year
_CANDIDATES = 3
_OFFICIAL_CHANNELS = ("site", "feed", "mailbox")
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Step:
    """One open promise to look at: the addresses known for it, and collected official pages that may prove it."""

    commitment: Commitment
    urls: tuple[str, ...]
    candidates: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """A JSON object with stable keys."""
        found = self.commitment
        return {
            "commitment": found.id, "quote": found.quote, "criterion": found.criterion,
            "checked_at": stamp(found.checked_at) if found.checked_at else None,
            "urls": list(self.urls), "candidates": list(self.candidates),
        }  # fmt: skip


@dataclass
class Reconciled:
    """What a run looked at, in numbers, and what a person should look at next."""

    checked: int = 0
    evidence_found: int = 0
    no_evidence: int = 0
    rechecked: dict[str, int] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """A JSON object with stable keys."""
        return {
            "checked": self.checked, "evidence_found": self.evidence_found, "no_evidence": self.no_evidence,
            "rechecked": self.rechecked, "lines": self.lines, "refused": self.refused,
        }  # fmt: skip


def reconcile(
    db: sqlite3.Connection,
    visitor: Visitor,
    *,
    store: Path,
    now: datetime,
    posts: sqlite3.Connection | None = None,
    actor: Person | None = None,
    unseen_since: datetime | None = None,
    progress: Progress = lambda done, total: None,
) -> Reconciled:
    """Walk every open promise and every page due for another look; what was done stands if the run is cut short.

    `posts` is posts.db with its index (None: collected pages are not searched). `unseen_since` leaves out promises
    looked at since then, so that an interrupted run goes on. The network is never inside a transaction.
    """
    who = actor or system("reconcile")
    office, done = visitor.office, Reconciled()
    todo = list(steps(db, office, posts=posts, unseen_since=unseen_since))
    due = list(due_rechecks(db, now))
    for number, step in enumerate(todo, 1):
        mark = _look(step, visitor, store, now)
        outcome = apply(db, mark, actor=who, office=office, now=now)
        _count(done, mark, outcome.refusal)
        progress(number, len(todo) + len(due))
    for number, relied in enumerate(due, len(todo) + 1):
        command = recheck(visitor, relied, store=store, now=now, by=who.name)
        outcome = apply(db, command, actor=who, office=office, now=now)
        _count_recheck(done, command, outcome.refusal)
        progress(number, len(todo) + len(due))
    summary = {"checked": done.checked, "rechecked": sum(done.rechecked.values())}
    run = RecordRun(job="reconcile", started_at=now, finished_at=now, summary=summary, problems=len(done.refused))
    apply(db, run, actor=system("reconcile"), office=office, now=now)
    return done


def steps(
    db: sqlite3.Connection,
    office: Office,
    *,
    posts: sqlite3.Connection | None = None,
    unit: str | None = None,
    unseen_since: datetime | None = None,
) -> Iterator[Step]:
    """Every open promise that can be checked: those never looked at first, then the most urgent."""
    found = commitments.read(db, state="open", unit=unit, unchecked_since=unseen_since)
    for one in sorted((one for one in found if one.measurable), key=lambda one: one.checked_at is not None):
        yield Step(one, tuple(_known_urls(db, one)), tuple(_candidates(posts, one, office)) if posts else ())


def due_rechecks(db: sqlite3.Connection, now: datetime) -> Iterator[Relied]:
    """Pages that ended matters rest on and that are due for another look at `now`."""
    for row in db.execute(_RELIED_ON):
        last = row["rechecked_at"]
        if next_look(unstamp(row["since"]), unstamp(last) if last else None) <= now:
            yield Relied(
                row["subject"], row["url"], row["sha256"], row["text_sha256"], row["quote"], unstamp(row["since"])
            )


def next_look(since: datetime, last: datetime | None) -> datetime:
    """When a page relied on since `since` is due again; `last` is the last time it could be opened (None: never)."""
    looked = last or since
    for days in MILESTONES:
        if since + timedelta(days=days) > looked:
            return since + timedelta(days=days)
    return looked + timedelta(days=MILESTONES[-1])


# A look that did not reach the page does not count as one. A verifier's own fetch is what was relied on, and only since
# the promise was last opened again: the page that failed then is no longer its proof.
_RELIED_ON = """
    WITH relied(subject, url, sha256, quote, since) AS (
        SELECT c.commitment_id, c.url, v.snapshot, c.quote, v.at
        FROM claims c JOIN verifications v ON v.claim = c.id AND v.decision = 'accepted'
        JOIN commitments k ON k.id = c.commitment_id AND k.status = 'fulfilled'
        WHERE v.snapshot IS NOT NULL AND v.id > coalesce(
            (SELECT max(seq) FROM events WHERE stream = k.id AND type = 'commitment.reopened'
             AND cmd_id NOT IN (SELECT cmd_id FROM undone)), 0)
        UNION ALL
        SELECT r.case_id, r.url, r.snapshot, r.quote, r.published_at FROM responses r
        JOIN cases a ON a.id = r.case_id AND a.status IN ('responded', 'closed')
        WHERE r.snapshot IS NOT NULL AND r.url IS NOT NULL)
    SELECT relied.*,
           coalesce((SELECT text_sha256 FROM snapshots s WHERE s.sha256 = relied.sha256 LIMIT 1), '') AS text_sha256,
           (SELECT max(at) FROM rechecks x WHERE x.subject = relied.subject AND x.url = relied.url
            AND x.result <> 'unreachable') AS rechecked_at
    FROM relied ORDER BY since, subject, url
"""


def _look(step: Step, visitor: Visitor, store: Path, now: datetime) -> MarkChecked:
    """Open every known page; what could be opened is kept as evidence for the person who looks next."""
    found, unopened = list(step.candidates), 0
    for url in step.urls:
        page = capture(visitor, url, store=store, now=now)
        if isinstance(page, Refusal):
            unopened += 1
            continue
        lines = lines_for(step.commitment, page, step.commitment.quote, visitor.office)
        if any(line.item == "whole" and line.state == "same" for line in lines):
            found.append(url)
    looked = tuple(dict.fromkeys([*step.urls, *step.candidates]))
    return MarkChecked(
        commitment=step.commitment.id,
        result="evidence_found" if found else "no_evidence",
        note=_note(len(looked), len(set(found)), unopened),
        looked_at=tuple(url for url in looked if official(url, visitor.office.domains)),
    )


def _note(looked: int, found: int, unopened: int) -> str:
    """What a run saw, without addresses: those stand in `looked_at`."""
    if not looked:
        return "没有已知网址可看，采集到的官方网页中也没有相符的"
    parts = [f"看了 {looked} 个网页"]
    parts += [f"{found} 个可能是依据，待人判断"] if found else []
    parts += [f"{unopened} 个未能打开"] if unopened else []
    return "，".join(parts)


def _known_urls(db: sqlite3.Connection, one: Commitment) -> Iterator[str]:
    """Pages somebody has named for this promise: claims returned or waiting, notices of extension."""
    rows = db.execute(
        """
        SELECT url FROM claims WHERE commitment_id = ?1
        UNION SELECT notice_url FROM extensions WHERE commitment_id = ?1
        """,
        [one.id],
    )
    yield from sorted(row[0] for row in rows)


def _candidates(posts: sqlite3.Connection, one: Commitment, office: Office) -> Iterator[str]:
    """Collected pages of the office's own domains, later than the promise, that hold its longest words."""
    from crawlers.search import search

    words = sorted(key_words(one.criterion or one.quote), key=len, reverse=True)[:3]
    if len(words) < 2:
        return
    given = 0
    for post in search(posts, " ".join(words), limit=20):
        if given < _CANDIDATES and _could_prove(post, one, office):
            given += 1
            yield post.url


def _could_prove(post: Post, one: Commitment, office: Office) -> bool:
    since = one.promised_at or one.registered_at or one.proposed_at
    later = post.posted_at is not None and post.posted_at > since
    return later and post.channel in _OFFICIAL_CHANNELS and official(post.url, office.domains)


def _count(done: Reconciled, mark: MarkChecked, refusal: object) -> None:
    if refusal:
        done.refused.append(f"{mark.commitment}：{refusal}")
        return
    done.checked += 1
    if mark.result == "evidence_found":
        done.evidence_found += 1
        done.lines.append(f"{mark.commitment} {mark.note}：{'、'.join(mark.looked_at)}")
    else:
        done.no_evidence += 1


def _count_recheck(done: Reconciled, command: RecordRecheck, refusal: object) -> None:
    if refusal:
        done.refused.append(f"{command.subject}：{refusal}")
        return
    done.rechecked[command.result] = done.rechecked.get(command.result, 0) + 1
    if command.result in ("changed", "gone"):
        done.lines.append(f"{command.subject} {command.url} {command.note}")
