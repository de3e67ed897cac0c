"""Learn a model from examples with scikit-learn and write it as figures that numpy alone can use.

A support vector machine with balanced classes ranks the labels; a logistic regression over its cross-validated
margins turns them into probabilities and lets labels correct each other. Both are linear, so they are multiplied
into one layer.
Everything is seeded and rounded: the same examples give the same file, byte for byte.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classify.archive import Arrays, write_archive
from classify.examples import Example, digest
from classify.features import BITS, SHAPE, Floats, Ints, grams
from classify.folding import fold, fold_word, make_table
from classify.labels import Taxonomy
from classify.lexicon import Lexicon, load_lexicon
from classify.model import FORMAT, Model
from classify.words import cut, is_name, is_word


@dataclass(frozen=True, slots=True)
class Settings:
    """What was chosen by cross-validation on the training labels."""

    cost: float = 0.5  # C of the support vector machine
    least_texts: int = 2  # a gram must stand in so many texts
    least_words: int = 3  # a word must stand in so many texts to be shown as a reason
    concept_scale: float = 0.2
    shape_scale: float = 0.2
    folds: int = 5
    coverage: float = 0.8  # share of texts that should not need a person
    secondary_from: float = 0.25
    seed: int = 20211


@dataclass(frozen=True, slots=True)
class Trained:
    """What `train` made, ready to be written."""

    arrays: Arrays
    description: dict[str, Any]

    def model(self, version: str = "unsaved") -> Model:
        """The same as a usable model."""
        return Model(self.arrays, self.description, version)


def train(
    examples: Sequence[Example], taxonomy: Taxonomy, *, settings: Settings = Settings(), lexicon: Lexicon | None = None
) -> Trained:
    """A model of `taxonomy` from `examples`; ValueError if a label has fewer than `settings.folds` of them."""
    labels = taxonomy.codes
    target = np.array([labels.index(example.label) for example in examples], dtype=np.int64)
    short = [code for i, code in enumerate(labels) if np.count_nonzero(target == i) < settings.folds]
    if short:
        raise ValueError(f"每个标签至少要有 {settings.folds} 条样本，不够的是：{'、'.join(short)}")
    frame = _frame([example.text for example in examples], lexicon or load_lexicon(), settings)
    features = _features(frame, [example.text for example in examples])
    margins = _cross_margins(features, target, settings)
    own = np.array([example.origin != "corpus" for example in examples])
    calibration, intercept = _calibrate(margins, target, own, len(labels))
    machine = _machine(features, target, settings)
    weights = (machine.coef_.T @ calibration.T).astype(np.float64)
    bias = calibration @ machine.intercept_ + intercept
    weights -= weights.mean(axis=1, keepdims=True)
    arrays = dict(frame.arrays)
    arrays["weights"] = weights.astype(np.float16)
    arrays["bias"] = np.round(bias - bias.mean(), 4).astype(np.float32)
    arrays["offset"] = np.zeros(len(labels), np.float32)
    chance = _softmax(margins @ calibration.T + intercept)
    description = frame.description | {
        "labels": list(labels),
        "taxonomy": taxonomy.version,
        "examples": dict(sorted(Counter(e.origin for e in examples).items())),
        "digest": digest(examples),
        "secondary_from": settings.secondary_from,
        "review_below": round(float(np.quantile(chance[own].max(axis=1), 1 - settings.coverage)), 4),
    }
    return Trained(arrays, description)


def save(trained: Trained, path: Path) -> str:
    """Write the model file; returns its version (the beginning of its SHA-256)."""
    return write_archive(path, trained.arrays, trained.description)[:12]


@dataclass(frozen=True, slots=True)
class _Frame:
    """Everything of a model that is fixed before its weights: buckets, idf, words, cues."""

    arrays: Arrays
    description: dict[str, Any]


def _frame(texts: Sequence[str], lexicon: Lexicon, settings: Settings) -> _Frame:
    table = make_table()
    folded = fold(texts, table)
    times = np.zeros(1 << BITS, dtype=np.int64)
    for size in (1, 2):
        bucket, position = grams(folded, size)
        pairs = np.unique(folded.doc[position].astype(np.int64) << BITS | bucket.astype(np.int64))
        times += np.bincount(pairs & ((1 << BITS) - 1), minlength=1 << BITS)
    buckets = np.flatnonzero(times >= settings.least_texts)
    idf = np.log((1 + len(texts)) / (1 + times[buckets])) + 1
    arrays: Arrays = {"fold": table, "buckets": buckets.astype(np.uint32), "idf": idf.astype(np.float16)}
    cues = [cue for cue in lexicon.cues if len(fold_word(cue, table)) > 1]
    description = {
        "format": FORMAT,
        "lexicon": lexicon.version,
        "words": _words(texts, settings.least_words),
        "concepts": list(lexicon.concepts),
        "pairs": [list(pair) for pair in lexicon.pairs],
        "cues": cues,
        "cue_owner": list(lexicon.owner),
        "scale": {"concept": settings.concept_scale, "shape": settings.shape_scale},
    }
    return _Frame(arrays, description)


def _words(texts: Sequence[str], least: int) -> list[str]:
    """Words that may be shown as a reason: of jieba's own dictionary, no names of persons, in several texts."""
    seen = Counter(word for text in texts for word in set(cut(text)))
    return sorted(
        word
        for word, texts_with in seen.items()
        if texts_with >= least and len(word) > 1 and _chinese(word) and is_word(word) and not is_name(word)
    )


def _chinese(word: str) -> bool:
    return all("一" <= char <= "鿿" for char in word)


def _features(frame: _Frame, texts: Sequence[str]) -> Any:
    """The texts as a sparse matrix, made by the very code that inference uses."""
    sparse = import_module("scipy.sparse")  # slow to load, and only training needs it

    width = len(frame.arrays["idf"])
    depth = len(frame.description["concepts"]) + len(frame.description["pairs"]) + len(SHAPE)
    blank: Arrays = {
        "weights": np.zeros((width + depth, 1), np.float16),
        "bias": np.zeros(1, np.float32),
        "offset": np.zeros(1, np.float32),
    }
    described = {"labels": ["none"], "taxonomy": ""}
    block = Model(frame.arrays | blank, frame.description | described, "").block(texts)
    known = sparse.csr_matrix((block.value, (block.doc, block.column)), shape=(len(texts), width))
    return sparse.hstack([known, sparse.csr_matrix(block.dense)]).tocsr().astype(np.float64)


def _machine(features: Any, target: Ints, settings: Settings) -> Any:
    from sklearn.svm import LinearSVC

    machine = LinearSVC(C=settings.cost, class_weight="balanced", random_state=settings.seed, max_iter=5000)
    return machine.fit(features, target)


def _cross_margins(features: Any, target: Ints, settings: Settings) -> NDArray[np.float64]:
    """Margins of each example by a machine that did not see it."""
    from sklearn.model_selection import StratifiedKFold

    margins = np.zeros((len(target), int(target.max()) + 1))
    split = StratifiedKFold(settings.folds, shuffle=True, random_state=settings.seed)
    for seen, unseen in split.split(margins, target):
        margins[unseen] = _machine(features[seen], target[seen], settings).decision_function(features[unseen])
    return margins


def _calibrate(
    margins: NDArray[np.float64], target: Ints, own: NDArray[np.bool_], labels: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Matrix and intercept that turn margins into logits, learnt on real texts only where every label has some."""
    from sklearn.linear_model import LogisticRegression

    if len(set(target[own].tolist())) < labels:
        own = np.ones(len(target), dtype=bool)
    regression = LogisticRegression(C=1.0, max_iter=5000, tol=1e-8).fit(margins[own], target[own])
    return np.round(regression.coef_, 4), np.round(regression.intercept_, 4)


def _softmax(logits: NDArray[np.float64]) -> Floats:
    power = np.exp(logits - logits.max(axis=1, keepdims=True))
    chance: Floats = (power / power.sum(axis=1, keepdims=True)).astype(np.float32)
    return chance
