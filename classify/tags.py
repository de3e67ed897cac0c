"""The tags of posts.db: what the model says, and what an analyst says over it."""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from classify.labels import Taxonomy, load_taxonomy
from classify.model import Model, Tag
from crawlers.clock import stamp
from crawlers.database import Schema, ensure_schema, transaction

TAGS = Schema("classify", "classify.schema", ("tags", "divisions"))
_BATCH = 1_000


@dataclass(frozen=True, slots=True)
class TagCounts:
    """What one run of `tag_new` did."""

    tagged: int
    review: int  # of those, how many a person should look at
    labels: dict[str, int]  # of those, by label


@dataclass(frozen=True, slots=True)
class StoredTag:
    """A post's tag as it stands. `corrected_at` is None until an analyst has judged the post."""

    post_id: str
    label: str
    proposed: str
    score: float
    scores: dict[str, float]
    secondary: tuple[str, ...]
    terms: tuple[tuple[str, float], ...]
    review: bool
    model: str
    taxonomy: str
    tagged_at: str
    corrected_at: str | None
    note: str
    division: str  # the office's own sub-category, "" without one

    def as_json(self) -> dict[str, object]:
        """Stable keys, without the post's own number."""
        return {key: value for key, value in asdict(self).items() if key != "post_id"}


class UnknownPost(Exception):
    """There is no tagged post of that id; the message is Chinese."""


def wording(title: str, text: str) -> str:
    """What of a post is judged: its title and its message, never the office's answer."""
    return text if text.startswith(title) else f"{title} {text}"


def ready(db: sqlite3.Connection) -> None:
    """Make or migrate the table; posts.db must be open with its own schema."""
    ensure_schema(db, TAGS)


def tag_new(
    db: sqlite3.Connection, model: Model, *, now: datetime, again: bool = False, taxonomy: Taxonomy | None = None
) -> TagCounts:
    """Tag posts without a tag, and those whose words changed since; with `again` also those an older model tagged.

    A correction by an analyst is never overwritten. The record keeps the version of `taxonomy`, the shipped if None.
    """
    taxonomy = taxonomy or load_taxonomy()
    ready(db)
    tagged, review, labels = 0, 0, dict.fromkeys(model.labels, 0)
    for rows in _untagged(db, model.version if again else None):
        texts = [wording(row["title"], row["text"]) for row in rows]
        found = model.predict(texts)
        divisions = [taxonomy.division(tag.label, text) for tag, text in zip(found, texts, strict=True)]
        made = zip(rows, found, divisions, strict=True)
        with transaction(db):
            db.executemany(
                _INSERT, [_values(row["id"], tag, division, taxonomy.version, now) for row, tag, division in made]
            )
        for tag in found:
            labels[tag.label] += 1
            review += tag.review
        tagged += len(rows)
    return TagCounts(tagged, review, labels)


def correct(
    db: sqlite3.Connection,
    post_id: str,
    label: str,
    *,
    now: datetime,
    note: str = "",
    taxonomy: Taxonomy | None = None,
) -> StoredTag:
    """Put an analyst's label in force; it outranks the model at once and for good. Raises ValueError, UnknownPost."""
    taxonomy = taxonomy or load_taxonomy()
    if label not in taxonomy.codes:
        raise ValueError(f"没有标签 {label}；可用的有：{'、'.join(taxonomy.codes)}")
    division = _division(db, post_id, label, taxonomy)
    with transaction(db):
        db.execute(
            "UPDATE tags SET label = ?, division = ?, review = 0, corrected_at = ?, note = ?, taxonomy = ? "
            "WHERE post_id = ?",
            [label, division, stamp(now), note, taxonomy.version, post_id],
        )
    return _expect(db, post_id)


def put_back(db: sqlite3.Connection, earlier: StoredTag, *, taxonomy: Taxonomy | None = None) -> StoredTag:
    """Take an analyst's last judgement back: what was in force before it is again. Raises UnknownPost."""
    division = _division(db, earlier.post_id, earlier.label, taxonomy or load_taxonomy())
    with transaction(db):
        db.execute(
            "UPDATE tags SET label = ?, division = ?, review = ?, corrected_at = ?, note = ? WHERE post_id = ?",
            [earlier.label, division, int(earlier.review), earlier.corrected_at, earlier.note, earlier.post_id],
        )
    return _expect(db, earlier.post_id)


def _division(db: sqlite3.Connection, post_id: str, label: str, taxonomy: Taxonomy) -> str:
    post = db.execute("SELECT title, text FROM posts WHERE id = ?", [post_id]).fetchone()
    return taxonomy.division(label, wording(*post)) if post else ""


def tags_of(db: sqlite3.Connection, post_ids: Sequence[str]) -> dict[str, StoredTag]:
    """The tags of some posts (at most 500), by post."""
    marks = ",".join("?" * len(post_ids))
    rows = db.execute(f"SELECT * FROM tags WHERE post_id IN ({marks})", [*post_ids])
    return {row["post_id"]: stored(row) for row in rows}


def tag_of(db: sqlite3.Connection, post_id: str) -> StoredTag | None:
    """The tag of one post, or None."""
    row = db.execute("SELECT * FROM tags WHERE post_id = ?", [post_id]).fetchone()
    return None if row is None else stored(row)


def counts(db: sqlite3.Connection) -> dict[str, int]:
    """Posts by the label in force, in the order of the table; `review` and `corrected` count across labels."""
    found = {row[0]: row[1] for row in db.execute("SELECT label, count(*) FROM tags GROUP BY label ORDER BY label")}
    row = db.execute("SELECT count(nullif(review, 0)), count(corrected_at) FROM tags").fetchone()
    return found | {"review": row[0], "corrected": row[1]}


def stored(row: sqlite3.Row) -> StoredTag:
    """A row of the table as a value."""
    return StoredTag(
        **{key: row[key] for key in ("post_id", "label", "proposed", "score", "model", "taxonomy", "tagged_at")},
        scores=json.loads(row["scores"]),
        secondary=tuple(json.loads(row["secondary"])),
        terms=tuple((word, weight) for word, weight in json.loads(row["terms"])),
        review=bool(row["review"]),
        corrected_at=row["corrected_at"],
        note=row["note"],
        division=row["division"],
    )


def _expect(db: sqlite3.Connection, post_id: str) -> StoredTag:
    tag = tag_of(db, post_id)
    if tag is None:
        raise UnknownPost(f"没有编号为 {post_id} 的已分类信件；用 huiying posts list 查看编号")
    return tag


def _untagged(db: sqlite3.Connection, version: str | None) -> Iterator[list[sqlite3.Row]]:
    last = 0
    while True:
        rows = db.execute(
            """
            SELECT seq, id, title, text FROM posts LEFT JOIN tags ON tags.post_id = posts.id
            WHERE seq > ? AND (tags.post_id IS NULL
                OR (corrected_at IS NULL AND (changed_at > tagged_at OR model <> ?)))
            ORDER BY seq LIMIT ?
            """,
            [last, version, _BATCH],  # a NULL version compares as unknown: no post is tagged again for its model
        ).fetchall()
        if not rows:
            return
        yield rows
        last = rows[-1]["seq"]


_INSERT = """
    INSERT INTO tags
        (post_id, label, proposed, score, scores, secondary, terms, review, model, taxonomy, tagged_at, division, note)
    SELECT ?1, ?2, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, '' WHERE EXISTS (SELECT 1 FROM posts WHERE id = ?1)
    ON CONFLICT (post_id) DO UPDATE SET label = excluded.label, proposed = excluded.proposed, score = excluded.score,
        scores = excluded.scores, secondary = excluded.secondary, terms = excluded.terms, review = excluded.review,
        model = excluded.model, taxonomy = excluded.taxonomy, tagged_at = excluded.tagged_at,
        division = excluded.division
    WHERE corrected_at IS NULL
"""


def _values(post_id: str, tag: Tag, division: str, taxonomy: str, now: datetime) -> tuple[object, ...]:
    return (
        post_id,
        tag.label,
        tag.score,
        json.dumps(tag.scores),
        json.dumps(tag.secondary),
        json.dumps(tag.terms, ensure_ascii=False),
        int(tag.review),
        tag.model,
        taxonomy,
        stamp(now),
        division,
    )
