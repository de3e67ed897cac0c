"""A disk that fills up in the middle of a sweep is named, costs nothing that was committed, and loses no page."""

import json
import sqlite3
from collections import Counter
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import cli
from crawlers.clock import CHINA
from crawlers.crawl import start_worker
from crawlers.store import open_posts

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=CHINA)
SIZE = 60
# A worker whose database may grow by a few pages only: writes that fit into pages it has still succeed, as on a real
# disk with a few blocks left.
CRAMPED = """
import crawlers.worker as worker
opened = worker.open_posts
def cramped(path):
    db = opened(path)
    worker.open_visits(db, now=worker.unstamp("2026-11-21T09:00:00+08:00"))
    db.execute(f"PRAGMA max_page_count = {db.execute('PRAGMA page_count').fetchone()[0] + 2}").fetchall()
    return db
worker.open_posts = cramped
worker.main()
"""


@pytest.fixture
def home(tmp_path: Path, loopback: Any) -> Path:
    """A workspace that watches one column of sixty articles."""
    rows = "".join(f'<li><a href="/a/{n}.html">关于第{n}处积水点治理情况的通报</a></li>' for n in range(SIZE))
    loopback.pages["/"] = f"<html><body><ul>{rows}</ul></body></html>"
    for n in range(SIZE):
        text = f"第{n}处积水点已经完成改造，汛期前将再次检查，请附近居民放心。" * 20
        loopback.pages[f"/a/{n}.html"] = (
            f'<html><head><meta name="ArticleTitle" content="关于第{n}处积水点治理情况的通报"></head>'
            f'<body><div id="zoom"><p>{text}</p></div></body></html>'
        )
    (tmp_path / "huiying.toml").write_text('[office]\nname = "云溪市司法局"\ncontact = "0000-00000000"\n', "utf-8")
    source = f'[[source]]\nname = "通报"\nkind = "site"\nurl = "{loopback.url}/"\ndelay_seconds = 0\n'
    (tmp_path / "sources.toml").write_text(source, "utf-8")
    return tmp_path


def sweep(home: Path, *, now: datetime = NOW) -> tuple[int, dict[str, Any], str]:
    args = ["--workspace", str(home), "sweep", "--json"]
    result = CliRunner().invoke(cli.huiying, args, obj=cli.Door(clock=lambda: now), catch_exceptions=False)
    return result.exit_code, json.loads(result.stdout) if result.stdout else {}, result.stderr


def test_a_sweep_that_fills_the_disk_says_so_and_the_next_one_completes_it(
    home: Path, loopback: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crawlers.crawl.start_worker", partial(start_worker, program=CRAMPED))
    code, said, troubles = sweep(home)
    assert code == 1
    assert "磁盘已满，未能写入" in troubles
    assert "异常退出" not in troubles
    counted = said["sources"]["通报"]
    assert 0 < counted["new"] == counted["read"] < SIZE  # what fitted in
    assert sound(home) == counted["new"]
    monkeypatch.undo()
    code, said, troubles = sweep(home, now=NOW + timedelta(minutes=1))
    assert (code, troubles) == (0, "")
    assert sound(home) == SIZE
    asked = Counter(path for path in loopback.asked if path.startswith("/a/"))
    assert len(asked) == SIZE
    assert sum(asked.values()) - SIZE <= 32  # pages read and not written, and pages in flight


def test_no_room_for_the_tags_is_told_with_what_was_collected(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for words in (["source", "check"], ["case", "list"]):  # make the tables, which take room, too
        CliRunner().invoke(cli.huiying, ["--workspace", str(home), *words], obj=cli.Door(clock=lambda: NOW))

    def crowded(path: Path) -> sqlite3.Connection:
        opened = open_posts(path)
        opened.execute("PRAGMA max_page_count = 1").fetchall()  # no page more than there are
        return opened

    monkeypatch.setattr("crawlers.store.open_posts", crowded)
    code, said, troubles = sweep(home)
    assert code == 1
    assert said["sources"]["通报"]["read"] == SIZE
    assert "分类、立件：磁盘已满" in troubles
    monkeypatch.undo()
    code, said, _ = sweep(home, now=NOW + timedelta(minutes=2))
    assert (code, said["tagged"]["tagged"], sound(home)) == (0, SIZE, SIZE)


def test_no_room_to_begin_with_is_no_damage(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path) -> sqlite3.Connection:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("crawlers.store.open_posts", full)
    code, _, troubles = sweep(home)
    assert code == 1
    assert troubles.startswith("错误：磁盘已满")
    assert "恢复备份" not in troubles


def sound(home: Path) -> int:
    """How many posts there are in an undamaged file."""
    db = open_posts(home / "posts.db")
    assert db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    count: int = db.execute("SELECT count(*) FROM posts").fetchone()[0]
    db.close()
    return count
