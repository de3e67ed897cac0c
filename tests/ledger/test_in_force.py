"""One calendar and one set of rules for everything that computes a deadline in a workspace."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import cli
from crawlers.clock import CHINA, unstamp
from crawlers.office_file import read_office
from ledger import new_calendar
from ledger.record import cases
from ledger.record import commands as do
from ledger.record.database import open_ledger
from ledger.record.desk import apply
from ledger.record.events import read
from ledger.record.parts import Clock
from ledger.timing.clocks import recorded
from ledger.timing.deadlines import due
from ledger.timing.in_force import in_force, shipped
from ledger.timing.notices import entry

NOW = datetime(2026, 11, 21, 9, tzinfo=CHINA)
OFFICE = """
[office]
name = "云溪市司法局"
contact = "0000-1234567"
domains = ["sfj.example.gov.cn"]
clock_basis = "occurred"
[[unit]]
name = "法治调研处"
[[person]]
name = "研判员甲"
unit = "法治调研处"
roles = ["analyst"]
"""
TWELVE = """
version = "云溪-1"
[[rule]]
id = "emergency_24h"
name = "重大突发事件：举行新闻发布会"
limit = "12小时内"
clock = "conference"
met_by = ["conference"]
labels = ["emergency"]
major = true
start = "case"
document = "云溪市政务舆情回应办法"
evidence = "A"
[[rule]]
id = "website_error"
drop = true
"""
NOTICE = """国务院办公厅关于2027年部分节假日安排的通知
国办发明电〔2026〕0号
一、元旦：1月1日（周五）至4日（周一）放假调休，共4天。1月10日（周日）上班。
二、春节：2月5日（周五）至11日（周四）放假调休，共7天。1月30日（周六）上班。
三、清明节：4月3日（周六）至5日（周一）放假，共3天。
四、劳动节：5月1日（周六）至5日（周三）放假调休，共5天。5月8日（周六）上班。
五、端午节：6月9日（周三）放假1天。
六、中秋节：9月15日（周三）放假1天。
七、国庆节：10月1日（周五）至7日（周四）放假调休，共7天。9月26日（周日）、10月9日（周六）上班。
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    made = tmp_path / "data"
    made.mkdir()
    (made / "huiying.toml").write_text(OFFICE, "utf-8")
    (made / "sources.toml").write_text("", "utf-8")
    (tmp_path / "notice.txt").write_text(NOTICE, "utf-8")
    return made


def run(root: Path, *words: str, now: datetime = NOW) -> Result:
    args = ["--workspace", str(root), "--as", "研判员甲", *words]
    return CliRunner().invoke(cli.huiying, args, obj=cli.Door(clock=lambda: now), prog_name="huiying")


def answer(root: Path, *words: str) -> Any:
    result = run(root, *words, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.output)


def opened(root: Path, *more: str) -> str:
    told = ("case", "open", "--summary", "城东道路塌陷", "--from", "2026-11-21T08:00", *more)
    assert run(root, *told).exit_code == 0
    return "1"


def test_an_office_with_twelve_hours_instead_of_twenty_four(root: Path) -> None:
    (root / "rules.toml").write_text(TWELVE, "utf-8")
    opened(root, "--label", "emergency", "--major")
    with open_ledger(root / "ledger.db") as db:
        case = cases.get(db, "1")
        assert case is not None
        found = {due.clock: due for due in case.dues}["conference"]
        assert found.due_at == datetime(2026, 11, 21, 20, tzinfo=CHINA)
        assert found.rules == in_force(root)[0].rules.version
        assert found.rules.startswith("cn-2026.1+云溪-1.")
        assert any("云溪市政务舆情回应办法" in step for step in found.explanation)
        (event,) = read(db)
        kept = {clock["name"]: clock["deadline"] for clock in event.payload["clocks"]}  # type: ignore[index,union-attr,call-overload] # the payload of case.opened
        assert kept["conference"]["rules"] == found.rules  # type: ignore[index,call-overload] # JSON


def test_a_rule_changed_later_leaves_what_is_on_record(root: Path) -> None:
    (root / "rules.toml").write_text(TWELVE, "utf-8")
    opened(root, "--label", "emergency", "--major")
    (root / "rules.toml").write_text(TWELVE.replace("12小时内", "6小时内"), "utf-8")
    with open_ledger(root / "ledger.db") as db:
        case = cases.get(db, "1")
        assert case is not None
        assert {due.clock: due.raw for due in case.dues}["conference"] == "12小时内"
    assert in_force(root)[0].rules.version != case.dues[0].rules  # the same name over another text is another version


def test_rules_are_listed_with_their_origin_and_start(root: Path) -> None:
    (root / "rules.toml").write_text(TWELVE, "utf-8")
    found = answer(root, "rules")
    rules = {rule["id"]: rule for rule in found["rules"]}
    assert (rules["emergency_24h"]["origin"], rules["emergency_24h"]["limit"]) == ("local", "12小时内")
    assert rules["website_error"]["origin"] == "dropped"
    assert (rules["emergency_5h"]["origin"], rules["emergency_5h"]["starts"]) == ("shipped", "occurred")
    assert (rules["petition"]["starts"], rules["petition"]["extend_by"]) == ("receipt", "30日内")
    shown = run(root, "rules").output
    assert "从事件发生（本单位选定）起算" in shown
    assert "本地删去" in shown
    assert "本地（随附的是24小时内）" in shown  # a laxer rule cannot hide what it replaces
    assert (rules["emergency_24h"]["replaces"], rules["emergency_5h"]["replaces"]) == ("24小时内", None)


def test_without_a_workspace_the_shipped_rules_are_listed(tmp_path: Path) -> None:
    assert answer(tmp_path / "none", "rules")["version"] == shipped().rules.version


def test_broken_rules_stop_what_writes_deadlines(root: Path) -> None:
    (root / "rules.toml").write_text(TWELVE.replace("12小时内", "很快").replace('"A"', '"C"'), "utf-8")
    refused = run(root, "case", "open", "--summary", "甲", "--label", "policy", "--from", "2026-11-21T08:00")
    assert refused.exit_code == 2
    assert "第 3 行 [[rule]] emergency_24h：limit 算不出“很快”" in refused.output
    assert "evidence 不能是 C" in refused.output
    checked = run(root, "doctor")
    assert checked.exit_code == 1
    assert "时限规则" in checked.output


def test_a_loaded_notice_is_used_everywhere_and_moves_what_waited(root: Path) -> None:
    opened(root, "--label", "public_interest", "--channel", "petition", "--received", "2026-11-02")
    assert answer(root, "calendar", "show", "2027")["source"] == "estimated"
    notice = str(root.parent / "notice.txt")
    trial = answer(root, "calendar", "load", notice, "--dry-run")
    assert not (root / "calendar.toml").exists()
    assert [(one["from"][:10], one["to"][:10], one["to_certainty"]) for one in trial["moved"]] == [
        ("2027-01-05", "2027-01-06", "firm")
    ]
    done = answer(root, "calendar", "load", notice)
    assert done["moved"] == trial["moved"]
    again = answer(root, "calendar", "load", notice)
    assert (again["repeated"], again["moved"]) == (True, [])
    with open_ledger(root / "ledger.db") as db:
        case = cases.get(db, "1")
        assert case is not None
        found = next(due for due in case.dues if due.clock == "fulfil")
        assert (found.version, found.cause, found.due_date, found.certainty) == (2, "calendar", "2027-01-05", "firm")
        assert any("重算，原为2027-01-04（暂定）" in step for step in found.explanation)
        assert found.rules == shipped().rules.version  # the rule is the one of the record, not of today
        assert [event.type for event in read(db)] == ["case.opened", "calendar.loaded", "deadline.added"]
    assert answer(root, "due", "1个工作日内", "--from", "2026-12-31")["due_date"] == "2027-01-05"
    year = answer(root, "calendar", "show", "2027")
    assert (year["source"], year["loaded"]["by"]) == ("workspace", "研判员甲")
    opened(root, "--label", "policy", "--channel", "petition", "--received", "2026-11-02")
    with open_ledger(root / "ledger.db") as db:
        second = cases.get(db, "2")
        assert second is not None
        assert {due.clock: due.due_date for due in second.dues}["fulfil"] == "2027-01-05"


def test_a_run_that_died_after_the_file_was_written_is_finished_by_the_next(root: Path) -> None:
    opened(root, "--label", "public_interest", "--channel", "petition", "--received", "2026-11-02")
    notice = str(root.parent / "notice.txt")
    before = (root / "ledger.db").read_bytes()
    answer(root, "calendar", "load", notice)
    (root / "ledger.db").write_bytes(before)  # as if the power had gone before the events
    assert "还没有记入台账" in run(root, "doctor").output
    assert len(answer(root, "calendar", "load", notice)["moved"]) == 1
    assert "还没有记入台账" not in run(root, "doctor").output


def test_a_notice_that_the_program_ships_changes_nothing(root: Path) -> None:
    notice = root.parent / "2026.toml"
    notice.write_text(entry(shipped().calendar.notices[2026]), "utf-8")
    done = answer(root, "calendar", "load", str(notice))
    assert (done["repeated"], done["version"]) == (True, shipped().calendar.version)
    assert not (root / "calendar.toml").exists()
    changed = entry(shipped().calendar.notices[2026]).replace(" 1010", "")  # a change announced later
    notice.write_text(changed, "utf-8")
    assert answer(root, "calendar", "load", str(notice))["repeated"] is False
    assert answer(root, "due", "1个工作日内", "--from", "2026-10-09")["due_date"] == "2026-10-12"


def test_a_file_written_by_hand_is_put_on_record_the_same_way(root: Path) -> None:
    opened(root, "--label", "public_interest", "--channel", "petition", "--received", "2026-11-02")
    own = root / "calendar.toml"
    own.write_text(
        '[notice.2027]\nnumber = "国办发明电〔2026〕0号"\noff = "元旦:0101-0104 春节:0205-0211 清明节:0403-0405 '
        '劳动节:0501-0505 端午节:0609 中秋节:0915 国庆节:1001-1007"\nwork = "0110 0130 0508 0926 1009"\n',
        "utf-8",
    )
    before = own.read_bytes()
    assert len(answer(root, "calendar", "load", str(own))["moved"]) == 1
    assert own.read_bytes() == before


def test_an_earlier_record_without_its_anchor_is_recomputed_from_the_start_of_its_clock(root: Path) -> None:
    with open_ledger(root / "ledger.db") as db:
        start = NOW - timedelta(days=19)
        deadline = recorded(due("60日内", anchor=start, basis="received"))
        del deadline["anchor"]
        command = do.OpenCase(
            summary="甲", labels=("policy",), taxonomy="x", clock_start=start, clock_basis="detected", origin="hand",
            clocks=(Clock(name="fulfil", deadline=deadline, rule="petition"),),
        )  # fmt: skip
        office, _ = read_office(root / "huiying.toml")
        assert office is not None
        (actor,) = office.people
        assert apply(db, command, actor=actor, office=office, now=NOW).done
    (moved,) = answer(root, "calendar", "load", str(root.parent / "notice.txt"))["moved"]
    assert unstamp(moved["to"]) == datetime(2027, 1, 6, tzinfo=CHINA)


def test_a_wording_that_reads_otherwise_now_stays_and_is_told(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened(root, "--label", "public_interest", "--channel", "petition", "--received", "2026-11-02")
    monkeypatch.setattr(new_calendar, "due", lambda text, **more: due("尽快", **more))
    result = run(root, "calendar", "load", str(root.parent / "notice.txt"))
    assert result.exit_code == 1
    assert "现在读成别的意思" in result.output
    assert "2027-01-04（暂定）" in run(root, "case", "show", "1").output


def test_a_year_that_no_deadline_can_be_counted_from(root: Path) -> None:
    assert run(root, "due", "3日内", "--from", "9999-12-31").exit_code == 2
    assert run(root, "calendar", "show", "3000").exit_code == 2


def test_the_basis_follows_the_wording_where_nobody_says(root: Path) -> None:
    assert answer(root, "due", "收到申请之日起15日内", "--from", "2026-11-23")["due_date"] == "2026-12-08"
    published = answer(root, "due", "收到申请之日起15日内", "--from", "2026-11-23", "--basis", "published")
    assert published["due_date"] is None
    assert answer(root, "due", "公开后3个工作日内", "--from", "2026-11-23")["due_date"] == "2026-11-26"


@pytest.mark.parametrize(
    ("channel", "received", "clock", "day"),
    [
        # 60 days end on 2027-01-01, a holiday, so on Monday 01-04; 30 more days end on 02-03 (信访工作条例 第34条)
        ("petition", "2026-11-02", "fulfil", "2027-02-03"),
        # 20 working days end on 2026-12-18; 20 more on 2027-01-18, 元旦 not counted (政府信息公开条例 第33条)
        ("disclosure", "2026-11-20", "reply", "2027-01-18"),
        # 15 working days in all from 2026-11-20, not 7 and 15 more
        ("mailbox", "2026-11-20", "reply", "2026-12-11"),
    ],
)
def test_how_far_a_rule_lets_a_clock_be_put_off(root: Path, channel: str, received: str, clock: str, day: str) -> None:
    opened(root, "--label", "policy", "--channel", channel, "--received", received)
    told = ("--reason", "情况复杂", "--told", "今日书面告知", "--dry-run")
    asked = answer(root, "case", "extend", "1", *told)
    body = asked["events"][0]["payload"]["body"]
    assert (body["clock"]["name"], body["clock"]["deadline"]["due_date"]) == (clock, day)
    assert body["clock"]["deadline"]["extended"] is True
    too_far = run(root, "case", "extend", "1", "--to", "2028年1月1日前", *told)
    assert (too_far.exit_code, f"最多延长到 {day}" in too_far.output) == (5, True)


def test_a_clock_that_is_not_there_is_not_put_off(root: Path) -> None:
    opened(root, "--label", "policy")
    words = ("--reason", "情况复杂", "--told", "今日书面告知")
    assert "没有规定可以延长" in run(root, "case", "extend", "1", *words).output
    assert run(root, "case", "extend", "1", "--clock", "reply", *words).exit_code == 2
    assert run(root, "case", "extend", "9", *words).exit_code == 2


def test_a_wording_needs_no_rules(root: Path) -> None:
    (root / "rules.toml").write_text("[[rule", "utf-8")
    assert answer(root, "due", "3日内", "--from", "2026-11-23")["due_date"] == "2026-11-26"
    assert run(root, "rules").exit_code == 1


def test_a_new_round_of_a_letter_counts_from_its_own_start(root: Path) -> None:
    (root / "huiying.toml").write_text(
        OFFICE.replace('["analyst"]', '["analyst", "duty_head", "superior"]') + "\n", "utf-8"
    )
    with (root / "huiying.toml").open("a", encoding="utf-8") as file:
        file.write('[[person]]\nname = "审批人乙"\nunit = "法治调研处"\nroles = ["approver"]\n')
    opened(root, "--label", "policy", "--channel", "mailbox", "--received", "2026-11-02")
    assert run(root, "case", "dismiss", "1", "--code", "not_ours", "--reason", "不属本局").exit_code == 0
    second = CliRunner().invoke(
        cli.huiying, ["--workspace", str(root), "--as", "审批人乙", "proposal", "confirm", "2"],
        obj=cli.Door(clock=lambda: NOW), prog_name="huiying",
    )  # fmt: skip
    assert second.exit_code == 0, second.output
    again = ("case", "reopen", "1", "--cause", "error", "--reason", "仍属本局", "--from", "2026-11-20")
    assert run(root, *again).exit_code == 0
    with open_ledger(root / "ledger.db") as db:
        case = cases.get(db, "1")
        assert case is not None
        assert {due.clock: due.due_date for due in case.dues}["reply"] == "2026-12-01"  # 7 working days from 11-20
