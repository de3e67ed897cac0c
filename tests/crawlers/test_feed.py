"""Feeds: doubt goes to the judge, encodings and entities do no harm, and the development fixtures read as expected."""

import json
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawlers.clean import clean
from crawlers.clock import CHINA, unstamp
from crawlers.pages.dates import parse_date, parse_feed_date
from crawlers.pages.feed import Feed, read_feed
from crawlers.pages.found import PageError
from crawlers.pages.fragment import text_of_html

NOW = datetime(2026, 11, 21, 16, 30, tzinfo=CHINA)
URL = "https://news.example.cn/rss.xml"
RSS = '<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>晚报</title>{}</channel></rss>'


def read(text: str, encoding: str = "utf-8") -> Feed:
    return read_feed(text.encode(encoding), url=URL, now=NOW)


def item(**fields: str) -> str:
    return "<item>" + "".join(f"<{name}>{value}</{name}>" for name, value in fields.items()) + "</item>"


@pytest.mark.parametrize(
    "broken",
    [
        RSS.format(item(title="一")),  # neither link nor id
        RSS.format(item(link="https://x.cn/1")),  # no title
        RSS.format(item(title="一", link="https://x.cn/1"))[:-20],  # cut off
        RSS.format(item(title="停车 & 收费", link="https://x.cn/1")),  # a bare ampersand
        '<!DOCTYPE rss [<!ENTITY who "某人">]>' + RSS.format(item(title="&who;", link="https://x.cn/1")),
    ],
)
def test_anything_doubtful_goes_to_the_judge(broken: str) -> None:
    assert read(broken).judged


def test_a_clean_feed_does_not() -> None:
    assert not read(RSS.format(item(title="一", link="https://x.cn/1"))).judged


def test_no_entity_of_a_stranger_is_resolved() -> None:
    bomb = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 9))
    text = f'<!DOCTYPE rss [<!ENTITY a0 "x">{bomb}<!ENTITY f SYSTEM "file:///etc/passwd">]>'
    feed = read(text + RSS.format(item(title="t &a8; &f;", link="https://x.cn/1"))[38:])
    said = "".join(entry.title + entry.text for entry in feed.entries)
    assert "root:" not in said
    assert len(said) < 10_000


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16"])
def test_what_the_declaration_says_does_not_matter(encoding: str) -> None:
    text = RSS.format(item(title="喆园路段燃气抢修，䶮字号楼停气一天", link="https://x.cn/1"))
    for declared in ("utf-8", "gb2312", "gbk", "iso-8859-1"):
        feed = read(text.replace('"utf-8"', f'"{declared}"', 1), encoding)
        assert feed.entries[0].title == "喆园路段燃气抢修，䶮字号楼停气一天"


def test_summaries_become_text_and_scripts_do_not() -> None:
    html = "<p>第一段&nbsp;话</p><script>alert(1)</script><p style='display:none'>藏</p>二"
    body = html.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    (entry,) = read(RSS.format(item(title="题", link="https://x.cn/1", description=body))).entries
    assert entry.text == "第一段 话\n二"


def test_an_entry_without_words_is_skipped_and_counted() -> None:
    atom = '<feed xmlns="http://www.w3.org/2005/Atom"><title>t</title><entry><id>1</id><title></title></entry></feed>'
    feed = read(atom)
    assert (feed.entries, feed.skipped) == ((), 1)


@pytest.mark.parametrize("text", ["", "<html><body>404</body></html>", "{", '{"a": 1}', "[1, 2]", "纯文本", "<rss"])
def test_what_is_no_feed_says_so(text: str) -> None:
    with pytest.raises(PageError, match=r"不是订阅源|无法确认"):
        read(text)


PIECES = [
    "<p>", "</p>", "<br/>", "<BR>", "<div class='a'>", "</div>", "<em>", "</em>", "<o:p>", "</o:p>", "<code>",
    "<pre>行\n行</pre>", "<pre><code>行\n行</code>\n尾</pre>", "<script>if (a) b()</script>", "<img alt='a>b'>",
    "<select><option>甲</option></select>", "<!-- 注 -->", "<span style='display: none'>藏</span>", "<input name=q>",
    "<noscript>请开启脚本</noscript>", "<p style='font-size:16px'>", "文\n字", "  空 ",
    "&nbsp;", "&lt;b&gt;", "&amp;amp;", "&#8212;", "</code>",
]  # fmt: skip


@settings(max_examples=200)
@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
def test_the_quick_way_to_text_says_what_the_parser_says(fragment: str) -> None:
    from crawlers.pages.fragment import _parsed_text

    if "<" in fragment:  # line breaks may differ where a tag closes what was never open
        assert text_of_html(fragment).split() == _parsed_text(fragment).split() or "</" in fragment
        assert "".join(text_of_html(fragment).split()) == "".join(_parsed_text(fragment).split())


@pytest.mark.parametrize("start", ["", "<?xml version='1.0'?>"])
def test_a_thousand_comments_cost_no_more_than_reading_them(start: str) -> None:
    with pytest.raises(PageError, match="不是订阅源"):
        read(start + "<!-- -->" * 1000 + "<html><body>404</body></html>")


def test_entries_in_places_where_none_belong_go_to_the_judge() -> None:
    feed = read(RSS.format("<items>" + item(title="一", link="https://x.cn/1") + "</items>"))
    assert feed.judged
    assert [entry.title for entry in feed.entries] == ["一"]


@settings(max_examples=200)
@given(st.integers(820_000_000, 1_795_000_000), st.integers(-12, 14), st.sampled_from(["iso", "mail"]))
def test_the_standards_spellings_are_read_as_by_the_general_reader(seconds: int, hours: int, spelling: str) -> None:
    moment = datetime.fromtimestamp(seconds, timezone(timedelta(hours=hours)))
    text = moment.isoformat() if spelling == "iso" else format_datetime(moment)
    assert parse_feed_date(text, now=NOW) == parse_date(text, now=NOW) == moment


@pytest.mark.parametrize(
    "text",
    ["2026-11-20 09:12:00", "2026-11-20T09:12:00", "2026/11/20 09:12", "2026年11月20日 09:12",
     "Fri, 20 Nov 2026 09:12:00 CST", "Fri, 20 Nov 2026 09:12:00", "20 Nov 2026 09:12:00 +0800",
     "2026-11-20T01:12:00Z"],
)  # fmt: skip
def test_a_bare_local_time_and_cst_are_chinas(text: str) -> None:
    assert parse_feed_date(text, now=NOW) == datetime(2026, 11, 20, 9, 12, tzinfo=CHINA)


@pytest.mark.parametrize("text", ["Tue, 31 Nov 2026 09:00:00 GMT", "20 Foo 2026 09:00:00 GMT", "2026-11-31T09:00:00Z"])
def test_a_day_that_does_not_exist_is_no_date(text: str) -> None:
    assert parse_feed_date(text, now=NOW) is None


@pytest.mark.data
def test_the_development_fixtures_read_as_expected(shared_data: Path) -> None:
    """888 fixtures of a reader in another language: the same entries, titles and dates, or a reason."""
    wrong, reasons, checked = [], [], 0
    for path in sorted((shared_data / "feeds" / "gofeed").glob("*/*")):
        expected = _expected(path)
        if expected is None:
            continue
        checked += 1
        try:
            feed = read_feed(path.read_bytes(), url="http://example.org/feed", now=NOW)
        except PageError as error:
            reasons.append(f"{path.name}: {error}")
            assert not expected, path.name
            continue
        if len(expected) != len(feed.entries) + feed.skipped:
            wrong.append(path.name)
        elif not feed.skipped:
            wrong += [path.name for want, got in zip(expected, feed.entries, strict=True) if not _same(want, got)]
    assert checked > 400
    # A text child of an enclosure is no item's title to the fixture's author, and is one to feedparser.
    assert wrong == ["issue_217_enclosure_children.xml"]
    assert len(reasons) == 0, reasons


def _expected(path: Path) -> list[dict[str, Any]] | None:
    if path.name.endswith("_expected.json"):
        return None
    beside = path.with_name(path.stem + "_expected.json") if path.suffix == ".json" else path.with_suffix(".json")
    if path == beside or not beside.exists():
        return None
    data = json.loads(beside.read_text("utf-8"))
    return list(data.get("items") or data.get("entries") or [])


def _same(want: dict[str, Any], got: Any) -> bool:
    dates = [
        want[name] for name in ("pubDateParsed", "publishedParsed", "updatedParsed", "date_published") if want.get(name)
    ]
    date = unstamp(dates[0].replace("Z", "+00:00")).replace(microsecond=0) if dates else None
    title = clean(text_of_html((want.get("title") or "").strip()).replace("\n", " "))
    return title == clean(got.title) and (date is None or date == got.posted_at)


@pytest.mark.data
def test_chinese_blogs_are_read_by_the_quick_way(shared_data: Path) -> None:
    for path in sorted((shared_data / "feeds").glob("*.xml")):
        feed = read_feed(path.read_bytes(), url=URL, now=NOW)
        assert not feed.judged
        assert feed.entries
        assert all(entry.title and entry.url and entry.posted_at for entry in feed.entries)
