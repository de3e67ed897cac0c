"""posts.db, this room's part: the posts, their full-text index, and the tombstones of what was purged.

Migrations are never edited once released; a change is a new one, named also in `POSTS` so that an up-to-date file
needs no import of sqlite-utils.
"""

from sqlite_utils import Migrations
from sqlite_utils.db import Database

SET = Migrations("crawlers")


@SET()
def posts(db: Database) -> None:
    """Posts and tombstones. Tables of other rooms refer to `posts.id`."""
    # `seq` is the full-text index's name for a post: a plain rowid could change in a VACUUM, a reused one would
    # give a new post the words of a purged one.
    db.execute(
        """
        CREATE TABLE posts (
            seq INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE,
            -- Short columns first: what a sweep compares is read without walking past the texts.
            digest INTEGER NOT NULL,    -- of everything that makes an update a change
            fingerprint TEXT NOT NULL,
            source TEXT NOT NULL,
            channel TEXT NOT NULL,
            posted_at TEXT,             -- NULL: the source does not say
            fetched_at TEXT NOT NULL,   -- first fetched: retention counts from here
            changed_at TEXT,            -- NULL: never changed since
            answered_at TEXT,           -- NULL: no answer, or an undated one
            answered_by TEXT NOT NULL,  -- an office; '' where the source names none
            views INTEGER,              -- NULL: not shown
            replies INTEGER,
            likes INTEGER,
            url TEXT NOT NULL,          -- '' for a file
            title TEXT NOT NULL,
            text TEXT NOT NULL,
            answer TEXT NOT NULL        -- '' while there is none
        )
        """
    )
    db.execute("CREATE INDEX posts_time ON posts (coalesce(posted_at, fetched_at))")
    db.execute("CREATE INDEX posts_fingerprint ON posts (fingerprint)")
    db.execute(
        """
        CREATE TABLE tombstones (
            id TEXT PRIMARY KEY,        -- the keyed id and nothing else of the post
            reason TEXT NOT NULL,       -- expired, irrelevant, deleted
            buried_at TEXT NOT NULL
        ) WITHOUT ROWID
        """
    )


@SET()
def search(db: Database) -> None:
    """Contentless index over single characters: a phrase of characters is a word of any length, found exactly."""
    db.execute("CREATE VIRTUAL TABLE posts_fts USING fts5 (words, content='', columnsize=0, tokenize='ascii')")
    db.execute(
        """
        CREATE TABLE upkeep (
            upto INTEGER NOT NULL,      -- posts.seq up to which the index knows
            residue INTEGER NOT NULL,   -- 1: words of deleted posts linger in the index until it is merged
            holes INTEGER NOT NULL      -- posts deleted since the file was last packed
        )
        """
    )
    db.execute("INSERT INTO upkeep (upto, residue, holes) VALUES (0, 0, 0)")


@SET()
def characters(db: Database) -> None:
    """An index that knows no places: a quarter of the size, and no text can be put together from it. Filled lazily."""
    db.execute("DROP TABLE posts_fts")
    db.execute(
        "CREATE VIRTUAL TABLE posts_fts USING fts5 (words, content='', columnsize=0, detail=none, tokenize='ascii')"
    )
    db.execute("UPDATE upkeep SET upto = 0, residue = 0")
