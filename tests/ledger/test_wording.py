"""The deadline grammar: a table of wordings with expected results and reasons, and what always holds of the parser."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.clock import CHINA
from ledger.timing.deadlines import due
from ledger.timing.numerals import flatten, number
from ledger.timing.wording import phrases, quotas


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    anchor: datetime
    basis: str
    text: str
    day: str
    kind: str
    certainty: str
    why: str


def rows() -> list[Row]:
    lines = Path(__file__).with_name("data_wordings.tsv").read_text("utf-8").splitlines()
    return [row(line) for line in lines if line and not line.startswith("#")]


def row(line: str) -> Row:
    when, text, day, kind, certainty, why = line.split("\t")
    anchor, _, basis = when.partition("@")
    moment = datetime.fromisoformat(anchor).replace(tzinfo=CHINA)
    return Row(moment, basis or "published", text, day, kind, certainty, why)


@pytest.mark.parametrize("row", rows(), ids=lambda row: f"{row.text}@{row.anchor:%F}")
def test_wording(row: Row) -> None:
    answer = due(row.text, anchor=row.anchor, basis=row.basis)  # type: ignore[arg-type] # one of the two
    found = (str(answer.due_date or "-"), answer.kind, answer.certainty)
    assert found == (row.day, row.kind, row.certainty), row.why
    assert answer.explanation
    assert (answer.due_at is None) == (answer.due_date is None)
    assert (answer.review_at is None) == (answer.due_date is not None)


def test_the_table_is_large_and_says_why() -> None:
    table = rows()
    assert len(table) >= 150
    assert all(row.why for row in table)
    assert len({(row.text, row.anchor, row.basis) for row in table}) == len(table)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("12月15日18时前", "2026-12-15T18:00:00+08:00"),
        ("12月15日下午5点半前", "2026-12-15T17:30:00+08:00"),
        ("12月15日24时前", "2026-12-16T00:00:00+08:00"),
        ("今晚8点前", "2026-11-21T20:00:00+08:00"),
        ("今晚12点前", "2026-11-22T00:00:00+08:00"),
        ("今日下班前", "2026-11-22T00:00:00+08:00"),
        ("24小时内", "2026-11-22T10:20:30+08:00"),
        ("12月15日前", "2026-12-16T00:00:00+08:00"),
    ],
)
def test_the_first_instant_after_the_deadline(text: str, moment: str) -> None:
    anchor = datetime(2026, 11, 21, 10, 20, 30, tzinfo=CHINA)
    assert due(text, anchor=anchor).as_json()["due_at"] == moment


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("十五", 15),
        ("二〇二六", 2026),
        ("廿五", 25),
        ("一百二十", 120),
        ("两", 2),
        ("贰拾", 20),
        ("15", 15),
        ("万", None),
    ],
)
def test_numerals(text: str, value: int | None) -> None:
    assert number(text) == value


def test_numbers_promised() -> None:
    assert [(quota.relation, quota.amount, quota.unit) for quota in quotas("满意率不低于95.5%，投诉不超过3件")] == [
        ("≥", 95.5, "%"),
        ("≤", 3, "件"),
    ]


ALPHABET = (
    "一二三十两半012356789年月日天周个工作小时内前后底末上下旬季度每至到起，。自收到之发布 　第多左右约春节国庆尽快"
)
# Pieces that wordings are made of: their products reach deeper than single characters do.
PIECES = [
    "自", "公布", "收到", "之日起", "施行", "每", "每季度", "结束后", "终了", "最后一个", "第一个", "工作日",
    "个工作日", "个月", "零", "又", "+", "十五", "（15）", "15", "二十", "半", "半年", "一年", "两周", "春节",
    "国庆", "节", "假期", "放假", "结束", "期间", "前", "后", "内", "以内", "左右", "前3天", "正月", "腊月",
    "初八", "二十", "今明", "两年", "明年", "次年", "本月", "廿八", "上旬", "底", "末", "初", "Q4", "12·4",
    "百分之四", "不少于", "3次", "至", "、", "或", "和", "11-12月", "2月30日", "12月1日", "0时", "24时", "下班",
    "上午", "隔周", "双周", "旬", "若干", "数", "日", "天", "延长", "最迟", "力争", "，", "。",
]  # fmt: skip


@given(st.text(alphabet=ALPHABET, max_size=30))
def test_any_text_is_read_without_an_error_and_in_order(text: str) -> None:
    found = phrases(text)
    assert all(text[phrase.start : phrase.end] == phrase.raw for phrase in found)
    assert all(one.start < other.start for one, other in pairwise(found))
    answer = due(text, anchor=datetime(2026, 11, 21, 9, tzinfo=CHINA))
    assert answer.explanation
    assert answer.certainty != "none" or answer.due_date is None


@given(
    st.lists(st.sampled_from(PIECES), max_size=8).map("".join),
    st.integers(0, 17_000),
    st.sampled_from(["published", "received"]),
)
def test_pieces_of_wordings_are_computed_without_an_error(text: str, days: int, basis: str) -> None:
    anchor = datetime(2003, 12, 1, 9, 30, tzinfo=CHINA) + timedelta(days=days)
    answer = due(text, anchor=anchor, basis=basis)  # type: ignore[arg-type] # one of the two
    assert answer.explanation
    assert (answer.due_at is None) == (answer.due_date is None) == (answer.certainty == "none")
    assert answer.as_json()["raw"] in text


@given(st.text(alphabet=ALPHABET, max_size=30))
def test_flat_text_leads_back_to_the_original(text: str) -> None:
    flat = flatten(text)
    assert len(flat.text) == len(flat.starts) == len(flat.ends)
    assert all(0 <= start < end <= len(text) for start, end in zip(flat.starts, flat.ends, strict=True))
