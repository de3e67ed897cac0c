"""The shipped model keeps its floors on annotated texts that it has never seen."""

import json
from pathlib import Path

import pytest

from classify.evaluate import below_floor, evaluate
from classify.examples import read_examples

FLOORS = Path(__file__).parents[2] / "classify" / "data" / "floors.json"


@pytest.mark.data
def test_the_shipped_model_is_above_its_floors(model, data):
    dev = data / "labels" / "dev.jsonl"
    report = evaluate(model, read_examples(dev, origin="dev"))
    assert below_floor(report, FLOORS, name="dev", data=dev) == []


def test_the_floors_say_on_which_data_they_were_measured():
    for entry in json.loads(FLOORS.read_text(encoding="utf-8"))["sets"].values():
        assert len(entry["digest"]) == 16
        assert 0 < entry["macro_f1"] < entry["accepted"] < entry["accepted_at_80"] < 1
