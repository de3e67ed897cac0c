"""Quotations in page texts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.proof.page_text import normalised
from ledger.proof.quotes import find_quote, selector

TEXT = normalised(
    "关于延长公共法律服务窗口开放时间的公告。自2026年12月1日起，市公共法律服务中心周六上午9时至12时开放，"
    "共增设3个窗口。各区司法所同步公布值班电话。特此公告。"
)


def test_word_for_word() -> None:
    found = find_quote(TEXT, "共增设3个窗口")
    assert (found.kind, found.similarity, found.occurrences) == ("exact", 1000, 1)
    assert TEXT[found.start : found.end] == "共增设3个窗口"
    assert not found.needs_note


@pytest.mark.parametrize("quote", ["共增设 3 个\n窗口", "共增设３个窗口", "自2026年12月1日起，市公共法律服务中心"])
def test_breaks_and_widths_do_not_count(quote: str) -> None:
    assert find_quote(TEXT, quote).kind == "exact"


def test_a_page_that_breaks_inside_the_sentence() -> None:
    found = find_quote("共 增设 3 个 窗口 。", "共增设3个窗口")
    assert ("共 增设 3 个 窗口 。"[found.start : found.end], found.kind) == ("共 增设 3 个 窗口", "exact")


def test_a_small_difference_is_near_and_needs_a_note() -> None:
    found = find_quote(TEXT, "自2026年12月1日起，市公共法律服务中心周六上午9时至11时开放，共增设3个窗口")
    assert found.kind == "near"
    assert 920 <= found.similarity < 1000
    assert found.needs_note
    assert TEXT[found.start : found.end].startswith("自2026年")
    assert TEXT[found.start : found.end].endswith("个窗口")


@pytest.mark.parametrize("quote", ["共增设5个停车场并免费开放", "窗口", "", "完全无关的一句话在这里出现"])
def test_absent(quote: str) -> None:
    assert find_quote(TEXT, quote).kind == "absent"


def test_a_sentence_that_stands_twice_needs_a_note() -> None:
    found = find_quote(TEXT + TEXT, "各区司法所同步公布值班电话")
    assert (found.occurrences, found.needs_note) == (2, True)


def test_the_selector_gives_the_surroundings() -> None:
    exact, prefix, suffix = selector(TEXT, find_quote(TEXT, "各区司法所同步公布值班电话"))
    assert exact == "各区司法所同步公布值班电话"
    assert prefix.endswith("共增设3个窗口。")
    assert suffix.startswith("。特此公告")
    with pytest.raises(ValueError, match="absent"):
        selector(TEXT, find_quote(TEXT, "没有这一句话啊"))


@given(st.integers(0, 40), st.integers(8, 30))
def test_every_piece_of_the_text_is_found_where_it_stands(start: int, length: int) -> None:
    piece = TEXT[start : start + length]
    found = find_quote(TEXT, piece)
    assert found.kind == "exact"
    assert "".join(TEXT[found.start : found.end].split()) == "".join(piece.split())


@given(st.text(max_size=60), st.text(max_size=200))
def test_any_text_is_answered(quote: str, text: str) -> None:
    found = find_quote(normalised(text), quote)
    assert 0 <= found.similarity <= 1000
