"""What is due to be said about deadlines, said once: level-triggered, idempotent, through the ledger's outbox.

A run looks at every running deadline and queues the stage it has reached, under a key of stage, subject, clock, due
instant and channel: cron may skip a day or run twice, and a new version with the same date says nothing new. Delivery
groups what waits into one message a channel, so that thirty late matters are one digest. Clocks in hours are spoken of
at any hour, the others in office hours only.
No word of a post is ever in an alert, and nothing at all about the content of a complaint on conduct (S7).
"""

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from crawlers.clock import CHINA, stamp, unstamp
from crawlers.office import AlertChannel, Office
from ledger.record.head import Head, head, late_clock
from ledger.record.states import CLOCKS
from ledger.telling.channels import hears, named
from ledger.telling.senders import Environment, Message, send
from ledger.telling.today import late_by
from ledger.telling.waiting import half_gone, late, owing
from ledger.timing.calendar import Calendar, default_calendar

if TYPE_CHECKING:
    from ledger.record.commands import QueueAlert, RecordDelivery

Stage = Literal["half", "fifth", "breach", "superior"]
STAGES: Mapping[str, str] = {
    "superior": "逾期满一个工作日，应报上级",
    "breach": "已经逾期",
    "fifth": "时限只剩两成",
    "half": "时限过半",
    "heartbeat": "每周情况",
}
OPENS, CLOSES = time(9), time(18)  # office hours, a local default
RETRIES = (timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2))
_BRIEF = 40
_LISTED = 20  # matters named in one stage of a message; the rest is a number


@dataclass(frozen=True, slots=True)
class Running:
    """A running deadline as alerts see it; times are aware."""

    subject: str
    clock: str
    version: int
    kind: str
    start: datetime
    due_at: datetime
    title: str
    conduct: bool


@dataclass(frozen=True, slots=True)
class Alerted:
    """What one run did. `overdue` counts everything late now, said or not: the exit code follows from it."""

    queued: int
    delivered: int
    failed: int
    stuck: int
    overdue: int
    messages: tuple[Message, ...]  # of the channel "stdout", for the command line to print
    errors: tuple[str, ...] = ()
    head: Head | None = None

    def as_json(self) -> dict[str, Any]:
        """A JSON object with stable keys."""
        names = ("queued", "delivered", "failed", "stuck", "overdue")
        said = [{"title": message.title, "body": message.body} for message in self.messages]
        return {name: getattr(self, name) for name in names} | {"messages": said, "errors": list(self.errors)}


def alert(
    db: sqlite3.Connection,
    office: Office,
    *,
    now: datetime,
    env: Environment | None = None,
    out: Path | None = None,
    dry_run: bool = False,
    calendar: Calendar | None = None,
) -> Alerted:
    """Queue what is due to be said and deliver what waits. `now` is aware; cron calls this every few minutes.

    A delivery that fails is tried again after 5 minutes, 30 minutes and 2 hours, then reported as stuck. A crash
    between delivery and record says it twice rather than never. A clock that stands behind the record could not note
    what was said, so then nothing is said but that. Two runs at once are kept apart by
    `ledger.telling.channels.one_run_at_a_time`.
    """
    calendar = calendar or default_calendar()
    if (behind := late_clock(db, now)) is not None:
        return Alerted(0, 0, 0, _stuck(db), late(db, stamp(now)), (), (behind,), head=head(db))
    commands = list(fresh(db, office, now=now, calendar=calendar))
    if dry_run:
        lines = [Message(command.title, command.body) for command in commands]
        return Alerted(len(commands), 0, 0, _stuck(db), late(db, stamp(now)), tuple(lines), head=head(db))
    if not commands and not _waiting(db, now):
        return Alerted(0, 0, 0, _stuck(db), late(db, stamp(now)), (), head=head(db))
    from ledger.record.desk import apply_many  # nearly every run of cron ends above, and need not load it
    from ledger.record.refusals import system

    actor = system("alert")
    outcomes = apply_many(db, commands, actor=actor, office=office, now=now)
    refused = [f"{command.key}：{outcome.refusal}" for command, outcome in zip(commands, outcomes, strict=True)
               if outcome.refusal]  # fmt: skip
    sent = list(deliver(db, office, now=now, env=env, out=out))
    apply_many(db, (record for batch in sent for record in batch.records), actor=actor, office=office, now=now)
    return Alerted(
        queued=len(commands) - len(refused),
        delivered=sum(len(batch.records) for batch in sent if not batch.error),
        failed=sum(len(batch.records) for batch in sent if batch.error),
        stuck=_stuck(db),
        overdue=late(db, stamp(now)),
        messages=tuple(batch.message for batch in sent if batch.channel.kind == "stdout" and not batch.error),
        errors=(*refused, *(f"{batch.channel.label}：{batch.error}" for batch in sent if batch.error)),
        head=head(db),
    )


def fresh(db: sqlite3.Connection, office: Office, *, now: datetime, calendar: Calendar) -> "Iterator[QueueAlert]":
    """The alerts that are due and not yet in the outbox."""
    said = {row[0] for row in db.execute("SELECT key FROM alerts")}
    hours = in_office_hours(now, calendar)
    listening = {name: hears(db, channel, office, now=now) for name, channel in named(office.alerts).items()}
    for due in running(db, now):
        stage = stage_of(due, now, calendar)
        if stage is None or not (hours or due.kind == "hours"):
            continue
        about = f"{stage}:{due.subject}:{due.clock}:{stamp(due.due_at)}"
        new = [name for name in listening if f"{about}:{name}" not in said]
        owed_by = owing(db, due.subject) if new else ()
        for name in new:
            if (wanted := listening[name]) is None or not wanted.isdisjoint(owed_by):
                yield _queued(f"{about}:{name}", name, stage, due, _line(due, owed_by, now))
    if hours:
        year, week, _ = now.astimezone(CHINA).isocalendar()
        for name, units in listening.items():
            key = f"heartbeat:{year}-W{week:02}:{name}"
            if key not in said:
                yield _queued(key, name, "heartbeat", None, _week(db, now, units))


def _queued(key: str, channel: str, level: str, due: Running | None, body: str) -> "QueueAlert":
    from ledger.record.commands import QueueAlert  # a run of cron that has nothing to say need not load it

    title = f"{STAGES[level]}：{due.subject} {CLOCKS.get(due.clock, due.clock)}" if due else "台账每周情况"
    subject = due.subject if due else ""
    return QueueAlert(key=key, channel=channel, level=level, title=title, body=body, subject=subject)


def stage_of(due: Running, now: datetime, calendar: Calendar) -> Stage | None:
    """The furthest stage a deadline has reached at `now`; None while more than half of it is left."""
    if now >= due.due_at:
        return "superior" if now >= _next_workday(due.due_at, calendar) else "breach"
    span = due.due_at - due.start
    if span <= timedelta():
        return None
    if due.due_at - now <= span * 0.2:
        return "fifth"
    return "half" if due.due_at - now <= span * 0.5 else None


def in_office_hours(now: datetime, calendar: Calendar) -> bool:
    """Whether an office that keeps the statutory calendar is open at `now`."""
    local = now.astimezone(CHINA)
    return bool(calendar.is_workday(local.date())) and OPENS <= local.time() < CLOSES


def running(db: sqlite3.Connection, now: datetime) -> Iterator[Running]:
    """The running deadlines half of which has gone at `now` (to the second), soonest first."""
    for row in half_gone(db, stamp(now)):
        yield Running(
            row["subject"], row["clock"], row["version"], row["kind"], unstamp(row["began"]), unstamp(row["due_at"]),
            row["title"], bool(row["conduct"]),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Batch:
    """One message that was tried, and what to record about each alert in it. `error` "": delivered."""

    channel: AlertChannel
    message: Message
    records: "tuple[RecordDelivery, ...]"
    error: str


def deliver(
    db: sqlite3.Connection, office: Office, *, now: datetime, env: Environment | None = None, out: Path | None = None
) -> Iterator[Batch]:
    """Try everything that waits, one message a channel. Reads only: the caller records the attempts afterwards."""
    from ledger.record.commands import RecordDelivery

    for name, channel in named(office.alerts).items():
        rows = db.execute(
            "SELECT key, level, title, body, tries FROM alerts WHERE channel = ? AND sent_at IS NULL "
            "AND state IN ('queued', 'retry') AND coalesce(next_try_at, ?) <= ? ORDER BY seq",
            [name, stamp(now), stamp(now)],
        ).fetchall()
        if not rows:
            continue
        message = digest(rows, head(db), unit=channel.unit)
        receipt = send(channel, message, now=now, env=env, out=out)
        records = tuple(
            RecordDelivery(
                key=row["key"],
                delivered=receipt.delivered,
                error=receipt.error,
                next_try_at=None if receipt.delivered else _next_try(row["tries"], now),
            )
            for row in rows
        )
        yield Batch(channel, message, records, receipt.error)


def digest(rows: Sequence[Mapping[str, Any] | sqlite3.Row], top: Head, *, unit: str = "") -> Message:
    """One message of many alerts, the gravest first, with the head of the record in its last line.

    `unit` is whom it is for; "": for everybody.
    """
    stages = [stage for stage in STAGES if any(row["level"] == stage for row in rows)]
    lines: list[str] = []
    for stage in stages:
        bodies = [row["body"] for row in rows if row["level"] == stage]
        lines += [f"【{STAGES[stage]}】{len(bodies)} 件" if stage != "heartbeat" else f"【{STAGES[stage]}】"]
        lines += bodies[:_LISTED]
        lines += [f"……另有 {len(bodies) - _LISTED} 件，用 huiying today 查看"] if len(bodies) > _LISTED else []
    matters = sum(row["level"] != "heartbeat" for row in rows)
    name = f"舆情台账（{unit}）" if unit else "舆情台账"
    title = f"{name}提醒：{matters} 件" if matters else f"{name}：每周情况"
    return Message(title, "\n".join([*lines, f"台账{top}"]))


def _line(due: Running, owed_by: Sequence[str], now: datetime) -> str:
    """One matter in one line; a complaint on conduct is only a number, since its target may read along."""
    title = "（反映单位行为，内容不在提醒中显示）" if due.conduct else _brief(due.title)
    units = "" if due.conduct else "、".join(owed_by)
    return "　".join(filter(None, [due.subject, late_by(stamp(due.due_at), now), title, units]))


def _week(db: sqlite3.Connection, now: datetime, units: frozenset[str] | None) -> str:
    """That the job lives, and how things stand: silence must never be ambiguous."""
    owed = {"cases": ("case_units", "case_id"), "commitments": ("owners", "commitment_id")}
    wanted = json.dumps(sorted(units or ()), ensure_ascii=False)
    cases, promises = (
        db.execute(
            f"SELECT count(*) FROM {table} WHERE ended_at IS NULL AND status <> 'proposed' AND (? OR id IN "
            f"(SELECT {subject} FROM {owing} WHERE unit IN (SELECT value FROM json_each(?))))",
            [units is None, wanted],
        ).fetchone()[0]
        for table, (owing, subject) in owed.items()
    )
    overdue = late(db, stamp(now), wanted if units is not None else "")
    return f"提醒程序运行正常。在办舆情 {cases} 件，未了承诺 {promises} 条，其中逾期 {overdue} 项"


def _waiting(db: sqlite3.Connection, now: datetime) -> bool:
    query = "SELECT 1 FROM alerts WHERE sent_at IS NULL AND next_try_at <= ? LIMIT 1"
    return db.execute(query, [stamp(now)]).fetchone() is not None


def _stuck(db: sqlite3.Connection) -> int:
    return int(db.execute("SELECT count(*) FROM alerts WHERE state = 'stuck'").fetchone()[0])


def _next_workday(due_at: datetime, calendar: Calendar) -> datetime:
    """The end of the first working day after a deadline's last moment."""
    last = (due_at.astimezone(CHINA) - timedelta(microseconds=1)).date()
    return _midnight_after(calendar.add_workdays(last, 1))


def _midnight_after(day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), CHINA)


def _next_try(tries: int, now: datetime) -> datetime | None:
    """When to try again after `tries` earlier attempts; None: the alert is stuck and a person is told."""
    return now + RETRIES[tries] if tries < len(RETRIES) else None


def _brief(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _BRIEF else line[: _BRIEF - 1] + "…"
