"""Words: the same tokens as jieba, however they are made."""

import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classify import words

SAMPLES = [
    "2007-10-30发布的通知，第3.5版，完成率98.6%",
    "请发邮件到 a_b.c@d-e.com 或见 http://x.y/z?a=1&b=2#t",
    "C++和A+B、AT&T、T-shirt、3G/4G/5G、iPhone-12",
    "小区停水三天，物业和自来水公司互相推",
    "我们反映过N次了!!!……没人管",
    "",
    " \n\t",
]


@pytest.mark.parametrize("text", SAMPLES)
def test_the_fast_cut_is_jiebas(text):
    assert words.cut(text) == words.slow_cut(text)


@settings(max_examples=150, deadline=None)
@given(st.text(st.sampled_from(list("小区停水三天的司法局a1B0.-_+#&% ，。")), max_size=40))
def test_the_fast_cut_is_jiebas_on_mixtures(text):
    assert words.cut(text) == words.slow_cut(text)
    assert "".join(words.cut(text)) == text


def test_without_the_fast_engine_jieba_does_the_work(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "rjieba", None)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    for function in (words._cutter, words._dictionary, words._tagger):
        function.cache_clear()
    try:
        assert words.cut("司法局回应停水") == ["司法局", "回应", "停水"]
        assert words.is_word("停水")
        assert not words.is_word("停水停")
        assert words.is_name("诸葛亮")
        assert not words.is_name("停水")
    finally:
        for function in (words._cutter, words._dictionary, words._tagger):
            function.cache_clear()


def test_names_of_persons_are_known_as_such():
    assert words.is_name("诸葛亮")
    assert not words.is_name("停水")


def test_jiebas_cache_is_private(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    words._jieba.cache_clear()
    assert words._jieba().tmp_dir == str(tmp_path / "huiying")
    assert (tmp_path / "huiying").stat().st_mode & 0o077 == 0
    words._jieba.cache_clear()
