"""Citizens' words are short-lived (safeguard S4): delete them on schedule, for good, and refuse their return."""

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from json import dumps
from typing import Literal

from crawlers.clock import stamp
from crawlers.database import transaction
from crawlers.faults import reported
from crawlers.search import forget_words, sweep_out

Reason = Literal["expired", "irrelevant", "deleted"]
_BATCH = 5_000


@dataclass(frozen=True, slots=True)
class PurgeReport:
    """What a purge removed, or would remove."""

    expired: int
    irrelevant: int
    kept: int
    freed: int  # bytes given back to the file system; 0 in a dry run
    dry_run: bool


def purge(
    db: sqlite3.Connection, *, now: datetime, keep_days: int = 180, keep_irrelevant_days: int = 7, dry_run: bool = False
) -> PurgeReport:
    """Delete posts fetched more than `keep_days` ago, and those tagged `none` after `keep_irrelevant_days`.

    Their keyed ids stay as tombstones; their words leave the table, the index, the free pages and the write-ahead log.
    Raises ValueError for a negative number of days.
    """
    if keep_days < 0 or keep_irrelevant_days < 0:
        raise ValueError("days to keep must not be negative")
    with reported():
        expired = _expired(db, now - timedelta(days=keep_days))
        irrelevant = sorted(set(_irrelevant(db, now - timedelta(days=keep_irrelevant_days))) - set(expired))
        size = _size(db)
        if not dry_run:
            _bury(db, expired, "expired", now)
            _bury(db, irrelevant, "irrelevant", now)
            _give_back(db)
        kept = db.execute("SELECT count(*) FROM posts").fetchone()[0]
    gone = len(expired) + len(irrelevant)
    return PurgeReport(len(expired), len(irrelevant), kept - gone if dry_run else kept, size - _size(db), dry_run)


def forget(db: sqlite3.Connection, ids: Iterable[str], *, now: datetime) -> int:
    """Drop posts that were deleted at their source, leaving tombstones; how many were there.

    Their words linger in the index until the next `purge`, which is for every night: merging it for each is too dear.
    """
    with reported():
        wanted = dumps(list(ids))
        there = db.execute("SELECT id FROM posts WHERE id IN (SELECT value FROM json_each(?))", [wanted])
        found = [row[0] for row in there.fetchall()]
        _bury(db, found, "deleted", now)
    return len(found)


def _expired(db: sqlite3.Connection, before: datetime) -> list[str]:
    rows = db.execute("SELECT id FROM posts WHERE fetched_at < ? ORDER BY id", [stamp(before)])
    return [row[0] for row in rows]


def _irrelevant(db: sqlite3.Connection, before: datetime) -> list[str]:
    # The table belongs to the classifier; a workspace that never classified has none.
    if not db.execute("SELECT 1 FROM sqlite_schema WHERE name = 'tags'").fetchone():
        return []
    rows = db.execute(
        "SELECT id FROM posts JOIN tags ON tags.post_id = posts.id WHERE label = 'none' AND fetched_at < ?",
        [stamp(before)],
    )
    return [row[0] for row in rows]


def _bury(db: sqlite3.Connection, ids: Sequence[str], reason: Reason, now: datetime) -> None:
    for start in range(0, len(ids), _BATCH):
        batch = ids[start : start + _BATCH]
        with transaction(db):
            wanted = dumps(batch)
            rows = db.execute(
                "SELECT seq, title, text, answer FROM posts WHERE id IN (SELECT value FROM json_each(?))", [wanted]
            )
            forget_words(db, rows.fetchall())
            db.execute("DELETE FROM posts WHERE id IN (SELECT value FROM json_each(?))", [wanted])
            db.execute("UPDATE upkeep SET holes = holes + ?", [len(batch)])
            db.executemany(
                "INSERT OR IGNORE INTO tombstones (id, reason, buried_at) VALUES (?, ?, ?)",
                [(id, reason, stamp(now)) for id in batch],
            )


def _give_back(db: sqlite3.Connection) -> None:
    """Leave no trace in index, free pages and log, and return the space to the file system."""
    sweep_out(db)
    if not _pack(db):
        # It frees a page a step and returns no column, so `execute` would stop after the first; a script runs on.
        db.executescript("PRAGMA incremental_vacuum")
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def _pack(db: sqlite3.Connection) -> bool:
    """Rewrite the file once half as many posts are gone as are left: what goes first lies scattered among what stays.

    It takes a second copy for a while, and every reader out of the way; without them it waits for the next purge.
    """
    holes = db.execute("SELECT holes FROM upkeep").fetchone()[0]
    if holes * 2 <= db.execute("SELECT count(*) FROM posts").fetchone()[0]:
        return False
    try:
        db.execute("VACUUM")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            return False
        raise
    with transaction(db):
        db.execute("UPDATE upkeep SET holes = 0")
    return True


def _size(db: sqlite3.Connection) -> int:
    pages, size = (db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "page_size"))
    return int(pages * size)
