"""Copies of one story are one group however they were passed on; different stories stay apart."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawlers.duplicates import groups

STORY = (
    "昨天下午五点多，城西老汽车站对面的巷子里，自来水管爆了，水一直漫到幼儿园门口，接孩子的家长只能蹚水过去。"
    "打了两次抢修电话，都说已经登记，到晚上九点还没有人来。希望有关单位尽快派人，至少先把阀门关上，再在路口摆个牌子提醒。"
)
OTHER = (
    "我们厂里三十多个人的加班费从五月拖到现在，老板说账上没有钱，可是新车间照样在装机器。劳动监察来过一次，拍了照片，"
    "让双方再谈。眼看要过冬了，想问问这种情况能不能走法律援助，需要准备哪些材料，大家一起去行不行。"
)


def edited(text: str, share: float, seed: int = 7) -> str:
    chance = random.Random(seed)
    return "".join(chance.choice("的了在是有和就不人都") if chance.random() < share else char for char in text)


@pytest.mark.parametrize(
    "copy",
    [
        STORY,
        f"【转发】{STORY}",
        f"转自民生群：{STORY}",
        STORY.replace("，", " ").replace("。", "！！"),
        STORY.replace("，", ",").replace("。", "."),
        STORY[: len(STORY) * 7 // 10],
        edited(STORY, 0.05),
        edited(STORY, 0.10),
    ],
    ids=["same", "reposted", "passed on", "re-punctuated", "half-width", "truncated", "5 % edited", "10 % edited"],
)
def test_a_copy_joins_its_story(copy: str) -> None:
    assert groups([OTHER, STORY, copy]) == [[1, 2]]


def test_different_stories_stay_apart() -> None:
    assert groups([STORY, OTHER, "", "？", STORY[:20]]) == []


def test_short_texts_are_copies_only_if_equal() -> None:
    assert groups(["顶", "顶！", "赞", "停水了", "停水了！", "停电了"]) == [[0, 1], [3, 4]]


def test_a_crowd_of_copies_is_one_group() -> None:
    texts = [edited(STORY, 0.02, seed) for seed in range(150)]
    assert groups(texts) == [list(range(150))]


def test_the_order_of_texts_does_not_matter() -> None:
    texts = [STORY, OTHER, edited(STORY, 0.05), edited(OTHER, 0.05)]
    assert groups(texts) == [[0, 2], [1, 3]]
    assert groups(texts[::-1]) == [[0, 2], [1, 3]]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.text(max_size=40), max_size=12))
def test_any_texts_make_disjoint_groups(texts: list[str]) -> None:
    found = groups(texts)
    places = [place for group in found for place in group]
    assert len(places) == len(set(places))
    assert all(len(group) > 1 for group in found)
