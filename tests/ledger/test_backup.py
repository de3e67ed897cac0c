"""A backup is verified, holds no word of a citizen, and an old one does not slip over a newer ledger."""

import sqlite3
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from crawlers.clock import CHINA
from crawlers.database import DatabaseError
from crawlers.office import Office, Person
from crawlers.workspace import Workspace, lay_out
from ledger.backup import RestoreRefused, backup, restore
from ledger.record.commands import OpenCase
from ledger.record.database import open_ledger
from ledger.record.desk import apply

NOW = datetime(2026, 11, 20, 9, tzinfo=CHINA)
ANALYST = Person("研判员甲", "宣传处", ("analyst",))
OFFICE = Office("云溪市司法局", "0000-1234567", people=(ANALYST,))


def open_case(workspace: Workspace, now: datetime) -> None:
    db = open_ledger(workspace.ledger)
    command = OpenCase(
        summary="某小区停水",
        labels=("public_interest",),
        taxonomy="1",
        clock_start=now,
        clock_basis="detected",
        detected_at=now,
        origin="hand",
    )
    outcome = apply(db, command, actor=ANALYST, office=OFFICE, now=now)
    db.close()
    assert outcome.done, outcome.refusal


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    made = Workspace(tmp_path / "data")
    lay_out(made)
    open_case(made, NOW)
    made.posts.write_bytes(b"citizens' words")
    (made.evidence / "ab").mkdir(parents=True)
    (made.evidence / "ab" / "page.warc.gz").write_bytes(b"page")
    return made


def test_the_copy_is_whole_and_without_citizens_words(workspace: Workspace, tmp_path: Path) -> None:
    done = backup(workspace, tmp_path / "backup", now=NOW)
    names = {path.relative_to(done.path).as_posix() for path in done.path.rglob("*") if path.is_file()}
    assert names == {"ledger.db", "huiying.toml", "sources.toml", "key", "evidence/ab/page.warc.gz"}
    assert done.head.count == 1
    assert done.files == 5


def test_a_damaged_ledger_makes_no_backup(workspace: Workspace, tmp_path: Path) -> None:
    db = sqlite3.connect(workspace.ledger)
    db.execute("UPDATE cases SET summary = '改过'")
    db.commit()
    db.close()
    with pytest.raises(DatabaseError, match="核验没有通过"):
        backup(workspace, tmp_path / "backup", now=NOW)
    assert not [path for path in (tmp_path / "backup").iterdir() if not path.name.startswith(".")]


def test_restoring_into_an_empty_place_brings_everything_back(workspace: Workspace, tmp_path: Path) -> None:
    copy = backup(workspace, tmp_path / "backup", now=NOW).path
    fresh = Workspace(tmp_path / "fresh")
    done = restore(fresh, copy, now=NOW)
    assert done.head.count == 1
    assert fresh.key() == workspace.key()
    assert (fresh.evidence / "ab" / "page.warc.gz").read_bytes() == b"page"


def test_an_older_copy_needs_a_reason_and_deletes_nothing(workspace: Workspace, tmp_path: Path) -> None:
    copy = backup(workspace, tmp_path / "backup", now=NOW).path
    open_case(workspace, NOW + timedelta(hours=1))
    with pytest.raises(RestoreRefused, match="现有台账有 2 条，备份只有 1 条"):
        restore(workspace, copy, now=NOW + timedelta(hours=2))
    restore(workspace, copy, reason="磁盘故障", now=NOW + timedelta(hours=2))
    aside = next(workspace.root.glob("replaced-*"))
    assert "磁盘故障" in (aside / "reason.txt").read_text("utf-8")
    newer = sqlite3.connect(aside / "ledger.db")
    assert newer.execute("SELECT count(*) FROM events").fetchone() == (2,)
    newer.close()
