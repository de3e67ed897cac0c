"""Promise and proof side by side."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.clock import CHINA
from crawlers.office import Office
from ledger.proof.match import Promise, Proof, compare, lines_for
from ledger.proof.page_text import normalised
from ledger.record import commitments


def at(day: str) -> datetime:
    return datetime.fromisoformat(day).replace(tzinfo=CHINA)


PROMISE = Promise(
    quote="公服处将于2026年3月底前新增3个法律援助工作站，覆盖不少于2万户",
    criterion="网页公布新增3个法律援助工作站均已开放",
    owners=("公共法律服务处",),
    promised_at=at("2025-12-10"),
    due_at=at("2026-04-01"),
)


def proof(quote: str, *, page: str = "", published: str | None = "2026-03-20") -> Proof:
    text = page or f"公服处通报。{quote}。法律援助工作站均已开放，网页公布名单。"
    return Proof(quote, normalised(text), at(published) if published else None, at("2026-03-25"), "工作通报")


def states(found: Proof, bureau: Office, item: str, promise: Promise = PROMISE) -> list[str]:
    return [line.state for line in compare(promise, found, bureau) if line.item == item]


def test_a_full_match(bureau: Office) -> None:
    found = proof("2026年3月，全市新增3个法律援助工作站，已全部开放，覆盖2.1万户")
    lines = compare(PROMISE, found, bureau)
    assert {line.state for line in lines} == {"same"}, [str(line) for line in lines]
    assert {line.item for line in lines} == {"quote", "whole", "outcome", "numbers", "dates", "owner"}


def test_two_where_three_were_promised(bureau: Office) -> None:
    found = proof("新增2个法律援助工作站，已开放，覆盖2.1万户", page="新增2个法律援助工作站，已开放，覆盖2.1万户")
    three, households = (line for line in compare(PROMISE, found, bureau) if line.item == "numbers")
    assert (three.state, three.shown) == ("differs", "2个法律援助工作")
    assert households.state == "same"


def test_a_number_found_elsewhere_on_the_page_says_so(bureau: Office) -> None:
    found = proof("法律援助工作站已全部开放", page="全市3个法律援助工作站，惠及2万户。法律援助工作站已全部开放。")
    notes = [line.note for line in compare(PROMISE, found, bureau) if line.item == "numbers"]
    assert notes == ["不在申报的引文里，在网页其他处"] * 2


def test_a_number_that_is_nowhere_is_missing(bureau: Office) -> None:
    assert (
        states(proof("法律援助工作站已全部开放", page="法律援助工作站已全部开放"), bureau, "numbers") == ["missing"] * 2
    )


@pytest.mark.parametrize(
    ("promised", "shown", "state"),
    [
        ("每年不少于3次", "已开展4次", "same"),
        ("每年不少于3次", "已开展2次", "differs"),
        ("整改率不低于95%", "整改率为95%", "same"),
        ("整改率不低于95%", "整改率94.9%", "differs"),
        ("收费不超过20元", "收费15元", "same"),
        ("收费不超过20元", "收费25元", "differs"),
        ("发放补贴50万元", "发放补贴500000元", "same"),
        ("惠及1000余户", "惠及1200户", "same"),
        ("改造3条道路", "发送3条短信，改造2条道路", "differs"),
        ("改造三条道路", "改造了3条道路", "same"),
    ],
)
def test_amounts_against_each_other(bureau: Office, promised: str, shown: str, state: str) -> None:
    promise = Promise(promised)
    assert states(proof(shown, page=shown), bureau, "numbers", promise) == [state]


@pytest.mark.parametrize(
    ("quote", "state"),
    [
        ("法律援助工作站已全部开放", "same"),
        ("法律援助工作站建成并投入使用", "same"),
        ("将于年内建成法律援助工作站", "differs"),
        ("正在推进法律援助工作站建设", "differs"),
        ("召开法律援助工作站座谈会", "missing"),
        ("在东区试点建成法律援助工作站", "differs"),
        ("首批法律援助工作站已开放", "differs"),
    ],
)
def test_a_plan_or_a_trial_is_no_result(bureau: Office, quote: str, state: str) -> None:
    assert states(proof(quote), bureau, "outcome") == [state]


@pytest.mark.parametrize(
    ("published", "expected"),
    [
        ("2026-03-20", ["same", "same"]),
        ("2025-12-10", ["same", "same"]),
        ("2025-12-09", ["differs", "same"]),
        ("2026-03-31", ["same", "differs", "same"]),
        ("2026-04-01", ["same", "differs", "differs"]),
        (None, ["missing"]),
    ],
)
def test_dates(bureau: Office, published: str | None, expected: list[str]) -> None:
    assert states(proof("已开放", published=published), bureau, "dates") == expected


def test_the_owner_counts_under_any_of_its_names(bureau: Office) -> None:
    assert states(proof("已开放", page="公服处：已开放"), bureau, "owner") == ["same"]
    assert states(proof("已开放", page="政务服务处：已开放"), bureau, "owner") == ["missing"]


def test_words_that_the_page_lacks_are_named(bureau: Office) -> None:
    found = proof("停车场已建成", page="停车场已建成")
    (line,) = (line for line in compare(PROMISE, found, bureau) if line.item == "whole")
    assert line.state == "missing"
    assert "法律援助" in line.note


def test_a_quote_that_is_not_there(bureau: Office) -> None:
    assert states(proof("已经建成三座图书馆", page="今日天气晴"), bureau, "quote") == ["missing"]


def test_lines_read_in_chinese(bureau: Office) -> None:
    found = proof("新增2个法律援助工作站，已开放", page="新增2个法律援助工作站，已开放")
    text = "\n".join(map(str, compare(PROMISE, found, bureau)))
    assert "不一致　数量：承诺 3个法律援助工作；网页 2个法律援助工作" in text
    assert "没有找到　落实单位：承诺 公共法律服务处；网页 —" in text


def test_a_claim_of_the_record_against_a_page_fetched_again(record) -> None:
    promise = record.promised(at("2026-04-01"))
    page = record.fetch(record.claimed(promise))
    found = commitments.get(record.db, promise)
    assert found is not None
    lines = lines_for(found, page, "截至3月20日，东区新增的3个法律援助工作站已全部开放", record.office)
    told = {line.item: line.state for line in lines}
    assert (told["quote"], told["numbers"], told["owner"], told["outcome"]) == ("same", "same", "same", "same")


@given(st.text(max_size=80), st.text(max_size=80))
def test_any_texts_are_compared(promised: str, shown: str) -> None:
    office = Office("局", "1")
    assert compare(Promise(promised), proof(shown, page=shown), office)
