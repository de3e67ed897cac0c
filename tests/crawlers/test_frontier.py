"""The lease table: every page once, whoever dies; with real processes, real kills and a real server."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawlers.crawl import order_for, run, start_worker
from crawlers.frontier import FAILED, READ, Frontier
from crawlers.office import Office
from crawlers.sources import Source
from crawlers.spiders.task import Task
from crawlers.store import open_posts
from crawlers.visits import Validators, open_visits
from crawlers.workspace import Workspace

OFFICE = Office("云溪市司法局", "0000-00000000")
IN_FLIGHT = 16  # CONCURRENT_REQUESTS
SIZE = 4000 if os.environ.get("HUIYING_SOAK") else 160


def matter(number: int, source: str = "甲") -> Task:
    url = f"https://www.example.gov.cn/{source}/{number}.html"
    return Task(source, "matter", url, url)


@pytest.fixture
def db(tmp_path: Path, now: datetime) -> Iterator[sqlite3.Connection]:
    db = open_posts(tmp_path / "posts.db")
    open_visits(db, now=now)
    yield db
    db.close()


def taken(frontier: Frontier) -> list[Task]:
    tasks = []
    while task := frontier.take({}):
        tasks.append(task)
    return tasks


def settle(
    frontier: Frontier, tasks: list[Task], now: datetime, *, state: int = READ, found: Sequence[Task] = ()
) -> None:
    frontier.settle([(task, state, Validators("e", "m")) for task in tasks], found, now=now)


def test_two_workers_share_and_neither_gets_what_the_other_has(
    db: sqlite3.Connection, key: bytes, tmp_path: Path, now: datetime
) -> None:
    one, two = (Frontier(db, key, tmp_path, ["甲"]) for _ in range(2))
    one.begin([matter(n) for n in range(40)], now=now)
    first = [one.take({}), two.take({})]
    second = taken(one) + taken(two)
    assert sorted(task.key for task in first + second if task) == sorted(matter(n).key for n in range(40))
    assert one.worker != two.worker
    assert one.waits()
    assert one.close_source("甲") is None
    settle(one, [matter(n) for n in range(40)], now)
    assert not one.waits()
    settled = two.close_source("甲")
    assert settled is not None
    assert settled.clean
    assert one.close_source("甲") is None  # once, by one of them
    one.close()
    two.close()


def test_pages_found_twice_are_visited_once_and_their_addresses_do_not_stay(
    db: sqlite3.Connection, key: bytes, tmp_path: Path, now: datetime
) -> None:
    frontier = Frontier(db, key, tmp_path, ["甲"])
    frontier.begin([matter(1)], now=now)
    assert taken(frontier) == [matter(1)]
    settle(frontier, [matter(1)], now, found=[matter(1), matter(2), matter(2)])
    assert taken(frontier) == [matter(2)]
    rows = db.execute("SELECT task FROM frontier ORDER BY state DESC").fetchall()
    assert [bool(row["task"]) for row in rows] == [False, True]
    frontier.close()


def test_lists_come_before_matters_and_hosts_take_turns(
    db: sqlite3.Connection, key: bytes, tmp_path: Path, now: datetime
) -> None:
    frontier = Frontier(db, key, tmp_path, ["甲", "乙"])
    listed = Task("甲", "list", "https://www.example.gov.cn/", "list")
    other = Task("乙", "matter", "https://other.example.cn/1", "1")
    frontier.begin([matter(1), listed, other], now=now)
    assert frontier.take({"example.gov.cn": 0, "other.example.cn": 1}) == listed
    assert frontier.take({"example.gov.cn": 1, "other.example.cn": 0}) == other
    assert frontier.take({"example.gov.cn": 2}) is None
    assert frontier.take({"example.gov.cn": 1}) == matter(1)
    frontier.close()


def test_a_failed_page_leaves_the_lists_validators_out(
    db: sqlite3.Connection, key: bytes, tmp_path: Path, now: datetime
) -> None:
    frontier = Frontier(db, key, tmp_path, ["甲"])
    listed = Task("甲", "list", "https://www.example.gov.cn/", "list")
    frontier.begin([listed], now=now)
    settle(frontier, taken(frontier), now, found=[matter(1)])
    settle(frontier, taken(frontier), now, state=FAILED)
    settled = frontier.close_source("甲")
    assert settled is not None
    assert not settled.clean
    assert [sent for _, sent in settled.lists] == [Validators("e", "m")]
    frontier.close()


def test_an_interrupted_sweep_goes_on_and_an_old_one_begins_anew(
    db: sqlite3.Connection, key: bytes, tmp_path: Path, now: datetime
) -> None:
    first = Frontier(db, key, tmp_path, ["甲"])
    first.begin([matter(n) for n in range(4)], now=now)
    settle(first, taken(first)[:2], now)
    first.close()
    second = Frontier(db, key, tmp_path, ["甲"])
    second.begin([matter(0)], now=now + timedelta(hours=1))
    assert len(taken(second)) == 2
    second.close()
    third = Frontier(db, key, tmp_path, ["甲"])
    third.begin([matter(0)], now=now + timedelta(days=2))
    assert taken(third) == [matter(0)]
    third.close()


def test_a_worker_killed_at_work_gives_its_share_back(
    db: sqlite3.Connection, key: bytes, tmp_path: Path, now: datetime
) -> None:
    script = (
        "import sys, time; from pathlib import Path; from crawlers.frontier import Frontier; "
        "from crawlers.store import open_posts; root = Path(sys.argv[1]); "
        "f = Frontier(open_posts(root / 'posts.db'), bytes(range(32)), root, ['甲']); "
        "print(f.take({}).key, flush=True); time.sleep(60)"
    )
    mine = Frontier(db, key, tmp_path, ["甲"])
    mine.begin([matter(n) for n in range(16)], now=now)
    with subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline()
        assert mine.reclaim() == 0  # it lives
        assert mine.take({}) is None
        other.kill()
    assert mine.reclaim() == 16
    assert len(taken(mine)) == 16
    mine.close()


@settings(max_examples=30, deadline=None)
@given(st.lists(st.sampled_from(["take", "settle", "find", "die"]), min_size=5, max_size=60), st.randoms())
def test_whatever_happens_every_page_is_settled_exactly_once(steps: list[str], chance: random.Random) -> None:
    """A model: two workers, one may die at any step and comes back as another process would."""
    now = datetime.fromisoformat("2026-11-21T16:30:00+08:00")
    with TemporaryDirectory() as name:
        root = Path(name)
        db = open_posts(root / "posts.db")
        open_visits(db, now=now)
        crew = [Frontier(db, bytes(32), root, ["甲"]) for _ in range(2)]
        crew[0].begin([matter(0)], now=now)
        held: list[list[Task]] = [[], []]
        count, settled = 1, Counter[str]()
        for step in [*steps, *["take", "settle"] * 40]:
            who = chance.randrange(2)
            if step == "take" and (task := crew[who].take({})):
                held[who].append(task)
                assert sum(task in tasks for tasks in held) == 1
            elif step in ("settle", "find") and held[who]:
                found = [matter(count + n) for n in range(3)] if step == "find" else []
                count += len(found)
                settle(crew[who], held[who], now, found=found)
                settled.update(task.key for task in held[who])
                held[who] = []
            elif step == "die":
                crew[who]._lock.release()
                crew[who], held[who] = Frontier(db, bytes(32), root, ["甲"]), []
        for who in range(2):
            settle(crew[who], held[who] + taken(crew[who]), now)
            settled.update(task.key for task in held[who])
        while rest := taken(crew[0]):
            settle(crew[0], rest, now)
        assert not crew[0].waits()
        assert all(number == 1 for number in settled.values())
        assert db.execute("SELECT count(*) FROM frontier").fetchone()[0] == count
        for frontier in crew:
            frontier.close()
        db.close()


def laid_out(loopback: Any, size: int) -> Source:
    """A site of `size` articles on list pages of forty."""
    lists = -(-size // 40)
    for page in range(lists):
        rows = "".join(
            f'<li><span>2026-11-{n % 20 + 1:02}</span><a href="/a/{n}.html">关于第{n}号事项办理情况的公告</a></li>'
            for n in range(page * 40, min(size, page * 40 + 40))
        )
        onward = f'<a href="/list{page + 1}.html">下一页</a>' if page + 1 < lists else ""
        loopback.pages[f"/list{page}.html"] = f"<html><body><ul>{rows}</ul>{onward}</body></html>"
    for n in range(size):
        loopback.pages[f"/a/{n}.html"] = (
            f'<html><head><meta name="ArticleTitle" content="关于第{n}号事项办理情况的公告">'
            f'<meta name="PubDate" content="2026-11-{n % 20 + 1:02} 09:00"></head>'
            f'<body><div id="zoom"><p>第{n}号事项已经'
            "办理完毕，结果在政务大厅公示栏公布，请有关居民按时前往查看，谢谢大家的支持。</p></div></body></html>"
        )
    return Source("公告", "site", f"{loopback.url}/list0.html", delay_seconds=0, max_pages=100)


def articles(loopback: Any) -> Counter[str]:
    return Counter(path for path in loopback.asked if path.startswith("/a/"))


def wait_until(condition: Callable[[], bool], seconds: float = 30 if SIZE < 1000 else 300) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def stored(workspace: Workspace) -> int:
    db = open_posts(workspace.posts)
    count: int = db.execute("SELECT count(*) FROM posts").fetchone()[0]
    db.close()
    return count


@pytest.mark.parametrize("victim", ["the one that began", "the one that joined"])
def test_one_of_two_crawlers_is_killed_and_nothing_is_lost(
    loopback: Any, tmp_path: Path, now: datetime, victim: str
) -> None:
    source, workspace, share = laid_out(loopback, SIZE), Workspace(tmp_path), random.uniform(0.2, 0.8)
    order = order_for(workspace, OFFICE, [source], now=now, workers=2)
    with TemporaryFile("w+") as errors, start_worker(order, errors) as one:
        wait_until(lambda: len(articles(loopback)) > SIZE * 0.05)
        with start_worker(order | {"begins": False}, errors) as two:
            wait_until(lambda: len(articles(loopback)) > SIZE * (0.1 + share / 2))
            killed, left = (one, two) if victim == "the one that began" else (two, one)
            os.kill(killed.pid, signal.SIGKILL)
            assert left.stdout is not None
            said = left.stdout.read()
            assert left.wait() == 0
    fetched = articles(loopback)
    assert len(fetched) == SIZE
    assert sum(fetched.values()) - SIZE <= IN_FLIGHT
    assert stored(workspace) == SIZE
    assert '"event": "done"' in said


def test_a_lone_crawler_killed_again_and_again_still_ends(loopback: Any, tmp_path: Path, now: datetime) -> None:
    source, workspace = laid_out(loopback, SIZE), Workspace(tmp_path)
    order, kills = order_for(workspace, OFFICE, [source], now=now), 4 if SIZE > 1000 else 1
    for number in range(kills):
        with TemporaryFile("w+") as errors, start_worker(order, errors) as child:
            wait_until(lambda number=number: len(articles(loopback)) > SIZE * (number + 1) / 6)
            child.kill()
    summary = run(workspace, OFFICE, [source], now=now)
    fetched = articles(loopback)
    assert len(fetched) == SIZE
    assert sum(fetched.values()) - SIZE <= kills * IN_FLIGHT
    assert stored(workspace) == SIZE
    assert summary.sources["公告"].finished


def test_workers_of_one_sweep_add_up(loopback: Any, tmp_path: Path, now: datetime) -> None:
    source, workspace = laid_out(loopback, SIZE), Workspace(tmp_path)
    summary = run(workspace, OFFICE, [source], now=now, workers=2)
    assert not summary.crashed
    assert summary.sources["公告"].new == SIZE
    assert summary.sources["公告"].finished
    assert set(articles(loopback).values()) == {1}


def test_a_caller_that_is_killed_takes_its_crawler_along(loopback: Any, tmp_path: Path, now: datetime) -> None:
    source = laid_out(loopback, SIZE)
    order = order_for(Workspace(tmp_path), OFFICE, [source], now=now)
    with TemporaryFile("w+") as errors, start_worker(order, errors) as child:
        wait_until(lambda: len(articles(loopback)) > 10)
        assert child.stdin is not None
        child.stdin.close()  # what the system does to the pipe of a killed caller
        assert child.stdout is not None
        child.stdout.read()
        assert child.wait(timeout=20) == 0
    assert len(articles(loopback)) < SIZE
