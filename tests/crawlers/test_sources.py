"""sources.toml: what is right is read, what is wrong is said all at once, and the forbidden cannot even be spelt."""

import dataclasses
from importlib.resources import files
from pathlib import Path

import pytest

from crawlers.city import serve
from crawlers.clock import unstamp
from crawlers.sources import KINDS, Source, read_sources

GOOD = """\
[[source]]
name = "市政府公告"
kind = "site"
url = "https://www.example.gov.cn/gg/"
hosts = ["sfj.example.gov.cn"]

[source.rule]
item = "ul.list li"
body = "#zoom"

[[source]]
name = "论坛"
kind = "forum"
engine = "discuz"
url = "https://bbs.example.cn/forum-2-1.html"
every_minutes = 30
"""

BAD = """\
[[source]]
name = "公告"
kind = "web"
url = "https://www.example.gov.cn/gg/"
cookie = "SESSIONID=1"

[[source]]
name = "信箱"
kind = "mailbox"
url = "ftp://example.gov.cn/"
dely_seconds = 3

[[source]]
name = "论坛"
kind = "forum"
url = "https://bbs.example.cn/forum-2-1.html"

[[source]]
name = "太急"
kind = "feed"
url = "https://news.example.cn/rss.xml"
delay_seconds = 0.2

[[source]]
name = "规则"
kind = "site"
url = "https://news.example.cn/"
[source.rule]
item = "ul >> li"
"""


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "sources.toml"
    path.write_text(text, "utf-8")
    return path


def test_a_good_file_becomes_sources(tmp_path: Path) -> None:
    sources, problems = read_sources(write(tmp_path, GOOD))
    assert problems == []
    portal, forum = sources
    assert portal.rule is not None
    assert (portal.rule.item, portal.rule.body) == ("ul.list li", "#zoom")
    assert portal.sites == {"example.gov.cn", "sfj.example.gov.cn"}
    assert (forum.engine, forum.every_minutes, forum.delay_seconds) == ("discuz", 30, 2.0)


def test_every_mistake_is_named_with_its_line(tmp_path: Path) -> None:
    sources, problems = read_sources(write(tmp_path, BAD))
    assert sources == []
    shown = "\n".join(map(str, problems))
    assert "第 3 行「source.1.kind」：取值不在允许范围内：'web'。只能取 'feed'、'site'、'mailbox'、'forum'" in shown
    assert "第 5 行「source.1.cookie」：不认识这一项" in shown
    assert "第 10 行「source.2.url」：不是 http 或 https 网址" in shown
    assert "第 11 行「source.2.dely_seconds」：不认识这一项。是不是 delay_seconds？" in shown
    assert "论坛要写明 engine" in shown
    assert "公开网站不得小于 1 秒" in shown
    assert "item 不是 CSS 选择器" in shown


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("https://bbs.example.cn/home.php?mod=space&uid=7", "不采集个人"),
        ("https://bbs.example.cn/u/zhangsan", "不采集个人"),
        ("https://user:secret@example.cn/", "不是 http"),
        ("https://weibo.com/somebody", "微博是个人账号平台"),
        ("https://m.weibo.cn/", "微博是个人账号平台"),
        ("file:///etc/passwd", "不是 http"),
    ],
)
def test_people_are_no_source(tmp_path: Path, url: str, message: str) -> None:
    _, problems = read_sources(write(tmp_path, f'[[source]]\nname = "甲"\nkind = "site"\nurl = "{url}"\n'))
    assert message in str(problems[0])


def test_a_name_may_stand_once(tmp_path: Path) -> None:
    entry = '[[source]]\nname = "甲"\nkind = "feed"\nurl = "https://example.cn/rss"\n'
    _, problems = read_sources(write(tmp_path, entry * 2))
    assert "「甲」登记了不止一次" in str(problems[0])


def test_no_option_for_cookies_logins_or_proxies_exists() -> None:
    names = {field.name for field in dataclasses.fields(Source)}
    assert not any(
        word in name for name in names for word in ("cookie", "login", "user", "pass", "proxy", "token", "header")
    )
    assert KINDS == ("feed", "site", "mailbox", "forum")


def test_the_shipped_and_the_sample_city_files_are_valid(tmp_path: Path) -> None:
    shipped = (files("crawlers") / "data" / "sources.toml").read_text("utf-8")
    assert read_sources(write(tmp_path, shipped)) == ([], [])
    with serve(unstamp("2026-11-21T16:30:00+08:00")) as city:
        sources, problems = read_sources(write(tmp_path, city.sources_toml()))
    assert problems == []
    assert {source.kind for source in sources} == set(KINDS)


def test_a_missing_file_is_a_problem(tmp_path: Path) -> None:
    assert "没有这个文件" in str(read_sources(tmp_path / "sources.toml")[1][0])
