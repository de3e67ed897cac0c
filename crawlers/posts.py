"""A post: one public message with the office's answer to it, and nothing about who wrote it (safeguards S2, S3).

There is no field for an author, and every text field is cleaned and masked by construction,
so no code path can carry an unmasked message to the disk.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from hashlib import blake2b
from sqlite3 import Row
from typing import Any, Literal, get_args

from crawlers.addresses import public_url
from crawlers.clean import clean, skeleton
from crawlers.clock import stamp, unstamp
from crawlers.mask import mask
from crawlers.organisations import office_name

Channel = Literal["site", "forum", "mailbox", "feed", "file"]
CHANNELS: tuple[Channel, ...] = get_args(Channel)
_SHORT = 16  # a body shorter than this ("如题") says too little to stand for the message


@dataclass(frozen=True, slots=True)
class Post:
    """One public message. Times are aware. Outside the workspace its keyed `id` and `fingerprint` mean nothing."""

    id: str  # post_id(): what this is, whatever it says
    source: str  # name of the entry in sources.toml, or of the import
    channel: Channel
    url: str  # without user segments and parameters; "" for a file
    title: str
    text: str
    posted_at: datetime | None  # None: the page does not say, or says it unreadably
    fetched_at: datetime
    answer: str = ""  # the office's public answer; "" where there is none yet
    answered_at: datetime | None = None  # None: not answered, or not dated
    answered_by: str = ""  # an office, never a person
    views: int | None = None  # None: not shown
    replies: int | None = None
    likes: int | None = None
    fingerprint: str = ""  # fingerprint(): what this says, wherever it stands

    def __post_init__(self) -> None:
        """Clean and mask. Raises ValueError for a naive time or an unknown channel."""
        for moment in (self.posted_at, self.fetched_at, self.answered_at):
            if moment is not None and moment.tzinfo is None:
                raise ValueError("a post's times must be aware")
        if self.channel not in CHANNELS:
            raise ValueError(f"unknown channel: {self.channel!r}")
        put = object.__setattr__  # the dataclass is frozen
        put(self, "url", public_url(self.url))
        put(self, "title", mask(clean(self.title).replace("\n", " ")))
        put(self, "text", mask(clean(self.text)))
        put(self, "answer", mask(clean(self.answer), official=True))
        put(self, "answered_by", office_name(mask(clean(self.answered_by), official=True)))

    @classmethod
    def make(cls, key: bytes, *, source: str, locator: str, **values: Any) -> "Post":
        """A Post whose id and fingerprint are made from the workspace `key`.

        `locator` names the post for good at its source: the canonical address, a thread number, a feed guid.
        It is hashed, never kept.
        """
        post = cls(id=post_id(key, source, locator), source=source, **values)
        body = post.text if len(post.text) >= _SHORT else f"{post.title}\n{post.text}"
        object.__setattr__(post, "fingerprint", fingerprint(key, body))
        return post

    @classmethod
    def stored(cls, row: Mapping[str, Any] | Row) -> "Post":
        """The Post that a row of posts.db holds; only for `crawlers.store` and its neighbours.

        It does not mask again: rows are written from Posts alone, and reading a million of them must stay cheap.
        """
        post = object.__new__(cls)
        for name in _FIELDS:
            value = row[name]
            object.__setattr__(post, name, unstamp(value) if value is not None and name in _TIMES else value)
        return post

    def as_json(self) -> dict[str, object]:
        """The post as JSON values, times in +08:00, in the order of the fields."""
        return {name: _plain(getattr(self, name)) for name in _FIELDS}


_FIELDS = tuple(field.name for field in fields(Post))
_TIMES = frozenset({"posted_at", "fetched_at", "answered_at"})


def _plain(value: object) -> object:
    return stamp(value) if isinstance(value, datetime) else value


def post_id(key: bytes, source: str, locator: str) -> str:
    """A keyed name for the post at `locator` of `source`: 20 hexadecimal characters.

    Keyed, so that nobody without the workspace can test whether a page is in the store (or was: tombstones keep ids).
    80 bits: among a million posts, two share an id with a chance of 4 in 10^13.
    """
    return blake2b(
        f"{source}\0{locator}".encode("utf-8", "surrogatepass"), digest_size=10, key=key, person=b"post"
    ).hexdigest()


def fingerprint(key: bytes, text: str) -> str:
    """A keyed name for what `text` says: equal for copies that differ in repost marks, punctuation, width or case."""
    return blake2b(skeleton(text).encode("utf-8", "replace"), digest_size=8, key=key, person=b"text").hexdigest()
