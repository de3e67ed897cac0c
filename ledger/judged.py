"""A post together with the tag it has: what it was judged to be, and why."""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from classify.labels import Taxonomy
from classify.tags import StoredTag, tags_of
from crawlers.posts import Post

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Judged:
    """A post; `tag` is None until it is classified. `taxonomy` words what the tag means."""

    post: Post
    tag: StoredTag | None
    taxonomy: Taxonomy

    @property
    def kind(self) -> str:
        """The label's short name with the office's sub-category; "" without a tag."""
        if self.tag is None:
            return ""
        name = self.taxonomy.names.get(self.tag.label, self.tag.label)
        return f"{name}·{self.tag.division}" if self.tag.division else name

    def as_json(self) -> dict[str, Any]:
        """The post's own keys: one Post a line, as the lists promise."""
        return self.post.as_json()


class Opened(Judged):
    """The one post that `huiying posts show` opens."""

    def as_json(self) -> dict[str, Any]:
        """The post's keys, and under `tag` what it was judged to be and why; null before that."""
        return self.post.as_json() | {"tag": self.tag.as_json() if self.tag else None}


def judged(db: sqlite3.Connection, posts: Iterable[Post], taxonomy: Taxonomy) -> list[Judged]:
    """Each of `posts` with its tag, in the same order."""
    rows = list(posts)
    tags: dict[str, StoredTag] = {}
    for start in range(0, len(rows), _AT_ONCE):
        tags |= tags_of(db, [post.id for post in rows[start : start + _AT_ONCE]])
    return [Judged(post, tags.get(post.id), taxonomy) for post in rows]
