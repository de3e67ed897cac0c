"""The events as text that somebody without this program can check, and the check of such a text.

A JSON line an event, after one line that says what it is. `payload` is the exact text whose hash the header holds:

    payload_hash = SHA-256(salt ‖ payload)
    hash         = SHA-256("huiying/event/1\\n" ‖ JSON of the other fields, keys sorted, no spaces, UTF-8)

Without the contents ("sealed") payload and salt are left out: the chain can still be walked, and nothing is disclosed.
"""

import hashlib
import json
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from crawlers.clock import stamp
from ledger.record.events import COLUMNS, header_names
from ledger.record.events import hash_of_header as hash_of
from ledger.record.head import Head, head
from ledger.record.tables import GENESIS
from ledger.record.verify import Finding, Verdict
from ledger.record.witness import Point, read_points

FORMAT = "huiying-ledger-export/1"
_TEXT = frozenset({"event_id", "stream", "type", "recorded_at", "effective_at", "actor", "cmd_id", "payload_hash",
                   "prev_hash", "hash"})  # fmt: skip
_NUMBERS = frozenset({"seq", "version", "schema_ver", "cmd_part"})


def lines(db: sqlite3.Connection, *, office: str, now: datetime, sealed: bool = False) -> Iterator[str]:
    """The export, line by line; the caller holds a transaction if writers may be about."""
    top = head(db)
    first = {"format": FORMAT, "office": office, "exported_at": stamp(now), "sealed": sealed}
    yield json.dumps(first | {"count": top.count, "hash": top.hash}, ensure_ascii=False)
    names = [name for name in COLUMNS.split(", ") if not (sealed and name in ("payload", "salt"))]
    for row in db.execute(f"SELECT {', '.join(names)} FROM events WHERE seq <= ? ORDER BY seq", [top.count]):
        event = dict(zip(names, row, strict=True))
        if event.get("salt") is not None:
            event["salt"] = event["salt"].hex()
        yield json.dumps(event, ensure_ascii=False)


def verify_export(path: Path, *, witness: Path | None = None) -> Verdict:
    """Check an exported file by itself; with a witness file also against every point of it that it reaches.

    Level 1 of `ledger verify` (4 with a witness). What it cannot find is the same, and besides: whether the file is all
    there was to export beyond the head that its first line names.
    """
    walk = _Walk()
    level = 1 if witness is None else 4
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                walk.take(number, line)
    except _Stop:
        pass
    findings = walk.findings + walk.at_the_end()
    if witness is not None and not walk.findings:
        findings += _against(witness, walk)
    note = "文件里只有链，没有内容：核对的是没人动过、没少一条" if walk.sealed else ""
    return Verdict(level, Head(walk.seq, walk.previous), tuple(findings), tuple(walk.erased), note)


class _Stop(Exception):
    """Nothing after this can be checked."""


@dataclass
class _Walk:
    """How far the chain has been walked."""

    seq: int = 0
    previous: str = GENESIS
    promised: Head | None = None  # what the first line says
    sealed: bool = False
    findings: list[Finding] = field(default_factory=list)
    erased: list[int] = field(default_factory=list)
    records: set[int] = field(default_factory=set)
    hashes: dict[int, str] = field(default_factory=dict)

    def take(self, number: int, line: bytes) -> None:
        """One line of the file."""
        try:
            found = json.loads(line)
        except ValueError:
            self.stop(Finding("damaged", f"第 {number} 行不是 JSON"))
        if not isinstance(found, dict):
            self.stop(Finding("damaged", f"第 {number} 行不是对象"))
        if number == 1:
            self.begin(found)
        elif fault := self.fault(found):
            self.stop(Finding("tampered", fault, self.seq + 1))

    def begin(self, said: Mapping[str, Any]) -> None:
        """The line that says what the file is."""
        if said.get("format") != FORMAT or not isinstance(said.get("count"), int):
            self.stop(Finding("damaged", f"第 1 行没有写明格式 {FORMAT}：不是台账的导出文件，或来自别的版本"))
        self.promised, self.sealed = Head(said["count"], str(said.get("hash"))), bool(said.get("sealed"))

    def fault(self, event: dict[str, Any]) -> str | None:
        """What is wrong with the next event; None: it holds, and the walk has come to it."""
        if any(not isinstance(event.get(name), str) for name in _TEXT) or any(
            type(event.get(name)) is not int for name in _NUMBERS
        ):
            return "字段不全，或不是写入时的形式"
        if event["seq"] != self.seq + 1:
            return f"缺少事件，其后是第 {event['seq']} 条"
        if event["prev_hash"] != self.previous:
            return "与前一条的哈希不相接"
        if hash_of([event.get(name) for name in header_names()]) != event["hash"]:
            return "哈希与内容不符"
        if not self.sealed and (fault := self.content(event)):
            return fault
        self.seq, self.previous = event["seq"], event["hash"]
        self.hashes[self.seq] = self.previous
        return None

    def content(self, event: Mapping[str, Any]) -> str | None:
        """What is wrong with the payload."""
        payload, salt = event.get("payload"), event.get("salt")
        if payload is None:
            self.erased.append(event["seq"])
            return None if salt is None else "内容被抹去，盐值还在"
        if not isinstance(payload, str) or not isinstance(salt, str):
            return "内容不是写入时的形式"
        try:
            own = hashlib.sha256(bytes.fromhex(salt) + payload.encode()).hexdigest()
        except ValueError:  # no hexadecimal, or text that UTF-8 cannot hold
            return "内容不是写入时的形式"
        if own != event["payload_hash"]:
            return "内容与其哈希不符"
        if event["type"] == "payload.erased":
            self.records.add(json.loads(payload)["seq"])
        return None

    def stop(self, finding: Finding) -> None:
        """Note what is wrong and go no further."""
        self.findings.append(finding)
        raise _Stop

    def at_the_end(self) -> list[Finding]:
        """What only the whole file shows."""
        if self.findings:
            return []
        if self.promised is None:
            return [Finding("damaged", "文件是空的")]
        missing = [seq for seq in self.erased if seq not in self.records]
        found = [Finding("tampered", "内容被抹去，却没有涂销记录", missing[0])] if missing else []
        if Head(self.seq, self.previous) != self.promised:
            found.append(Finding("tampered", f"首行写明到{self.promised}，文件只到第 {self.seq} 条：末尾被截或被改"))
        return found


def _against(witness: Path, walk: _Walk) -> list[Finding]:
    if not witness.exists():
        return [Finding("unverifiable", f"没有见证文件 {witness.name}")]
    points, problems = read_points(witness)
    found = [Finding("unverifiable", str(problem)) for problem in problems]
    if not points and not problems:
        found.append(Finding("unverifiable", "见证文件里还没有见证点"))
    return [*found, *(fault for point in points if (fault := _beside(point, walk)))]


def _beside(point: Point, walk: _Walk) -> Finding | None:
    """A point that the file does not reach was taken after the export, or its end was cut off: the witness knows."""
    if point.head.count == 0:
        return None
    there = walk.hashes.get(point.head.count)
    if there is None:
        return Finding("unverifiable", f"{point.at} 见证时有 {point.head.count} 条，文件只到第 {walk.seq} 条")
    if there != point.head.hash:
        return Finding("tampered", f"与 {point.at} 的见证不符：此前的事件被整段改写", point.head.count)
    return None
