"""posts.db: new, known, changed, refused."""

import sqlite3
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from crawlers.database import BusyDatabase, DatabaseError
from crawlers.posts import Post
from crawlers.store import SaveCounts, counts, forget, get, open_posts, read, save, search

MakePost = Callable[..., Post]


def test_a_saved_post_comes_back_equal(store: sqlite3.Connection, make_post: MakePost, now: datetime) -> None:
    post = make_post(answer="已修复。", answered_at=now, answered_by="市城市管理局", views=3)
    assert save(store, [post], now=now) == SaveCounts(new=1)
    assert get(store, post.id) == post
    assert list(read(store)) == [post]


def test_saving_again_adds_nothing(store: sqlite3.Connection, make_post: MakePost, now: datetime) -> None:
    posts = [make_post(text=f"第{n}处路灯不亮") for n in range(30)]
    save(store, posts, now=now)
    assert save(store, posts, now=now) == SaveCounts(known=30)
    assert counts(store)["posts"] == 30


def test_a_new_answer_is_a_change(store: sqlite3.Connection, make_post: MakePost, now: datetime) -> None:
    post = make_post(locator="1")
    save(store, [post], now=now)
    answered = replace(post, answer="今日已修复。", answered_at=now, answered_by="市城市管理局")
    assert save(store, [answered], now=now) == SaveCounts(changed=1)
    assert get(store, post.id) == answered
    assert save(store, [answered], now=now) == SaveCounts(known=1)


def test_an_older_export_does_not_erase_an_answer(
    store: sqlite3.Connection, make_post: MakePost, now: datetime
) -> None:
    unanswered = make_post(locator="1")
    answered = replace(unanswered, answer="今日已修复。", answered_at=now)
    save(store, [answered], now=now)
    assert save(store, [unanswered], now=now) == SaveCounts(known=1)
    assert get(store, answered.id) == answered


def test_counters_are_refreshed_without_a_change(store: sqlite3.Connection, make_post: MakePost, now: datetime) -> None:
    post = make_post(locator="1", views=3, replies=1)
    save(store, [post], now=now)
    assert save(store, [replace(post, views=9, replies=None)], now=now) == SaveCounts(known=1)
    stored = get(store, post.id)
    assert stored is not None
    assert (stored.views, stored.replies) == (9, 1)


def test_two_versions_in_one_batch_count_once_as_new(
    store: sqlite3.Connection, make_post: MakePost, now: datetime
) -> None:
    first = make_post(locator="1")
    second = replace(first, answer="已修复。")
    assert save(store, [first, second], now=now) == SaveCounts(new=1, known=1)
    assert get(store, first.id) == second


def test_what_was_forgotten_is_refused(store: sqlite3.Connection, make_post: MakePost, now: datetime) -> None:
    post = make_post()
    save(store, [post], now=now)
    assert forget(store, [post.id, "unknown"], now=now) == 1
    assert save(store, [post], now=now) == SaveCounts(refused=1)
    assert counts(store) == {"posts": 0, "answered": 0, "tombstones": 1}


def test_read_filters_and_orders(store: sqlite3.Connection, make_post: MakePost, now: datetime) -> None:
    posts = [
        make_post(text=f"第{n}条", posted_at=now - timedelta(days=n), source="甲" if n % 2 else "乙") for n in range(6)
    ]
    save(store, reversed(posts), now=now)
    assert list(read(store)) == posts
    assert list(read(store, since=now - timedelta(days=2))) == posts[:3]
    assert list(read(store, source="甲", limit=2)) == [posts[1], posts[3]]
    assert list(read(store, label="public_interest")) == []


def test_a_full_disk_is_reported_and_nothing_committed_is_lost(
    store: sqlite3.Connection, make_post: MakePost, now: datetime
) -> None:
    save(store, [make_post()], now=now)
    pages = store.execute("PRAGMA page_count").fetchone()[0]
    store.execute(f"PRAGMA max_page_count = {pages + 2}")
    many = [make_post(text=f"{n}号路灯不亮，" * 20) for n in range(500)]
    with pytest.raises(DatabaseError, match="磁盘已满"):
        save(store, many, now=now)
    assert counts(store)["posts"] == 1
    store.execute("PRAGMA max_page_count = 100000")
    assert save(store, many, now=now) == SaveCounts(new=500)
    assert store.execute("PRAGMA integrity_check").fetchone()[0] == "ok"


def test_a_locked_store_is_reported(tmp_path: Path, make_post: MakePost, now: datetime) -> None:
    first, second = open_posts(tmp_path / "p.db"), open_posts(tmp_path / "p.db")
    second.execute("PRAGMA busy_timeout = 20")
    first.execute("BEGIN IMMEDIATE")
    with pytest.raises(BusyDatabase, match="另一个程序"):
        save(second, [make_post()], now=now)
    first.execute("ROLLBACK")
    assert save(second, [make_post()], now=now).new == 1
    first.close()
    second.close()


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "p.db").write_text("留言编号,留言主题\n" * 300)
    with pytest.raises(DatabaseError, match="不是数据库"):
        open_posts(tmp_path / "p.db")


def test_a_damaged_file_is_named(tmp_path: Path, make_post: MakePost, now: datetime) -> None:
    path = tmp_path / "p.db"
    db = open_posts(path)
    save(db, [make_post(text=f"{n}号路灯不亮" * 30) for n in range(400)], now=now)
    db.close()
    raw = bytearray(path.read_bytes())
    raw[4096 * 3 : 4096 * 40] = b"\x55" * (4096 * 37)
    path.write_bytes(raw)
    with pytest.raises(DatabaseError, match="损坏"):
        save(open_posts(path), [make_post(text=f"{n}号路灯又不亮" * 30) for n in range(400)], now=now)


def test_a_changed_post_is_found_by_its_new_words_only(
    store: sqlite3.Connection, make_post: MakePost, now: datetime
) -> None:
    post = make_post(locator="1", text="小区停水两天了，一直没有人管。")
    save(store, [post], now=now)
    assert search(store, "停水") == [post]
    later = replace(post, text="小区停电两天了，一直没有人管。")
    save(store, [later], now=now)
    assert search(store, "停水") == []
    assert search(store, "停电") == [later]


def test_a_number_may_be_cut_short_while_it_is_the_only_one(tmp_path: Path) -> None:
    from crawlers.clock import CHINA
    from crawlers.store import full_id

    db = open_posts(tmp_path / "numbers.db")
    assert full_id(db, "") is None
    post = Post.make(
        b"k" * 32, source="甲", locator="1", channel="file", url="", title="停水", text="小区停水三天了没有人来",
        posted_at=None, fetched_at=datetime(2026, 11, 20, tzinfo=CHINA),
    )  # fmt: skip
    save(db, [post], now=datetime(2026, 11, 20, tzinfo=CHINA))
    assert full_id(db, post.id[:4]) == post.id
    assert full_id(db, "没有") is None
    db.close()
