"""Forums: a board leads to threads; a thread's pages are searched for official answers and become one matter."""

from functools import partial

from crawlers.pages import discuz
from crawlers.pages.thread import ThreadPage, whole
from crawlers.sources import Source
from crawlers.spiders.site import follow
from crawlers.spiders.task import More, Page, Task, Visit, Walk

# An engine is a module with read_board, read_thread, locator; a new one is a new entry here.
ENGINES = {"discuz": discuz}


def start(source: Source) -> Task:
    """The board's first page."""
    return Task(source.name, "list", source.url, source.url)


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
