"""Tag texts with the duties they raise: one linear layer over `features`, a score, and the words that decided.

Everything a prediction needs lies in one model file; numpy is the only library used here.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classify.archive import Arrays, ModelFileError, read_archive
from classify.confidence import Confidence
from classify.features import BITS, Floats, Hits, Ints, counts, grams, pair_buckets
from classify.folding import Codes, Folded, fold
from classify.labels import NONE
from classify.lexicon import Cues, Lexicon, is_short

FORMAT = 2
BATCH = 200
"""Texts handled at once: enough for numpy, little enough for the processor's cache."""
_FEW = 16  # up to so many texts are tagged sooner from the half floats of the file than after widening all of them
Halves = NDArray[np.float16]


@dataclass(frozen=True, slots=True)
class Tag:
    """What a text was judged to be, and why."""

    label: str
    score: float  # how sure: calibrated to how often `label` is right (classify/confidence.py)
    secondary: tuple[str, ...]
    scores: dict[str, float]  # by code, in order of decision; they add up to 1
    terms: tuple[tuple[str, float], ...]  # words of the text that spoke for `label`, strongest first
    model: str
    taxonomy: str
    review: bool  # too uncertain to be relied on: a person should look


@dataclass(frozen=True, slots=True)
class Block:
    """A batch as features: gram occurrences, merged gram counts with their values, cues and dense columns."""

    folded: Folded
    expert: NDArray[np.int64]  # 0: weighed as a headline, 1: as a letter
    grams: Hits
    singles: int  # so many of `grams` are single characters; the pairs follow
    doc: NDArray[np.int32]
    column: Ints
    value: Floats
    times: Floats
    cues: Hits
    titled: NDArray[np.bool_]  # which cues stand in a title
    dense: Floats


class Model:
    """A loaded model. `describe` is its JSON description."""

    def __init__(self, arrays: Arrays, description: dict[str, Any], version: str) -> None:
        """`version` is a name for the records: the beginning of the file's SHA-256."""
        if description.get("format") != FORMAT:
            raise ModelFileError("模型文件的格式与本程序不符；运行 huiying model reset 用回随附的模型")
        self.describe, self.version, self.arrays = description, version, arrays
        self.labels: tuple[str, ...] = tuple(description["labels"])
        self.taxonomy: str = description["taxonomy"]
        self.table: Codes = arrays["fold"]
        self.idf: Floats = arrays["idf"].astype(np.float32)
        self.bias: Floats = arrays["bias"].astype(np.float32)
        self.words: tuple[str, ...] = tuple(description["words"])
        self.cues = Cues(Lexicon.from_dict(description["lexicon"]), self.table, description["scale"])
        self._slot = np.full(1 << BITS, -1, dtype=np.int32)
        self._slot[arrays["buckets"]] = np.arange(len(arrays["buckets"]), dtype=np.int32)
        self._confidence = Confidence.of(description)
        # Without Chinese there is nothing to judge by: `none`, at a score low enough to be looked at.
        rest = 0.7 / max(len(self.labels) - 1, 1)
        self._without_chinese = np.array([0.3 if code == NONE else rest for code in self.labels])

    # --- features ---

    def block(self, texts: Sequence[str]) -> Block:
        """The features of a batch of texts."""
        folded = fold(texts, self.table)
        found = [self._known(folded, size) for size in (1, 2)]
        hits = Hits(*(np.concatenate(parts) for parts in zip(*found, strict=True)))
        doc, column, times = counts(hits.doc, hits.column, len(self.idf))
        value = (1 + np.log(times)) * self.idf[column]
        norm = np.sqrt(np.bincount(doc, value * value, minlength=len(texts)))
        value = (value / np.maximum(norm, 1e-9)[doc]).astype(np.float32)
        cues, titled, dense = self.cues.find(folded)
        return Block(
            folded,
            np.where(is_short(folded), 0, 1),
            grams=hits,
            singles=len(found[0][0]),
            doc=doc,
            column=column,
            value=value,
            times=times,
            cues=cues,
            titled=titled,
            dense=dense,
        )

    def _blocks(self, texts: Sequence[str]) -> Iterator[Block]:
        return (self.block(texts[start : start + BATCH]) for start in range(0, len(texts), BATCH))

    def _known(self, folded: Folded, size: int) -> tuple[NDArray[np.int32], Ints, Ints]:
        bucket, position = grams(folded, size)
        slot = self._slot[bucket]
        kept = np.flatnonzero(slot >= 0)
        return folded.doc[position[kept]], slot[kept].astype(np.int64), position[kept]

    # --- predictions ---

    def probabilities(self, texts: Sequence[str]) -> Floats:
        """One row a text, one column a label, rows adding up to 1."""
        parts = [np.zeros((0, len(self.labels)))]
        for block in self._blocks(texts):
            parts.append(self._scored(block, self._dot(block, *self._both(len(texts))))[0])
        return np.concatenate(parts).astype(np.float32)

    def logits(self, texts: Sequence[str]) -> Floats:
        """One row a text, one column a label: what the layer gives before it becomes a score."""
        parts = [np.zeros((0, len(self.labels)), np.float32)]
        for block in self._blocks(texts):
            logits = self._dot(block, self.weights) + self.bias
            logits[_unreadable(block)] = np.log(self._without_chinese)
            parts.append(logits)
        return np.concatenate(parts)

    def codes(self, texts: Sequence[str]) -> list[str]:
        """Only the labels: the bulk path, without scores and explanations."""
        return [self.labels[index] for index in self.logits(texts).argmax(axis=1)]

    def predict(self, texts: Sequence[str], *, explain: bool = True) -> list[Tag]:
        """One tag a text, in order. Without `explain` the terms stay empty, which is about twice as fast."""
        tags: list[Tag] = []
        for block in self._blocks(texts):
            chance, margins = self._scored(block, self._dot(block, *self._both(len(texts))))
            chosen: Ints = chance.argmax(axis=1)
            also = margins >= self.describe["also_from"]
            terms = self._explainer.terms(block, chosen) if explain else [()] * len(chosen)
            rows = zip(np.round(chance, 4).tolist(), chosen.tolist(), also.tolist(), terms, strict=True)
            tags += [self._tag(*row) for row in rows]
        return tags

    def views(self, texts: Sequence[str]) -> tuple[Ints, Ints]:
        """Index of the label for each text by its cue words and shape alone, and by its characters alone."""
        words, characters = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
        for block in self._blocks(texts):
            whole = self._dot(block, self.weights)
            by_words = self._dense_dot(block, self.weights)
            words.append((by_words + self.bias).argmax(axis=1))
            characters.append((whole - by_words + self.bias).argmax(axis=1))
        return np.concatenate(words), np.concatenate(characters)

    def _dense_dot(self, block: Block, *weights: Floats | Halves) -> Floats:
        out = np.empty((len(block.expert), sum(one.shape[2] for one in weights)), dtype=np.float32)
        for expert in (0, 1):
            mine = block.expert == expert
            out[mine] = block.dense[mine] @ _beside([one[expert, len(self.idf) :] for one in weights])
        return out

    def _dot(self, block: Block, *weights: Floats | Halves) -> Floats:
        """The features times each table of weights (expert × feature × label), the tables' labels side by side."""
        out = self._dense_dot(block, *weights)
        edges = np.searchsorted(block.doc, np.arange(len(out) + 1)).tolist()
        # Text by text: the rows of weights of one text fit the cache, those of a batch do not.
        for row, (expert, (start, end)) in enumerate(zip(block.expert.tolist(), pairwise(edges), strict=True)):
            columns = block.column[start:end]
            out[row] += block.value[start:end] @ _beside([one[expert].take(columns, axis=0) for one in weights])
        return out

    def _scored(self, block: Block, sums: Floats) -> tuple[NDArray[np.float64], Floats]:
        """Scores that add up to 1, and the margins by which each label applies at all."""
        logits, margins = np.split(sums, 2, axis=1)
        margins = margins + self.arrays["also_bias"]
        scores = self._confidence.scores(logits + self.bias, margins)
        scores[_unreadable(block)] = self._without_chinese
        return scores, margins

    def _tag(self, chance: list[float], chosen: int, also: list[bool], terms: tuple[tuple[str, float], ...]) -> Tag:
        score = chance[chosen]
        others = (code for index, code in enumerate(self.labels) if also[index] and index != chosen and code != NONE)
        return Tag(
            self.labels[chosen],
            score,
            secondary=tuple(others),
            scores=dict(zip(self.labels, chance, strict=True)),
            terms=terms,
            model=self.version,
            taxonomy=self.taxonomy,
            review=score < self.describe["review_below"],
        )

    @cached_property
    def weights(self) -> Floats:
        """Expert × feature × label."""
        return self.halves.astype(np.float32)

    @property
    def halves(self) -> Halves:
        """The same as it lies in the file."""
        return self.arrays["weights"]

    def _both(self, texts: int) -> tuple[Floats | Halves, ...]:
        """Weights of the primary and of the secondary labels, for many texts in one table that serves both."""
        return (self.halves, self.arrays["also"]) if texts <= _FEW else (self._widened,)

    @cached_property
    def _widened(self) -> Floats:
        return np.concatenate([self.halves, self.arrays["also"]], axis=2).astype(np.float32)

    @cached_property
    def _explainer(self) -> Any:
        from classify.explain import Explainer

        return Explainer(self)

    def known_pairs(self, texts: Sequence[str]) -> tuple[int, int]:
        """How many character pairs of `texts` the model has seen in training, and how many there are."""
        bucket, _ = grams(fold(texts, self.table), 2)
        return int(np.count_nonzero(self._slot[bucket] >= 0)), len(bucket)

    def by_slot(self, pairs: Codes) -> NDArray[np.int64]:
        """For each gram the model knows, the row of `pairs` (folded, two characters a row) with its bucket, or -1."""
        rows = np.full(len(self.idf), -1, dtype=np.int64)
        slot = self._slot[pair_buckets(pairs)]
        rows[slot[slot >= 0]] = np.flatnonzero(slot >= 0)
        return rows


def _unreadable(block: Block) -> NDArray[np.bool_]:
    """Which texts hold no Chinese at all."""
    chinese = (block.folded.codes >= 0x4E00) & (block.folded.codes <= 0x9FFF)
    return ~np.logical_or.reduceat(chinese, block.folded.starts)


def _beside(parts: list[Floats] | list[Halves] | list[Floats | Halves]) -> Floats:
    whole = parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1)
    return whole.astype(np.float32, copy=False)


def shipped() -> Path:
    """The model file that comes with the program."""
    return Path(__file__).with_name("data") / "model.npz"  # importlib.resources alone takes a twentieth of a cold start


def load(path: Path | None = None) -> Model:
    """The model at `path`, or the shipped one; raises `ModelFileError` with a Chinese message."""
    arrays, description, sha = read_archive(path or shipped())
    return Model(arrays, description, sha[:12])
