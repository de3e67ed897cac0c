"""The office's clocks: national limits with their sources, which start was used, and local rules in their place."""

import re
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from classify.labels import load_taxonomy
from crawlers.clock import CHINA
from ledger.timing.calendar import load_calendar
from ledger.timing.rules import Moments, Rules, case_deadlines, load_rules, rule_deadline, rules_for

START = datetime(2026, 9, 30, 8, 0, tzinfo=CHINA)
MOMENTS = Moments(start=START, basis="detected")
SHIPPED, _ = load_rules()


def ids(label: str, *, major: bool = False, channel: str = "", inquiry: bool = False) -> list[str]:
    return [rule.id for rule in rules_for(label, major=major, channel=channel, inquiry=inquiry)]


def test_every_rule_names_its_document_and_how_it_was_read() -> None:
    assert all(rule.document and rule.evidence in {"A", "B", "b"} for rule in SHIPPED.rules)
    assert len({rule.id for rule in SHIPPED.rules}) == len(SHIPPED.rules)


def test_major_emergencies_have_five_and_twenty_four_hours() -> None:
    found = dict(case_deadlines("emergency", MOMENTS, major=True))
    assert {name: deadline.due_at for name, deadline in found.items()} == {
        "emergency_5h": START + timedelta(hours=5),
        "emergency_24h": START + timedelta(hours=24),
    }


@pytest.mark.parametrize(
    "label", ["emergency", "moral_line", "credibility", "public_interest", "clarification", "policy"]
)
def test_other_concerns_have_forty_eight_hours(label: str) -> None:
    found = dict(case_deadlines(label, MOMENTS))
    assert found["respond_48h"].due_at == START + timedelta(hours=48)


def test_a_policy_needs_its_interpretation_in_three_working_days_of_publication() -> None:
    moments = Moments(start=START, basis="assigned", published=START - timedelta(days=1))
    deadline = dict(case_deadlines("policy", moments))["interpret_3wd"]
    assert deadline.due_date == date(2026, 10, 9)
    assert "文件公开时间 2026年9月29日08:00" in deadline.explanation[2]


def test_everyday_messages_have_only_the_clock_of_their_channel() -> None:
    assert ids("none") == []
    assert ids("none", channel="mailbox") == ["message"]
    assert ids("none", channel="hotline", inquiry=True) == ["hotline_inquiry"]
    assert ids("public_interest", channel="hotline") == ["respond_48h", "hotline"]
    assert ids("none", channel="petition") == ["petition_accept", "petition"]
    assert ids("none", channel="disclosure") == ["disclosure"]


def test_every_record_says_which_start_was_used() -> None:
    for basis, word in (("occurred", "事件发生"), ("detected", "发现"), ("assigned", "交办")):
        moments = Moments(start=START, basis=basis)  # type: ignore[arg-type] # the three literals
        [(_, deadline)] = case_deadlines("credibility", moments)
        assert deadline.explanation[2].startswith(f"起算：{word}时间 2026年9月30日08:00")
    _, reply = case_deadlines("public_interest", MOMENTS, channel="mailbox")
    assert "规定从收到起算，该时间未知" in reply[1].explanation[2]


def test_receipt_starts_the_clock_of_a_message() -> None:
    moments = Moments(start=START, basis="detected", received=START - timedelta(days=5))
    [(_, deadline)] = case_deadlines("none", moments, channel="mailbox")
    assert deadline.due_date == date(2026, 10, 12)  # the seventh working day after 09-25, itself a holiday


def test_a_superior_sets_the_limit() -> None:
    [(name, unknown)] = case_deadlines("superior_directed", MOMENTS)
    assert (name, unknown.due_date, unknown.certainty) == ("superior_limit", None, "none")
    [(_, known)] = case_deadlines("superior_directed", MOMENTS, instruction="请于5日内公开回应")
    assert known.due_date == date(2026, 10, 8)  # 10-05 lies in the holidays


def test_periods_inside_a_procedure_are_looked_up_by_id() -> None:
    rule = SHIPPED.get("normative_file")
    assert rule is not None
    assert rule_deadline(rule, Moments(start=START, basis="detected", published=START)).due_date == date(2026, 10, 13)
    assert SHIPPED.get("unknown") is None


def test_the_taxonomy_names_only_rules_that_exist() -> None:
    known = {rule.id for rule in SHIPPED.rules}
    assert {label.rule for label in load_taxonomy().labels} - {""} <= known


LOCAL = """
version = "某市-1"
[[rule]]
id = "emergency_5h"
name = "重大突发事件：力争3小时、最迟5小时"
limit = "3小时内"
clock = "authoritative"
labels = ["emergency"]
major = true
start = "case"
document = "某市政务舆情回应办法"
evidence = "A"
[[rule]]
id = "emergency_24h"
drop = true
"""


def with_local(tmp_path: Path, text: str) -> tuple[Rules, list[str]]:
    file = tmp_path / "rules.toml"
    file.write_text(text, "utf-8")
    rules, problems = load_rules(file)
    return rules, [str(problem) for problem in problems]


def test_a_local_file_replaces_and_drops_without_code(tmp_path: Path) -> None:
    rules, problems = with_local(tmp_path, LOCAL)
    assert problems == []
    [(name, deadline)] = case_deadlines("emergency", MOMENTS, major=True, rules=rules)
    assert (name, deadline.due_at) == ("emergency_5h", START + timedelta(hours=3))
    assert "某市政务舆情回应办法" in deadline.explanation[1]
    assert rules.version.startswith("cn-2026.1+某市-1.")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "没有任何 [[rule]]"),
        ("[[rule]", "TOML"),
        ("[[rule]]\nname = '无'", "没有 id"),
        ("[[rule]]\nid = 'x'\nname = '甲'", "缺少 limit、clock"),
        ("[[rule]]\nid = 'x'\nlimits = '3日内'\ndrop = true", "不认识的键 limits"),
        (LOCAL.replace("3小时内", "很快"), "算不出“很快”"),
        (LOCAL.replace('"case"', '"whenever"'), "start 不能是 whenever"),
    ],
)
def test_bad_local_rules_are_reported_and_the_shipped_ones_stay(tmp_path: Path, text: str, says: str) -> None:
    rules, problems = with_local(tmp_path, text)
    assert rules is SHIPPED
    assert any(says in problem for problem in problems)


def test_the_examples_of_the_documentation_work(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "deadlines.md").read_text("utf-8")
    notice, rule = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    file = tmp_path / "notice.toml"
    file.write_text(notice, "utf-8")
    calendar, problems = load_calendar(file)
    assert (problems, calendar.announced(2027)) == ([], True)
    assert with_local(tmp_path, rule)[1] == []


def test_a_missing_local_file_is_reported(tmp_path: Path) -> None:
    assert "找不到" in str(load_rules(tmp_path / "none.toml")[1][0])
