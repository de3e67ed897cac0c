"""OPML in and out: folders become names, people are left out, what is no OPML is said."""

from pathlib import Path

import pytest

from crawlers.opml import read_opml, write_opml
from crawlers.sources import Source

OPML = """<?xml version="1.0" encoding="{}"?>
<opml version="1.0"><head><title>订阅</title></head><body>
<outline text="民生"><outline text="本地"><outline type="rss" text="云溪晚报" xmlUrl="https://news.example.cn/rss.xml"/></outline>
<outline type="rss" text="云溪晚报" xmlUrl="https://news.example.cn/feed.xml"/></outline>
<outline type="rss" title="镕城快讯" text="x" xmlurl="https://www.example.org/feed?utm_source=reader"/>
<outline type="rss" text="重复" xmlUrl="http://news.example.cn/rss.xml"/>
<outline type="rss" text="某人" xmlUrl="https://weibo.com/rss/somebody"/>
<outline type="rss" text="本机" xmlUrl="file:///etc/passwd"/>
</body></opml>"""


@pytest.mark.parametrize(("declared", "encoding"), [("utf-8", "utf-8"), ("gb2312", "gb18030"), ("utf-8", "gb18030")])
def test_folders_become_names_and_people_are_left_out(tmp_path: Path, declared: str, encoding: str) -> None:
    path = tmp_path / "feeds.opml"
    path.write_bytes(OPML.format(declared).encode(encoding))
    sources, problems = read_opml(path)
    assert [(source.name, source.url) for source in sources] == [
        ("民生·本地·云溪晚报", "https://news.example.cn/rss.xml"),
        ("民生·云溪晚报", "https://news.example.cn/feed.xml"),
    ]
    shown = "\n".join(map(str, problems))
    assert "第 5 行：网址里有个人主页、账号或会话参数" in shown
    assert "第 7 行：微博是个人账号平台" in shown
    assert "第 8 行：不是 http 或 https 网址" in shown


def test_a_file_without_a_declaration_and_names_that_are_taken(tmp_path: Path) -> None:
    path = tmp_path / "feeds.opml"
    path.write_text(
        '<opml><body><outline text="晚报" xmlUrl="https://a.cn/1"/><outline text="晚报" xmlUrl="https://a.cn/2"/></body>'
    )
    known = [Source("晚报", "feed", "https://a.cn/1")]
    sources, problems = read_opml(path, known=known)
    assert [(source.name, source.url) for source in sources] == [("晚报（2）", "https://a.cn/2")]
    assert problems == []


@pytest.mark.parametrize("text", ["", "<html></html>", "不是 XML", "\x00\xff"])
def test_what_is_no_opml_is_a_problem(tmp_path: Path, text: str) -> None:
    path = tmp_path / "x.opml"
    path.write_text(text)
    assert "不是 OPML 文件" in str(read_opml(path)[1][0])
    assert "打不开" in str(read_opml(tmp_path / "none.opml")[1][0])


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    sources = [Source('晚报 & "早报"', "feed", "https://a.cn/rss?a=1&b=2"), Source("门户", "site", "https://b.cn/")]
    path = tmp_path / "out.opml"
    path.write_text(write_opml(sources, title="云溪市司法局<采集>"), "utf-8")
    assert read_opml(path) == (sources[:1], [])
