"""From rules to the clocks that a case carries into the record."""

from datetime import datetime, timedelta

import pytest

from crawlers.clock import CHINA, unstamp
from ledger.record.parts import Clock
from ledger.timing.clocks import case_clocks, promise_clock

START = datetime(2026, 11, 20, 10, tzinfo=CHINA)


def hours(clocks: tuple[Clock, ...]) -> dict[str, float]:
    return {
        clock.name: (unstamp(str(clock.deadline["due_at"])) - START) / timedelta(hours=1)
        for clock in clocks
        if clock.deadline["kind"] == "hours"
    }


@pytest.mark.parametrize(
    "label", ["policy", "public_interest", "credibility", "emergency", "moral_line", "clarification"]
)
def test_a_duty_is_answered_in_48_hours_and_a_major_one_in_5_and_24(label: str) -> None:
    assert hours(case_clocks(label, start=START, basis="detected")) == {"response": 48}
    major = case_clocks(label, start=START, basis="detected", major=True)
    assert hours(major) == {"authoritative": 5, "conference": 24}


def test_a_letter_also_has_its_working_days() -> None:
    clocks = {clock.name: clock for clock in case_clocks("none", start=START, basis="detected", channel="mailbox")}
    assert clocks["reply"].rule == "message"
    assert clocks["reply"].deadline["due_date"] == "2026-12-01"  # 7 working days


def test_a_clock_of_a_document_does_not_start_with_a_letter() -> None:
    names = {clock.name for clock in case_clocks("policy", start=START, basis="detected", channel="mailbox")}
    assert "interpretation" not in names


def test_every_clock_names_its_rule_its_source_and_its_calendar() -> None:
    for clock in case_clocks("emergency", start=START, basis="assigned", major=True, channel="mailbox"):
        assert clock.rule
        assert clock.deadline["calendar"]
        assert any("依据" in step for step in clock.deadline["explanation"])


def test_a_promise_counts_from_the_day_it_was_published() -> None:
    clock = promise_clock("3个工作日内", promised_at=datetime(2026, 9, 30, 9, tzinfo=CHINA))
    assert (clock.name, clock.deadline["due_date"]) == ("fulfil", "2026-10-10")
