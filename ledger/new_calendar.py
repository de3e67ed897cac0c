"""A new holiday notice comes into force: kept in the workspace, put on record, and every deadline it moves with it.

The file is written before the events and both are settled by the file's content, so that a run that died in between is
finished by running it again. Nothing is written where the record would refuse the notice.
"""

import os
import re
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time
from hashlib import sha256
from pathlib import Path
from typing import Any, cast

from crawlers.clock import CHINA, stamp, unstamp
from crawlers.office import Office, Person
from crawlers.workspace import Problem
from ledger.record import cases, commitments, dues
from ledger.record import commands as do
from ledger.record.desk import Outcome, apply_many
from ledger.record.dues import Due
from ledger.record.parts import Clock
from ledger.record.refusals import Refusal
from ledger.timing.calendar import Calendar, Notice, default_calendar, laid_over, read_notices
from ledger.timing.clocks import recorded
from ledger.timing.deadlines import Deadline, due
from ledger.timing.in_force import CALENDAR
from ledger.timing.notices import Announced, checked, entry, read_text
from ledger.timing.outcomes import Basis

HEAD = "# 放假通知：由 huiying calendar load 写入；一年一节，同年的替换随附的日历。\n"
TABLE = re.compile(r"^\s*\[notice\.", re.M)


@dataclass(frozen=True, slots=True)
class Moved:
    """A deadline that the notice moves or settles."""

    due: Due  # the version in force until now
    new: Deadline

    def as_json(self) -> dict[str, Any]:
        """From when to when, and how sure."""
        return {
            "subject": self.due.subject,
            "clock": self.due.clock,
            "name": self.due.name,
            "raw": self.due.raw,
            "from": stamp(self.due.due_at) if self.due.due_at else None,
            "to": stamp(self.new.due_at) if self.new.due_at else None,
            "from_certainty": self.due.certainty,
            "to_certainty": self.new.certainty,
        }


@dataclass(frozen=True, slots=True)
class Loaded:
    """What loading a notice did, or (dry) would do."""

    announced: Announced
    version: str  # of the calendar then in force
    moved: tuple[Moved, ...] = ()
    unread: tuple[Problem, ...] = ()  # deadlines whose wording no longer reads as it did; they stay as they are
    refusal: Refusal | None = None
    repeated: bool = False  # it was in force already, and nothing was left to do
    dry_run: bool = False

    def as_json(self) -> dict[str, Any]:
        """The notices, what moved, and what to look at."""
        return {
            "version": self.version,
            "notices": [notice_json(notice) for notice in self.announced.notices.values()],
            "doubts": list(self.announced.doubts),
            "moved": [one.as_json() for one in self.moved],
            "repeated": self.repeated,
            "dry_run": self.dry_run,
        }


def notice_json(notice: Notice) -> dict[str, Any]:
    """A year's arrangement: each holiday's days off, and the make-up days."""
    names = dict.fromkeys(notice.off.values())
    spans = [(name, sorted(day for day, title in notice.off.items() if title == name)) for name in names]
    return {
        "year": notice.year,
        "number": notice.number,
        "off": [
            {"name": name, "first": days[0].isoformat(), "last": days[-1].isoformat(), "days": len(days)}
            for name, days in spans
        ],
        "work": [day.isoformat() for day in sorted(notice.work)],
    }


def read_notice(path: Path, *, number: str = "", year: int | None = None) -> Announced:
    """The notice in a file, a TOML table or the State Council's text (UTF-8 or GB18030), with what is wrong in it."""
    raw = path.read_bytes()
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = raw.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        return Announced({}, (Problem(path.name, "", "不是文本文件", "请把通知正文另存为文本（.txt）"),))
    if not TABLE.search(text):
        return checked(read_text(text, file=path.name, number=number, year=year), path.name)
    notices, problems = read_notices(text.encode(), path.name)
    numbered = {key: replace(one, number=one.number or number) for key, one in notices.items()}
    return checked(Announced(numbered, tuple(problems)), path.name)


@dataclass(frozen=True, slots=True)
class Desk:
    """Whose record and workspace, who loads, when (aware)."""

    db: sqlite3.Connection
    root: Path
    actor: Person
    office: Office
    now: datetime


def load(announced: Announced, desk: Desk, *, url: str = "", dry_run: bool = False) -> Loaded:
    """Bring the checked notices into force. `announced` must have no problems."""
    target = desk.root / CALENDAR
    old = target.read_text("utf-8") if target.exists() else HEAD
    if _shipped(old, announced):
        return Loaded(announced, default_calendar().version, repeated=True, dry_run=dry_run)
    text = merged(old, announced.notices)
    calendar, problems = laid_over(text.encode(), CALENDAR)
    if problems:  # another year of the workspace's own file is broken
        return Loaded(replace(announced, problems=tuple(problems)), calendar.version, dry_run=dry_run)
    moved, unread = _moved(desk.db, calendar, announced)
    commands: list[do.Command] = [
        *_loading(desk, announced, calendar, text, url),
        *(_command(one, announced) for one in moved),
    ]
    done = Loaded(announced, calendar.version, tuple(moved), tuple(unread), dry_run=dry_run)
    if not commands:
        return replace(done, repeated=True)
    if refusal := _first(_apply(desk, commands, dry_run=True)):
        return replace(done, refusal=refusal)
    if not dry_run:
        _keep(target, text)
        return replace(done, refusal=_first(_apply(desk, commands, dry_run=False)))
    return done


def _shipped(old: str, announced: Announced) -> bool:
    """Whether the program comes with all of this already, and the workspace's own file says nothing else."""
    own, _ = read_notices(old.encode(), CALENDAR)
    theirs = default_calendar().notices
    return all(year not in own and theirs.get(year) == notice for year, notice in announced.notices.items())


def _apply(desk: Desk, commands: Sequence[do.Command], *, dry_run: bool) -> list[Outcome]:
    return apply_many(desk.db, commands, actor=desk.actor, office=desk.office, now=desk.now, dry_run=dry_run)


def _first(outcomes: Sequence[Outcome]) -> Refusal | None:
    return next((outcome.refusal for outcome in outcomes if outcome.refusal), None)


def merged(old: str, notices: Mapping[int, Notice]) -> str:
    """The text of `calendar.toml` with these years replaced or added, everything else as it stands."""
    known, _ = read_notices(old.encode(), CALENDAR)
    for year, notice in sorted(notices.items()):
        if known.get(year) == notice:
            continue
        block = re.compile(rf"^\s*\[notice\.{year}\][^\n]*\n(?:(?!\s*\[)[^\n]*\n?)*", re.M)
        rest = block.sub("", old)
        old = f"{rest.rstrip()}\n\n{entry(notice)}"
    return old


def _keep(target: Path, text: str) -> None:
    """Written whole or not at all."""
    fresh = target.with_suffix(f".{os.getpid()}")
    with fresh.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(fresh, target)


def _loading(desk: Desk, announced: Announced, calendar: Calendar, text: str, url: str) -> Iterator[do.LoadCalendar]:
    known = {row["version"] for row in desk.db.execute("SELECT version FROM calendar_notices")}
    digest = sha256(text.encode()).hexdigest()
    for year, notice in sorted(announced.notices.items()):
        if calendar.version not in known:
            words = dict(re.findall(r'^(off|work) = "(.*)"$', entry(notice), re.M))
            yield do.LoadCalendar(
                version=calendar.version, year=year, notice=notice.number, url=url, sha256=digest, **words
            )


def _moved(db: sqlite3.Connection, calendar: Calendar, announced: Announced) -> tuple[list[Moved], list[Problem]]:
    """Every running deadline that comes out otherwise under the calendar."""
    moved: list[Moved] = []
    unread: list[Problem] = []
    for old in dues.running(db):
        if old.calendar == calendar.version or not old.raw:
            continue
        new = due(old.raw, anchor=_anchor(db, old), basis=_basis(old), calendar=calendar)
        if (new.kind, new.due_at is None) != (old.kind, False):
            remedy = "时限照旧；如有变动，请由人改正"
            unread.append(Problem(old.subject, old.name, f"“{old.raw}”现在读成别的意思，没有重算", remedy))
        elif (new.due_at, new.certainty) != (old.due_at, old.certainty):
            moved.append(Moved(old, new))
    return moved, unread


def _basis(old: Due) -> Basis:
    return cast(Basis, old.deadline.get("basis") or ("received" if old.rule else "published"))


def _anchor(db: sqlite3.Connection, old: Due) -> datetime:
    """What the deadline was counted from; for records without it, the clock's start or the day of the promise."""
    if told := old.deadline.get("anchor"):
        return unstamp(told)
    if case := cases.get(db, old.subject):
        return case.clock_start
    promise = commitments.get(db, old.subject)
    if promise is None or promise.promised_at is None or old.cause == "extension":
        return datetime.combine(old.recorded_at.astimezone(CHINA).date(), time(), CHINA)
    return promise.promised_at


def _command(one: Moved, announced: Announced) -> do.AddDeadline:
    """The recomputed version, with the grounds of the old one and why it was computed again."""
    old = one.due.deadline
    numbers = "、".join(notice.number for notice in announced.notices.values())
    grounds = int(old.get("grounds") or 0)
    was = f"{one.due.due_date or ''}（{'暂定' if one.due.certainty == 'provisional' else '原日历'}）"
    steps = [*one.due.explanation[:grounds], f"按{numbers}重算，原为{was}", *one.new.explanation]
    kept: dict[str, Any] = {key: old[key] for key in ("quotas", "others", "rules", "grounds", "extended") if key in old}
    clock = Clock(
        name=one.due.clock,
        deadline={**recorded(one.new), **kept, "explanation": steps},
        rule=one.due.rule,
        met_by=cast(Any, one.due.met_by),
    )
    return do.AddDeadline(subject=one.due.subject, clock=clock, cause="calendar", note=numbers)


def year_json(year: int, calendar: Calendar, db: sqlite3.Connection | None) -> dict[str, Any]:
    """One year as it is in force: announced or estimated, where from, and who put it on record."""
    notice = calendar.arranged(year)
    shipped = default_calendar().notices.get(year)
    source = "estimated" if not calendar.announced(year) else "shipped" if notice == shipped else "workspace"
    row = (
        db and db.execute("SELECT * FROM calendar_notices WHERE year = ? ORDER BY seq DESC LIMIT 1", [year]).fetchone()
    )
    loaded = {"by": row["loaded_by"], "at": row["loaded_at"], "url": row["url"]} if row else None
    return {
        **notice_json(notice),
        "announced": calendar.announced(year),
        "source": source,
        "loaded": loaded,
        "version": calendar.version,
    }
