"""`today` on 10,000 cases and 20,000 promises, against a bare interpreter and against reading every row into Python.

The commands as they are typed are measured in CPU time, which other work on the machine hardly touches.
"""

import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from crawlers.clock import CHINA, stamp, unstamp
from crawlers.workspace import Workspace, lay_out
from ledger.record.database import open_ledger
from ledger.record.tables import PROJECTIONS
from ledger.telling.today import today

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=CHINA)
CASES, PROMISES, ROUNDS = 10_000, 20_000, 7


def rows() -> list[tuple[str, float, str]]:
    """Name, value, unit."""
    with tempfile.TemporaryDirectory() as folder:
        home = Workspace(Path(folder) / "data")
        lay_out(home)
        path = home.ledger
        db = _filled(path)
        typed = {words: _cpu(_COMMAND, str(home.root), *words.split()) for words in _TYPED}
        empty = _cpu("pass")
        inside = _best(lambda: today(db, now=NOW))
        naive = _best(lambda: _every_row(db))
        process = _best(lambda: _run(_TODAY, str(path)))
        bare = _best(lambda: _run("pass"))
        db.close()
    return [
        ("today，含进程启动", 1000 * process, "毫秒"),
        ("python -c pass", 1000 * bare, "毫秒"),
        ("today ÷ python -c pass", process / bare, "倍"),
        ("today，只算查询", 1000 * inside, "毫秒"),
        ("逐行读进 Python 再筛 ÷ today", naive / inside, "倍"),
        *((f"huiying {words} ÷ python -c pass（CPU）", spent / empty, "倍") for words, spent in typed.items()),
    ]


_TODAY = f"""
import sys
from datetime import datetime
from pathlib import Path
from ledger.record.database import open_ledger
from ledger.telling.today import today
today(open_ledger(Path(sys.argv[1])), now=datetime.fromisoformat({NOW.isoformat()!r})).as_json()
"""


def _run(code: str, *arguments: str) -> None:
    subprocess.run([sys.executable, "-c", code, *arguments], check=True)


_COMMAND = "import cli, sys; cli.main(['--workspace', *sys.argv[1:]])"
_TYPED = ("--help", "today", "today --json", "alert", "review", "commitment list")  # alert first says all, then nothing


def _cpu(code: str, *arguments: str) -> float:
    """User and system seconds of a process, the least of several."""
    spent = []
    for _ in range(ROUNDS):
        program = subprocess.Popen([sys.executable, "-c", code, *arguments], stdout=_AWAY, stderr=_AWAY)
        _, _, used = os.wait4(program.pid, 0)
        program.returncode = 0
        spent.append(used.ru_utime + used.ru_stime)
    return min(spent)


_AWAY = subprocess.DEVNULL


def _best(work: Callable[[], object]) -> float:
    spent = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        work()
        spent.append(time.perf_counter() - started)
    return min(spent)


def _every_row(db: sqlite3.Connection) -> int:
    """The obvious way: all deadlines, judged one by one."""
    open_ = {row["id"] for row in db.execute("SELECT id, status FROM cases") if row["status"] == "assigned"}
    open_ |= {row["id"] for row in db.execute("SELECT id, status FROM commitments") if row["status"] == "registered"}
    found = db.execute("SELECT * FROM deadlines").fetchall()
    late = [row for row in found if row["current"] and row["subject"] in open_ and unstamp(row["due_at"]) <= NOW]
    return len(sorted(late, key=lambda row: str(row["due_at"])))


def _filled(path: Path) -> sqlite3.Connection:
    db = open_ledger(path)
    start = stamp(NOW - timedelta(days=3))
    plain = {name: _plain(name) for name in ("cases", "commitments", "deadlines")}
    db.execute("BEGIN")
    for number in range(CASES):
        status = "assigned" if number % 3 else "closed"
        case = {"id": f"YQ-2026-{number:05}", "status": status, "summary": "东区：一件舆情", "clock_start": start}
        _insert(db, "cases", plain["cases"] | case)
        _insert(db, "deadlines", plain["deadlines"] | _due(case["id"], "response", number - 3000))
    for number in range(PROMISES):
        status = "registered" if number % 4 else "fulfilled"
        promise = {"id": f"CN-2026-{number:05}", "status": status, "quote": "一条公开的承诺"}
        _insert(db, "commitments", plain["commitments"] | promise)
        _insert(db, "deadlines", plain["deadlines"] | _due(promise["id"], "fulfil", number - 6000))
    db.execute("COMMIT")
    return db


def _due(subject: str, clock: str, hours: int) -> dict[str, object]:
    due = stamp(NOW + timedelta(hours=hours))
    return {"subject": subject, "clock": clock, "version": 1, "current": 1, "certainty": "firm", "due_at": due}


def _plain(table: str) -> dict[str, object]:
    made = sqlite3.connect(":memory:")
    made.execute(PROJECTIONS[table])
    columns = made.execute(f"PRAGMA table_info({table})").fetchall()
    known = {"TEXT": "", "INTEGER": 0}
    return {name: _FORM.get(name, known[kind]) for _, name, kind, needed, _, key in columns if needed or key}


_LISTS = ("sources", "about_units", "explanation", "met_by", "named", "lead_named")
_TIMES = ("opened_at", "updated_at", "proposed_at", "recorded_at", "clock_start", "detected_at")
_FORM = {
    **dict.fromkeys(_LISTS, "[]"), **dict.fromkeys(_TIMES, stamp(NOW - timedelta(days=3))), "deadline": "{}",
    "labels": '["public_interest"]', "label": "public_interest", "severity": "general", "clock_basis": "detected",
    "strength": "hard", "kind": "action",
}  # fmt: skip


def _insert(db: sqlite3.Connection, table: str, values: dict[str, object]) -> None:
    marks = ", ".join("?" * len(values))
    db.execute(f"INSERT INTO {table} ({', '.join(values)}) VALUES ({marks})", list(values.values()))
