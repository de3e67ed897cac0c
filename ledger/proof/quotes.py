"""Find a quotation in a page's text: word for word, nearly, or not at all. Pure.

Whitespace never counts, since pages break lines where they like. "Nearly" (similarity at least 0.92) is only a hint:
a person has to write down why the difference does not matter.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

NEAR = 0.92
SHORTEST = 6  # characters without whitespace; a shorter quotation occurs by chance
_SEED = 3
_CONTEXT = 32
_CANDIDATES = 5
_INVISIBLE = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]")
# What differs at every visit: counters of readers, today's date in the page head, the visitor's font size switch.
_VOLATILE = re.compile(
    r"(?:浏览|点击|阅读|访问|查看)(?:次数|量|数|人数)?[:]?\s*\d[\d,]*\s*次?|已有\s*\d+\s*人(?:浏览|阅读|访问)"
    r"|今天是[:]?\s*\d{4}年\d{1,2}月\d{1,2}日(?:\s*星期[一二三四五六日天])?|(?:字体|字号)[:]?\s*\[?\s*大\s*中\s*小\s*\]?"
)


@dataclass(frozen=True, slots=True)
class FoundQuote:
    """Where a quotation stands: `text[start:end]` of the normalised page text. Similarity in per mille."""

    kind: Literal["exact", "near", "absent"]
    start: int = -1
    end: int = -1
    similarity: int = 0
    occurrences: int = 0  # of an exact quotation

    @property
    def needs_note(self) -> bool:
        """Whether a person must explain before this may be relied on."""
        return self.kind == "near" or self.occurrences > 1


def normalised(text: str) -> str:
    """NFKC, invisible characters and volatile counters dropped, every run of whitespace one space."""
    folded = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))
    return " ".join(_VOLATILE.sub("", " ".join(folded.split())).split())


def find_quote(text: str, quote: str) -> FoundQuote:
    """Look for `quote` in `text`, the normalised text of a page (see `page_text.normalised`)."""
    sought = _squeezed(normalised(quote))[0]
    if len(sought) < SHORTEST:
        return FoundQuote("absent")
    hay, places = _squeezed(text)
    at = hay.find(sought)
    if at >= 0:
        count = hay.count(sought)
        return FoundQuote("exact", places[at], places[at + len(sought) - 1] + 1, 1000, count)
    best = max((_aligned(hay, sought, window) for window in _windows(hay, sought)), default=(0.0, 0, 0))
    similarity, start, end = best
    per_mille = int(similarity * 1000)
    if similarity < NEAR or end <= start:
        return FoundQuote("absent", similarity=per_mille)
    return FoundQuote("near", places[start], places[end - 1] + 1, per_mille)


def selector(text: str, found: FoundQuote) -> tuple[str, str, str]:
    """Exact words, prefix and suffix: the parts of a W3C TextQuoteSelector."""
    if found.kind == "absent":
        raise ValueError("an absent quotation has no place")
    exact = text[found.start : found.end]
    return exact, text[max(0, found.start - _CONTEXT) : found.start], text[found.end : found.end + _CONTEXT]


def _squeezed(text: str) -> tuple[str, list[int]]:
    """`text` without whitespace, and where each of its characters stood."""
    places = [place for place, character in enumerate(text) if not character.isspace()]
    return "".join(text[place] for place in places), places


def _windows(hay: str, sought: str) -> Iterator[tuple[int, int]]:
    """Stretches worth aligning: those that most three-character pieces of the quotation point to."""
    votes: Counter[int] = Counter()
    slack = max(4, len(sought) // 8)
    where: dict[str, list[int]] = {}
    for place in range(len(hay) - _SEED + 1):
        where.setdefault(hay[place : place + _SEED], []).append(place)
    for offset in range(len(sought) - _SEED + 1):
        for place in where.get(sought[offset : offset + _SEED], ())[:200]:
            votes[(place - offset) // slack] += 1
    for bucket, _ in votes.most_common(_CANDIDATES):
        start = bucket * slack
        yield max(0, start - slack), min(len(hay), start + len(sought) + 2 * slack)


def _aligned(hay: str, sought: str, window: tuple[int, int]) -> tuple[float, int, int]:
    """Similarity and place of the stretch with the fewest edits (Sellers: an edit distance free at both ends)."""
    low, high = window
    row = [(0, low + column) for column in range(high - low + 1)]  # (edits so far, where the stretch begins)
    for number, character in enumerate(sought, 1):
        before, row = row, [(number, low)]
        for column in range(1, high - low + 1):
            edits, begin = before[column - 1]
            swap = (edits + (hay[low + column - 1] != character), begin)
            drop = (before[column][0] + 1, before[column][1])
            add = (row[-1][0] + 1, row[-1][1])
            row.append(min(swap, drop, add))
    edits, column = min((cell[0], column) for column, cell in enumerate(row))
    return 1 - edits / len(sought), row[column][1], low + column
