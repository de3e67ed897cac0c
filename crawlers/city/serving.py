"""The whole city on loopback: portal, forum and paper, each on a port of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from crawlers.city import board, feeds, portal
from crawlers.city.host import Host, Request, opened
from crawlers.city.items import Item, load, table
from crawlers.city.rendering import render
from crawlers.city.story import Promise, Story, promise, story


@dataclass(frozen=True, slots=True)
class City:
    """A served city: its addresses, what it shows, what a visitor asked for, and the configuration that sweeps it."""

    now: datetime
    items: tuple[Item, ...]
    portal: Host
    forum: Host
    media: Host

    @property
    def portal_url(self) -> str:
        """The bureau's portal, an official domain; no slash at the end."""
        return self.portal.url

    @property
    def forum_url(self) -> str:
        """The forum."""
        return self.forum.url

    @property
    def media_url(self) -> str:
        """The local paper."""
        return self.media.url

    @property
    def story(self) -> Story:
        """The promise that was kept, with its proof."""
        return story(self.items, self.portal_url, self.now)

    @property
    def broken(self) -> Promise:
        """The promise that fell due last week; no page proves it kept."""
        return promise("broken", self.items, self.portal_url, self.now)

    @property
    def ambiguous(self) -> Promise:
        """The promise whose wording gives no clear day."""
        return promise("ambiguous", self.items, self.portal_url, self.now)

    @property
    def requests(self) -> list[Request]:
        """What was asked so far, host by host, each in order of time."""
        return [*self.portal.requests, *self.forum.requests, *self.media.requests]

    @property
    def trap_hits(self) -> int:
        """Requests that robots.txt forbids; a polite visitor makes none."""
        return self.portal.trap_hits + self.forum.trap_hits + self.media.trap_hits

    @property
    def extras(self) -> tuple[str, ...]:
        """Titles that a sweep meets besides `items`: the board's sticky rules, the feed entry that breaks off."""
        return table("forum")["board"]["sticky"], table("feeds")["atom"]["cut_title"]

    def url(self, item: Item) -> str:
        """Where the item's page is served."""
        host = self.forum if item.channel == "forum" else self.media if item.place == "rss" else self.portal
        return host.url + item.path

    def sources_toml(self) -> str:
        """A sources.toml that watches every channel of this city."""
        return render("sources.toml", city=self).decode()

    def office_toml(self) -> str:
        """The huiying.toml of the city's justice bureau."""
        return render("huiying.toml", city=self).decode()


@contextmanager
def serve(now: datetime) -> Iterator[City]:
    """Serve the city as it stands at `now` (aware) until the block ends. The same `now` gives the same pages."""
    items = load(now)
    with opened() as office, opened() as forum, opened() as media:
        pages = portal.pages(items, now) | {"/atom.xml": feeds.atom(items, office.url)}
        office.fill(pages, portal.DISALLOWED)
        forum.fill(board.pages(items, now, forum.url), board.DISALLOWED)
        media.fill(feeds.media_pages(items, now, media.url))
        yield City(now, items, office, forum, media)
