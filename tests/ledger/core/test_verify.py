"""Verification: what each level finds, what it cannot, and how it names it. Random tampering is in test_tamper.py."""

import sqlite3
from contextlib import closing

import pytest

from ledger.record import commands as c
from ledger.record.database import read_ledger
from ledger.record.events import read
from ledger.record.head import head
from ledger.record.verify import verify, verify_file
from ledger.record.witness import witness


@pytest.fixture
def kept(book, tmp_path):
    """A record, its pages, and a witness of all of it; then one more event."""
    promise = book.fulfilled()
    rows = book.db.execute("SELECT DISTINCT sha256 FROM snapshots").fetchall()
    pages = {row["sha256"]: path.encode() for row in rows for path in ("/answer/YQ-2026-0001", "/proof")
             if book.page(path).sha256 == row["sha256"]}  # fmt: skip
    point = tmp_path / "witness" / "points.txt"
    witness(book.db, point, now=book.now)
    book.do(c.RecordRun(job="sweep", started_at=book.now, finished_at=book.now), "sys:sweep")
    return book, pages, point, promise


def raw(book, *statements):
    """What somebody does who opens the file with a tool of his own, takes the guards off and puts them back."""
    with closing(sqlite3.connect(book.path)) as db:
        guards = db.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in guards:
            db.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            db.execute(statement)
        for _, sql in guards:
            db.execute(sql)
        db.commit()


@pytest.mark.parametrize("level", range(5))
def test_a_record_that_nobody_touched_is_fine(kept, level):
    book, pages, point, _ = kept
    found = verify_file(book.path, level, witness=point, pages=pages.get)
    assert (found.status, found.findings, found.first_bad) == ("ok", (), None)
    assert found.head == head(book.db)
    assert str(found).startswith("完好（第 ")


def test_an_empty_ledger_is_fine(book):
    assert verify(book.db, 2).status == "ok"
    assert verify(book.db, 2).head.count == 0


def test_levels_that_need_something_to_compare_with_say_so(kept, tmp_path):
    book, pages, point, _ = kept
    for level in (0, 4):
        assert verify(book.db, level, pages=pages.get).status == "unverifiable"
        assert verify(book.db, level, witness=tmp_path / "no", pages=pages.get).status == "unverifiable"
    empty = tmp_path / "empty.txt"
    empty.write_text("# nothing yet\n", "utf-8")
    assert "还没有见证点" in str(verify(book.db, 4, witness=empty, pages=pages.get))
    assert "没有给出快照目录" in str(verify(book.db, 3))
    spoilt = tmp_path / "spoilt.txt"
    spoilt.write_text(point.read_text("utf-8") + "a line that is none\n", "utf-8")
    found = verify(book.db, 4, witness=spoilt, pages=pages.get)
    assert (found.status, "第 3 行" in str(found)) == ("unverifiable", True)
    with pytest.raises(ValueError, match="level"):
        verify(book.db, 5)


@pytest.mark.parametrize(
    ("statement", "seq", "what"),
    [
        ("UPDATE events SET payload = replace(payload, '处', '局') WHERE seq = 3", 3, "与其哈希不符"),
        ("UPDATE events SET actor = '别人' WHERE seq = 5", 5, "哈希与内容不符"),
        ("UPDATE events SET recorded_at = '2020-01-01T00:00:00+08:00' WHERE seq = 1", 1, "哈希与内容不符"),
        ("UPDATE events SET effective_at = recorded_at WHERE type = 'case.responded'", 4, "哈希与内容不符"),
        ("UPDATE events SET prev_hash = hash WHERE seq = 6", 6, "不相接"),
        ("DELETE FROM events WHERE seq = 4", 4, "缺少事件"),
        ("DELETE FROM events WHERE seq < 3", 1, "缺少事件"),
        ("UPDATE events SET payload = NULL, salt = NULL WHERE seq = 2", 2, "没有涂销记录"),
        ("UPDATE events SET payload = NULL WHERE seq = 2", 2, "盐值还在"),
        ("UPDATE events SET payload = CAST(x'ff' AS TEXT) WHERE seq = 2", 2, "与其哈希不符"),
        ("UPDATE events SET actor = CAST(x'ff' AS TEXT) WHERE seq = 2", 2, "不是写入时的形式"),
        ("UPDATE events SET salt = NULL WHERE seq = 2", 2, "不是写入时的形式"),
    ],
)
def test_the_chain_names_the_first_bad_event(kept, statement, seq, what):
    book, *_ = kept
    raw(book, statement)
    found = verify_file(book.path, 1)
    assert (found.status, found.first_bad) == ("tampered", seq)
    assert what in str(found)
    assert found.head.count == seq - 1 or "涂销" in what


def test_guards_that_are_gone_or_changed_are_noticed(kept):
    book, *_ = kept
    book.db.close()
    with closing(sqlite3.connect(book.path)) as db:
        db.execute("DROP TRIGGER events_keep")
        db.commit()
        assert "events_keep 不见了" in str(verify_file(book.path, 1))
        db.execute("CREATE TRIGGER events_keep BEFORE DELETE ON events WHEN 0 BEGIN SELECT 1; END")
        db.execute("CREATE TRIGGER extra AFTER INSERT ON events BEGIN DELETE FROM claims; END")
        db.commit()
    found = verify_file(book.path, 1)
    assert found.status == "tampered"
    assert "events_keep 被改写" in str(found)
    assert "多出一个触发器 extra" in str(found)


def test_a_log_made_anew_without_its_rules_is_noticed(kept):
    book, *_ = kept
    book.db.close()
    raw(
        book,
        "CREATE TABLE copy AS SELECT * FROM events",
        "DROP TABLE events",
        "ALTER TABLE copy RENAME TO events",
    )
    assert "事件表的结构被改写" in str(verify_file(book.path, 1))


def test_state_tables_are_compared_at_level_two(kept):
    book, *_ = kept
    raw(book, "UPDATE commitments SET extensions = 0, status = 'fulfilled', reopened = 3")
    assert verify_file(book.path, 1).status == "ok"
    found = verify_file(book.path, 2)
    assert found.status == "tampered"
    assert "ledger rebuild" in str(found)
    raw(book, "DELETE FROM touches")
    assert "不符的共" in str(verify_file(book.path, 2))


def test_an_event_that_cannot_be_replayed_is_named_not_raised(book):
    from crawlers.database import transaction
    from ledger.record.events import Draft, Signature, append

    with transaction(book.db):
        append(book.db, [Draft("YQ-2026-0001", "case.opened", {"no": "such"})], Signature("x", book.now, "c"))
    assert "无法重放" in str(verify(book.db, 2))


def test_snapshots_are_hashed_again_at_level_three(kept):
    book, pages, *_ = kept
    sha = next(iter(pages))
    assert verify_file(book.path, 2).status == "ok"
    changed = pages | {sha: b"another page"}
    found = verify_file(book.path, 3, pages=changed.get)
    assert found.status == "tampered"
    assert "被改动" in str(found)
    del changed[sha]
    found = verify_file(book.path, 3, pages=changed.get)
    assert (found.status, "缺失" in str(found)) == ("damaged", True)


def test_level_zero_looks_at_what_came_after_the_last_witness(kept):
    book, _, point, _ = kept
    raw(book, "UPDATE events SET actor = '别人' WHERE seq = 2")
    assert verify_file(book.path, 0, witness=point).status == "ok"  # that is what level 1 is for
    last = head(book.db).count
    raw(book, f"UPDATE events SET actor = '别人' WHERE seq = {last}")
    found = verify_file(book.path, 0, witness=point)
    assert (found.status, found.first_bad) == ("tampered", last)


def test_a_damaged_file_is_damaged_not_tampered(kept, tmp_path):
    book, *_ = kept
    book.db.close()
    whole = book.path.read_bytes()
    book.path.write_bytes(whole[: len(whole) // 2])
    assert verify_file(book.path, 1).status == "damaged"
    book.path.write_bytes(b"no database" * 500)
    found = verify_file(book.path, 1)
    assert (found.status, found.as_json()["status"], found.first_bad) == ("damaged", "damaged", None)
    assert verify_file(tmp_path / "nowhere.db", 1).status == "damaged"
    empty = tmp_path / "empty.db"
    with closing(sqlite3.connect(empty)) as db:
        db.execute("CREATE TABLE other (a)")
    assert verify_file(empty, 1).status == "damaged"


def test_verifying_changes_nothing(kept):
    book, pages, point, _ = kept
    before = book.path.read_bytes()
    for level in range(5):
        verify_file(book.path, level, witness=point, pages=pages.get)
    assert book.path.read_bytes() == before
    with closing(read_ledger(book.path)) as db:
        assert len(list(read(db))) == head(book.db).count


def test_what_was_erased_is_told_and_is_no_damage(book):
    book.opened(by="研判员甲", origin="hand", summary="误录的一句")
    book.opened(by="研判员甲", origin="hand")
    assert verify(book.db, 2).erased == ()
    book.do(c.ErasePayload(seq=1, fields=("summary",), reason="误录"), "审批人")
    verdict = verify(book.db, 2)
    assert (verdict.status, verdict.erased, verdict.as_json()["erased"]) == ("ok", (1,), [1])
    assert "其中 1 条事件的文字已涂销（第 1 条）" in str(verdict)
