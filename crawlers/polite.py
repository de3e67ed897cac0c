"""Downloader middlewares that keep a sweep polite: where it may go, when it slows down, when it stops for good (S1)."""

from collections.abc import Collection
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.redirect import RedirectMiddleware
from scrapy.downloadermiddlewares.retry import RetryMiddleware
from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.exceptions import DownloadConnectionRefusedError, DownloadTimeoutError, IgnoreRequest
from scrapy.http import Response
from scrapy.robotstxt import RobotParser

from crawlers.pages.challenge import challenge_name
from crawlers.pages.json_page import withdrawn
from crawlers.pages.links import LOGIN, MEMBERS_ONLY, is_private, same_site
from crawlers.settings import AGENT, HOST_REFUSALS, REFUSALS, slot, slot_of

if TYPE_CHECKING:
    from crawlers.spiders.sweep import Sweep

ASK = "已停止采集该来源。请与对方联系，改用其订阅源或数据接口；本程序不会绕过"
_LONGEST_WAIT = 60.0  # seconds a sweep waits for a host that asks for time; for longer it comes back another day
_LONGEST_DELAY = 300.0  # seconds between two pages beyond which a host cannot be watched at all
_CLOSED_MATTERS = 5  # a sweep and source: more closed matters mean that the board itself closes
_FIRST_BACKOFF = 0.1  # seconds; matters only for private hosts, whose delay may be 0


class NotAllowed(IgnoreRequest):
    """A request that is not made; the message is its name in the summary."""


class MembersOnly(NotAllowed):
    """A page behind a login."""


class Withdrawn(NotAllowed):
    """A matter that its forum has deleted or closed to visitors, and says so."""


class Refused(IgnoreRequest):
    """The host said no."""


def drop_queued(crawler: Crawler, sources: Collection[str], why: str) -> None:
    """Fail the requests of `sources` that wait in a host's queue: after a refusal not one more may go out."""
    for queue in crawler.engine.downloader.slots.values() if crawler.engine else ():
        waiting = [(request, done) for request, done in queue.queue if request.meta.get("source") in sources]
        for entry in waiting:
            queue.queue.remove(entry)
            entry[1].errback(NotAllowed(f"来源已停止，未再访问（{why}）"))


class _Middleware:
    """Holds the crawler; components are built by Scrapy."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    @property
    def sweep(self) -> "Sweep":
        return self.crawler.spider  # type: ignore[return-value]  # the sweep is this crawler's only spider


class Guard(_Middleware):
    """Lets through what a source covers: http(s), its own hosts, no private network unless it lies in one."""

    def process_request(self, request: Request) -> None:
        """Raise `NotAllowed` for anything else, redirects included, and for sources that were stopped."""
        source = request.meta.get("source")
        sites = self.sweep.sites(source)
        parts = urlsplit(request.url)
        if parts.scheme not in ("http", "https"):
            raise NotAllowed("不是 http 网址")
        if not same_site(request.url, sites):
            raise NotAllowed("跳转到了别的网站" if request.meta.get("redirect_times") else "不在本来源的网站上")
        if is_private(parts.hostname or "") and not self.sweep.is_private(source):
            raise NotAllowed("指向内部网络地址")
        if stopped := self.sweep.stopped(source, slot_of(request.url)):
            raise NotAllowed(f"来源已停止，未再访问（{stopped}）")
        request.meta["download_slot"] = slot_of(request.url)


class Robots(RobotsTxtMiddleware):
    """robots.txt by RFC 9309: one that is not there (4xx) forbids nothing, one the server fails to give everything."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._unreadable: set[str] = set()

    async def _parse_robots(self, response: Response, netloc: str, request: Request) -> None:
        if response.status >= 500:
            self._unreadable.add(netloc)
        body = response.body if response.status < 400 else b""  # an error page is no rule
        await super()._parse_robots(response.replace(body=body), netloc, request)

    def process_request_2(self, rp: RobotParser | None, request: Request) -> None:
        """Raise for pages that the rules, or the lack of them, forbid."""
        if urlsplit(request.url).netloc in self._unreadable:
            raise Refused("对方的 robots.txt 暂时读不到，按禁止访问处理")
        super().process_request_2(rp, request)


class Redirect(RedirectMiddleware):
    """Scrapy's redirects without referers; a login page behind one is the end of the public channel."""

    def process_response(self, request: Request, response: Response, spider: Any = None) -> Request | Response:
        """The page, or the request for where it went."""
        target = response.headers.get("Location", b"")
        if 300 <= response.status < 400 and target and LOGIN.search(target.decode("latin-1")):
            raise MembersOnly(MEMBERS_ONLY)
        return super().process_response(request, response)

    def handle_referer(self, request: Request, response: Response) -> None:
        """No referer: it would tell one host what was read on another."""


class Refusal(_Middleware):
    """Stops a source, or everything on its host, at the first refusal or challenge page."""

    _closed: dict[str, set[str]]  # a source's matters that their forum calls closed

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Built by Scrapy."""
        made = cls(crawler)
        made._closed = {}
        # Sent before the host's queue moves on: through the middleware alone, one more request would slip out.
        crawler.signals.connect(made.downloaded, signal=signals.response_downloaded)
        return made

    def downloaded(self, response: Response, request: Request) -> None:
        """Stop at a status that refuses."""
        if (said := REFUSALS.get(response.status)) and not self._withdrawn(request, response):
            self._stop(request, said, whole_host=response.status in HOST_REFUSALS)

    def process_response(self, request: Request, response: Response) -> Response:
        """The response, unless it is a refusal: then `Refused`."""
        if "source" not in request.meta:  # robots.txt may be refused without a word about the pages
            return response
        said = REFUSALS.get(response.status, "")
        if not said and response.status in (200, 202, 503) and (name := challenge_name(response.body)):
            said = f"要求通过浏览器验证（{name}）"
            self._stop(request, said, whole_host=True)
        if said and self._withdrawn(request, response):
            raise Withdrawn("主题已删除或不再公开")
        if said:
            raise Refused(f"对方{said}")
        return response

    def _withdrawn(self, request: Request, response: Response) -> bool:
        """Whether only one matter of a readable board is closed; where that happens again and again, the board is."""
        task = request.meta.get("task")
        if task is None or task.step != "matter":
            return False
        kind = (response.headers.get("Content-Type") or b"").decode("latin-1")
        if not withdrawn(response.status, kind, response.body):
            return False
        closed = self._closed.setdefault(task.source, set())
        closed.add(response.url)
        return len(closed) <= _CLOSED_MATTERS

    def _stop(self, request: Request, said: str, *, whole_host: bool) -> None:
        if source := request.meta.get("source"):
            self.sweep.stop(source, slot_of(request.url) if whole_host else "", f"对方{said}，{ASK}")


class Backoff(RetryMiddleware):
    """Retries failures of the host with growing pauses; `Retry-After` is obeyed, and a long one ends the visit."""

    def process_response(self, request: Request, response: Response, spider: Any = None) -> Request | Response:
        """The response, or the request to try again."""
        queue = self._queue(request)
        if response.status not in self.retry_http_codes:
            if queue is not None and response.status < 400:
                queue.delay = self._least(request)
            return response
        wait = _retry_after(response, self._sweep.now)
        if wait is not None and wait > _LONGEST_WAIT and "source" in request.meta:
            until = self._sweep.now + timedelta(seconds=wait)
            self._sweep.stop(request.meta["source"], slot_of(request.url), f"对方请稍后再来（{wait:.0f} 秒后）", until)
            raise Refused("对方请稍后再来")
        self._slow_down(request, wait or 0.0)
        return super().process_response(request, response)

    def process_exception(
        self, request: Request, exception: Exception, spider: Any = None
    ) -> Request | Response | None:
        """The request to try again, or None to give the page up."""
        silent = isinstance(exception, DownloadTimeoutError)
        if silent:
            request.meta["max_retry_times"] = 1  # every try may cost half a minute in which the host's others wait
        # A page that breaks off says nothing about the host, silence does; a second silence of one page nothing new.
        if (silent and not request.meta.get("retry_times")) or isinstance(exception, DownloadConnectionRefusedError):
            self._slow_down(request, 0.0)
        return super().process_exception(request, exception)

    @property
    def _sweep(self) -> "Sweep":
        return self.crawler.spider  # type: ignore[return-value]  # as above

    @property
    def _downloader(self) -> Any:
        return self.crawler.engine.downloader if self.crawler.engine else None

    def _queue(self, request: Request) -> Any:
        return self._downloader.slots.get(request.meta.get("download_slot"))

    def _least(self, request: Request) -> float:
        return float(self._downloader.per_slot_settings.get(request.meta.get("download_slot"), {}).get("delay", 0.0))

    def _slow_down(self, request: Request, wait: float) -> None:
        queue = self._queue(request)
        if queue is not None:
            queue.delay = min(_LONGEST_WAIT, max(queue.delay * 2, _FIRST_BACKOFF, wait))


class CrawlDelay:
    """Applies robots.txt's Crawl-delay, which Scrapy reads and ignores."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        crawler.signals.connect(self.robots_parsed, signal=signals.robots_parsed)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Built by Scrapy."""
        return cls(crawler)

    def robots_parsed(self, robotparser: RobotParser, request: Request) -> None:
        """Slow the host's queue down to what it asks for; a host that asks for too much is left alone."""
        wanted = robotparser.crawl_delay(AGENT)
        if not wanted:
            return
        name, downloader = slot_of(request.url), self.crawler.engine.downloader
        if wanted > _LONGEST_DELAY and "source" in request.meta:
            message = f"robots.txt 要求每隔 {wanted:.0f} 秒才访问一次，无法巡查。请与对方联系，改用其订阅源"
            self.crawler.spider.stop(request.meta["source"], name, message)  # type: ignore[union-attr]
            return
        known = downloader.per_slot_settings.setdefault(name, slot(0.0))
        known["delay"] = max(float(known["delay"]), slot(wanted)["delay"])
        if name in downloader.slots:
            downloader.slots[name].delay = max(downloader.slots[name].delay, known["delay"])


def _retry_after(response: Response, now: Any) -> float | None:
    """Seconds the host asks to wait (a number or a date), None where it does not say."""
    text = (response.headers.get("Retry-After") or b"").decode("latin-1").strip()
    if text.isdecimal():
        return float(text)
    try:
        return max(0.0, float((parsedate_to_datetime(text) - now).total_seconds()))
    except (TypeError, ValueError):
        return None
