"""Drift: said when the incoming posts no longer look like what the model learnt, and only then."""

from datetime import timedelta

from classify.drift import drift
from classify.tags import tag_new
from crawlers.store import save

USUAL = ("停水", "我们小区停水三天，一千多户没法做饭，物业和自来水公司互相推")
STRANGE = ("蟠螭", "氍毹斡旋甪直鼋鼍瓮牖囹圄饕餮魑魅魍魉觊觎罹患桎梏龃龉")


def letters(post, first, number, wording, at):
    title, text = wording
    return [post(first + n, title, f"{text}第{n}次", at) for n in range(number)]


def test_new_wording_is_noticed(db, model, post, now):
    before = letters(post, 0, 60, USUAL, now - timedelta(days=20))
    recent = letters(post, 100, 60, STRANGE, now - timedelta(days=2))
    save(db, before + recent, now=now)
    tag_new(db, model, now=now)
    found = drift(db, model, now=now)
    assert (found.before, found.recent) == (60, 60)
    assert found.unseen[1] > found.unseen[0]
    assert "huiying label" in found.advice


def test_more_of_the_same_is_no_drift(db, model, post, now):
    posts = letters(post, 0, 60, USUAL, now - timedelta(days=20)) + letters(post, 100, 60, USUAL, now)
    save(db, posts, now=now)
    tag_new(db, model, now=now)
    assert drift(db, model, now=now + timedelta(hours=1)).advice == ""


def test_few_posts_say_nothing(db, model, post, now):
    save(db, letters(post, 0, 5, STRANGE, now - timedelta(days=1)), now=now)
    tag_new(db, model, now=now)
    assert drift(db, model, now=now).advice == ""


def test_an_empty_store_has_no_drift(db, model, now):
    found = drift(db, model, now=now)
    assert (found.recent, found.before, found.unseen, found.advice) == (0, 0, (0.0, 0.0), "")
