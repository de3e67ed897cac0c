"""Feeds a second against feedparser on the same feeds, and whether both read the same entries."""

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from statistics import median
from time import process_time

import feedparser

from crawlers.clock import CHINA
from crawlers.pages.feed import read_feed

NOW = datetime(2026, 11, 21, 16, 30, tzinfo=CHINA)
WORDS = "市民反映小区供热道路施工噪音公交停车物业学校食堂医院挂号路灯井盖社保窗口排队答复整改公开办理情况通报说明"
ROUNDS = 3


def rows() -> list[tuple[str, float, str]]:
    """(name, value, unit) of every figure."""
    feeds = (
        [_rss(n, "utf-8") for n in range(6)]
        + [_rss(n, "gb18030") for n in range(6, 9)]
        + [_atom(n) for n in range(9, 15)]
    )
    broken = [feed[: len(feed) * 3 // 4] for feed in feeds]
    whole = [(_rate(_ours, feeds), _rate(_theirs, feeds)) for _ in range(ROUNDS)]
    cut = [(_rate(_ours, broken), _rate(_theirs, broken)) for _ in range(ROUNDS)]
    same = [[entry.title for entry in _ours(feed).entries] == _titles(feed) for feed in feeds if b"gb2312" not in feed]
    return [
        ("well-formed feeds of 40 entries a second", median(ours for ours, _ in whole), "feeds/s"),
        ("well-formed feeds, × feedparser", median(ours / theirs for ours, theirs in whole), "×"),
        ("well-formed UTF-8 feeds with feedparser's entries", sum(same) / len(same), "share"),
        ("feeds cut off in the middle, × feedparser", median(ours / theirs for ours, theirs in cut), "×"),
    ]


def _ours(feed: bytes):  # type: ignore[no-untyped-def]  # a bench has no reader of its types
    return read_feed(feed, url="https://news.example.cn/rss.xml", now=NOW)


def _theirs(feed: bytes) -> object:
    return feedparser.parse(feed)


def _titles(feed: bytes) -> list[str]:
    return [entry.title for entry in feedparser.parse(feed).entries]


def _rate(read: Callable[[bytes], object], feeds: list[bytes]) -> float:
    started = process_time()
    for feed in feeds:
        read(feed)
    return len(feeds) / (process_time() - started)


def _entries(seed: int) -> list[tuple[str, str, str, datetime]]:
    chance = random.Random(seed)
    made = []
    for n in range(40):
        title = "".join(chance.choices(WORDS, k=16))
        body = "".join(f"&lt;p&gt;{''.join(chance.choices(WORDS, k=60))}。&lt;/p&gt;" for _ in range(4))
        made.append((title, f"https://news.example.cn/{seed}/{n}.html", body, NOW - timedelta(hours=n)))
    return made


def _rss(seed: int, encoding: str) -> bytes:
    items = "".join(
        f"<item><title>{title}</title><link>{link}</link><guid>{link}</guid><description>{body}</description>"
        f"<pubDate>{format_datetime(at.astimezone(UTC))}</pubDate></item>"
        for title, link, body, at in _entries(seed)
    )
    label = "gb2312" if encoding == "gb18030" else encoding
    head = (
        f'<?xml version="1.0" encoding="{label}"?><rss version="2.0"><channel><title>晚报</title><link>https://x</link>'
    )
    return f"{head}{items}</channel></rss>".encode(encoding)


def _atom(seed: int) -> bytes:
    items = "".join(
        f'<entry><id>{link}</id><title>{title}</title><link href="{link}"/><content type="html">{body}</content>'
        f"<published>{at.isoformat()}</published><updated>{at.isoformat()}</updated></entry>"
        for title, link, body, at in _entries(seed)
    )
    head = '<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom"><title>督查</title>'
    return f"{head}{items}</feed>".encode()
