"""Copies of what must not be lost: the ledger, its evidence, the configuration and the key.

posts.db is left out on purpose: citizens' words are short-lived, and a backup would outlive them (S4). A copy counts
only after it has been verified; restoring an older copy over a newer ledger needs a reason, because a witness will ask.
"""

import os
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from crawlers.clock import stamp
from crawlers.database import DatabaseError
from crawlers.workspace import Workspace
from ledger.record.database import read_ledger
from ledger.record.head import Head, head
from ledger.record.verify import Verdict, verify_file

KEPT = ("huiying.toml", "sources.toml", "calendar.toml", "rules.toml", "key")
TREES = ("evidence", "model")


class RestoreRefused(Exception):
    """The copy may not replace what is there; the message is in Chinese."""


@dataclass(frozen=True, slots=True)
class Copied:
    """A finished backup or restore."""

    path: Path
    head: Head
    files: int


def backup(workspace: Workspace, into: Path, *, now: datetime) -> Copied:
    """A verified copy in a new directory of `into` named by `now` (aware). Raises `DatabaseError` for a bad ledger."""
    target = into / stamp(now)[:19].replace(":", "").replace("T", "-")
    partial = into / f".{target.name}.partial"
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    with closing(read_ledger(workspace.ledger)) as db:
        # A plain file copy of a database in use is torn; VACUUM INTO reads one consistent state.
        db.execute("VACUUM INTO ?", [str(partial / "ledger.db")])
    _sound(verify_file(partial / "ledger.db", 2))
    files = 1 + _copy(workspace.root, partial)
    _sync(partial)
    partial.rename(target)
    with closing(read_ledger(target / "ledger.db")) as db:
        return Copied(target, head(db), files)


def restore(workspace: Workspace, copy: Path, *, reason: str = "", now: datetime) -> Copied:
    """Bring a backup back. What is replaced stays beside it under `replaced-…`, nothing is deleted.

    Raises `DatabaseError` if the copy is unsound, `RestoreRefused` if the ledger there is newer and no reason is given.
    """
    _sound(verify_file(copy / "ledger.db", 2))
    with closing(read_ledger(copy / "ledger.db")) as db:
        top = head(db)
    there = _head_of(workspace.ledger)
    if there is not None and there.count > top.count and not reason:
        raise RestoreRefused(
            f"现有台账有 {there.count} 条，备份只有 {top.count} 条，恢复会丢掉后来的记录；确需恢复请写明 --reason"
        )
    workspace.root.mkdir(parents=True, exist_ok=True)
    aside = workspace.root / f"replaced-{stamp(now)[:19].replace(':', '')}"
    for name in ("ledger.db", "ledger.db-journal", *KEPT, *TREES):
        if (workspace.root / name).exists() and (name == "ledger.db-journal" or (copy / name).exists()):
            aside.mkdir(exist_ok=True)
            (workspace.root / name).rename(aside / name)
    if reason and aside.exists():
        (aside / "reason.txt").write_text(f"{stamp(now)} {reason}\n", "utf-8")
    fresh = workspace.root / "ledger.db.restoring"
    shutil.copy2(copy / "ledger.db", fresh)
    files = 1 + _copy(copy, workspace.root)
    os.replace(fresh, workspace.ledger)
    _sync(workspace.root)
    return Copied(workspace.root, top, files)


def _copy(source: Path, target: Path) -> int:
    files = 0
    for name in KEPT:
        if (source / name).exists():
            shutil.copy2(source / name, target / name)
            files += 1
    for name in TREES:
        if (source / name).is_dir():
            shutil.copytree(source / name, target / name, dirs_exist_ok=True)
            files += sum(path.is_file() for path in (target / name).rglob("*"))
    return files


def _head_of(path: Path) -> Head | None:
    """The head of the ledger there; None where there is none that can be read."""
    try:
        with closing(read_ledger(path)) as db:
            return head(db)
    except (DatabaseError, sqlite3.DatabaseError):
        return None


def _sound(verdict: Verdict) -> None:
    if verdict.status != "ok":
        raise DatabaseError(f"台账核验没有通过，不能作为备份：{verdict}")


def _sync(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
