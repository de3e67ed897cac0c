"""Addresses that count as official, and the tricks that do not make one."""

import pytest

from ledger.proof.official import address, is_public, names_exactly, official, redirected

DOMAINS = ("sfj.example.gov.cn", "127.0.0.1:8000")


@pytest.mark.parametrize(
    "url",
    [
        "https://sfj.example.gov.cn/a.html",
        "http://sfj.example.gov.cn",
        "https://SFJ.Example.GOV.cn/a?b=c#d",
        "https://www.sfj.example.gov.cn./",
        "https://sfj.example.gov.cn:8443/a",
        "http://127.0.0.1:8000/mailbox/1",
        " https://sfj.example.gov.cn/%E9%A1%B5 ",
        "https://sfj.example.gov.cn/公告?序号=1",
    ],
)
def test_official_pages(url: str) -> None:
    assert official(url, DOMAINS)


@pytest.mark.parametrize(
    "url",
    [
        "https://example.gov.cn/",
        "https://evilsfj.example.gov.cn.attacker.example/",
        "https://xsfj.example.gov.cn/",
        "https://sfj.example.gov.cn@attacker.example/",
        "https://attacker.example\\@sfj.example.gov.cn/",
        "https://attacker.example/sfj.example.gov.cn",
        "https://sfj.example.gov.cn:99999/",
        "http://127.0.0.1:8001/",
        "http://127.0.0.1/",
        "ftp://sfj.example.gov.cn/",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "//sfj.example.gov.cn/",
        "https://sfj.example.gov.cn/a b",
        "https://sfj.example.gov.cn/a\r\nHost: x",
        "https://[::1]:8000/",
        "",
    ],
)
def test_pages_that_are_not(url: str) -> None:
    assert not official(url, DOMAINS)


def test_nothing_is_official_without_domains() -> None:
    assert not official("https://sfj.example.gov.cn/", ())


def test_a_private_host_must_be_named_with_its_port() -> None:
    at = address("http://127.0.0.1:8000/x")
    assert at is not None
    assert names_exactly(at, DOMAINS)
    assert not names_exactly(at, ("127.0.0.1",))


@pytest.mark.parametrize(
    ("ip", "public"),
    [
        ("8.8.8.8", True),
        ("2400:3200::1", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("100.64.0.1", False),
        ("169.254.169.254", False),
        ("224.0.0.1", False),
        ("0.0.0.0", False),
        ("::1", False),
        ("fe80::1%eth0", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:8.8.8.8", True),
        ("64:ff9b::7f00:1", False),
        ("2002:7f00:1::", False),
    ],
)
def test_public_and_private_addresses(ip: str, public: bool) -> None:
    assert is_public(ip) is public


def test_redirects_resolve_against_the_page() -> None:
    at = address("https://sfj.example.gov.cn/a/b.html")
    assert at is not None
    assert str(redirected(at, "../c.html")) == "https://sfj.example.gov.cn/c.html"
    assert str(redirected(at, "http://x.example/")) == "http://x.example/"
    assert redirected(at, "javascript:alert(1)") is None


def test_the_plain_form_drops_what_does_not_matter() -> None:
    assert str(address("HTTPS://SFJ.example.gov.cn:443?x=1#top")) == "https://sfj.example.gov.cn/?x=1"
