"""The witness: a text file that somebody else keeps, one line a point — how many events, the head's hash, when.

A hash chain alone does not notice that its end was cut off or that all of it was computed anew. A count and a hash kept
where the ledger's keeper cannot write do. The file refuses a ledger that does not extend its last point.
"""

import os
import re
import sqlite3
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from crawlers.clock import stamp
from crawlers.workspace import Problem
from ledger.record.head import Head, head

_LINE = re.compile(r"(\d+) ([0-9a-f]{64}) (\S+)")
_TITLE = "# huiying 台账见证：事件条数 末条哈希 时间。由台账保管人以外的人保存，只在末尾增加。\n"


@dataclass(frozen=True, slots=True)
class Point:
    """What the ledger was at one moment; `at` is a stamp."""

    head: Head
    at: str

    def __str__(self) -> str:
        """The line in the file."""
        return f"{self.head.count} {self.head.hash} {self.at}"


@dataclass(frozen=True, slots=True)
class Witnessed:
    """What became of a request to witness: the point written, or why not."""

    point: Point | None
    problems: tuple[Problem, ...] = ()
    repeated: bool = False  # the ledger has not grown since the last point, which stands


def witness(db: sqlite3.Connection, file: Path, *, now: datetime) -> Witnessed:
    """Append the ledger's head to `file`, unless the ledger does not extend what the file holds.

    Also refused: an unreadable line in the file. Nothing of the file is ever changed.
    """
    points, problems = read_points(file) if file.exists() else ([], [])
    if problems:
        return Witnessed(None, tuple(problems))
    current = head(db)
    refusal = _refusal(db, file, points[-1]) if points else None
    if refusal is not None:
        return Witnessed(None, (refusal,))
    if points and points[-1].head == current:
        return Witnessed(points[-1], repeated=True)
    point = Point(current, stamp(now))
    _append(file, str(point))
    return Witnessed(point)


def read_points(file: Path) -> tuple[list[Point], list[Problem]]:
    """The points of a witness file in order, and every line that is none."""
    points: list[Point] = []
    problems: list[Problem] = []
    for number, line in enumerate(file.read_text("utf-8").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        match = _LINE.fullmatch(line.strip())
        if match is None:
            problems.append(
                Problem(file.name, f"第 {number} 行", "不是见证点", "见证文件被改过或损坏，请向其保管人索取原件")
            )
        else:
            points.append(Point(Head(int(match[1]), match[2]), match[3]))
    return points, problems


def _refusal(db: sqlite3.Connection, file: Path, last: Point) -> Problem | None:
    row = db.execute("SELECT hash FROM events WHERE seq = ?", [last.head.count]).fetchone()
    if last.head.count == 0 or (row is not None and row["hash"] == last.head.hash):
        return None
    what = "少于见证过的" if row is None else "与见证过的不同"
    return Problem(
        file.name, str(last.at), f"台账的事件{what}（第 {last.head.count} 条）",
        "这不是同一本台账的延续：可能恢复了旧备份，或被改写；请用 huiying ledger verify --level 4 查明",
    )  # fmt: skip


def _append(file: Path, line: str) -> None:
    """One write, then fsync: a crash leaves either the whole line or none of consequence."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a", encoding="utf-8") as out:
        out.write(line + "\n" if out.tell() else _TITLE + line + "\n")
        out.flush()
        os.fsync(out.fileno())
