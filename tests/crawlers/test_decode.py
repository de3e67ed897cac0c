"""Header, meta tag and body in every combination of encodings: the text itself, or a doubt, never mojibake."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.pages.decode import decode

# Rare characters (䶮, 喆, 㙦) are outside GB2312; a page that declares gb2312 and holds them is everyday life.
PAGE = (
    '<html><head><meta charset="{}"><title>关于恢复供热的公告</title></head><body><p>䶮字号楼的居民反映暖气不热，'
    "市供热公司和喆园社区已经上门检修，请大家放心。办理结果将在三个工作日内公布。</p></body></html>"
)
TRADITIONAL = (
    '<html><head><meta charset="{}"></head><body><p>關於恢復供熱的公告：居民反映暖氣不熱，請大家放心，'
    "辦理結果將在三個工作日內公佈，有問題可以聯繫我們。</p></body></html>"
)
ENCODINGS = ("utf-8", "gb18030", "big5", "utf-16-le", "utf-16-be", "utf-16", "utf-8-sig")
LABELS = ("", "utf-8", "gb2312", "GBK", "gb18030", "big5", "iso-8859-1", "utf-16", "no-such-charset")


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_the_body_wins_over_whatever_header_and_meta_claim(encoding: str) -> None:
    page = TRADITIONAL if encoding == "big5" else PAGE
    for header, meta in product(LABELS, LABELS):
        text = page.format(meta)
        decoded = decode(text.encode(encoding), f"text/html; charset={header}" if header else "text/html")
        assert decoded.text == text, (encoding, header, meta, decoded.encoding)
        assert not decoded.doubt


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "big5", "utf-16-le"])
@pytest.mark.parametrize("words", ["停水通知", "供水", "2026年11月20日", "已解决"])
def test_a_few_words_are_enough(encoding: str, words: str) -> None:
    if encoding == "big5":
        words = words.replace("决", "決")
    text = f"<html><body><p>{words}</p></body></html>"
    assert decode(text.encode(encoding), f"text/html; charset={encoding}").text == text
    assert decode(text.encode(encoding)).text == text


def test_gbk_that_happens_to_be_valid_utf8_is_read_as_gbk() -> None:
    body = "停水通知".encode("gbk")
    assert len(body.decode("utf-8")) == 4  # valid, and four letters of no language: every detector falls for it
    assert decode(body).text == "停水通知"
    assert decode(body, "text/html; charset=utf-8").text == "停水通知"


@pytest.mark.parametrize("text", ["<p>·©—…</p>", "<p>café</p>", "plain ascii", "", "привет"])
def test_pages_without_chinese_keep_their_encoding(text: str) -> None:
    assert decode(text.encode("utf-8"), "text/html; charset=utf-8").text == text
    assert decode(text.encode("utf-8")).text == text


def test_western_pages_fall_back_to_what_servers_mean_by_latin1() -> None:
    text = "<html><body><p>The café is open from nine to five on working days.</p></body></html>"
    assert decode(text.encode("cp1252"), "text/html; charset=iso-8859-1").text == text


def test_a_character_cut_in_half_does_not_spoil_the_page() -> None:
    body = PAGE.format("gb2312").encode("gb18030")
    cut = body.replace("公告".encode("gb18030"), "公告".encode("gb18030")[:3], 1)
    decoded = decode(cut, "text/html")
    assert not decoded.doubt
    assert "暖气不热" in decoded.text


@pytest.mark.parametrize(
    "body", [bytes(range(128, 256)) * 40, b"\x00\xff\xfe\x01" * 100, "供热".encode() * 50 + b"\xff\x81" * 200]
)
def test_what_is_no_text_is_reported(body: bytes) -> None:
    assert decode(body, "text/html; charset=utf-8").doubt


def test_text_that_was_spoilt_at_its_source_is_reported() -> None:
    mojibake = PAGE.format("utf-8").encode("utf-8").decode("gb18030", "replace")
    assert decode((mojibake * 3).encode("utf-8"), "text/html; charset=utf-8").doubt


@given(st.binary(max_size=400), st.sampled_from(LABELS))
def test_no_bytes_raise(body: bytes, label: str) -> None:
    decoded = decode(body, f"text/html; charset={label}")
    assert isinstance(decoded.text, str)
