"""A reply as clauses and sentences with their places, numbering stripped: what commitments are found in."""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

CUES = Path(__file__).with_name("cues.toml")
CLAUSE = re.compile(r"[^，,。；;！!？?\n：:]+[，,。；;！!？?\n：:]*")
TRAILING = "，,。；;！!？?\n：: 　"
SENTENCE_END = ("。", "！", "!", "？", "?", "；", ";", "\n", "")


@dataclass(frozen=True, slots=True)
class Clause:
    """text[start:end] without numbering and closing mark; `sentence` counts sentences from 0."""

    start: int
    end: int
    text: str
    closing: str  # the mark that closes it, "" at the end of the text
    sentence: int
    numbered: bool  # whether 1、 or 一是 stood before it


@cache
def cues() -> dict[str, Any]:
    """The tables of `cues.toml`, read once."""
    return tomllib.loads(CUES.read_text("utf-8"))


def clauses(text: str) -> list[Clause]:
    """The clauses of `text` in order; a space never ends one, a line end always does."""
    marks = re.compile(cues()["strip"]["marks"])
    found: list[Clause] = []
    sentence = 0
    for match in CLAUSE.finditer(text):
        whole = match.group()
        body = whole.rstrip(TRAILING)
        start = match.start() + len(whole) - len(whole.lstrip())
        end = match.start() + len(body)
        closing = whole[len(body) :].strip(" 　")[:1]
        mark = marks.match(text, start, end) if start < end else None
        begin = mark.end() if mark else start
        if begin < end:
            found.append(Clause(begin, end, text[begin:end], closing, sentence, bool(mark)))
        if closing in SENTENCE_END:
            sentence += 1
    return found
