"""What needs somebody now: what is late or nearly so, what waits for a second person, what is in doubt.

Lateness is computed here at reading, never stored (S8). Only counts come from posts.db. Nothing but the standard
library is imported on this path: `huiying today` is typed all day long.
"""

import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from crawlers.clock import stamp, unstamp
from ledger.record.head import Head, head
from ledger.record.states import CLOCKS, PROPOSALS
from ledger.telling.waiting import LISTS

SOON = timedelta(hours=24)
SHOWN = 5  # items listed in a section; the count is always that of all

# code: name, what to do about it
SECTIONS: Mapping[str, tuple[str, str]] = {
    "overdue": ("已经逾期", "huiying case show 编号，或 huiying commitment show 编号"),
    "soon": ("24 小时内到期", "huiying case respond 编号，或 huiying commitment claim 编号"),
    "claims": ("待核查的落实申报", "huiying commitment verify 编号（由责任单位以外的核查员办理）"),
    "assess": ("待研判", "huiying case assess 编号，或 huiying case dismiss 编号"),
    "assign": ("待交办", "huiying case assign 编号 --lead 单位"),
    "decisions": ("待第二人确认的提议", "huiying proposal confirm 号，或 huiying proposal decline 号"),
    "promises": ("待确认的承诺", "huiying commitment register 编号，或 huiying commitment reject 编号"),
    "unread": ("已答复、还没有判断有无承诺", "huiying case no-commitment 编号，或 huiying commitment add"),
    "evidence": ("证据失效", "huiying commitment reopen 编号"),
    "dates": ("时限有歧义或暂定", "huiying commitment show 编号 看算法，再确认"),
    "review": ("没有时限、到了回看日", "huiying commitment extend 编号，或催责任单位给出时限"),
    "doubtful": ("分类拿不准的内容", "huiying posts doubtful 看，再 huiying posts label 编号 代码"),
    "sources": ("采集有问题的来源", "huiying source check"),
    "stuck": ("发不出去的提醒", "检查 huiying.toml 的 [[alert]] 和环境变量"),
}


@dataclass(frozen=True, slots=True)
class Item:
    """One matter. `title` is the office's own words; times are RFC 3339 in +08:00."""

    subject: str
    title: str
    what: str = ""  # the clock, the kind of proposal, …
    due_at: str | None = None  # None: no date
    units: tuple[str, ...] = ()
    certainty: str = ""

    def as_json(self) -> dict[str, Any]:
        """A JSON object with stable keys."""
        return {
            "subject": self.subject, "title": self.title, "what": self.what, "due_at": self.due_at,
            "units": list(self.units), "certainty": self.certainty,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Section:
    """One kind of matter: how many, the most urgent ones, and what to do."""

    code: str
    count: int
    items: tuple[Item, ...] = ()

    @property
    def name(self) -> str:
        """The heading, Chinese."""
        return SECTIONS[self.code][0]

    @property
    def remedy(self) -> str:
        """The command that deals with it."""
        return SECTIONS[self.code][1]

    def as_json(self) -> dict[str, Any]:
        """A JSON object with stable keys."""
        return {"code": self.code, "name": self.name, "count": self.count, "items": [i.as_json() for i in self.items]}


@dataclass(frozen=True, slots=True)
class Today:
    """Everything that needs somebody at `now`; sections without matter are left out."""

    now: datetime
    unit: str  # "": every unit
    head: Head
    sections: tuple[Section, ...] = field(default=())

    @property
    def counts(self) -> dict[str, int]:
        """How many of every kind, zeros included."""
        found = {section.code: section.count for section in self.sections}
        return {code: found.get(code, 0) for code in SECTIONS}

    def as_json(self) -> dict[str, Any]:
        """A JSON object with stable keys."""
        return {
            "now": stamp(self.now),
            "unit": self.unit,
            "counts": self.counts,
            "sections": [section.as_json() for section in self.sections],
            "head": {"count": self.head.count, "hash": self.head.hash},
        }


def today(
    db: sqlite3.Connection, *, now: datetime, unit: str = "", posts: Path | None = None, shown: int = SHOWN
) -> Today:
    """What needs somebody at `now` (aware); with `unit` only what that unit owes.

    `posts` is posts.db, of which only counts are read (None, or a missing file: nothing is said about it).
    """
    found = list(_ledger_sections(db, stamp(now), stamp(now + SOON), unit, shown))
    if posts is not None and posts.exists() and not unit:
        found += _post_sections(posts)
    order = list(SECTIONS)
    kept = sorted((section for section in found if section.count), key=lambda section: order.index(section.code))
    return Today(now, unit, head(db), tuple(kept))


_WORDS = {**CLOCKS, **PROPOSALS, "extend": "延期", "changed": "网页文字有变", "gone": "网页不在了"}


def _ledger_sections(db: sqlite3.Connection, now: str, soon: str, unit: str, shown: int) -> Iterator[Section]:
    values = {"now": now, "soon": soon, "unit": unit}
    for code, (columns, rest) in LISTS.items():
        rows = db.execute(f"SELECT {columns} {rest} LIMIT {int(shown) + 1}", values).fetchall()
        count = len(rows)
        if count > shown:
            count = db.execute(f"SELECT count(*) {rest}", values).fetchone()[0]
        units = _units(db, [row["subject"] for row in rows[:shown]])
        yield Section(code, count, tuple(_item(row, units) for row in rows[:shown]))


def _item(row: sqlite3.Row, units: Mapping[str, tuple[str, ...]]) -> Item:
    what = _WORDS.get(row["what"], row["what"])
    owing = units.get(row["subject"], ())
    return Item(row["subject"], row["title"], what, row["due_at"], owing, row["certainty"])


def _units(db: sqlite3.Connection, subjects: list[str]) -> dict[str, tuple[str, ...]]:
    """Who owes each of these; nobody yet where a subject is missing."""
    marks = ", ".join("?" * len(subjects))
    rows = db.execute(
        f"SELECT case_id, unit, role FROM case_units WHERE case_id IN ({marks}) "
        f"UNION ALL SELECT commitment_id, unit, role FROM owners WHERE commitment_id IN ({marks}) ORDER BY 3 DESC, 2",
        [*subjects, *subjects],
    )
    found: dict[str, tuple[str, ...]] = {}
    for row in rows:
        found[row[0]] = (*found.get(row[0], ()), row[1])
    return found


def _post_sections(path: Path) -> Iterator[Section]:
    """Counts from posts.db, and the names of sources in trouble. What a fresh workspace lacks counts nothing."""
    db = sqlite3.connect(f"file:{path.absolute()}?mode=ro", uri=True, timeout=2)
    try:
        yield Section("doubtful", int(_read(db, "SELECT count(*) FROM tags WHERE review = 1", [(0,)])[0][0]))
        failing = _read(db, "SELECT name, reason FROM source_state WHERE failures > 0 ORDER BY failures DESC, name", [])
        yield Section("sources", len(failing), tuple(Item(name, reason) for name, reason in failing[:SHOWN]))
    finally:
        db.close()


def _read(db: sqlite3.Connection, query: str, otherwise: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    try:
        return db.execute(query).fetchall()
    except sqlite3.OperationalError:  # no such table yet, or a sweep holds the file: nothing to say about it
        return otherwise


def late_by(due_at: str, now: datetime) -> str:
    """How late or how near, in Chinese: 逾期 3 天, 还有 5 小时."""
    left = unstamp(due_at) - now
    word, span = ("逾期", -left) if left <= timedelta() else ("还有", left)
    if span >= timedelta(days=2):
        return f"{word} {span.days} 天"
    hours = int(span.total_seconds() // 3600)
    return f"{word} {hours} 小时" if hours else f"{word} {int(span.total_seconds() // 60)} 分钟"
