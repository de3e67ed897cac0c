"""Commitments in an official answer: which words promise something, how firmly, by when, and who promises.

Rules cut the answer into clauses and mark what they say (`clauses`, `cues.toml`, the deadline grammar); a linear
scorer (`data/find.json`, learnt by `find_train`) weighs every run of clauses; the best set of runs that do not
overlap is taken. The answer is expected masked. What is found are proposals: a person registers commitments.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from math import exp
from pathlib import Path
from typing import Any, Literal

from crawlers.clock import CHINA
from crawlers.workspace import Problem
from ledger.promises.promisers import unit_of
from ledger.promises.segments import RECENT, Features, Reading, features, meant, read, runs
from ledger.timing.deadlines import Deadline
from ledger.timing.outcomes import Certainty
from ledger.timing.phrases import Phrase, Repeat, Span, Vague
from ledger.timing.wording_days import words

WEIGHTS = Path(__file__).with_name("data") / "find.json"
# 届时 points back to the deadline named before it.
BACKWARD = re.compile(r"^(?:届时|到时|介时)|[，,](?:届时|到时|介时)")
CONDITION = re.compile(r"(?:如|若|假如|一旦)")
LEADING = re.compile(r"(?:预计|计划|争取|力争|确保|将|于|在|拟|可|至|到|从|自|有望|暂定|定于)$")
EXAMPLE = '每行写一个对象：{"id": …, "replied_at": "2026-09-30T10:00:00+08:00", "reply": …}'


@dataclass(frozen=True, slots=True)
class Found:
    """One proposed commitment; reply[start:end] == quote."""

    quote: str
    start: int
    end: int
    strength: Literal["hard", "soft"]
    deadline: str  # the wording in the answer; "" if there is none
    due_date: date | None
    certainty: Certainty
    unit: str  # who promises, as written (我局); "" where the sentence does not say
    score: float  # 0–1: how sure the scorer is that this is a commitment

    def as_json(self) -> dict[str, Any]:
        """The contract of `huiying commitment find`."""
        return {
            "quote": self.quote,
            "start": self.start,
            "end": self.end,
            "strength": self.strength,
            "deadline": self.deadline,
            "due_date": self.due_date.isoformat() if self.due_date else None,
            "certainty": self.certainty,
            "unit": self.unit,
            "score": round(self.score, 3),
        }


@dataclass(frozen=True, slots=True)
class Weights:
    """What the scorer has learnt; `threshold` is the score above which a run counts."""

    commitment: Features
    strength: Features
    threshold: float


def find(reply: str, *, replied_at: datetime) -> list[Found]:
    """The commitments proposed in `reply` (masked), answered at `replied_at` (aware), in order of place."""
    return found_in(read(reply, replied_at), weights())


def found_in(reading: Reading, learnt: Weights) -> list[Found]:
    """The commitments proposed in an answer already read, by the weights given."""
    return [_found(reading, run, score, learnt) for run, score in best_runs(reading, learnt)]


@cache
def weights() -> Weights:
    """The weights shipped with the program, read once."""
    table = json.loads(WEIGHTS.read_text("utf-8"))
    return Weights(table["commitment"], table["strength"], table["threshold"])


def best_runs(reading: Reading, learnt: Weights) -> list[tuple[tuple[int, int], float]]:
    """The runs of clauses that do not overlap and together score most above the threshold, with their scores."""
    ending: dict[int, list[tuple[int, float]]] = {}
    for first, last in runs(reading):
        score = weigh(features(reading, first, last), learnt.commitment) - learnt.threshold
        if score > 0:
            ending.setdefault(last, []).append((first, score))
    total, chosen = [0.0], [(-1, 0.0)]
    for last in range(len(reading.clauses)):
        best = (total[last], -1, 0.0)
        for first, score in ending.get(last, ()):
            best = max(best, (total[first] + score, first, score))
        total.append(best[0])
        chosen.append((best[1], best[2]))
    return _traced(chosen, learnt.threshold)


def _traced(chosen: list[tuple[int, float]], threshold: float) -> list[tuple[tuple[int, int], float]]:
    found, place = [], len(chosen) - 1
    while place > 0:
        first, score = chosen[place]
        if first < 0:
            place -= 1
            continue
        found.append(((first, place - 1), score + threshold))
        place = first
    return found[::-1]


def weigh(values: Features, learnt: Features) -> float:
    """The linear score of one description."""
    return learnt.get("", 0.0) + sum(value * learnt.get(name, 0.0) for name, value in values.items())


def _found(reading: Reading, run: tuple[int, int], score: float, learnt: Weights) -> Found:
    first, last = run
    start, end = reading.clauses[first].start, reading.clauses[last].end
    firm = weigh(features(reading, first, last), learnt.strength) > 0
    phrase, deadline = _deadline(reading, start, end)
    day = meant(deadline, reading.today) if deadline else None
    return Found(
        quote=reading.text[start:end],
        start=start,
        end=end,
        strength="hard" if firm else "soft",
        deadline=phrase.raw if phrase else "",
        due_date=day,
        certainty="none" if deadline is None else deadline.certainty if day == deadline.due_date else "ambiguous",
        unit=unit_of(reading.clauses, first, last),
        score=1 / (1 + exp(-score)),
    )


def _deadline(reading: Reading, start: int, end: int) -> tuple[Phrase | None, Deadline | None]:
    """The deadline that binds inside the quotation; where it says 届时, the last dated one before it."""
    ahead = [pair for pair in reading.deadlines if not _bygone(pair[1], reading.today)]
    inside = [pair for pair in ahead if start <= pair[0].start and pair[0].end <= end]
    dated = [pair for pair in inside if _dates(pair)]
    if dated:
        return min(dated, key=lambda pair: _closeness(reading, pair))
    for phrase, deadline in inside:
        if isinstance(phrase.spec, Vague) and phrase.spec.word in _prompt():
            return phrase, deadline
    if BACKWARD.search(reading.text[start:end]):
        before = [pair for pair in ahead if pair[0].end <= start and _dates(pair) and pair[1].due_date]
        if before:
            return before[-1]
    return None, None


def _bygone(deadline: Deadline, today: date) -> bool:
    """Whether a day is long past when it is named: it tells of something, no promise is due before it is made."""
    day = meant(deadline, today)
    return day is not None and today - day > RECENT


@cache
def _prompt() -> frozenset[str]:
    """Vague words that a reader takes for a deadline (尽快); 逐步, 适时 and the like are none."""
    return frozenset(words()["vague"]["prompt"])


def _dates(pair: tuple[Phrase, Deadline]) -> bool:
    """Whether a wording can be a commitment's deadline: not 每天, not how long something lasts."""
    phrase, deadline = pair
    if isinstance(phrase.spec, Repeat):
        return phrase.spec.point is not None
    if isinstance(phrase.spec, Span) and phrase.bare:
        return False
    return deadline.waits or deadline.not_before is not None or deadline.due_date is not None


def _closeness(reading: Reading, pair: tuple[Phrase, Deadline]) -> tuple[bool, bool, bool, int, bool, int]:
    """Smaller fits better: ahead of the answer, right behind 预计 or 将, in no 如果-clause, binding, an end."""
    phrase, deadline = pair
    before = reading.text[max(0, phrase.start - 4) : phrase.start]
    clause = next(part for part in reading.clauses if phrase.start < part.end)
    return (
        deadline.due_date is not None and (meant(deadline, reading.today) or reading.today) < reading.today,
        CONDITION.match(clause.text) is not None,
        phrase.bare and not LEADING.search(before) and phrase.start > clause.start,
        -phrase.weight,
        phrase.starts,
        phrase.start,
    )


def find_lines(
    lines: Iterable[bytes], *, report: Callable[[Problem], None] = lambda problem: None, file: str = "-"
) -> Iterator[str]:
    """JSON lines by the contract of `huiying commitment find`, in order; bad lines go to `report` with their number."""
    for number, line in enumerate(lines, 1):
        row = _row(line, Problem(file, f"第 {number} 行", "", EXAMPLE), report)
        if row is not None:
            found = find(row[1], replied_at=row[2])
            answer = {"id": row[0], "commitments": [one.as_json() for one in found]}
            yield json.dumps(answer, ensure_ascii=False)


def _row(line: bytes, place: Problem, report: Callable[[Problem], None]) -> tuple[Any, str, datetime] | None:
    line = line.removeprefix(b"\xef\xbb\xbf")
    if not line.strip():
        return None
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        report(_said(place, "不是有效的 JSON"))
        return None
    if not isinstance(row, dict) or "id" not in row:
        report(_said(place, "没有 id"))
        return None
    moment = read_moment(row.get("replied_at"))
    if not isinstance(row.get("reply"), str) or moment is None:
        report(_said(place, "缺少 reply，或者 replied_at 读不懂"))
        return None
    return row["id"], row["reply"], moment


def _said(place: Problem, message: str) -> Problem:
    return Problem(place.file, place.place, message, place.remedy)


MOMENT = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[T ]+(\d{1,2}):(\d{2})(?::(\d{2}))?)?")


def read_moment(text: object) -> datetime | None:
    """An ISO moment, or the forms of exports (2018/5/24 10:46:03); without a zone it is China's. None: unreadable."""
    if not isinstance(text, str):
        return None
    try:
        moment = datetime.fromisoformat(text.strip())
        return moment if moment.tzinfo else moment.replace(tzinfo=CHINA)
    except ValueError:
        match = MOMENT.match(text.strip())
    if not match:
        return None
    try:
        return datetime(*(int(part or 0) for part in match.groups()), tzinfo=CHINA)  # type: ignore[misc,arg-type] # six
    except ValueError:
        return None
