"""Ids that people read out: YQ-2026-0042 a case, CN-2026-0042-1 its first commitment, CN-2026-P0003 one from a plan.

Given inside the transaction that uses them. Cases and commitments are never removed, so no number is given twice.
"""

import sqlite3
from datetime import datetime

from crawlers.clock import CHINA


def table_of(stream: str) -> str | None:
    """The projection whose row a stream is; None for calendar, run, alert, record."""
    return {"YQ-": "cases", "CN-": "commitments"}.get(stream[:3])


def next_case(db: sqlite3.Connection, now: datetime) -> str:
    """The next case id of the year that `now` lies in, in China."""
    prefix = f"YQ-{now.astimezone(CHINA).year}-"
    return f"{prefix}{_last(db, 'cases', prefix) + 1:04d}"


def next_commitment(db: sqlite3.Connection, case_id: str | None, now: datetime) -> str:
    """The next commitment id of a case, or of the plans of this year."""
    if case_id is None:
        prefix = f"CN-{now.astimezone(CHINA).year}-P"
        return f"{prefix}{_last(db, 'commitments', prefix) + 1:04d}"
    count = db.execute("SELECT count(*) FROM commitments WHERE case_id = ?", [case_id]).fetchone()[0]
    return f"CN-{case_id.removeprefix('YQ-')}-{count + 1}"


def _last(db: sqlite3.Connection, table: str, prefix: str) -> int:
    """The newest number under `prefix`; numbers grow with `seq`, so this reads one row."""
    row = db.execute(
        f"SELECT id FROM {table} WHERE substr(id, 1, ?) = ? ORDER BY seq DESC LIMIT 1", [len(prefix), prefix]
    ).fetchone()
    return int(row["id"].removeprefix(prefix)) if row else 0
