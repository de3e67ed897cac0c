"""Whether the model still fits what comes in: the shares of doubtful posts and of unseen wording, recent and before."""

import sqlite3
from dataclasses import dataclass
from datetime import datetime, timedelta

from classify.model import BATCH, Model
from classify.tags import ready, wording
from crawlers.clock import stamp

_SAMPLE = 1_000  # posts of each period read for their wording
_FEWEST = 50  # fewer posts than this in a period say nothing
_DOUBT_RISE, _UNSEEN_RISE = 0.10, 0.05


@dataclass(frozen=True, slots=True)
class Drift:
    """Shares between 0 and 1; `advice` is a Chinese sentence, "" while nothing has moved or too little is known."""

    recent: int  # posts of the last days
    before: int  # posts of the four times longer period before
    doubtful: tuple[float, float]  # before, recent
    unseen: tuple[float, float]  # share of character pairs the model does not know: before, recent
    advice: str


def drift(db: sqlite3.Connection, model: Model, *, now: datetime, days: int = 7) -> Drift:
    """Compare the last `days` with the four times as many before them."""
    ready(db)
    edges = [stamp(now - timedelta(days=n)) for n in (5 * days, days, 0)]
    before, recent = (_doubtful(db, *pair) for pair in ((edges[0], edges[1]), (edges[1], edges[2])))
    unseen = tuple(_unseen(db, model, *pair) for pair in ((edges[0], edges[1]), (edges[1], edges[2])))
    doubtful = (before[1], recent[1])
    moved = _moved(doubtful, (unseen[0], unseen[1])) if min(before[0], recent[0]) >= _FEWEST else ""
    return Drift(recent[0], before[0], doubtful, (unseen[0], unseen[1]), moved)


def _doubtful(db: sqlite3.Connection, start: str, end: str) -> tuple[int, float]:
    # A post an analyst has judged was doubtful or not by the model's score; the flag is cleared once judged.
    row = db.execute(
        "SELECT count(*), avg(review OR corrected_at IS NOT NULL AND label <> proposed) FROM tags "
        "JOIN posts ON posts.id = post_id WHERE coalesce(posted_at, fetched_at) >= ? "
        "AND coalesce(posted_at, fetched_at) < ?",
        [start, end],
    ).fetchone()
    return row[0], round(row[1] or 0.0, 4)


def _unseen(db: sqlite3.Connection, model: Model, start: str, end: str) -> float:
    rows = db.execute(
        "SELECT title, text FROM posts WHERE coalesce(posted_at, fetched_at) >= ? "
        "AND coalesce(posted_at, fetched_at) < ? ORDER BY seq DESC LIMIT ?",
        [start, end, _SAMPLE],
    )
    texts = [wording(row["title"], row["text"]) for row in rows]
    known = total = 0
    for place in range(0, len(texts), BATCH):
        part = model.known_pairs(texts[place : place + BATCH])
        known, total = known + part[0], total + part[1]
    return round(1 - known / total, 4) if total else 0.0


def _moved(doubtful: tuple[float, float], unseen: tuple[float, float]) -> str:
    found = []
    if doubtful[1] - doubtful[0] > _DOUBT_RISE:
        found.append(f"拿不准的信件从 {doubtful[0]:.0%} 升到 {doubtful[1]:.0%}")
    if unseen[1] - unseen[0] > _UNSEEN_RISE:
        found.append(f"没见过的字词从 {unseen[0]:.0%} 升到 {unseen[1]:.0%}")
    return f"{'，'.join(found)}：近来的内容与模型学过的不同，请运行 huiying label 标注最近的信件" if found else ""
