"""Feeds a second against feedparser on the same feeds, and whether both read the same entries."""

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from statistics import median
from time import process_time
from xml.sax.saxutils import escape

import feedparser

from crawlers.clock import CHINA
from crawlers.pages.feed import read_feed

NOW = datetime(2026, 11, 21, 16, 30, tzinfo=CHINA)
WORDS = "市民反映小区供热道路施工噪音公交停车物业学校食堂医院挂号路灯井盖社保窗口排队答复整改公开办理情况通报说明"
ROUNDS = 3


def rows() -> list[tuple[str, float, str]]:
    """(name, value, unit) of every figure."""
    summaries = [_rss(n, "utf-8") for n in range(6)] + [_atom(n) for n in range(9, 15)]
    articles = [_rss(n, "utf-8", _article) for n in range(6)]
    mislabelled = [_rss(n, "gb18030") for n in range(6, 9)]
    broken = [feed[: len(feed) * 3 // 4] for feed in summaries]
    same = [[entry.title for entry in _ours(feed).entries] == _titles(feed) for feed in summaries + articles]
    return [
        ("feeds of 40 summaries a second", median(_rate(_ours, summaries) for _ in range(ROUNDS)), "feeds/s"),
        ("summaries in plain paragraphs, × feedparser", _times(summaries), "×"),
        ("whole articles with markup, × feedparser", _times(articles), "×"),
        ("GB18030 labelled gb2312, × feedparser", _times(mislabelled), "×"),
        ("feeds cut off in the middle, × feedparser", _times(broken), "×"),
        ("well-formed UTF-8 feeds with feedparser's entries", sum(same) / len(same), "share"),
    ]


def _times(feeds: list[bytes]) -> float:
    return median(_rate(_ours, feeds) / _rate(_theirs, feeds) for _ in range(ROUNDS))


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


def _words(chance: random.Random, count: int) -> str:
    return "".join(chance.choices(WORDS, k=count))


def _summary(chance: random.Random) -> str:
    return "".join(f"<p>{_words(chance, 60)}。</p>" for _ in range(4))


def _article(chance: random.Random) -> str:
    """A page's worth of markup, as feeds of whole articles carry it."""
    paragraphs = (
        f'<p style="text-indent:2em" class="text p{n}"><strong>{_words(chance, 6)}</strong>：{_words(chance, 80)}，'
        f'详见<a href="https://news.example.cn/{n}.html?a=b&amp;n={n}" target="_blank">{_words(chance, 8)}</a>。<br/>'
        f'<span style="font-size:16px;color:#333">{_words(chance, 40)}&nbsp;</span></p>'
        f'<p><img src="https://news.example.cn/{n}.jpg" alt="{_words(chance, 5)}" width="600"/></p>'
        for n in range(12)
    )
    rows = "".join(f"<tr><td>{_words(chance, 4)}</td><td>{n}</td></tr>" for n in range(8))
    return f"<div class='body'>{''.join(paragraphs)}<table><tbody>{rows}</tbody></table><!-- 正文结束 --></div>"


def _entries(seed: int, body: Callable[[random.Random], str]) -> list[tuple[str, str, str, datetime]]:
    chance = random.Random(seed)
    return [
        (_words(chance, 16), f"https://news.example.cn/{seed}/{n}.html", escape(body(chance)), NOW - timedelta(hours=n))
        for n in range(40)
    ]


def _rss(seed: int, encoding: str, body: Callable[[random.Random], str] = _summary) -> bytes:
    items = "".join(
        f"<item><title>{title}</title><link>{link}</link><guid>{link}</guid><description>{text}</description>"
        f"<pubDate>{format_datetime(at.astimezone(UTC))}</pubDate></item>"
        for title, link, text, at in _entries(seed, body)
    )
    label = "gb2312" if encoding == "gb18030" else encoding
    head = (
        f'<?xml version="1.0" encoding="{label}"?><rss version="2.0"><channel><title>晚报</title><link>https://x</link>'
    )
    return f"{head}{items}</channel></rss>".encode(encoding)


def _atom(seed: int) -> bytes:
    items = "".join(
        f'<entry><id>{link}</id><title>{title}</title><link href="{link}"/><content type="html">{text}</content>'
        f"<published>{at.isoformat()}</published><updated>{at.isoformat()}</updated></entry>"
        for title, link, text, at in _entries(seed, _summary)
    )
    head = '<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom"><title>督查</title>'
    return f"{head}{items}</feed>".encode()
