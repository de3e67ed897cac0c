"""Tags in posts.db: what the model says once, what an analyst says for good."""

from datetime import UTC, datetime, timedelta

import pytest

from classify.tags import UnknownPost, correct, counts, ready, tag_new, tag_of, undo, wording
from crawlers.posts import Post
from crawlers.store import forget, open_posts, save

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
KEY = b"k" * 32


def post(n, title, text):
    return Post.make(
        KEY,
        source="信箱",
        locator=str(n),
        channel="mailbox",
        url="",
        title=title,
        text=text,
        posted_at=NOW,
        fetched_at=NOW,
    )


@pytest.fixture
def db(tmp_path):
    db = open_posts(tmp_path / "posts.db")
    yield db
    db.close()


WATER = post(1, "停水", "我们小区停水三天，一千多户没法做饭，物业和自来水公司互相推")
FIRE = post(2, "化工厂起火", "今天凌晨化工厂起火爆炸，浓烟往居民区飘，有人受伤")


def test_new_posts_are_tagged_once(db, model):
    save(db, [WATER, FIRE], now=NOW)
    first = tag_new(db, model, now=NOW)
    assert (first.tagged, first.labels["public_interest"], first.labels["emergency"]) == (2, 1, 1)
    assert tag_new(db, model, now=NOW).tagged == 0
    tag = tag_of(db, FIRE.id)
    assert (tag.label, tag.model, tag.taxonomy, tag.corrected_at) == (
        "emergency",
        model.version,
        model.taxonomy,
        None,
    )
    assert tag.terms


def test_a_correction_outranks_the_model_for_good(db, model):
    save(db, [WATER], now=NOW)
    tag_new(db, model, now=NOW)
    tag = correct(db, WATER.id, "credibility", now=NOW, note="主要说推诿")
    assert (tag.label, tag.proposed, tag.review, tag.note) == ("credibility", "public_interest", False, "主要说推诿")
    tag_new(db, model, now=NOW + timedelta(days=1), again=True)
    assert tag_of(db, WATER.id) == tag
    assert counts(db) == {"credibility": 1, "review": 0, "corrected": 1}
    assert undo(db, WATER.id).label == "public_interest"


def test_a_post_whose_words_changed_is_judged_again(db, model):
    save(db, [WATER], now=NOW)
    tag_new(db, model, now=NOW)
    changed = post(1, "起火", "今天凌晨化工厂起火爆炸，浓烟往居民区飘，有人受伤")
    save(db, [changed], now=NOW + timedelta(hours=1))
    assert tag_new(db, model, now=NOW + timedelta(hours=2)).tagged == 1
    assert tag_of(db, WATER.id).label == "emergency"


def test_another_model_tags_again_only_when_asked(db, model):
    save(db, [WATER], now=NOW)
    tag_new(db, model, now=NOW)
    with db:
        db.execute("UPDATE tags SET model = 'older'")
    assert tag_new(db, model, now=NOW).tagged == 0
    assert tag_new(db, model, now=NOW, again=True).tagged == 1


def test_the_tag_goes_with_the_post(db, model):
    save(db, [WATER, FIRE], now=NOW)
    tag_new(db, model, now=NOW)
    forget(db, [WATER.id], now=NOW)
    assert tag_of(db, WATER.id) is None
    assert tag_of(db, FIRE.id)


def test_an_unknown_label_and_an_unknown_post_are_refused(db, model):
    ready(db)
    with pytest.raises(ValueError, match="没有标签 gossip"):
        correct(db, "x", "gossip", now=NOW)
    with pytest.raises(UnknownPost, match="没有编号为 x"):
        correct(db, "x", "policy", now=NOW)
    with pytest.raises(UnknownPost):
        undo(db, "x")


def test_an_empty_store_is_counted_as_empty(db, model):
    assert tag_new(db, model, now=NOW).tagged == 0
    assert counts(db) == {"review": 0, "corrected": 0}


def test_a_title_that_opens_the_text_is_not_judged_twice():
    assert wording("停水", "停水三天") == "停水三天"
    assert wording("停水", "三天了") == "停水 三天了"
