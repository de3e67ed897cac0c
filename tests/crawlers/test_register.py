"""Adding and removing a source leaves every other line of sources.toml as its owner wrote it."""

from importlib.resources import files
from pathlib import Path

import pytest

from crawlers.register import add, remove
from crawlers.sources import Source, read_sources

NOTICES = Source("市政府公告", "site", "https://www.example.gov.cn/gg/", every_minutes=30)
BOARD = Source("民生论坛", "forum", "https://bbs.example.com/forum-2-1.html", engine="discuz")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "sources.toml"
    made.write_bytes((files("crawlers") / "data" / "sources.toml").read_bytes())
    return made


def names(path: Path) -> list[str]:
    sources, problems = read_sources(path)
    assert problems == []
    return [source.name for source in sources]


def test_added_sources_are_read_back_as_they_were(path: Path) -> None:
    before = path.read_text("utf-8").rstrip()
    assert add(path, NOTICES) == []
    assert add(path, BOARD) == []
    assert read_sources(path)[0] == [NOTICES, BOARD]
    assert path.read_text("utf-8").startswith(before)


def test_the_same_address_or_name_is_not_added_twice(path: Path) -> None:
    add(path, NOTICES)
    again = Source("另一个名字", "site", NOTICES.url)
    assert "已登记为「市政府公告」" in str(add(path, again)[0])
    namesake = Source("市政府公告", "site", "https://www.example.gov.cn/tz/")
    assert "--name" in str(add(path, namesake)[0])
    assert names(path) == ["市政府公告"]


def test_a_wrong_file_is_left_alone(path: Path) -> None:
    path.write_text('[[source]]\nname = "甲"\ncookie = "x"\n', "utf-8")
    before = path.read_bytes()
    assert add(path, NOTICES)
    assert remove(path, "甲")
    assert path.read_bytes() == before


@pytest.mark.parametrize("gone", ["市政府公告", "民生论坛"])
def test_removing_takes_the_table_with_its_comment_and_nothing_else(path: Path, gone: str) -> None:
    add(path, NOTICES)
    path.write_text(path.read_text("utf-8") + "\n# 论坛管理员已同意每小时一次\n", "utf-8")
    add(path, BOARD)
    text = path.read_text("utf-8").replace("一次\n\n[[", "一次\n[[")
    path.write_text(text, "utf-8")
    assert remove(path, gone) == []
    assert names(path) == [name for name in ("市政府公告", "民生论坛") if name != gone]
    assert ("论坛管理员已同意" in path.read_text("utf-8")) == (gone != "民生论坛")
    assert path.read_text("utf-8").startswith("# 回应 huiying")


def test_removing_what_is_not_there_says_so(path: Path) -> None:
    assert "没有名为「甲」" in str(remove(path, "甲")[0])
