"""The office's own model: the shipped one, moved by what its analysts corrected.

The shipped weights rest on texts that do not travel with the program, so they are not learnt anew: a correction layer
is added to them. It is fitted to the corrected posts, held small, and held to the shipped model's answers on the
project's corpus, so that a dozen corrections of one kind cannot spoil the rest. `reset` goes back.
"""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classify.archive import Arrays, write_archive
from classify.examples import Example, corpus, digest
from classify.features import Ints
from classify.model import Model, load
from classify.tags import wording

FEWEST = 20
"""Fewer corrections than this teach nothing that could be measured."""

_STIFFNESS = 0.002  # how strongly the layer is held at nothing
_ANCHOR = 0.3  # what one anchor weighs against one corrected post
_ANCHORS = 2_000  # texts of the corpus whose answers hold the layer; more take longer and hold no better
_FOLDS = 5

Reals = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Retrained:
    """What a retraining did. Shares are of corrected posts judged right by a model that had not seen them."""

    version: str
    corrections: int
    before: float
    after: float

    def __str__(self) -> str:
        """One line for a terminal: better or not, and the way back."""
        verdict = "更好" if self.after > self.before else "没有更好，可用 huiying model reset 换回"
        return (
            f"用 {self.corrections} 条更正训练出模型 {self.version}：没见过的更正判对的比例 "
            f"{self.before:.1%} → {self.after:.1%}，{verdict}"
        )


class TooFewCorrections(Exception):
    """There is too little to learn from; the message is Chinese and says how much is missing."""


def model_file(folder: Path) -> Path:
    """Where a workspace keeps the office's model."""
    return folder / "model.npz"


def current(folder: Path | None) -> Model:
    """The office's model if `folder` holds one, else the shipped one. Raises `ModelFileError`."""
    if folder is not None and model_file(folder).exists():
        return load(model_file(folder))
    return load()


def reset(folder: Path) -> bool:
    """Go back to the shipped model; False if the office had none of its own."""
    if not model_file(folder).exists():
        return False
    model_file(folder).unlink()
    return True


def corrections(db: sqlite3.Connection) -> list[Example]:
    """The posts an analyst has judged, oldest first."""
    rows = db.execute(
        "SELECT posts.id, title, text, label FROM tags JOIN posts ON posts.id = tags.post_id "
        "WHERE corrected_at IS NOT NULL ORDER BY corrected_at, posts.id"
    )
    return [Example(row["id"], wording(row["title"], row["text"]), row["label"], origin="corrections") for row in rows]


def retrain(db: sqlite3.Connection, folder: Path) -> Retrained:
    """Learn from the corrections in posts.db and put the model into `folder`. Raises `TooFewCorrections`."""
    examples = corrections(db)
    if len(examples) < FEWEST:
        raise TooFewCorrections(
            f"已有 {len(examples)} 条人工标签，至少要 {FEWEST} 条才值得训练；用 huiying posts label 更正"
        )
    base = load()
    trainer = _Trainer(base, examples)
    before, after = trainer.held_out()
    arrays, description = trainer.model(np.arange(len(examples)))
    sha = write_archive(model_file(folder), arrays, description)
    return Retrained(sha[:12], len(examples), before, after)


class _Trainer:
    """Features of the corrections and of the corpus, made once; fits the layer for any part of the corrections."""

    def __init__(self, base: Model, examples: Sequence[Example]) -> None:
        self._base, self._examples = base, examples
        self._target = np.array([base.labels.index(example.label) for example in examples], dtype=np.int64)
        self._features = _matrix(base, [example.text for example in examples])
        self._logits = _logits(base, [example.text for example in examples])
        texts = [example.text for example in corpus()]
        anchors = texts[:: max(len(texts) // _ANCHORS, 1)]
        self._anchors, self._anchor_logits = _matrix(base, anchors), _logits(base, anchors)

    def held_out(self) -> tuple[float, float]:
        """Shares judged right before and after, each post by a layer that had not seen it."""
        fold = np.random.default_rng(len(self._target)).permutation(len(self._target)) % _FOLDS
        chosen = np.zeros(len(self._target), dtype=np.int64)
        for part in range(_FOLDS):
            columns, layer = self._fit(np.flatnonzero(fold != part))
            unseen = np.flatnonzero(fold == part)
            chosen[unseen] = (self._logits[unseen] + self._features[unseen][:, columns] @ layer).argmax(axis=1)
        right = [float(np.mean(guess == self._target)) for guess in (self._logits.argmax(axis=1), chosen)]
        return round(right[0], 4), round(right[1], 4)

    def model(self, rows: Ints) -> tuple[Arrays, dict[str, Any]]:
        """The base with the layer fitted to `rows` added, ready to be written."""
        columns, layer = self._fit(rows)
        # What is learnt of the labels' order counts for whether they apply at all as well, in that machine's units.
        added = {"weights": layer, "also": layer / self._base.describe["temperature"]}
        arrays = self._base.arrays | {name: _plus(self._base.arrays[name], columns, one) for name, one in added.items()}
        used = [self._examples[row] for row in rows.tolist()]
        about = {"base": self._base.version, "corrections": {"texts": len(used), "digest": digest(used)}}
        return arrays, self._base.describe | about

    def _fit(self, rows: Ints) -> tuple[Ints, Reals]:
        """Columns that occur in `rows`, and what to add to their weights."""
        minimize = import_module("scipy.optimize").minimize
        sparse = import_module("scipy.sparse")
        columns: Ints = np.unique(self._features[rows].indices).astype(np.int64)
        features = sparse.vstack([self._features[rows][:, columns], self._anchors[:, columns]]).tocsr()
        logits = np.concatenate([self._logits[rows], self._anchor_logits])
        wanted = np.concatenate([np.eye(logits.shape[1])[self._target[rows]], _softmax(self._anchor_logits)])
        weight = np.concatenate([np.ones(len(rows)), np.full(len(self._anchor_logits), _ANCHOR)])[:, None]

        def loss(flat: Reals) -> tuple[float, Reals]:
            layer = flat.reshape(len(columns), -1)
            chance = _softmax(logits + features @ layer)
            surprise = -(weight * wanted * np.log(chance + 1e-12)).sum()
            stiff = _STIFFNESS * len(rows)
            slope = features.T @ (weight * (chance - wanted)) + stiff * layer
            return float(surprise + stiff / 2 * (layer**2).sum()), np.asarray(slope).ravel()

        start = np.zeros(len(columns) * logits.shape[1])
        found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 60}).x
        return columns, found.reshape(len(columns), -1)


def _plus(halves: NDArray[np.float16], columns: Ints, layer: Reals) -> NDArray[np.float16]:
    sums = halves.astype(np.float32)
    sums[:, columns] += layer.astype(np.float32)
    return sums.astype(np.float16)


def _matrix(model: Model, texts: Sequence[str]) -> Any:
    sparse = import_module("scipy.sparse")
    block = model.block(texts)
    known = sparse.csr_matrix((block.value, (block.doc, block.column)), shape=(len(texts), len(model.idf)))
    return sparse.hstack([known, sparse.csr_matrix(block.dense)]).tocsr().astype(np.float64)


def _logits(model: Model, texts: Sequence[str]) -> Reals:
    return model.logits(texts).astype(np.float64)


def _softmax(logits: Reals) -> Reals:
    power = np.exp(logits - logits.max(axis=1, keepdims=True))
    chance: Reals = power / power.sum(axis=1, keepdims=True)
    return chance
