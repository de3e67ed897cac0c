"""`huiying ledger export`: the whole record in files that need no program of ours to be read or checked.

Only the office's record is in it (S6): no post, no fingerprint's origin, no person beyond the office's own staff. What
was withheld from the public is in it too, so it is for those who may audit; `sealed` gives the chain alone.
"""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from crawlers.office import Office
from ledger.record.exported import lines
from ledger.record.head import Head, head
from ledger.record.tables import PROJECTIONS
from ledger.telling.register import register
from ledger.telling.reports import COLUMNS, cells
from ledger.telling.sheets import as_csv

_README = """\
{office} 舆情回应与承诺台账导出
导出时间 {at}　共 {count} 条事件　末条哈希 {hash}

events.jsonl　全部事件。第一行说明格式，其后每行一条{sealed}
{tables}
怎样核验（不需要本程序）：
1. 从第二行起，逐行读 JSON。seq 从 1 起，一条不缺；prev_hash 等于上一行的 hash（第一条为 64 个 0）。
2. 有 payload 的：SHA-256(salt 的字节 + payload 的 UTF-8 字节) 等于 payload_hash。
   payload 为 null 的已经涂销，其后必有一条 payload.erased 写明它的 seq。
3. 取这一行里除 payload、salt、hash 以外的各项，按键名排序、不留空格写成 JSON（UTF-8，不转义汉字），
   前面加上“huiying/event/1”和一个换行，SHA-256 等于 hash。
4. 末条的 seq 和 hash 与上面写的、与以往报表页脚或见证文件里的相符。
装有本程序的，一条命令：huiying ledger verify events.jsonl [--witness 见证文件]
核验能证明“记下之后没人动过”，不能证明“记下的是真的”，也查不出从来没有记上去的事。
"""
_TABLES = """\
台账.csv　　　 承诺台账，一行一条
tables/*.csv　 由事件算出的各状态表（以 = + - @ 开头的格子前加了撇号，免得被当成公式）
tables.json　　同上，机器读
"""


class ExportRefused(Exception):
    """The directory holds something else."""


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written."""

    path: Path
    head: Head
    files: tuple[str, ...]


def export(
    db: sqlite3.Connection, office: Office, into: Path, *, now: datetime, sealed: bool = False, dry_run: bool = False
) -> Exported:
    """Write the record into the empty or new directory `into`. Raises ExportRefused if it holds anything."""
    if into.exists() and (not into.is_dir() or any(into.iterdir())):
        raise ExportRefused(f"{into} 里已有别的东西")
    with _one_moment(db):
        top = head(db)
        files: list[str] = []
        for name, content in _files(db, office, now, sealed=sealed):
            files.append(name)
            if not dry_run:
                (into / name).parent.mkdir(parents=True, exist_ok=True)
                (into / name).write_bytes(content)
    return Exported(into, top, tuple(files))


@contextmanager
def _one_moment(db: sqlite3.Connection) -> Iterator[None]:
    """Everything is read of one state of the record; writers wait that long."""
    db.execute("BEGIN")
    try:
        yield
    finally:
        db.execute("ROLLBACK")


def _files(db: sqlite3.Connection, office: Office, now: datetime, *, sealed: bool) -> Iterator[tuple[str, bytes]]:
    top = head(db)
    told = "，只有链、没有内容" if sealed else ""
    facts = {"office": office.name, "at": f"{now:%Y-%m-%d %H:%M}", "count": top.count, "hash": top.hash}
    yield "说明.txt", _README.format(**facts, sealed=told, tables="" if sealed else _TABLES).encode("utf-8-sig")
    events = lines(db, office=office.name, now=now, sealed=sealed)
    yield "events.jsonl", "".join(f"{line}\n" for line in events).encode()
    if sealed:
        return
    yield "台账.csv", as_csv(COLUMNS, map(cells, register(db, now=now)))
    tables = {table: db.execute(f"SELECT * FROM {table}").fetchall() for table in PROJECTIONS}
    for table, rows in tables.items():
        headings = [column[1] for column in db.execute(f"PRAGMA table_info({table})")]
        yield f"tables/{table}.csv", as_csv(headings, rows)
    whole = {table: [dict(row) for row in rows] for table, rows in tables.items()}
    yield "tables.json", (json.dumps(whole, ensure_ascii=False, indent=1) + "\n").encode()
