"""How sure a prediction is: the score of the chosen label.

The softmax weighs the labels against each other. Whether a label applies at all, as the primary or a secondary one,
a second machine has learnt; a post of two labels may be torn between them and yet be sure to carry the first. So the
score rests on both: texts are ordered by how likely the label applies, and the score is calibrated to how often it is
the primary one.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

Reals = NDArray[np.float64]
Flags = NDArray[np.bool_]
_AHEAD = 1e-6


@dataclass(frozen=True, slots=True)
class Confidence:
    """A logistic curve over the log odds of the softmax and the margin of the second machine."""

    odds: float = 1.0
    margin: float = 0.0
    offset: float = 0.0

    def as_dict(self) -> dict[str, float]:
        """For a model's description."""
        return asdict(self)

    @classmethod
    def of(cls, description: Mapping[str, Any]) -> "Confidence":
        """What a model was given; the plain softmax for one made before there was anything else."""
        return cls(**description.get("confidence", {}))

    def scores(self, logits: NDArray[Any], margins: NDArray[Any]) -> Reals:
        """Rows that add up to 1 (text × label): the label of the highest logit gets its score, the rest shares in
        proportion what is left, but evens out so far that no other label comes before it."""
        rows, chosen = np.arange(len(logits)), logits.argmax(axis=1)
        power, odds = _against(logits)
        rest = np.maximum(power.sum(axis=1), np.finfo(np.float64).tiny)
        sure = self.odds * odds + self.margin * margins[rows, chosen] + self.offset
        labels = logits.shape[1]
        score = np.maximum(1 / (1 + np.exp(-sure)), 1 / labels + _AHEAD)
        others: Reals = power * ((1 - score) / rest)[:, None]
        most, even = others.max(axis=1), (1 - score) / (labels - 1)
        blend = np.clip((most - score + _AHEAD) / np.maximum(most - even, _AHEAD), 0, 1)[:, None]
        others = others * (1 - blend) + even[:, None] * blend
        others[rows, chosen] = score
        return others


def learn(logits: Reals, margins: Reals, primary: Flags, applies: Flags) -> Confidence:
    """The curve for texts the machines had not seen. `primary`, `applies` (text × label): which label is the main
    one, and which are the main or a secondary one."""
    rows, chosen = np.arange(len(logits)), logits.argmax(axis=1)
    signs = np.stack([_against(logits)[1], margins[rows, chosen]], axis=1)
    odds, margin, _ = _curve(signs, applies[rows, chosen])
    along = signs @ np.array([odds, margin])
    slope, offset = _curve(along[:, None], primary[rows, chosen])
    return Confidence(*(round(float(value), 3) for value in (slope * odds, slope * margin, offset)))


def _against(logits: NDArray[Any]) -> tuple[Reals, Reals]:
    """What speaks for every label but the highest, against 1 for that one, and the log odds of the highest."""
    power = np.exp((logits - logits.max(axis=1, keepdims=True)).astype(np.float64))
    power[np.arange(len(logits)), logits.argmax(axis=1)] = 0
    return power, -np.log(np.maximum(power.sum(axis=1), 1e-12))


def _curve(signs: Reals, right: Flags) -> list[float]:
    """Coefficients and offset of a logistic regression, held back too little to matter."""
    machine = import_module("sklearn.linear_model").LogisticRegression(C=100.0, tol=1e-8, max_iter=1000)
    if right.all() or not right.any():  # nothing to tell apart, as in a handful of examples
        return [1.0] + [0.0] * signs.shape[1]
    machine.fit(signs, right)
    return [*machine.coef_[0].tolist(), float(machine.intercept_[0])]
