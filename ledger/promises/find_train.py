"""Learning the weights of `find` from answers with annotated commitments. Not part of the program's path.

Besides our own answers (`data/answers.txt`) it takes files of one JSON object a line: `replied_at`, `reply`,
`commitments` [{`quote`, `strength`}]. Those texts stay where they are; what is kept are figures.
Run: python -m ledger.promises.find_train FILE…
"""

import json
import re
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ledger.promises.find import WEIGHTS, read_moment
from ledger.promises.segments import Features, Reading, features, read, runs

OWN = Path(__file__).with_name("data") / "answers.txt"
MARKED = re.compile(r"【(?P<strength>[hs]) (?P<quote>[^】]*)】")
Place = tuple[int, int]
THRESHOLD = -1.45  # where cross-validation found precision and recall equal
RARE = 5  # features of fewer runs are not learnt
SMALL = 0.004  # weights below this change nothing
ALIKE, OVERLAPPING = 0.8, 0.5  # a run this like an annotation is one; between the two it hardly counts either way


@dataclass(frozen=True, slots=True)
class Example:
    """An annotated answer: every run with its description, and how much it is like an annotated commitment."""

    reading: Reading
    places: list[Place]
    described: list[Features]
    likeness: list[float]
    gold: list[tuple[int, int, str]]  # start, end, strength


def example(row: dict[str, Any]) -> Example:
    """One line of annotated data, described."""
    moment = read_moment(row["replied_at"])
    if moment is None:
        raise ValueError(f"replied_at of {row.get('id')}")
    reading = read(row["reply"], moment)
    places = list(runs(reading))
    gold = list(_gold(row))
    likeness = [
        max((overlap((start, end), one[:2]) for one in gold), default=0.0)
        for start, end in ((reading.clauses[first].start, reading.clauses[last].end) for first, last in places)
    ]
    return Example(reading, places, [features(reading, *place) for place in places], likeness, gold)


def own_answers() -> list[dict[str, Any]]:
    """Our own annotated answers, in the form of the files."""
    lines = OWN.read_text("utf-8").splitlines()
    return [_own(*line.split(" ", 1)) for line in lines if line and not line.startswith("#")]


def _own(day: str, text: str) -> dict[str, Any]:
    found = [
        {"quote": match["quote"], "strength": "hard" if match["strength"] == "h" else "soft"}
        for match in MARKED.finditer(text)
    ]
    return {"id": day, "replied_at": day, "reply": MARKED.sub(lambda match: match["quote"], text), "commitments": found}


def _gold(row: dict[str, Any]) -> Iterable[tuple[int, int, str]]:
    for one in row["commitments"]:
        start = row["reply"].find(one["quote"])
        if start >= 0:
            yield start, start + len(one["quote"]), one["strength"]


def overlap(one: Place, other: Place) -> float:
    """Intersection over union of two stretches of text."""
    both = min(one[1], other[1]) - max(one[0], other[0])
    return both / (max(one[1], other[1]) - min(one[0], other[0])) if both > 0 else 0.0


def learn(examples: Sequence[Example], *, strictness: float = 0.1) -> dict[str, Any]:
    """The table of `find.json`: logistic regressions over runs (commitment or not) and commitments (hard or soft)."""
    rows, labels, importance = [], [], []
    for one in examples:
        for described, like in zip(one.described, one.likeness, strict=True):
            rows.append(described)
            labels.append(like >= ALIKE)
            importance.append(0.2 if OVERLAPPING <= like < ALIKE else 1.0)
    firm = [
        (
            described,
            any(strength == "hard" and overlap(_place(one, place), (a, b)) >= ALIKE for a, b, strength in one.gold),
        )
        for one in examples
        for place, described, like in zip(one.places, one.described, one.likeness, strict=True)
        if like >= ALIKE
    ]
    return {
        "commitment": _regress(rows, labels, importance, strictness),
        "strength": _regress([row for row, _ in firm], [hard for _, hard in firm], None, strictness),
        "threshold": THRESHOLD,
    }


def _place(one: Example, place: Place) -> Place:
    return one.reading.clauses[place[0]].start, one.reading.clauses[place[1]].end


def _regress(
    rows: list[Features], labels: list[bool], importance: list[float] | None, strictness: float
) -> dict[str, float]:
    from sklearn.feature_extraction import DictVectorizer
    from sklearn.linear_model import LogisticRegression

    seen = Counter(name for row in rows for name in row)
    kept = [{name: value for name, value in row.items() if seen[name] >= RARE} for row in rows]
    vectorizer = DictVectorizer()
    matrix = vectorizer.fit_transform(kept)
    matrix.indices, matrix.indptr = matrix.indices.astype("int32"), matrix.indptr.astype("int32")
    model = LogisticRegression(C=strictness, solver="liblinear", max_iter=400, random_state=0)
    model.fit(matrix, labels, sample_weight=importance)
    learnt = dict(zip(vectorizer.get_feature_names_out(), model.coef_[0], strict=True))
    table = {name: round(float(weight), 3) for name, weight in sorted(learnt.items()) if abs(weight) >= SMALL}
    return {"": round(float(model.intercept_[0]), 3), **table}


def main(arguments: Sequence[str]) -> None:
    """Learn from the files named and write the weights."""
    rows = [
        json.loads(line) for name in arguments for line in Path(name).read_text("utf-8").splitlines() if line.strip()
    ]
    table = learn([example(row) for row in [*own_answers(), *rows]])
    WEIGHTS.parent.mkdir(exist_ok=True)
    WEIGHTS.write_text(json.dumps(table, ensure_ascii=False, indent=0) + "\n", "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
