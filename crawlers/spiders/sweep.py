"""The one Scrapy spider: it fetches what the walkers ask for and hands what they find to the sink."""

import logging
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import scrapy
from scrapy.exceptions import CloseSpider, IgnoreRequest
from scrapy.http import Response
from twisted.python.failure import Failure

from crawlers import store
from crawlers.database import DatabaseError
from crawlers.pages.found import Found, PageError, PageGone
from crawlers.pages.links import canonical, is_private
from crawlers.pages.officials import Officials
from crawlers.sink import Sink, Validators
from crawlers.sources import Source
from crawlers.spiders import feed, forum, mailbox, site
from crawlers.spiders.failures import ROBOTS, left_alone, reason
from crawlers.spiders.task import More, Page, Task, Visit
from crawlers.tally import CrawlEvent

log = logging.getLogger(__name__)

WALKERS: dict[str, Any] = {"feed": feed, "site": site, "mailbox": mailbox, "forum": forum}
_REVISITED = 300  # known posts a source and sweep looks at again though no list shows them


@dataclass(frozen=True, slots=True)
class Plan:
    """What one sweep is to do."""

    sources: tuple[Source, ...]
    officials: Officials
    now: datetime


class Sweep(scrapy.Spider):
    """Visits every source of a plan. All judgement is in walkers, middlewares and `visits`; this only connects them."""

    name = "sweep"

    def __init__(self, plan: Plan, sink: Sink, report: Callable[[CrawlEvent], None], **kwargs: Any) -> None:
        """`report` is told of every page, of finished sources and of what the operator must know."""
        super().__init__(**kwargs)
        self.plan, self.sink, self.report, self.now = plan, sink, report, plan.now
        self.visits = {source.name: Visit(source, plan.officials, plan.now) for source in plan.sources}
        self._pending: Counter[str] = Counter()
        self._asked: set[tuple[str, str]] = set()  # (source, key) of every page asked for in this sweep
        self._validators: dict[str, list[tuple[Task, Validators]]] = {}  # of lists and feeds, kept until all went well
        self._stopped: dict[str, str] = {}  # source or host → why
        self.until: dict[str, datetime] = {}  # source → when its host wants to be asked again

    async def start(self) -> AsyncIterator[Any]:
        """The first page of every source."""
        for source in self.plan.sources:
            if request := self._request(WALKERS[source.kind].start(source)):
                yield request

    def sites(self, source: str | None) -> frozenset[str]:
        """Hosts that may be visited for `source`; for robots.txt (no source) those of all sources."""
        visits = [self.visits[source]] if source else list(self.visits.values())
        return frozenset(host for visit in visits for host in visit.source.sites)

    def is_private(self, source: str | None) -> bool:
        """Whether the source lies in a private network by its own address."""
        visits = [self.visits[source]] if source else list(self.visits.values())
        return any(is_private(urlsplit(visit.source.url).hostname or "") for visit in visits)

    def stopped(self, source: str | None, host: str) -> str:
        """Why a source or a host is not visited any more, "" if it is."""
        return (self._stopped.get(source, "") if source else "") or self._stopped.get(f"//{host}", "")

    def stop(self, source: str, host: str, why: str, until: datetime | None = None) -> None:
        """Give up a source, and with `host` everything on that host, until the next sweep."""
        hit = [name for name, visit in self.visits.items() if name == source or (host and host in visit.source.sites)]
        if host:
            self._stopped[f"//{host}"] = why
        for name in hit:
            self._stopped[name] = why
            if until:
                self.until[name] = until
            if not self.sink.tallies[name].stopped:
                self.sink.tallies[name].stopped = why
                self.report(CrawlEvent("note", name, self.sink.tallies[name], why))

    async def parse(self, response: Response, **kwargs: Any) -> AsyncIterator[Any]:
        """Walk the page and follow what the walker asks for."""
        task: Task = response.meta["task"]
        try:
            requests = [made async for made in self._read(task, response)]
            self._done(task)
        except DatabaseError as error:  # a full disk or a locked file ends the sweep; what was committed stays
            raise CloseSpider(str(error)) from error
        for request in requests:
            yield request

    async def _read(self, task: Task, response: Response) -> AsyncIterator[scrapy.Request]:
        tally = self.sink.tallies[task.source]
        if response.status in (404, 410):
            self._gone(task, f"网页不存在（{response.status}）")
            return
        last = True
        if response.status == 304:
            tally.unchanged += 1
            self._unchanged(task)
        else:
            tally.fetched += 1
            async for made in self._walk(task, response):
                last = last and made.meta["task"].step != "list"
                yield made
        if task.step == "list" and last:
            for made in self._revisits(task.source):
                yield made

    async def _walk(self, task: Task, response: Response) -> AsyncIterator[scrapy.Request]:
        """Drive a walker to its end; whatever a page makes it trip over is counted under its name."""
        try:
            async for made in self._steps(task, response):
                yield made
        except PageGone as error:
            self._gone(task, str(error))
        except (DatabaseError, CloseSpider):
            raise
        except Exception as error:  # a hostile page must cost itself, not the sweep
            if not isinstance(error, PageError | IgnoreRequest):
                log.exception("walker failed step=%s", task.step)
            self._failed(task, error)

    async def _steps(self, task: Task, response: Response) -> AsyncIterator[scrapy.Request]:
        source = self.visits[task.source].source
        home = urlsplit(response.url).path in ("", "/") and urlsplit(task.url).path not in ("", "/")
        if home and task.step == "matter":
            raise PageGone("网页已跳转到首页")
        walk = WALKERS[source.kind].walk(self.visits[task.source], task, _page(response))
        post, more, answer = None, False, None
        while True:
            try:
                made = walk.send(answer)
            except StopIteration:
                break
            answer = None
            if isinstance(made, More):
                more, answer = True, await self._more(task, made)
            elif isinstance(made, Found):
                post = self.sink.put(source, made)
            elif request := self._request(made):
                yield request
        # A thread of several pages may gain an answer on a page whose first page did not change.
        self._visited(task, post if task.step == "matter" else None, Validators() if more else _validators(response))

    async def _more(self, task: Task, more: More) -> Page | None:
        """Another page of the same matter, None where robots.txt forbids it. Other failures fail the whole matter."""
        request = scrapy.Request(more.url, meta={"source": task.source}, dont_filter=True)
        try:
            response = await self.crawler.engine.download_async(request)
        except IgnoreRequest as error:
            if left_alone(error) != ROBOTS:
                raise
            return None
        self.sink.tallies[task.source].fetched += 1
        if response.status != 200:
            raise PageError(f"主题的后续页面打不开（{response.status}）")
        return _page(response)

    async def errback(self, failure: Failure) -> None:
        """Count a page that could not be had, under its name."""
        task: Task = failure.request.meta["task"]  # type: ignore[attr-defined]  # Scrapy adds the request
        self._failed(task, failure.value or PageError("连接失败"))
        self._done(task)

    def _failed(self, task: Task, error: BaseException) -> None:
        tally = self.sink.tallies[task.source]
        if alone := left_alone(error):
            tally.skipped[alone] += 1
        else:
            tally.fail(reason(error))

    def _request(self, task: Task) -> scrapy.Request | None:
        """The request for a task, None where it was asked for already or is not due."""
        if (task.source, task.key) in self._asked:
            return None
        self._asked.add((task.source, task.key))
        if task.step == "matter" and not self.sink.wanted(task):
            self.sink.tallies[task.source].still()
            return None
        self._pending[task.source] += 1
        return scrapy.Request(
            task.url,
            callback=self.parse,
            errback=self.errback,
            headers=self._conditions(task),
            meta={"task": task, "source": task.source},
            priority={"feed": 2, "list": 1, "matter": 0}[task.step],
            dont_filter=True,
        )

    def _conditions(self, task: Task) -> dict[str, str]:
        seen = self.sink.look(task)
        if seen is None:
            return {}
        named = {"If-None-Match": seen.etag, "If-Modified-Since": seen.modified}
        return {name: value for name, value in named.items() if value}

    def _revisits(self, source: str) -> Iterator[scrapy.Request]:
        """Known posts that no list shows any more: edited, answered or deleted since, so worth another look in time."""
        engine = self.visits[source].source.engine
        key = forum.ENGINES[engine].locator if engine else canonical
        for post in store.read(self.sink.db, source=source, limit=_REVISITED):
            task = Task(source, "matter", post.url, key(post.url))
            fresh = post.url and (source, task.key) not in self._asked and self.sink.wanted(task)
            if fresh and (request := self._request(task)):
                yield request

    def _unchanged(self, task: Task) -> None:
        seen = self.sink.look(task)
        validators = Validators(seen.etag, seen.modified) if seen else Validators()
        if task.step == "matter":
            self.sink.tallies[task.source].still()
        self._visited(task, None, validators)

    def _visited(self, task: Task, post: str | None, validators: Validators) -> None:
        """A list's validators count only once all it led to was read: else an interrupted sweep would skip it."""
        if task.step == "matter":
            self.sink.visited(task, post, validators)
        else:
            self._validators.setdefault(task.source, []).append((task, validators))

    def _gone(self, task: Task, why: str) -> None:
        if task.step == "matter":
            self.sink.tallies[task.source].skipped["网页已删除或不存在"] += 1
            self.sink.gone(task)
        else:
            self.sink.tallies[task.source].fail(why)

    def _done(self, task: Task) -> None:
        """One page less to wait for; the last one of a source settles it."""
        name, tally = task.source, self.sink.tallies[task.source]
        self._pending[name] -= 1
        if self._pending[name]:
            self.report(CrawlEvent("page", name, tally))
            return
        if not tally.failed and not tally.stopped:
            for listed, validators in self._validators.pop(name, []):
                self.sink.visited(listed, None, validators)
        self.sink.flush()
        tally.finished = not tally.stopped
        self.report(CrawlEvent("done", name, tally))


def _page(response: Response) -> Page:
    kind = (response.headers.get("Content-Type") or b"").decode("latin-1")
    return Page(response.url, response.body, kind)


def _validators(response: Response) -> Validators:
    sent = [(response.headers.get(name) or b"").decode("latin-1") or None for name in ("ETag", "Last-Modified")]
    return Validators(*sent)
