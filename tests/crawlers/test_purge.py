"""Citizens' words are short-lived (safeguard S4): gone from every page of the file, and refused if they come back."""

import sqlite3
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from crawlers.posts import Post
from crawlers.purge import PurgeReport
from crawlers.search import search
from crawlers.store import SaveCounts, counts, forget, open_posts, purge, read, save

MakePost = Callable[..., Post]


def tag(db: sqlite3.Connection, posts: list[Post], label: str) -> None:
    """What the classifier's table looks like from here."""
    db.execute(
        "CREATE TABLE IF NOT EXISTS tags "
        "(post_id TEXT PRIMARY KEY REFERENCES posts (id) ON DELETE CASCADE, label TEXT NOT NULL)"
    )
    db.executemany("INSERT INTO tags VALUES (?, ?)", [(post.id, label) for post in posts])


@pytest.fixture
def aged(store: sqlite3.Connection, make_post: MakePost, now: datetime) -> list[Post]:
    """One post a day, the first fetched today, the last 199 days ago; every second one tagged as irrelevant."""
    posts = [make_post(text=f"第{n}天的留言", fetched_at=now - timedelta(days=n)) for n in range(200)]
    save(store, posts, now=now)
    tag(store, posts[::2], "none")
    tag(store, posts[1::2], "public_interest")
    return posts


def test_old_posts_go_and_irrelevant_ones_sooner(store: sqlite3.Connection, aged: list[Post], now: datetime) -> None:
    report = purge(store, now=now)
    assert (report.expired, report.irrelevant, report.kept) == (19, 87, 94)
    left = {post.id for post in read(store)}
    assert left == {post.id for n, post in enumerate(aged) if n <= 180 and (n % 2 or n <= 7)}


def test_tags_go_with_their_posts(store: sqlite3.Connection, aged: list[Post], now: datetime) -> None:
    purge(store, now=now)
    orphans = "SELECT count(*) FROM tags WHERE post_id NOT IN (SELECT id FROM posts)"
    assert store.execute(orphans).fetchone()[0] == 0


def test_what_is_purged_does_not_come_back(store: sqlite3.Connection, aged: list[Post], now: datetime) -> None:
    purge(store, now=now)
    assert save(store, aged, now=now) == SaveCounts(known=94, refused=106)
    assert counts(store)["tombstones"] == 106
    reasons = store.execute("SELECT reason, count(*) FROM tombstones GROUP BY reason ORDER BY reason").fetchall()
    assert [tuple(row) for row in reasons] == [("expired", 19), ("irrelevant", 87)]


def test_a_dry_run_counts_and_changes_nothing(store: sqlite3.Connection, aged: list[Post], now: datetime) -> None:
    assert purge(store, now=now, dry_run=True) == PurgeReport(19, 87, 94, 0, True)
    assert counts(store) == {"posts": 200, "answered": 0, "tombstones": 0}


def test_a_second_purge_finds_nothing(store: sqlite3.Connection, aged: list[Post], now: datetime) -> None:
    purge(store, now=now)
    assert purge(store, now=now) == PurgeReport(0, 0, 94, 0, False)


def test_a_store_without_tags_purges_by_age(store: sqlite3.Connection, make_post: MakePost, now: datetime) -> None:
    save(store, [make_post(text=f"{n}", fetched_at=now - timedelta(days=n)) for n in (10, 20, 30)], now=now)
    assert purge(store, now=now, keep_days=15).expired == 2


def test_negative_days_are_a_mistake(store: sqlite3.Connection, now: datetime) -> None:
    with pytest.raises(ValueError, match="negative"):
        purge(store, now=now, keep_days=-1)


@pytest.mark.parametrize("searched", [True, False], ids=["indexed", "not indexed"])
def test_nothing_of_a_purged_post_is_left_on_disk(
    tmp_path: Path, make_post: MakePost, now: datetime, searched: bool
) -> None:
    path = tmp_path / "posts.db"
    db = open_posts(path)
    old = now - timedelta(days=300)
    save(db, [make_post(text=f"甲乙丙丁戊己庚辛{n}号" * 40, fetched_at=old) for n in range(600)], now=now)
    kept = make_post(text="留下的这一条")
    save(db, [kept], now=now)
    if searched:
        assert len(search(db, "甲乙", limit=1000)) == 600
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    before = path.stat().st_size
    report = purge(db, now=now)
    assert list(read(db)) == [kept]
    assert path.stat().st_size < before / 4
    assert report.freed > before / 2
    traces = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert "甲乙丙丁".encode() not in traces
    assert "庚".encode() not in traces  # the index keeps single characters
    assert db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    db.close()


def test_scattered_deletions_give_their_space_back(tmp_path: Path, make_post: MakePost, now: datetime) -> None:
    path = tmp_path / "posts.db"
    db = open_posts(path)
    posts = [make_post(text=f"第{n}条留言，说的是路灯。" * 30, fetched_at=now - timedelta(days=30)) for n in range(900)]
    save(db, posts, now=now)
    tag(db, [post for n, post in enumerate(posts) if n % 3], "none")
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    before = path.stat().st_size
    assert purge(db, now=now).irrelevant == 600
    assert path.stat().st_size < before * 0.45
    assert search(db, "路灯", limit=1000) == [post for n, post in enumerate(posts) if n % 3 == 0][::-1]
    db.close()


def test_a_reader_in_the_way_stops_no_purge(tmp_path: Path, make_post: MakePost, now: datetime) -> None:
    db, reader = open_posts(tmp_path / "posts.db"), open_posts(tmp_path / "posts.db")
    save(db, [make_post(text=f"{n}", fetched_at=now - timedelta(days=300)) for n in range(9)], now=now)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM posts").fetchone()
    assert purge(db, now=now).expired == 9
    reader.execute("COMMIT")
    assert purge(db, now=now).kept == 0
    db.close()
    reader.close()


def test_a_disk_too_full_to_pack_still_purges(tmp_path: Path, make_post: MakePost, now: datetime) -> None:
    db = open_posts(tmp_path / "posts.db")
    save(db, [make_post(text=f"{n}" * 900, fetched_at=now - timedelta(days=300)) for n in range(200)], now=now)
    pages = db.execute("PRAGMA page_count").fetchone()[0]
    db.execute(f"PRAGMA max_page_count = {pages}")
    assert purge(db, now=now).expired == 200
    assert search(db, "1") == []
    db.close()


def test_the_words_of_a_deleted_or_changed_post_leave_with_the_next_purge(
    tmp_path: Path, make_post: MakePost, now: datetime
) -> None:
    db = open_posts(tmp_path / "posts.db")
    gone, edited = make_post(text="甲乙丙丁"), make_post(text="戊己庚辛")
    save(db, [gone, edited], now=now)
    search(db, "甲")
    forget(db, [gone.id], now=now)
    save(db, [replace(edited, text="改过的留言")], now=now)
    assert purge(db, now=now).expired == 0
    traces = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert not [char for char in "甲乙丙丁戊己庚辛" if char.encode() in traces]
    db.close()


def test_deleted_at_the_source_is_deleted_here(store: sqlite3.Connection, aged: list[Post], now: datetime) -> None:
    assert forget(store, [aged[0].id, aged[1].id, "nowhere"], now=now) == 2
    assert save(store, aged[:3], now=now) == SaveCounts(known=1, refused=2)
    assert store.execute("SELECT count(*) FROM tags").fetchone()[0] == 198
