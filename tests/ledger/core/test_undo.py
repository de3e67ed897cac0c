"""Undo: one's own last step, compensated in the open, never where the record would look better for it."""

from dataclasses import replace

import pytest

from ledger.record import cases, commitments, proposals
from ledger.record import commands as c
from ledger.record.events import read
from ledger.record.projections import rebuild


def everything(book):
    """All state but versions and times of change, which an undo moves on."""
    skip = {"version", "updated_at"}
    tables = [
        row["name"]
        for row in book.db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        if row["name"] not in ("events", "projected", "touches", "undone") and not row["name"].startswith("_")
    ]
    return {
        table: [
            {name: row[name] for name in row.keys() if name not in skip}  # noqa: SIM118 (a Row iterates over values)
            for row in book.db.execute(f"SELECT * FROM {table} ORDER BY 1, 2, 3")
        ]
        for table in tables
    }


def stories(book):
    """Every kind of step that may be undone, as (before, command, by)."""
    case, other = book.answered(), book.opened()
    promise = book.promised(case)
    fresh = book.do(book.proposing(case, "另一句"), "研判员甲")
    page = book.page("/notice")
    return {
        "assign": (c.AssignCase(case=other, lead=("政务服务处",)), "研判员甲"),
        "answer": (
            c.RecordAnswer(case=other, answered_at=book.now, answer_hash="ab" * 32, url=book.page("/mail").url_final),
            "研判员甲",
        ),
        "dismissal": (c.Dismiss(case=other, code="not_ours", reason="不属本局"), "研判员甲"),
        "merge proposal": (c.MergeCases(case=other, into=case, reason="同一件事"), "研判员甲"),
        "register": (book.registering(fresh), "研判员乙"),
        "reject": (c.RejectProposal(commitment=fresh, reason="不是承诺"), "研判员乙"),
        "start": (c.StartWork(commitment=promise), "联络员"),
        "done": (c.ReportDone(commitment=promise, note="已设"), "联络员"),
        "claim": (book.claiming(promise), "联络员"),
        "extension request": (
            c.RequestExtension(commitment=promise, clock=book.clock("fulfil", hours=999), reason="缺货", notice=page),
            "联络员",
        ),
        "withdrawal request": (c.Withdraw(commitment=promise, reason="调整", explanation=page), "联络员"),
    }


NAMES = ["assign", "answer", "dismissal", "merge proposal", "register", "reject", "start", "done", "claim",
         "extension request", "withdrawal request"]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_undoing_brings_back_exactly_what_was(book, name):
    command, by = stories(book)[name]
    before = everything(book)
    subject = book.do(command, by)
    assert everything(book) != before
    book.do(c.Undo(reason="点错了"), by)
    assert everything(book) == before
    assert rebuild(book.db, check=True) == []
    last = list(read(book.db, stream=subject))[-1]
    assert (last.type, last.payload["reason"]) == ("command.undone", "点错了")  # nothing was removed
    book.do(command, by)  # and it can be done again


def test_a_merge_is_undone_as_one_unit(book):
    a, b = book.opened(posts=1), book.opened(posts=2, clocks=(book.clock(hours=99),))
    book.do(c.MergeCases(case=a, into=b, reason="同一件事"), "研判员甲")
    before = everything(book)
    book.do(c.Confirm(proposal=proposals.read(book.db)[0].id), "研判员乙")
    assert cases.get(book.db, b).posts == 3
    outcome = book.try_(c.Undo(), "研判员乙")
    assert sorted(event.stream for event in outcome.events) == [a, b]
    assert everything(book) == before
    assert len(proposals.read(book.db)) == 1  # it waits again
    assert rebuild(book.db, check=True) == []


def test_undoing_an_unmerge_merges_again(book):
    a, b = book.opened(posts=1), book.opened(posts=2)
    book.do(c.MergeCases(case=a, into=b, reason="同一件事"), "研判员甲")
    book.do(c.Confirm(proposal=proposals.read(book.db)[0].id), "研判员乙")
    book.do(c.UnmergeCase(case=a, reason="不是"), "研判员甲")
    before = everything(book)
    book.do(c.Confirm(proposal=proposals.read(book.db)[0].id), "值班负责人")
    assert cases.get(book.db, a).merged_into is None
    book.do(c.Undo(), "值班负责人")
    assert everything(book) == before
    assert cases.get(book.db, a).merged_into == b
    assert rebuild(book.db, check=True) == []


def test_several_steps_are_undone_one_after_the_other(book):
    case = book.opened()
    book.do(c.AssignCase(case=case, lead=("办公室",)), "研判员甲")
    book.do(c.AssignCase(case=case, lead=("政务服务处",)), "研判员甲")
    book.do(c.Undo(), "研判员甲")
    assert [unit.unit for unit in cases.get(book.db, case).units] == ["办公室"]
    book.do(c.Undo(), "研判员甲")
    assert cases.get(book.db, case).units == ()
    assert book.refused(c.Undo(), "研判员甲").code == "undo"


def test_only_ones_own_steps_and_only_until_somebody_builds_on_them(book):
    case = book.opened()
    assert "没有可以撤回" in book.refused(c.Undo(), "研判员甲").reason
    book.do(c.AssignCase(case=case, lead=("公共法律服务处",)), "研判员甲")
    assert "没有可以撤回" in book.refused(c.Undo(), "研判员乙").reason
    book.do(c.JoinPosts(case=case, fingerprints=("f",), posts=1), "sys:sweep")  # in passing
    book.do(c.Acknowledge(case=case), "联络员")
    refusal = book.refused(c.Undo(), "研判员甲")
    assert "已有人接着办理" in refusal.reason
    book.do(c.Undo(), "联络员")
    book.do(c.Undo(), "研判员甲")  # the builder took it back himself
    found = cases.get(book.db, case)
    assert (found.state, found.posts) == ("待研判", 1)


def test_an_answer_is_not_taken_from_under_a_promise(book):
    case = book.answered()
    book.do(book.proposing(case), "研判员甲")
    refusal = book.refused(c.Undo(), "联络员")  # the answer was the liaison's last step
    assert "已有人接着办理" in refusal.reason


@pytest.mark.parametrize("name", ["open", "promise", "severity", "verify", "missed", "approve", "reopen", "deadline"])
def test_what_counts_against_the_office_stays(book, name):
    case = book.answered()
    promise = book.promised(case, hours=48)
    claim = book.claimed(promise)
    page = book.page("/notice")
    later = c.RequestExtension(commitment=promise, clock=book.clock("fulfil", hours=999), reason="缺货", notice=page)
    returned = replace(book.verifying(promise, claim), decision="returned", reason="partial")
    steps = {
        "open": [(book.opening(origin="hand"), "研判员甲")],
        "promise": [(book.proposing(case, "另一句"), "研判员甲")],
        "severity": [(c.SetSeverity(case=case, severity="major", reason="媒体报道"), "研判员甲")],
        "verify": [(returned, "核查员")],
        "approve": [(later, "联络员"), (c.ApproveExtension(commitment=promise), "审批人")],
        "deadline": [(c.AddDeadline(subject=case, clock=book.clock("reply"), cause="rule"), "研判员甲")],
        "missed": [(c.MarkMissed(commitment=promise, reason="未办"), "值班负责人")],
        "reopen": [(c.Reopen(commitment=promise, cause="other", reason="再办"), "值班负责人")],
    }
    if name in ("missed", "reopen"):
        book.do(returned, "核查员")
        book.later(days=20)
    if name == "reopen":
        book.do(c.MarkMissed(commitment=promise, reason="未办"), "督办员")
    for command, by in steps[name]:
        book.do(command, by)
    refusal = book.refused(c.Undo(), steps[name][-1][1])
    assert "让记录变得好看" in refusal.reason


def test_undo_does_not_get_around_four_eyes(book):
    """Whoever took his claim or his proposal back still is not the second person for it."""
    case = book.answered()
    promise = book.do(book.proposing(case), "研判员甲")
    assert book.refused(c.Undo(), "研判员甲").code == "undo"  # a promise found stays found
    assert book.refused(book.registering(promise), "研判员甲").code == "four_eyes"
    other = book.opened()
    book.do(c.Dismiss(case=other, code="other", reason="不必"), "值班负责人")
    number = proposals.read(book.db)[0].id
    book.do(c.Confirm(proposal=number), "审批人")
    book.do(c.Undo(), "审批人")
    assert book.refused(c.Confirm(proposal=number), "值班负责人").code == "four_eyes"
    assert commitments.get(book.db, promise).state == "待确认"
