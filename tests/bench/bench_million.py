"""A million posts really stored, indexed and searched; minutes and 2 GB of disk, so only with HUIYING_SOAK=1.

Texts are drawn character by character by how frequent Chinese characters are, 343 on average with a long tail, as real
messages are; they hold nothing that a mask would change, so rows are made without masking a million times.
"""

import os
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from importlib.resources import files
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np

from crawlers.clock import CHINA, stamp
from crawlers.posts import Post, fingerprint, post_id
from crawlers.search import index, search
from crawlers.store import open_posts, purge, save

NOW = datetime(2026, 9, 16, 9, 30, tzinfo=CHINA)
COUNT, BATCH, KEY = 1_000_000, 50_000, bytes(32)


def rows() -> list[tuple[str, float, str]]:
    """(name, value, unit) of every figure; nothing without HUIYING_SOAK=1."""
    if not os.environ.get("HUIYING_SOAK"):
        return []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "posts.db"
        db = open_posts(path)
        saving, first = 0.0, list[Post]()
        for batch in batches():
            saving += seconds(lambda batch=batch: save(db, batch, now=NOW))
            first = first or batch
        known = seconds(lambda: save(db, first, now=NOW))
        indexing = seconds(lambda: index(db))
        size = packed(db, path)
        words = [post.text[start : start + 2] for post in first[:20] for start in (10,)]
        found = [seconds(lambda word=word: search(db, word)) for word in words]
        daily = seconds(lambda: purge(db, now=NOW, keep_days=198))
        half = seconds(lambda: purge(db, now=NOW, keep_days=100))
        left = packed(db, path)
        db.close()
    return [
        ("一百万条入库", COUNT / saving, "条/秒"),
        ("再采已知", BATCH / known, "条/秒"),
        ("建检索", COUNT / indexing, "条/秒"),
        ("占用，含检索", size / 1e9, "GB"),
        ("两字词前 20 条，中位", median(found) * 1000, "毫秒"),
        ("两字词前 20 条，最慢", max(found) * 1000, "毫秒"),
        ("清理一天", daily, "秒"),
        ("清理一半", half, "秒"),
        ("清理一半后占用", left / 1e9, "GB"),
    ]


def batches() -> Iterator[list[Post]]:
    """The million, fifty thousand at a time, fetched over two hundred days."""
    frequent = (files("crawlers") / "data" / "frequent.txt").read_text("utf-8").splitlines()
    characters = "".join(line for line in frequent if not line.startswith("#"))
    characters += "".join(char for char in map(chr, range(0x4E00, 0x6000)) if char not in characters)[:2500]
    weights = 1 / (np.arange(1, len(characters) + 1) + 25.0) ** 1.05
    table, weights = np.frombuffer(characters.encode("utf-32-le"), dtype=np.uint32), weights / weights.sum()
    chance = np.random.default_rng(5)
    for start in range(0, COUNT, BATCH):
        lengths = np.clip(chance.lognormal(5.48, 0.85, BATCH), 20, 4000).astype(int)
        stream = table[chance.choice(len(table), lengths.sum() + 18 * BATCH, p=weights)]
        for mark, every in (("，", 13), ("。", 40), ("7", 60)):
            stream[chance.integers(0, len(stream), len(stream) // every)] = ord(mark)
        text = stream.tobytes().decode("utf-32-le")
        ends = np.cumsum(lengths + 18)
        yield [_post(start + n, text[end - lengths[n] - 18 : end]) for n, end in enumerate(ends)]


def _post(number: int, text: str) -> Post:
    title, body = text[:18], text[18:]
    return Post.stored({
        "id": post_id(KEY, "市长信箱", str(number)), "source": "市长信箱", "channel": "mailbox",
        "url": f"https://www.example.gov.cn/letters/2026/{number}.html", "title": title, "text": body,
        "posted_at": stamp(NOW - timedelta(seconds=17 * (COUNT - number))),
        "fetched_at": stamp(NOW - timedelta(days=200 * (COUNT - number) // COUNT)), "answer": "", "answered_at": None,
        "answered_by": "", "views": number % 500, "replies": None, "likes": None, "fingerprint": fingerprint(KEY, body),
    })  # fmt: skip


def packed(db: sqlite3.Connection, path: Path) -> int:
    """Bytes of the file once the log is worked in."""
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    return path.stat().st_size


def seconds(work: Callable[[], object]) -> float:
    """How long it takes, by the wall."""
    start = perf_counter()
    work()
    return perf_counter() - start
