"""Commitments in answers: cross-validated figures on the annotated answers, beside the obvious keyword search."""

import json
import os
import random
import re
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ledger.promises.find import Found, Weights, find, found_in, read_moment
from ledger.promises.find_train import THRESHOLD, example, learn, overlap, own_answers

DATA = Path(os.environ.get("HUIYING_DATA") or Path(__file__).parents[2].parent / "shared" / "data")
FOLDS = 6
KEYWORDS = re.compile(r"[^，。！？；\n]*(?:将|力争|争取|预计|计划|承诺|尽快|下一步)[^，。！？；\n]*")
OWN = "经核实，路灯故障是电缆老化所致。我局将于5月20日前更换电缆，并向社会公布结果。下一步，我局将加强巡查。"


@dataclass(frozen=True)
class Match:
    """What was found for one annotated commitment, if anything alike was."""

    gold: dict[str, Any]
    found: Found | None
    exact: bool


def rows() -> list[tuple[str, float, str]]:
    """Speed always; precision, recall and F1 where the annotated answers are at hand."""
    figures = [("find: answers a second", _speed(), "1/s")]
    file = DATA / "commitments" / "dev.jsonl"
    if not file.exists():
        return figures
    answers = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    ours = _compare(answers, _cross_validated(answers))
    plain = _compare(answers, [_by_keyword(row["reply"]) for row in answers])
    return [
        *figures,
        *ours.figures("find"),
        ("find: F1 by keywords", plain.f1, ""),
        ("find: F1 ratio", ours.f1 / plain.f1, "×"),
    ]


def _speed() -> float:
    moment = read_moment("2026-05-11T10:00:00+08:00")
    assert moment is not None
    find(OWN, replied_at=moment)
    start = time.perf_counter()
    for _ in range(300):
        find(OWN, replied_at=moment)
    return 300 / (time.perf_counter() - start)


def _cross_validated(answers: Sequence[dict[str, Any]]) -> list[list[Found]]:
    """Each answer read with weights learnt without it."""
    own = [example(row) for row in own_answers()]
    examples = [example(row) for row in answers]
    order = list(range(len(answers)))
    random.Random(0).shuffle(order)
    found: list[list[Found]] = [[] for _ in answers]
    for fold in range(FOLDS):
        held = set(order[fold::FOLDS])
        table = learn([*own, *(one for place, one in enumerate(examples) if place not in held)])
        learnt = Weights(table["commitment"], table["strength"], THRESHOLD)
        for place in held:
            found[place] = found_in(examples[place].reading, learnt)
    return found


def _by_keyword(reply: str) -> list[tuple[int, int]]:
    return [match.span() for match in KEYWORDS.finditer(reply)]


@dataclass(frozen=True)
class Comparison:
    """Counts and the matches, from which every figure follows."""

    found: int
    wanted: int
    matches: list[Match]

    @property
    def right(self) -> int:
        return sum(match.found is not None for match in self.matches)

    @property
    def f1(self) -> float:
        return 2 * self.right / (self.found + self.wanted)

    def figures(self, name: str) -> Iterator[tuple[str, float, str]]:
        """Precision, recall, F1 at IoU ≥ 0.5 and exactly; accuracy of the rest on what was matched."""
        yield f"{name}: precision (IoU ≥ 0.5)", self.right / self.found, ""
        yield f"{name}: recall (IoU ≥ 0.5)", self.right / self.wanted, ""
        yield f"{name}: F1 (IoU ≥ 0.5)", self.f1, ""
        yield f"{name}: F1 (exact)", 2 * sum(match.exact for match in self.matches) / (self.found + self.wanted), ""
        yield f"{name}: strength right", self._share(lambda gold, one: gold["strength"] == one.strength), ""
        yield f"{name}: due day right", self._share(lambda gold, one: gold["due"] == one.as_json()["due_date"]), ""
        yield f"{name}: deadline wording right", self._share(lambda gold, one: gold["deadline"] == one.deadline), ""
        yield f"{name}: unit right", self._share(lambda gold, one: gold["unit"] == one.unit), ""

    def _share(self, right: Callable[[dict[str, Any], Found], bool]) -> float:
        pairs = [(match.gold, match.found) for match in self.matches if isinstance(match.found, Found)]
        return sum(right(gold, one) for gold, one in pairs) / max(1, len(pairs))


def _compare(answers: Sequence[dict[str, Any]], found: Sequence[Sequence[Any]]) -> Comparison:
    matches = [match for row, ones in zip(answers, found, strict=True) for match in _matched(row, ones)]
    return Comparison(sum(map(len, found)), len(matches), matches)


def _matched(row: dict[str, Any], found: Iterable[Any]) -> Iterator[Match]:
    """Every annotation with the best free finding that overlaps it by half."""
    free = list(found)
    for gold in row["commitments"]:
        start = row["reply"].find(gold["quote"])
        place = (start, start + len(gold["quote"]))
        best = max(free, key=lambda one: overlap(_place(one), place), default=None)
        if best is None or overlap(_place(best), place) < 0.5:
            yield Match(gold, None, False)
            continue
        free.remove(best)
        yield Match(gold, best, _place(best) == place)


def _place(one: Any) -> tuple[int, int]:
    return (one.start, one.end) if isinstance(one, Found) else one
