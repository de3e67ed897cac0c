"""Pages a second and what is read from them: against trafilatura, readability and GNE, and against w3lib's decoding."""

import logging
import os
import random
import re
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from statistics import mean, median
from time import process_time
from typing import Any

import trafilatura
from w3lib.encoding import html_to_unicode

from crawlers.clock import CHINA
from crawlers.pages.article import read_article
from crawlers.pages.decode import decode
from crawlers.pages.found import PageError

NOW = datetime(2026, 11, 21, 16, 30, tzinfo=CHINA)
DATA = (
    Path(os.environ.get("HUIYING_DATA") or Path(__file__).parents[2].parent / "shared" / "data") / "pages" / "articles"
)
WORDS = "市民反映小区供热道路施工噪音公交停车物业学校食堂医院挂号路灯井盖社保窗口排队答复整改公开办理情况通报说明喆镕"
ROUNDS, PAGES = 3, 40
Texts = dict[str, str]


def rows() -> list[tuple[str, float, str]]:
    """(name, value, unit) of every figure; quality on real pages where the development data is at hand."""
    logging.disable(logging.CRITICAL)
    try:
        return [*_speed(), *_decoding(), *_quality()]
    finally:
        logging.disable(logging.NOTSET)


def _speed() -> list[tuple[str, float, str]]:
    known = [_page(n, 'id="zoom"') for n in range(PAGES)]
    unknown = [_page(n, 'class="box"') for n in range(PAGES)]
    with_container = [(_rate(_ours, known), _rate(trafilatura.extract, known)) for _ in range(ROUNDS)]
    without = [(_rate(_ours, unknown), _rate(trafilatura.extract, unknown)) for _ in range(ROUNDS)]
    return [
        ("pages with a known container a second", median(ours for ours, _ in with_container), "pages/s"),
        ("pages with a known container, × trafilatura", median(a / b for a, b in with_container), "×"),
        ("pages of unknown templates, × trafilatura", median(a / b for a, b in without), "×"),
    ]


def _decoding() -> list[tuple[str, float, str]]:
    """The same text in eight encodings under six headers and four meta tags."""
    right: Counter[str] = Counter()
    total = 0
    for meta in ("utf-8", "gb2312", "big5", ""):
        text = _page(1, 'id="zoom"').replace("<head>", f'<head><meta charset="{meta}">' if meta else "<head>")
        for encoding in ("utf-8", "gb18030", "utf-16-le", "utf-16-be", "utf-16", "utf-8-sig"):
            for header in ("", "utf-8", "gbk", "gb2312", "iso-8859-1", "utf-16"):
                kind = f"text/html; charset={header}" if header else "text/html"
                body = text.encode(encoding)
                total += 1
                right["ours"] += decode(body, kind).text == text
                right["w3lib"] += html_to_unicode(kind, body)[1] == text
    return [
        ("encodings × headers × meta tags read exactly", right["ours"] / total, "share"),
        ("the same by w3lib (Scrapy)", right["w3lib"] / total, "share"),
    ]


def _quality() -> list[tuple[str, float, str]]:
    """Body F1 over character 4-grams on real pages.

    Twice: against what two of the three others agree on (they vote for themselves), and each tool against what the
    two other tools agree on, beside ours against the same two.
    """
    pages = [path.read_text("utf-8", "replace") for path in sorted(DATA.glob("*/*.html"))] if DATA.is_dir() else []
    if not pages:
        return []
    readers: dict[str, Callable[[str], str]] = {
        "trafilatura": lambda page: trafilatura.extract(page) or "",
        "readability": _readability,
        "GNE": _gne(),
    }
    said = [{name: _grams(read(page)) for name, read in readers.items()} for page in pages]
    ours = [_grams(_ours(page)) for page in pages]
    agreed = [_two_of_three(list(voices.values())) for voices in said]
    found = [("body F1 against two of three, ours", mean(map(_f1, ours, agreed)), "F1")]
    for name in readers:
        found.append((f"body F1 against two of three, {name}", mean(map(_f1, (v[name] for v in said), agreed)), "F1"))
    for name in readers:
        others = [_both([grams for other, grams in voices.items() if other != name]) for voices in said]
        theirs = mean(map(_f1, (voices[name] for voices in said), others))
        found.append((f"judged by the two others: ours − {name}", mean(map(_f1, ours, others)) - theirs, "F1"))
    return found


def _two_of_three(voices: list[Counter[str]]) -> Counter[str]:
    return Counter({gram: sorted(voice[gram] for voice in voices)[1] for gram in set().union(*voices)})


def _both(voices: list[Counter[str]]) -> Counter[str]:
    return voices[0] & voices[1]


def _f1(found: Counter[str], wanted: Counter[str]) -> float:
    shared = (found & wanted).total()
    return 2 * shared / (found.total() + wanted.total()) if shared else 0.0


def _grams(text: str) -> Counter[str]:
    bare = re.sub(r"\s+", "", text)
    return Counter(bare[n : n + 4] for n in range(len(bare) - 3))


def _ours(page: str) -> str:
    try:
        return read_article(page, url="https://news.example.cn/a/1.html", now=NOW).text
    except PageError:
        return ""


def _readability(page: str) -> str:
    from lxml.html import fromstring
    from readability import Document

    try:
        return str(fromstring(Document(page).summary()).text_content())
    except Exception:  # what it raises on odd pages is not documented; no text is its result then
        return ""


def _gne() -> Callable[[str], str]:
    from gne import GeneralNewsExtractor

    extractor: Any = GeneralNewsExtractor()

    def read(page: str) -> str:
        try:
            return str(extractor.extract(page)["content"])
        except Exception:  # as above
            return ""

    return read


def _rate(read: Callable[[str], object], pages: list[str]) -> float:
    started = process_time()
    for page in pages:
        read(page)
    return len(pages) / (process_time() - started)


def _page(seed: int, container: str) -> str:
    """An article of about 40 KB: menus, lists and scripts around a dozen paragraphs."""
    chance = random.Random(seed)

    def words(count: int) -> str:
        return "".join(chance.choices(WORDS, k=count))

    menu = "".join(f'<li><a href="/c{n}/">{words(4)}</a></li>' for n in range(60))
    related = "".join(f'<li><a href="/a/{n}.html">{words(18)}</a><span>11-{n % 28 + 1}</span></li>' for n in range(60))
    body = "".join(f"<p>{words(40)}，{words(30)}，{words(50)}。</p>" for _ in range(12))
    script = "var s=[" + ",".join(str(chance.random()) for _ in range(600)) + "];"
    return (
        f"<html><head><title>{words(14)}_云溪市人民政府</title><script>{script}</script></head><body><ul>{menu}</ul>"
        f'<div class="main"><h1>{words(14)}</h1><p class="i">发布时间：2026-11-{seed % 20 + 1:02} 09:00</p>'
        f"<div {container}>{body}</div></div><div class=side><ul>{related}</ul></div>"
        "<p>版权所有 云溪市人民政府</p></body></html>"
    )
