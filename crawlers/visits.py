"""Which pages were visited, whether it is time to look again, and the validators for a conditional request."""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b

from crawlers.clock import stamp, unstamp
from crawlers.database import Schema, ensure_schema, transaction
from crawlers.faults import reported

CRAWL = Schema("crawl", "crawlers.crawl_schema", ("crawl", "frontier"))
_WATCHED = timedelta(days=30)  # after that a page is looked at again only when its list shows a change
_FORGOTTEN = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known of a page that was visited before."""

    key: bytes
    source: str
    post: str | None
    etag: str | None
    modified: str | None
    mark: bytes | None
    first_seen: datetime
    checked_at: datetime


@dataclass(frozen=True, slots=True)
class Validators:
    """What a host sent for conditional requests; None where it sent nothing."""

    etag: str | None = None
    modified: str | None = None


def open_visits(db: sqlite3.Connection, *, now: datetime) -> None:
    """Bring this room's tables up to date and drop what is too old to matter."""
    ensure_schema(db, CRAWL)
    with reported(), transaction(db):
        db.execute("DELETE FROM crawl_pages WHERE checked_at < ?", [stamp(now - _FORGOTTEN)])


def page_key(secret: bytes, source: str, page: str) -> bytes:
    """A keyed name for a page of a source."""
    return blake2b(
        f"{source}\0{page}".encode("utf-8", "surrogatepass"), digest_size=16, key=secret, person=b"page"
    ).digest()


def mark_key(secret: bytes, mark: str) -> bytes | None:
    """A keyed name for what a list shows of a matter (it may hold a writer's name, so it is never kept itself)."""
    if not mark:
        return None
    return blake2b(mark.encode("utf-8", "surrogatepass"), digest_size=8, key=secret, person=b"mark").digest()


def look(db: sqlite3.Connection, key: bytes) -> Seen | None:
    """What is known of a page, None if it was never visited."""
    row = db.execute("SELECT * FROM crawl_pages WHERE key = ?", [key]).fetchone()
    return None if row is None else _seen(row)


def due_again(seen: Seen | None, *, mark: bytes | None, now: datetime) -> bool:
    """Whether a matter's page is worth a request.

    New pages and pages whose list entry changed always are. Others are looked at again after a quarter of the time
    they have been known (edits and answers come early in a matter's life), and no longer after thirty days.
    """
    if seen is None or (mark is not None and seen.mark is not None and mark != seen.mark):
        return True
    known = now - seen.first_seen
    return known <= _WATCHED and 4 * (now - seen.checked_at) >= known


def remember(db: sqlite3.Connection, seen: Iterable[Seen]) -> None:
    """Record visits in one transaction; the first sight of a page stays, a missing mark or post keeps the old one."""
    rows = [
        (
            page.key,
            page.source,
            page.post,
            page.etag,
            page.modified,
            page.mark,
            stamp(page.first_seen),
            stamp(page.checked_at),
        )
        for page in seen
    ]
    if not rows:
        return
    with reported(), transaction(db):
        db.executemany(
            "INSERT INTO crawl_pages (key, source, post, etag, modified, mark, first_seen, checked_at) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO UPDATE SET "
            "post = coalesce(excluded.post, post), etag = excluded.etag, modified = excluded.modified, "
            "mark = coalesce(excluded.mark, mark), checked_at = excluded.checked_at",
            rows,
        )


def _seen(row: sqlite3.Row) -> Seen:
    times = (unstamp(row["first_seen"]), unstamp(row["checked_at"]))
    return Seen(row["key"], row["source"], row["post"], row["etag"], row["modified"], row["mark"], *times)
