"""Sites: list pages lead to articles."""

from collections.abc import Callable, Iterator

from crawlers.clock import stamp
from crawlers.pages.article import read_article
from crawlers.pages.found import Found, Listing
from crawlers.pages.links import canonical, same_site
from crawlers.pages.listing import read_listing
from crawlers.sources import Source
from crawlers.spiders.task import Note, Page, Task, Visit, Walk


def start(source: Source) -> Task:
    """The first list page."""
    return Task(source.name, "list", source.url, source.url)


def walk(visit: Visit, task: Task, page: Page) -> Walk:
    """From a list page its articles and the next list page; from an article its matter."""
    if task.step == "list":
        listing = listed(visit, page)
        yield from follow(visit, task, listing, canonical)
    else:
        yield article(visit, task, page)


def listed(visit: Visit, page: Page) -> Listing:
    """The matters a list page announces."""
    source = visit.source
    return read_listing(page.text, url=page.url, now=visit.now, rule=source.rule, sites=source.sites)


def article(visit: Visit, task: Task, page: Page) -> Found:
    """The matter of an article page."""
    return read_article(page.text, url=task.url, now=visit.now, rule=visit.source.rule)


def follow(visit: Visit, task: Task, listing: Listing, key: Callable[[str], str]) -> Iterator[Task | Note]:
    """Tasks for the matters of a list page on the source's own hosts, and for the next list page while it may go on."""
    source = visit.source
    for link in listing.links:
        if same_site(link.url, source.sites):
            posted = stamp(link.posted_at) if link.posted_at else ""
            mark = link.mark or link.title
            yield Task(source.name, "matter", link.url, key(link.url), mark=mark, title=link.title, posted_at=posted)
    yield from map(Note, notes(listing) if task.number < source.max_pages else ())
    onward = listing.next_url
    if onward and task.number < source.max_pages and same_site(onward, source.sites):
        yield Task(source.name, "list", onward, onward, number=task.number + 1)


def notes(listing: Listing) -> Iterator[str]:
    """What a list page offers that is not read, in Chinese."""
    if listing.elsewhere:
        yield f"列表里有些文章在别的网站上（{'、'.join(listing.elsewhere)}）；机关或媒体公开发布的可写进 hosts"
    if listing.unread_pager:
        yield "列表的翻页要靠脚本，后面几页没有看"
