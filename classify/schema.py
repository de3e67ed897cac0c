"""posts.db, this room's part: the tags. Migrations are never edited once released; a change is a new one."""

from sqlite_utils import Migrations
from sqlite_utils.db import Database

SET = Migrations("classify")


@SET()
def tags(db: Database) -> None:
    """One tag a post; it goes when the post goes (safeguard S4)."""
    db.execute(
        """
        CREATE TABLE tags (
            post_id TEXT PRIMARY KEY REFERENCES posts(id) ON DELETE CASCADE,
            label TEXT NOT NULL,        -- the one in force: an analyst's, if there is one, else the model's
            proposed TEXT NOT NULL,     -- what the model said
            score REAL NOT NULL,        -- calibrated probability of `proposed`
            scores TEXT NOT NULL,       -- JSON, probability by label
            secondary TEXT NOT NULL,    -- JSON list of labels
            terms TEXT NOT NULL,        -- JSON list of [word, weight]
            review INTEGER NOT NULL,    -- 1: too uncertain, a person should look; 0 once one has
            model TEXT NOT NULL,
            taxonomy TEXT NOT NULL,
            tagged_at TEXT NOT NULL,
            corrected_at TEXT,          -- NULL: no analyst has judged it
            note TEXT NOT NULL          -- the analyst's, '' without one
        ) WITHOUT ROWID
        """
    )
    db.execute("CREATE INDEX tags_label ON tags (label)")
    db.execute("CREATE INDEX tags_review ON tags (review) WHERE review")


@SET()
def divisions(db: Database) -> None:
    """The office's own sub-category of a post, '' without one."""
    db.execute("ALTER TABLE tags ADD COLUMN division TEXT NOT NULL DEFAULT ''")
