"""Open a SQLite file and bring its schema up to date; the bottom layer of both databases.

sqlite-utils owns the migrations but costs 0.3 s to import, so it is loaded only when a migration is pending.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

_BUSY = "数据库正被另一个程序写入，请稍后重试"


class DatabaseError(Exception):
    """The file cannot be used; the message says why and what to do, in Chinese."""


class NewerDatabase(DatabaseError):
    """The file was written by a later version of this program."""


class BusyDatabase(DatabaseError):
    """Another process kept the write lock for longer than the busy timeout."""


class FullDisk(DatabaseError):
    """There is no room left; what was committed before is sound."""


class Schema:
    """A named migration set and the module that holds it as `SET: sqlite_utils.Migrations`."""

    def __init__(self, name: str, module: str, migrations: Sequence[str]) -> None:
        """`migrations` repeats the names in order, so that an up-to-date file needs no import."""
        self.name, self.module, self.migrations = name, module, tuple(migrations)


def connect(path: Path | str, *, busy_seconds: float = 10.0, read_only: bool = False) -> sqlite3.Connection:
    """A connection in autocommit mode: every transaction is opened by name, with `transaction()`."""
    target, uri = (f"file:{Path(path).absolute()}?mode=ro", True) if read_only else (str(path), False)
    db = sqlite3.connect(target, timeout=busy_seconds, isolation_level=None, uri=uri)
    db.row_factory = sqlite3.Row
    db.execute("PRAGMA foreign_keys = ON")
    # Without this, INSERT OR REPLACE deletes rows behind the back of DELETE triggers.
    db.execute("PRAGMA recursive_triggers = ON")
    return db


@contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """BEGIN IMMEDIATE … COMMIT.

    A deferred BEGIN (what sqlite-utils' `atomic()` opens) fails at once when a read turns into a write
    while another writer is active, whatever the busy timeout; measured, it lost most concurrent appends.
    """
    try:
        db.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        if "locked" in str(error) or "busy" in str(error):
            raise BusyDatabase(_BUSY) from error
        raise
    try:
        yield db
        db.execute("COMMIT")
    except BaseException as error:
        if db.in_transaction:  # a COMMIT that met a reader's lock leaves the transaction open, too
            db.execute("ROLLBACK")
        if isinstance(error, sqlite3.OperationalError) and "locked" in str(error):
            raise BusyDatabase(_BUSY) from error
        raise


def ensure_schema(db: sqlite3.Connection, schema: Schema) -> None:
    """Apply what is pending of `schema`; raise `NewerDatabase` if the file knows more than we do."""
    if _applied(db, schema) == set(schema.migrations):
        return
    with transaction(db):  # two processes may open a new file at once: look again under the lock
        applied = _applied(db, schema)
        unknown = applied - set(schema.migrations)
        if unknown:
            raise NewerDatabase(
                f"数据库由更新版本的 huiying 写成（{schema.name}: {'、'.join(sorted(unknown))}），"
                "请升级本程序后再打开；原文件未作改动"
            )
        if applied != set(schema.migrations):
            _migrate(db, schema)


def _applied(db: sqlite3.Connection, schema: Schema) -> set[str]:
    try:
        rows = db.execute("SELECT name FROM _sqlite_migrations WHERE migration_set = ?", [schema.name])
        return {row["name"] for row in rows}
    except sqlite3.OperationalError as error:
        if "no such table" in str(error):
            return set()
        raise


def _migrate(db: sqlite3.Connection, schema: Schema) -> None:
    import sqlite_utils  # heavy, and needed only here

    # Inside our BEGIN IMMEDIATE, sqlite-utils' own atomic() becomes a savepoint.
    import_module(schema.module).SET.apply(sqlite_utils.Database(db))
