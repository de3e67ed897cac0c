"""Fetch a public page as an anonymous visitor: no cookies, no login, no proxy, robots.txt obeyed, TLS
verified.

Redirects are walked one by one and every step must stay on the office's own domains. A refusal is an
answer: it is reported in words and never worked around (S1). Nothing is parsed here.
"""

import logging
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from urllib.parse import quote

import urllib3
from protego import Protego

from crawlers.office import Office
from ledger.proof.official import Address, address, is_public, names_exactly, official, redirected

log = logging.getLogger(__name__)

Why = Literal[
    "address", "outside", "private", "robots", "refused", "challenge", "gone", "empty", "letter",
    "redirects", "too_large", "timeout", "tls", "unreachable", "server",
]  # fmt: skip
# Statuses by which a site says no to a visitor like us (S1): stop and tell the operator.
_REFUSED = {401, 403, 405, 406, 407, 412, 429, 451, 521}
_GONE = {404, 410}
_MOVED = {301, 302, 303, 307, 308}
_CHUNK = 65536
_ROBOTS = 512 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """What one page may cost. Seconds and bytes; `delay` is the pause between two requests to one origin."""

    bytes: int = 8 * 1024 * 1024
    connect: float = 10.0
    read: float = 20.0
    whole: float = 60.0
    hops: int = 5
    delay: float = 1.0


@dataclass(frozen=True, slots=True)
class Page:
    """What a logged-out visitor was given with status 200. `body` is without transfer and content encoding."""

    url_asked: str
    url_final: str
    hops: tuple[str, ...]  # addresses that redirected, in order
    status: int
    fetched_at: datetime
    content_type: str
    headers: tuple[tuple[str, str], ...]
    body: bytes


@dataclass(frozen=True, slots=True)
class Refusal:
    """No page. `message` says in Chinese what happened; only `gone` and `empty` say anything about the page
    itself.
    """

    url: str
    why: Why
    message: str
    at: datetime
    status: int | None = None  # None: no HTTP answer

    @property
    def says_absent(self) -> bool:
        """Whether the site itself said that the page is not there; everything else only means "not
        reached".
        """
        return self.why in ("gone", "empty")


class _Stop(Exception):
    """Ends one visit; turned into a `Refusal` at the edge of this module."""

    def __init__(self, why: Why, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.why, self.message, self.status = why, message, status


@dataclass
class Visitor:
    """One run's anonymous visitor. It remembers robots.txt and the last visit of each origin, nothing else."""

    office: Office
    limits: Limits = field(default_factory=Limits)
    tls: ssl.SSLContext = field(default_factory=ssl.create_default_context)
    pause: Callable[[float], None] = time.sleep
    _robots: dict[str, Protego | None] = field(default_factory=dict)
    _visited: dict[str, float] = field(default_factory=dict)

    @property
    def agent(self) -> str:
        """The user agent: who asks and how to reach them; the Chinese name percent-encoded, as headers
        demand.
        """
        return f"huiying-evidence ({quote(self.office.name)}; {quote(self.office.contact, safe=' +@.:/-')})"

    def get(self, url: str, *, now: datetime) -> Page | Refusal:
        """The page at `url`, or why there is none. `now` (aware) is written down as the time of the visit."""
        try:
            return self._walk(url, now)
        except _Stop as stop:
            log.info("visit url=%s why=%s", url, stop.why)
            return Refusal(url, stop.why, stop.message, now, stop.status)

    def _walk(self, url: str, now: datetime) -> Page:
        at = self._admitted(address(url))
        end = time.monotonic() + self.limits.whole
        hops: list[str] = []
        while True:
            self._ask_robots(at, end)
            with closing(self._open(at, end)) as response:
                if response.status not in _MOVED:
                    return self._page(response, at, end, (url, tuple(hops), now))
                hops.append(str(at))
                at = self._next(at, response, len(hops))

    def _admitted(self, at: Address | None) -> Address:
        if at is None:
            raise _Stop("address", "网址不完整或写法不规范，须以 http:// 或 https:// 开头")
        if not official(str(at), self.office.domains):
            raise _Stop("outside", f"{at.authority} 不在本单位登记的官方域名之内")
        return at

    def _next(self, at: Address, response: urllib3.BaseHTTPResponse, hops: int) -> Address:
        if hops > self.limits.hops:
            raise _Stop("redirects", f"跳转超过 {self.limits.hops} 次", response.status)
        target = redirected(at, response.headers.get("Location", ""))
        if target is None or not official(str(target), self.office.domains):
            raise _Stop("outside", f"{at} 跳转到官方域名之外（{target or '地址不规范'}）", response.status)
        return target

    def _page(
        self, response: urllib3.BaseHTTPResponse, at: Address, end: float, visit: tuple[str, tuple[str, ...], datetime]
    ) -> Page:
        _judge(response.status)
        body = b"".join(self._chunks(response, self.limits.bytes, end))
        asked, hops, now = visit
        headers = tuple((name, value) for name, value in response.headers.items())
        kind = response.headers.get("Content-Type", "")
        return Page(asked, str(at), hops, response.status, now, kind, headers, body)

    def _ask_robots(self, at: Address, end: float) -> None:
        if at.origin not in self._robots:
            self._robots[at.origin] = self._read_robots(at, end)
        rules = self._robots[at.origin]
        if rules is None:
            raise _Stop("robots", f"{at.authority} 的 robots.txt 暂时读不到，按禁止访问处理")
        if not rules.can_fetch(str(at), self.agent):
            raise _Stop("robots", f"{at.authority} 的 robots.txt 不允许访问该页")
        self._wait(at.origin, max(self.limits.delay, rules.crawl_delay(self.agent) or 0.0))

    def _read_robots(self, at: Address, end: float) -> Protego | None:
        """The rules of an origin; none for 4xx (RFC 9309 2.3.1.3); None where it cannot be known (2.3.1.4)."""
        where = Address(at.scheme, at.host, at.port, "/robots.txt")
        try:
            for _ in range(self.limits.hops):
                with closing(self._open(where, end)) as response:
                    if response.status in _MOVED:
                        where = self._next(where, response, 1)
                        continue
                    if response.status >= 500:
                        return None
                    body = self._head(response, end) if response.status == 200 else b""
                    return Protego.parse(body.decode("utf-8", "replace"))
        except _Stop as stop:
            if stop.why == "outside":  # rules kept on somebody else's site are nobody's rules
                return Protego.parse("")
            raise
        return None

    def _head(self, response: urllib3.BaseHTTPResponse, end: float) -> bytes:
        """The first 512 KB, which is what RFC 9309 (2.5) asks a visitor to read."""
        body = b""
        for chunk in self._chunks(response, self.limits.bytes, end):
            body += chunk
            if len(body) >= _ROBOTS:
                break
        return body[:_ROBOTS]

    def _wait(self, origin: str, delay: float) -> None:
        last = self._visited.get(origin)
        if last is not None and (left := last + delay - time.monotonic()) > 0:
            self.pause(left)
        self._visited[origin] = time.monotonic()

    def _open(self, at: Address, end: float) -> urllib3.BaseHTTPResponse:
        """Connect to an address that was checked, by its number, so that no second look-up can swap it."""
        last: _Stop | None = None
        for ip in self._numbers(at)[:3]:
            try:
                return self._request(at, ip, end)
            except _Stop as stop:
                last = stop
        raise last or _Stop("unreachable", f"{at.host} 没有可用的地址")

    def _numbers(self, at: Address) -> list[str]:
        try:
            found = socket.getaddrinfo(at.host, at.port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise _Stop("unreachable", f"域名 {at.host} 无法解析") from error
        numbers = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        if not names_exactly(at, self.office.domains) and not all(map(is_public, numbers)):
            raise _Stop(
                "private", f"{at.authority} 指向内部网络；如确需访问，请在 domains 中写明「{at.host}:{at.port}」"
            )
        return numbers

    def _request(self, at: Address, ip: str, end: float) -> urllib3.BaseHTTPResponse:
        left = max(0.1, end - time.monotonic())
        timeout = urllib3.Timeout(connect=min(self.limits.connect, left), read=min(self.limits.read, left))
        pool = self._pool(at, ip, timeout)
        headers = {
            "Host": at.authority,
            "User-Agent": self.agent,
            "Accept": "text/html,application/xhtml+xml,text/plain;q=0.9,*/*;q=0.5",
            "Accept-Language": "zh-CN,zh;q=0.9",
            "Accept-Encoding": "identity",
            "Connection": "close",
        }
        target = quote(at.target, safe="/?&=%#:;,+@!$'()*~[]")
        try:
            return pool.urlopen("GET", target, headers=headers, redirect=False, retries=False, preload_content=False)
        except urllib3.exceptions.HTTPError as error:
            raise _stop_for(error, at) from error

    def _pool(self, at: Address, ip: str, timeout: urllib3.Timeout) -> urllib3.HTTPConnectionPool:
        if at.scheme == "http":
            return urllib3.HTTPConnectionPool(ip, at.port, timeout=timeout)
        return urllib3.HTTPSConnectionPool(
            ip, at.port, timeout=timeout, ssl_context=self.tls, server_hostname=at.host, assert_hostname=at.host
        )

    def _chunks(self, response: urllib3.BaseHTTPResponse, limit: int, end: float) -> Iterator[bytes]:
        """The body piece by piece; one that never ends, or drips, is given up."""
        size = 0
        try:
            while chunk := response.read1(_CHUNK):
                size += len(chunk)
                if size > limit:
                    raise _Stop("too_large", f"页面超过 {limit // 1024} KB", response.status)
                if time.monotonic() > end:
                    raise _Stop("timeout", f"{self.limits.whole:.0f} 秒内没有读完", response.status)
                yield chunk
        except urllib3.exceptions.HTTPError as error:
            raise _Stop("unreachable", "传输中断，页面没有读完", response.status) from error


def _judge(status: int) -> None:
    """Let only 200 pass: a challenge, an error page or a partial body proves nothing."""
    if status in _REFUSED:
        raise _Stop("refused", f"网站拒绝访问（HTTP {status}），请联系该网站提供公开页面或订阅源", status)
    if status in _GONE:
        raise _Stop("gone", f"页面不存在（HTTP {status}）", status)
    if status != 200:
        raise _Stop("server", f"网站没有正常返回页面（HTTP {status}）", status)


def _stop_for(error: urllib3.exceptions.HTTPError, at: Address) -> _Stop:
    if isinstance(error, urllib3.exceptions.SSLError):
        return _Stop("tls", f"{at.host} 的证书无法验证，不能作为证据来源")
    # urllib3 files a refused connection under its time-outs.
    refused = isinstance(error, urllib3.exceptions.NewConnectionError)
    if isinstance(error, urllib3.exceptions.TimeoutError) and not refused:
        return _Stop("timeout", f"{at.authority} 没有在时限内回应")
    return _Stop("unreachable", f"连接不上 {at.authority}")
