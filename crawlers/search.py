"""Find words in posts: exact for one character and up, by phrases of single characters (FTS5).

A trigram index never finds a two-character word, which is most Chinese words; a word index misses what its
segmenter cut elsewhere. Measured: single characters are exact and the cheapest to build.
"""

import re
import sqlite3
from collections.abc import Sequence

from crawlers.database import transaction
from crawlers.faults import reported
from crawlers.posts import Post

_BATCH = 5_000
_CHARACTER = re.compile(r"[^\W_]")


def search(db: sqlite3.Connection, words: str, *, limit: int = 20) -> list[Post]:
    """Posts that hold every one of `words` (separated by spaces) in title, text or answer, newest first.

    The same hits as `LIKE '%word%'`, without reading every text. Brings the index up to date first.
    """
    wanted = words.split()
    if not wanted:
        return []
    index(db)
    # The index forgets punctuation ("供，热" looks like "供热"), so a hit is checked against the text itself.
    check = " AND ".join(
        ["(title LIKE ? ESCAPE '\\' OR text LIKE ? ESCAPE '\\' OR answer LIKE ? ESCAPE '\\')"] * len(wanted)
    )
    values: list[object] = [f"%{_literal(word)}%" for word in wanted for _ in range(3)]
    phrases = " ".join(f'"{spaced}"' for spaced in map(_spaced, wanted) if spaced)
    if phrases:
        check = f"seq IN (SELECT rowid FROM posts_fts WHERE posts_fts MATCH ?) AND {check}"
        values.insert(0, phrases)
    order = "ORDER BY coalesce(posted_at, fetched_at) DESC, seq DESC LIMIT ?"
    with reported():
        rows = db.execute(f"SELECT * FROM posts WHERE {check} {order}", [*values, limit])
        return [Post.stored(row) for row in rows]


def index(db: sqlite3.Connection) -> int:
    """Add to the index what was saved since the last time; how many posts that was.

    Saving stays fast because this waits until a sweep ends or somebody searches.
    """
    added = 0
    with reported():
        while _behind(db):
            with transaction(db):
                added += _index_batch(db)
    return added


def _behind(db: sqlite3.Connection) -> bool:
    newest = db.execute("SELECT max(seq) FROM posts").fetchone()[0]
    return newest is not None and newest > _upto(db)


def _index_batch(db: sqlite3.Connection) -> int:
    query = "SELECT seq, title, text, answer FROM posts WHERE seq > ? ORDER BY seq LIMIT ?"
    rows = db.execute(query, [_upto(db), _BATCH]).fetchall()
    if not rows:  # another process was faster
        return 0
    db.executemany("INSERT INTO posts_fts (rowid, words) VALUES (?, ?)", [(row[0], _words(row[1:])) for row in rows])
    db.execute("UPDATE upkeep SET upto = ?", [rows[-1][0]])
    return len(rows)


def forget_words(db: sqlite3.Connection, rows: Sequence[sqlite3.Row]) -> None:
    """Take posts out of the index; `rows` hold seq, title, text and answer as they were indexed."""
    upto = _upto(db)
    # A contentless table can only be told to forget what it is told again.
    gone = [(row["seq"], _words((row["title"], row["text"], row["answer"]))) for row in rows if row["seq"] <= upto]
    db.executemany("INSERT INTO posts_fts (posts_fts, rowid, words) VALUES ('delete', ?, ?)", gone)
    if gone:
        db.execute("UPDATE upkeep SET residue = 1")


def learn_words(db: sqlite3.Connection, seq: int, fields: Sequence[str]) -> None:
    """Put a changed post back under its new words; one that the index has not reached yet stays for later."""
    if seq <= _upto(db):
        db.execute("INSERT INTO posts_fts (rowid, words) VALUES (?, ?)", [seq, _words(fields)])


def sweep_out(db: sqlite3.Connection) -> bool:
    """Merge the index if words of deleted or changed posts linger in it; whether there was anything to do.

    A deletion only adds a mark beside the old words, and from words with their places a text can be put together again.
    """
    if not db.execute("SELECT residue FROM upkeep").fetchone()[0]:
        return False
    with transaction(db):
        db.execute("INSERT INTO posts_fts (posts_fts) VALUES ('optimize')")
        db.execute("UPDATE upkeep SET residue = 0")
    return True


def _upto(db: sqlite3.Connection) -> int:
    return int(db.execute("SELECT upto FROM upkeep").fetchone()[0])


def _words(fields: Sequence[str]) -> str:
    return _spaced("\n".join(fields))


def _spaced(text: str) -> str:
    return " ".join(_CHARACTER.findall(text))


def _literal(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
