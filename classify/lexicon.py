"""The cue words of the codebook (`data/lexicon.toml`), grouped by meaning, and the features that are made of them.

A group ("concept") is one feature whatever word of it stands in a text, and a second one where it stands in the
title; two groups together may be a third. A few words count in titles only, and two lists tell one family's matter
from that of many.
"""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classify.features import SHAPE, Floats, Hits, Ints, Lookup, lengths, shape, title_ends
from classify.folding import Codes, Folded, fold_words

COUNTS = (
    "没有个人称谓",
    "只有个人称谓",
    "个人称谓多于众人称谓",
    "个人称谓远多于众人称谓",
    "众人称谓远多于个人称谓",
    "只有众人称谓",
    "个人称谓次数",
    "众人称谓次数",
    "标题含问号",
)
SHORT = 45  # characters; headlines and one-liners are weighed apart from letters


@dataclass(frozen=True, slots=True)
class Lexicon:
    """`cues[i]` belongs to group `owner[i]`: the concepts, then one group a title word, then individual, collective."""

    version: str
    concepts: tuple[str, ...]
    pairs: tuple[tuple[str, int, int], ...]
    heads: tuple[str, ...]
    cues: tuple[str, ...]
    owner: tuple[int, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """One name a dense feature, in the order of the columns of `Cues.find`."""
        titled = tuple(f"标题：{name}" for name in self.concepts)
        heads = tuple(f"标题含「{word}」" for word in self.heads)
        return self.concepts + titled + heads + tuple(name for name, _, _ in self.pairs) + COUNTS + SHAPE

    def as_dict(self) -> dict[str, Any]:
        """For a model's description."""
        return asdict(self)

    @classmethod
    def from_dict(cls, table: dict[str, Any]) -> "Lexicon":
        """The lexicon a model was trained with, which may be older than the shipped one."""
        pairs = tuple((name, left, right) for name, left, right in table["pairs"])
        lists = {key: tuple(table[key]) for key in ("concepts", "heads", "cues", "owner")}
        return cls(version=table["version"], pairs=pairs, **lists)


def load_lexicon() -> Lexicon:
    """The shipped lexicon; ValueError if a pair names no concept."""
    import tomllib  # only training reads the table: a model carries its own

    table = tomllib.loads((Path(__file__).with_name("data") / "lexicon.toml").read_text(encoding="utf-8"))
    concepts, heads = tuple(table["concept"]), tuple(table["title"]["words"])
    groups = [*table["concept"].values(), *([word] for word in heads), *table["count"].values()]
    found = [(cue, place) for place, cues in enumerate(groups) for cue in dict.fromkeys(cues)]
    pairs = tuple((name, concepts.index(a), concepts.index(b)) for name, (a, b) in table["pair"].items())
    return Lexicon(table["version"], concepts, pairs, heads, tuple(c for c, _ in found), tuple(p for _, p in found))


class Cues:
    """Finds the cues of a batch and makes the dense features of them."""

    def __init__(self, lexicon: Lexicon, table: Codes, scale: dict[str, float]) -> None:
        """`scale` weighs concepts, title features, counts and shape against the grams."""
        self.lexicon, self._scale = lexicon, scale
        self.owner: Ints = np.array(lexicon.owner, dtype=np.int64)
        self.sizes: Ints = np.array([len(cue) for cue in lexicon.cues], dtype=np.int64)
        self._lookup = Lookup(fold_words(lexicon.cues, table))
        self._pairs = np.array([pair[1:] for pair in lexicon.pairs], dtype=np.int64).reshape(-1, 2)

    def find(self, folded: Folded) -> tuple[Hits, NDArray[np.bool_], Floats]:
        """Every cue, whether it stands in its text's title, and the dense features: a column a name of `names`."""
        hits, ends = self._lookup.find(folded), title_ends(folded)
        titled: NDArray[np.bool_] = hits.position < ends[hits.doc]
        return hits, titled, self._dense(folded, hits, titled, ends)

    def _dense(self, folded: Folded, hits: Hits, titled: NDArray[np.bool_], ends: Ints) -> Floats:
        texts, scale = len(folded.starts), self._scale
        concepts, heads = len(self.lexicon.concepts), len(self.lexicon.heads)
        owner = self.owner[hits.column]
        times = np.zeros((texts, concepts + heads + 2), dtype=np.int64)
        np.add.at(times, (hits.doc, owner), 1)
        title = np.zeros((texts, concepts + heads), dtype=bool)
        at_top = np.flatnonzero(titled & (owner < concepts + heads))
        title[hits.doc[at_top], owner[at_top]] = True
        anywhere = times[:, :concepts] > 0
        pairs = anywhere[:, self._pairs[:, 0]] & anywhere[:, self._pairs[:, 1]]
        parts = [
            anywhere * scale["concept"],
            title * scale["title"],
            pairs * scale["concept"],
            _counts(folded, ends, times[:, -2], times[:, -1]) * scale["title"],
            shape(folded) * scale["shape"],
        ]
        return np.hstack(parts).astype(np.float32)


def _counts(folded: Folded, ends: Ints, one: Ints, many: Ints) -> Floats:
    asked = np.flatnonzero(folded.codes == ord("?"))
    top = np.zeros(len(one), dtype=bool)
    top[folded.doc[asked[asked < ends[folded.doc[asked]]]]] = True
    columns = (
        one == 0,
        (one > 0) & (many == 0),
        one > many,
        (one > 2 * many) & (one > 2),
        (many > 3 * one) & (many > 2),
        (many > 0) & (one == 0),
        np.log1p(one) / 3,
        np.log1p(many) / 3,
        top,
    )
    return np.stack(columns, axis=1).astype(np.float32)


def is_short(folded: Folded) -> NDArray[np.bool_]:
    """Which texts are weighed as headlines."""
    return lengths(folded) < SHORT
