"""The head of the record: how many events there are, and the hash of the last one. Light: `huiying today` reads it."""

import sqlite3
from dataclasses import dataclass
from datetime import datetime

from crawlers.clock import unstamp
from ledger.record.states import CLOCK_TOLERANCE
from ledger.record.tables import GENESIS


@dataclass(frozen=True, slots=True)
class Head:
    """How many events there are and the hash of the last one: what reports print and witnesses keep."""

    count: int
    hash: str

    def __str__(self) -> str:
        """The form for footers."""
        return f"第 {self.count} 条 {self.hash[:16]}"


def head(db: sqlite3.Connection) -> Head:
    """The last event's number and hash; (0, 64 zeros) for an empty ledger."""
    row = db.execute("SELECT seq, hash FROM events ORDER BY seq DESC LIMIT 1").fetchone()
    return Head(row["seq"], row["hash"]) if row else Head(0, GENESIS)


def late_clock(db: sqlite3.Connection, now: datetime) -> str | None:
    """Why nothing may be written at `now`: a clock that stands behind the record would back-date it. None: it may."""
    row = db.execute("SELECT recorded_at FROM events ORDER BY seq DESC LIMIT 1").fetchone()
    if row is None or now >= unstamp(row["recorded_at"]) - CLOCK_TOLERANCE:
        return None
    return f"系统时钟（{now:%Y-%m-%d %H:%M}）早于台账最后一条记录（{row['recorded_at'][:16]}），请先校时"
