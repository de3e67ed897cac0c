"""What an analyst should label next: the posts whose label would teach or correct most, each with the reason why."""

import sqlite3
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from classify.features import Floats
from classify.labels import NONE
from classify.model import BATCH, Model
from classify.tags import ready, wording
from crawlers.duplicates import groups

_NARROW = 0.25  # a margin between the two likeliest labels below this is a doubt
_SURE = 0.85  # a model this sure of another label than the analyst's suspects a slip
_POOL = 5_000  # newest posts looked at
_FEW = 10  # a label with fewer corrections than this is still rare


@dataclass(frozen=True, slots=True)
class Question:
    """One post to be judged, with what the model thinks of it and why it is asked."""

    post_id: str
    title: str
    text: str
    label: str  # in force now
    proposed: str  # what the model says today
    score: float
    terms: tuple[tuple[str, float], ...]
    why: str  # Chinese, for the person who is asked


def questions(db: sqlite3.Connection, model: Model, *, limit: int = 20) -> list[Question]:
    """Up to `limit` posts, the most useful first; of posts that say the same only one."""
    ready(db)
    found: list[tuple[float, Question]] = []
    judged = Counter(row[0] for row in db.execute("SELECT label FROM tags WHERE corrected_at IS NOT NULL"))
    for rows in _pool(db):
        found += _rated(rows, model, judged)
    found.sort(key=lambda pair: -pair[0])  # of equally useful ones the newer first: the pool is in that order
    best = [question for _, question in found[: 3 * limit]]
    repeats = {place for group in groups([one.text for one in best]) for place in group[1:]}
    return [one for place, one in enumerate(best) if place not in repeats][:limit]


def _pool(db: sqlite3.Connection) -> Iterator[list[sqlite3.Row]]:
    rows = db.execute(
        "SELECT posts.id, title, text, label, corrected_at FROM posts JOIN tags ON tags.post_id = posts.id "
        "ORDER BY seq DESC LIMIT ?",
        [_POOL],
    ).fetchall()
    for start in range(0, len(rows), BATCH):
        yield rows[start : start + BATCH]


def _rated(rows: list[sqlite3.Row], model: Model, judged: Counter[str]) -> list[tuple[float, Question]]:
    texts = [wording(row["title"], row["text"]) for row in rows]
    tags = model.predict(texts)
    by_words, by_characters = model.views(texts)
    rated = []
    for place, (row, tag) in enumerate(zip(rows, tags, strict=True)):
        chance = np.array(list(tag.scores.values()))
        if row["corrected_at"] is not None:
            value, why = _slip(chance, model.labels.index(row["label"]))
        else:
            split = by_words[place] != by_characters[place]
            value, why = _doubt(chance, split=bool(split), rare=_rarity(tag.label, judged))
        if value > 0:
            asked = Question(row["id"], row["title"], row["text"], row["label"], tag.label, tag.score, tag.terms, why)
            rated.append((value, asked))
    return rated


def _slip(chance: Floats, label: int) -> tuple[float, str]:
    """An analyst's label that the model strongly contradicts may be a slip of the finger."""
    if chance.argmax() == label or chance.max() < _SURE:
        return 0.0, ""
    return 1.0 + float(chance.max()), "人工标签与模型的判断相差很大，可能标错，请再看一眼"


def _doubt(chance: Floats, *, split: bool, rare: float) -> tuple[float, str]:
    second, first = np.sort(chance)[-2:].tolist()
    narrow, split = max(0.0, 1 - (first - second) / _NARROW), split and first < _SURE
    reasons = ["两个标签难分高下"] * (narrow > 0) + ["按词判断与按字判断不一致"] * split
    if not reasons:
        return 0.0, ""
    return (narrow + 0.5 * split) * (1 + rare), "；".join(reasons + ["这一类的人工标签还少"] * (rare > 0))


def _rarity(label: str, judged: Counter[str]) -> float:
    return 0.0 if label == NONE else 0.5 * max(0.0, 1 - judged[label] / _FEW)
