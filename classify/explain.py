"""Why a text got its label: the words in it that spoke for that label, with their share of the sum.

Only dictionary words of the model's list and cue words can be shown, never a run of characters as such, so a
personal name cannot appear as a reason (safeguard S3). A word's weight is the sum of what the characters,
character pairs and cue groups inside it added to the label's logit, above the average of all labels.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from classify.features import Ints, Lookup
from classify.folding import fold_word

if TYPE_CHECKING:
    from classify.model import Block, Model

TERMS = 6
_CANDIDATES = 24  # strongest places looked at in each text before overlapping ones are dropped


class Explainer:
    """Finds the words of a batch and adds up what each contributed."""

    def __init__(self, model: Model) -> None:
        """Only built when an explanation is asked for: labels alone do not need the word list."""
        self._model = model
        self._sizes = np.array([len(word) for word in model.words], dtype=np.int64)
        self._words = Lookup([fold_word(word, model.table) for word in model.words])
        self._cue_sizes = np.array([len(cue) for cue in model.describe["cues"]], dtype=np.int64)

    def terms(self, block: Block, chosen: Ints) -> list[tuple[tuple[str, float], ...]]:
        """For each text of the block the words that spoke for `chosen`, strongest first."""
        share = self._share(block, chosen)
        length = len(block.folded.codes)
        total = np.concatenate(([0.0], np.cumsum(_sums(block.grams.position, share, length))))
        leaving = _sums(block.grams.position[block.singles :], share[block.singles :], length)
        found = self._words.find(block.folded)
        position = np.concatenate([found.position, block.cues.position])
        size = np.concatenate([self._sizes[found.column], self._cue_sizes[block.cues.column]])
        doc = np.concatenate([found.doc, block.cues.doc])
        extra = np.concatenate([np.zeros(len(found.doc)), self._cue_shares(block, chosen)])
        # A character pair is counted where it starts: the one that starts at a span's last character leaves the span.
        weight = total[position + size] - total[position] - leaving[position + size - 1] + extra
        return self._pick(block, doc, position, size, weight)

    def _share(self, block: Block, chosen: Ints) -> NDArray[np.float64]:
        """What each gram occurrence added to its text's label."""
        each = np.zeros(len(self._model.idf))
        share = np.zeros(len(block.grams.position))
        occurrences = np.argsort(block.grams.doc, kind="stable")
        texts = np.arange(len(chosen) + 1)
        merged = np.searchsorted(block.doc, texts).tolist()
        single = np.searchsorted(block.grams.doc[occurrences], texts).tolist()
        for text, label in enumerate(chosen.tolist()):
            entries = slice(merged[text], merged[text + 1])
            places = occurrences[single[text] : single[text + 1]]
            column = block.column[entries]
            each[column] = block.value[entries] / block.times[entries] * self._model.weights[column, label]
            share[places] = each[block.grams.column[places]]
        return share

    def _cue_shares(self, block: Block, chosen: Ints) -> NDArray[np.float64]:
        """A concept's weight divided among its cues in the text, with half of each pair it takes part in."""
        model, cues = self._model, block.cues
        first = len(model.idf)
        concepts, pairs = len(model.describe["concepts"]), model.describe["pairs"]
        added = block.dense * model.weights[first:].T[chosen]
        own = added[:, :concepts].copy()
        for index, (_, left, right) in enumerate(pairs):
            half = added[:, concepts + index] / 2
            own[:, left] += half
            own[:, right] += half
        owner = model.cue_owner[cues.column]
        number = np.bincount(cues.doc.astype(np.int64) * concepts + owner, minlength=own.size).reshape(own.shape)
        shares: NDArray[np.float64] = own[cues.doc, owner] / number[cues.doc, owner]
        return shares

    def _pick(
        self, block: Block, doc: NDArray[np.int32], position: Ints, size: Ints, weight: NDArray[np.float64]
    ) -> list[tuple[tuple[str, float], ...]]:
        spoke = np.flatnonzero(weight > 0)
        order = spoke[np.lexsort((-size[spoke], position[spoke], -weight[spoke], doc[spoke]))]
        edges = np.searchsorted(doc[order], np.arange(len(block.folded.starts) + 1))
        return [
            _strongest(block, order[edges[row] : edges[row + 1]][:_CANDIDATES], position, size, weight)
            for row in range(len(block.folded.starts))
        ]


def _sums(position: Ints, share: NDArray[np.float64], length: int) -> NDArray[np.float64]:
    return np.bincount(position, share, minlength=length).astype(np.float64)  # integers where nothing was found


def _strongest(
    block: Block, order: Ints, position: Ints, size: Ints, weight: NDArray[np.float64]
) -> tuple[tuple[str, float], ...]:
    taken: set[int] = set()
    sums: dict[str, float] = {}
    columns = (position[order].tolist(), size[order].tolist(), weight[order].tolist())
    for start, length, value in zip(*columns, strict=True):
        span = range(start, start + length)
        if taken.isdisjoint(span):
            taken.update(span)
            word = block.folded.at(start, length)
            sums[word] = sums.get(word, 0.0) + value
    best = sorted(sums.items(), key=lambda item: (-item[1], item[0]))[:TERMS]
    return tuple((word, round(value, 3)) for word, value in best)
