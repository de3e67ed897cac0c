"""SQLite's complaints as `DatabaseError` in Chinese: what happened, what is safe, what to do."""

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from crawlers.database import BusyDatabase, DatabaseError, FullDisk

_SAVED = "此前已提交的内容完好，可在排除故障后重新运行，不会重复"
FULL = f"磁盘已满，未能写入。{_SAVED}；请先腾出空间"


@contextmanager
def reported() -> Iterator[None]:
    """Turn errors of the file (not of our SQL) into `DatabaseError`; anything else passes unchanged."""
    try:
        yield
    except (sqlite3.DatabaseError, OSError) as error:
        known = fault(error)
        if known is None:
            raise
        raise known from error


def fault(error: Exception) -> DatabaseError | None:
    """What is wrong with the file or the disk; None where it is something else."""
    if isinstance(error, DatabaseError):
        return error
    if isinstance(error, OSError):
        return FullDisk(FULL) if error.errno in (errno.ENOSPC, errno.EDQUOT) else None
    # The low byte is the primary code; extended codes (SQLITE_IOERR_WRITE …) add bits above it.
    code = getattr(error, "sqlite_errorcode", None)
    if code is None or (message := _MESSAGES.get(code & 0xFF)) is None:
        return None
    return _KINDS.get(code & 0xFF, DatabaseError)(message)


_KINDS: dict[int, type[DatabaseError]] = {
    sqlite3.SQLITE_FULL: FullDisk,
    sqlite3.SQLITE_BUSY: BusyDatabase,
    sqlite3.SQLITE_LOCKED: BusyDatabase,
}
_MESSAGES = {
    sqlite3.SQLITE_FULL: FULL,
    sqlite3.SQLITE_IOERR: f"读写磁盘出错。{_SAVED}；请检查磁盘",
    sqlite3.SQLITE_BUSY: f"数据库正被另一个程序写入，请稍后重试。{_SAVED}",
    sqlite3.SQLITE_LOCKED: f"数据库正被另一个程序写入，请稍后重试。{_SAVED}",
    sqlite3.SQLITE_READONLY: "数据库只读，未能写入；请检查文件和目录的权限",
    sqlite3.SQLITE_CANTOPEN: "打不开数据库文件；请检查路径和权限",
    sqlite3.SQLITE_CORRUPT: "数据库文件已损坏；请用最近的备份恢复（huiying restore）",
    sqlite3.SQLITE_NOTADB: "这个文件不是数据库；请检查工作区路径",
}
