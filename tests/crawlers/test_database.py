"""The bottom layer: write locks are taken up front, schemas migrate once, newer files are refused."""

import sqlite3
from pathlib import Path

import pytest
import sqlite_utils

from crawlers import database
from crawlers.database import BusyDatabase, NewerDatabase, Schema, connect, ensure_schema, transaction

SET = sqlite_utils.Migrations("sample")


@SET()
def m001_first(db: sqlite_utils.Database) -> None:
    db.table("first").create({"id": int}, pk="id")


@pytest.fixture
def schema(monkeypatch: pytest.MonkeyPatch) -> Schema:
    monkeypatch.setattr(database, "import_module", lambda name: type("Module", (), {"SET": SET}))
    return Schema("sample", "anywhere", ["m001_first"])


def test_a_new_file_is_migrated_once(tmp_path: Path, schema: Schema, monkeypatch: pytest.MonkeyPatch) -> None:
    with_schema = connect(tmp_path / "a.db")
    ensure_schema(with_schema, schema)
    with_schema.execute("INSERT INTO first VALUES (1)")
    with_schema.close()
    monkeypatch.setattr(database, "import_module", lambda name: pytest.fail("an up-to-date file needs no import"))
    again = connect(tmp_path / "a.db")
    ensure_schema(again, schema)
    assert again.execute("SELECT id FROM first").fetchone()["id"] == 1
    again.close()


def test_a_newer_file_is_refused_and_left_alone(tmp_path: Path, schema: Schema) -> None:
    db = connect(tmp_path / "a.db")
    ensure_schema(db, schema)
    older = Schema("sample", "anywhere", [])
    with pytest.raises(NewerDatabase, match=r"更新版本.*m001_first"):
        ensure_schema(db, older)
    assert db.execute("SELECT count(*) FROM first").fetchone()[0] == 0
    db.close()


def test_a_failed_transaction_leaves_nothing(tmp_path: Path) -> None:
    db = connect(tmp_path / "a.db")
    db.execute("CREATE TABLE t (x)")
    with pytest.raises(RuntimeError), transaction(db):
        db.execute("INSERT INTO t VALUES (1)")
        raise RuntimeError
    assert db.execute("SELECT count(*) FROM t").fetchone()[0] == 0
    db.close()


def test_a_second_writer_is_told_in_words(tmp_path: Path) -> None:
    one, two = connect(tmp_path / "a.db"), connect(tmp_path / "a.db", busy_seconds=0.05)
    with transaction(one), pytest.raises(BusyDatabase, match="正被另一个程序写入"), transaction(two):
        pytest.fail("the lock was not taken")
    one.close()
    two.close()


def test_read_only_means_read_only(tmp_path: Path) -> None:
    connect(tmp_path / "a.db").execute("CREATE TABLE t (x)")
    db = connect(tmp_path / "a.db", read_only=True)
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        db.execute("INSERT INTO t VALUES (1)")
    db.close()


def test_a_commit_that_meets_a_reader_is_taken_back_and_told(tmp_path: Path) -> None:
    writer, reader = connect(tmp_path / "a.db", busy_seconds=0.05), connect(tmp_path / "a.db")
    writer.execute("CREATE TABLE t (x)")
    writer.execute("INSERT INTO t VALUES (1)")
    reader.execute("BEGIN")
    reader.execute("SELECT x FROM t").fetchall()  # holds a shared lock until it ends
    with pytest.raises(BusyDatabase), transaction(writer):
        writer.execute("INSERT INTO t VALUES (2)")
    assert not writer.in_transaction
    reader.execute("COMMIT")
    with transaction(writer):
        writer.execute("INSERT INTO t VALUES (3)")
    assert [row["x"] for row in reader.execute("SELECT x FROM t")] == [1, 3]
    writer.close()
    reader.close()
