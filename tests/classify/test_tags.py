"""Tags in posts.db: what the model says once, what an analyst says for good."""

from dataclasses import replace
from datetime import timedelta

import pytest

from classify.labels import Division, load_taxonomy
from classify.tags import UnknownPost, correct, counts, put_back, ready, tag_new, tag_of, tags_of, wording
from crawlers.store import forget, save

FIRE_TEXT = ("化工厂起火", "今天凌晨化工厂起火爆炸，浓烟往居民区飘，有人受伤")


@pytest.fixture
def water(post):
    return post(1, "停水", "我们小区停水三天，一千多户没法做饭，物业和自来水公司互相推")


@pytest.fixture
def fire(post):
    return post(2, *FIRE_TEXT)


def test_new_posts_are_tagged_once(db, model, water, fire, now):
    save(db, [water, fire], now=now)
    first = tag_new(db, model, now=now)
    assert (first.tagged, first.labels["public_interest"], first.labels["emergency"]) == (2, 1, 1)
    assert tag_new(db, model, now=now).tagged == 0
    tag = tag_of(db, fire.id)
    assert (tag.label, tag.model, tag.taxonomy, tag.corrected_at) == (
        "emergency",
        model.version,
        load_taxonomy().version,
        None,
    )
    assert tag.terms


def test_a_correction_outranks_the_model_for_good(db, model, water, now):
    save(db, [water], now=now)
    tag_new(db, model, now=now)
    before = tag_of(db, water.id)
    tag = correct(db, water.id, "credibility", now=now, note="主要说推诿")
    assert (tag.label, tag.proposed, tag.review, tag.note) == ("credibility", "public_interest", False, "主要说推诿")
    tag_new(db, model, now=now + timedelta(days=1), again=True)
    assert tag_of(db, water.id) == tag
    assert counts(db) == {"credibility": 1, "review": 0, "corrected": 1}
    assert put_back(db, before) == before
    assert counts(db) == {"public_interest": 1, "review": int(before.review), "corrected": 0}


def test_a_post_whose_words_changed_is_judged_again(db, model, post, water, now):
    save(db, [water], now=now)
    tag_new(db, model, now=now)
    changed = post(1, *FIRE_TEXT)
    save(db, [changed], now=now + timedelta(hours=1))
    assert tag_new(db, model, now=now + timedelta(hours=2)).tagged == 1
    assert tag_of(db, water.id).label == "emergency"


def test_another_model_tags_again_only_when_asked(db, model, water, now):
    save(db, [water], now=now)
    tag_new(db, model, now=now)
    with db:
        db.execute("UPDATE tags SET model = 'older'")
    assert tag_new(db, model, now=now).tagged == 0
    assert tag_new(db, model, now=now, again=True).tagged == 1


def test_the_tag_goes_with_the_post(db, model, water, fire, now):
    save(db, [water, fire], now=now)
    tag_new(db, model, now=now)
    forget(db, [water.id], now=now)
    assert tag_of(db, water.id) is None
    assert tag_of(db, fire.id)


def test_an_unknown_label_and_an_unknown_post_are_refused(db, now):
    ready(db)
    with pytest.raises(ValueError, match="没有标签 gossip"):
        correct(db, "x", "gossip", now=now)
    with pytest.raises(UnknownPost, match="没有编号为 x"):
        correct(db, "x", "policy", now=now)


def test_an_empty_store_is_counted_as_empty(db, model, now):
    assert tag_new(db, model, now=now).tagged == 0
    assert counts(db) == {"review": 0, "corrected": 0}


def test_a_title_that_opens_the_text_is_not_judged_twice():
    assert wording("停水", "停水三天") == "停水三天"
    assert wording("停水", "三天了") == "停水 三天了"


def test_a_record_keeps_the_version_it_was_judged_under(db, model, water, now):
    official = replace(load_taxonomy(), version="官方文本一")
    save(db, [water], now=now)
    tag_new(db, model, now=now, taxonomy=official)
    assert tag_of(db, water.id).taxonomy == "官方文本一"


def test_the_office_divides_a_kind_and_a_correction_divides_anew(db, model, water, now):
    office = replace(load_taxonomy(), divisions=(Division("供水", ("停水", "水压")),))
    save(db, [water], now=now)
    tag_new(db, model, now=now, taxonomy=office)
    assert tag_of(db, water.id).division == "供水"
    assert correct(db, water.id, "policy", now=now).division == ""
    assert correct(db, water.id, "policy", now=now, taxonomy=office).division == "供水"
    assert tags_of(db, [water.id, "x"])[water.id].as_json()["division"] == "供水"
