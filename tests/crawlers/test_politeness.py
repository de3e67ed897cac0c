"""What a host asks for, a sweep does: robots.txt, Crawl-delay, Retry-After, and no means no (S1)."""

import gzip
import json
import re
import time
from collections.abc import Callable
from datetime import datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from crawlers.crawl import run
from crawlers.office import Office
from crawlers.pages.challenge import challenge_name
from crawlers.settings import HOST_REFUSALS, REFUSALS, settings, slot, user_agent
from crawlers.sources import Source
from crawlers.tally import CrawlSummary
from crawlers.workspace import Workspace

OFFICE = Office("云溪市司法局(试点)", "sfj@yunxi.example")
ARTICLE = (
    '<html><body><h1>{0}</h1><div id="zoom"><p>{0}：有关事项已经办理完毕，结果在政务大厅公示，请前往查看。</p></div>'
    "</body></html>"
)


def listed(*paths: str, title: str = "关于某项工作办理情况的公告") -> str:
    rows = "".join(
        f'<li><a href="{path}">{title}{n}</a><span>2026-09-0{n + 1}</span></li>' for n, path in enumerate(paths)
    )
    return f"<html><body><ul>{rows}</ul></body></html>"


def answering(status: int, body: bytes = b"", **headers: str) -> Callable[[BaseHTTPRequestHandler], None]:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in {"Content-Type": "text/html", "Content-Length": str(len(body)), **headers}.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)

    return answer


@pytest.fixture
def sweep(tmp_path: Path, now: datetime) -> Callable[..., CrawlSummary]:
    return lambda *sources: run(Workspace(tmp_path), OFFICE, sources, now=now)


def source(name: str, url: str, **values: Any) -> Source:
    return Source(name, "site", url, **{"delay_seconds": 0, **values})


def test_a_host_is_asked_as_slowly_as_it_wants_by_a_visitor_with_a_name(
    loopback: Any, sweep: Callable[..., CrawlSummary]
) -> None:
    times: list[float] = []

    def noted(handler: BaseHTTPRequestHandler) -> None:
        times.append(time.monotonic())
        answering(200, ARTICLE.format("办理情况公告").encode(), Set_Cookie="session=1; Path=/")(handler)

    loopback.pages |= {"/list": listed("/a/1001.html", "/a/1002.html", "/private/1003.html")}
    loopback.pages |= {"/a/1001.html": noted, "/a/1002.html": noted, "/private/1003.html": noted}
    loopback.pages["/robots.txt"] = answering(
        200, b"User-agent: *\nDisallow: /private/\nCrawl-delay: 0.5\n", Content_Type="text/plain"
    )
    tally = sweep(source("公告", f"{loopback.url}/list")).sources["公告"]
    assert tally.new == 2
    assert tally.skipped == {"robots.txt 不允许访问": 1}
    assert "/private/1003.html" not in loopback.asked
    assert times[1] - times[0] >= 0.5
    for headers in loopback.seen:
        assert unquote(headers["User-Agent"]) == "huiying/0.1 (云溪市司法局(试点); sfj@yunxi.example)"
        assert "Cookie" not in headers
        assert "Referer" not in headers
        assert "Authorization" not in headers


def test_a_refusal_stops_its_source_at_once(loopback: Any, sweep: Callable[..., CrawlSummary]) -> None:
    for status in (401, 403, 451):
        loopback.pages[f"/{status}"] = listed(*(f"/{status}/100{n}.html" for n in range(3)))
        loopback.pages |= {f"/{status}/100{n}.html": answering(status) for n in range(3)}
    summary = sweep(*(source(str(status), f"{loopback.url}/{status}") for status in (401, 403, 451)))
    for name, tally in summary.sources.items():
        assert tally.stopped.startswith("对方")
        assert "请与对方联系，改用其订阅源或数据接口" in tally.stopped
        assert not tally.finished
        assert len([path for path in loopback.asked if path.startswith(f"/{name}/")]) == 1


def _category(*topics: int) -> str:
    listed = [{"tid": n, "slug": f"{n}/t", "title": f"南门第{n}盏路灯不亮", "postcount": 1} for n in topics]
    return json.dumps({"topics": listed})


def test_a_thread_that_its_forum_closed_is_gone_and_the_board_stays(
    loopback: Any, sweep: Callable[..., CrawlSummary]
) -> None:
    closed = answering(401, b'"not-authorized"', Content_Type="application/json; charset=utf-8")
    topic = json.dumps({"title": "路灯", "posts": [{"index": 0, "content": "南门外的路灯半个月不亮了。"}]})
    loopback.pages |= {f"/api/topic/{n}/t": topic for n in range(1, 10)} | {"/api/category/5": _category(1, 2, 3)}
    board = Source("论坛", "forum", f"{loopback.url}/category/5", engine="nodebb", delay_seconds=0)
    assert sweep(board).sources["论坛"].new == 3
    loopback.pages |= {"/api/topic/2/t": closed, "/api/category/5": _category(1, 3, 4)}
    tally = sweep(board).sources["论坛"]
    assert (tally.new, tally.stopped, tally.skipped) == (1, "", {"网页已删除或不存在": 1})
    # Where one after the other is closed it is the board that closes: after the sixth none is asked for.
    loopback.pages |= {f"/api/topic/{n}/t": closed for n in range(11, 20)}
    loopback.pages["/api/category/5"] = _category(*range(11, 20))
    assert sweep(board).sources["论坛"].stopped.startswith("对方要求登录")
    assert len([path for path in loopback.asked if re.match(r"/api/topic/1\d/", path)]) == 6


@pytest.mark.parametrize("status", sorted(HOST_REFUSALS)[-2:])
def test_a_refusal_that_is_about_us_stops_the_whole_host(
    status: int, loopback: Any, sweep: Callable[..., CrawlSummary]
) -> None:
    loopback.pages |= {"/one": answering(status), "/two": answering(status)}
    summary = sweep(source("一", f"{loopback.url}/one"), source("二", f"{loopback.url}/two"))
    assert len(loopback.asked) == 1
    assert all(tally.stopped for tally in summary.sources.values())


def test_the_refusals_are_those_of_the_safeguards() -> None:
    assert set(REFUSALS) == {401, 403, 407, 412, 429, 451, 521}


def test_a_challenge_page_stops_everything_on_its_host_and_nothing_else(
    loopback: Any, sweep: Callable[..., CrawlSummary]
) -> None:
    challenge = '<html><script>document.cookie="__jsl_clearance=1";location.href=location.pathname</script></html>'
    loopback.pages |= {"/one": challenge, "/two": listed("/a/1001.html"), "/feed": "<rss/>"}
    other = loopback.url.replace("127.0.0.1", "localhost")
    loopback.pages["/three"] = listed("/a/1002.html", "/a/1003.html")
    loopback.pages |= {f"/a/100{n}.html": ARTICLE.format("公告") for n in (1, 2, 3)}
    summary = sweep(
        source("一", f"{loopback.url}/one"), source("二", f"{loopback.url}/two"), source("三", f"{other}/three")
    )
    assert "浏览器验证（加速乐）" in summary.sources["一"].stopped
    assert summary.sources["二"].stopped == summary.sources["一"].stopped
    assert summary.sources["三"].new == 2


def test_a_busy_host_is_given_time_and_a_closed_one_is_left(loopback: Any, sweep: Callable[..., CrawlSummary]) -> None:
    times: list[float] = []

    def busy(handler: BaseHTTPRequestHandler) -> None:
        times.append(time.monotonic())
        if len(times) == 1:
            answering(503, Retry_After="1")(handler)
        else:
            answering(200, ARTICLE.format("公告").encode())(handler)

    loopback.pages |= {"/list": listed("/a/1001.html"), "/a/1001.html": busy}
    other = loopback.url.replace("127.0.0.1", "localhost")
    loopback.pages |= {"/closed": answering(503, Retry_After="7200"), "/broken": answering(500)}
    open_ones = [source("忙", f"{loopback.url}/list"), source("坏", f"{loopback.url}/broken")]
    summary = sweep(*open_ones, source("闭", f"{other}/closed"))
    assert summary.sources["忙"].new == 1
    assert times[1] - times[0] >= 1
    assert "请稍后再来" in summary.sources["闭"].stopped
    assert summary.sources["闭"].until
    assert loopback.asked.count("/closed") == 1
    assert summary.sources["坏"].failures == {"对方服务器返回 500": 1}
    assert loopback.asked.count("/broken") == 3


def test_a_proxy_of_the_environment_is_not_used(
    loopback: Any, sweep: Callable[..., CrawlSummary], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    loopback.pages |= {"/list": listed("/a/1001.html"), "/a/1001.html": ARTICLE.format("公告")}
    assert sweep(source("公告", f"{loopback.url}/list")).sources["公告"].new == 1


def test_settings_that_keep_a_sweep_polite_are_no_options() -> None:
    made = settings("huiying/0.1 (x; y)", [source("甲", "https://www.example.gov.cn/", delay_seconds=2.0)])
    wanted = {
        "ROBOTSTXT_OBEY": True,
        "COOKIES_ENABLED": False,
        "HTTPPROXY_ENABLED": False,
        "REMOTE_CONTROL_ENABLED": False,
        "TELNETCONSOLE_ENABLED": False,
        "DOWNLOAD_VERIFY_CERTIFICATES": True,
        "CONCURRENT_REQUESTS_PER_DOMAIN": 1,
        "REFERER_ENABLED": False,
    }
    assert {name: made[name] for name in wanted} == wanted
    assert made["DOWNLOAD_SLOTS"]["example.gov.cn"] == slot(2.0)
    assert not any("COOKIE" in name and made[name] for name in made)


def test_the_pause_is_never_shorter_than_asked() -> None:
    for delay in (0.0, 1.0, 2.5, 30.0):
        made = slot(delay)
        assert made["delay"] * (1 - made["jitter"]) >= delay
        assert made["concurrency"] == 1


def test_the_user_agent_is_one_well_formed_product() -> None:
    agent = user_agent(Office("某局(筹)", "tel (0571) 0000"))
    assert agent.isascii()
    assert agent.count("(") == agent.count(")") == 1


@pytest.mark.parametrize(("status", "new"), [(404, 1), (403, 1), (503, 0)])
def test_a_robots_file_that_fails_forbids_and_one_that_is_missing_does_not(
    status: int, new: int, loopback: Any, sweep: Callable[..., CrawlSummary]
) -> None:
    loopback.pages |= {"/list": listed("/a/1001.html"), "/a/1001.html": ARTICLE.format("公告")}
    loopback.pages["/robots.txt"] = answering(status, b"User-agent: *\nDisallow: /")
    tally = sweep(source("公告", f"{loopback.url}/list")).sources["公告"]
    assert tally.new == new
    assert new or "robots.txt 暂时读不到" in str(tally.failures)


@pytest.mark.parametrize(
    ("body", "name"),
    [
        (b"<script>var arg1='1';document.cookie='acw_sc__v2=x'</script>", "阿里云 WAF"),
        ("<title>安全验证</title><p>请完成安全验证后继续访问</p>".encode("gbk"), "验证码"),
        (b"<title>Just a moment...</title><script src=/cdn-cgi/challenge-platform/x.js></script>", "Cloudflare"),
        (ARTICLE.format("请完成安全验证是怎么回事，记者带您了解" + "网上办事的几个窍门" * 60).encode(), ""),
        (ARTICLE.format("公告").encode(), ""),
        (gzip.compress(b"x", mtime=0), ""),
    ],
)
def test_challenges_are_told_from_pages_about_challenges(body: bytes, name: str) -> None:
    assert challenge_name(body) == name


@pytest.mark.parametrize(
    ("page", "robots", "stopped", "failure"),
    [
        (answering(302, Location="/login?back=1"), "", "需要登录才能看，不是公开渠道", "需要登录才能看，不是公开渠道"),
        (listed("/a.html"), "User-agent: *\nDisallow: /", "robots.txt 不允许访问", "robots.txt 不允许访问"),
        (answering(302, Location="http://other.example/"), "", "", "跳转到了别的网站"),
    ],
)
def test_a_source_whose_own_list_is_closed_or_gone_is_no_success(
    loopback: Any, sweep: Callable[..., CrawlSummary], page: Any, robots: str, stopped: str, failure: str
) -> None:
    loopback.pages |= {"/": page, "/robots.txt": robots}
    summary = sweep(source("公告", f"{loopback.url}/"))
    tally = summary.sources["公告"]
    assert tally.failures == {failure: 1}
    assert tally.stopped.startswith(stopped)
    assert bool(tally.stopped) == bool(stopped)
    assert summary.failed == ["公告"]
    (trouble,) = summary.troubles()  # said once
    assert failure in trouble[1]


def test_pages_left_alone_are_told_with_why(loopback: Any, sweep: Callable[..., CrawlSummary]) -> None:
    loopback.pages |= {"/": listed("/a.html", "/b.html"), "/a.html": ARTICLE.format("道路维修公告"),
                       "/robots.txt": "User-agent: *\nDisallow: /b.html"}  # fmt: skip
    summary = sweep(source("公告", f"{loopback.url}/"))
    assert summary.remarks() == ["公告：1 页没有收，robots.txt 不允许访问"]
