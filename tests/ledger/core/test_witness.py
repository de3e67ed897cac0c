"""The witness: a line a point, kept by somebody else, extending or refusing."""

import shutil

import pytest

from ledger.record.head import head
from ledger.record.verify import verify_file
from ledger.record.witness import read_points, witness


@pytest.fixture
def points(tmp_path):
    return tmp_path / "elsewhere" / "points.txt"


def test_points_follow_the_ledger(book, points):
    book.opened()
    first = witness(book.db, points, now=book.now)
    assert (first.point.head, first.repeated, first.problems) == (head(book.db), False, ())
    again = witness(book.db, points, now=book.later(hours=1))
    assert (again.repeated, again.point) == (True, first.point)  # nothing new: nothing written
    book.opened()
    second = witness(book.db, points, now=book.now)
    assert read_points(points) == ([first.point, second.point], [])
    text = points.read_text("utf-8")
    assert text.startswith("# huiying 台账见证")
    assert len(text.splitlines()) == 3
    assert str(second.point) == f"2 {head(book.db).hash} 2026-09-01T10:10:00+08:00"


def test_a_restored_backup_is_refused_and_found(book, points, tmp_path):
    book.opened()
    backup = tmp_path / "backup.db"
    shutil.copy(book.path, backup)
    book.opened()
    witness(book.db, points, now=book.now)
    book.db.close()
    shutil.copy(backup, book.path)
    assert verify_file(book.path, 2).status == "ok"  # by itself an old copy is a perfect ledger
    found = verify_file(book.path, 4, witness=points)
    assert (found.status, "末尾被截，或是旧的备份" in str(found)) == ("tampered", True)
    assert verify_file(book.path, 0, witness=points).status == "tampered"


def test_another_ledger_of_the_same_length_is_refused(book, points, start, tmp_path):
    book.opened()
    witness(book.db, points, now=book.now)
    before = points.read_bytes()
    other = start(tmp_path / "other.db")
    other.opened()
    other.opened()
    refused = witness(other.db, points, now=other.now)
    assert refused.point is None
    assert "与见证过的不同" in str(refused.problems[0])
    assert "旧备份" in str(refused.problems[0])
    shorter = start(tmp_path / "shorter.db")
    assert "少于见证过的" in str(witness(shorter.db, points, now=other.now).problems[0])
    assert points.read_bytes() == before
    found = verify_file(other.path, 4, witness=points)
    assert (found.status, found.first_bad) == ("tampered", 1)
    other.db.close()
    shorter.db.close()


def test_a_file_that_was_meddled_with_is_not_added_to(book, points):
    book.opened()
    witness(book.db, points, now=book.now)
    points.write_text(points.read_text("utf-8").replace("1 ", "one ", 1).replace("# huiying", "huiying"), "utf-8")
    book.opened()
    refused = witness(book.db, points, now=book.now)
    assert refused.point is None
    assert "不是见证点" in str(refused.problems[0])
    assert len(points.read_text("utf-8").splitlines()) == 2


def test_an_empty_ledger_can_be_witnessed_from_the_start(book, points):
    assert witness(book.db, points, now=book.now).point.head.count == 0
    book.opened()
    assert witness(book.db, points, now=book.now).point.head.count == 1
    assert verify_file(book.path, 0, witness=points).status == "ok"
    assert str(head(book.db)).startswith("第 1 条 ")
