"""Sites: list pages lead to articles."""

from collections.abc import Callable, Iterator

from crawlers.clock import stamp
from crawlers.pages.article import read_article
from crawlers.pages.found import Found, Listing
from crawlers.pages.links import canonical, same_site
from crawlers.pages.listing import read_listing
from crawlers.sources import Source
from crawlers.spiders.task import Page, Task, Visit, Walk


def start(source: Source) -> Task:
    """The first list page."""
    return Task(source.name, "list", source.url, source.url)


def walk(visit: Visit, task: Task, page: Page) -> Walk:
    """From a list page its articles and the next list page; from an article its matter."""
    if task.step == "list":
        listing = read_listing(page.text, url=page.url, now=visit.now, rule=visit.source.rule)
        yield from follow(visit, task, listing, canonical)
    else:
        yield article(visit, task, page)


def article(visit: Visit, task: Task, page: Page) -> Found:
    """The matter of an article page."""
    return read_article(page.text, url=task.url, now=visit.now, rule=visit.source.rule)


def follow(visit: Visit, task: Task, listing: Listing, key: Callable[[str], str]) -> Iterator[Task]:
    """Tasks for the matters of a list page on the source's own hosts, and for the next list page while it may go on."""
    source = visit.source
    for link in listing.links:
        if same_site(link.url, source.sites):
            posted = stamp(link.posted_at) if link.posted_at else ""
            mark = link.mark or link.title
            yield Task(source.name, "matter", link.url, key(link.url), mark=mark, title=link.title, posted_at=posted)
    onward = listing.next_url
    if onward and task.number < source.max_pages and same_site(onward, source.sites):
        yield Task(source.name, "list", onward, onward, number=task.number + 1)
