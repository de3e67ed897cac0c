"""Figures and floors: computed as the textbooks do, and not to be lowered by accident."""

import numpy as np
import pytest

from classify.evaluate import as_dict, below_floor, evaluate, judge, set_floors
from classify.examples import Example

LABELS = ("policy", "emergency", "none")


def example(n, label, *secondary):
    return Example(str(n), f"第{n}条", label, secondary)


def report(truth, chosen, score=0.9):
    """Figures of predictions given by label."""
    rows = np.full((len(chosen), 3), (1 - score) / 2, np.float32)
    index = np.array([LABELS.index(code) for code in chosen])
    rows[np.arange(len(chosen)), index] = score
    return judge(truth, rows, index, labels=LABELS)


FOUR = [example(1, "policy", "emergency"), example(2, "policy"), example(3, "emergency"), example(4, "none")]


def test_figures_by_hand():
    figures = report(FOUR, ["emergency", "policy", "emergency", "none"])
    assert figures.labels["policy"].recall == 0.5
    assert figures.labels["emergency"].precision == 0.5
    assert figures.labels["none"].f1 == 1
    assert figures.macro_f1 == pytest.approx((2 / 3 + 2 / 3 + 1) / 3, abs=1e-4)
    assert (figures.accuracy, figures.accepted) == (0.75, 1.0)
    assert figures.confusion["policy"] == {"policy": 1, "emergency": 1, "none": 0}
    assert figures.ece == pytest.approx(0.15, abs=1e-4)


def test_a_label_nobody_carries_does_not_count():
    assert report(FOUR[:2], ["policy", "policy"]).macro_f1 == 1


def test_coverage_keeps_the_surest():
    truth = [example(n, "none") for n in range(10)]
    rows = np.zeros((10, 3), np.float32)
    rows[:, 2] = np.linspace(0.95, 0.5, 10)
    chosen = np.full(10, 2)
    chosen[8:] = 0
    rows[8:, 0] = 0.3
    figures = judge(truth, rows, chosen, labels=LABELS)
    assert (figures.coverage["80"], figures.coverage["100"]) == (1.0, 0.8)


def test_figures_without_examples_are_refused():
    with pytest.raises(ValueError, match="没有可供评测"):
        judge([], np.zeros((0, 3), np.float32), np.zeros(0, np.int64), labels=LABELS)


@pytest.fixture
def floors(tmp_path):
    data = tmp_path / "dev.jsonl"
    data.write_text("one", encoding="utf-8")
    return tmp_path / "floors.json", data


GOOD = ["policy", "policy", "emergency", "none"]
BAD = ["none", "none", "emergency", "none"]


def test_floors_hold_and_do_not_sink_without_a_reason(floors):
    path, data = floors
    set_floors(report(FOUR, GOOD), path, name="dev", data=data)
    assert below_floor(report(FOUR, GOOD), path, name="dev", data=data) == []
    assert any("macro_f1" in line for line in below_floor(report(FOUR, BAD), path, name="dev", data=data))
    with pytest.raises(ValueError, match="请写明理由"):
        set_floors(report(FOUR, BAD), path, name="dev", data=data)
    set_floors(report(FOUR, BAD), path, name="dev", data=data, reason="换了标注口径")
    assert "换了标注口径" in path.read_text(encoding="utf-8")


def test_a_floor_that_is_still_reached_does_not_sink_by_the_slack(floors):
    path, data = floors
    set_floors(report(FOUR, GOOD), path, name="dev", data=data, slack=0.0)
    pinned = path.read_text(encoding="utf-8")
    set_floors(report(FOUR, GOOD), path, name="dev", data=data, slack=0.1)
    assert path.read_text(encoding="utf-8") == pinned


def test_floors_of_other_data_are_not_compared(floors):
    path, data = floors
    set_floors(report(FOUR, GOOD), path, name="dev", data=data)
    data.write_text("two", encoding="utf-8")
    assert any("数据变了" in line for line in below_floor(report(FOUR, GOOD), path, name="dev", data=data))
    assert below_floor(report(FOUR, GOOD), path, name="test", data=data) == ["floors.json 没有 test 的底线"]


def test_a_badly_calibrated_model_breaks_the_ceiling(floors):
    path, data = floors
    set_floors(report(FOUR, GOOD, score=0.95), path, name="dev", data=data)
    assert any("ece" in line for line in below_floor(report(FOUR, GOOD, score=0.5), path, name="dev", data=data))


def test_the_shipped_model_is_evaluated_whole(model):
    figures = evaluate(model, [example(1, "none"), example(2, "policy")])
    assert figures.model == model.version
    assert set(as_dict(figures)["confusion"]) == set(model.labels)
