"""Search by phrases of single characters against LIKE: the same hits, how much faster, what the index costs."""

import random
import sqlite3
import tempfile
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from statistics import median
from time import process_time

from crawlers.clock import CHINA
from crawlers.posts import Post
from crawlers.search import index, search
from crawlers.store import open_posts, save

_NOW = datetime(2026, 9, 16, 9, 30, tzinfo=CHINA)
_COUNT = 40_000
_WORDS = [
    "小区",
    "供热",
    "停水",
    "停电",
    "扬尘",
    "噪音",
    "物业",
    "路灯",
    "井盖",
    "公交",
    "学校",
    "医院",
    "社保",
    "公积金",
    "拆迁",
    "补偿",
    "工资",
    "拖欠",
    "农民工",
    "落户",
    "户口",
    "身份",
    "办理",
    "咨询",
    "投诉",
    "举报",
    "街道",
    "社区",
    "村民",
    "河道",
    "污水",
    "垃圾",
    "电梯",
    "车位",
    "违建",
    "执法",
    "普法",
    "律师",
    "法律援助",
    "调解",
    "仲裁",
    "法院",
    "合同",
    "开发商",
    "房产证",
    "维修",
    "漏水",
    "暖气",
    "温度",
    "施工",
]
_RARE = ["公证处", "热力井", "无障碍通道"]


def _posts() -> list[Post]:
    chance = random.Random(5)
    texts = ["，".join(chance.choices(_WORDS, k=chance.randint(20, 180))) for _ in range(_COUNT)]
    for word in _RARE:
        for place in chance.sample(range(_COUNT), 12):
            texts[place] += word
    return [
        Post.make(
            b"key",
            source="论坛",
            locator=str(number),
            channel="forum",
            url="",
            title="",
            text=text,
            posted_at=_NOW - timedelta(minutes=number),
            fetched_at=_NOW,
        )
        for number, text in enumerate(texts)
    ]


def _milliseconds(work: Callable[[], object]) -> float:
    start = process_time()
    work()
    return (process_time() - start) * 1000


def _like(db: sqlite3.Connection, word: str) -> set[str]:
    query = "SELECT id FROM posts WHERE title LIKE ? OR text LIKE ? OR answer LIKE ?"
    return {row[0] for row in db.execute(query, [f"%{word}%"] * 3)}


def rows() -> list[tuple[str, float, str]]:
    """All hits of rare words, where LIKE has to read everything; the first twenty of common ones."""
    with tempfile.TemporaryDirectory() as folder:
        db = open_posts(Path(folder) / "posts.db")
        save(db, _posts(), now=_NOW)
        built = _milliseconds(partial(index, db))
        ours = median(_milliseconds(partial(search, db, word, limit=99)) for word in _RARE)
        theirs = median(_milliseconds(partial(_like, db, word)) for word in _RARE)
        same = all({post.id for post in search(db, word, limit=99)} == _like(db, word) for word in _RARE)
        first = median(_milliseconds(partial(search, db, word, limit=20)) for word in _WORDS[:20])
        db.close()
    return [
        ("建检索", _COUNT / built * 1000, "条/CPU 秒"),
        ("查生僻词", ours, "毫秒"),
        ("LIKE 查生僻词", theirs, "毫秒"),
        ("查生僻词倍数", theirs / ours, "×"),
        ("命中与 LIKE 一致", float(same), "1 为是"),
        ("常见词前 20 条", first, "毫秒"),
    ]
