"""Commitments in answers: what is found, what is left alone, and the contract of the stream. Answers are our own."""

import json
import os
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawlers.clock import CHINA
from crawlers.workspace import Problem
from ledger.promises.find import Found, find, find_lines, read_moment

ANSWERED = datetime(2026, 5, 11, 15, 30, tzinfo=CHINA)
DATA = Path(os.environ.get("HUIYING_DATA") or Path(__file__).parents[2].parent / "shared" / "data")


def quotes(reply: str) -> list[str]:
    return [one.quote for one in find(reply, replied_at=ANSWERED)]


def one(reply: str) -> Found:
    found = find(reply, replied_at=ANSWERED)
    assert len(found) == 1, [each.quote for each in found]
    return found[0]


@pytest.mark.parametrize(
    ("reply", "quote", "deadline", "day"),
    [
        ("您好！来信收悉。路面破损属实，预计6月底完成修复。感谢监督！", "预计6月底完成修复", "6月底", "2026-06-30"),
        ("经核实是电缆老化。我局将于5月20日前更换电缆。", "我局将于5月20日前更换电缆", "5月20日前", "2026-05-20"),
        ("目前方案正在报批，计划2027年3月开工建设。", "计划2027年3月开工建设", "2027年3月", "2027-03-31"),
        ("排水管网改造已经立项，力争年底前建成投入使用。", "力争年底前建成投入使用", "年底前", "2026-12-31"),
    ],
)  # fmt: skip
def test_a_dated_promise_is_found_with_its_day(reply: str, quote: str, deadline: str, day: str) -> None:
    found = one(reply)
    assert (found.quote, found.deadline, str(found.due_date)) == (quote, deadline, day)
    assert found.strength == "hard"
    assert reply[found.start : found.end] == found.quote


def test_efforts_without_a_check_are_soft() -> None:
    found = one("您反映的占道问题，我们高度重视。下一步，我街道将继续加强巡查和管理。感谢您的支持！")
    assert found.strength == "soft"
    assert found.unit == "我街道"
    assert (found.due_date, found.certainty) == (None, "none")


def test_the_promiser_is_named() -> None:
    found = one("经协商，市燃气公司将在7月中旬完成管道铺设。")
    assert found.unit == "市燃气公司"
    assert str(found.due_date) == "2026-07-20"


def test_what_waits_for_an_event_is_a_promise_too() -> None:
    assert any("重新铺设" in quote for quote in quotes("地下管线正在施工，待管线验收合格后，将重新铺设人行道。"))


@pytest.mark.parametrize(
    "reply",
    [
        "您好！您的来信已收到。感谢您对我们工作的理解和支持！",
        "该道路已于2025年10月完成改造并通车，路灯也已全部修复。",
        "请您携带身份证和户口簿到政务服务大厅办理，咨询电话见官网。",
        "根据有关规定，申请人应当自收到通知之日起15日内提交材料。",
        "如您仍有疑问，欢迎您拨打我局服务热线咨询。",
        "",
        "。。。",
    ],
)
def test_reports_rules_advice_and_thanks_are_left_alone(reply: str) -> None:
    assert quotes(reply) == []


def test_a_date_gone_by_is_no_deadline() -> None:
    found = find("2025年12月我局已完成招标，下一步将尽快组织施工。", replied_at=ANSWERED)
    assert [each.deadline for each in found] == ["尽快"]


def test_a_day_just_gone_by_is_that_day_and_not_next_years() -> None:
    found = one("我局将在4月28日前完成围挡修复。")
    assert (str(found.due_date), found.certainty) == ("2026-04-28", "ambiguous")


def test_a_year_long_past_binds_nobody_even_where_then_points_back() -> None:
    reply = "该小区建于2003年。届时我局将在门户网站公布改造名单。我局将于12月底前解决2012—2015年招聘教师的工龄问题。"
    found = find(reply, replied_at=ANSWERED)
    assert [(each.deadline, str(each.due_date)) for each in found] == [("", "None"), ("12月底前", "2026-12-31")]


def test_then_points_back_to_the_date_before() -> None:
    found = find("新校区预计2026年8月建成。届时，二年级学生将全部搬入新校区就读。", replied_at=ANSWERED)
    assert [str(each.due_date) for each in found] == ["2026-08-31", "2026-08-31"]


@settings(max_examples=40, deadline=None)
@given(st.text(alphabet="我局将于六6月底前完成修复，。；、您的1〔姓名〕\n 待后", max_size=60))
def test_every_quotation_stands_in_the_answer(reply: str) -> None:
    found = find(reply, replied_at=ANSWERED)
    assert all(reply[each.start : each.end] == each.quote for each in found)
    assert all(left.end <= right.start for left, right in pairwise(found))
    assert all(0 <= each.score <= 1 for each in found)


def test_the_stream_keeps_order_and_reports_bad_lines() -> None:
    rows = [
        {"id": 7, "replied_at": "2026/5/11 15:30:00", "reply": "我局将于5月20日前更换电缆。"},
        {"id": "b", "replied_at": "2026-05-11T15:30:00+08:00", "reply": "感谢您的来信。"},
        {"id": "c", "reply": "没有时间"},
        {"replied_at": "2026-05-11", "reply": "没有编号"},
        {"id": "d", "replied_at": "前天", "reply": "时间不对"},
    ]
    lines = [json.dumps(row, ensure_ascii=False).encode() for row in rows]
    problems: list[Problem] = []
    found = [json.loads(line) for line in find_lines([*lines, b"{", b"\xff", b"", b"[]"], report=problems.append)]
    assert [row["id"] for row in found] == [7, "b"]
    assert list(found[0]["commitments"][0]) == [
        "quote", "start", "end", "strength", "deadline", "due_date", "certainty", "unit", "score",
    ]  # fmt: skip
    assert found[0]["commitments"][0]["due_date"] == "2026-05-20"
    assert found[1]["commitments"] == []
    assert [problem.place for problem in problems] == [f"第 {number} 行" for number in (3, 4, 5, 6, 7, 9)]


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-05-11T15:30:00+08:00", ANSWERED),
        ("2026-05-11 15:30", ANSWERED),
        ("2026/5/11 15:30:00", ANSWERED),
        ("2026年5月11日", ANSWERED.replace(hour=0, minute=0)),
        ("2026/13/11", None),
        ("昨天", None),
        (20260511, None),
    ],
)
def test_moments_of_exports_are_read(text: object, moment: datetime | None) -> None:
    assert read_moment(text) == moment


@pytest.mark.data
def test_annotated_answers_keep_their_floor() -> None:
    """A guard against breaking what was learnt; honest figures come from cross-validation in the benchmark."""
    file = DATA / "commitments" / "dev.jsonl"
    if not file.exists():
        pytest.skip("没有标注数据 shared/data/commitments/dev.jsonl")
    right = found = wanted = 0
    for line in file.read_text("utf-8").splitlines():
        row = json.loads(line)
        moment = read_moment(row["replied_at"])
        assert moment is not None
        answers = find(row["reply"], replied_at=moment)
        gold = [(row["reply"].find(each["quote"]), each["quote"]) for each in row["commitments"]]
        found, wanted = found + len(answers), wanted + len(gold)
        right += sum(
            any(_alike((each.start, each.end), (start, start + len(quote))) for each in answers)
            for start, quote in gold
        )
    assert 2 * right / (found + wanted) >= 0.76


def _alike(one: tuple[int, int], other: tuple[int, int]) -> bool:
    both = min(one[1], other[1]) - max(one[0], other[0])
    return both >= 0.5 * (max(one[1], other[1]) - min(one[0], other[0]))
