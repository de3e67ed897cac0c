"""Visits to a real loopback site: what is taken, what is refused, and that nothing is worked around."""

import gzip
import ssl
import time
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from crawlers.office import Office
from ledger.proof.fetch import Limits, Page, Refusal, Visitor

NOW = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
QUICK = Limits(bytes=200_000, connect=2, read=2, whole=3, delay=0)


@pytest.fixture
def visitor(bureau: Office) -> Visitor:
    return Visitor(bureau, limits=QUICK)


def page(visitor: Visitor, url: str) -> Page:
    found = visitor.get(url, now=NOW)
    assert isinstance(found, Page), found
    return found


def refusal(visitor: Visitor, url: str) -> Refusal:
    found = visitor.get(url, now=NOW)
    assert isinstance(found, Refusal), found
    return found


def test_a_page_arrives_with_its_circumstances(visitor: Visitor, site) -> None:
    url = site.put("/gg/1.html", "<p>公告</p>")
    found = page(visitor, url)
    assert (found.url_asked, found.url_final, found.status, found.fetched_at) == (url, url, 200, NOW)
    assert found.body == "<p>公告</p>".encode()
    assert found.content_type == "text/html; charset=utf-8"


def test_the_visitor_says_who_it_is_and_brings_no_cookie(visitor: Visitor, site) -> None:
    site.put("/a", "x", Set_Cookie="id=1", Location="/")
    page(visitor, site.url("/a"))
    page(visitor, site.url("/a"))
    for _, headers in site.seen:
        assert "Cookie" not in headers
        assert headers["User-Agent"].startswith("huiying-evidence (%E6%B1%9F")
        assert "0000-1234567" in headers["User-Agent"]


def test_redirects_are_walked_inside_the_official_domain(visitor: Visitor, site) -> None:
    site.put("/old", "", status=302, Location="/mid")
    site.put("/mid", "", status=301, Location=site.url("/new?x=1"))
    site.put("/new?x=1", "到了")
    found = page(visitor, site.url("/old"))
    assert found.url_final == site.url("/new?x=1")
    assert found.hops == (site.url("/old"), site.url("/mid"))


@pytest.mark.parametrize(
    "location", ["http://attacker.example/", "//attacker.example/x", "http://127.0.0.1:9/", "javascript:alert(1)", ""]
)
def test_a_redirect_that_leaves_is_not_followed(visitor: Visitor, site, location: str) -> None:
    site.put("/out", "", status=302, Location=location or "data:text/html,x")
    found = refusal(visitor, site.url("/out"))
    assert found.why == "outside"
    assert "官方域名之外" in found.message


def test_endless_redirects_end(visitor: Visitor, site) -> None:
    site.put("/loop", "", status=302, Location="/loop")
    assert refusal(visitor, site.url("/loop")).why == "redirects"
    assert site.asked("/loop") == QUICK.hops + 1


@pytest.mark.parametrize("url", ["http://news.example/", "http://localhost:1/", "ftp://127.0.0.1/", "公告", ""])
def test_only_official_addresses_are_visited(visitor: Visitor, url: str) -> None:
    assert refusal(visitor, url).why in ("outside", "address")


def test_a_private_address_must_be_declared_with_its_port(site) -> None:
    port = site.domain.rpartition(":")[2]
    site.put("/a", "x")
    loose = Visitor(Office("局", "1", domains=("127.0.0.1", "localhost")), limits=QUICK)
    for host in ("127.0.0.1", "localhost"):
        found = refusal(loose, f"http://{host}:{port}/a")
        assert found.why == "private"
        assert f"「{host}:{port}」" in found.message
    assert site.seen == []


@pytest.mark.parametrize("status", [401, 403, 412, 429, 451, 521])
def test_a_refusal_is_reported_and_not_tried_again(visitor: Visitor, site, status: int) -> None:
    url = site.put("/no", "no", status=status)
    found = refusal(visitor, url)
    assert (found.why, found.status, found.says_absent) == ("refused", status, False)
    assert site.asked("/no") == 1


@pytest.mark.parametrize(
    ("status", "why"), [(404, "gone"), (410, "gone"), (500, "server"), (503, "server"), (206, "server")]
)
def test_other_answers_are_told_apart(visitor: Visitor, site, status: int, why: str) -> None:
    found = refusal(visitor, site.put("/x", "x", status=status))
    assert found.why == why
    assert found.says_absent is (why == "gone")


def test_robots_are_obeyed(visitor: Visitor, site) -> None:
    site.put("/robots.txt", "User-agent: *\nDisallow: /private/\n", Content_Type="text/plain")
    site.put("/private/a", "x")
    site.put("/open", "x")
    assert refusal(visitor, site.url("/private/a")).why == "robots"
    page(visitor, site.url("/open"))
    assert site.asked("/private/a") == 0
    assert site.asked("/robots.txt") == 1


def test_robots_that_cannot_be_read_close_the_site(visitor: Visitor, site) -> None:
    site.put("/robots.txt", "", status=503)
    site.put("/a", "x")
    assert refusal(visitor, site.url("/a")).why == "robots"
    assert site.asked("/a") == 0


def test_crawl_delay_is_honoured(bureau: Office, site) -> None:
    waits: list[float] = []
    visitor = Visitor(bureau, limits=QUICK, pause=waits.append)
    site.put("/robots.txt", "User-agent: *\nCrawl-delay: 7\n")
    site.put("/a", "x")
    page(visitor, site.url("/a"))
    assert waits == []
    page(visitor, site.url("/a"))
    assert len(waits) == 1
    assert 6 < waits[0] <= 7


def test_a_page_too_large_is_given_up(visitor: Visitor, site) -> None:
    assert refusal(visitor, site.put("/big", b"x" * 300_000)).why == "too_large"


def test_a_compressed_bomb_is_given_up(visitor: Visitor, site) -> None:
    url = site.put("/bomb", gzip.compress(b"\0" * 50_000_000), Content_Encoding="gzip")
    assert refusal(visitor, url).why == "too_large"


def test_a_page_compressed_unasked_is_read(visitor: Visitor, site) -> None:
    url = site.put("/gz", gzip.compress("公告".encode()), Content_Encoding="gzip")
    assert page(visitor, url).body == "公告".encode()


def test_a_dripping_page_is_given_up_in_time(bureau: Office, site) -> None:
    def drip(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        for _ in range(60):
            try:
                handler.wfile.write(b"x")
                handler.wfile.flush()
            except OSError:
                return
            time.sleep(0.05)

    site.pages["/drip"] = drip
    started = time.monotonic()
    visitor = Visitor(bureau, limits=Limits(delay=0, whole=0.4))
    assert refusal(visitor, site.url("/drip")).why == "timeout"
    assert time.monotonic() - started < 2


def test_a_broken_transfer_is_no_page(visitor: Visitor, site) -> None:
    assert refusal(visitor, site.put("/cut", "短", Content_Length="500")).why in ("unreachable", "timeout")


def test_nobody_listening_is_unreachable() -> None:
    found = refusal(Visitor(Office("局", "1", domains=("127.0.0.1:9",)), limits=QUICK), "http://127.0.0.1:9/")
    assert (found.why, found.says_absent) == ("unreachable", False)


def test_a_name_that_does_not_resolve() -> None:
    visitor = Visitor(Office("局", "1", domains=("no-such-host.invalid",)), limits=QUICK)
    assert refusal(visitor, "http://no-such-host.invalid/").why == "unreachable"


def test_a_certificate_that_cannot_be_verified_is_no_evidence(bureau: Office, tls_site: tuple[str, Path]) -> None:
    domain, authority = tls_site
    office = Office("局", "1", domains=(domain,))
    assert refusal(Visitor(office, limits=QUICK), f"https://{domain}/").why == "tls"
    trusting = ssl.create_default_context(cafile=str(authority))
    assert page(Visitor(office, limits=QUICK, tls=trusting), f"https://{domain}/").body == b"ok"
