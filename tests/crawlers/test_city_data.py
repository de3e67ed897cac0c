"""What the sample city's data files promise: balance, dates that follow `now`, promises, planted values."""

import re
from collections import Counter
from datetime import date, datetime, timedelta

import pytest

from crawlers.city import City, planted, serve
from crawlers.city.items import Item, load
from crawlers.city.phrases import fill, moment
from crawlers.clock import CHINA

NOW = datetime(2026, 11, 21, 16, 30, 45, tzinfo=CHINA)
LABELS = {
    "policy", "public_interest", "credibility", "emergency", "moral_line", "clarification", "superior_directed", "none",
}  # fmt: skip
TIMED = re.compile(
    r"\d+(?:个工作)?[日天]内|\d+小时内|[日底]前|一周内|尽快|[年月](?:上半年|中旬)|每季度|每半年|每月|今日内|[本月]\d*[日周]|近期"
)


@pytest.fixture(scope="module")
def items() -> tuple[Item, ...]:
    return load(NOW)


@pytest.mark.parametrize(
    ("age", "expected"),
    [
        ("3d 09:10", datetime(2026, 11, 18, 9, 10, tzinfo=CHINA)),
        ("5h", datetime(2026, 11, 21, 11, 30, tzinfo=CHINA)),
        ("40m", datetime(2026, 11, 21, 15, 50, tzinfo=CHINA)),
    ],
)
def test_ages_count_back_from_now(age: str, expected: datetime) -> None:
    assert moment(age, NOW) == expected


def test_a_misspelt_age_is_refused() -> None:
    with pytest.raises(ValueError, match="not an age"):
        moment("yesterday", NOW)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("将于{日-2}前", "将于11月19日前"),
        ("{年月日+41}起", "2027年1月1日起"),
        ("{月+1}底前", "12月底前"),
        ("{月+2}底前", "1月底前"),
        ("{年}招聘", "2026年招聘"),
        ("{网友}您好", "{网友}您好"),
    ],
)
def test_date_slots_follow_now(text: str, expected: str) -> None:
    assert fill(text, NOW) == expected


def test_dates_are_chinas_wherever_the_clock_stands() -> None:
    late = datetime.fromisoformat("2026-11-20T17:00:00+00:00")  # already the 21st in China
    assert fill("{日}", late) == "11月21日"


def test_there_are_about_150_items_and_every_label_has_enough(items: tuple[Item, ...]) -> None:
    assert 150 <= len(items) <= 180
    counts = Counter(item.label for item in items)
    assert set(counts) == LABELS
    assert min(counts.values()) >= 8


@pytest.mark.parametrize(("channel", "least"), [("site", 40), ("mailbox", 38), ("forum", 48), ("feed", 35)])
def test_every_channel_has_its_share(items: tuple[Item, ...], channel: str, least: int) -> None:
    assert sum(item.channel == channel for item in items) >= least


def test_titles_addresses_and_numbers_are_all_different(items: tuple[Item, ...]) -> None:
    for values in ([item.title for item in items], [item.path for item in items], [item.number for item in items]):
        assert len(set(values)) == len(values)


@pytest.mark.parametrize("hour", [0, 7, 16, 23])
def test_nothing_happens_in_the_future_or_out_of_order(hour: int) -> None:
    now = NOW.replace(hour=hour)
    for item in load(now):
        times = [item.posted_at, *(reply.posted_at for reply in item.replies)]
        assert times == sorted(times)
        assert item.changed_at <= now, item.title
        assert item.answered_at is None or item.answered_at > item.posted_at, item.title


def test_no_slot_is_left_open(items: tuple[Item, ...]) -> None:
    for item in items:
        words = [item.title, item.text, item.answer, *(reply.text for reply in item.replies)]
        assert not re.search(r"[{}]", "".join(words)), item.title


def test_the_same_now_gives_the_same_city(items: tuple[Item, ...]) -> None:
    assert load(NOW) == items
    assert load(NOW + timedelta(days=3)) != items


def test_at_least_fifteen_answers_promise_something_by_some_time(items: tuple[Item, ...]) -> None:
    timed = [item for item in items if item.channel == "mailbox" and TIMED.search(item.answer)]
    assert len(timed) >= 15


def test_answers_come_from_offices(items: tuple[Item, ...]) -> None:
    for item in items:
        assert bool(item.answer) == bool(item.answered_by) == bool(item.answered_at), item.title


def test_planted_values_are_many_and_never_part_of_the_configuration(city: City) -> None:
    values = planted()
    assert len(values) > 120
    assert {"19900007788", "539902197803142121", "云上种菜的阿梅"} <= set(values)
    for text in (city.office_toml(), city.sources_toml()):
        assert not [value for value in values if value in text]


def test_planted_values_stand_only_where_they_identify(items: tuple[Item, ...]) -> None:
    """A handle that is also an ordinary phrase of some text would make every leak test cry wolf."""
    handles = {item.handle for item in items if item.handle}
    for item in items:
        others = [handle for handle in handles - {item.handle} if handle in item.title + item.text + item.answer]
        assert not others, item.title


@pytest.fixture(scope="module")
def city() -> City:
    with serve(NOW) as city:
        return city  # what is asked of it here needs no open port


def test_the_kept_promise_can_be_walked_to_its_proof(city: City) -> None:
    story = city.story
    assert story.quote in story.answer
    assert story.due == date(2026, 11, 19)
    assert "11月19日前" in story.quote
    proof = next(item for item in city.items if city.url(item) == story.proof_url)
    assert story.proof_quote in proof.text
    assert proof.posted_at.date() == date(2026, 11, 20)
    promised = re.search(r"(\d+)个司法所", story.quote)
    assert promised is not None
    assert promised[0] in story.proof_quote
    assert len(re.findall(r"^\d+\. .+司法所$", proof.text, re.MULTILINE)) == int(promised[1])


def test_the_broken_promise_fell_due_last_week_and_nothing_proves_it(city: City) -> None:
    broken = city.broken
    assert broken.quote in broken.answer
    assert broken.due == date(2026, 11, 14)
    assert not [item for item in city.items if item.channel == "site" and "坡道" in item.text]


def test_the_ambiguous_promise_has_no_day(city: City) -> None:
    assert city.ambiguous.quote in city.ambiguous.answer
    assert city.ambiguous.due is None


def test_promises_are_owed_by_declared_units(city: City) -> None:
    declared = city.office_toml()
    for promise in (city.story, city.broken, city.ambiguous):
        assert f'name = "{promise.unit}"' in declared


def test_what_a_sweep_meets_besides_the_items_is_named(city: City) -> None:
    assert len(set(city.extras)) == 2
    assert not set(city.extras) & {item.title for item in city.items}
    shown = {title for host in (city.forum, city.portal) for title in city.extras
             if any(title in page.body.decode("gbk", "ignore") or title in page.body.decode("utf-8", "ignore")
                    for page in host.pages.values())}  # fmt: skip
    assert shown == set(city.extras)
