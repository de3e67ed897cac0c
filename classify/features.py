"""What the model sees of a text: character 1–2-grams, dictionary words, cue concepts and a few figures of its shape.

The same function makes features for training and for inference, with numpy alone. Words are looked up as runs of
characters instead of being segmented: segmentation alone would take longer than everything else together.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from classify.folding import Codes, Folded, Strings

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]

BITS = 18  # character n-grams are hashed into 2**18 buckets, of which the model keeps those it was trained on
_SALT = (np.uint32(0x9E3779B1), np.uint32(0x85EBCA77), np.uint32(0xC2B2AE3D))
KEYED = 4  # so many characters fit an exact 64-bit key


@dataclass(frozen=True, slots=True)
class Hits:
    """Feature occurrences: `column` of the block at array `position` in text `doc`."""

    doc: NDArray[np.int32]
    column: Ints
    position: Ints


def grams(folded: Folded, size: int) -> tuple[NDArray[np.uint32], Ints]:
    """Hash bucket and position of every character n-gram that touches neither white space nor a text's edge."""
    count = max(len(folded.codes) - size + 1, 0)
    parts = [folded.codes[offset : offset + count] for offset in range(size)]
    inside = np.ones(count, dtype=bool)
    for part in parts:
        inside &= part > 32
    position = np.flatnonzero(inside)
    return _buckets([part[position] for part in parts]), position


def pair_buckets(pairs: Codes) -> NDArray[np.uint32]:
    """Hash bucket of each row of two codes."""
    return _buckets([pairs[:, 0], pairs[:, 1]])


def _buckets(parts: list[Codes]) -> NDArray[np.uint32]:
    value = np.full(len(parts[0]), len(parts), dtype=np.uint32)
    for part, salt in zip(parts, _SALT, strict=False):  # one salt a place
        value = (value ^ part) * salt
        value ^= value >> np.uint32(15)
    return value >> np.uint32(32 - BITS)


def keys(codes: Codes, size: int) -> NDArray[np.uint64]:
    """The exact 64-bit key of the `size` ≤ 4 characters that start at each position."""
    wide = codes.astype(np.uint64)
    key = wide[: len(wide) - size + 1].copy()
    for offset in range(1, size):
        key = (key << np.uint64(16)) | wide[offset : len(wide) - size + 1 + offset]
    return key


class Lookup:
    """Finds a fixed list of folded strings in a batch; several may be alike or share a beginning."""

    def __init__(self, words: Strings) -> None:
        """The string at place i of `words` is found as column i; none may be empty."""
        self._words = words
        self._tables: dict[int, tuple[NDArray[np.uint64], Ints, NDArray[np.bool_]]] = {}
        keyed = np.minimum(words.sizes, KEYED)
        for size in sorted(set(keyed.tolist())):  # np.unique would load masked arrays, a twentieth of a cold start
            columns = np.flatnonzero(keyed == size)
            key = keys(words.codes, size)[words.starts[columns]]
            order = np.argsort(key, kind="stable")
            seen = np.zeros(1 << 16, dtype=bool)
            seen[_short(key)] = True
            self._tables[size] = (key[order], columns[order], seen)

    def find(self, folded: Folded) -> Hits:
        """Every occurrence, overlapping ones included, ordered by size and position."""
        positions, columns = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
        for size, (sorted_keys, table, seen) in self._tables.items():
            if len(folded.codes) < size:
                continue
            key = keys(folded.codes, size)
            maybe = np.flatnonzero(seen[_short(key)])
            left = np.searchsorted(sorted_keys, key[maybe], "left")
            count = np.searchsorted(sorted_keys, key[maybe], "right") - left
            positions.append(np.repeat(maybe, count))
            first = np.repeat(left - np.cumsum(count) + count, count)
            columns.append(table[first + np.arange(len(first))])
        position, column = np.concatenate(positions), np.concatenate(columns)
        kept = self._whole(folded.codes, position, column)
        return Hits(folded.doc[position[kept]], column[kept], position[kept])

    def _whole(self, codes: Codes, position: Ints, column: Ints) -> NDArray[np.bool_]:
        """Which finds agree in what a key does not hold: the characters after the fourth."""
        kept = np.ones(len(position), dtype=bool)
        for index in np.flatnonzero(self._words.sizes[column] > KEYED).tolist():
            first, size = self._words.starts[column[index]], self._words.sizes[column[index]]
            start, end = position[index] + KEYED, position[index] + size
            kept[index] = np.array_equal(codes[start:end], self._words.codes[first + KEYED : first + size])
        return kept


def _short(key: NDArray[np.uint64]) -> NDArray[np.uint64]:
    return (key * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(48)


def counts(doc: NDArray[np.int32], column: Ints, width: int) -> tuple[NDArray[np.int32], Ints, Floats]:
    """Occurrences merged: (doc, column, times), ordered by doc and column. `width` is above every column."""
    if not len(doc):
        return doc[:0], column[:0], np.zeros(0, np.float32)
    joint = doc.astype(np.int64) * width + column
    # Numbers of 32 bits sort about twice as fast, and a usual batch fits them.
    joint = np.sort(joint.astype(np.uint32) if joint.max() < 1 << 32 else joint).astype(np.int64)
    edge = np.flatnonzero(np.concatenate(([True], joint[1:] != joint[:-1])))
    times = np.diff(np.append(edge, len(joint))).astype(np.float32)
    unique = joint[edge]
    return (unique // width).astype(np.int32), unique % width, times


SHAPE = (
    "不足十五字",
    "十五至四十字",
    "四十一至一百字",
    "一百零一至三百字",
    "三百字以上",
    "问句",
    "两个以上问号",
    "感叹",
    "数字较多",
    "四句以上",
)
"""Names of the shape columns, as shown in an explanation."""


def shape(folded: Folded) -> NDArray[np.bool_]:
    """One row a text, one column a name of `SHAPE`."""
    codes = folded.codes
    length = lengths(folded)
    questions = per_text(folded, (codes == ord("?")) | (codes == ord("吗")))
    rows = np.zeros((len(length), len(SHAPE)), dtype=bool)
    rows[np.arange(len(length)), np.searchsorted([15, 41, 101, 301], length, "right")] = True
    rows[:, 5] = questions > 0
    rows[:, 6] = questions > 2
    rows[:, 7] = per_text(folded, codes == ord("!")) > 0
    rows[:, 8] = per_text(folded, codes == ord("0")) * 12 > length
    rows[:, 9] = per_text(folded, codes == ord("。")) > 3
    return rows


def lengths(folded: Folded) -> Ints:
    """How many characters of each text are not white space."""
    return per_text(folded, folded.codes > 32)


def per_text(folded: Folded, mask: NDArray[np.bool_]) -> Ints:
    """How many positions of each text `mask` holds at."""
    if not len(folded.starts):
        return np.zeros(0, np.int64)
    count: Ints = np.add.reduceat(mask, folded.starts, dtype=np.int64)
    return count


TITLE, OPENING = 60, 45


def title_ends(folded: Folded) -> Ints:
    """Array position where each text's title ends: after the first sentence of a letter, else after 45 characters."""
    codes = folded.codes
    stops = np.flatnonzero((codes == ord("。")) | (codes == ord("!")) | (codes == ord("?")))
    doc = folded.doc[stops]
    near = stops - folded.starts[doc] < TITLE
    stops, doc = stops[near], doc[near]
    ends = folded.starts + OPENING
    first = np.full(len(folded.starts), np.iinfo(np.int64).max)
    np.minimum.at(first, doc, stops + 1)
    long = np.diff(np.append(folded.starts, len(folded.codes))) > TITLE + 1
    return np.where(long & (first < np.iinfo(np.int64).max), first, ends)
