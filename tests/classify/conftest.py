"""Shared by the tests of this room: the shipped model, and where the annotated data would lie."""

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from sqlite3 import Connection

import pytest

from classify.model import Model, load
from crawlers.posts import Post
from crawlers.store import open_posts

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)


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


@pytest.fixture
def now() -> datetime:
    """The moment all stories of this room happen at."""
    return NOW


@pytest.fixture
def post() -> Callable[..., Post]:
    """Makes a post of a public mailbox: post(number, title, text, at=NOW)."""

    def make(number: int, title: str, text: str, at: datetime = NOW) -> Post:
        values = {"title": title, "text": text, "posted_at": at, "fetched_at": at}
        return Post.make(b"k" * 32, source="信箱", locator=str(number), channel="mailbox", url="", **values)

    return make


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Connection]:
    """An empty posts.db on disk."""
    opened = open_posts(tmp_path / "posts.db")
    yield opened
    opened.close()
