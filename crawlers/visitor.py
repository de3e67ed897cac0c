"""A handful of pages fetched politely without Scrapy: what `huiying source add` looks at before a source exists.

The same rules as in a sweep (S1): robots.txt, a pause between requests, no cookies, no proxies, no private networks
unless the address itself lies in one, and a refusal is an answer.
"""

import socket
import ssl
import time
from collections.abc import Callable
from contextlib import closing
from urllib.parse import urlsplit

import urllib3
from protego import Protego

from crawlers.office import Office
from crawlers.pages.challenge import challenge_name
from crawlers.pages.found import LoginRequired, PageError, PageGone
from crawlers.pages.links import LOGIN, MEMBERS_ONLY, absolute, is_private, same_site, site_of
from crawlers.settings import AGENT, MAX_BYTES, REFUSALS, TIMEOUT, user_agent
from crawlers.spiders.task import Page

_HOPS = 5
_LONGEST_DELAY = 60.0  # seconds; a host that wants longer pauses cannot be tried out while somebody waits
_ROBOTS = 512 * 1024  # bytes of robots.txt that count (RFC 9309, 2.5)
_MOVED = frozenset({301, 302, 303, 307, 308})


class Visitor:
    """One visit to the site of `url`; it remembers robots.txt and when it asked last, nothing else."""

    def __init__(
        self,
        url: str,
        office: Office,
        *,
        hosts: tuple[str, ...] = (),
        delay: float = 1.0,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        """`delay` seconds lie between two requests to a public host; a private one is asked without pause.

        `hosts` are the further ones that may be visited.
        """
        self.sites = frozenset([site_of(url), *hosts])
        self.private = is_private(urlsplit(url).hostname or "")
        self.agent = user_agent(office)
        self._delay, self._pause, self._last = (0.0 if self.private else delay), pause, float("-inf")
        self._robots: dict[str, Protego] = {}
        timeout = urllib3.Timeout(connect=10, read=TIMEOUT)
        self._pool = urllib3.PoolManager(timeout=timeout, retries=False, ssl_context=ssl.create_default_context())

    def page(self, url: str) -> Page:
        """The page at `url`. Raises `PageError` with what happened instead, in Chinese."""
        for _ in range(_HOPS + 1):
            self._permitted(url)
            status, headers, body = self._get(url)
            if status not in _MOVED:
                return self._judged(url, status, headers, body)
            target = absolute(url, headers.get("Location"))
            if target and LOGIN.search(target):
                raise LoginRequired(f"{MEMBERS_ONLY}。请与对方联系，改用其订阅源或数据接口")
            if target is None or not same_site(target, self.sites):
                raise PageError(f"已跳转到别的网站（{target or '地址不规范'}），请核对后直接填写那个网址")
            url = target
        raise PageError("跳转次数过多")

    def _permitted(self, url: str) -> None:
        parts = urlsplit(url)
        if not same_site(url, self.sites):
            raise PageError("不在本来源的网站上")
        origin = f"{parts.scheme}://{parts.netloc}"
        if origin not in self._robots:
            self._robots[origin] = self._read_robots(origin)
        rules = self._robots[origin]
        if not rules.can_fetch(url, AGENT):
            raise PageError("robots.txt 不允许访问该网址")
        wanted = float(rules.crawl_delay(AGENT) or 0.0)
        if wanted > _LONGEST_DELAY:
            raise PageError(f"robots.txt 要求每隔 {wanted:.0f} 秒才访问一次，请与对方联系，改用其订阅源")
        wait = self._last + max(self._delay, wanted) - time.monotonic()
        if wait > 0:
            self._pause(wait)
        self._last = time.monotonic()

    def _read_robots(self, origin: str) -> Protego:
        status, _, body = self._get(f"{origin}/robots.txt")
        if status >= 500:
            return Protego.parse("User-agent: *\nDisallow: /")
        return Protego.parse(body[:_ROBOTS].decode("utf-8", "ignore") if status == 200 else "")

    def _get(self, url: str) -> tuple[int, urllib3.HTTPHeaderDict, bytes]:
        self._reachable(url)
        headers = {"User-Agent": self.agent, "Accept-Language": "zh-CN,zh;q=0.9", "Accept-Encoding": "gzip, deflate"}
        try:
            response = self._pool.request("GET", url, headers=headers, redirect=False, preload_content=False)
            with closing(response):
                return response.status, response.headers, _body(response)
        except urllib3.exceptions.HTTPError as error:
            raise PageError(_reason(error)) from error

    def _reachable(self, url: str) -> None:
        host = urlsplit(url).hostname or ""
        try:
            found = {str(entry[4][0]) for entry in socket.getaddrinfo(host, None)}
        except (OSError, UnicodeError) as error:
            raise PageError("域名无法解析") from error
        if not self.private and any(map(is_private, found)):
            raise PageError("指向内部网络地址")

    def _judged(self, url: str, status: int, headers: urllib3.HTTPHeaderDict, body: bytes) -> Page:
        if said := REFUSALS.get(status):
            raise PageError(f"对方{said}。请与对方联系，改用其订阅源或数据接口；本程序不会绕过")
        if name := challenge_name(body):
            raise LoginRequired(f"对方要求通过浏览器验证（{name}）。请与对方联系，改用其订阅源或数据接口")
        if status in (404, 410):
            raise PageGone(f"网页不存在（{status}）")
        if status != 200:
            raise PageError(f"对方服务器返回 {status}")
        return Page(url, body, headers.get("Content-Type", ""))


def _body(response: urllib3.BaseHTTPResponse) -> bytes:
    """The decoded body; one that is too large, whatever its packed size, or that drips is given up."""
    body, end = bytearray(), time.monotonic() + TIMEOUT
    for chunk in response.stream(65536, decode_content=True):
        body += chunk
        if len(body) > MAX_BYTES:
            raise PageError("网页过大")
        if time.monotonic() > end:
            raise PageError("超时")
    return bytes(body)


def _reason(error: urllib3.exceptions.HTTPError) -> str:
    if isinstance(error, urllib3.exceptions.SSLError):
        return "对方的 HTTPS 证书无法验证"
    refused = isinstance(error, urllib3.exceptions.NewConnectionError)  # urllib3 files it under its time-outs
    if isinstance(error, urllib3.exceptions.TimeoutError) and not refused:
        return "超时"
    return "对方主机拒绝连接" if refused else "传输中断，内容不完整"
