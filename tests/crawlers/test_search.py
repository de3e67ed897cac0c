"""Search finds what LIKE finds, in words of any length, without reading every text."""

import random
import sqlite3
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crawlers.posts import Post
from crawlers.search import index, search
from crawlers.store import forget, open_posts, save

MakePost = Callable[..., Post]


@pytest.fixture
def town(store: sqlite3.Connection, make_post: MakePost, now: datetime) -> sqlite3.Connection:
    """Posts with words that hide in each other."""
    texts = [
        "小区供热不足",
        "供，热",
        "电热供应",
        "供热公司回复：100%已修_好",
        "Wi-Fi 信号差",
        "５G基站",
        "暖气不热，供热投诉无门",
    ]
    save(store, [make_post(text=text, title="") for text in texts], now=now)
    return store


def found(db: sqlite3.Connection, words: str) -> set[str]:
    return {post.text for post in search(db, words, limit=100)}


@pytest.mark.parametrize(
    ("words", "texts"),
    [
        ("供热", {"小区供热不足", "供热公司回复：100%已修_好", "暖气不热，供热投诉无门"}),
        ("热", {"小区供热不足", "供，热", "电热供应", "供热公司回复：100%已修_好", "暖气不热，供热投诉无门"}),
        ("供，热", {"供，热"}),
        ("供热 投诉", {"暖气不热，供热投诉无门"}),
        ("wi-fi", {"Wi-Fi 信号差"}),
        ("100%", {"供热公司回复：100%已修_好"}),
        ("修_好", {"供热公司回复：100%已修_好"}),
        ("%", {"供热公司回复：100%已修_好"}),
        ("５G", {"５G基站"}),
        ('"供热"', set()),
        ("供热 OR 电热", set()),
        ("停水", set()),
        ("", set()),
        ("  ", set()),
    ],
)
def test_words_of_any_length_are_found_exactly(town: sqlite3.Connection, words: str, texts: set[str]) -> None:
    assert found(town, words) == texts


def test_title_and_answer_are_searched_too(store: sqlite3.Connection, make_post: MakePost, now: datetime) -> None:
    save(
        store, [make_post(title="井盖", text="坏了"), make_post(title="路面", text="不平", answer="已换井盖")], now=now
    )
    assert len(search(store, "井盖")) == 2
    assert search(store, "盖坏") == []  # not across fields


def test_newest_first_and_limited(store: sqlite3.Connection, make_post: MakePost, now: datetime) -> None:
    posts = [make_post(text=f"第{n}次停水", posted_at=now - timedelta(days=n)) for n in range(9)]
    save(store, posts, now=now)
    assert search(store, "停水", limit=3) == posts[:3]


def test_what_is_saved_later_is_found_too(store: sqlite3.Connection, make_post: MakePost, now: datetime) -> None:
    save(store, [make_post(text="第一次停水")], now=now)
    assert len(search(store, "停水")) == 1
    save(store, [make_post(text="第二次停水")], now=now)
    assert len(search(store, "停水")) == 2
    assert index(store) == 0


def test_what_is_forgotten_is_not_found(store: sqlite3.Connection, make_post: MakePost, now: datetime) -> None:
    posts = [make_post(text=f"第{n}次停水") for n in range(3)]
    save(store, posts, now=now)
    search(store, "停水")
    forget(store, [posts[2].id], now=now)
    later = make_post(text="又一次停水")
    save(store, [later], now=now)
    assert {post.id for post in search(store, "停水")} == {posts[0].id, posts[1].id, later.id}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(words=st.text(alphabet="供热停水a1，%_ ", max_size=5))
def test_hits_are_those_of_like(same: sqlite3.Connection, words: str) -> None:
    literal = [word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") for word in words.split()]
    where = " AND ".join(["text LIKE ? ESCAPE '\\'"] * len(literal)) or "0"
    expected = {
        row[0] for row in same.execute(f"SELECT id FROM posts WHERE {where}", [f"%{word}%" for word in literal])
    }
    assert {post.id for post in search(same, words, limit=1000)} == expected


@pytest.mark.parametrize("sizes", [(0, 0, 5), (0, 0, 1000), (0, 1000, 5), (1000, 1000, 5)])
def test_whichever_way_is_short_the_newest_hits_are_the_same(
    same: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch, sizes: tuple[int, int, int]
) -> None:
    for name, size in zip(("_FEW", "_MANY", "_NEWEST"), sizes, strict=True):
        monkeypatch.setattr(f"crawlers.search.{name}", size)
    for word in ("热", "供热", "a1", "水停", "，", "热1水"):
        order = "ORDER BY coalesce(posted_at, fetched_at) DESC, seq DESC LIMIT 7"
        rows = same.execute(f"SELECT id FROM posts WHERE text LIKE ? {order}", [f"%{word}%"])
        assert [post.id for post in search(same, word, limit=7)] == [row[0] for row in rows]


def test_an_index_with_places_gives_way_to_one_without(tmp_path: Path, make_post: MakePost, now: datetime) -> None:
    import sqlite_utils

    from crawlers.schema import SET

    path = tmp_path / "old.db"
    old = sqlite_utils.Database(path)
    SET.apply(old, stop_before="characters")
    post = make_post(title="", text="小区供热不足")
    row = post.as_json() | {"digest": 1}
    old.table("posts").insert(row)
    old.execute("INSERT INTO posts_fts (rowid, words) VALUES (1, '小 区 供 热 不 足')")
    old.execute("UPDATE upkeep SET upto = 1")
    old.conn.commit()
    old.close()
    db = open_posts(path)
    assert [found.id for found in search(db, "供热")] == [post.id]
    assert forget(db, [post.id], now=now) == 1
    assert search(db, "供热") == []
    db.close()


def test_no_text_can_be_put_together_from_the_index(town: sqlite3.Connection) -> None:
    index(town)
    town.execute("CREATE VIRTUAL TABLE temp.places USING fts5vocab (main, posts_fts, instance)")
    assert town.execute("SELECT count(*) FROM temp.places WHERE offset IS NOT NULL").fetchone()[0] == 0


@pytest.fixture(scope="module")
def same(tmp_path_factory: pytest.TempPathFactory) -> sqlite3.Connection:
    """Many short texts of few characters, so that random words meet some."""
    from crawlers.clock import CHINA

    now = datetime(2026, 9, 16, tzinfo=CHINA)
    chance = random.Random(7)
    db = open_posts(Path(tmp_path_factory.mktemp("search")) / "posts.db")
    texts = {"".join(chance.choices("供热停水a1，%_ ", k=chance.randint(1, 6))) for _ in range(400)}
    posts = [
        Post.make(
            b"k", source="s", locator=text, channel="file", url="", title="", text=text, posted_at=None, fetched_at=now
        )
        for text in sorted(texts)
    ]
    save(db, posts, now=now)
    return db
