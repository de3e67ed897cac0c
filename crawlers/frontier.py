"""The pages still to visit, as a lease table: whoever crawls takes some, and a killed crawler's share goes back.

A row is added once a sweep, leased by one worker, and settled as read or failed; then its address is erased and only
its keyed name stays until the whole source is settled. A worker is alive while it holds the lock on its own file, which
the system releases however it dies, so no clock decides who is dead. Several processes may share one table.
"""

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from filelock import FileLock, Timeout

from crawlers.clock import stamp
from crawlers.database import transaction
from crawlers.faults import reported
from crawlers.settings import slot_of
from crawlers.spiders.task import Task
from crawlers.visits import Validators, page_key

WAITING, LEASED, READ, FAILED = range(4)
PRIORITY = {"feed": 2, "list": 1, "matter": 0}
_BATCH = 16  # rows leased at once for one host
_WORKERS = 64
_STALE = timedelta(days=1)  # what an interrupted sweep left longer ago is begun anew


@dataclass(frozen=True, slots=True)
class Settled:
    """A source whose pages are all visited: whether none failed, and the validators of its lists and feeds."""

    clean: bool
    lists: tuple[tuple[bytes, Validators], ...]


class Frontier:
    """One worker's view of the table."""

    def __init__(self, db: sqlite3.Connection, secret: bytes, directory: Path, sources: Sequence[str]) -> None:
        """Become a worker for `sources`; lock files are kept in `directory`."""
        self.db, self.secret = db, secret
        self._directory = directory
        self._sources = json.dumps(list(sources), ensure_ascii=False)
        self.worker, self._lock = self._enlist()
        self._release(self.worker)  # a dead worker may have had this number
        self.reclaim()
        self._held: defaultdict[str, list[Task]] = defaultdict(list)  # host → leased, not yet handed out, last first

    def begin(self, starts: Iterable[Task], *, now: datetime) -> None:
        """Begin every source that no interrupted sweep left half done. One worker begins a sweep, others join it."""
        with reported(), transaction(self.db):
            self.db.execute("DELETE FROM frontier WHERE added_at < ?", [stamp(now - _STALE)])
            # Killed between a source's last page and its settling: everything was read, so it begins anew.
            self.db.execute(
                "DELETE FROM frontier WHERE source NOT IN (SELECT source FROM frontier WHERE state < ?)", [READ]
            )
            self._insert(starts, now)

    def settle(self, done: Sequence[tuple[Task, int, Validators]], found: Iterable[Task], *, now: datetime) -> None:
        """Record visited pages (READ or FAILED) and add what they led to, in one transaction."""
        with reported(), transaction(self.db):
            self._insert(found, now)
            self.db.executemany(
                "UPDATE frontier SET state = ?, worker = NULL, task = '', etag = ?, modified = ? WHERE key = ?",
                [(state, sent.etag, sent.modified, self._key(task)) for task, state, sent in done],
            )

    def take(self, busy: Mapping[str, int], most: int = 2) -> Task | None:
        """A page of the least busy host, None where every host has `most` requests under way or nothing waits."""
        if not any(self._held.values()):
            self._lease()
        hosts = [host for host, tasks in self._held.items() if tasks and busy.get(host, 0) < most]
        if not hosts and self._lease():
            hosts = [host for host, tasks in self._held.items() if tasks and busy.get(host, 0) < most]
        if not hosts:
            return None
        return self._held[min(hosts, key=lambda host: busy.get(host, 0))].pop()

    def waits(self) -> bool:
        """Whether any page of this worker's sources is still to be settled, by whomever."""
        return self._any("state < ?", READ)

    def close_source(self, source: str) -> Settled | None:
        """Forget the rows of a source all of whose pages are settled; None while some are not, or if another did it."""
        with reported(), transaction(self.db):
            sql = "SELECT key, state, etag, modified, step FROM frontier WHERE source = ?"
            rows = self.db.execute(sql, [source]).fetchall()
            if not rows or any(row["state"] < READ for row in rows):
                return None
            self.db.execute("DELETE FROM frontier WHERE source = ?", [source])
        lists = ((row["key"], Validators(row["etag"], row["modified"])) for row in rows if row["step"] != "matter")
        return Settled(all(row["state"] == READ for row in rows), tuple(lists))

    def abandon(self, source: str) -> None:
        """Drop every page of a source that refuses; the next sweep begins it anew."""
        for tasks in self._held.values():
            tasks[:] = [task for task in tasks if task.source != source]
        with reported(), transaction(self.db):
            self.db.execute("DELETE FROM frontier WHERE source = ?", [source])

    def reclaim(self) -> int:
        """Give back what workers held that are alive no more; how many pages."""
        rows = self.db.execute("SELECT DISTINCT worker FROM frontier WHERE worker IS NOT NULL").fetchall()
        back = 0
        for worker in {row[0] for row in rows} - {self.worker}:
            with suppress(Timeout), self._lock_of(worker).acquire(timeout=0):
                back += self._release(worker)
        return back

    def close(self) -> None:
        """Leave: what was leased and not fetched waits for others."""
        self._release(self.worker)
        self._lock.release()

    def _release(self, worker: int) -> int:
        with reported(), transaction(self.db):
            sql = "UPDATE frontier SET state = ?, worker = NULL WHERE worker = ?"
            return self.db.execute(sql, [WAITING, worker]).rowcount

    def _insert(self, tasks: Iterable[Task], now: datetime) -> None:
        rows = [
            (self._key(task), task.source, slot_of(task.url), task.step, PRIORITY[task.step], _dump(task), stamp(now))
            for task in tasks
        ]
        self.db.executemany(
            "INSERT OR IGNORE INTO frontier (key, source, host, step, priority, task, state, added_at) "
            f"VALUES (?, ?, ?, ?, ?, ?, {WAITING}, ?)",
            rows,
        )

    def _lease(self) -> bool:
        """Lease a batch for every host of which nothing is held."""
        held = json.dumps([host for host, tasks in self._held.items() if tasks])
        hosts = self.db.execute(
            "SELECT DISTINCT host FROM frontier WHERE state = ? AND source IN (SELECT value FROM json_each(?)) "
            "AND host NOT IN (SELECT value FROM json_each(?))",
            [WAITING, self._sources, held],
        ).fetchall()
        for (host,) in hosts:
            with reported(), transaction(self.db):
                rows = self.db.execute(
                    "UPDATE frontier SET state = ?, worker = ? WHERE key IN "
                    "(SELECT key FROM frontier WHERE state = ? AND host = ? "
                    "AND source IN (SELECT value FROM json_each(?)) ORDER BY priority DESC, rowid LIMIT ?) "
                    "RETURNING rowid, priority, task",
                    [LEASED, self.worker, WAITING, host, self._sources, _BATCH],
                ).fetchall()
            rows.sort(key=lambda row: (row["priority"], -row["rowid"]))
            self._held[host] = [_load(row["task"]) for row in rows]
        return bool(hosts)

    def _any(self, condition: str, *values: object) -> bool:
        sql = f"SELECT 1 FROM frontier WHERE {condition} AND source IN (SELECT value FROM json_each(?)) LIMIT 1"
        return self.db.execute(sql, [*values, self._sources]).fetchone() is not None

    def _key(self, task: Task) -> bytes:
        return page_key(self.secret, task.source, task.key)

    def _enlist(self) -> tuple[int, FileLock]:
        """The first free worker number and its lock, held until this process ends."""
        for worker in range(_WORKERS):
            lock = self._lock_of(worker)
            with suppress(Timeout):
                lock.acquire(timeout=0)
                return worker, lock
        raise RuntimeError("no free worker number")

    def _lock_of(self, worker: int) -> FileLock:
        return FileLock(self._directory / f"crawl-{worker}.lock")


def _dump(task: Task) -> str:
    values = [task.source, task.step, task.url, task.key, task.number, task.mark, task.title, task.posted_at]
    return json.dumps(values, ensure_ascii=False)


def _load(text: str) -> Task:
    return Task(*json.loads(text))
