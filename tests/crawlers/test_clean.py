"""Text that is safe to show and to store, and still says what it said."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.clean import clean, skeleton


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("路灯\x00不\x07亮\x7f", "路灯不亮"),
        ("\x1b[31m红\x1b[0m字", "红字"),
        ("\x1b]0;标题\x07正文\x1b]8;;http://a.example\x1b\\链接\x1b]8;;\x1b\\", "正文链接"),
        ("\x9b31m八位\x9d0;t\x9c", "八位"),
        ("\u202e反着写\u202c \u2066隔离\u2069", "反着写 隔离"),
        ("1\u200b3\u200c8\u2060\ufeff", "138"),
        ("e\u0301", "é"),
        ("㎡（全角），ＡＢＣ", "㎡（全角），ＡＢＣ"),
        ("一\r\n二\r三\u2028四\x0b五", "一\n二\n三\n四\n五"),
        ("　　首行缩进\t和  空格 \n\n\n\n 下一段 ", "首行缩进 和 空格\n\n下一段"),
        ("半个\ud83d表情", "半个\ufffd表情"),
        ("\u3164\u115f\u00ad隐\U000e0041形", "隐形"),
        ("", ""),
        ("\x1b", ""),
        ("\x1b[" + "3" * 50, ""),
    ],
)
def test_what_harms_goes_and_what_says_stays(text: str, cleaned: str) -> None:
    assert clean(text) == cleaned


@given(st.text())
def test_cleaning_twice_changes_nothing(text: str) -> None:
    once = clean(text)
    assert clean(once) == once


@given(st.text())
def test_the_result_can_be_stored_and_shown(text: str) -> None:
    cleaned = clean(text)
    cleaned.encode()
    assert unicodedata.is_normalized("NFC", cleaned)
    assert not any(unicodedata.category(char) in ("Cc", "Cs") for char in cleaned.replace("\n", ""))
    assert not set(cleaned) & set("\u202a\u202b\u202d\u202e\u2066\u2067\u2068\u200b\u200d\ufeff")


@pytest.mark.parametrize(
    "copy",
    [
        "小区停水三天，没有人管！",
        "【转发】小区停水三天，没有人管",
        "转自业主群：小区停水三天 没有人管",
        "RT @热心人: 小区停水３天"[:0] + "RT @热心人: 小区停水三天，没有人管。",
        "//@甲:小区停水三天\n没有人管…",
    ],
)
def test_copies_have_one_skeleton(copy: str) -> None:
    assert skeleton(copy) == "小区停水三天没有人管"


def test_no_harmful_character_passes_for_a_printable_one() -> None:
    from crawlers.clean import _BLANK, _BREAKS, _INVISIBLE, _SPACES, _SURROGATES

    printable = [char for char in map(chr, range(0x110000)) if char.isprintable() and not _BLANK.match(char)]
    text = "".join(printable)
    assert not any(pattern.search(text) for pattern in (_INVISIBLE, _BREAKS, _SURROGATES))
    assert set(_SPACES.findall(text)) == {" "}
    assert all(unicodedata.normalize("NFC", char).isprintable() for char in printable)
