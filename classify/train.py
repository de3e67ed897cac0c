"""Learn a model from examples with scikit-learn and write it as figures that numpy alone can use.

Two linear support vector machines share their features: one ranks the primary labels, one finds every label that
applies, secondary ones included; the margins of both are added to choose the label. Features count three times: for
all texts, for headlines only, for letters only, so that each kind can correct the common weights. A letter from life
is learnt from three times: whole, its first half, and its opening sentence alone, in which its writer says what it is
about. One temperature, learnt on cross-validated margins, turns margins into log odds. All of it is linear, so it is
multiplied into one layer. How sure the result is, `confidence` learns from the same margins. Everything is seeded and
rounded: the same examples give the same file, byte for byte.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classify.archive import Arrays, write_archive
from classify.confidence import learn
from classify.evaluate import judge
from classify.examples import Example, digest
from classify.features import BITS, Ints, grams
from classify.folding import Codes, fold, make_table
from classify.labels import NONE, Taxonomy
from classify.lexicon import Lexicon, load_lexicon
from classify.model import FORMAT, Model
from classify.words import cut, is_name, is_word
from crawlers.names import COMPOUND

Reals = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Settings:
    """What was chosen by cross-validation on the training labels (docs/classifier.md has the figures)."""

    cost: float = 0.4  # C of the support vector machines
    least_texts: int = 3  # a gram must stand in so many texts
    least_words: int = 4  # a word must stand in so many texts to be shown as a reason
    word_weight: float = 1.8  # a character pair that is a dictionary word counts so much more than any other
    own_weight: float = 1.2  # of a kind's own copy of a feature against the common one
    balance: float = 0.4  # 0: labels as frequent as they are, 1: all alike
    also_share: float = 1.0  # of the second machine's margin in the first's
    also_weight: float = 0.6  # of an example's secondary label against its primary one
    written: float = 0.25  # of a text written for this project against one from life
    scarce: int = 60  # … unless it is a letter and life gave fewer letters of its label than this
    opening: float = 0.8  # of a letter's opening sentence against the whole letter
    half: float = 0.5  # of a letter's first half against the whole letter
    also_from: float = -0.3  # a secondary label is given from this margin on
    concept_scale: float = 0.2
    title_scale: float = 0.14
    shape_scale: float = 0.2
    folds: int = 5
    coverage: float = 0.8  # share of texts that should not need a person
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
    number = Counter(example.label for example in examples)
    short = [code for code in taxonomy.codes if number[code] < settings.folds]
    if short:
        raise ValueError(f"每个标签至少要有 {settings.folds} 条样本，不够的是：{'、'.join(short)}")
    texts = [example.text for example in examples]
    frame = _frame(texts, lexicon or load_lexicon(), settings)
    features, expert = _features(frame, texts)
    real = np.array([example.origin != "corpus" for example in examples])
    targets = _targets(examples, taxonomy.codes, real, expert, settings)
    wide = _tripled(features, expert, settings.own_weight)
    letters = np.flatnonzero(real & (expert == 1)).tolist()
    parts = [
        [(row, match[0]) for row in letters if (match := OPENING.match(texts[row]))],
        [(row, half) for row in letters if (half := first_half(texts[row]))],
    ]
    lessons = _lessons(frame, wide, targets, parts, settings)
    margins, also = _cross_margins(lessons, len(texts), settings)
    # The project's own texts are cleaner than life: probabilities are learnt on annotated ones, where there are any.
    real = real if len(set(targets.primary[real].tolist())) == len(taxonomy.codes) else np.ones(len(texts), dtype=bool)
    temperature, shift = _temperature(margins[real], targets.primary[real])
    layer = _layer(lessons.features, lessons.targets, settings)
    arrays = frame.arrays | _arrays(layer, temperature, shift, settings)
    logits, also, judged = margins[real] * temperature + shift, also[real], targets.take(np.flatnonzero(real))
    main = np.eye(len(taxonomy.codes), dtype=bool)[judged.primary]
    confidence = learn(logits, also, main, main | judged.also)
    chance = confidence.scores(logits, also)
    unseen = judge(
        [one for one, kept in zip(examples, real, strict=True) if kept],
        chance.astype(np.float32),
        chance.argmax(axis=1),
        labels=taxonomy.codes,
    )
    description = frame.description | {
        "labels": list(taxonomy.codes),
        "taxonomy": taxonomy.version,
        "examples": dict(sorted(Counter(example.origin for example in examples).items())),
        "digest": digest(examples),
        "also_from": settings.also_from,
        "temperature": temperature,
        "confidence": confidence.as_dict(),
        "review_below": round(float(np.quantile(chance.max(axis=1), 1 - settings.coverage)), 3),
        "cross_validated": unseen.figures() | {"accuracy": unseen.accuracy, "texts": unseen.texts},
    }
    return Trained(arrays, description)


def save(trained: Trained, path: Path) -> str:
    """Write the model file; returns its version (the beginning of its SHA-256)."""
    return write_archive(path, trained.arrays, trained.description)[:12]


# --- what is fixed before the weights ---


@dataclass(frozen=True, slots=True)
class _Frame:
    """Buckets, idf, words, cues: all of a model but its weights."""

    arrays: Arrays
    description: dict[str, Any]


def _frame(texts: Sequence[str], lexicon: Lexicon, settings: Settings) -> _Frame:
    table = make_table()
    folded = fold(texts, table)
    times = np.zeros(1 << BITS, dtype=np.int64)
    for size in (1, 2):
        bucket, position = grams(folded, size)
        once = np.unique(folded.doc[position].astype(np.int64) << BITS | bucket.astype(np.int64))
        times += np.bincount(once & ((1 << BITS) - 1), minlength=1 << BITS)
    seen = Counter(word for text in texts for word in set(cut(text)))
    words = [word for word in sorted(seen) if _is_shown(word)]
    buckets = np.flatnonzero(times >= settings.least_texts)
    idf = np.log((1 + len(texts)) / (1 + times[buckets])) + 1
    idf[np.isin(buckets, _pair_buckets(words, table))] *= settings.word_weight
    scale = {"concept": settings.concept_scale, "title": settings.title_scale, "shape": settings.shape_scale}
    return _Frame(
        {"fold": table, "buckets": buckets.astype(np.uint32), "idf": idf.astype(np.float16)},
        {
            "format": FORMAT,
            "lexicon": lexicon.as_dict(),
            "words": [word for word in words if seen[word] >= settings.least_words],
            "scale": scale,
        },
    )


def _is_shown(word: str) -> bool:
    """Whether a word may get into the file: Chinese, of jieba's own dictionary, not the name of a person (S3)."""
    chinese = len(word) > 1 and all("一" <= char <= "鿿" for char in word)
    return chinese and is_word(word) and not is_name(word) and word[:2] not in COMPOUND


def _pair_buckets(words: Sequence[str], table: Codes) -> NDArray[np.uint32]:
    return np.unique(grams(fold([word for word in words if len(word) == 2], table), 2)[0])


def _features(frame: _Frame, texts: Sequence[str]) -> tuple[Any, NDArray[np.int64]]:
    """The texts as a sparse matrix and the kind each is weighed as, made by the very code that inference uses."""
    sparse = import_module("scipy.sparse")  # slow to load, and only training needs it
    width = len(frame.arrays["idf"])
    blank: Arrays = {"weights": np.zeros((2, 1, 1), np.float16), "bias": np.zeros(1, np.float32)}
    model = Model(frame.arrays | blank, frame.description | {"labels": [NONE], "taxonomy": ""}, "")
    block = model.block(texts)
    known = sparse.csr_matrix((block.value, (block.doc, block.column)), shape=(len(texts), width))
    return sparse.hstack([known, sparse.csr_matrix(block.dense)]).tocsr().astype(np.float64), block.expert


def _tripled(features: Any, expert: NDArray[np.int64], weight: float) -> Any:
    sparse = import_module("scipy.sparse")
    own = [sparse.diags(weight * (expert == kind)) @ features for kind in (0, 1)]
    return sparse.hstack([features, *own]).tocsr()


# --- weights ---


@dataclass(frozen=True, slots=True)
class Targets:
    """Labels and weights of a row each."""

    primary: Ints
    also: NDArray[np.bool_]  # example × label: secondary labels
    weight: Reals

    def take(self, rows: Ints) -> "Targets":
        return Targets(self.primary[rows], self.also[rows], self.weight[rows])


def _targets(
    examples: Sequence[Example],
    labels: Sequence[str],
    real: NDArray[np.bool_],
    expert: NDArray[np.int64],
    settings: Settings,
) -> Targets:
    primary = np.array([labels.index(example.label) for example in examples], dtype=np.int64)
    also = np.array([[code in example.secondary for code in labels] for example in examples], dtype=bool)
    # Hardly anybody writes to a message board that the house is on fire: what such a letter is like, only texts
    # written for this project tell.
    from_life = np.bincount(primary[real & (expert == 1)], minlength=len(labels))
    rare = (expert == 1) & (from_life[primary] < settings.scarce)
    weight = np.where(real | rare, 1.0, settings.written)
    return Targets(primary, also.reshape(len(examples), len(labels)), weight)


@dataclass(frozen=True, slots=True)
class Lessons:
    """What the machines see: the texts, then parts of the letters among them."""

    features: Any
    targets: Targets
    owner: Ints  # the text that each row is or belongs to

    def of(self, texts: Ints) -> tuple[Any, Targets]:
        """The lessons of some of the texts: a part is never learnt from without its letter."""
        rows: Ints = np.flatnonzero(np.isin(self.owner, texts))
        return self.features[rows], self.targets.take(rows)


OPENING = re.compile(r".{12,}?(?:[。！？!?；;]|\s)(?=\s*\S.{12})", re.DOTALL)
"""The first sentence or line of a text that goes on after it."""
_SENTENCE = re.compile(r"[^。！？!?；;\n]+[。！？!?；;\n]*")


def first_half(text: str) -> str:
    """The first half of a text's sentences, at least two; "" if there are fewer than three that say anything."""
    sentences = [one for one in _SENTENCE.findall(text) if len(one.strip()) >= 8]
    return "".join(sentences[: max(len(sentences) // 2, 2)]) if len(sentences) > 2 else ""


def _lessons(
    frame: _Frame, wide: Any, targets: Targets, parts: Sequence[Sequence[tuple[int, str]]], settings: Settings
) -> Lessons:
    """`parts`: openings and first halves with the rows of their letters; they are weighed as letters however short."""
    owner: Ints = np.array([row for part in parts for row, _ in part], dtype=np.int64)
    every: Ints = np.arange(wide.shape[0])
    if not len(owner):
        return Lessons(wide, targets, every)
    sparse = import_module("scipy.sparse")
    features, _ = _features(frame, [text for part in parts for _, text in part])
    added = _tripled(features, np.ones(len(owner), dtype=np.int64), settings.own_weight)
    own, share = targets.take(owner), np.repeat([settings.opening, settings.half], list(map(len, parts)))
    all_ = Targets(
        np.concatenate([targets.primary, own.primary]),
        np.concatenate([targets.also, own.also]),
        np.concatenate([targets.weight, own.weight * share]),
    )
    return Lessons(sparse.vstack([wide, added]).tocsr(), all_, np.concatenate([every, owner]))


@dataclass(frozen=True, slots=True)
class _Layer:
    """Weights (feature × label) and biases of both machines."""

    primary: Reals
    primary_bias: Reals
    also: Reals
    also_bias: Reals

    def margins(self, features: Any, share: float) -> tuple[Reals, Reals]:
        """Of the primary labels, with their share of the second machine's, and of the second machine."""
        also = np.asarray(features @ self.also + self.also_bias)
        return np.asarray(features @ self.primary + self.primary_bias) + share * also, also


def _layer(features: Any, targets: Targets, settings: Settings) -> _Layer:
    from sklearn.svm import LinearSVC

    labels = targets.also.shape[1]
    machine = {"C": settings.cost, "random_state": settings.seed, "max_iter": 5000}
    number = np.bincount(targets.primary, minlength=labels)
    rarity = (len(targets.primary) / labels / np.maximum(number, 1)) ** settings.balance
    counts = targets.weight * rarity[targets.primary]
    first = LinearSVC(**machine).fit(features, targets.primary, sample_weight=counts)
    found = []
    for label in range(labels):
        main, also = targets.primary == label, targets.also[:, label]
        weight = np.where(main, rarity[label], np.where(also, settings.also_weight, 1.0))
        found.append(LinearSVC(**machine).fit(features, main | also, sample_weight=targets.weight * weight))
    return _Layer(
        first.coef_.T,
        first.intercept_,
        np.concatenate([one.coef_ for one in found]).T,
        np.concatenate([one.intercept_ for one in found]),
    )


def _cross_margins(lessons: Lessons, texts: int, settings: Settings) -> tuple[Reals, Reals]:
    """Both margins of each text by machines that saw neither it nor a part of it."""
    from sklearn.model_selection import StratifiedKFold

    margins = np.zeros((texts, lessons.targets.also.shape[1]))
    also = np.zeros_like(margins)
    split = StratifiedKFold(settings.folds, shuffle=True, random_state=settings.seed)
    for seen, unseen in split.split(margins, lessons.targets.primary[:texts]):
        layer = _layer(*lessons.of(seen), settings)
        margins[unseen], also[unseen] = layer.margins(lessons.features[unseen], settings.also_share)
    return margins, also


def _temperature(margins: Reals, primary: Ints) -> tuple[float, Reals]:
    """Factor and small shifts (held near zero) that make the softmax of the margins as likely as can be."""
    minimize = import_module("scipy.optimize").minimize

    def loss(parameters: Reals) -> tuple[float, Reals]:
        chance = _chance(margins * parameters[0] + parameters[1:])
        rows = np.arange(len(primary))
        surprise = -np.log(chance[rows, primary] + 1e-12).mean() + 0.5 * (parameters[1:] ** 2).sum()
        slope = chance.copy()
        slope[rows, primary] -= 1
        slope /= len(primary)
        return surprise, np.concatenate(([(slope * margins).sum()], slope.sum(axis=0) + parameters[1:]))

    start = np.concatenate(([2.0], np.zeros(margins.shape[1])))
    found = minimize(loss, start, jac=True, method="L-BFGS-B").x
    return round(float(found[0]), 3), np.round(found[1:], 3)


def _chance(logits: Reals) -> Reals:
    power = np.exp(logits - logits.max(axis=1, keepdims=True))
    chance: Reals = power / power.sum(axis=1, keepdims=True)
    return chance


def _arrays(layer: _Layer, temperature: float, shift: Reals, settings: Settings) -> Arrays:
    """The layer as the model file holds it: one matrix a kind of text, temperature multiplied in."""
    primary = temperature * (layer.primary + settings.also_share * layer.also)
    bias = temperature * (layer.primary_bias + settings.also_share * layer.also_bias) + shift
    # A constant added to all labels changes no probability; without it a weight says what speaks for a label.
    primary -= primary.mean(axis=1, keepdims=True)
    return {
        "weights": _by_kind(primary, settings.own_weight).astype(np.float16),
        "bias": np.round(bias - bias.mean(), 3).astype(np.float32),
        "also": _by_kind(layer.also, settings.own_weight).astype(np.float16),
        "also_bias": np.round(layer.also_bias, 3).astype(np.float32),
    }


def _by_kind(weights: Reals, own: float) -> Reals:
    common, *kinds = np.split(weights, 3)
    return np.stack([common + own * kind for kind in kinds])
