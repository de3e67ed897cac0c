"""Figures that cannot be flattered: what is not answered, not checked or given up never disappears."""

import json
from datetime import datetime, timedelta
from statistics import quantiles

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.clock import CHINA
from ledger.record.commands import (
    ApproveExtension,
    AssessCase,
    AssignCase,
    Confirm,
    Dismiss,
    MarkChecked,
    MarkMissed,
    RequestExtension,
    Respond,
    Withdraw,
)
from ledger.record.parts import Clock
from ledger.telling.statistics import Rate, Statistics, statistics
from ledger.telling.survival import quantile

APRIL = datetime(2026, 4, 1, tzinfo=CHINA)


def now(record) -> Statistics:
    return statistics(record.db, now=record.now)


def rates(found: Statistics) -> dict[str, tuple[int, int]]:
    return {rate.name: (rate.numerator, rate.denominator) for rate in found.rates}


def answer(record, number: str) -> None:
    record.do(AssessCase(case=number), "研判员甲")
    record.do(AssignCase(case=number, lead=("公共法律服务处",)), "研判员甲")
    page = record.page(f"/dafu/{number}", f"<p>{number} 的公开答复：窗口已经增设，欢迎监督。</p>")
    answered = Respond(case=number, kind="written", published_at=record.now, snapshot=page.snapshot("研判员甲"))
    record.do(answered, "研判员甲")


class TestCases:
    def test_an_empty_record(self, record) -> None:
        found = now(record)
        assert set(found.counts.values()) == {0}
        assert rates(found)["按时回应"] == (0, 0)
        assert (found.times.median, found.rate("按时回应").percent) == (None, None)
        assert json.loads(json.dumps(found.as_json()))["head"]["count"] == 0

    def test_waiting_before_the_date_is_not_yet_counted_after_it_is(self, record) -> None:
        record.case(2)
        assert rates(now(record))["按时回应"] == (0, 0)
        record.later(days=2)
        assert rates(now(record))["按时回应"] == (0, 1)
        assert now(record).counts["cases_late"] == 1

    def test_late_answers_stay_late(self, record) -> None:
        in_time, late = record.case(2), record.case(2)
        record.later(hours=30)
        answer(record, in_time)
        record.later(days=5)
        answer(record, late)
        assert rates(now(record))["按时回应"] == (1, 2)
        assert now(record).counts["cases_late"] == 0

    def test_dismissing_in_time_is_apart_dismissing_late_is_late(self, record) -> None:
        early, late = record.case(2), record.case(2)
        for number, days in ((early, 1), (late, 5)):
            record.later(days=days)
            proposal = (
                record.do(Dismiss(case=number, code="not_ours", reason="属市场监管部门职责"), "研判员甲").events[0].seq
            )
            record.do(Confirm(proposal=proposal), "值班负责人")
        found = now(record)
        assert rates(found)["按时回应"] == (0, 1)
        assert (found.counts["cases_dismissed"], found.counts["cases_unanswered"]) == (2, 0)

    def test_times_count_those_who_still_wait(self, record) -> None:
        numbers = [record.case(2) for _ in range(4)]
        record.later(hours=10)
        answer(record, numbers[0])
        record.later(hours=10)
        answer(record, numbers[1])
        record.later(days=30)
        found = now(record).times
        assert (found.answered, found.waiting) == (2, 2)
        assert (found.median, found.p90) == (20.0, None)

    def test_a_period_takes_what_began_in_it(self, record) -> None:
        record.case(2)
        spring = record.later(days=40)
        record.case(2)
        assert statistics(record.db, now=record.now, since=spring).counts["cases"] == 1
        assert statistics(record.db, now=record.now, until=spring).counts["cases"] == 1


class TestPromises:
    def test_from_open_to_kept(self, record) -> None:
        promise = record.promised(APRIL)
        found = now(record)
        assert (found.counts["promises_open"], found.counts["promises_not_checked"]) == (1, 1)
        assert rates(found)["公开落实"] == (0, 1)
        record.later(days=18)
        record.verified(promise, record.claimed(promise))
        found = now(record)
        assert (found.counts["promises_kept"], found.counts["promises_open"]) == (1, 0)
        assert rates(found)["公开落实"] == (1, 1)
        assert rates(found)["按原定时限落实"] == rates(found)["按延期后时限落实"] == (1, 1)

    def test_a_later_date_never_hides_the_first(self, record) -> None:
        promise = record.promised(APRIL)
        notice = record.page("/gg/yanqi", "<p>因场地改造，工作站开放时间延至4月底，特此公告</p>")
        later = {"due_at": "2026-05-01T00:00:00+08:00", "due_date": "2026-04-30", "certainty": "firm", "kind": "date"}
        asked = RequestExtension(commitment=promise, clock=Clock(name="fulfil", deadline=later), reason="场地改造",
                                 notice=notice.snapshot("联络员"))  # fmt: skip
        record.do(asked, "联络员")
        record.do(ApproveExtension(commitment=promise), "审批人")
        record.now = datetime(2026, 4, 10, 9, tzinfo=CHINA)
        assert rates(now(record))["按原定时限落实"] == (0, 1)
        record.verified(promise, record.claimed(promise))
        found = rates(now(record))
        assert found["按原定时限落实"] == (0, 1)
        assert found["按延期后时限落实"] == (1, 1)
        assert now(record).counts["promises_extended"] == 1

    def test_giving_up_after_the_date_stays_late(self, record) -> None:
        promise = record.promised(APRIL)
        record.now = datetime(2026, 4, 3, 9, tzinfo=CHINA)
        page = record.page("/gg/chexiao", "<p>工作站建设因规划调整不再实施，特此说明</p>")
        record.do(Withdraw(commitment=promise, reason="规划调整", explanation=page.snapshot("联络员")), "联络员")
        proposal = record.db.execute("SELECT max(id) FROM proposals").fetchone()[0]
        record.do(Confirm(proposal=proposal), "督办员")
        found = now(record)
        assert found.counts["promises_withdrawn"] == 1
        assert rates(found)["按原定时限落实"] == (0, 1)
        assert rates(found)["公开落实"] == (0, 0)

    def test_missed_and_not_checked_are_told_apart(self, record) -> None:
        quotes = [f"将在第{number}街道设立法律援助工作站" for number in "一二三"]
        missed, checked, _ = (record.promised(APRIL, quote=quote, words=f"我局{quote}。") for quote in quotes)
        record.do(MarkChecked(commitment=checked, result="no_evidence"), "核查员")
        record.now = datetime(2026, 4, 20, 9, tzinfo=CHINA)
        record.do(MarkMissed(commitment=missed, reason="工作站没有建成"), "值班负责人")
        found = now(record)
        assert {key: found.counts[f"promises_{key}"] for key in ("missed", "open", "late", "not_checked")} == {
            "missed": 1, "open": 2, "late": 2, "not_checked": 1,
        }  # fmt: skip
        assert rates(found)["90 天内检查过"] == (1, 2)
        assert rates(found)["按原定时限落实"] == (0, 3)

    def test_units_are_listed_by_name_with_their_numbers(self, record) -> None:
        promise = record.promised(APRIL)
        record.case(1)
        record.later(days=60)
        (unit,) = now(record).units
        assert (unit.unit, unit.cases, unit.cases_late, unit.promises, unit.promises_late) == (
            "公共法律服务处",
            1,
            0,
            1,
            1,
        )
        assert promise


@pytest.mark.parametrize("days", [0, 1, 3, 30])
def test_another_unanswered_case_never_makes_anything_look_better(record, days: int) -> None:
    for hours in (5, 20, 60):
        number = record.case(2)
        record.later(hours=hours)
        answer(record, number)
    record.later(days=days)
    before = now(record)
    record.case(2, start=record.now - timedelta(days=days))
    after = now(record)
    assert after.rate("按时回应").numerator == before.rate("按时回应").numerator
    assert after.rate("按时回应").denominator >= before.rate("按时回应").denominator
    assert after.times.median is None or after.times.median >= (before.times.median or 0)


def test_small_numbers_get_no_percentage() -> None:
    assert Rate("按时回应", 3, 4).percent is None
    assert str(Rate("按时回应", 3, 4)) == "按时回应 3/4"
    assert str(Rate("按时回应", 9, 10)) == "按时回应 9/10（90.0%）"


class TestSurvival:
    @given(st.lists(st.integers(0, 1000), min_size=1, max_size=40))
    def test_without_censoring_it_is_the_plain_quantile(self, times: list[int]) -> None:
        expected = sorted(times)[-(-len(times) // 2) - 1]
        assert quantile([(time, True) for time in times], 0.5) == expected
        if len(times) > 1:
            assert quantile([(time, True) for time in times], 0.5) <= quantiles(times, n=4, method="inclusive")[2]

    @given(st.lists(st.tuples(st.integers(0, 1000), st.booleans()), max_size=40), st.integers(0, 1000))
    def test_one_more_who_waits_never_shortens_it(self, times: list[tuple[int, bool]], waiting: int) -> None:
        before, after = quantile(times, 0.5), quantile([*times, (waiting, False)], 0.5)
        assert after is None or (before is not None and after >= before)

    def test_the_textbook_case(self) -> None:
        ended, left = [6, 6, 6, 7, 10, 13, 16, 22, 23], [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
        assert quantile([(time, True) for time in ended] + [(time, False) for time in left], 0.5) == 23

    def test_nobody(self) -> None:
        assert quantile([], 0.5) is None
