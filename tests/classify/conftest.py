"""Shared by the tests of this room: the shipped model, and where the annotated data would lie."""

import os
from pathlib import Path

import pytest

from classify.model import Model, load


@pytest.fixture(scope="session")
def model() -> Model:
    """The model that ships."""
    return load()


@pytest.fixture(scope="session")
def data() -> Path:
    """The annotated data beside the repository; tests that need it skip without it."""
    place = Path(os.environ.get("HUIYING_DATA") or Path(__file__).parents[2].parent / "shared" / "data")
    if not (place / "labels" / "train.jsonl").exists():
        pytest.skip(f"needs the annotated data ({place.name}/labels), which is not part of the project")
    return place
