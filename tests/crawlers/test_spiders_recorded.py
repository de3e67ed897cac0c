"""Recorded pages of every engine and what must be read from them: `recorded/<engine>/<case>/{page.*, posts.json}`.

posts.json names the address the page had and everything read from it; nothing but what it names may be read.
"""

import json
from dataclasses import asdict, is_dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from crawlers.clock import stamp, unstamp
from crawlers.pages import discuz
from crawlers.pages.article import read_article
from crawlers.pages.feed import read_feed
from crawlers.pages.found import PageError
from crawlers.pages.listing import read_listing
from crawlers.pages.mailbox import read_letter
from crawlers.pages.officials import Officials
from crawlers.spiders.forum import ENGINES
from crawlers.spiders.task import Page

ROOT = Path(__file__).parent / "recorded"
CASES = sorted(path.parent for path in ROOT.glob("*/*/posts.json"))
NOW = unstamp("2026-11-21T16:30:00+08:00")
OFFICIALS = Officials(frozenset(["云溪市城管局", "政务机构", "政务认证", "官方回复组"]), frozenset(["云溪市城管局"]))


def read(engine: str, reader: str, page: Page) -> Any:
    """What `reader` of `engine` makes of a page."""
    if engine == "feed":
        return read_feed(page.body, url=page.url, now=NOW, content_type=page.content_type)
    if engine in ("article", "listing", "mailbox"):
        pure = {"article": read_article, "listing": read_listing, "mailbox": read_letter}[engine]
        return pure(page.text, url=page.url, now=NOW)
    forum = ENGINES[engine]  # type: ignore[index]  # the directory's name is the engine's
    if reader == "board":
        return forum.read_board(page.text, url=page.url, now=NOW)
    return forum.read_thread(page.text, url=page.url, now=NOW, officials=OFFICIALS)


def plain(value: Any) -> Any:
    """Values as posts.json writes them: times as text, nothing that is empty."""
    if isinstance(value, datetime):
        return stamp(value)
    if is_dataclass(value) and not isinstance(value, type):
        value = asdict(value)
    if isinstance(value, dict):
        made = {name: plain(item) for name, item in value.items() if name != "marks"}
        return {name: item for name, item in made.items() if item not in (None, "", [], 0, False)}
    return [plain(item) for item in value] if isinstance(value, list | tuple) else value


def outcome(case: Path) -> dict[str, Any]:
    """The case as it is read now, in the form of its posts.json."""
    kept = json.loads((case / "posts.json").read_text("utf-8"))
    page = Page(kept["url"], next(case.glob("page.*")).read_bytes(), kept.get("content_type", ""))
    said = {name: kept[name] for name in ("url", "content_type", "reader") if name in kept}
    try:
        return said | {"read": plain(read(case.parent.name, kept.get("reader", ""), page))}
    except PageError as error:
        return said | {"error": type(error).__name__, "message": str(error)}


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}/{case.name}")
def test_a_recorded_page_is_read_as_expected(case: Path) -> None:
    assert outcome(case) == json.loads((case / "posts.json").read_text("utf-8"))


def test_every_engine_is_recorded_in_a_normal_and_an_odd_case() -> None:
    recorded = {engine.name: len(list(engine.glob("*/posts.json"))) for engine in ROOT.iterdir()}
    assert set(recorded) == {"article", "feed", "listing", "mailbox", *ENGINES}
    assert min(recorded.values()) >= 2


WRITERS = (
    "某记者 邹某某 甘某某 滨河老住户 追风的人 晚归人： 星夜赶路人 路人丙 小雨点 甲某 乙某 丙某 丁某 慢慢走 路过的丙 "
    "夜跑小队 书虫 漫游者 manyou 五楼住户 六楼住户 街道小陈 小区居民甲 某工作人员"
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}/{case.name}")
def test_nobody_who_wrote_is_read(case: Path) -> None:
    read_back = outcome(case).get("read", {})
    # What a list row shows is only compared, by its keyed hash; it is no content.
    marks = [link.pop("mark", "") for link in read_back.get("links", [])]
    said = json.dumps(read_back, ensure_ascii=False)
    assert [name for name in WRITERS.split() if name in said] == []
    assert len(marks) == len(read_back.get("links", []))


ADDRESSES = [
    ("discourse", "https://f.example/c/minsheng/5", "https://f.example/c/minsheng/5.json"),
    ("discourse", "https://f.example/", "https://f.example/latest.json"),
    ("discourse", "https://f.example/t/some-title/88/3", "https://f.example/t/88.json"),
    ("flarum", "https://f.example/d/42-title/7", "https://f.example/api/discussions/42"),
    ("flarum", "https://f.example/bbs/t/gov",
     "https://f.example/bbs/api/discussions?filter%5Btag%5D=gov&sort=-createdAt&page%5Blimit%5D=20"),
    ("nodebb", "https://f.example/category/3/gov", "https://f.example/api/category/3/gov"),
    ("nodebb", "https://f.example/forum/topic/66/t?page=2", "https://f.example/forum/api/topic/66/t?page=2"),
    ("phpbb", "https://f.example/viewforum.php?f=4", "https://f.example/viewforum.php?f=4"),
]  # fmt: skip


@pytest.mark.parametrize(("engine", "linked", "fetched"), ADDRESSES)
def test_pages_are_fetched_where_the_engine_answers(engine: str, linked: str, fetched: str) -> None:
    address = ENGINES[engine].address  # type: ignore[index]  # as above
    assert address(linked) == fetched
    assert address(fetched) == fetched


def test_discuz_threads_have_one_name_however_they_are_linked() -> None:
    spellings = ["thread-12-1-1.html", "thread-12-3-7.html", "forum.php?mod=viewthread&tid=12&extra=page%3D2",
                 "forum.php?tid=12&mod=viewthread", "viewthread.php?tid=12"]  # fmt: skip
    assert {discuz.locator(f"https://bbs.example.cn/{spelling}") for spelling in spellings} == {"tid=12"}
