"""Where a sweep's findings become Posts and rows: in batches, in an order that loses nothing when it is cut short."""

import sqlite3
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from time import monotonic

from crawlers import store, visits
from crawlers.pages.found import Found
from crawlers.posts import Post
from crawlers.sources import Source
from crawlers.spiders.task import Task
from crawlers.tally import SourceTally

_BATCH = 200  # posts kept in memory at most
_SECONDS = 1.0  # and no longer than this, so that a killed sweep has little to do again


@dataclass(frozen=True, slots=True)
class Validators:
    """What a host sent for conditional requests; None where it sent nothing."""

    etag: str | None = None
    modified: str | None = None


class Sink:
    """Collects findings and writes them: posts first, then the record that their pages were visited.

    Killed between the two, the next sweep reads those pages again and finds the posts known.
    """

    def __init__(self, db: sqlite3.Connection, secret: bytes, now: datetime) -> None:
        """`secret` is the workspace key; `now` is the sweep's one time."""
        self.db, self.secret, self.now = db, secret, now
        self.tallies: defaultdict[str, SourceTally] = defaultdict(SourceTally)
        self._posts: dict[str, list[Post]] = defaultdict(list)
        self._seen: list[visits.Seen] = []
        self._flushed = monotonic()

    def look(self, task: Task) -> visits.Seen | None:
        """What is known of a task's page."""
        return visits.look(self.db, visits.page_key(self.secret, task.source, task.key))

    def wanted(self, task: Task) -> bool:
        """Whether a matter's page is due for a visit."""
        return visits.due_again(self.look(task), mark=visits.mark_key(self.secret, task.mark), now=self.now)

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

    def visited(self, task: Task, post: str | None, validators: Validators) -> None:
        """Record that a task's page was read."""
        key = visits.page_key(self.secret, task.source, task.key)
        mark = visits.mark_key(self.secret, task.mark)
        self._seen.append(
            visits.Seen(key, task.source, post, validators.etag, validators.modified, mark, self.now, self.now)
        )
        if len(self._seen) >= _BATCH or monotonic() - self._flushed > _SECONDS:
            self.flush()

    def gone(self, task: Task) -> None:
        """A page is gone; the post it once gave goes too."""
        seen = self.look(task)
        self.visited(task, None, Validators())
        if seen and seen.post:
            self.flush()
            self.tallies[task.source].deleted += store.forget(self.db, [seen.post], now=self.now)

    def flush(self) -> None:
        """Write what was collected. Raises `DatabaseError` (disk full, locked); what was committed stays."""
        posts, self._posts = self._posts, defaultdict(list)
        for source, batch in posts.items():
            self.tallies[source].saved(store.save(self.db, batch, now=self.now))
        seen, self._seen = self._seen, []
        visits.remember(self.db, seen)
        self._flushed = monotonic()
