"""Whole sweeps in their own process against the sample city: complete, nameless, and silent the second time."""

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import unquote

import pytest
from filelock import FileLock

from crawlers import store
from crawlers.city import City, Item, planted, serve
from crawlers.clean import clean
from crawlers.clock import CHINA
from crawlers.crawl import CrawlBusy, run
from crawlers.mask import mask
from crawlers.office import Office
from crawlers.office_file import read_office
from crawlers.posts import Post
from crawlers.sources import Source, read_sources
from crawlers.tally import CrawlEvent, CrawlSummary
from crawlers.workspace import Workspace

NOW = datetime(2026, 11, 21, 16, 30, tzinfo=CHINA)


class Swept:
    """A served city, a workspace configured for it, and the first sweep's outcome."""

    def __init__(self, city: City, root: Path) -> None:
        self.city, self.workspace = city, Workspace(root)
        self.workspace.config.write_text(city.office_toml(), "utf-8")
        self.workspace.sources.write_text(city.sources_toml(), "utf-8")
        office, problems = read_office(self.workspace.config)
        assert office is not None, problems
        self.office: Office = office
        self.sources: list[Source] = read_sources(self.workspace.sources)[0]
        self.events: list[CrawlEvent] = []
        self.first = self.sweep()

    def sweep(self, *, now: datetime = NOW, sources: list[Source] | None = None) -> CrawlSummary:
        return run(self.workspace, self.office, sources or self.sources, now=now, progress=self.events.append)

    def posts(self) -> dict[str, Post]:
        db = store.open_posts(self.workspace.posts)
        try:
            return {post.title: post for post in store.read(db)}
        finally:
            db.close()


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Swept]:
    with serve(NOW) as city:
        yield Swept(city, tmp_path_factory.mktemp("workspace"))


def test_every_matter_of_the_city_is_stored_as_its_page_shows_it(swept: Swept) -> None:
    posts = swept.posts()
    for item in swept.city.items:
        post = posts[mask(clean(item.title)).replace("\n", " ")]
        assert post.text.replace("\n", "") == mask(clean(item.text)).replace("\n", ""), item.title
        assert post.answer == mask(clean(item.answer), official=True)
        assert post.posted_at == shown(item.posted_at, item), item.title
        assert post.answered_at == (shown(item.answered_at, item) if item.answered_at else None)
        assert post.answered_by == item.answered_by
        assert post.channel == item.channel
        if item.channel == "forum":
            assert (post.views, post.replies) == (item.views, len(item.replies))
    assert set(posts) - {mask(clean(item.title)) for item in swept.city.items} == set(swept.city.extras)


def shown(moment: datetime, item: Item) -> datetime:
    """What the pages give of a time: a forum shows seconds for a week, the others minutes, feeds as they like."""
    recent = item.channel == "forum" and NOW.date() - moment.astimezone(CHINA).date() < timedelta(days=7)
    exact = recent or item.place == "atom"
    return moment.replace(microsecond=0) if exact else moment.replace(second=0, microsecond=0)


def test_the_numbers_add_up_and_every_source_is_finished(swept: Swept) -> None:
    assert not swept.first.interrupted
    assert swept.first.crashed == ""
    for name, tally in swept.first.sources.items():
        assert tally.read == tally.new + tally.known + tally.changed + tally.refused, name
        assert tally.finished, name
        assert not tally.failures, (name, tally.failures)
    assert sum(tally.new for tally in swept.first.sources.values()) == len(swept.posts())
    done = [event.source for event in swept.events if event.kind == "done"]
    assert set(done) == {source.name for source in swept.sources}


def test_nothing_that_stands_around_a_matter_reaches_any_file(swept: Swept) -> None:
    said = "".join(f"{item.title}{item.text}{item.answer}" for item in swept.city.items)
    around = [value for value in planted() if value not in said]  # what is inside a message is the mask's business
    assert len(around) > 50
    files = [path for path in swept.workspace.root.rglob("*") if path.is_file() and path.suffix != ".toml"]
    everything = b"".join(path.read_bytes() for path in files)
    assert "云溪".encode() in everything
    assert [value for value in around if value.encode() in everything] == []


def test_robots_are_obeyed_and_the_visitor_says_who_it_is(swept: Swept) -> None:
    assert swept.city.trap_hits == 0
    agents = {unquote(request.agent) for request in swept.city.requests}
    assert agents == {f"huiying/0.1 ({swept.office.name}; {swept.office.contact})"}
    assert swept.first.sources["云溪司法·通知公告"].skipped == {"robots.txt 不允许访问": 1}


def test_a_second_sweep_of_an_unchanged_city_stores_nothing_and_says_so(swept: Swept) -> None:
    before = swept.posts()
    second = swept.sweep(now=NOW + timedelta(minutes=1))
    assert second.quiet
    assert second.lines() == ["没有新内容，什么都没有存"]
    assert sum(tally.new + tally.changed for tally in second.sources.values()) == 0
    assert sum(tally.unchanged for tally in second.sources.values()) > 100
    assert swept.posts() == before
    later = swept.sweep(now=NOW + timedelta(minutes=2))
    assert later.quiet


def test_a_workspace_is_swept_once_at_a_time(swept: Swept) -> None:
    with FileLock(swept.workspace.root / "crawl.lock"), pytest.raises(CrawlBusy, match="正在采集"):
        swept.sweep()


def test_no_source_is_no_sweep(swept: Swept) -> None:
    assert run(swept.workspace, swept.office, [], now=NOW).sources == {}


def test_a_column_that_refuses_stops_itself_alone(swept: Swept) -> None:
    refused = replace(swept.sources[0], name="内部公告", url=f"{swept.city.portal_url}/nbgg/")
    summary = swept.sweep(sources=[refused, swept.sources[1]])
    assert "对方拒绝访问" in summary.sources["内部公告"].stopped
    assert "请与对方联系，改用其订阅源或数据接口" in summary.lines()[0]
    assert summary.sources[swept.sources[1].name].finished
    assert not summary.sources["内部公告"].finished


def test_the_tables_of_the_crawl_hold_no_address_and_no_text(swept: Swept) -> None:
    db = sqlite3.connect(swept.workspace.posts)
    rows = db.execute("SELECT * FROM crawl_pages").fetchall()
    db.close()
    assert len(rows) > 140
    assert not any("http" in str(value) or "thread-" in str(value) for row in rows for value in row)
