"""A real crawl of the sample city: each matter stored once and right, no personal data on disk, a second sweep idle."""

from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from crawlers.addresses import public_url
from crawlers.city import City, Item, planted, serve
from crawlers.clean import clean
from crawlers.clock import CHINA
from crawlers.crawl import run
from crawlers.mask import mask
from crawlers.office import Office
from crawlers.office_file import read_office
from crawlers.posts import Post
from crawlers.sources import Source, read_sources
from crawlers.store import open_posts, read
from crawlers.tally import CrawlSummary
from crawlers.workspace import Workspace

NOW = datetime(2026, 11, 21, 16, 30, 45, tzinfo=CHINA)


@dataclass(frozen=True)
class Sweep:
    """A city after its first sweep, still being served."""

    city: City
    workspace: Workspace
    office: Office
    sources: list[Source]
    summary: CrawlSummary

    def posts(self) -> list[Post]:
        with closing(open_posts(self.workspace.posts)) as db:
            return list(read(db))

    def post(self, item: Item) -> Post:
        (post,) = [post for post in self.posts() if post.title == title(item.title)]
        return post


def title(text: str) -> str:
    """A title as it may stand on disk."""
    return mask(clean(text).replace("\n", " "))


@pytest.fixture(scope="module")
def sweep(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sweep]:
    workspace = Workspace(tmp_path_factory.mktemp("yunxi"))
    with serve(NOW) as city:
        workspace.config.write_text(city.office_toml(), "utf-8")
        workspace.sources.write_text(city.sources_toml(), "utf-8")
        office, problems = read_office(workspace.config)
        assert office is not None, problems
        sources, problems = read_sources(workspace.sources)
        assert not problems
        yield Sweep(city, workspace, office, sources, run(workspace, office, sources, now=NOW))


def test_the_whole_city_is_read_without_a_failure(sweep: Sweep) -> None:
    assert not sweep.summary.failed
    assert not sweep.summary.crashed
    assert all(tally.finished for tally in sweep.summary.sources.values())
    total = sweep.summary.as_json()
    assert total["new"] == total["read"] == len(sweep.city.items) + len(sweep.city.extras)


def test_every_matter_is_stored_exactly_once(sweep: Sweep) -> None:
    stored = Counter(post.title for post in sweep.posts())
    expected = Counter(title(item.title) for item in sweep.city.items)
    assert not expected - stored, "missing"
    assert stored - expected <= Counter(map(title, sweep.city.extras)), "unexpected or twice"


def test_text_time_and_answer_are_the_pages_own(sweep: Sweep) -> None:
    posts = {post.title: post for post in sweep.posts()}
    for item in sweep.city.items:
        post = posts[title(item.title)]
        assert post.channel == item.channel
        assert post.text == mask(clean(item.text)), item.title
        assert post.posted_at == item.posted_at, item.title
        assert post.answer == mask(clean(item.answer), official=True), item.title
        assert (post.answered_at, post.answered_by) == (item.answered_at, item.answered_by), item.title


def test_forum_counts_are_kept_and_replies_are_not(sweep: Sweep) -> None:
    for item in sweep.city.items:
        if item.channel == "forum" and item.replies:
            post = sweep.post(item)
            assert (post.views, post.replies) == (item.views, len(item.replies))
            spoken = [reply.text for reply in item.replies if not reply.official and len(reply.text) > 8]
            assert not [text for text in spoken if text in post.text + post.answer]


def test_addresses_lead_back_to_official_pages(sweep: Sweep) -> None:
    for item in sweep.city.items:
        if item.channel in ("site", "mailbox"):
            assert sweep.post(item).url == public_url(sweep.city.url(item))


def test_no_planted_value_is_in_any_byte_of_the_workspace(sweep: Sweep) -> None:
    files = [path for path in sweep.workspace.root.rglob("*") if path.is_file()]
    assert sweep.workspace.posts in files
    found = {
        (path.name, value)
        for path in files
        for body in [path.read_bytes()]
        for value in planted()
        for spelling in (value, " ".join(value))  # the search index keeps characters apart
        for encoding in ("utf-8", "gb18030", "utf-16-le")
        if spelling.encode(encoding) in body
    }
    assert not found


def test_forbidden_pages_are_left_alone_and_the_visitor_names_itself(sweep: Sweep) -> None:
    assert sweep.city.trap_hits == 0
    assert sweep.city.requests
    assert all(sweep.office.contact in request.agent for request in sweep.city.requests)


def test_a_second_sweep_of_the_unchanged_city_stores_nothing_new(sweep: Sweep) -> None:
    before = sweep.posts()
    later = run(sweep.workspace, sweep.office, sweep.sources, now=NOW + timedelta(hours=2))
    assert sweep.posts() == before
    assert later.quiet
    assert not later.failed
    assert any(request.status == 304 for request in sweep.city.requests)


def test_a_column_that_refuses_is_given_up_and_named(sweep: Sweep, tmp_path: Path) -> None:
    refusing = Source("内部公告", "site", f"{sweep.city.portal_url}/nbgg/", delay_seconds=0)
    asked = len(sweep.city.portal.requests)
    summary = run(Workspace(tmp_path), sweep.office, [refusing], now=NOW)
    assert summary.failed == ["内部公告"]
    assert "拒绝访问" in "".join(summary.lines())
    paths = [request.path for request in sweep.city.portal.requests[asked:]]
    assert paths == ["/robots.txt", "/nbgg/"]  # and nothing tried again
