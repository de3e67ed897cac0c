"""Has anybody touched the record? Recomputed from the stored bytes; the first bad event is named.

    0  the events since the last witness point            3  + every snapshot file hashed again
    1  the whole chain, and the guards of the log         4  + every point of the witness file
    2  + state tables equal to a rebuild from the events

Four answers, the worst one counts: damaged (the file cannot be read properly), tampered (it can, and it is not what was
written), unverifiable (there is nothing to compare with), ok. What each level cannot find stands in docs/ledger.md.
"""

import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from crawlers.database import DatabaseError
from ledger.record.database import read_ledger
from ledger.record.events import MARK, hash_of_header
from ledger.record.head import Head
from ledger.record.projections import differences
from ledger.record.tables import EVENTS, GENESIS, GUARDS, PROJECTIONS
from ledger.record.witness import Point, read_points

Status = Literal["ok", "unverifiable", "tampered", "damaged"]
STATUSES: dict[Status, str] = {
    "ok": "完好",
    "unverifiable": "无从对照",
    "tampered": "被改动",
    "damaged": "已损坏",
}
LEVELS = range(5)
ReadPage = Callable[[str], bytes | None]  # the bytes of a snapshot by its SHA-256; None: the file is missing

# SQLite writes the header's JSON faster than Python. It is only a short cut: where the hash of it does not fit, the
# header is built again from the columns by `hash_of_header`, so nothing hangs on how SQLite spells JSON.
_FIELDS = (
    "actor", "cmd_id", "cmd_part", "effective_at", "event_id", "on_behalf_of", "payload_hash", "prev_hash",
    "recorded_at", "schema_ver", "seq", "stream", "type", "version",
)  # fmt: skip
_PAIRS = ", ".join(f"'{name}', {name}" for name in _FIELDS)
_CHAIN = (
    "SELECT seq, type, prev_hash, hash, payload_hash, salt, CAST(payload AS BLOB), "
    f"CAST(json_object({_PAIRS}) AS BLOB) FROM events WHERE seq > ? ORDER BY seq"
)
_HEADER = (
    "SELECT seq, event_id, stream, version, type, schema_ver, recorded_at, effective_at, actor, on_behalf_of, cmd_id, "
    "cmd_part, payload_hash, prev_hash FROM events WHERE seq = ?"
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong; `seq` is the first event concerned, None where no single one is."""

    status: Status
    what: str
    seq: int | None = None

    def __str__(self) -> str:
        """One line for a terminal."""
        return f"第 {self.seq} 条事件：{self.what}" if self.seq else self.what


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer of one verification."""

    level: int
    head: Head  # of what was verified
    findings: tuple[Finding, ...] = ()
    erased: tuple[int, ...] = ()  # events whose words were taken out by an erasure on record: no damage
    note: str = ""  # what was not there to be looked at, and need not be

    @property
    def status(self) -> Status:
        """The worst finding's."""
        order = list(STATUSES)
        return max((finding.status for finding in self.findings), key=order.index, default="ok")

    @property
    def first_bad(self) -> int | None:
        """The first bad event, None if none is or no single one can be named."""
        return min((finding.seq for finding in self.findings if finding.seq), default=None)

    def as_json(self) -> dict[str, Any]:
        """Stable keys."""
        return {
            "status": self.status,
            "level": self.level,
            "count": self.head.count,
            "hash": self.head.hash,
            "first_bad": self.first_bad,
            "erased": list(self.erased),
            "findings": [{"status": one.status, "seq": one.seq, "what": one.what} for one in self.findings],
            "note": self.note,
        }

    def __str__(self) -> str:
        """For a terminal: the answer, then what is wrong."""
        lines = [f"{STATUSES[self.status]}（第 {self.level} 级，{self.head}）", *map(str, self.findings)]
        if self.erased:
            numbers = "、".join(map(str, self.erased[:10])) + ("等" if len(self.erased) > 10 else "")
            lines.append(f"其中 {len(self.erased)} 条事件的文字已涂销（第 {numbers} 条），都有涂销记录，链条不受影响")
        return "\n".join(filter(None, [*lines, self.note]))


def verify_file(path: Path, level: int, *, witness: Path | None = None, pages: ReadPage | None = None) -> Verdict:
    """Verify a ledger file without changing it; a file that is none is damaged."""
    try:
        with closing(read_ledger(path)) as db:
            return verify(db, level, witness=witness, pages=pages)
    except (DatabaseError, sqlite3.DatabaseError, UnicodeDecodeError) as error:
        return Verdict(level, Head(0, GENESIS), (Finding("damaged", f"打不开台账：{error}"),))


def verify(
    db: sqlite3.Connection, level: int, *, witness: Path | None = None, pages: ReadPage | None = None
) -> Verdict:
    """Verify an open ledger. Raises ValueError for an unknown level."""
    if level not in LEVELS:
        raise ValueError(f"level {level}")
    damage = list(_damage(db, level))
    if damage:
        return Verdict(level, Head(0, GENESIS), tuple(damage))
    points, findings = _points(witness, level)
    start = points[-1].head if level == 0 and points else Head(0, GENESIS)
    findings += [*_guards(db), *_beside_points(db, points)]
    reached, fault, erased = _chain(db, start)
    findings += [fault] if fault else []
    if level >= 2 and not fault:
        findings += _projections(db)
    if level >= 3:
        findings += _snapshots(db, pages)
    return Verdict(level, reached, tuple(findings), erased)


def _damage(db: sqlite3.Connection, level: int) -> Iterator[Finding]:
    """The file as SQLite sees it; the two cheap levels leave out the comparison of indexes with their tables."""
    try:
        for row in db.execute("PRAGMA quick_check(3)" if level < 2 else "PRAGMA integrity_check(3)"):
            if row[0] != "ok":
                yield Finding("damaged", f"数据库文件损坏：{row[0]}")
        db.execute("SELECT 1 FROM events LIMIT 1").fetchone()
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:  # the report itself may quote broken text
        yield Finding("damaged", f"数据库文件损坏：{error}")


def _guards(db: sqlite3.Connection) -> Iterator[Finding]:
    """The log has exactly the table and the triggers that it was made with."""
    there = {
        row["name"]: row["sql"] for row in db.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
    }
    for name, sql in GUARDS.items():
        if name not in there:
            yield Finding("tampered", f"保护台账的触发器 {name} 不见了")
        elif _squeezed(there[name]) != _squeezed(sql):
            yield Finding("tampered", f"保护台账的触发器 {name} 被改写")
    for name in sorted(there.keys() - GUARDS.keys()):
        yield Finding("tampered", f"多出一个触发器 {name}")
    table = db.execute("SELECT sql FROM sqlite_master WHERE name = 'events'").fetchone()["sql"]
    if _squeezed(table) != _squeezed(EVENTS):
        yield Finding("tampered", "事件表的结构被改写")


def _chain(db: sqlite3.Connection, start: Head) -> tuple[Head, Finding | None, tuple[int, ...]]:
    """Walk the events after `start`; how far they hold, what is wrong with the first one that does not, and whose words
    were erased.
    """
    cursor = db.cursor()
    cursor.row_factory = None
    seq, previous = start.count, start.hash
    erased: list[int] = []
    records: set[int] = set()
    try:
        for row in cursor.execute(_CHAIN, [start.count]):
            fault = _fault(db, row, seq, previous)
            if fault:
                return Head(seq, previous), Finding("tampered", fault, seq + 1), ()
            seq, previous = row[0], row[3]
            if row[6] is None:
                erased.append(seq)
            elif row[1] == "payload.erased":
                records.add(json.loads(row[6])["seq"])
    except (sqlite3.OperationalError, TypeError, ValueError):  # no text where text was, no number where one was
        return Head(seq, previous), Finding("tampered", "内容不是写入时的形式", seq + 1), ()
    missing = [number for number in erased if number not in records]
    gone = Finding("tampered", "内容被抹去，却没有涂销记录", missing[0]) if missing else None
    return Head(seq, previous), gone, tuple(erased)


def _fault(db: sqlite3.Connection, row: tuple[Any, ...], seq: int, previous: str) -> str | None:
    number, _, before, own, content_hash, salt, content, header = row
    if number != seq + 1:
        return f"缺少事件，其后是第 {number} 条"
    if before != previous:
        return "与前一条的哈希不相接"
    if hashlib.sha256(MARK + header).hexdigest() != own:
        columns = db.execute(_HEADER, [number]).fetchone()
        if hash_of_header(tuple(columns)) != own:
            return "哈希与内容不符"
    if content is None:
        return None if salt is None else "内容被抹去，盐值还在"
    return None if hashlib.sha256(salt + content).hexdigest() == content_hash else "内容与其哈希不符"


def _projections(db: sqlite3.Connection) -> Iterator[Finding]:
    names = {row["name"] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    for table in PROJECTIONS.keys() - names:  # SQLite itself takes another case for the same name
        yield Finding("tampered", f"状态表 {table} 不见了或改了名（可用 ledger rebuild 重建）")
    try:
        found = differences(db)
    except (KeyError, TypeError, ValueError, sqlite3.Error) as error:
        yield Finding("tampered", f"事件无法重放：{error}")
        return
    for difference in found[:10]:
        yield Finding("tampered", f"状态表与事件不符：{difference}（可用 ledger rebuild 重建）")
    if len(found) > 10:
        yield Finding("tampered", f"状态表与事件不符的共 {len(found)} 行")


def _snapshots(db: sqlite3.Connection, pages: ReadPage | None) -> Iterator[Finding]:
    rows = db.execute("SELECT sha256, min(seq) AS seq FROM snapshots WHERE status = 200 GROUP BY sha256 ORDER BY seq")
    for row in rows:
        if pages is None:
            yield Finding("unverifiable", "没有给出快照目录，无法核对快照")
            return
        raw = pages(row["sha256"])
        if raw is None:
            yield Finding("damaged", f"快照 {row['sha256'][:16]} 的文件缺失", row["seq"])
        elif hashlib.sha256(raw).hexdigest() != row["sha256"]:
            yield Finding("tampered", f"快照 {row['sha256'][:16]} 的文件被改动", row["seq"])


def _points(witness: Path | None, level: int) -> tuple[list[Point], list[Finding]]:
    needed = level in (0, 4)
    if witness is None or not witness.exists():
        return [], [Finding("unverifiable", "没有见证文件，末尾被截、整本被换都查不出")] if needed else []
    points, problems = read_points(witness)
    findings = [Finding("unverifiable", str(problem)) for problem in problems]
    if not points and needed:
        findings.append(Finding("unverifiable", "见证文件里还没有见证点"))
    return points, findings


def _beside_points(db: sqlite3.Connection, points: list[Point]) -> Iterator[Finding]:
    for point in points:
        if point.head.count == 0:  # taken before the first event; every ledger extends it
            continue
        row = db.execute("SELECT hash FROM events WHERE seq = ?", [point.head.count]).fetchone()
        if row is None:
            yield Finding("tampered", f"{point.at} 见证时有 {point.head.count} 条，现在不足：末尾被截，或是旧的备份")
        elif row["hash"] != point.head.hash:
            yield Finding("tampered", f"与 {point.at} 的见证不符：此前的事件被整段改写", point.head.count)


def _squeezed(sql: str) -> str:
    return " ".join(sql.split())
