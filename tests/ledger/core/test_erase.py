"""Erasure: words go, the chain stays, the act is on record, and the state forgets as well."""

import sqlite3
from contextlib import closing
from dataclasses import replace

import pytest

from ledger.record import cases, commitments
from ledger.record import commands as c
from ledger.record.erase import ERASED, kept, unerasable
from ledger.record.events import at, read
from ledger.record.projections import rebuild
from ledger.record.verify import verify

SLIP = "不该写进来的一句话"


def test_an_erased_summary_is_gone_from_the_file_and_the_chain_holds(book):
    case = book.opened(by="研判员甲", origin="hand", summary=SLIP)
    book.do(c.AssignCase(case=case, lead=("公共法律服务处",)), "研判员甲")
    hashes = [event.hash for event in read(book.db)]
    book.do(c.ErasePayload(seq=1, fields=("summary",), reason="误录"), "审批人")
    assert cases.get(book.db, case).summary == ERASED
    assert [event.hash for event in read(book.db)][:2] == hashes
    assert verify(book.db, 2).status == "ok"
    assert rebuild(book.db, check=True) == []
    assert at(book.db, 1).payload is None
    record = at(book.db, 3)
    assert (record.type, record.actor, record.payload["reason"]) == ("payload.erased", "审批人", "误录")
    book.db.close()
    assert SLIP.encode() not in book.path.read_bytes()  # SQLite zeroes what it frees


def test_erasing_inside_a_quotation(book):
    case = book.answered()
    promise = book.do(book.proposing(case, SLIP), "研判员甲")
    seq = next(event.seq for event in read(book.db, stream=promise))
    book.do(c.ErasePayload(seq=seq, fields=("quote.exact", "lead"), reason="误录"), "审批人")
    found = commitments.get(book.db, promise)
    assert (found.quote, found.anchor, found.lead_named) == (ERASED, book.page(f"/answer/{case}").sha256, (ERASED,))
    assert found.due is not None  # what the state needs is kept
    assert rebuild(book.db, check=True) == []


def test_a_deadline_stands_once_in_the_file_and_outlives_the_erasure_of_its_event(book):
    case = book.opened(by="研判员甲", origin="hand", summary=SLIP)
    assert book.path.read_bytes().count("由测试给出".encode()) == 1
    before = cases.get(book.db, case).dues
    book.do(c.ErasePayload(seq=1, fields=("summary",), reason="误录"), "审批人")
    assert cases.get(book.db, case).dues == before
    assert before[0].explanation == ("由测试给出",)


def test_erasing_what_was_undone_leaves_it_undone(book):
    case = book.opened()
    book.do(c.AssignCase(case=case, lead=("办公室",), note=SLIP), "研判员甲")
    book.do(c.Undo(), "研判员甲")
    book.do(c.ErasePayload(seq=2, fields=("note",), reason="误录"), "审批人")
    assert cases.get(book.db, case).units == ()
    assert rebuild(book.db, check=True) == []
    assert verify(book.db, 2).status == "ok"


def test_who_may_erase_what(book):
    case = book.opened(by="研判员甲", origin="hand")
    erasure = c.ErasePayload(seq=1, fields=("summary",), reason="误录")
    assert "审批人（审批人）" in book.refused(erasure, "值班负责人").who
    assert "没有第 9 条" in book.refused(replace(erasure, seq=9), "审批人").reason
    for fields in ((), ("clock_start",), ("state",), ("clocks",), ("nothing.here",)):  # facts are not erased
        assert book.refused(replace(erasure, fields=fields), "审批人").code == "incomplete"
    assert book.refused(replace(erasure, reason=""), "审批人").code == "text"
    book.do(erasure, "审批人")
    assert "已经涂销" in book.refused(erasure, "审批人").reason
    assert book.refused(replace(erasure, seq=2), "审批人").code == "state"  # nor is the record of the erasure
    assert "不能撤回" in book.refused(c.Undo(), "审批人").reason
    book.do(c.AssignCase(case=case, lead=("公共法律服务处",)), "研判员甲")


def test_whoever_wrote_it_does_not_erase_it(book):
    promise = book.promised()
    asked = c.RequestExtension(
        commitment=promise, clock=book.clock("fulfil", hours=999), reason="缺货", notice=book.page("/notice")
    )
    book.do(asked, "联络员")
    book.do(c.ApproveExtension(commitment=promise, note=SLIP), "审批人")
    seq = list(read(book.db, stream=promise))[-1].seq
    assert book.refused(c.ErasePayload(seq=seq, fields=("note",), reason="误录"), "审批人").code == "four_eyes"


def test_the_trigger_wants_the_record_first(book):
    book.opened()
    with closing(sqlite3.connect(book.path)) as stranger, pytest.raises(sqlite3.IntegrityError, match="涂销"):
        stranger.execute("UPDATE events SET payload = NULL, salt = NULL WHERE seq = 1")


def test_what_is_kept_is_all_but_the_words():
    payload = {"reason": "甲", "quote": {"exact": "乙", "sha256": "d"}, "lead": ["丙"], "posts": 3}
    assert kept(payload, ["reason", "quote.exact", "lead"]) == {
        "reason": ERASED, "quote": {"exact": ERASED, "sha256": "d"}, "lead": [ERASED], "posts": 3,
    }  # fmt: skip
    assert unerasable(payload, ["reason", "quote.sha256", "posts", "quote.prefix"]) == [
        "quote.sha256", "posts", "quote.prefix",
    ]  # fmt: skip
    assert payload["quote"] == {"exact": "乙", "sha256": "d"}
