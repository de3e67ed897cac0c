"""S1–S8 as structure: what must not exist is looked for everywhere. The ledger's own columns: tests/ledger/core."""

import dataclasses
import re
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import click
import pytest

import cli
from classify.labels import load_taxonomy
from classify.tags import ready as tags_ready
from crawlers.crawl import CrawlSummary
from crawlers.office import Office
from crawlers.posts import Post
from crawlers.sources import KINDS, Source
from crawlers.store import open_posts
from crawlers.visits import open_visits
from ledger.docket import ready as docket_ready

ROOT = Path(__file__).parents[1]
ROOMS = sorted(path for room in ("crawlers", "classify", "ledger") for path in (ROOT / room).rglob("*.py"))

# Whoever adds a column adds it here, and says with that that it can hold no author (S2).
POSTS_DB = {
    "posts": "seq id source channel url title text posted_at fetched_at changed_at answer answered_at answered_by "
    "views replies likes fingerprint digest",
    "tombstones": "id reason buried_at",
    "posts_fts": "words",
    "upkeep": "upto residue holes",
    "tags": "post_id label proposed score scores secondary terms review model taxonomy tagged_at corrected_at note "
    "division",
    "taken_up": "post_id at",
    "crawl_pages": "key source post etag modified mark first_seen checked_at",
    "frontier": "key source host step priority task state worker etag modified added_at",
    "source_runs": "name at fetched read new failed",
    "source_state": "name tried_at succeeded_at new_at failures reason not_before said",
}
PERSONAL = re.compile(
    r"author|user|nick|handle|poster|creator|avatar|profile|gender|phone|mobile|(?:^|_)ip(?:$|_)|email|member|uid|openid"
    r"|location|followers|sentiment|emotion|risk",
    re.IGNORECASE,
)


@pytest.fixture
def posts(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    db = open_posts(tmp_path / "posts.db")
    tags_ready(db)
    docket_ready(db)
    open_visits(db, now=datetime(2026, 11, 21, tzinfo=UTC))
    yield db
    db.close()


def test_every_column_of_posts_db_is_known(posts: sqlite3.Connection) -> None:
    tables = posts.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' "
        "AND name NOT LIKE 'posts_fts_%' AND name <> '_sqlite_migrations'"
    )
    found = {row[0]: {c[1] for c in posts.execute(f"PRAGMA table_info('{row[0]}')")} for row in tables}
    assert found == {table: set(columns.split()) for table, columns in POSTS_DB.items()}


@pytest.mark.parametrize("table", POSTS_DB)
def test_no_column_could_hold_an_author(table: str) -> None:
    assert [column for column in POSTS_DB[table].split() if PERSONAL.search(column)] == []


@pytest.mark.parametrize("noun", [Post, Source, CrawlSummary])
def test_no_noun_of_collection_has_a_personal_field(noun: type) -> None:
    assert [field.name for field in dataclasses.fields(noun) if PERSONAL.search(field.name)] == []


def test_source_kinds_are_a_closed_list_without_personal_channels() -> None:
    assert KINDS == ("feed", "site", "mailbox", "forum")
    assert set(get_args(Post.__dataclass_fields__["channel"].type)) == {*KINDS, "file"}


def test_no_source_or_office_can_be_given_a_login_a_cookie_or_a_proxy() -> None:
    names = [field.name for noun in (Source, Office) for field in dataclasses.fields(noun)]
    assert [name for name in names if re.search(r"cookie|login|passw|proxy|token|session|account(?!s$)", name)] == []


def commands(group: click.Group, path: str = "") -> Iterator[tuple[str, click.Command]]:
    ctx = click.Context(group, info_name=path)
    for name in group.list_commands(ctx):
        command = group.get_command(ctx, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from commands(command, f"{path} {name}")
        else:
            yield f"{path} {name}".strip(), command


def test_no_option_logs_in_evades_or_impersonates() -> None:
    options = [f"{path} {p.name}" for path, command in commands(cli.huiying) for p in command.params]
    assert len(options) > 100
    assert [
        name for name in options if re.search(r"cookie|login|passw|proxy|captcha|user.?agent|ignore.?robots", name)
    ] == []


def test_no_command_acts_on_speech_or_judges_people() -> None:
    """S5, S6: nothing removes, reports, hands over, steers, scores or traces; purging is for the office's own store."""
    verbs = [path for path, _ in commands(cli.huiying)]
    forbidden = r"delete|takedown|report-post|refer|transfer|hand-?over|reply-as|sentiment|rank|trace|spread"
    assert [verb for verb in verbs if re.search(forbidden, verb)] == []


@pytest.mark.parametrize("path", ROOMS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_module_measures_moods_or_people(path: Path) -> None:
    names = re.findall(r"^\s*(?:def|class)\s+(\w+)", path.read_text("utf-8"), re.MULTILINE)
    assert [
        name
        for name in names
        if re.search(r"sentiment|emotion|author(?!i)|influencer|virality|profile_of", name.lower())
    ] == []


def test_labels_are_duties_with_their_source() -> None:
    for label in load_taxonomy().labels:
        assert label.duty
        assert label.source or label.code == "none"
