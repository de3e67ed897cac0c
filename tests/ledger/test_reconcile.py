"""逐一对照检查: what a run looks at, and that it never says more than it saw."""

import sqlite3
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from crawlers.clock import CHINA
from crawlers.posts import Post
from crawlers.store import open_posts, save
from ledger.proof.fetch import Limits, Visitor
from ledger.proof.reconcile import MILESTONES, Reconciled, due_rechecks, next_look, reconcile, steps
from ledger.record import commitments, proposals
from ledger.record.commands import ClaimFulfilment, Reopen, RequestExtension
from ledger.record.parts import Clock

APRIL = datetime(2026, 4, 1, tzinfo=CHINA)
PROOF = "截至3月20日，东区新增的3个法律援助工作站已全部开放，由公共法律服务处负责管理"


def run(record, posts: sqlite3.Connection | None = None, **more: object) -> Reconciled:
    visitor = Visitor(record.office, limits=Limits(delay=0, whole=3))
    return reconcile(record.db, visitor, store=record.store, now=record.now, posts=posts, **more)  # type: ignore[arg-type]


@pytest.fixture
def kept(record) -> str:
    promise = record.promised(APRIL)
    record.later(days=18)
    record.verified(promise, record.claimed(promise))
    return promise


def test_nothing_to_check(record) -> None:
    done = run(record)
    assert (done.checked, done.rechecked, done.lines) == (0, {}, [])
    assert record.db.execute("SELECT job FROM runs").fetchone()["job"] == "reconcile"


def test_an_open_promise_without_a_known_page_is_checked_and_stays_open(record) -> None:
    promise = record.promised(APRIL)
    done = run(record)
    assert (done.checked, done.no_evidence) == (1, 1)
    found = commitments.get(record.db, promise)
    assert found is not None
    assert (found.state, found.checked_by) == ("已登记", "sys:reconcile")
    (mark,) = commitments.marks(record.db, promise)
    assert (mark.result, mark.looked_at) == ("no_evidence", ())
    assert "没有已知网址可看" in mark.note


def test_a_page_named_for_it_is_opened(record) -> None:
    promise = record.promised(APRIL)
    url = record.claimed(promise)
    record.verified(promise, url, decision="returned", reason="partial")
    before = record.site.asked(f"/gk/{promise}")
    done = run(record)
    assert record.site.asked(f"/gk/{promise}") == before + 1
    (mark,) = commitments.marks(record.db, promise)[-1:]
    assert mark.looked_at == (url,)
    assert "看了 1 个网页" in mark.note
    assert done.checked == 1


def test_a_page_that_cannot_be_opened_says_nothing_about_the_promise(record) -> None:
    promise = record.promised(APRIL)
    notice = record.page("/gg/yanqi", "<p>因场地改造，工作站开放时间延至4月底，特此公告</p>")
    later = {"due_at": "2026-05-01T00:00:00+08:00", "certainty": "firm", "kind": "date"}
    record.do(RequestExtension(commitment=promise, clock=Clock(name="fulfil", deadline=later), reason="场地改造",
                               notice=notice.snapshot("联络员")), "联络员")  # fmt: skip
    record.site.put("/gg/yanqi", "x", status=503)
    done = run(record)
    (mark,) = commitments.marks(record.db, promise)
    assert (done.no_evidence, mark.note) == (1, "看了 1 个网页，1 个未能打开")


def test_collected_official_pages_are_proposed_to_a_person(record, tmp_path: Path) -> None:
    promise = record.promised(APRIL)
    posts = open_posts(tmp_path / "posts.db")
    shown = {
        "title": "法律援助工作站开放",
        "text": "东区法律援助工作站全部开放，官方网站公布名单",
        "fetched_at": record.later(days=9),
    }
    pages = [
        ("site", record.site.url("/gk/1"), record.now - timedelta(days=1)),
        ("site", "https://news.example/1", record.now - timedelta(days=1)),  # not the office's own
        ("forum", record.site.url("/bbs/1"), record.now - timedelta(days=1)),  # a citizen's
        ("site", record.site.url("/gk/0"), record.now - timedelta(days=99)),  # older than the promise
    ]
    made = [Post.make(b"k" * 32, source="门户", locator=url, channel=channel, url=url, posted_at=at, **shown)
            for channel, url, at in pages]  # fmt: skip
    save(posts, made, now=record.now)
    (step,) = steps(record.db, record.office, posts=posts)
    assert step.candidates == (record.site.url("/gk/1"),)
    done = run(record, posts)
    assert done.evidence_found == 1
    assert done.lines == [f"{promise} 看了 1 个网页，1 个可能是依据，待人判断：{record.site.url('/gk/1')}"]
    assert commitments.get(record.db, promise).open
    posts.close()


def test_those_never_checked_come_first_and_a_broken_off_run_goes_on(record) -> None:
    first = record.promised(APRIL)
    run(record)
    second = record.promised(APRIL + timedelta(days=30), quote="设立2个公证服务点", words="我局将设立2个公证服务点。")
    assert [step.commitment.id for step in steps(record.db, record.office)] == [second, first]
    done = run(record, unseen_since=record.now - timedelta(hours=10))
    assert done.checked == 1


class TestRechecks:
    def test_milestones(self) -> None:
        since = datetime(2026, 1, 1, tzinfo=CHINA)
        looked, days = None, []
        for _ in range(6):
            looked = next_look(since, looked)
            days.append((looked - since).days)
        assert days == [7, 30, 90, 365, 730, 1095]
        late = since + timedelta(days=40)  # the machine was off: 7 and 30 are made up for by one look
        assert next_look(since, late) == since + timedelta(days=MILESTONES[2])

    def test_a_kept_promise_is_looked_at_again_after_a_week(self, record, kept: str) -> None:
        record.later(days=6)
        assert kept not in {relied.subject for relied in due_rechecks(record.db, record.now)}
        record.later(days=1)
        done = run(record)
        assert done.rechecked == {"same": 2}  # the proof and the answer
        assert list(due_rechecks(record.db, record.now)) == []

    def test_a_page_that_went_proposes_reopening_and_changes_nothing_by_itself(self, record, kept: str) -> None:
        record.site.put(f"/gk/{kept}", "x", status=404)
        record.later(days=8)
        done = run(record)
        assert done.rechecked["gone"] == 1
        assert "2026年3月20日在该网址，2026年3月28日不在" in done.lines[0]
        assert commitments.get(record.db, kept).status == "fulfilled"
        (proposal,) = proposals.read(record.db)
        assert (proposal.kind, proposal.subject) == ("reopen", kept)

    def test_a_page_out_of_reach_is_tried_again_next_time(self, record, kept: str) -> None:
        record.site.put(f"/gk/{kept}", "x", status=503)
        record.later(days=8)
        assert run(record).rechecked["unreachable"] == 1
        assert kept in {relied.subject for relied in due_rechecks(record.db, record.now)}
        assert proposals.read(record.db) == []

    def test_the_page_that_failed_is_no_longer_the_proof_of_a_promise_kept_anew(self, record, kept: str) -> None:
        (old,) = (relied.url for relied in due_rechecks(record.db, record.later(days=8)) if relied.subject == kept)
        record.do(Reopen(commitment=kept, cause="evidence_failed", reason="网页不在了"), "值班负责人")
        record.site.put(f"/gk/{kept}", "x", status=404)
        page = record.page("/gk/again", f"<h1>工作站开放情况</h1><p>{PROOF}</p><p>公共法律服务处</p>")
        record.do(ClaimFulfilment(commitment=kept, snapshot=page.snapshot("联络员"), quote=PROOF), "联络员")
        record.later(hours=1)
        record.verified(kept, page.url_final)
        record.later(days=8)
        assert [one.url for one in due_rechecks(record.db, record.now) if one.subject == kept] == [page.url_final]
        assert old != page.url_final

    def test_what_was_done_stands_when_the_run_is_cut_short(self, record, kept: str) -> None:
        record.promised(APRIL, quote="设立2个公证服务点", words="我局将设立2个公证服务点。")
        record.later(days=8)

        def stop(done: int, total: int) -> None:
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            run(record, progress=stop)
        assert record.db.execute("SELECT count(*) FROM marks").fetchone()[0] == 1
        assert run(record, unseen_since=record.now).checked == 0
