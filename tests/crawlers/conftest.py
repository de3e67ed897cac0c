"""What the tests of this room share: a key, a moment, a store, a post."""

import os
import sqlite3
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from crawlers.clock import CHINA
from crawlers.posts import Post
from crawlers.store import open_posts


@pytest.fixture
def key() -> bytes:
    """A workspace key."""
    return bytes(range(32))


@pytest.fixture
def now() -> datetime:
    """A fixed moment: a Wednesday morning."""
    return datetime(2026, 9, 16, 9, 30, tzinfo=CHINA)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """An empty posts.db on disk."""
    db = open_posts(tmp_path / "posts.db")
    yield db
    db.close()


@pytest.fixture
def make_post(key: bytes, now: datetime) -> Callable[..., Post]:
    """A post with sensible values, any of them replaceable."""

    def make(**values: Any) -> Post:
        defaults: dict[str, Any] = {
            "source": "市长信箱",
            "channel": "mailbox",
            "locator": str(values.get("title", "")) + str(values.get("text", "")),
            "url": "https://www.example.gov.cn/letter/1",
            "title": "路灯不亮",
            "text": "滨河路的路灯坏了半个月，晚上看不清路。",
            "posted_at": now,
            "fetched_at": now,
        }
        return Post.make(key, **(defaults | values))

    return make


@pytest.fixture
def shared_data() -> Path:
    """The development data beside the repository; skips where it is missing."""
    default = Path(__file__).parents[2].parent / "shared" / "data"
    path = Path(os.environ.get("HUIYING_DATA", default))
    if not path.is_dir():
        pytest.skip(f"development data not found at {path} (set HUIYING_DATA)")
    return path
