"""The main job on the sample city, as `make demo` runs it: from the sweep to a promise publicly fulfilled."""

from datetime import datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import cli
from crawlers.city import planted
from crawlers.clock import CHINA

NOW = datetime(2026, 11, 20, 15, 30, tzinfo=CHINA)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo") / "huiying-demo"


def demo(home: Path) -> Result:
    door = cli.Door(clock=lambda: NOW)
    return CliRunner().invoke(cli.huiying, ["demo", "--dir", str(home)], obj=door, catch_exceptions=False)


@pytest.fixture(scope="module")
def result(home: Path) -> Result:
    return demo(home)


def test_it_walks_to_publicly_fulfilled(result: Result) -> None:
    assert result.exit_code == 0, result.output
    assert "没有新内容，什么都没有存" in result.output  # the second sweep
    assert "已公开落实" in result.output
    assert "可以办理的：核查员" in result.output  # the claimant may not verify
    assert "完好（第 2 级" in result.output
    assert "huiying init" in result.output  # what to type next


def test_no_planted_value_is_in_any_file(result: Result, home: Path) -> None:
    values = planted()
    assert len(values) > 100
    for path in home.rglob("*"):
        content = path.read_bytes() if path.is_file() else b""
        found = [value for value in values if value.encode() in content or value.encode("gb18030") in content]
        assert found == [], path.name


def test_nothing_a_citizen_said_is_in_the_ledger(result: Result, home: Path) -> None:
    """S4: no stretch of a post's words stands in ledger.db (12 characters: longer than any place or label)."""
    from crawlers.store import open_posts, read

    ledger = (home / "ledger.db").read_bytes().decode("utf-8", "ignore")
    posts = open_posts(home / "posts.db")
    citizens = [post for post in read(posts) if post.channel in ("forum", "mailbox")]
    posts.close()
    assert len(citizens) > 50
    for post in citizens:
        for start in range(0, max(1, len(post.text) - 12), 6):
            piece = post.text[start : start + 12]
            assert piece not in ledger or piece in post.answer, post.title


def test_it_can_be_run_again_and_spares_what_is_not_its_own(result: Result, home: Path, tmp_path: Path) -> None:
    assert demo(home).exit_code == 0
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("重要", "utf-8")
    refused = demo(tmp_path / "mine")
    assert refused.exit_code == 2
    assert "不能清空" in refused.output
    assert (tmp_path / "mine" / "letter.txt").exists()
