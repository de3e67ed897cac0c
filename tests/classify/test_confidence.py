"""The score of a prediction: rows that add up to one, a label that stays ahead, and an order worth its name."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from classify.confidence import Confidence, learn

FIGURES = arrays(np.float64, (5, 8), elements=st.floats(-40, 40, width=32))
CURVES = st.builds(Confidence, st.floats(0.1, 3), st.floats(0, 5), st.floats(-5, 5))


@given(FIGURES, FIGURES, CURVES)
def test_scores_add_up_and_the_label_of_the_highest_logit_stays_ahead(logits, margins, curve):
    scores = curve.scores(logits, margins)
    assert np.all((scores >= 0) & (scores <= 1))
    np.testing.assert_allclose(scores.sum(axis=1), 1)
    chosen = logits.argmax(axis=1)
    others = scores.copy()
    others[np.arange(5), chosen] = -1
    assert np.all(scores[np.arange(5), chosen] > others.max(axis=1))


@given(FIGURES, FIGURES)
def test_without_a_curve_of_its_own_a_model_gives_the_softmax(logits, margins):
    logits = logits / 4  # beyond that the softmax itself is 0 or 1
    power = np.exp(logits - logits.max(axis=1, keepdims=True))
    np.testing.assert_allclose(
        Confidence.of({}).scores(logits, margins), power / power.sum(axis=1, keepdims=True), atol=2e-5
    )


def test_a_margin_beyond_all_figures_is_still_a_score():
    assert Confidence().scores(np.array([[2_000.0, 0.0]]), np.zeros((1, 2))).tolist() == [[pytest.approx(1), 0]]


def test_of_two_texts_as_torn_the_one_whose_label_surely_applies_scores_higher():
    curve = Confidence(odds=0.5, margin=1.0, offset=0.0)
    logits = np.array([[2.0, 1.9, 0.0], [2.0, 1.9, 0.0]])
    margins = np.array([[1.0, 0.8, -2.0], [-0.9, 0.1, -2.0]])
    sure, doubtful = curve.scores(logits, margins).max(axis=1)
    assert sure > doubtful


def test_what_is_learnt_orders_by_whether_a_label_applies_and_is_calibrated_to_the_primary_one():
    rng = np.random.default_rng(4)
    logits = rng.normal(0, 4, (6_000, 8))
    margins = rng.normal(0, 1, (6_000, 8))
    rows, chosen = np.arange(6_000), logits.argmax(axis=1)
    applies_chance = 1 / (1 + np.exp(-2.5 * margins[rows, chosen] - 1))
    applies = np.zeros(logits.shape, dtype=bool)
    applies[rows, chosen] = rng.random(6_000) < applies_chance
    primary = applies & (rng.random(6_000) < 0.8)[:, None]  # in four of five it is the main label too
    curve = learn(logits, margins, primary, applies)
    score = curve.scores(logits, margins)[rows, chosen]
    best = np.argsort(-score)[:4_800]
    softmax = np.argsort(-Confidence().scores(logits, margins)[rows, chosen])[:4_800]
    assert applies[rows, chosen][best].mean() > applies[rows, chosen][softmax].mean() + 0.05
    assert abs(score.mean() - primary[rows, chosen].mean()) < 0.02


def test_examples_that_are_all_right_teach_the_softmax():
    logits = np.array([[2.0, 0.0], [0.0, 2.0]])
    right = logits > 1
    assert learn(logits, logits, right, right) == Confidence()
