"""Every column this room has in posts.db: one that could hold an author cannot slip in (safeguard S2)."""

import re
import sqlite3

import pytest

# To add a column, add it here, and say in the review why it cannot name, number or place the person who wrote.
COLUMNS = {
    "posts": [
        "seq",
        "id",
        "digest",
        "fingerprint",
        "source",
        "channel",
        "posted_at",
        "fetched_at",
        "changed_at",
        "answered_at",
        "answered_by",
        "views",
        "replies",
        "likes",
        "url",
        "title",
        "text",
        "answer",
    ],
    "tombstones": ["id", "reason", "buried_at"],
    "posts_fts": ["words"],
    "posts_fts_config": ["k", "v"],
    "posts_fts_data": ["id", "block"],
    "posts_fts_idx": ["segid", "term", "pgno"],
    "upkeep": ["upto", "residue", "holes"],
    "sqlite_sequence": ["name", "seq"],
    "_sqlite_migrations": ["id", "migration_set", "name", "applied_at"],
}
PERSON = re.compile(
    r"author|user|nick|handle|account|avatar|profile|member|poster|person|writer|phone|tel|mobile|mail|wechat|qq|idcard"
    r"|(^|_)(ip|name|uid|gender|sex|age|address|location|lat|lng|lon)($|_)|sentiment|emotion"
)
# Names of tables and migrations.
HARMLESS = {("sqlite_sequence", "name"), ("_sqlite_migrations", "name")}


def columns(db: sqlite3.Connection) -> dict[str, list[str]]:
    tables = [row[0] for row in db.execute("SELECT name FROM sqlite_schema WHERE type IN ('table', 'view')")]
    return {table: [row[1] for row in db.execute(f"PRAGMA table_info({table})")] for table in tables}


def test_the_columns_of_this_room_are_exactly_these(store: sqlite3.Connection) -> None:
    assert columns(store) == COLUMNS


def test_no_column_could_name_a_person() -> None:
    every = {(table, column) for table, names in COLUMNS.items() for column in names}
    assert {place for place in every if PERSON.search(place[1])} - HARMLESS == set()


def test_no_index_or_trigger_tells_people_apart(store: sqlite3.Connection) -> None:
    query = "SELECT sql FROM sqlite_schema WHERE type IN ('index', 'trigger') AND tbl_name = 'posts' AND sql NOT NULL"
    sql = [row[0] for row in store.execute(query)]
    assert sorted(sql) == [
        "CREATE INDEX posts_fingerprint ON posts (fingerprint)",
        "CREATE INDEX posts_time ON posts (coalesce(posted_at, fetched_at))",
    ]


@pytest.mark.parametrize("name", ["author", "user_id", "ip", "nickname", "poster", "client_ip", "sentiment"])
def test_the_pattern_knows_such_names(name: str) -> None:
    assert PERSON.search(name)
