"""Scrapy's scheduler on the frontier: hosts take turns, and nothing is handed out that could be lost."""

from collections import deque
from typing import TYPE_CHECKING, Self

from scrapy import Request, Spider
from scrapy.core.scheduler import BaseScheduler
from scrapy.crawler import Crawler

if TYPE_CHECKING:
    from crawlers.spiders.sweep import Sweep


class LeaseScheduler(BaseScheduler):
    """Hands out leased pages. Redirects and retries of a leased page stay here, under the lease."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.again: deque[Request] = deque()
        self.most = crawler.settings.getint("CONCURRENT_REQUESTS")

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Built by Scrapy."""
        return cls(crawler)

    def open(self, spider: Spider) -> None:
        """Nothing to prepare: the frontier is open already."""

    @property
    def sweep(self) -> "Sweep":
        """The spider, whose sink and frontier these are."""
        return self.crawler.spider  # type: ignore[return-value]  # the sweep is this crawler's only spider

    def has_pending_requests(self) -> bool:
        """Whether anything is left to do, here or with another worker that may yet die."""
        return bool(self.again) or self.sweep.sink.unsettled > 0 or self.sweep.frontier.waits()

    def enqueue_request(self, request: Request) -> bool:
        """Keep a redirect or retry; pages found go to the frontier instead."""
        self.again.append(request)
        return True

    def next_request(self) -> Request | None:
        """The next page, None while every host is busy.

        Pages read but not written down count as under way: a kill repeats at most what a kill of Scrapy alone would.
        """
        if self.again:
            return self.again.popleft()
        sink, engine = self.sweep.sink, self.crawler.engine
        assert engine is not None
        if len(engine.downloader.active) + sink.unsettled >= self.most:
            sink.flush()
        task = self.sweep.frontier.take(self.sweep.busy)
        if task is None and sink.unsettled:
            sink.flush()  # what was just found may be all there is to do
            task = self.sweep.frontier.take(self.sweep.busy)
        if task is None and not engine.downloader.active and self.sweep.frontier.reclaim():
            task = self.sweep.frontier.take(self.sweep.busy)
        return None if task is None else self.sweep.request(task)
