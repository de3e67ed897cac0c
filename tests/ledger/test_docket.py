"""From tagged posts to the record: once, again after a change, and never with a citizen's word."""

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from classify.labels import load_taxonomy
from classify.model import Tag
from classify.tags import correct, ready, tag_new
from crawlers.clock import CHINA
from crawlers.office import Office, Unit
from crawlers.posts import Post
from crawlers.store import open_posts, save
from ledger.docket import Docketed, take_up
from ledger.record import cases, commitments
from ledger.record.database import open_ledger

KEY = b"k" * 32
NOW = datetime(2026, 11, 20, 9, tzinfo=CHINA)
OFFICE = Office("云溪市司法局", "0000-1234567", domains=("sfj.example.gov.cn",), units=(Unit("法律援助中心"),))
WATER = "东河小区停水三天，一千多户做不了饭，物业和自来水公司互相推，大家只能去河边挑水。"
ANSWER = "来信收悉。经核实，我局将于12月10日前公布处理结果，并在网站公开。感谢您的监督。"


class Model:
    """A tagger that says what the title says: "label/review"."""

    version, labels, taxonomy = "test", load_taxonomy().codes, load_taxonomy().version

    def predict(self, texts: list[str]) -> list[Tag]:
        return [self.tag(text.split(" ", 1)[0]) for text in texts]

    def tag(self, mark: str) -> Tag:
        label, _, doubt = mark.partition("/")
        scores = {code: float(code == label) for code in self.labels}
        return Tag(label, 0.9, (), scores, (), "test", load_taxonomy().version, bool(doubt))


@pytest.fixture
def posts(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    db = open_posts(tmp_path / "posts.db")
    ready(db)
    yield db
    db.close()


@pytest.fixture
def book(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    db = open_ledger(tmp_path / "ledger.db")
    yield db
    db.close()


def post(title: str, text: str = WATER, **values: object) -> Post:
    given: dict[str, object] = {
        "channel": "mailbox",
        "url": f"http://sfj.example.gov.cn/{abs(hash(title))}.html",
        "posted_at": NOW - timedelta(hours=5),
        "fetched_at": NOW,
    } | values
    return Post.make(KEY, source="信箱", locator=title + text, title=title, text=text, **given)


def run(posts: sqlite3.Connection, book: sqlite3.Connection, *arrived: Post, now: datetime = NOW) -> Docketed:
    save(posts, arrived, now=now)
    tag_new(posts, Model(), now=now)  # type: ignore[arg-type]
    return take_up(posts, book, OFFICE, load_taxonomy(), origin="sweep", now=now)


def test_a_sure_label_opens_a_case_with_clocks_and_no_word_of_the_post(
    posts: sqlite3.Connection, book: sqlite3.Connection
) -> None:
    done = run(posts, book, post("public_interest"), post("none", "谢谢你们上次的帮助，窗口的同志很热情。"))
    assert (done.looked, done.opened) == (2, 1)
    (case,) = cases.read(book)
    assert case.labels == ("public_interest",)
    assert {due.rule for due in case.dues} == {"respond_48h", "message"}
    assert "停水" not in case.summary
    for row in book.execute("SELECT payload FROM events"):
        assert "停水" not in row["payload"]


def test_looking_again_changes_nothing(posts: sqlite3.Connection, book: sqlite3.Connection) -> None:
    run(posts, book, post("public_interest"))
    before = book.execute("SELECT count(*) FROM events").fetchone()[0]
    assert run(posts, book, post("public_interest"), now=NOW + timedelta(hours=1)) == Docketed()
    assert book.execute("SELECT count(*) FROM events").fetchone()[0] == before


def test_a_run_cut_short_goes_on_without_a_second_case(posts: sqlite3.Connection, book: sqlite3.Connection) -> None:
    run(posts, book, post("public_interest"))
    posts.execute("DELETE FROM taken_up")  # killed after the ledger's commit, before the tick
    done = run(posts, book, now=NOW + timedelta(minutes=5))
    assert done.opened == 0
    assert len(cases.read(book)) == 1


@pytest.mark.parametrize("copy", [WATER.replace("三天", "三四天"), WATER + "有人管吗？"])
def test_near_copies_join_the_case(posts: sqlite3.Connection, book: sqlite3.Connection, copy: str) -> None:
    run(posts, book, post("public_interest"))
    later = NOW + timedelta(hours=2)
    done = run(posts, book, post("public_interest", copy, channel="forum"), now=later)
    assert (done.opened, done.joined) == (0, 1)
    assert cases.read(book)[0].posts == 2


def test_an_exact_copy_opens_nothing_and_is_no_fault(posts: sqlite3.Connection, book: sqlite3.Connection) -> None:
    run(posts, book, post("public_interest"))
    copy = post("public_interest", "【转发】" + WATER, channel="forum")
    done = run(posts, book, copy, now=NOW + timedelta(hours=2))
    assert (done.opened, done.refused) == (0, ())
    assert len(cases.read(book)) == 1


def test_an_answer_that_comes_later_is_recorded_with_its_promise(
    posts: sqlite3.Connection, book: sqlite3.Connection
) -> None:
    first = post("public_interest")
    run(posts, book, first)
    later = NOW + timedelta(hours=20)
    answered = replace(first, answer=ANSWER, answered_at=later, answered_by="云溪市司法局")
    done = run(posts, book, answered, now=later + timedelta(minutes=1))
    assert (done.answered, done.promises) == (1, 1)
    (case,) = cases.read(book)
    assert case.status == "responded"
    (promise,) = commitments.read(book)
    assert promise.status == "proposed"
    assert "12月10日前" in promise.quote
    assert promise.due is not None
    assert promise.due.due_date == "2026-12-10"


def test_a_promise_makes_a_case_whatever_the_label(posts: sqlite3.Connection, book: sqlite3.Connection) -> None:
    letter = post("none", "我的材料什么时候能办好？", answer=ANSWER, answered_at=NOW, answered_by="云溪市司法局")
    assert run(posts, book, letter).promises == 1
    assert len(cases.read(book)) == 1


def test_doubt_is_left_to_a_person_who_then_opens_it(posts: sqlite3.Connection, book: sqlite3.Connection) -> None:
    letter = post("policy/doubt")
    assert run(posts, book, letter).doubtful == 1
    assert cases.read(book) == []
    correct(posts, letter.id, "policy", now=NOW + timedelta(hours=1))
    assert run(posts, book, now=NOW + timedelta(hours=1)).opened == 1


def test_the_offices_own_announcements_are_no_concern(posts: sqlite3.Connection, book: sqlite3.Connection) -> None:
    own = post("policy", "关于印发法律援助办法的通知，自下月起施行。", channel="site")
    order = post("superior_directed", "省厅通报：请你局于5日内公开回应。", channel="site")
    elsewhere = post("policy", "听说法援办法要改，外地人还能申请吗？", channel="site", url="http://news.example.com/1")
    assert run(posts, book, own, order, elsewhere).opened == 2


def test_purging_the_post_takes_its_tick_along(posts: sqlite3.Connection, book: sqlite3.Connection) -> None:
    run(posts, book, post("public_interest"))
    posts.execute("DELETE FROM posts")
    assert posts.execute("SELECT count(*) FROM taken_up").fetchone()[0] == 0
    assert len(cases.read(book)) == 1  # the office's record stays
