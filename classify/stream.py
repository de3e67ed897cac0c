"""`huiying classify`: one JSON object a line in, one out, in the same order, with bounded memory.

Bad lines are counted problems, never a crash: a line that is no object with an `id` is left out; an object without
usable text comes back as `none` for a person to look at.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from classify.model import Model, Tag
from crawlers.workspace import Problem

_LINES = 1_000
_BYTES = 4_000_000  # a batch ends here too, so that a run of megabyte posts does not fill the memory


@dataclass(frozen=True, slots=True)
class _Row:
    id: Any
    text: str


def classify_lines(
    lines: Iterable[bytes],
    model: Model,
    *,
    report: Callable[[Problem], None] = lambda problem: None,
    file: str = "-",
    explain: bool = True,
) -> Iterator[str]:
    """JSON lines for `lines`, without line ends; what is wrong with a line goes to `report` with its number.

    Without `explain` every list of terms is empty, and a million posts take half the time.
    """
    batch: list[_Row] = []
    size = 0
    for number, line in enumerate(lines, 1):
        row = _read(line, Problem(file, f"第 {number} 行", "", ""), report)
        if row is None:
            continue
        batch.append(row)
        size += len(line)
        if len(batch) >= _LINES or size >= _BYTES:
            yield from _write(batch, model, explain)
            batch, size = [], 0
    yield from _write(batch, model, explain)


def _read(line: bytes, place: Problem, report: Callable[[Problem], None]) -> _Row | None:
    line = line.removeprefix(b"\xef\xbb\xbf")
    if not line.strip():
        return None
    try:
        row = _object(line)
    except (ValueError, RecursionError):  # bad UTF-8 and numbers too long to read are ValueErrors as well
        report(_problem(place, "不是有效的 JSON", '每行写一个对象：{"id": …, "text": …}'))
        return None
    if not isinstance(row, dict) or "id" not in row:
        report(_problem(place, "没有 id", '每行写一个对象：{"id": …, "text": …}'))
        return None
    text = row.get("text")
    if not isinstance(text, str) or not text.strip():
        report(_problem(place, "没有文字（text）", "已记为 none，请人工查看"))
        text = ""
    return _Row(row["id"], text)


def _object(line: bytes) -> Any:
    try:
        return orjson.loads(line)
    except ValueError:  # stricter than the standard reader: lone surrogates, NaN and numbers beyond 64 bits
        return json.loads(line)


def _problem(place: Problem, message: str, remedy: str) -> Problem:
    return Problem(place.file, place.place, message, remedy)


def _write(batch: list[_Row], model: Model, explain: bool) -> Iterator[str]:
    for row, tag in zip(batch, model.predict([row.text for row in batch], explain=explain), strict=True):
        yield dump(row.id, tag)


def dump(id: Any, tag: Tag) -> str:
    """One line of the contract: id, label, score, review, secondary, scores, terms."""
    out = {
        "id": id,
        "label": tag.label,
        "score": tag.score,
        "review": tag.review,
        "secondary": list(tag.secondary),
        "scores": tag.scores,
        "terms": [{"term": term, "weight": weight} for term, weight in tag.terms],
    }
    try:
        return orjson.dumps(out).decode()
    except TypeError:  # an id beyond 64 bits, or with a lone surrogate: JSON may hold one, UTF-8 may not
        return json.dumps(out)
