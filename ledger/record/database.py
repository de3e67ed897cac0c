"""Open ledger.db: rollback journal, full synchronisation, guards in place, projections up to date.

The journal is a rollback journal because SQLite before 3.51.3 can corrupt a WAL file under several writers, and a
ledger has a few writes a day: a commit costs about 1 ms instead of 0.3 ms.
"""

import sqlite3
from pathlib import Path

from crawlers.database import DatabaseError, Schema, connect, ensure_schema

SCHEMA = Schema("ledger", "ledger.record.schema", ("m001_events", "m002_projections", "m003_deadlines_point_to_events"))

_PROTECTED = frozenset({"events", "events_append", "events_keep", "events_erase_only"})
_STRUCTURE = frozenset(
    {sqlite3.SQLITE_DROP_TABLE, sqlite3.SQLITE_DROP_TRIGGER, sqlite3.SQLITE_ALTER_TABLE, sqlite3.SQLITE_DELETE}
)


def open_ledger(path: Path, *, busy_seconds: float = 10.0) -> sqlite3.Connection:
    """A writable connection. Creates or migrates the file, and rebuilds projections that lag behind the events.

    Raises `DatabaseError` for a file that is not a ledger, `NewerDatabase` for one from a later version.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    db = connect(path, busy_seconds=busy_seconds)
    try:
        db.execute("PRAGMA journal_mode = DELETE")
        # EXTRA also syncs the directory after the journal is gone, so that a power cut cannot bring it back.
        db.execute("PRAGMA synchronous = EXTRA")
        db.execute("PRAGMA secure_delete = ON")  # what is erased is overwritten in the file, too
        ensure_schema(db, SCHEMA)
        db.set_authorizer(_authorise)
        _catch_up(db)
    except sqlite3.DatabaseError as error:
        db.close()
        raise DatabaseError(f"{path.name} 不是可用的台账数据库：{error}") from error
    except BaseException:
        db.close()
        raise
    return db


def read_ledger(path: Path) -> sqlite3.Connection:
    """A read-only connection for lists, reports and checks; the schema must be up to date already."""
    if not path.exists():
        raise DatabaseError(f"{path.name} 不存在：还没有台账，请先运行 huiying init")
    return connect(path, read_only=True)


def _authorise(action: int, name: str | None, other: str | None, database: str | None, trigger: str | None) -> int:
    """Deny our own process what no code of ours has any business doing to the log; strangers meet the triggers.

    ALTER TABLE gives the table's name second, the others first.
    """
    if action in _STRUCTURE and (name in _PROTECTED or other in _PROTECTED):
        return sqlite3.SQLITE_DENY
    return sqlite3.SQLITE_OK


def _catch_up(db: sqlite3.Connection) -> None:
    """A migration that made the projections anew leaves them empty; the events fill them."""
    last = db.execute("SELECT coalesce(max(seq), 0) FROM events").fetchone()[0]
    if db.execute("SELECT seq FROM projected").fetchone()["seq"] != last:
        from ledger.record.projections import rebuild

        rebuild(db)
