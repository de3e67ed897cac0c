"""Candidate commitments in a reply: runs of clauses of one sentence, described by the cues they carry.

A run is described by what its first and last clause say, what all of it says, what joins its parts, and what stands
beside it. The description is the same when the weights are learnt and when they are used.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache

from ledger.promises.clauses import Clause, clauses, cues
from ledger.timing.deadlines import Deadline, deadlines_in
from ledger.timing.phrases import Phrase

RECENT = timedelta(days=61)  # a day of the last two months named in an answer is that day, not next year's
LONGEST = 6  # clauses; longer promises are found in parts
INTENT = frozenset({"will", "plan", "aim"})
CORE = INTENT | {"hasten", "next", "future", "vague", "pledge", "after"}
ACTORS = frozenset({"actor", "self", "office"})
TURNS = frozenset(
    {"will", "future", "actor", "self", "office", "after", "if", "begins", "goal", "purpose", "soft", "plan", "aim"}
    | {"next", "past", "hasten", "you", "effect", "list"}
)
TIME = re.compile(r"[\d年月日周底末初旬季度节快早时近即届天期后前内]")
Features = dict[str, float]


@dataclass(frozen=True, slots=True)
class Reading:
    """A reply cut into clauses, with the cues of each and the deadline wordings of all."""

    text: str
    clauses: list[Clause]
    marks: list[frozenset[str]]
    terms: list[list[str]]  # what each clause says: its cues, their pairs, its common words
    deadlines: list[tuple[Phrase, Deadline]]
    today: date  # when it was answered


def read(text: str, replied_at: datetime) -> Reading:
    """`text` with everything that its features need; `replied_at` tells past dates from future ones."""
    parts = clauses(text)
    found = deadlines_in(text, anchor=replied_at) if TIME.search(text) else []
    marks = [_marks(part, _inside(part, found), replied_at.date()) for part in parts]
    terms = [_terms(part, mark) for part, mark in zip(parts, marks, strict=True)]
    return Reading(text, parts, marks, terms, found, replied_at.date())


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((name, re.compile(pattern)) for name, pattern in cues()["cue"].items())


@cache
def _pairs() -> tuple[tuple[str, str, str], ...]:
    return tuple((pair, *pair.split()) for pair in cues()["pair"]["both"])


def _inside(part: Clause, found: list[tuple[Phrase, Deadline]]) -> list[Deadline]:
    return [deadline for phrase, deadline in found if part.start <= phrase.start and phrase.end <= part.end + 1]


def meant(deadline: Deadline, today: date) -> date | None:
    """The day that an answer of `today` means by a wording without a year: one just gone by, or the next."""
    if deadline.passed and today - deadline.passed <= RECENT:
        return deadline.passed
    return deadline.due_date


def _marks(part: Clause, deadlines: list[Deadline], today: date) -> frozenset[str]:
    marks = {name for name, pattern in _patterns() if pattern.search(part.text)}
    if part.numbered:
        marks.add("numbered")
    for deadline in deadlines:
        if day := meant(deadline, today):
            marks.add("future" if day >= today else "bygone")
        elif deadline.kind in {"none", "recurring"}:
            marks.add("vague")
    if "future" not in marks and re.search(r"\d{4}年", part.text):
        marks.add("year")
    return frozenset(marks)


def runs(reading: Reading) -> Iterator[tuple[int, int]]:
    """Every run of at most `LONGEST` clauses within a sentence, as first and last index."""
    parts = reading.clauses
    for first in range(len(parts)):
        for last in range(first, min(len(parts), first + LONGEST)):
            if parts[last].sentence != parts[first].sentence:
                break
            yield first, last


@cache
def _words() -> re.Pattern[str]:
    return re.compile("|".join(sorted(map(re.escape, cues()["word"]["common"]), key=len, reverse=True)))


def _terms(part: Clause, marks: frozenset[str]) -> list[str]:
    """What one clause says: its cues, the pairs that mean more together, its words; "bare" if it has no core."""
    pairs = (pair for pair, one, other in _pairs() if one in marks and other in marks)
    words = {f"“{word}”" for word in _words().findall(part.text)}
    return [*marks, *pairs, *words, *(() if marks & CORE else ("bare",))]


def features(reading: Reading, first: int, last: int) -> Features:
    """The run [first, last] as weighted names."""
    terms = reading.terms
    size = last - first + 1
    out: Features = {f"size {min(size, 5)}": 1.0}
    for name in terms[first]:
        out[f"first {name}"] = 1.0
    for name in terms[last]:
        out[f"last {name}"] = 1.0
    share = size**-0.5
    for index in range(first, last + 1):
        for name in terms[index]:
            out[f"all {name}"] = out.get(f"all {name}", 0.0) + share
    _joints(out, reading, first, last)
    _surroundings(out, reading, first, last)
    length = reading.clauses[last].end - reading.clauses[first].start
    out[f"length {min(6, length // 10)}"] = 1.0
    out[f"place {4 * first // len(reading.clauses)}"] = 1.0
    return out


def _joints(out: Features, reading: Reading, first: int, last: int) -> None:
    marks = reading.marks
    for index in range(first, last):
        left, right = marks[index], marks[index + 1]
        for name in right:
            out[f"inner {name}"] = 1.0
        for name in right & TURNS:
            out[f"turn {name}"] = out.get(f"turn {name}", 0.0) + 1.0
        if "future" in left and "future" in right:
            out["two dates"] = out.get("two dates", 0.0) + 1.0
        if left & INTENT and right & INTENT:
            out["two wills"] = out.get("two wills", 0.0) + 1.0
        if left & INTENT and right & ACTORS:
            out["new actor"] = out.get("new actor", 0.0) + 1.0


def _surroundings(out: Features, reading: Reading, first: int, last: int) -> None:
    parts, marks = reading.clauses, reading.marks
    before = first > 0 and parts[first - 1].sentence == parts[first].sentence
    after = last + 1 < len(parts) and parts[last + 1].sentence == parts[last].sentence
    out["opens" if not before else "continues"] = 1.0
    out["closes" if not after else "goes on"] = 1.0
    if first > 0:
        for name in marks[first - 1]:
            out[f"{'before' if before else 'previous'} {name}"] = 1.0
    if last + 1 < len(parts):
        for name in marks[last + 1]:
            out[f"{'after' if after else 'following'} {name}"] = 1.0
        if after:
            for name in marks[last] & marks[last + 1] & {"will", "plan", "aim", "soft", "hard", "future"}:
                out[f"cut {name}"] = 1.0
    index = first - 1
    while index >= 0 and parts[index].sentence == parts[first].sentence:
        for name in marks[index]:
            out[f"earlier {name}"] = 1.0
        index -= 1
