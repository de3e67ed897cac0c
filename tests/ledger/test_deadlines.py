"""The deadline engine: statutory vectors, seeds' wordings, laws that always hold, and a day-by-day oracle."""

import os
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.clock import CHINA
from ledger.timing.calendar import default_calendar
from ledger.timing.deadlines import Deadline, due

CALENDAR = default_calendar()
SEED = datetime(2018, 1, 16, tzinfo=CHINA)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=CHINA)


def day_of(text: str, anchor: str) -> str | None:
    return due(text, anchor=at(anchor)).as_json()["due_date"]


def test_the_contract_of_the_command() -> None:
    answer = due("3个工作日内", anchor=at("2026-09-30")).as_json()
    assert list(answer)[:5] == ["due_date", "due_at", "certainty", "kind", "explanation"]
    assert answer["due_date"] == "2026-10-10"
    assert answer["due_at"] == "2026-10-11T00:00:00+08:00"
    assert (answer["certainty"], answer["kind"]) == ("firm", "working_days")
    assert "计入10月10日（补班）" in answer["explanation"]


@pytest.mark.parametrize(
    ("text", "anchor", "day"),
    [
        ("5个工作日内", "2018-02-09", "2018-02-22"),
        ("1个工作日内", "2026-09-18", "2026-09-20"),
        ("1个工作日内", "2026-09-19", "2026-09-20"),
        ("15个工作日内", "2026-09-21", "2026-10-19"),
        ("一个月内", "2026-01-31", "2026-02-28"),
        ("三年内", "2024-02-29", "2027-03-01"),  # 2027-02-28 is a Sunday
        ("15日内", "2026-09-21", "2026-10-08"),  # 10-06 lies in the holidays
        ("7日内", "2026-09-13", "2026-09-20"),  # a Sunday that is worked
    ],
)
def test_statutory_vectors(text: str, anchor: str, day: str) -> None:
    assert day_of(text, anchor) == day


@pytest.mark.parametrize(
    ("text", "day", "last_workday"),
    [
        ("2月底", "2018-02-28", "2018-02-28"),
        ("3月中旬", "2018-03-20", "2018-03-20"),
        ("3月底", "2018-03-31", "2018-03-30"),
        ("3月", "2018-03-31", "2018-03-30"),
        ("4月份出台监测标准", "2018-04-30", "2018-04-28"),
        ("5月底", "2018-05-31", "2018-05-31"),
        ("5月底前", "2018-05-31", "2018-05-31"),
        ("6月份前", "2018-05-31", "2018-05-31"),
        ("6月底", "2018-06-30", "2018-06-29"),
        ("6月底前", "2018-06-30", "2018-06-29"),
        ("8月底", "2018-08-31", "2018-08-31"),
        ("10月底", "2018-10-31", "2018-10-31"),
        ("2018年底前", "2018-12-31", "2018-12-29"),
        ("全年", "2018-12-31", "2018-12-29"),
        ("定期", None, None),
        ("按期", None, None),
    ],
)
def test_the_sixteen_wordings_of_the_2018_seed(text: str, day: str | None, last_workday: str | None) -> None:
    answer = due(text, anchor=SEED).as_json()
    assert (answer["due_date"], answer["remind_by"]) == (day, last_workday)


def test_an_unannounced_year_is_provisional_and_recomputed_with_its_notice() -> None:
    assert due("3个工作日内", anchor=at("2026-12-30")).certainty == "provisional"
    assert due("3个工作日内", anchor=at("2026-12-25")).certainty == "firm"
    assert due("2027年6月底前", anchor=at("2026-12-30")).certainty == "firm"  # a fixed date needs no calendar


def test_hours_run_by_the_clock_through_holidays() -> None:
    answer = due("24小时内", anchor=at("2026-09-30T17:20:05"))
    assert answer.due_at == at("2026-10-01T17:20:05")
    assert (answer.kind, answer.certainty) == ("hours", "firm")


def test_another_zone_is_the_same_moment() -> None:
    utc = at("2026-09-30T07:00").astimezone(tz=None)
    assert due("3个工作日内", anchor=utc).due_date == date(2026, 10, 10)


def test_an_ambiguous_wording_takes_the_earlier_day() -> None:
    answer = due("6月份前", anchor=SEED)
    assert (answer.certainty, answer.due_date) == ("ambiguous", date(2018, 5, 31))
    assert any("取较早的日期" in step for step in answer.explanation)


def test_a_vague_wording_has_a_review_day_instead() -> None:
    answer = due("尽快解决", anchor=at("2026-11-21"))
    assert (answer.due_date, answer.due_at, answer.certainty, answer.kind) == (None, None, "none", "none")
    assert answer.review_at == date(2026, 12, 4)


def test_no_wording_and_no_such_day_are_told_apart() -> None:
    assert due("感谢您的理解", anchor=SEED).explanation[0] == "文中没有写明期限"
    assert "没有这一天" in due("2月30日前", anchor=SEED).explanation[0]


def test_a_date_that_has_passed_names_the_day_gone_by() -> None:
    answer = due("4月10日前", anchor=at("2026-05-07"))
    assert (answer.due_date, answer.passed) == (date(2027, 4, 10), date(2026, 4, 10))
    assert due("6月10日前", anchor=at("2026-05-07")).passed is None


def test_far_years_and_odd_anchors_are_told_not_broken() -> None:
    assert due("中秋节前", anchor=at("2050-05-07")).due_date is None
    assert due("年前", anchor=at("2050-05-07")).due_date == date(2050, 12, 31)
    assert due("999个工作日内", anchor=at("2026-05-07")).certainty == "provisional"
    with pytest.raises(ValueError, match="time zone"):
        due("3日内", anchor=datetime(2026, 5, 7))  # noqa: DTZ001 - what is refused


def test_an_event_that_the_anchor_is_not_makes_it_wait() -> None:
    published = due("公开后3个工作日内", anchor=at("2026-09-30"))
    assert published.due_date == date(2026, 10, 10)
    received = due("公开后3个工作日内", anchor=at("2026-09-30"), basis="received")
    assert (received.due_date, received.waits, received.certainty) == (None, True, "none")
    request = due("自收到申请之日起20个工作日内", anchor=at("2026-09-01"), basis="received")
    assert request.due_date == date(2026, 9, 29)
    assert due("项目验收后10日内", anchor=at("2026-09-01")).waits


def test_quotas_and_thresholds_are_kept() -> None:
    answer = due("年内至少开展4次座谈和1次开放活动", anchor=SEED)
    assert [(quota.relation, quota.amount, quota.unit) for quota in answer.quotas] == [("≥", 4, "次"), ("≥", 1, "次")]
    assert answer.count == 4
    assert due("分值权重不低于4%", anchor=SEED).quotas[0].unit == "%"


def test_the_binding_wording_is_chosen_and_the_others_told() -> None:
    answer = due("力争3小时内、最迟5小时内发布", anchor=at("2026-09-30T08:00"))
    assert answer.due_at == at("2026-09-30T13:00")
    assert answer.others == ("3小时内",)
    assert day_of("2026年3月启动，12月底前完成", "2026-01-10") == "2026-12-31"


# Laws that hold whatever the number and the day.

DAYS = st.dates(date(2004, 1, 1), date(2026, 9, 30))
WORDS = st.sampled_from(["{}个工作日内", "{}日内", "{}天内", "{}个月内", "{}小时内", "{}周内", "公开后{}个工作日内"])


def on(day: date, text: str) -> Deadline:
    return due(text, anchor=datetime(day.year, day.month, day.day, 9, tzinfo=CHINA))


@given(DAYS, st.integers(1, 60), WORDS)
def test_more_time_is_never_due_earlier(day: date, count: int, words: str) -> None:
    first, second = on(day, words.format(count)), on(day, words.format(count + 1))
    assert first.due_at is not None
    assert second.due_at is not None
    assert first.due_at <= second.due_at


@given(DAYS, st.integers(1, 60), WORDS)
def test_a_later_start_is_never_due_earlier(day: date, count: int, words: str) -> None:
    first, second = on(day, words.format(count)), on(day + timedelta(days=1), words.format(count))
    assert first.due_at is not None
    assert second.due_at is not None
    assert first.due_at <= second.due_at


@given(DAYS, st.integers(1, 60))
def test_a_working_day_deadline_falls_on_a_working_day(day: date, count: int) -> None:
    assert CALENDAR.is_workday(on(day, f"{count}个工作日内").due_date or day)


def oracle(day: date, count: int) -> date:
    """The statute word for word: the first day is not counted, then day by day."""
    while count:
        day += timedelta(days=1)
        count -= CALENDAR.is_workday(day).works
    return day


@given(DAYS, st.integers(1, 60))
def test_working_days_equal_a_day_by_day_count(day: date, count: int) -> None:
    assert on(day, f"{count}个工作日内").due_date == oracle(day, count)


def test_every_start_of_2004_to_2026_and_every_count_to_60_equal_the_oracle() -> None:
    step = 1 if os.environ.get("HUIYING_SOAK") else 13
    starts = [date(2004, 1, 1) + timedelta(days=n) for n in range(0, 8401, step)]
    for start in starts:
        day, wanted = start, []
        while len(wanted) < 60:
            day += timedelta(days=1)
            if CALENDAR.is_workday(day):
                wanted.append(day)
        assert [CALENDAR.add_workdays(start, count) for count in range(1, 61)] == wanted
