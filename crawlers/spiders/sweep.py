"""The one Scrapy spider: it fetches what the walkers ask for and hands what they find to the sink."""

import logging
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

import scrapy
from scrapy.exceptions import CloseSpider, DownloadTimeoutError, IgnoreRequest
from scrapy.http import Response
from twisted.python.failure import Failure

from crawlers import store
from crawlers.addresses import public_url
from crawlers.clean import clean
from crawlers.clock import stamp, unstamp
from crawlers.database import DatabaseError
from crawlers.frontier import Frontier
from crawlers.mask import mask as mask_text
from crawlers.pages.found import Found, PageError, PageGone
from crawlers.pages.links import canonical, is_private
from crawlers.pages.officials import Officials
from crawlers.polite import ASK, Withdrawn, drop_queued
from crawlers.settings import slot_of
from crawlers.sink import Sink
from crawlers.sources import Source
from crawlers.spiders import feed, forum, mailbox, site
from crawlers.spiders.failures import ROBOTS, closed, left_alone, reason
from crawlers.spiders.task import More, Note, Page, Task, Visit
from crawlers.tally import CrawlEvent
from crawlers.visits import Validators, mark_key

log = logging.getLogger(__name__)

WALKERS: dict[str, Any] = {"feed": feed, "site": site, "mailbox": mailbox, "forum": forum}
_TELL_EVERY = 0.1  # seconds between two reports of a source's pages; a watcher sees no more
_SILENCES = 5  # time-outs in a row after which a host is left for this sweep
SILENT = "对方主机一再超时，本次不再访问"
_REVISITED = 300  # known posts a source and sweep looks at again though no list shows them


@dataclass(frozen=True, slots=True)
class Plan:
    """What one sweep is to do."""

    sources: tuple[Source, ...]
    officials: Officials
    now: datetime

    def starts(self) -> list[Task]:
        """The first page of every source."""
        return [WALKERS[source.kind].start(source) for source in self.sources]


class Sweep(scrapy.Spider):
    """Visits every source of a plan. All judgement is in walkers, middlewares and `visits`; this only connects them."""

    name = "sweep"

    def __init__(self, plan: Plan, sink: Sink, report: Callable[[CrawlEvent], None], **kwargs: Any) -> None:
        """`report` is told of progress, of finished sources and of what the operator must know."""
        super().__init__(**kwargs)
        self.plan, self.sink, self.report, self.now = plan, sink, report, plan.now
        self.frontier: Frontier = sink.frontier
        self.visits = {source.name: Visit(source, plan.officials, plan.now) for source in plan.sources}
        self._open: Counter[str] = Counter()  # pages handed out and not settled, by source
        self.busy: Counter[str] = Counter()  # the same by host
        self._told: defaultdict[str, float] = defaultdict(lambda: float("-inf"))  # when a source's pages were last told
        self._silences: Counter[str] = Counter()  # a host's time-outs in a row
        self._stopped: dict[str, str] = {}  # source or //host → why

    async def start(self) -> AsyncIterator[Any]:
        """Nothing of its own: the scheduler hands out what the frontier holds."""
        for request in tuple[scrapy.Request, ...]():
            yield request

    def request(self, task: Task) -> scrapy.Request:
        """The request for a task, conditional where its page is known."""
        self._open[task.source] += 1
        self.busy[slot_of(task.url)] += 1
        return scrapy.Request(
            task.url,
            callback=self.parse,
            errback=self.errback,
            headers=self._conditions(task),
            meta={"task": task, "source": task.source},
            dont_filter=True,
        )

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
        hit = self._give_up(source, host, why)
        for name in hit:
            if until:
                self.sink.tallies[name].until = stamp(until)
            if not self.sink.tallies[name].stopped:
                self.sink.tallies[name].stopped = why
                self.report(CrawlEvent("note", name, self.sink.tallies[name], why))
        drop_queued(self.crawler, hit, why)

    def _give_up(self, source: str, host: str, why: str) -> list[str]:
        """Ask for no more pages of a source, and with `host` of those on that host; the names of all of them."""
        hit = [name for name, visit in self.visits.items() if name == source or (host and host in visit.source.sites)]
        if host:
            self._stopped[f"//{host}"] = why
        for name in hit:
            self._stopped[name] = why
            self.frontier.abandon(name)
        return hit

    def _hear(self, task: Task, error: BaseException | None) -> None:
        """Count a host's silences; one that keeps silent is left for this sweep, for each may cost a minute."""
        host = slot_of(task.url)
        self._silences[host] = self._silences[host] + 1 if isinstance(error, DownloadTimeoutError) else 0
        if self._silences[host] == _SILENCES:
            drop_queued(self.crawler, self._give_up(task.source, host, SILENT), SILENT)

    async def parse(self, response: Response, **kwargs: Any) -> None:
        """Walk the page, keep what it holds, add what it leads to."""
        task: Task = response.meta["task"]
        self._hear(task, None)
        tally = self.sink.tallies[task.source]
        found: list[Task] = []
        sent, read = _validators(response), True
        try:
            if response.status == 304:
                self._unchanged(task)
                sent = self._known_validators(task)
            elif response.status in (404, 410):
                read = self._gone(task, f"网页不存在（{response.status}）")
            else:
                tally.fetched += 1
                read = await self._walk(task, response, found)
            if task.step == "list" and not any(other.step == "list" for other in found):
                found += self._revisits(task.source)
            self._settle(task, read=read, sent=sent, found=self._wanted(found))
        except DatabaseError as error:  # a full disk or a locked file ends the sweep; what was committed stays
            raise CloseSpider(str(error)) from error

    async def errback(self, failure: Failure) -> None:
        """Count a page that could not be had, under its name."""
        task: Task = failure.request.meta["task"]  # type: ignore[attr-defined]  # Scrapy adds the request
        error = failure.value or PageError("连接失败")
        self._hear(task, error)
        read = self._gone(task, str(error)) if isinstance(error, Withdrawn) else self._failed(task, error)
        try:
            self._settle(task, read=read, sent=Validators(), found=[])
        except DatabaseError as error:
            raise CloseSpider(str(error)) from error

    async def _walk(self, task: Task, response: Response, found: list[Task]) -> bool:
        """Drive a walker to its end; whatever a page makes it trip over is counted under its name."""
        try:
            await self._steps(task, response, found)
        except PageGone as error:
            return self._gone(task, str(error))
        except (DatabaseError, CloseSpider):
            raise
        except Exception as error:  # a hostile page must cost itself, not the sweep
            if not isinstance(error, PageError | IgnoreRequest):
                log.exception("walker failed step=%s", task.step)
            return self._failed(task, error)
        return True

    async def _steps(self, task: Task, response: Response, found: list[Task]) -> None:
        source = self.visits[task.source].source
        home = urlsplit(response.url).path in ("", "/") and urlsplit(task.url).path not in ("", "/")
        if home and task.step == "matter":
            raise PageGone("网页已跳转到首页")
        walk = WALKERS[source.kind].walk(self.visits[task.source], task, _page(response))
        matters: list[Found] = []
        more, answer = False, None
        while True:
            try:
                made = walk.send(answer)
            except StopIteration:
                break
            answer = None
            if isinstance(made, More):
                more, answer = True, await self._more(task, made)
            elif isinstance(made, Found):
                matters.append(made)
            elif isinstance(made, Note):
                self.sink.tallies[task.source].skipped[made.text] += 1
            else:
                found.append(made)
        posts = [
            self.sink.put(source, _completed(matter, task)) for matter in matters
        ]  # only now: a page counts whole or not at all
        if task.step == "matter":
            # A thread of several pages may gain an answer on a page whose first page did not change.
            post = posts[0] if len(posts) == 1 else None  # a board's page may go while its letters move to another
            self.sink.visited(task, post, Validators() if more else _validators(response))

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

    def _failed(self, task: Task, error: BaseException) -> bool:
        """Count a page that gave nothing; whether that was as it should be."""
        tally, alone = self.sink.tallies[task.source], left_alone(error)
        first = task.step != "matter" and task.number == 1
        if alone and (not first or task.source in self._stopped):
            tally.skipped[alone] += 1
            return True
        if closed(error):
            self.stop(task.source, "", f"{alone}，{ASK}")
        tally.fail(alone or reason(error))
        return False

    def _gone(self, task: Task, why: str) -> bool:
        """A matter may go, a list may not."""
        if task.step == "matter":
            self.sink.tallies[task.source].skipped["网页已删除或不存在"] += 1
            self.sink.gone(task)
            return True
        self.sink.tallies[task.source].fail(why)
        return False

    def _wanted(self, found: list[Task]) -> list[Task]:
        """What of `found` is worth a visit, fit for the disk: mark hashed, title masked, no user in the address."""
        wanted = []
        for task in found:
            mark = mark_key(self.sink.secret, task.mark)
            fit = replace(
                task, url=public_url(task.url), mark=mark.hex() if mark else "", title=mask_text(clean(task.title))
            )
            if fit.step != "matter" or self.sink.wanted(fit):
                wanted.append(fit)
            else:
                self.sink.tallies[task.source].still()
        return wanted

    def _conditions(self, task: Task) -> dict[str, str]:
        seen = self.sink.look(task)
        if seen is None:
            return {}
        named = {"If-None-Match": seen.etag, "If-Modified-Since": seen.modified}
        return {name: value for name, value in named.items() if value}

    def _revisits(self, source: str) -> Iterator[Task]:
        """Known posts that no list shows any more: edited, answered or deleted since, so worth another look in time."""
        engine = forum.ENGINES.get(self.visits[source].source.engine)
        posts = list(store.read(self.sink.db, source=source, limit=_REVISITED))
        pages = Counter(post.url for post in posts)
        for post in posts:
            if pages[post.url] > 1:
                continue  # a board's page, which is read as the list it is
            url = engine.address(post.url) if engine and post.url else post.url
            task = Task(source, "matter", url, engine.locator(url) if engine else canonical(url))
            if url and self.sink.wanted(task):
                yield task

    def _unchanged(self, task: Task) -> None:
        tally = self.sink.tallies[task.source]
        tally.unchanged += 1
        if task.step == "matter":
            tally.still()
            self.sink.visited(task, None, self._known_validators(task))

    def _known_validators(self, task: Task) -> Validators:
        seen = self.sink.look(task)
        return Validators(seen.etag, seen.modified) if seen else Validators()

    def _settle(self, task: Task, *, read: bool, sent: Validators, found: list[Task]) -> None:
        """One page less; the last one of a source closes it."""
        name, tally = task.source, self.sink.tallies[task.source]
        self._open[name] -= 1
        self.busy[slot_of(task.url)] -= 1
        if name not in self._stopped:
            self.sink.settle(task, read=read, sent=sent, found=found)
            if not self._open[name] and self.sink.close_source(name):
                tally.finished = True
                self.report(CrawlEvent("done", name, tally))
                return
        if monotonic() - self._told[name] > _TELL_EVERY:
            self._told[name] = monotonic()
            self.report(CrawlEvent("page", name, tally))


def _completed(matter: Found, task: Task) -> Found:
    """A matter with the list's title and date where its own page gives none."""
    posted_at = matter.posted_at or (unstamp(task.posted_at) if task.posted_at else None)
    return replace(matter, title=matter.title or task.title, posted_at=posted_at)


def _page(response: Response) -> Page:
    kind = (response.headers.get("Content-Type") or b"").decode("latin-1")
    return Page(response.url, response.body, kind)


def _validators(response: Response) -> Validators:
    sent = [(response.headers.get(name) or b"").decode("latin-1") or None for name in ("ETag", "Last-Modified")]
    return Validators(*sent)
