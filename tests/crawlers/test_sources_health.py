"""A source that goes quiet, fails or refuses is noticed, said once, and tried less often."""

import sqlite3
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from crawlers.health import alerts, check, due, record
from crawlers.posts import Post
from crawlers.sources import Source
from crawlers.store import save
from crawlers.tally import CrawlSummary, SourceTally
from crawlers.visits import open_visits

SOURCE = Source("公告", "site", "https://www.example.gov.cn/gg/", every_minutes=60)


@pytest.fixture
def db(store: sqlite3.Connection, now: datetime) -> sqlite3.Connection:
    open_visits(store, now=now)
    return store


def tell(db: sqlite3.Connection, now: datetime, **values: object) -> None:
    tally = SourceTally(**{"finished": True, "fetched": 1, **values})  # type: ignore[arg-type]
    record(db, CrawlSummary({"公告": tally}), now=now)


def fail(db: sqlite3.Connection, now: datetime, reason: str = "超时") -> None:
    tally = SourceTally(finished=True)
    tally.fail(reason)
    record(db, CrawlSummary({"公告": tally}), now=now)


def lay(db: sqlite3.Connection, make_post: Callable[..., Post], now: datetime, days: list[float]) -> None:
    posts = [make_post(source="公告", title=f"第{day}天", posted_at=now - timedelta(days=day)) for day in days]
    save(db, posts, now=now)


def test_a_source_never_swept_is_due_and_untried(db: sqlite3.Connection, now: datetime) -> None:
    (health,) = check(db, [SOURCE], now=now)
    assert health.state == "untried"
    assert due(db, [SOURCE], now=now) == [SOURCE]
    assert alerts(db, [SOURCE], now=now) == []


def test_a_swept_source_is_due_after_its_interval(db: sqlite3.Connection, now: datetime) -> None:
    tell(db, now, read=3, new=3)
    assert due(db, [SOURCE], now=now + timedelta(minutes=59)) == []
    assert due(db, [SOURCE], now=now + timedelta(minutes=60)) == [SOURCE]
    (health,) = check(db, [SOURCE], now=now)
    assert (health.state, health.tried_at, health.succeeded_at) == ("fine", now, now)
    assert str(health) == "公告：正常"


def test_failures_are_said_once_and_slow_the_rhythm(db: sqlite3.Connection, now: datetime) -> None:
    tell(db, now, read=3, new=3)
    fail(db, now + timedelta(hours=1))
    assert alerts(db, [SOURCE], now=now) == []  # once may be chance
    fail(db, now + timedelta(hours=3))
    (said,) = alerts(db, [SOURCE], now=now)
    assert (said.state, said.failures, said.reason) == ("failing", 2, "超时")
    assert "请在浏览器里打开该地址核对" in str(said)
    assert alerts(db, [SOURCE], now=now) == []
    assert due(db, [SOURCE], now=now + timedelta(hours=6)) == []
    assert due(db, [SOURCE], now=now + timedelta(hours=7)) == [SOURCE]
    tell(db, now + timedelta(hours=7), read=3)
    assert alerts(db, [SOURCE], now=now) == []
    fail(db, now + timedelta(hours=8))
    fail(db, now + timedelta(hours=9))
    assert len(alerts(db, [SOURCE], now=now)) == 1  # it had recovered in between


def test_a_refusal_is_said_at_once_and_a_request_for_patience_is_obeyed(db: sqlite3.Connection, now: datetime) -> None:
    tell(db, now, finished=False, stopped="对方拒绝访问，已停止采集该来源")
    (said,) = alerts(db, [SOURCE], now=now)
    assert said.state == "refused"
    assert "请与对方联系，改用其订阅源或数据接口" in said.advice
    later = now + timedelta(days=2)
    tell(db, now, finished=False, stopped="对方请稍后再来", until=later.isoformat())
    assert check(db, [SOURCE], now=now)[0].state == "failing"
    assert due(db, [SOURCE], now=later - timedelta(seconds=1)) == []
    assert due(db, [SOURCE], now=later) == [SOURCE]


def test_silence_is_measured_by_the_sources_own_pace(
    db: sqlite3.Connection, now: datetime, make_post: Callable[..., Post]
) -> None:
    lay(db, make_post, now, [0, 1, 2, 3, 4, 5, 6])
    tell(db, now, read=7, new=7)
    assert check(db, [SOURCE], now=now + timedelta(days=6))[0].state == "fine"
    (said,) = alerts(db, [SOURCE], now=now + timedelta(days=8))
    assert said.state == "quiet"
    assert (said.gap, said.per_day) == (timedelta(days=1), 1.0)
    assert alerts(db, [SOURCE], now=now + timedelta(days=9)) == []


def test_days_without_a_clock_make_no_pace_of_a_post_a_second(
    db: sqlite3.Connection, now: datetime, make_post: Callable[..., Post]
) -> None:
    days = enumerate([0, 0, 0, 0, 4])
    posts = [make_post(source="公告", title=f"第{n}件", posted_at=now - timedelta(days=day)) for n, day in days]
    save(db, posts, now=now)
    tell(db, now, read=5, new=5)
    assert check(db, [SOURCE], now=now)[0].per_day == 1.0


def test_a_monthly_column_is_not_called_quiet_after_a_week(
    db: sqlite3.Connection, now: datetime, make_post: Callable[..., Post]
) -> None:
    lay(db, make_post, now, [0, 30, 60, 90, 120])
    tell(db, now, read=5, new=5)
    assert check(db, [SOURCE], now=now + timedelta(days=60))[0].state == "fine"


def test_a_sudden_loss_of_items_hints_at_a_redesign(db: sqlite3.Connection, now: datetime) -> None:
    for hour in range(4):
        tell(db, now + timedelta(hours=hour), read=20)
    assert check(db, [SOURCE], now=now)[0].change == ""
    tell(db, now + timedelta(hours=5), read=2)
    health = check(db, [SOURCE], now=now)[0]
    assert health.change == "读到的条数从通常的 20 条降到 2 条"
    assert "网页可能改版" in health.advice


def test_a_lasting_loss_of_items_is_said_once(db: sqlite3.Connection, now: datetime) -> None:
    for hour in range(4):
        tell(db, now + timedelta(hours=hour), read=20)
    tell(db, now + timedelta(hours=5), read=0)
    assert alerts(db, [SOURCE], now=now) == []  # once may be chance
    tell(db, now + timedelta(hours=6), read=0)
    (said,) = alerts(db, [SOURCE], now=now)
    assert (said.state, said.change) == ("shrunk", "读到的条数从通常的 20 条降到 0 条")
    assert alerts(db, [SOURCE], now=now) == []


def test_a_page_that_did_not_change_is_no_loss(db: sqlite3.Connection, now: datetime) -> None:
    for hour in range(4):
        tell(db, now + timedelta(hours=hour), read=20)
    for hour in range(4, 8):
        tell(db, now + timedelta(hours=hour), fetched=0, unchanged=1)
    (health,) = check(db, [SOURCE], now=now + timedelta(hours=8))
    assert (health.state, health.change) == ("fine", "")


def test_who_asks_for_patience_is_not_taken_for_redesigned(db: sqlite3.Connection, now: datetime) -> None:
    for hour in range(2):
        later = now + timedelta(hours=hour + 1)
        tell(db, now, finished=False, stopped="对方请稍后再来（3600 秒后）", until=later.isoformat())
    (health,) = check(db, [SOURCE], now=now)
    assert (health.state, health.advice) == ("failing", "到时会再来；总是这样请与对方联系")


def test_an_interrupted_sweep_says_nothing_about_its_sources(db: sqlite3.Connection, now: datetime) -> None:
    record(db, CrawlSummary({"公告": SourceTally(fetched=2)}, interrupted=True), now=now)
    assert check(db, [SOURCE], now=now)[0].state == "untried"
