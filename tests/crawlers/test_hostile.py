"""Pages made to hurt: each costs itself, has a name in the summary, and the rest of its list is read."""

import gzip
import json
import re
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawlers import store
from crawlers.clock import CHINA
from crawlers.crawl import order_for, start_worker
from crawlers.office import Office
from crawlers.pages import other
from crawlers.pages.article import read_article
from crawlers.pages.dates import find_published, parse_date
from crawlers.pages.discuz import read_board, read_thread
from crawlers.pages.feed import read_feed
from crawlers.pages.found import PageError
from crawlers.pages.links import absolute, is_private
from crawlers.pages.listing import read_listing
from crawlers.pages.mailbox import read_letter
from crawlers.pages.officials import Officials
from crawlers.sources import Source
from crawlers.tally import SourceTally
from crawlers.workspace import Workspace

NOW = datetime(2026, 11, 21, 16, 30, tzinfo=CHINA)
GOOD = (
    '<html><body><h1>关于供水恢复的公告</h1><div id="zoom"><p>青屏街道供水已于今日上午全部恢复，感谢居民的理解。</p>'
    "</div></body></html>"
)
MEGABYTE = 2**20

Handler = Callable[[BaseHTTPRequestHandler], None]


def send(*lines: str, body: bytes = b"") -> Handler:
    """Bytes as they are, headers included."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write("\r\n".join([*lines, "", ""]).encode() + body)
        handler.close_connection = True

    return answer


def drip(handler: BaseHTTPRequestHandler) -> None:
    """A byte now and then, for ever."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 100000\r\n\r\n")
    for _ in range(100):
        time.sleep(0.1)
        try:
            handler.wfile.write(b"x")
        except OSError:
            break
    handler.close_connection = True


BOMB = gzip.compress(b"0" * (40 * MEGABYTE))
TRAPS: dict[str, tuple[Any, str]] = {
    "nested": (("<div>" * 600_000 + "供水").encode(), "没有找到正文"),
    "crowded": (("<p>供水" * 60_000).encode(), "网页结构过于复杂"),
    "huge": (send("HTTP/1.1 200 OK", f"Content-Length: {20 * MEGABYTE}", body=b"x" * 1000), "网页过大"),
    "bomb": (send("HTTP/1.1 200 OK", "Content-Type: text/html", "Content-Encoding: gzip",
                  f"Content-Length: {len(BOMB)}", body=BOMB), "网页过大"),
    "packed": (send("HTTP/1.1 200 OK", "Content-Type: text/html", "Content-Encoding: gzip", "Content-Length: 9",
                    body=b"no archive"[:9]), "压缩的内容损坏，解不开"),
    "loop": (send("HTTP/1.1 302 Found", "Location: /t/loop?1001=1", "Content-Length: 0"), "跳转次数过多"),
    "file": (send("HTTP/1.1 302 Found", "Location: file:///etc/passwd", "Content-Length: 0"), "对方服务器返回 302"),
    "chunk": (send("HTTP/1.1 200 OK", "Content-Type: text/html", "Transfer-Encoding: chunked",
                   body=b"5\r\nhello\r\nZZZ\r\n"), "传输中断，内容不完整"),
    "short": (send("HTTP/1.1 200 OK", "Content-Length: 5000", body=b"<p>half"), "传输中断，内容不完整"),
    "nonsense": (send("HTP/9 WHAT"), "连接失败"),
    "drip": (drip, "超时"),
    "binary": (bytes(range(128, 256)) * 400, "无法确认网页编码，内容未采用"),
    "empty": (b" ", "网页是空的或无法解析"),
}  # fmt: skip


def moved(target: str) -> Handler:
    return send("HTTP/1.1 302 Found", f"Location: {target}", "Content-Length: 0")


LEFT_ALONE: dict[str, tuple[Any, str]] = {
    "away": (moved("http://other.example/"), "跳转到了别的网站"),
    "metadata": (moved("http://169.254.169.254/"), "跳转到了别的网站"),
    "login": (moved("/login?from=1"), "需要登录才能看，不是公开渠道"),
    "pdf": (send("HTTP/1.1 200 OK", "Content-Type: application/pdf", "Content-Length: 5", body=b"%PDF-"),
            "附件或图片，不是网页（application/pdf）"),
}  # fmt: skip


@pytest.fixture
def swept(loopback: Any, tmp_path: Path) -> tuple[SourceTally, Any, Path]:
    """One sweep of a list that leads to every trap, to forbidden schemes and to one honest page."""
    pages = TRAPS | LEFT_ALONE
    links = [f'<li><a href="/t/{name}?1001=1">关于{name}的一则公告</a><span>2026-11-0{n % 9 + 1}</span></li>'
             for n, name in enumerate([*pages, "good"])]  # fmt: skip
    links += [f'<li><a href="{href}">一条不该访问的链接地址</a></li>'
              for href in ("javascript:alert(1)", "file:///etc/passwd", "data:text/html,x", "http://10.0.0.1/a/1001.html",
                           "/files/方案附件.pdf", "http://[::1", "mailto:a@b.cn")]  # fmt: skip
    loopback.pages |= {f"/t/{name}?1001=1": page for name, (page, _) in pages.items()} | {"/t/good?1001=1": GOOD}
    for page in range(1, 50):  # a list that never ends
        loopback.pages[f"/list{page}"] = f'<ul>{"".join(links)}</ul><a href="/list{page + 1}">下一页</a>'
    source = Source("陷阱", "site", f"{loopback.url}/list1", delay_seconds=0, max_pages=4)
    order = order_for(Workspace(tmp_path), Office("局", "1"), [source], now=NOW) | {"timeout": 1.5}
    with (tmp_path / "errors").open("w+") as errors, start_worker(order, errors) as child:
        said = child.stdout.read() if child.stdout else ""
    last = [json.loads(line) for line in said.splitlines() if '"event"' in line][-1]
    return SourceTally.of(last["tally"]), loopback, tmp_path


def test_every_trap_is_counted_under_its_name(swept: tuple[SourceTally, Any, Path]) -> None:
    tally, loopback, root = swept
    expected: dict[str, int] = {}
    for _, name in TRAPS.values():
        expected[name] = expected.get(name, 0) + 1
    assert dict(tally.failures) == expected
    for _, name in LEFT_ALONE.values():
        assert tally.skipped[name] >= 1
    assert tally.finished
    assert tally.new == 1
    assert max(int(path[5:]) for path in loopback.asked if path.startswith("/list")) == 4
    assert not any(
        "pdf?" in path or "附件" in path or "passwd" in path for path in loopback.asked[4:] if "/t/" not in path
    )
    db = store.open_posts(root / "posts.db")
    assert [post.title for post in store.read(db)] == ["关于供水恢复的公告"]
    db.close()


def test_a_host_that_keeps_silent_is_left_for_the_sweep(loopback: Any, tmp_path: Path) -> None:
    links = [f'<li><a href="/t/{n}?1001=1">关于第{n}处路灯的公告</a><span>2026-11-01</span></li>' for n in range(12)]
    loopback.pages |= {f"/t/{n}?1001=1": drip for n in range(12)} | {"/list": f"<ul>{''.join(links)}</ul>"}
    source = Source("静默", "site", f"{loopback.url}/list", delay_seconds=0)
    order = order_for(Workspace(tmp_path), Office("局", "1"), [source], now=NOW) | {"timeout": 0.3}
    with (tmp_path / "errors").open("w+") as errors, start_worker(order, errors) as child:
        said = child.stdout.read() if child.stdout else ""
    tally = SourceTally.of([json.loads(line) for line in said.splitlines() if '"event"' in line][-1]["tally"])
    assert dict(tally.failures) == {"超时": 5}
    assert len(loopback.asked) <= 1 + 2 * 5 + 1  # the list, every page twice, and what was on its way
    assert not tally.stopped  # silence is no refusal: the next sweep asks again


@pytest.mark.parametrize(
    ("host", "private"),
    [
        ("127.0.0.1", True), ("127.1", True), ("2130706433", True), ("0x7f000001", True), ("0177.0.0.1", True),
        ("10.1.2.3", True), ("192.168.1.1", True), ("169.254.169.254", True), ("::1", True), ("fe80::1", True),
        ("[::ffff:10.0.0.1]", True), ("localhost", True), ("100.64.0.1", True), ("0.0.0.0", True),
        ("8.8.8.8", False), ("www.example.gov.cn", False), ("12345.gov.cn", False), ("2001:4860:4860::8888", False),
    ],
)  # fmt: skip
def test_private_addresses_are_known_in_every_spelling(host: str, private: bool) -> None:
    assert is_private(host) is private


def test_a_public_name_that_points_inside_is_not_followed() -> None:
    from twisted.internet.error import DNSLookupError

    from crawlers.resolving import PublicResolver

    assert PublicResolver._public("93.184.216.34", "www.example.gov.cn") == "93.184.216.34"
    assert PublicResolver._public("127.0.0.1", "localhost") == "127.0.0.1"
    with pytest.raises(DNSLookupError):
        PublicResolver._public("10.0.0.8", "www.example.gov.cn")


@pytest.mark.parametrize(
    "href",
    ["javascript:alert(1)", "file:///etc/passwd", "data:text/html,x", "ftp://example.cn/", "mailto:a@b", "http://[::1",
     "http://user:secret@example.cn/", "/" + "a" * 3000, "/a/b/a/b/a/b/a/b/", None, ""],
)  # fmt: skip
def test_only_plain_web_addresses_are_links(href: str | None) -> None:
    assert absolute("http://example.cn/x/", href) is None


READERS: list[Callable[[str], object]] = [
    lambda text: read_article(text, url="http://example.cn/a", now=NOW),
    lambda text: read_listing(text, url="http://example.cn/a", now=NOW),
    lambda text: read_letter(text, url="http://example.cn/a", now=NOW),
    lambda text: read_board(text, url="http://example.cn/a", now=NOW),
    lambda text: read_thread(text, url="http://example.cn/thread-1-1-1.html", now=NOW, officials=Officials()),
    lambda text: other.read_board(text, url="http://example.cn/a", now=NOW),
    lambda text: other.read_thread(text, url="http://example.cn/t/1", now=NOW, officials=Officials()),
    lambda text: read_feed(text.encode(), url="http://example.cn/a", now=NOW),
]
SOUP = (
    "<table>|<tr>|<td>|来信内容|：|</td>|<a href='x?id=1001'>|关于某事的公告|</a>|<li>|2026-11-20|<div id='zoom'>|<p>|"
    "&nbsp;|<!--|]]>|<![CDATA[|<item>|<title>|\x00|答复|<dl><dt>|<h1>|<div id='post_1'>|<td id='postmessage_1'>|"
    "<tbody id='normalthread_1'>|<?xml version='1.0'?><rss>"
)
PIECES = re.split(r"\|", SOUP)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join), st.sampled_from(READERS))
def test_any_tag_soup_is_read_or_refused_by_name(text: str, read: Callable[[str], object]) -> None:
    try:
        read(text)
    except PageError as error:
        named = str(error)
    else:
        named = "read"
    assert named


UNITS = ["2026-", "11-", "发布时间：", "2026年1", "昨天", "1小时", " ", "&nbsp;", "<b>", "下一页", "来信内容：", "<td>"]


@pytest.mark.parametrize("unit", UNITS)
def test_long_repetitions_cost_no_more_than_long_pages(unit: str) -> None:
    text = unit * (400_000 // len(unit))
    started = time.process_time()
    parse_date(text[:100_000], now=NOW)
    find_published(text, now=NOW)
    for read in READERS[:3]:
        with suppress(PageError):
            read(f"<html><body><div>{text}</div></body></html>")
    assert time.process_time() - started < 8
