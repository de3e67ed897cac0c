"""Forums: a board leads to threads; a thread's pages are searched for official answers and become one matter."""

from datetime import datetime
from functools import partial
from typing import Protocol

from crawlers.pages import discourse, discuz, flarum, mybb, nodebb, other, phpbb
from crawlers.pages.found import Listing
from crawlers.pages.officials import Officials
from crawlers.pages.thread import ThreadPage, whole
from crawlers.sources import Engine, Source
from crawlers.spiders.site import follow
from crawlers.spiders.task import More, Page, Task, Visit, Walk


class Reader(Protocol):
    """What an engine's module offers. A new engine is a module and an entry below."""

    def address(self, url: str) -> str:
        """Where a board or thread is fetched from, given the address people link."""

    def locator(self, url: str) -> str:
        """The one name of a thread, whatever the spelling of its address."""

    def read_board(self, text: str, *, url: str, now: datetime) -> Listing:
        """The threads of one page of a board."""

    def read_thread(self, text: str, *, url: str, now: datetime, officials: Officials) -> ThreadPage:
        """One page of a thread."""


ENGINES: dict[Engine, Reader] = {
    "discourse": discourse,
    "discuz": discuz,
    "flarum": flarum,
    "mybb": mybb,
    "nodebb": nodebb,
    "other": other,
    "phpbb": phpbb,
}


def start(source: Source) -> Task:
    """The board's first page."""
    url = ENGINES[source.engine].address(source.url)
    return Task(source.name, "list", url, url)


def walk(visit: Visit, task: Task, page: Page) -> Walk:
    """From a board page its threads and the next page; from a thread one matter."""
    engine = ENGINES[visit.source.engine]
    if task.step == "list":
        listing = engine.read_board(page.text, url=page.url, now=visit.now)
        yield from follow(visit, task, listing, engine.locator)
        return
    read = partial(engine.read_thread, now=visit.now, officials=visit.officials)
    pages: list[ThreadPage] = [read(page.text, url=task.url)]
    while len(pages) < visit.source.thread_pages and (onward := pages[-1].next_url):
        following = yield More(onward)
        if following is None:
            break
        pages.append(read(following.text, url=following.url))
    yield whole(pages, visit.officials)
