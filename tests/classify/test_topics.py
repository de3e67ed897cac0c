"""Topics: one matter in several wordings is one topic, with terms and places, and nothing of anybody."""

from datetime import timedelta

import pytest

from classify.topics import topics

DUST = [
    "望江小区旁边的搅拌站半夜还在生产，噪音大，灰尘飘进居民家里",
    "搅拌站的灰尘太大了，望江小区的窗户都不敢开，夜里噪音不断",
    "请管管望江小区附近那家搅拌站，粉尘噪音扰民，居民睡不着",
    "我住望江小区，搅拌站离我们不到一百米，灰尘噪音都超标了吧",
]
BUS = [
    "17路公交末班车改到晚上八点，下班的人回不了家，希望延长末班车时间",
    "公交17路末班车太早，下晚班只能打车，能否延长末班车",
    "末班公交提前到八点，下班族怎么办，请恢复17路末班车时间",
]
OTHER = ["想问公证需要哪些材料", "感谢民警帮我找回钱包", "图书馆周末开放到几点"]


def letters(post, texts, now, *, first=0, days=1.0):
    return [post(first + n, "", text, now - timedelta(days=days, minutes=n)) for n, text in enumerate(texts)]


def test_two_matters_are_two_topics_and_single_posts_none(post, now):
    posts = letters(post, DUST + BUS + OTHER, now)
    dust, bus = topics(posts, now=now, since=now - timedelta(days=7))
    assert set(dust.ids) == {one.id for one in posts[:4]}
    assert set(bus.ids) == {one.id for one in posts[4:7]}
    assert "搅拌站" in dust.terms
    assert dust.places == ("望江小区",)
    assert dust.headline.startswith("望江小区：")
    assert (dust.count, dust.usual, dust.growth, dust.sources) == (4, None, None, ("信箱",))
    assert dust.first < dust.last < now


def test_growth_is_against_an_equal_span_before(post, now):
    before = letters(post, DUST[:2], now, first=50, days=8)
    (dust,) = topics(before + letters(post, DUST, now), now=now, since=now - timedelta(days=7))
    assert (dust.usual, dust.growth) == (2.0, 2.0)


def test_posts_of_later_or_earlier_are_not_counted(post, now):
    posts = letters(post, DUST, now, days=10) + letters(post, BUS, now + timedelta(days=3), first=50)
    assert topics(posts, now=now, since=now - timedelta(days=7)) == []


def test_names_are_no_terms(post, now):
    texts = [f"{text}，诸葛亮和司马懿都来看过，欧阳修也说要管" for text in DUST]
    (dust,) = topics(letters(post, texts, now), now=now, since=now - timedelta(days=7))
    assert not {"诸葛亮", "司马懿", "欧阳修"} & set(dust.terms)


@pytest.mark.parametrize("texts", [[], ["停水了"], ["", "", ""], ["!!!", "???", "..."], ["hello world"] * 4])
def test_little_or_no_text_makes_no_topic(post, now, texts):
    assert topics(letters(post, texts, now), now=now, since=now - timedelta(days=7)) == []


def test_a_span_that_ends_before_it_begins_is_refused(now):
    with pytest.raises(ValueError, match="since"):
        topics([], now=now, since=now)


def test_the_order_of_posts_does_not_matter(post, now):
    posts = letters(post, DUST + BUS + OTHER, now)
    week = now - timedelta(days=7)
    forward, backward = topics(posts, now=now, since=week), topics(posts[::-1], now=now, since=week)
    assert [set(one.ids) for one in forward] == [set(one.ids) for one in backward]


def test_pronouns_and_numbers_are_no_terms(post, now):
    texts = [f"{text}，请问为什么我们这边没有之后的消息" for text in DUST]
    (dust,) = topics(letters(post, texts, now), now=now, since=now - timedelta(days=7))
    assert not {"为什么", "我们", "这边", "之后"} & set(dust.terms)
    assert "搅拌站" in dust.terms


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("反映距离A3区最近的搅拌站扰民", "A3区"),
        ("希望延长这条断头路", None),
        ("来自农村的搅拌站", None),
        ("我们小区外有搅拌站", None),
        ("住在桃花岭小区，搅拌站太吵", "桃花岭小区"),
    ],
)
def test_only_what_has_a_name_is_a_place(post, now, text, place):
    posts = letters(post, [f"{text}，{line}" for line in ("灰尘太大", "灰尘很大怎么办", "灰尘噪音")], now)
    (found,) = topics(posts, now=now, since=now - timedelta(days=7))
    assert found.places == ((place,) if place else ())
