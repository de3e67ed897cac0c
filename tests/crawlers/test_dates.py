"""Publication dates in the spellings of Chinese pages: right, or None, never a guess."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.clock import CHINA, stamp
from crawlers.pages.dates import find_published, parse_date, parse_feed_date

NOW = datetime(2026, 11, 21, 16, 30, tzinfo=CHINA)

SPELLINGS = {
    "2026-11-20 09:12:00": "2026-11-20T09:12:00+08:00",
    "2026/11/20 09:12": "2026-11-20T09:12:00+08:00",
    "2026.11.20": "2026-11-20T00:00:00+08:00",
    "2026年11月20日": "2026-11-20T00:00:00+08:00",
    "2026年11月20日 17时30分": "2026-11-20T17:30:00+08:00",
    "2026年11月20日（星期五）下午3:05": "2026-11-20T15:05:00+08:00",
    "2026年1月1日 凌晨12:30": "2026-01-01T00:30:00+08:00",
    "２０２６－１１－２０": "2026-11-20T00:00:00+08:00",
    "二〇二六年十一月二十日": "2026-11-20T00:00:00+08:00",
    "二○二六年三月廿一日": "2026-03-21T00:00:00+08:00",
    "11-20 17:30": "2026-11-20T17:30:00+08:00",
    "12-20 17:30": "2025-12-20T17:30:00+08:00",
    "[11-20]": "2026-11-20T00:00:00+08:00",
    "11月21日 23:59": "2025-11-21T23:59:00+08:00",
    "昨天 18:22": "2026-11-20T18:22:00+08:00",
    "前天\xa009:01": "2026-11-19T09:01:00+08:00",
    "今天 08:00": "2026-11-21T08:00:00+08:00",
    "3小时前": "2026-11-21T13:30:00+08:00",
    "1小时30分钟前": "2026-11-21T15:00:00+08:00",
    "半小时前": "2026-11-21T16:00:00+08:00",
    "三天前": "2026-11-18T16:30:00+08:00",
    "刚刚": "2026-11-21T16:30:00+08:00",
    "Fri, 20 Nov 2026 09:12:00 +0800": "2026-11-20T09:12:00+08:00",
    "Fri, 20 Nov 2026 09:12:00 CST": "2026-11-20T09:12:00+08:00",
    "Fri, 20 Nov 2026 09:12:00 GMT": "2026-11-20T17:12:00+08:00",
    "Fri Nov 20 09:12:00 CST 2026": "2026-11-20T09:12:00+08:00",
    "20 Nov 2026 09:12:00": "2026-11-20T09:12:00+08:00",
    "2026-11-20T09:12:00Z": "2026-11-20T17:12:00+08:00",
    "2026-11-20T09:12:00.123+08:00": "2026-11-20T09:12:00+08:00",
    "20261120091200": "2026-11-20T09:12:00+08:00",
    "Nov 20, 2026, 5:30 pm": "2026-11-20T17:30:00+08:00",
    "11-20-2026, 05:30 PM": "2026-11-20T17:30:00+08:00",
    "2026-11-19 24:00": "2026-11-20T00:00:00+08:00",
}


@pytest.mark.parametrize("text", SPELLINGS)
def test_every_spelling_is_read_as_local_time(text: str) -> None:
    moment = parse_date(text, now=NOW)
    assert moment is not None
    assert stamp(moment) == SPELLINGS[text]


@pytest.mark.parametrize(
    "text", ["", "2026", "2026年", "2026年11月", "2027-11-20", "2026-13-45", "阅读 1234", "13800138000"]
)
def test_what_gives_no_day_is_no_date(text: str) -> None:
    assert parse_date(text, now=NOW) is None


def test_seconds_since_1970_are_read_in_feeds_only() -> None:
    assert parse_feed_date("1795137120", now=NOW) == datetime(2026, 11, 20, 9, 12, tzinfo=CHINA)
    assert parse_feed_date("1795137120000", now=NOW) == datetime(2026, 11, 20, 9, 12, tzinfo=CHINA)
    assert parse_feed_date("9999999999", now=NOW) is None
    assert parse_date("1795137120", now=NOW) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("成文日期：2026年11月18日 发布日期：2026-11-20", "2026-11-20"),
        ("来源：云溪日报\n时 间：2026-11-19 08:00", "2026-11-19"),
        ("会议时间：2026年11月25日 09:00\n来源：云溪日报 2026-11-19 08:00", "2026-11-19"),
        ("截止时间：2026-11-20 发布日期：[2026-11-10]", "2026-11-10"),
        ("更新时间：2026-11-20 发布时间：昨天 18:22", "2026-11-20T18:22"),
        ("成文日期：2026年11月18日", "2026-11-18"),
        ("云溪市司法局　二〇二六年", None),
        ("开庭时间：2026-11-20 09:12", None),
    ],
)
def test_labels_come_first_and_other_days_do_not_count(text: str, expected: str | None) -> None:
    moment = find_published(text, now=NOW)
    assert (stamp(moment).startswith(expected) if expected else moment is None) if moment else expected is None


@given(st.text(alphabet="0123456789-/:年月日 时分前天昨小半个发布时间：", max_size=40))
def test_no_text_gives_a_date_in_the_future_or_an_error(text: str) -> None:
    for moment in (parse_date(text, now=NOW), find_published(text, now=NOW)):
        assert moment is None or (moment.tzinfo is not None and moment <= NOW + timedelta(days=1))


@given(st.integers(min_value=0, max_value=1_500_000))
def test_a_date_is_read_back_in_every_order_of_separators(minutes_ago: int) -> None:
    moment = NOW - timedelta(minutes=minutes_ago)
    for form in ("%Y-%m-%d %H:%M", "%Y年%m月%d日 %H:%M", "%Y/%m/%d %H:%M", "%Y%m%d%H%M", "%d %b %Y %H:%M"):
        assert parse_date(moment.strftime(form), now=NOW) == moment
