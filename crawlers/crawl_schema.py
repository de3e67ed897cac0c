"""posts.db, the crawl's part: what was visited when, how each source fares, what is still to visit.

Pages are known by keyed hashes only, so that nothing here outlives a purged post (S4). Plain addresses stand only in
`frontier`, for as long as they wait.
"""

from sqlite_utils import Migrations
from sqlite_utils.db import Database

SET = Migrations("crawl")


@SET()
def crawl(db: Database) -> None:
    """Visited pages and the state of sources."""
    db.execute(
        """
        CREATE TABLE crawl_pages (
            key BLOB PRIMARY KEY,       -- keyed hash of source and page
            source TEXT NOT NULL,
            post TEXT,                  -- id of the post the page gave; NULL for lists, feeds and pages that gave none
            etag TEXT,                  -- NULL: the host sent none
            modified TEXT,              -- Last-Modified as sent; NULL: none
            mark BLOB,                  -- keyed hash of what the list showed; NULL: not come by through a list
            first_seen TEXT NOT NULL,
            checked_at TEXT NOT NULL
        ) WITHOUT ROWID
        """
    )
    db.execute(
        """
        CREATE TABLE source_state (
            name TEXT PRIMARY KEY,
            tried_at TEXT,              -- NULL: never
            succeeded_at TEXT,          -- NULL: never
            new_at TEXT,                -- when the last new post came; NULL: never
            failures INTEGER NOT NULL,  -- sweeps in a row without success
            reason TEXT NOT NULL,       -- why it stopped or failed last, '' after a success
            not_before TEXT,            -- the host asked to come back later (Retry-After); NULL: no
            said TEXT NOT NULL          -- the state that was last announced, so that it is said once
        ) WITHOUT ROWID
        """
    )
    db.execute(
        """
        CREATE TABLE source_runs (
            name TEXT NOT NULL,
            at TEXT NOT NULL,
            fetched INTEGER NOT NULL,
            read INTEGER NOT NULL,
            new INTEGER NOT NULL,
            failed INTEGER NOT NULL,
            PRIMARY KEY (name, at)
        ) WITHOUT ROWID
        """
    )


@SET()
def frontier(db: Database) -> None:
    """Pages still to visit. A settled row keeps its keyed name only, and no longer than its source's sweep."""
    db.execute(
        """
        CREATE TABLE frontier (
            key BLOB PRIMARY KEY,
            source TEXT NOT NULL,
            host TEXT NOT NULL,
            step TEXT NOT NULL,         -- feed, list, matter
            priority INTEGER NOT NULL,
            task TEXT NOT NULL,         -- JSON with the address; '' once settled
            state INTEGER NOT NULL,     -- 0 waiting, 1 leased, 2 read, 3 failed
            worker INTEGER,             -- NULL: nobody's
            etag TEXT,
            modified TEXT,
            added_at TEXT NOT NULL
        )
        """
    )
    db.execute("CREATE INDEX frontier_waiting ON frontier (state, host, priority DESC)")
    db.execute("CREATE INDEX frontier_source ON frontier (source, state)")
