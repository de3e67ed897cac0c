"""Where a sweep's findings become Posts and rows: in batches, in an order that loses nothing when it is cut short."""

import sqlite3
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from time import monotonic

from crawlers import store, visits
from crawlers.frontier import FAILED, READ, Frontier
from crawlers.pages.found import Found
from crawlers.posts import Post
from crawlers.sources import Source
from crawlers.spiders.task import Task
from crawlers.tally import SourceTally
from crawlers.visits import Validators

_SECONDS = 0.5  # a result waits no longer than this for company


class Sink:
    """Collects findings and writes them: posts first, then the visits, then that their pages are settled.

    Killed in between, the next sweep reads those pages again and finds the posts known.
    """

    def __init__(self, db: sqlite3.Connection, secret: bytes, frontier: Frontier, now: datetime) -> None:
        """`secret` is the workspace key; `now` is the sweep's one time."""
        self.db, self.secret, self.frontier, self.now = db, secret, frontier, now
        self.tallies: defaultdict[str, SourceTally] = defaultdict(SourceTally)
        self._posts: defaultdict[str, list[Post]] = defaultdict(list)
        self._seen: list[visits.Seen] = []
        self._gone: defaultdict[str, list[str]] = defaultdict(list)
        self._done: list[tuple[Task, int, Validators]] = []
        self._found: list[Task] = []
        self._flushed = monotonic()

    @property
    def unsettled(self) -> int:
        """Pages read but not yet written down; killed now, they would be read again."""
        return len(self._done)

    def look(self, task: Task) -> visits.Seen | None:
        """What is known of a task's page."""
        return visits.look(self.db, visits.page_key(self.secret, task.source, task.key))

    def wanted(self, task: Task) -> bool:
        """Whether a matter's page is due for a visit."""
        return visits.due_again(self.look(task), mark=bytes.fromhex(task.mark) or None, now=self.now)

    def put(self, source: Source, found: Found) -> str:
        """Make a Post of what was found; the id of the post. Here, in memory, is where masking happens."""
        post = Post.make(
            self.secret, source=source.name, locator=found.locator, channel=source.kind, url=found.url,
            title=found.title, text=found.text, posted_at=found.posted_at, fetched_at=self.now, answer=found.answer,
            answered_at=found.answered_at, answered_by=found.answered_by, views=found.views, replies=found.replies,
            likes=found.likes,
        )  # fmt: skip
        self._posts[source.name].append(post)
        return post.id

    def visited(self, task: Task, post: str | None, sent: Validators) -> None:
        """Record that a matter's page was read."""
        key, mark = visits.page_key(self.secret, task.source, task.key), bytes.fromhex(task.mark) or None
        self._seen.append(visits.Seen(key, task.source, post, sent.etag, sent.modified, mark, self.now, self.now))

    def gone(self, task: Task) -> None:
        """A matter's page is gone; the post it once gave goes too."""
        seen = self.look(task)
        self.visited(task, None, Validators())
        if seen and seen.post:
            self._gone[task.source].append(seen.post)

    def settle(self, task: Task, *, read: bool, sent: Validators, found: Iterable[Task] = ()) -> None:
        """A page is done with, for good or ill; `found` is what it led to."""
        self._done.append((task, READ if read else FAILED, sent))
        self._found.extend(found)
        if monotonic() - self._flushed > _SECONDS:
            self.flush()

    def flush(self) -> None:
        """Write what was collected. Raises `DatabaseError` (disk full, locked); what was committed stays.

        Nothing is let go of before it is written: after a failure, a page must not count as visited while its post
        is lost.
        """
        for source in list(self._posts):
            self.tallies[source].saved(store.save(self.db, self._posts[source], now=self.now))
            del self._posts[source]
        for source in list(self._gone):
            self.tallies[source].deleted += store.forget(self.db, self._gone[source], now=self.now)
            del self._gone[source]
        visits.remember(self.db, self._seen)
        self._seen = []
        if self._done or self._found:
            self.frontier.settle(self._done, self._found, now=self.now)
            self._done, self._found = [], []
        self._flushed = monotonic()

    def close_source(self, name: str) -> bool:
        """Settle a source whose last page this was. Its lists' validators count only if every page was read:

        else a list that says "unchanged" would hide what was missed.
        """
        self.flush()
        settled = self.frontier.close_source(name)
        if settled is None:
            return False
        if settled.clean:
            lists = [
                visits.Seen(key, name, None, sent.etag, sent.modified, None, self.now, self.now)
                for key, sent in settled.lists
            ]
            visits.remember(self.db, lists)
        return True
