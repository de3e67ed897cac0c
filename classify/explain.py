"""Why a text got its label: the words in it that spoke for that label, with their share of the sum.

Only dictionary words of the model's list and cue words can be shown, never a run of characters as such, so a
personal name cannot appear as a reason (safeguard S3). A word's weight is the sum of what the characters,
character pairs and cue groups inside it added to the label's logit, above the average of all labels.
"""

from __future__ import annotations

from dataclasses import dataclass
from operator import itemgetter
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from classify.features import Ints, Lookup
from classify.folding import fold_words

if TYPE_CHECKING:
    from classify.model import Block, Model

TERMS = 6
TYPICAL = (48.0, 160.0)
"""Euclidean length of the grams of a usual headline and a usual letter (medians of the annotated texts).

A text's grams are divided by it, cue groups are not: without it a word would seem to weigh by its characters only.
"""
LEAST = 0.02  # what added less to the logit is no reason
_CANDIDATES = 16  # strongest places looked at in each text before overlapping ones are dropped
_TOGETHER = 8  # texts whose contributions are spread at once: a table of them still fits the cache


class Explainer:
    """Finds the words of a batch and adds up what each contributed."""

    def __init__(self, model: Model) -> None:
        """Only built when an explanation is asked for: labels alone do not need the word list."""
        self._model = model
        folded = fold_words(model.words, model.table)
        longer = folded.take(np.flatnonzero(folded.sizes != 2))
        self._sizes = longer.sizes
        self._lookup = Lookup(longer)
        # Words of two characters are found already: each is a character pair with a slot of its own.
        self._pairs = folded.take(np.flatnonzero(folded.sizes == 2)).codes.reshape(-1, 2)
        self._pair_at = model.by_slot(self._pairs)

    def _words(self, block: Block) -> tuple[Ints, Ints]:
        """Position and length of every word in the block that may be shown."""
        columns, positions = block.grams.column[block.singles :], block.grams.position[block.singles :]
        pair = self._pair_at[columns]
        maybe = np.flatnonzero(pair >= 0)
        place, pair, codes = positions[maybe], pair[maybe], block.folded.codes
        same = (codes[place] == self._pairs[pair, 0]) & (codes[place + 1] == self._pairs[pair, 1])
        found = self._lookup.find(block.folded)
        sizes = np.concatenate([np.full(int(same.sum()), 2), self._sizes[found.column]])
        return np.concatenate([place[same], found.position]), sizes

    def terms(self, block: Block, chosen: Ints) -> list[tuple[tuple[str, float], ...]]:
        """For each text of the block the words that spoke for `chosen`, strongest first."""
        share = self._share(block, chosen)
        length = len(block.folded.codes)
        total = np.concatenate(([0.0], np.cumsum(_sums(block.grams.position, share, length))))
        leaving = _sums(block.grams.position[block.singles :], share[block.singles :], length)
        place, length_of = self._words(block)
        position = np.concatenate([place, block.cues.position])
        size = np.concatenate([length_of, self._model.cues.sizes[block.cues.column]])
        doc = block.folded.doc[position]
        extra = np.concatenate([np.zeros(len(place)), self._cue_shares(block, chosen)])
        # A character pair is counted where it starts: the one that starts at a span's last character leaves the span.
        weight = total[position + size] - total[position] - leaving[position + size - 1] + extra
        return self._pick(block, doc, position, size, weight)

    def _share(self, block: Block, chosen: Ints) -> NDArray[np.float32]:
        """What each gram occurrence added to its text's label."""
        width, grams, singles = len(self._model.idf), block.grams, block.singles
        _, rows, labels = self._model.halves.shape
        place = (block.expert[block.doc] * rows + block.column) * labels + chosen[block.doc]
        added = self._model.halves.ravel().take(place).astype(np.float32) * (block.value / block.times)
        each = np.zeros(_TOGETHER * width, dtype=np.float32)
        share = np.zeros(len(grams.column), dtype=np.float32)
        firsts = np.arange(0, len(chosen) + _TOGETHER, _TOGETHER)
        merged = np.searchsorted(block.doc, firsts).tolist()
        single = np.searchsorted(grams.doc[:singles], firsts).tolist()
        pair = (singles + np.searchsorted(grams.doc[singles:], firsts)).tolist()
        for turn, first in enumerate(firsts[:-1].tolist()):
            mine = slice(merged[turn], merged[turn + 1])
            each[(block.doc[mine] - first) * width + block.column[mine]] = added[mine]
            for edges in (single, pair):
                here = slice(edges[turn], edges[turn + 1])
                share[here] = each[(grams.doc[here] - first) * width + grams.column[here]]
        return share

    def _cue_shares(self, block: Block, chosen: Ints) -> NDArray[np.float64]:
        """A cue's part of what its group added, with half of each pair the group takes part in."""
        lexicon, cues = self._model.cues.lexicon, block.cues
        concepts, heads = len(lexicon.concepts), len(lexicon.heads)
        dense = self._model.halves[block.expert, len(self._model.idf) :, chosen]
        added = block.dense * dense
        anywhere = np.zeros((len(chosen), concepts + heads + 2))
        anywhere[:, :concepts] = added[:, :concepts]
        for index, (_, left, right) in enumerate(lexicon.pairs):
            half = added[:, 2 * concepts + heads + index] / 2
            anywhere[:, left] += half
            anywhere[:, right] += half
        title = np.zeros_like(anywhere)
        title[:, : concepts + heads] = added[:, concepts : 2 * concepts + heads]
        owner = self._model.cues.owner[cues.column]
        everywhere = np.ones(len(owner), dtype=bool)
        return _divided(anywhere, cues.doc, owner, everywhere) + _divided(title, cues.doc, owner, block.titled)

    def _pick(
        self, block: Block, doc: NDArray[np.int32], position: Ints, size: Ints, weight: NDArray[np.float64]
    ) -> list[tuple[tuple[str, float], ...]]:
        spoke = np.flatnonzero(weight > LEAST)
        order = spoke[np.lexsort((-size[spoke], position[spoke], -weight[spoke], doc[spoke]))]
        texts = len(block.folded.texts)
        rank = np.arange(len(order)) - np.searchsorted(doc[order], np.arange(texts))[doc[order]]
        first = rank < _CANDIDATES
        order, rank = order[first], rank[first]
        order = order[_apart(doc[order], rank, position[order], size[order], texts)]
        edges = np.searchsorted(doc[order], np.arange(texts + 1)).tolist()
        starts = position[order] - block.folded.starts[doc[order]]
        places = list(zip(starts.tolist(), (starts + size[order]).tolist(), weight[order].tolist(), strict=True))
        return [_strongest(text, places[edges[row] : edges[row + 1]]) for row, text in enumerate(block.folded.texts)]


@dataclass(frozen=True, slots=True)
class WordWeights:
    """What a word says, the other way round: by label, above the average of all, for headlines and for letters."""

    headline: dict[str, float]
    letter: dict[str, float]
    groups: tuple[str, ...]  # concepts of the lexicon the word belongs to
    shown: bool  # whether the word may stand among the reasons of a prediction


def weights_of(model: Model, word: str) -> WordWeights:
    """What one word adds to each label's logit in a text of usual length: characters, pairs and cue groups together."""
    block = model.block([word])
    first, lexicon = len(model.idf), model.cues.lexicon
    groups = [
        model.cues.owner[column] for column in block.cues.column[model.cues.sizes[block.cues.column] == len(word)]
    ]
    concepts = sorted({int(group) for group in groups if group < len(lexicon.concepts)})
    scale = model.describe["scale"]["concept"]
    found = []
    for kind in (0, 1):
        by_grams = model.idf[block.grams.column] @ model.weights[kind, block.grams.column] / TYPICAL[kind]
        by_groups = scale * model.weights[kind, [first + group for group in concepts]].sum(axis=0)
        found.append({code: round(float(x), 3) for code, x in zip(model.labels, by_grams + by_groups, strict=True)})
    names = tuple(lexicon.concepts[group] for group in concepts)
    return WordWeights(found[0], found[1], names, word in model.words or word in lexicon.cues)


def _divided(
    added: NDArray[np.float64], doc: NDArray[np.int32], owner: Ints, counted: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """What a group added to a text, divided equally among its counted cues there."""
    number = np.zeros(added.shape)
    np.add.at(number, (doc[counted], owner[counted]), 1)
    return np.where(counted, added[doc, owner] / np.maximum(number[doc, owner], 1), 0.0)


def _sums(position: Ints, share: NDArray[np.float32], length: int) -> NDArray[np.float64]:
    return np.bincount(position, share, minlength=length).astype(np.float64)  # integers where nothing was found


def _apart(doc: NDArray[np.int32], rank: Ints, position: Ints, size: Ints, texts: int) -> NDArray[np.bool_]:
    """Which places stay when, of overlapping ones in a text, only the one of the lower rank does."""
    start = np.zeros((texts, _CANDIDATES), dtype=np.int64)
    end = np.zeros_like(start)  # a rank that a text has no place for is empty and overlaps nothing
    start[doc, rank], end[doc, rank] = position, position + size
    overlap = (start[:, :, None] < end[:, None, :]) & (start[:, None, :] < end[:, :, None])
    stays = np.ones((texts, _CANDIDATES), dtype=bool)
    for later in range(1, _CANDIDATES):
        stays[:, later] = ~(overlap[:, later, :later] & stays[:, :later]).any(axis=1)
    return stays[doc, rank]


def _strongest(text: str, places: list[tuple[int, int, float]]) -> tuple[tuple[str, float], ...]:
    """The words at (start, end) of `text`, strongest first; a word that stands there twice counts once, in sum."""
    sums: dict[str, float] = {}
    for start, end, value in places:
        word = text[start:end]
        sums[word] = sums.get(word, 0.0) + value
    best = sorted(sums.items(), key=itemgetter(1), reverse=True)[:TERMS]
    return tuple([(word, round(value, 3)) for word, value in best])
