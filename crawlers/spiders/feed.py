"""Feeds: one page, all its entries."""

from crawlers.pages.feed import read_feed
from crawlers.sources import Source
from crawlers.spiders.task import Page, Task, Visit, Walk


def start(source: Source) -> Task:
    """The feed itself."""
    return Task(source.name, "feed", source.url, source.url)


def walk(visit: Visit, task: Task, page: Page) -> Walk:
    """Every entry of the feed. Raises `PageError` where the page is none."""
    feed = read_feed(page.body, url=page.url, now=visit.now, content_type=page.content_type)
    yield from feed.entries
