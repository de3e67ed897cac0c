"""Every page of the sample city is served, says what the data says, and lies only where it is meant to."""

import html
import re
import unicodedata
from collections.abc import Iterator
from datetime import datetime
from http.client import HTTPConnection, HTTPResponse
from urllib.parse import urljoin, urlsplit

import feedparser
import pytest
from lxml.html import fromstring

from crawlers.city import City, Item, planted, serve
from crawlers.city.board import ago
from crawlers.clock import CHINA

NOW = datetime(2026, 11, 21, 16, 30, 45, tzinfo=CHINA)
GB = {"zcjd", "dcdb", "zxly"}


@pytest.fixture(scope="module")
def city() -> Iterator[City]:
    with serve(NOW) as city:
        yield city


def ask(url: str, method: str = "GET", **headers: str) -> tuple[HTTPResponse, bytes]:
    parts = urlsplit(url)
    connection = HTTPConnection(parts.netloc, timeout=5)
    try:
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        connection.request(method, target, headers={name.replace("_", "-"): value for name, value in headers.items()})
        response = connection.getresponse()
        return response, response.read()
    finally:
        connection.close()


def encoding(item: Item) -> str:
    return "gbk" if item.channel == "forum" else "gb18030" if item.place in GB else "utf-8"


def read(city: City, item: Item) -> str:
    response, body = ask(city.url(item))
    assert response.status == 200, item.path
    return html.unescape(body.decode(encoding(item)))


def squeezed(text: str) -> str:
    """Text as a reader sees it: no markup, no white space."""
    return re.sub(r"<[^>]+>|\s", "", text)


def test_every_item_is_served_and_says_what_the_data_says(city: City) -> None:
    for item in city.items:
        page = squeezed(read(city, item))
        for words in (item.title, item.text.splitlines()[-1]):
            # A thread with anti-collection noise keeps its lines, with the noise between them.
            assert squeezed(words) in page, (item.title, words)


def test_answers_and_their_times_are_on_the_mailbox_pages(city: City) -> None:
    for item in city.items:
        if item.channel == "mailbox" and item.answered_at:
            page = read(city, item)
            assert item.answer in page
            assert f"{item.answered_at:%Y-%m-%d %H:%M}" in page
            assert item.answered_by in page


@pytest.mark.parametrize("code", ["tzgg", "zcjd", "hygq", "dcdb", "jzxx", "zxly"])
def test_list_pages_lead_to_every_item_of_their_column(city: City, code: str) -> None:
    url: str | None = f"{city.portal_url}/{code}/"
    found: set[str] = set()
    pages = 0
    while url:
        document = fromstring(ask(url)[1].decode("gb18030" if code in GB else "utf-8"))
        found |= {urljoin(url, link) for link in document.xpath("//a/@href")}
        following = document.xpath("//a[text()='下一页']/@href")
        url, pages = urljoin(url, following[0]) if following else None, pages + 1
    assert {city.url(item) for item in city.items if item.place == code} <= found
    assert pages >= 2


def test_board_pages_list_every_thread_and_a_deleted_one(city: City) -> None:
    listed: set[int] = set()
    for n in (1, 2, 3):
        page = ask(f"{city.forum_url}/forum-2-{n}.html")[1].decode("gbk")
        listed |= {int(tid) for tid in re.findall(r'id="normalthread_(\d+)"', page)}
    assert listed == {item.number for item in city.items if item.channel == "forum"} | {998}
    assert "已被删除" in ask(f"{city.forum_url}/thread-998-1-1.html")[1].decode("gbk")


def test_encodings_really_are_what_they_are(city: City) -> None:
    for item in city.items:
        response, body = ask(city.url(item))
        assert _is_utf8(body) == (encoding(item) == "utf-8")
        declared = re.search(rb"charset=([\w-]+)", body)
        if item.place in GB:
            assert declared is not None
            assert declared[1] == b"gb2312"
            assert response.headers["Content-Type"] == "text/html"  # the server does not help


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


@pytest.mark.parametrize("character", ["喆", "䶮"])
def test_pages_declared_gb2312_hold_characters_it_lacks(city: City, character: str) -> None:
    with pytest.raises(UnicodeEncodeError):
        character.encode("gb2312")
    holders = [item for item in city.items if item.place in GB and character in item.text + item.handle]
    assert holders
    assert character in read(city, holders[0])


def test_emoji_reach_the_gbk_forum_as_references(city: City) -> None:
    item = next(item for item in city.items if "🎣" in item.text)
    assert b"&#127907;" in ask(city.url(item))[1]


def test_government_meta_tags_are_complete(city: City) -> None:
    item = next(item for item in city.items if item.place == "dcdb")
    page = ask(city.url(item))[1].decode("gb18030")
    document = fromstring(page)
    tags = {tag.get("name"): tag.get("content") for tag in document.xpath("//meta[@name]")}
    assert tags["ArticleTitle"] == item.title
    assert tags["PubDate"] == f"{item.posted_at:%Y-%m-%d %H:%M}"
    assert {"SiteName", "ColumnName", "ContentSource"} <= set(tags)


def test_one_column_is_malformed(city: City) -> None:
    item = next(item for item in city.items if item.place == "zcjd")
    page = ask(city.url(item))[1].decode("gb18030")
    assert page.count("<TD") > page.count("</TD>")
    assert page.count("<P ") > page.count("</P>")


def test_every_planted_value_stands_on_some_page(city: City) -> None:
    hosts = (city.portal, city.forum, city.media)
    pages = [page.body.decode("utf-8" if _is_utf8(page.body) else "gb18030")
             for host in hosts for page in host.pages.values()]  # fmt: skip
    everything = html.unescape("\n".join(pages))
    bare = re.sub("[\\s\u200b-]", "", unicodedata.normalize("NFKC", everything))
    assert not [value for value in planted() if value not in everything and value not in bare]


def test_titles_that_attack_terminals_and_spreadsheets_are_served(city: City) -> None:
    titles = [item.title for item in city.items]
    for start in ("[/附件]", "[bold red]", "=HYPERLINK(", "\x1b[31m"):
        item = city.items[next(n for n, title in enumerate(titles) if title.startswith(start))]
        assert item.title in read(city, item)


def test_an_unchanged_page_answers_304_to_its_tag_and_its_date(city: City) -> None:
    url = city.url(city.items[0])
    first, body = ask(url)
    assert body
    by_tag, empty = ask(url, If_None_Match=first.headers["ETag"])
    assert (by_tag.status, empty) == (304, b"")
    assert ask(url, If_Modified_Since=first.headers["Last-Modified"])[0].status == 304
    assert ask(url, If_None_Match='"other"', If_Modified_Since=first.headers["Last-Modified"])[0].status == 200
    assert ask(url, If_Modified_Since="Mon, 01 Jan 2001 00:00:00 GMT")[0].status == 200
    assert ask(url, If_Modified_Since="no date")[0].status == 200


def test_head_gives_the_length_without_the_body(city: City) -> None:
    full, body = ask(f"{city.media_url}/rss.xml")
    head, nothing = ask(f"{city.media_url}/rss.xml", "HEAD")
    assert head.headers["Content-Length"] == full.headers["Content-Length"] == str(len(body))
    assert nothing == b""


def test_robots_forbids_the_trap_and_the_trap_counts() -> None:
    with serve(NOW) as city:
        assert "Disallow: /internal/" in ask(f"{city.portal_url}/robots.txt")[1].decode()
        assert "Disallow: /space-" in ask(f"{city.forum_url}/robots.txt")[1].decode()
        assert b"/internal/contacts.html" in ask(f"{city.portal_url}/tzgg/")[1]
        assert city.trap_hits == 0
        ask(f"{city.portal_url}/internal/contacts.html")
        ask(f"{city.forum_url}/home.php?mod=space&uid=1")
        assert city.trap_hits == 2
        assert [request.status for request in city.requests] == [200, 200, 200, 200, 404]


def test_refusals_and_unknown_pages(city: City) -> None:
    assert ask(f"{city.portal_url}/nbgg/")[0].status == 403
    assert ask(f"{city.portal_url}/nirgends")[0].status == 404


def test_requests_are_logged_with_their_agent(city: City) -> None:
    ask(f"{city.portal_url}/", User_Agent="example/1")
    assert city.portal.requests[-1].agent == "example/1"


def test_the_papers_feed_is_gbk_with_bare_dates(city: City) -> None:
    body = ask(f"{city.media_url}/rss.xml")[1]
    assert body.startswith(b'<?xml version="1.0" encoding="gbk"?>')
    feed = feedparser.parse(body)
    news = {entry.title for entry in feed.entries}
    assert news == {item.title for item in city.items if item.place == "rss"}
    assert re.search(rb"<pubDate>2026-\d\d-\d\d \d\d:\d\d:00</pubDate>", body)


def test_the_government_feed_breaks_off_in_its_last_entry(city: City) -> None:
    body = ask(f"{city.portal_url}/atom.xml")[1].decode()
    assert not body.endswith("</feed>")
    feed = feedparser.parse(body)
    assert {item.title for item in city.items if item.place == "atom"} <= {entry.title for entry in feed.entries}


@pytest.mark.parametrize("form", ["thread-{}-1-1.html", "thread-{}-1-3.html", "forum.php?mod=viewthread&tid={}",
                                  "forum.php?tid={}&mod=viewthread&extra=page%3D2"])  # fmt: skip
def test_a_thread_answers_to_each_of_its_addresses(city: City, form: str) -> None:
    response, body = ask(f"{city.forum_url}/{form.format(1001)}")
    assert response.status == 200
    assert "司法所盖个章" in body.decode("gbk")


@pytest.mark.parametrize(
    ("moment", "shown"),
    [
        (NOW.replace(minute=20, second=0), ("10\xa0分钟前", "2026-11-21 16:20:00")),
        (NOW.replace(hour=15, minute=50, second=0), ("半小时前", "2026-11-21 15:50:00")),
        (NOW.replace(hour=7, second=0), ("9\xa0小时前", "2026-11-21 7:30:00")),
        (NOW.replace(day=20, hour=12), ("昨天\xa012:30", "2026-11-20 12:30:45")),
        (NOW.replace(day=19), ("前天\xa016:30", "2026-11-19 16:30:45")),
        (NOW.replace(day=16), ("5\xa0天前", "2026-11-16 16:30:45")),
        (NOW.replace(day=2), ("2026-11-2 16:30", "")),
    ],
)
def test_the_forum_writes_times_as_discuz_does(moment: datetime, shown: tuple[str, str]) -> None:
    words, exact = ago(moment, NOW)
    assert (words, exact.replace(" 07:", " 7:")) == shown
