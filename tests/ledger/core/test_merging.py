"""Merging cases: the earliest clock, the strictest grade, nothing hidden, and all of it can be taken apart."""

from dataclasses import replace

from ledger.record import cases, commitments, dues, proposals
from ledger.record import commands as c
from ledger.record.projections import rebuild


def merge(book, case, into):
    book.do(c.MergeCases(case=case, into=into, reason="同一件事"), "研判员甲")
    return book.confirm("研判员乙")


def test_merging_takes_the_earliest_clock_and_the_strictest_grade(book):
    early = book.opened(posts=2, sources=("信箱",), severity="larger", clocks=(book.clock(hours=48),))
    begun = book.case(early).clock_start
    book.later(hours=10)
    late = book.opened(posts=5, sources=("论坛",), labels=("policy",), clocks=(book.clock(hours=48),))
    first_due = book.case(early).due.due_at
    merge(book, early, late)
    gone, stays = book.case(early), book.case(late)
    assert (gone.state, gone.merged_into) == ("已并案", late)
    assert (stays.clock_start, stays.severity, stays.posts, stays.sources) == (begun, "larger", 7, ("论坛", "信箱"))
    assert stays.labels == ("policy", "public_interest")
    assert stays.due.due_at == first_due
    assert [(due.version, due.cause) for due in dues.of(book.db, late)] == [(1, "opened"), (2, "merge")]
    assert [due.stopped for due in gone.dues] == ["merged"]
    assert cases.canonical(book.db, early) == late


def test_merging_into_an_answered_case_shows_the_answer_that_came_too_late(book):
    early = book.opened(clocks=(book.clock(hours=5),))
    book.later(hours=10)
    late = book.answered(clocks=(book.clock(hours=48),))
    assert not book.case(late).overdue(book.now)
    merge(book, early, late)
    (due,) = book.case(late).dues
    assert (due.stopped, due.late(book.now)) == ("met", True)


def test_merging_takes_over_clocks_that_the_other_case_lacks(book):
    clocks = (book.clock(hours=48), book.clock("reply", hours=72), book.clock("interpretation", hours=None))
    gone, stays = book.opened(clocks=clocks), book.opened(clocks=(book.clock(hours=24),))
    merge(book, gone, stays)
    found = {due.clock: (due.due_at is not None, due.cause) for due in book.case(stays).dues}
    assert found == {"response": (True, "opened"), "reply": (True, "merge"), "interpretation": (False, "merge")}
    third = book.opened(clocks=(book.clock("interpretation", hours=9),))
    merge(book, third, stays)
    assert {due.clock: due.due_at is not None for due in book.case(stays).dues}["interpretation"]
    fourth = book.opened(clocks=(book.clock("interpretation", hours=None),))
    merge(book, fourth, stays)  # a clock without a date hides none that has one
    assert {due.clock: due.due_at is not None for due in book.case(stays).dues}["interpretation"]


def test_a_case_is_not_closed_over_an_open_proposal(book):
    case, other = book.answered(), book.opened()
    book.do(c.NoCommitment(case=case), "研判员甲")
    book.do(c.MergeCases(case=case, into=other, reason="同一件事"), "研判员甲")
    assert "待第二人决定的提议：并案" in book.refused(c.CloseCase(case=case), "研判员甲").reason


def test_chains_are_resolved_and_circles_refused(book):
    a, b, d = book.opened(), book.opened(), book.opened()
    merge(book, a, b)
    merge(book, b, d)
    assert cases.canonical(book.db, a) == d
    assert sorted(cases.family(book.db, d)) == [a, b, d]
    e = book.opened(fingerprints=("f",), posts=1)
    merge(book, e, a)  # into what a has become
    assert book.case(e).merged_into == d
    assert cases.by_fingerprints(book.db, ["f", "unknown"]) == {"f": d}
    refusal = book.refused(c.MergeCases(case=d, into=a, reason="绕回来"), "研判员甲")
    assert "并入自己" in refusal.reason
    assert book.refused(c.MergeCases(case=a, into=d, reason="再并"), "研判员甲").code == "state"
    assert book.refused(c.MergeCases(case=d, into="YQ-2026-0077", reason="没有"), "研判员甲").code == "subject"


def test_merging_takes_two_people_and_looks_again(book):
    a, b = book.opened(), book.answered()
    command = c.MergeCases(case=a, into=b, reason="同一件事")
    assert book.refused(replace(command, reason=""), "研判员甲").code == "text"
    book.do(command, "研判员甲")
    assert book.refused(command, "研判员乙").code == "duplicate"
    number = proposals.read(book.db)[0].id
    assert book.refused(c.Confirm(proposal=number), "研判员甲").code == "four_eyes"
    book.do(c.NoCommitment(case=b), "研判员甲")
    book.do(c.CloseCase(case=b), "研判员甲")
    assert "不能再并入" in book.refused(c.Confirm(proposal=number), "研判员乙").reason


def test_a_merge_can_be_taken_apart_whatever_came_after(book):
    a = book.opened(posts=2, clocks=(book.clock(hours=5),))
    b = book.opened(posts=3)
    before = book.case(a), book.case(b)
    merge(book, a, b)
    book.responded(b, "written")
    book.do(c.UnmergeCase(case=a, reason="是两件事"), "研判员甲")
    assert book.refused(c.Confirm(proposal=proposals.read(book.db)[0].id), "研判员甲").code == "four_eyes"
    book.confirm("值班负责人")
    now_a, now_b = book.case(a), book.case(b)
    assert (now_a.state, now_a.posts, now_a.due) == (before[0].state, 2, before[0].due)
    assert (now_b.state, now_b.posts, now_b.clock_start) == ("已回应", 3, before[1].clock_start)
    assert [due.stopped for due in now_b.dues] == ["met"]
    assert cases.family(book.db, b) == [b]
    assert rebuild(book.db, check=True) == []
    merge(book, a, b)  # and put together again
    assert book.case(a).merged_into == b


def test_promises_follow_the_case_into_which_theirs_was_merged(book):
    a, b = book.answered(), book.opened()
    promise = book.promised(a)
    merge(book, a, b)
    book.responded(b, "written")
    assert promise in book.refused(c.CloseCase(case=b), "研判员甲").reason
    assert commitments.get(book.db, promise).case_id == a
    refusal = book.refused(book.proposing(a, "另一句"), "研判员甲")
    assert "已并案" in refusal.reason
    second = book.do(replace(book.proposing(a, "另一句"), case=b), "研判员甲")  # anchored in an answer of the family
    assert second == "CN-2026-0002-1"


def test_a_complaint_keeps_its_protection_when_merged(book):
    complaint = book.opened(labels=("credibility",), about_units=("公共法律服务处",))
    held = book.opened()
    book.do(c.AssignCase(case=held, lead=("公共法律服务处",)), "研判员甲")
    refusal = book.refused(c.MergeCases(case=complaint, into=held, reason="同一件事"), "研判员甲")
    assert "请先改派再并案" in refusal.reason
    free = book.opened()
    merge(book, complaint, free)
    assert book.case(free).about_units == ("公共法律服务处",)
    assert book.refused(c.AssignCase(case=free, lead=("公共法律服务处",)), "研判员甲").code == "conduct"
