"""The store against sqlite-utils' `insert_all` at the same schema: rows a second, a re-sweep, bytes a post, a purge."""

import random
import tempfile
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from time import process_time

from crawlers.clock import CHINA, stamp
from crawlers.posts import Post
from crawlers.store import index, open_posts, purge, save

_NOW = datetime(2026, 9, 16, 9, 30, tzinfo=CHINA)
_COUNT, _ROUNDS, _CHARACTERS = 60_000, 3, 310
_COMMON = "的一是不了在人有我他这中大来上国个到说们为子和你地出道也时年得就那要下以生会自着去之过家学对可里后小么心多天"


def _posts() -> list[Post]:
    """Posts of 310 characters on average, as real messages are; nothing in them is masked, so making them is cheap."""
    chance = random.Random(1)
    return [
        Post.make(
            b"key",
            source="市长信箱",
            locator=str(number),
            channel="mailbox",
            url=f"https://www.example.gov.cn/letters/2026/{number}.html",
            title="".join(chance.choices(_COMMON, k=18)),
            text="".join(chance.choices(_COMMON, k=chance.randint(60, 2 * _CHARACTERS - 60))),
            posted_at=_NOW - timedelta(minutes=number),
            fetched_at=_NOW,
        )
        for number in range(_COUNT)
    ]


def _seconds(work: Callable[[], object]) -> float:
    start = process_time()
    work()
    return process_time() - start


def _ours(folder: Path, posts: list[Post]) -> tuple[float, float]:
    db = open_posts(folder / "ours.db")
    fresh = _seconds(lambda: save(db, posts, now=_NOW))
    known = _seconds(lambda: save(db, posts, now=_NOW))
    db.close()
    return fresh, known


def _theirs(folder: Path, posts: list[Post]) -> float:
    """sqlite-utils as its manual shows it: the same tables and indexes, WAL, everything else as it comes."""
    import sqlite_utils

    from crawlers.schema import SET

    database = sqlite_utils.Database(folder / "theirs.db")
    database.enable_wal()
    SET.apply(database)
    rows = ({**post.as_json(), "digest": 1} for post in posts)
    seconds = _seconds(lambda: database.table("posts").insert_all(rows))
    database.close()
    return seconds


def _measured(posts: list[Post]) -> tuple[float, float, float]:
    with tempfile.TemporaryDirectory() as folder:
        return (*_ours(Path(folder), posts), _theirs(Path(folder), posts))


def _size_and_purge(posts: list[Post]) -> tuple[float, float, float]:
    """Bytes a post with its search index, seconds to purge half, share of the space given back."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "posts.db"
        db = open_posts(path)
        save(db, posts, now=_NOW)
        index(db)
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        size = path.stat().st_size
        db.execute("UPDATE posts SET fetched_at = ? WHERE seq % 2", [stamp(_NOW - timedelta(days=400))])
        seconds = _seconds(lambda: purge(db, now=_NOW))
        db.close()
        return size / len(posts), seconds, 1 - path.stat().st_size / size


def rows() -> list[tuple[str, float, str]]:
    """Best of three interleaved rounds for the speeds."""
    posts = _posts()
    best = [min(times) for times in zip(*(_measured(posts) for _ in range(_ROUNDS)), strict=True)]
    fresh, known, theirs = best
    size, seconds, freed = _size_and_purge(posts)
    return [
        ("入库", len(posts) / fresh, "条/CPU 秒"),
        ("入库 sqlite-utils insert_all", len(posts) / theirs, "条/CPU 秒"),
        ("入库倍数", theirs / fresh, "×"),
        ("重采已知", len(posts) / known, "条/CPU 秒"),
        (f"每百万条占用（平均 {_CHARACTERS} 字，含检索）", size, "MB"),
        ("清理一半所需", seconds, "CPU 秒"),
        ("清理一半还回空间", freed * 100, "%"),
    ]
