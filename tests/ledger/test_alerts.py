"""Alerts: said once, in time, at decent hours, by whatever cron does; nothing lost, nothing of a post."""

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from crawlers.clock import CHINA, stamp
from crawlers.office import AlertChannel, Office
from crawlers.workspace import Workspace, lay_out
from ledger.record.commands import AddDeadline, AssessCase, AssignCase, LoadCalendar, OpenCase
from ledger.record.database import open_ledger
from ledger.record.desk import apply
from ledger.record.parts import Clock
from ledger.record.refusals import system
from ledger.telling.alerts import RETRIES, Alerted, Running, alert, in_office_hours, stage_of
from ledger.timing.calendar import default_calendar

THURSDAY = datetime(2026, 11, 19, 10, 0, tzinfo=CHINA)
CALENDAR = default_calendar()


@pytest.fixture
def db(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    made = open_ledger(tmp_path / "ledger.db")
    yield made
    made.close()


@pytest.fixture
def office(bureau: Office) -> Office:
    return replace(bureau, alerts=(AlertChannel("stdout"),))


def opened(db: sqlite3.Connection, office: Office, start: datetime, due: datetime, **more: object) -> str:
    deadline = {"due_at": stamp(due), "certainty": "firm", "kind": more.pop("kind", "working_days"), "raw": "3个工作日"}
    command = OpenCase(
        **({"summary": "东区：涉及公众切身利益，3 条反映，来自信箱", "labels": ("public_interest",)} | more),
        taxonomy="t1", clock_start=start, clock_basis="detected", detected_at=start, origin="sweep",
        clocks=(Clock(name="response", deadline=deadline),),
    )  # fmt: skip
    outcome = apply(db, command, actor=system("sweep"), office=office, now=max(start, THURSDAY))
    assert outcome.done, outcome.refusal
    return outcome.subject


def run(db: sqlite3.Connection, office: Office, now: datetime, **more: object) -> Alerted:
    return alert(db, office, now=now, env={}, calendar=CALENDAR, **more)  # type: ignore[arg-type]


def said(found: Alerted) -> str:
    return "\n".join(message.body for message in found.messages)


def test_every_stage_is_said_once(db: sqlite3.Connection, office: Office) -> None:
    due = THURSDAY + timedelta(hours=100)  # Monday, 14:00
    opened(db, office, THURSDAY, due)
    heard = []
    for hours in range(24 * 9):
        body = said(run(db, office, THURSDAY + timedelta(hours=hours)))
        heard += [(hours, line.split("】")[0].strip("【")) for line in body.splitlines() if line.startswith("【")]
    assert heard == [
        (0, "每周情况"),
        (95, "时限只剩两成"),  # half fell on Saturday: by Monday morning the next stage had come
        (95, "每周情况"),
        (100, "已经逾期"),
        (143, "逾期满一个工作日，应报上级"),
    ]


def test_a_clock_in_hours_is_heard_at_night(db: sqlite3.Connection, office: Office) -> None:
    night = THURSDAY.replace(hour=23)
    opened(db, office, night, night + timedelta(hours=5), kind="hours")
    opened(db, office, night, night + timedelta(hours=5), kind="working_days")
    body = said(run(db, office, night + timedelta(hours=3)))
    assert "【时限过半】1 件" in body
    assert "每周" not in body


def test_cron_may_skip_days_and_run_twice(db: sqlite3.Connection, office: Office) -> None:
    opened(db, office, THURSDAY, THURSDAY + timedelta(hours=48))
    later = THURSDAY + timedelta(days=8)
    first, second = run(db, office, later), run(db, office, later)
    assert "应报上级" in said(first)
    assert first.overdue == second.overdue == 1
    assert (second.queued, second.messages) == (0, ())


def test_thirty_late_matters_are_one_message(db: sqlite3.Connection, office: Office) -> None:
    for _ in range(30):
        opened(db, office, THURSDAY, THURSDAY + timedelta(hours=10))
    found = run(db, office, THURSDAY + timedelta(hours=23))
    (message,) = found.messages
    assert message.title == "舆情台账提醒：30 件"
    assert "【已经逾期】30 件" in message.body
    assert message.body.count("YQ-2026-") == 20
    assert "……另有 10 件，用 huiying today 查看" in message.body
    assert (found.queued, found.delivered) == (31, 31)


def test_every_message_ends_with_the_head_of_the_record(db: sqlite3.Connection, office: Office) -> None:
    opened(db, office, THURSDAY, THURSDAY + timedelta(hours=1))
    found = run(db, office, THURSDAY + timedelta(hours=2))
    last = said(found).splitlines()[-1]
    assert last.startswith("台账第 3 条 ")


def test_silence_is_broken_once_a_week(db: sqlite3.Connection, office: Office) -> None:
    spoken = [bool(run(db, office, THURSDAY + timedelta(days=day)).messages) for day in range(8)]
    assert spoken == [True, False, False, False, True, False, False, False]


def test_a_complaint_on_conduct_is_only_a_number(db: sqlite3.Connection, office: Office) -> None:
    conduct = {
        "labels": ("credibility",),
        "about_units": ("政务服务处",),
        "summary": "政务服务处：公信力，1 条反映，来自信箱",
    }
    number = opened(db, office, THURSDAY, THURSDAY + timedelta(hours=1), **conduct)
    body = said(run(db, office, THURSDAY + timedelta(hours=2)))
    assert number in body
    assert "政务服务处" not in body
    assert "内容不在提醒中显示" in body


def test_a_failed_delivery_is_tried_again_and_then_reported(db: sqlite3.Connection, bureau: Office) -> None:
    office = replace(bureau, alerts=(AlertChannel("wecom", secret_env="HUIYING_HOOK"),))
    opened(db, office, THURSDAY, THURSDAY + timedelta(hours=1))
    now, tried = THURSDAY + timedelta(hours=2), []
    for minute in range(0, 200, 5):
        found = run(db, office, now + timedelta(minutes=minute))
        tried += [minute] if found.failed else []
    assert tried == [0, 5, 35, 155]
    assert (found.stuck, found.delivered) == (2, 0)
    assert "HUIYING_HOOK" in db.execute("SELECT error FROM alerts").fetchone()[0]
    assert len(RETRIES) == len(tried) - 1


def test_channels_fail_apart(db: sqlite3.Connection, bureau: Office, tmp_path: Path) -> None:
    office = replace(bureau, alerts=(AlertChannel("feishu", secret_env="NONE"), AlertChannel("file", target="a.jsonl")))
    opened(db, office, THURSDAY, THURSDAY + timedelta(hours=1))
    found = run(db, office, THURSDAY + timedelta(hours=2), out=tmp_path)
    assert (found.delivered, found.failed) == (2, 2)
    assert "YQ-2026-0001" in json.loads((tmp_path / "a.jsonl").read_text("utf-8"))["body"]


def test_a_trial_run_writes_nothing(db: sqlite3.Connection, office: Office) -> None:
    opened(db, office, THURSDAY, THURSDAY + timedelta(hours=1))
    before = db.execute("SELECT count(*) FROM events").fetchone()[0]
    found = run(db, office, THURSDAY + timedelta(hours=2), dry_run=True)
    assert found.queued == 2
    assert db.execute("SELECT count(*) FROM events").fetchone()[0] == before
    assert db.execute("SELECT count(*) FROM alerts").fetchone()[0] == 0


def test_without_channels_it_still_counts(db: sqlite3.Connection, bureau: Office) -> None:
    opened(db, bureau, THURSDAY, THURSDAY + timedelta(hours=1))
    found = run(db, bureau, THURSDAY + timedelta(hours=2))
    assert (found.queued, found.overdue) == (0, 1)
    assert json.loads(json.dumps(found.as_json()))["overdue"] == 1


@pytest.mark.parametrize(
    ("day", "hour", "is_open"),
    [(19, 8, False), (19, 9, True), (19, 17, True), (19, 18, False), (21, 10, False), (22, 10, False)],
)
def test_office_hours(day: int, hour: int, is_open: bool) -> None:
    assert in_office_hours(datetime(2026, 11, day, hour, tzinfo=CHINA), CALENDAR) is is_open


def test_a_make_up_saturday_is_a_working_day() -> None:
    assert in_office_hours(datetime(2026, 10, 10, 10, tzinfo=CHINA), CALENDAR)
    assert not in_office_hours(datetime(2026, 10, 5, 10, tzinfo=CHINA), CALENDAR)


def test_stages_over_a_holiday() -> None:
    due = Running("YQ-1", "response", 1, "working_days", datetime(2026, 9, 28, tzinfo=CHINA),
                  datetime(2026, 10, 1, tzinfo=CHINA), "", False)  # fmt: skip
    assert stage_of(due, datetime(2026, 10, 7, 12, tzinfo=CHINA), CALENDAR) == "breach"
    assert stage_of(due, datetime(2026, 10, 8, 23, tzinfo=CHINA), CALENDAR) == "breach"
    assert stage_of(due, datetime(2026, 10, 9, tzinfo=CHINA), CALENDAR) == "superior"
    assert stage_of(due, datetime(2026, 9, 28, 12, tzinfo=CHINA), CALENDAR) is None


def moved(db: sqlite3.Connection, office: Office, number: str, due: datetime, version: str) -> None:
    """A calendar notice gives the case another version of its deadline."""
    notice = LoadCalendar(version=version, year=2027, notice="国办发明电〔2026〕0号", url="", sha256="0" * 64)
    deadline = {"due_at": stamp(due), "certainty": "firm", "kind": "working_days", "calendar": version}
    clock = Clock(name="response", deadline=deadline)
    added = AddDeadline(subject=number, clock=clock, cause="calendar")
    for command in (notice, added):
        outcome = apply(db, command, actor=system("calendar"), office=office, now=THURSDAY + timedelta(hours=4))
        assert outcome.done, outcome.refusal


def test_a_new_version_with_the_same_date_is_not_said_again(db: sqlite3.Connection, office: Office) -> None:
    due = THURSDAY + timedelta(hours=2)
    number = opened(db, office, THURSDAY, due)
    now = THURSDAY + timedelta(hours=4)
    assert "【已经逾期】1 件" in said(run(db, office, now))
    moved(db, office, number, due, "2027-1")
    assert run(db, office, now).queued == 0
    moved(db, office, number, due + timedelta(minutes=30), "2027-2")
    assert "【已经逾期】1 件" in said(run(db, office, now))


def owed(db: sqlite3.Connection, office: Office, unit: str, **more: object) -> str:
    number = opened(db, office, THURSDAY, THURSDAY + timedelta(hours=1), **more)
    analyst = office.person("研判员甲")
    assert analyst is not None
    for command in (AssessCase(case=number), AssignCase(case=number, lead=(unit,))):
        outcome = apply(db, command, actor=analyst, office=office, now=THURSDAY)
        assert outcome.done, outcome.refusal
    return number


def test_a_unit_hears_what_it_and_those_below_it_owe(db: sqlite3.Connection, bureau: Office, tmp_path: Path) -> None:
    channels = (
        AlertChannel("file", target="all.jsonl"),
        AlertChannel("file", target="legal.jsonl", unit="公共法律服务处"),
    )
    office = replace(bureau, alerts=channels)
    own, below, other = (owed(db, office, unit) for unit in ("公共法律服务处", "法律援助中心", "政务服务处"))
    nobodys = opened(db, office, THURSDAY, THURSDAY + timedelta(hours=1))
    run(db, office, THURSDAY + timedelta(hours=2), out=tmp_path)
    told = {name: json.loads((tmp_path / f"{name}.jsonl").read_text("utf-8")) for name in ("all", "legal")}
    assert [number in told["legal"]["body"] for number in (own, below, other, nobodys)] == [True, True, False, False]
    assert all(number in told["all"]["body"] for number in (own, below, other, nobodys))
    assert told["legal"]["title"] == "舆情台账（公共法律服务处）提醒：2 件"
    assert "在办舆情 2 件，未了承诺 0 条，其中逾期 2 项" in told["legal"]["body"]
    assert "在办舆情 4 件，未了承诺 0 条，其中逾期 4 项" in told["all"]["body"]


def test_the_unit_complained_of_hears_nothing_of_it(db: sqlite3.Connection, bureau: Office, tmp_path: Path) -> None:
    """S7: not even the number, on a channel of its own."""
    channels = (AlertChannel("file", target="all.jsonl"), AlertChannel("file", target="own.jsonl", unit="政务服务处"))
    office = replace(bureau, alerts=channels)
    about = {"labels": ("credibility",), "about_units": ("政务服务处",), "summary": "政务服务处：公信力，1 条反映"}
    number = owed(db, office, office.supervision, **about)
    other = owed(db, office, "政务服务处")
    run(db, office, THURSDAY + timedelta(hours=2), out=tmp_path)
    told = {name: json.loads((tmp_path / f"{name}.jsonl").read_text("utf-8"))["body"] for name in ("all", "own")}
    assert number in told["all"]
    assert number not in told["own"]
    assert other in told["own"]


def test_a_clock_that_jumps_ahead_and_back_says_nothing_twice(db: sqlite3.Connection, office: Office) -> None:
    opened(db, office, THURSDAY, THURSDAY + timedelta(hours=100))
    ahead = THURSDAY + timedelta(days=365 * 3 + 4)
    assert "应报上级" in said(run(db, office, ahead))
    for _ in range(2):
        found = run(db, office, THURSDAY + timedelta(hours=99))
        assert (found.messages, found.queued, found.delivered) == ((), 0, 0)
        assert len(found.errors) == 1
        assert "请先校时" in found.errors[0]
    assert run(db, office, ahead + timedelta(minutes=5)).messages == ()


def test_what_waits_is_not_sent_again_and_again_under_a_late_clock(
    db: sqlite3.Connection, bureau: Office, tmp_path: Path
) -> None:
    office = replace(bureau, alerts=(AlertChannel("file", target="a.jsonl", secret_env="HUIYING_KEY"),))
    opened(db, office, THURSDAY, THURSDAY + timedelta(hours=1))
    assert run(db, office, THURSDAY + timedelta(hours=2)).failed == 2  # the key is missing: both wait
    for _ in range(3):
        alert(db, office, now=THURSDAY, env={"HUIYING_KEY": "x"}, out=tmp_path, calendar=CALENDAR)
    assert not (tmp_path / "a.jsonl").exists()


def test_two_runs_at_once_send_once(bureau: Office, tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "data")
    lay_out(workspace)
    channel = '[[alert]]\nkind = "file"\ntarget = "a.jsonl"\n'
    workspace.config.write_text(f'[office]\nname = "江州市司法局"\ncontact = "0000-1234567"\n{channel}', "utf-8")
    db = open_ledger(workspace.ledger)
    for _ in range(3):
        opened(db, bureau, THURSDAY - timedelta(days=30), THURSDAY - timedelta(days=20), kind="hours")
    db.close()
    command = [sys.executable, "-c", "import cli; cli.main()", "--workspace", str(workspace.root), "alert"]
    path = {"PYTHONPATH": str(Path(__file__).parents[2])}
    runs = [subprocess.Popen(command, env=os.environ | path, stderr=subprocess.PIPE) for _ in range(3)]
    assert [one.communicate()[1] for one in runs] == [b""] * 3
    assert [one.returncode for one in runs] == [1] * 3  # all of them see what is late
    (line,) = (workspace.out / "a.jsonl").read_text("utf-8").splitlines()
    assert "应报上级】3 件" in json.loads(line)["body"]
