"""Readings: what lists and pages get, with stable keys, filters, and nothing but the office's facts."""

import json

import pytest

from ledger.record import cases, commitments, dues, proposals
from ledger.record import commands as c
from ledger.record.canonical import canonical


@pytest.fixture
def told(book):
    """An answered case with a promise that is being claimed, and one that nobody has touched."""
    case = book.answered(labels=("policy", "public_interest"), posts=3, sources=("信箱",))
    promise = book.promised(case)
    book.claimed(promise)
    return book, case, promise, book.opened()


def test_a_case_as_json(told):
    book, case, *_ = told
    found = cases.get(book.db, case).as_json()
    assert json.loads(canonical(found)) == found
    assert (found["id"], found["label"], found["labels"]) == (case, "policy", ["policy", "public_interest"])
    assert (found["state"], found["status"], found["tracking"]) == ("跟踪承诺", "responded", 1)
    assert found["units"][0] | {"since": 0, "acknowledged_at": 0} == {
        "case_id": case, "unit": "公共法律服务处", "role": "lead", "since": 0, "acknowledged_at": 0,
    }  # fmt: skip
    (due,) = found["deadlines"]
    assert (due["name"], due["clock"], due["stopped"], due["explanation"]) == (
        "公开回应",
        "response",
        "met",
        ["由测试给出"],
    )
    assert due["due_at"].endswith("+08:00")
    assert "deadline" not in due
    assert "dues" not in found


def test_a_commitment_as_json(told):
    book, case, promise, _ = told
    found = commitments.get(book.db, promise).as_json()
    assert json.loads(canonical(found)) == found
    assert (found["state"], found["case_id"], found["measurable"]) == ("已报落实", case, True)
    assert [owner["unit"] for owner in found["owners"]] == ["公共法律服务处"]
    assert [due["name"] for due in found["deadlines"]] == ["落实"]


def test_a_proposal_as_json(told):
    book, *_, other = told
    book.do(c.Dismiss(case=other, code="not_ours", reason="不属本局"), "研判员甲")
    (asked,) = proposals.read(book.db, subject=other)
    found = asked.as_json()
    assert (found["name"], found["kind"], found["body"]) == ("不予回应", "dismiss", {"code": "not_ours"})
    assert asked.deciders == ("duty_head", "approver", "superior")
    assert proposals.get(book.db, asked.id) == asked
    assert proposals.get(book.db, 10**6) is None


def test_cases_are_found_by_what_they_are(told):
    book, case, _, other = told

    def ids(**wanted):
        return [found.id for found in cases.read(book.db, **wanted)]

    assert ids(label="policy") == [case]
    assert sorted(ids(label="public_interest")) == [case, other]  # secondary labels count
    assert ids(unit="公共法律服务处") == [case]
    assert ids(unit="政务服务处") == []
    assert ids(state="tracking") == ids(state="跟踪承诺") == [case]
    assert ids(ids=[other, "YQ-2026-0404"]) == [other]
    assert sorted(ids(state="open")) == [case, other]


def test_commitments_are_found_by_what_they_are(told):
    book, case, promise, other = told

    def ids(**wanted):
        return [found.id for found in commitments.read(book.db, **wanted)]

    assert ids(cases=[case]) == ids(state="已报落实") == ids(state="open") == ids(origin="answer") == [promise]
    assert ids(cases=[other]) == ids(unit="政务服务处") == ids(state="fulfilled") == ids(origin="plan") == []
    assert ids(overdue=True, now=book.now) == []
    with pytest.raises(ValueError, match="没有这种状态"):
        ids(state="办好了")
    with pytest.raises(ValueError, match="moment"):
        ids(overdue=True)


def test_claims_that_wait_are_listed_oldest_first(told):
    book, case, promise, _ = told
    second = book.promised(case, text="公布办事指南")
    book.claimed(second, "/guide")
    assert [claim.commitment_id for claim in commitments.waiting_claims(book.db)] == [promise, second]
    book.do(book.verifying(promise, commitments.waiting_claims(book.db)[0].id), "核查员")
    assert [claim.commitment_id for claim in commitments.waiting_claims(book.db)] == [second]


def test_running_deadlines_come_soonest_first(told):
    book, case, promise, other = told
    assert [due.subject for due in dues.running(book.db)] == [other, promise]
    assert [due.subject for due in dues.running(book.db, limit=1)] == [other]
    assert dues.running(book.db, before=book.now) == []
    many = dues.of_many(book.db, [case, other, "YQ-2026-0404"])
    assert [len(many[name]) for name in (case, other, "YQ-2026-0404")] == [1, 1, 0]
    assert dues.in_force(many[case], "conference") is None
    assert dues.first(many[case]) is None  # answered
