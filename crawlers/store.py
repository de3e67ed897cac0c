"""posts.db: keep what is new, notice what changed, refuse what was purged.

One transaction for ten thousand posts, WAL, `synchronous=NORMAL`: an interrupted sweep loses at most the batch in hand,
which the next sweep collects again.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from itertools import islice
from json import dumps
from pathlib import Path
from zlib import crc32

from crawlers.clock import CHINA, stamp
from crawlers.database import Schema, connect, ensure_schema, transaction
from crawlers.faults import reported
from crawlers.posts import Post
from crawlers.purge import PurgeReport, forget, purge
from crawlers.search import forget_words, index, learn_words, search

__all__ = [
    "POSTS",
    "PurgeReport",
    "SaveCounts",
    "counts",
    "forget",
    "get",
    "index",
    "open_posts",
    "purge",
    "read",
    "save",
    "search",
]

POSTS = Schema("crawlers", "crawlers.schema", ("posts", "search", "characters"))
_BATCH = 10_000


@dataclass(frozen=True, slots=True)
class SaveCounts:
    """What became of the posts given to `save`; the four add up to their number."""

    new: int = 0
    known: int = 0
    changed: int = 0
    refused: int = 0  # purged or deleted at the source before: they do not return

    def __add__(self, other: "SaveCounts") -> "SaveCounts":
        """Sums, so that batches and sources add up."""
        return SaveCounts(
            self.new + other.new,
            self.known + other.known,
            self.changed + other.changed,
            self.refused + other.refused,
        )


def open_posts(path: Path) -> sqlite3.Connection:
    """The store at `path`, created or migrated as needed. Raises `DatabaseError` with a Chinese message."""
    with reported():
        db = connect(path)
        if not db.execute("PRAGMA page_count").fetchone()[0]:
            # Rows of a kilobyte or two waste a sixth of pages of 4 kB (measured).
            db.execute("PRAGMA page_size = 16384")
            # Purged space is given back without a second copy of the file.
            db.execute("PRAGMA auto_vacuum = INCREMENTAL")
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = NORMAL")
        db.execute("PRAGMA wal_autocheckpoint = 4000")  # 64 MB: one checkpoint for several batches
        db.execute("PRAGMA cache_size = -65536")  # 64 MB: ids are random, so a batch touches pages all over their index
        db.execute("PRAGMA secure_delete = ON")  # what is purged is overwritten, not only unlinked
        ensure_schema(db, POSTS)
    return db


def save(db: sqlite3.Connection, posts: Iterable[Post], *, now: datetime) -> SaveCounts:
    """Store `posts`; batches committed before an error stay. Raises `DatabaseError` (disk full, locked)."""
    total, pending = SaveCounts(), iter(posts)
    while batch := list(islice(pending, _BATCH)):
        with reported(), transaction(db):
            total += _save_batch(db, batch, now)
    return total


def _save_batch(db: sqlite3.Connection, batch: list[Post], now: datetime) -> SaveCounts:
    seen = {post.id: post for post in batch}  # the last of several versions counts
    ids = dumps(list(seen))
    any_buried = db.execute("SELECT EXISTS (SELECT 1 FROM tombstones)").fetchone()[0]
    buried = {row[0] for row in _rows(db, "SELECT id FROM tombstones", ids)} if any_buried else set()
    stored = {row[0]: row for row in _rows(db, "SELECT id, digest, views, replies, likes FROM posts", ids)}
    fresh, changed = [], 0
    for id, post in seen.items():
        row = stored.get(id)
        if row is None:
            if id not in buried:
                fresh.append(_values(post))
        elif row[1] != _digest(post):
            changed += _update(db, post, now)
        elif row[2:] != (post.views, post.replies, post.likes):
            _recount(db, post)
    db.executemany(_INSERT, fresh)
    refused = sum(post.id in buried for post in batch) if buried else 0
    return SaveCounts(len(fresh), len(batch) - len(fresh) - changed - refused, changed, refused)


def _rows(db: sqlite3.Connection, query: str, ids: str) -> sqlite3.Cursor:
    cursor = db.cursor()
    cursor.row_factory = None  # plain tuples: a re-sweep reads one for every known post
    return cursor.execute(f"{query} WHERE id IN (SELECT value FROM json_each(?))", [ids])


_COLUMNS = (
    "id, source, channel, url, title, text, posted_at, fetched_at, answer, answered_at, answered_by, "
    "views, replies, likes, fingerprint, digest"
)
_INSERT = f"INSERT INTO posts ({_COLUMNS}) VALUES ({', '.join('?' * len(_COLUMNS.split(',')))})"


def _values(post: Post) -> tuple[object, ...]:
    return (
        post.id,
        post.source,
        post.channel,
        post.url,
        post.title,
        post.text,
        _time(post.posted_at),
        _fetched(post.fetched_at),
        post.answer,
        _time(post.answered_at),
        post.answered_by,
        post.views,
        post.replies,
        post.likes,
        post.fingerprint,
        _digest(post),
    )


# A sweep stamps all its posts with one moment.
_fetched = lru_cache(maxsize=16)(stamp)


def _time(moment: datetime | None) -> str | None:
    if moment is None:
        return None
    # `stamp` converts zones, which costs three times what writing does; most moments are China's already.
    return moment.isoformat(timespec="seconds") if moment.tzinfo is CHINA else stamp(moment)


def _digest(post: Post) -> int:
    """A checksum that differs when an update is worth keeping; counters do not make one.

    It is only ever compared with the same post's last one, so 32 bits do.
    """
    posted, answered = post.posted_at, post.answered_at
    content = (
        f"{post.title}\0{post.text}\0{post.answer}\0{post.answered_by}\0{post.url}"
        f"\0{posted and posted.timestamp()}\0{answered and answered.timestamp()}"
    )
    return crc32(content.encode())


def _update(db: sqlite3.Connection, post: Post, now: datetime) -> bool:
    """Write what `post` adds to its row; False where that is nothing.

    An empty field never erases a stored one: an older export knows nothing of a newer answer.
    """
    row = db.execute("SELECT * FROM posts WHERE id = ?", [post.id]).fetchone()
    merged = _merged(Post.stored(row), post)
    digest = _digest(merged)
    _recount(db, post)
    if digest == row["digest"]:
        return False
    forget_words(db, [row])
    db.execute(
        "UPDATE posts SET url = ?, title = ?, text = ?, posted_at = ?, answer = ?, answered_at = ?, answered_by = ?, "
        "fingerprint = ?, digest = ?, changed_at = ? WHERE id = ?",
        [
            *(merged.url, merged.title, merged.text, _time(merged.posted_at)),
            *(merged.answer, _time(merged.answered_at), merged.answered_by),
            *(merged.fingerprint, digest, stamp(now), post.id),
        ],
    )
    learn_words(db, row["seq"], (merged.title, merged.text, merged.answer))
    return True


def _merged(old: Post, new: Post) -> Post:
    """`replace` masks again, which changes nothing: masking is idempotent."""
    answer, body = (new if new.answer else old), (new if new.text else old)
    return replace(
        new,
        url=new.url or old.url,
        title=new.title or old.title,
        text=body.text,
        fingerprint=body.fingerprint,
        posted_at=new.posted_at or old.posted_at,
        answer=answer.answer,
        answered_at=answer.answered_at or old.answered_at,
        answered_by=answer.answered_by or old.answered_by,
    )


def _recount(db: sqlite3.Connection, post: Post) -> None:
    db.execute(
        "UPDATE posts SET views = coalesce(?, views), replies = coalesce(?, replies), likes = coalesce(?, likes) "
        "WHERE id = ?",
        [post.views, post.replies, post.likes, post.id],
    )


def get(db: sqlite3.Connection, id: str) -> Post | None:
    """The post of that id, or None."""
    row = db.execute("SELECT * FROM posts WHERE id = ?", [id]).fetchone()
    return None if row is None else Post.stored(row)


def full_id(db: sqlite3.Connection, beginning: str) -> str | None:
    """The id of the only post whose id begins so; None where there is none or more than one."""
    begins = "SELECT id FROM posts WHERE substr(id, 1, length(?1)) = ?1 LIMIT 2"
    found = [str(row["id"]) for row in db.execute(begins, [beginning])]
    return found[0] if len(found) == 1 else None


def read(
    db: sqlite3.Connection,
    *,
    since: datetime | None = None,
    label: str | None = None,
    source: str | None = None,
    limit: int | None = None,
) -> Iterator[Post]:
    """Posts, newest first by when they were posted (or fetched, where that is unknown).

    `label` is a tag of the classifier; a store that was never tagged has no post of any label.
    """
    where, values = ["1"], []
    if since is not None:
        where.append("coalesce(posted_at, fetched_at) >= ?")
        values.append(stamp(since))
    if source is not None:
        where.append("source = ?")
        values.append(source)
    if label is not None:
        if not db.execute("SELECT 1 FROM sqlite_schema WHERE name = 'tags'").fetchone():
            return
        where.append("id IN (SELECT post_id FROM tags WHERE label = ?)")
        values.append(label)
    rows = db.execute(
        f"SELECT * FROM posts WHERE {' AND '.join(where)} "
        "ORDER BY coalesce(posted_at, fetched_at) DESC, seq DESC LIMIT ?",
        [*values, -1 if limit is None else limit],
    )
    for row in rows:
        yield Post.stored(row)


def counts(db: sqlite3.Connection) -> dict[str, int]:
    """How many posts there are, how many of them answered, and how many tombstones."""
    row = db.execute("SELECT count(*), count(nullif(answer, '')) FROM posts").fetchone()
    buried = db.execute("SELECT count(*) FROM tombstones").fetchone()[0]
    return {"posts": row[0], "answered": row[1], "tombstones": buried}
