"""The record against the obvious ways: verification, appends of several writers, the price of going through the desk.

Obvious here means: hash `json.dumps(header, sort_keys=True)` row by row; WAL and a plain BEGIN; one INSERT.
"""

import hashlib
import json
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median

from crawlers.clock import CHINA
from crawlers.database import transaction
from crawlers.office import Office
from ledger.record import commands as c
from ledger.record.database import open_ledger, read_ledger
from ledger.record.desk import apply
from ledger.record.events import COLUMNS, Draft, Signature, append
from ledger.record.refusals import system
from ledger.record.verify import verify_file

EVENTS = 100_000
WRITERS, APPENDS = 4, 300
COMMANDS = 60
NOW = datetime(2026, 9, 1, 9, tzinfo=CHINA)

# Read the head, then append: what a ledger does. `begin` is the only difference.
WRITER = """
import sqlite3, sys
path, begin, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
db = sqlite3.connect(path, timeout=60, isolation_level=None)
lost = 0
for number in range(count):
    try:
        db.execute(begin)
        last = db.execute("SELECT coalesce(max(seq), 0) FROM log").fetchone()[0]
        db.execute("INSERT INTO log VALUES (?, 'x')", [last + 1])
        db.execute("COMMIT")
    except sqlite3.OperationalError:
        lost += 1
        if db.in_transaction:
            db.execute("ROLLBACK")
print(lost)
"""


def rows() -> list[tuple[str, float, str]]:
    """(name, value, unit) of every figure."""
    with tempfile.TemporaryDirectory() as place:
        home = Path(place)
        ours, obvious = _verification(home / "long.db")
        lost = {begin: _lost(home / f"{number}.db", begin) for number, begin in enumerate(("BEGIN", "BEGIN IMMEDIATE"))}
        desk, bare = _desk(home / "desk.db"), _bare(home / "bare.db")
    return [
        ("verify the chain of 100,000 events", ours, "s"),
        ("verify, × json.dumps row by row", obvious / ours, "×"),
        ("appends lost by 4 writers with BEGIN", 100 * lost["BEGIN"], "%"),
        ("appends lost by 4 writers with BEGIN IMMEDIATE", 100 * lost["BEGIN IMMEDIATE"], "%"),
        ("one command through the desk, durable", 1000 * desk, "ms"),
        ("one command, × a bare durable INSERT", desk / bare, "×"),
    ]


def _verification(path: Path) -> tuple[float, float]:
    said = {"summary": "多名群众反映窗口排队时间过长", "labels": ["public_interest"], "state": "assessed"}
    with closing(open_ledger(path)) as db, transaction(db):
        for number in range(EVENTS):
            draft = Draft(f"YQ-2026-{number // 5}", "case.assessed", said)
            append(db, [draft], Signature("研判员甲", NOW, f"command-{number}"))
    return min(_seconds(lambda: verify_file(path, 1)) for _ in range(3)), _seconds(lambda: _obviously(path))


def _obviously(path: Path) -> None:
    names = [name for name in COLUMNS.split(", ") if name not in ("payload", "salt", "hash")]
    with closing(read_ledger(path)) as db:
        for row in db.execute(f"SELECT {COLUMNS} FROM events ORDER BY seq"):
            header = {name: row[name] for name in names}
            text = json.dumps(header, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
            assert hashlib.sha256(b"huiying/event/1\n" + text.encode()).hexdigest() == row["hash"]
            assert hashlib.sha256(row["salt"] + row["payload"].encode()).hexdigest() == row["payload_hash"]


def _lost(path: Path, begin: str) -> float:
    """The share of appends that fail when several processes write at once."""
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA journal_mode = WAL")  # the usual advice for several processes; it makes the failure certain
        db.execute("CREATE TABLE log (seq INTEGER PRIMARY KEY, what TEXT)")
    command = [sys.executable, "-c", WRITER, str(path), begin, str(APPENDS)]
    writers = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(WRITERS)]
    return sum(int(writer.communicate()[0]) for writer in writers) / (WRITERS * APPENDS)


def _desk(path: Path) -> float:
    """Seconds for one command, median: guards, events, state tables, fsync."""
    office = Office(name="江州市司法局", contact="0000-1234567")
    with closing(open_ledger(path)) as db:
        opening = c.OpenCase(
            summary="窗口排队时间过长", labels=("public_interest",), taxonomy="1", clock_start=NOW,
            clock_basis="detected", origin="sweep",
        )  # fmt: skip
        case = apply(db, opening, actor=system("bench"), office=office, now=NOW).subject
        times = []
        for number in range(COMMANDS):
            command = c.JoinPosts(case=case, fingerprints=(f"f{number}",), posts=1)
            now = NOW + timedelta(seconds=number)
            begun = time.perf_counter()
            apply(db, command, actor=system("bench"), office=office, now=now)
            times.append(time.perf_counter() - begun)
    return median(times)


def _bare(path: Path) -> float:
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA synchronous = EXTRA")
        db.execute("CREATE TABLE log (seq INTEGER PRIMARY KEY, what TEXT)")
        return median(_seconds(lambda: db.execute("INSERT INTO log (what) VALUES ('x')")) for _ in range(COMMANDS))


def _seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun
