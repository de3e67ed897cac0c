"""Tag texts with the duties they raise: one linear layer over `features`, a softmax, and the words that decided.

Everything a prediction needs lies in one model file; numpy is the only library used here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classify.archive import Arrays, ModelFileError, read_archive
from classify.features import BITS, Floats, Hits, Ints, Lookup, counts, grams, shape
from classify.folding import Codes, Folded, fold, fold_word

FORMAT = 1
BATCH = 200
"""Texts handled at once by `predict`: enough for numpy, little enough for the processor's cache."""


@dataclass(frozen=True, slots=True)
class Tag:
    """What a text was judged to be, and why."""

    label: str
    score: float  # calibrated probability of `label`
    secondary: tuple[str, ...]
    scores: dict[str, float]  # by code, in order of decision; they add up to 1
    terms: tuple[tuple[str, float], ...]  # words of the text that spoke for `label`, strongest first
    model: str
    taxonomy: str
    review: bool  # too uncertain to be relied on: a person should look


@dataclass(frozen=True, slots=True)
class Block:
    """A batch as features: gram occurrences, merged gram counts with their values, and dense cue and shape columns."""

    folded: Folded
    grams: Hits
    singles: int  # so many of `grams` are single characters; the pairs follow
    doc: NDArray[np.int32]
    column: Ints
    value: Floats
    times: Floats
    cues: Hits
    dense: Floats


class Model:
    """A loaded model. `describe` is its JSON description."""

    def __init__(self, arrays: Arrays, description: dict[str, Any], version: str) -> None:
        """`version` is a name for the records: the beginning of the file's SHA-256."""
        if description.get("format") != FORMAT:
            raise ModelFileError("模型文件的格式与本程序不符；运行 huiying model reset 用回随附的模型")
        self.describe, self.version = description, version
        self.labels: tuple[str, ...] = tuple(description["labels"])
        self.taxonomy: str = description["taxonomy"]
        self.table: Codes = arrays["fold"]
        self.weights: Floats = arrays["weights"].astype(np.float32)
        self.bias: Floats = arrays["bias"].astype(np.float32)
        self.offset: Floats = arrays["offset"].astype(np.float32)
        self.idf: Floats = arrays["idf"].astype(np.float32)
        self.words: tuple[str, ...] = tuple(description["words"])
        self._slot = np.full(1 << BITS, -1, dtype=np.int32)
        self._slot[arrays["buckets"]] = np.arange(len(arrays["buckets"]), dtype=np.int32)
        self.cue_owner = np.array(description["cue_owner"], dtype=np.int64)
        self._cues = Lookup([fold_word(cue, self.table) for cue in description["cues"]])
        self._pairs = np.array([pair[1:] for pair in description["pairs"]], dtype=np.int64).reshape(-1, 2)
        self._concepts = len(description["concepts"])
        # Without Chinese there is nothing to judge by: `none`, at a score low enough to be looked at.
        self._unreadable = np.array(
            [0.3 if code == "none" else 0.7 / max(len(self.labels) - 1, 1) for code in self.labels]
        )

    # --- features -------------------------------------------------------------------------------------------------

    def block(self, texts: Sequence[str]) -> Block:
        """The features of a batch of texts."""
        folded = fold(texts, self.table)
        found = [self._known(folded, size) for size in (1, 2)]
        hits = Hits(*(np.concatenate(parts) for parts in zip(*found, strict=True)))
        doc, column, times = counts(hits.doc, hits.column, len(self.idf))
        value = (1 + np.log(times)) * self.idf[column]
        norm = np.sqrt(np.bincount(doc, value * value, minlength=len(texts)))
        value = (value / np.maximum(norm, 1e-9)[doc]).astype(np.float32)
        cues = self._cues.find(folded)
        return Block(folded, hits, len(found[0][0]), doc, column, value, times, cues, self._dense(folded, cues))

    def _known(self, folded: Folded, size: int) -> tuple[NDArray[np.int32], Ints, Ints]:
        bucket, position = grams(folded, size)
        slot = self._slot[bucket]
        kept = np.flatnonzero(slot >= 0)
        return folded.doc[position[kept]], slot[kept].astype(np.int64), position[kept]

    def _dense(self, folded: Folded, cues: Hits) -> Floats:
        concepts = np.zeros((len(folded.starts), self._concepts), dtype=np.float32)
        concepts[cues.doc, self.cue_owner[cues.column]] = 1
        pairs = concepts[:, self._pairs[:, 0]] * concepts[:, self._pairs[:, 1]]
        scale = self.describe["scale"]
        return np.hstack(
            [concepts * scale["concept"], pairs * scale["concept"], shape(folded) * np.float32(scale["shape"])]
        ).astype(np.float32)

    # --- predictions ----------------------------------------------------------------------------------------------

    def probabilities(self, texts: Sequence[str]) -> Floats:
        """One row a text, one column a label, rows adding up to 1."""
        parts = [self._chance(self.block(texts[start : start + BATCH])) for start in range(0, len(texts), BATCH)]
        return np.concatenate(parts) if parts else np.zeros((0, len(self.labels)), np.float32)

    def codes(self, texts: Sequence[str]) -> list[str]:
        """Only the labels: the bulk path, without explanations."""
        return [self.labels[index] for index in self.decide(self.probabilities(texts))]

    def predict(self, texts: Sequence[str]) -> list[Tag]:
        """One tag a text, in order."""
        tags: list[Tag] = []
        for start in range(0, len(texts), BATCH):
            block = self.block(texts[start : start + BATCH])
            chance = self._chance(block)
            chosen = self.decide(chance)
            tags += [
                self._tag(chance[row], int(chosen[row]), terms)
                for row, terms in enumerate(self._explainer.terms(block, chosen))
            ]
        return tags

    def decide(self, chance: Floats) -> Ints:
        """Index of the label for each row of probabilities; `offset` was set by cross-validation for the rare kinds."""
        best: Ints = np.argmax(np.log(np.maximum(chance, 1e-9)) + self.offset, axis=1)
        return best

    def _logits(self, block: Block) -> Floats:
        logits: Floats = block.dense @ self.weights[len(self.idf) :] + self.bias
        edges = np.searchsorted(block.doc, np.arange(len(logits) + 1)).tolist()
        for row, (start, end) in enumerate(pairwise(edges)):  # a text's rows of weights fit the cache, a batch's do not
            logits[row] += block.value[start:end] @ self.weights.take(block.column[start:end], axis=0)
        return logits

    def _chance(self, block: Block) -> Floats:
        logits = self._logits(block)
        power = np.exp(logits - logits.max(axis=1, keepdims=True))
        chance: Floats = (power / power.sum(axis=1, keepdims=True)).astype(np.float32)
        chance[~self._readable(block)] = self._unreadable
        return chance

    def _readable(self, block: Block) -> NDArray[np.bool_]:
        """Whether a text holds any Chinese."""
        chinese = (block.folded.codes >= 0x4E00) & (block.folded.codes <= 0x9FFF)
        return np.logical_or.reduceat(chinese, block.folded.starts)

    def _tag(self, chance: Floats, chosen: int, terms: tuple[tuple[str, float], ...]) -> Tag:
        score = float(chance[chosen])
        above = [
            code
            for index, code in enumerate(self.labels)
            if index != chosen and code != "none" and chance[index] >= self.describe["secondary_from"]
        ]
        scores = {code: round(float(p), 4) for code, p in zip(self.labels, chance, strict=True)}
        review = score < self.describe["review_below"]
        return Tag(
            self.labels[chosen], round(score, 4), tuple(above), scores, terms, self.version, self.taxonomy, review
        )

    @cached_property
    def _explainer(self) -> Any:
        from classify.explain import Explainer

        return Explainer(self)


def shipped() -> Path:
    """The model file that comes with the program."""
    return Path(str(files("classify").joinpath("data/model.npz")))


def load(path: Path | None = None) -> Model:
    """The model at `path`, or the shipped one; raises `ModelFileError` with a Chinese message."""
    arrays, description, sha = read_archive(path or shipped())
    return Model(arrays, description, sha[:12])
