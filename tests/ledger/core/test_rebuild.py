"""State tables are a convenience: the events bring them back, and say what was different."""

import pytest

from ledger.record import cases, commitments
from ledger.record import commands as c
from ledger.record.projections import HANDLERS, rebuild
from ledger.record.transitions import RULES


@pytest.fixture
def written(book):
    """A record with a bit of everything."""
    case = book.answered()
    promise = book.fulfilled(book.promised(case))
    book.do(c.RecordRun(job="sweep", started_at=book.now, finished_at=book.now, summary={"new": 3}), "sys:sweep")
    notice = c.LoadCalendar(version="2027", year=2027, notice="国办发明电〔2026〕1号", url="https://www.gov.cn/z.htm")
    book.do(notice, "sys:calendar")
    book.do(notice, "sys:calendar")  # loading it again is no mistake
    alert = c.QueueAlert(key="breach:1", channel="stdout", level="owner", title="逾期", body="一件逾期", subject=case)
    book.do(alert, "sys:alert")
    book.do(c.RecordDelivery(key="breach:1", delivered=False, error="超时", next_try_at=book.now), "sys:alert")
    book.do(c.RecordDelivery(key="breach:1", delivered=True), "sys:alert")
    return book, case, promise


def test_nothing_differs_from_a_rebuild(written):
    book, _, _ = written
    assert rebuild(book.db, check=True) == []


@pytest.mark.parametrize(
    ("damage", "table", "kind"),
    [
        ("UPDATE cases SET summary = '美化过的摘要'", "cases", "extra"),
        ("UPDATE deadlines SET due_at = '2030-01-01T00:00:00+08:00'", "deadlines", "extra"),
        ("DELETE FROM claims", "claims", "missing"),
        ("UPDATE commitments SET status = 'fulfilled', extensions = 0, reopened = 7", "commitments", "extra"),
        ("DELETE FROM verifications", "verifications", "missing"),
        ("INSERT INTO relations VALUES ('a', 'merged_into', 'b', 1)", "relations", "extra"),
        ("UPDATE projected SET seq = 0", "projected", "missing"),
        ("INSERT INTO undone VALUES ('x', 1)", "undone", "extra"),
        ("DELETE FROM touches WHERE seq = 2", "touches", "missing"),
        ("UPDATE alerts SET sent_at = NULL", "alerts", "missing"),
    ],
)
def test_damage_is_found_and_repaired(written, damage, table, kind):
    book, case, promise = written
    good = cases.get(book.db, case), commitments.get(book.db, promise)
    book.db.execute(damage)
    found = rebuild(book.db, check=True)
    assert (table, kind) in {(one.table, one.kind) for one in found}
    assert all(one.table in str(one) for one in found)
    assert rebuild(book.db, check=True) == found  # a check changes nothing
    assert rebuild(book.db) == found
    assert rebuild(book.db) == []
    assert (cases.get(book.db, case), commitments.get(book.db, promise)) == good


def test_alerts_are_said_once_and_remember_every_attempt(written):
    book, case, _ = written
    row = book.db.execute("SELECT * FROM alerts").fetchone()
    assert (row["state"], row["tries"], row["error"], row["subject"]) == ("delivered", 2, "", case)
    again = c.QueueAlert(key="breach:1", channel="stdout", level="owner", title="逾期", body="一件逾期")
    assert book.refused(again, "sys:alert").code == "duplicate"
    assert book.refused(c.RecordDelivery(key="other", delivered=True), "sys:alert").code == "subject"
    book.do(c.QueueAlert(key="x", channel="smtp", level="digest", title="日报", body="三件"), "sys:alert")
    book.do(c.RecordDelivery(key="x", delivered=False, error="拒绝"), "sys:alert")
    assert book.db.execute("SELECT state FROM alerts WHERE key = 'x'").fetchone()["state"] == "stuck"
    assert (
        book.refused(c.QueueAlert(key="y", channel="stdout", level="l", title="t", body=""), "sys:alert").code == "text"
    )


def test_a_notice_stands_on_a_government_page(book):
    notice = c.LoadCalendar(version="2027", year=2027, notice="通知", url="https://holidays.example.com/2027")
    assert book.refused(notice, "研判员甲").code == "page"
    assert book.refused(c.LoadCalendar(version="2027", year=2027, notice=""), "研判员甲").code == "text"


def test_every_event_type_has_a_projection(written):
    """No command can write what a rebuild would not understand."""
    made = {rule.event for rule in RULES.values()} - {"proposal.confirmed"}  # that one is its outcome's event
    assert made <= set(HANDLERS)
