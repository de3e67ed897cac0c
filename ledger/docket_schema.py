"""The ledger's one table in posts.db, set "docket": which posts it has looked at."""

from sqlite_utils import Migrations
from sqlite_utils.db import Database

SET = Migrations("docket")


@SET()
def taken_up(db: Database) -> None:
    """Goes with its post when that is purged."""
    db.execute(
        """
        CREATE TABLE taken_up (
            post_id TEXT PRIMARY KEY REFERENCES posts (id) ON DELETE CASCADE,
            at TEXT NOT NULL            -- a later change, answer or correction puts the post on the docket again
        ) WITHOUT ROWID
        """
    )
