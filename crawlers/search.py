"""Find words in posts: exact for one character and up.

The index knows which characters a post holds and not where, so no text can be put together again from it, and it takes
a quarter of one that knows places. The posts that hold all characters of a word are then read themselves.
A trigram index never finds a two-character word, which is most Chinese words; a word index misses what its
segmenter cut elsewhere.
"""

import re
import sqlite3
from collections.abc import Sequence
from json import dumps

from crawlers.database import transaction
from crawlers.faults import reported
from crawlers.posts import Post

_BATCH = 5_000
_FIELDS = ("text", "title", "answer")
_CASED = re.compile(r"[A-Za-z]")  # letters that LIKE takes for the same in both cases
_FEW, _MANY = 2_000, 20_000  # posts that hold a word's characters: up to which they are read at once, or at all
_NEWEST = 5_000  # posts among which a more frequent word is looked for first
_ORDER = "ORDER BY coalesce(posted_at, fetched_at) DESC, seq DESC"


def search(db: sqlite3.Connection, words: str, *, limit: int = 20) -> list[Post]:
    """Posts that hold every one of `words` (separated by spaces) in title, text or answer, newest first.

    The same hits as `LIKE '%word%'`, without reading every text. Brings the index up to date first.
    """
    wanted = words.split()
    if not wanted:
        return []
    index(db)
    checks = list(map(_check, wanted))
    check = " AND ".join(sql for sql, _ in checks)
    values = [value for _, value in checks for _ in _FIELDS]
    with reported():
        return [Post.stored(row) for row in _found(db, _phrase(words), check, values, limit)]


def _found(db: sqlite3.Connection, phrase: str, check: str, values: list[str], limit: int) -> list[sqlite3.Row]:
    """The newest `limit` posts that pass `check`, by whichever way is short for words as frequent as these."""
    if not phrase:  # nothing but punctuation
        return db.execute(f"SELECT * FROM posts WHERE {check} {_ORDER} LIMIT ?", [*values, limit]).fetchall()
    matching = "SELECT rowid FROM posts_fts WHERE posts_fts MATCH ?"
    holding = db.execute(f"{matching} LIMIT ?", [phrase, _FEW + 1]).fetchall()
    if len(holding) > _FEW:
        newest = f"SELECT * FROM (SELECT * FROM posts {_ORDER} LIMIT {_NEWEST}) WHERE {check} LIMIT ?"
        if len(found := db.execute(newest, [*values, limit]).fetchall()) == limit:
            return found
        holding = db.execute(f"{matching} LIMIT ?", [phrase, _MANY + 1]).fetchall()
    if len(holding) <= _MANY:
        rows = dumps([row[0] for row in holding])
        among = f"SELECT * FROM posts WHERE seq IN (SELECT value FROM json_each(?)) AND {check} {_ORDER} LIMIT ?"
        return db.execute(among, [rows, *values, limit]).fetchall()
    # Characters that are frequent in a word that is not: by time, and only what holds them all is read. The plus keeps
    # SQLite from looking the posts up one by one and sorting them.
    by_time = f"SELECT * FROM posts INDEXED BY posts_time WHERE +seq IN ({matching}) AND {check} {_ORDER} LIMIT ?"
    return db.execute(by_time, [phrase, *values, limit]).fetchall()


def _phrase(words: str) -> str:
    """What a post must hold for the index: every character of `words`, wherever."""
    return " ".join(f'"{character}"' for character in _characters(words))


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
    """Merge the index if characters of deleted or changed posts linger in it; whether there was anything to do.

    A deletion only adds a mark beside what was there.
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
    return " ".join(_characters("".join(fields)))


def _characters(text: str) -> set[str]:
    return set(filter(str.isalnum, set(text)))


def _check(word: str) -> tuple[str, str]:
    """SQL that a post holds `word`, and the value it takes three times."""
    if _CASED.search(word):
        return (
            "(title LIKE ? ESCAPE '\\' OR text LIKE ? ESCAPE '\\' OR answer LIKE ? ESCAPE '\\')",
            f"%{_literal(word)}%",
        )
    # The same where there is no case to fold, at a third of the cost.
    return " OR ".join(f"instr({field}, ?)" for field in _FIELDS).join("()"), word


def _literal(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
