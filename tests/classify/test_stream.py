"""`huiying classify` by its contract: any line gives a label, `none`, or a counted problem; never a crash."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from classify.labels import load_taxonomy
from classify.stream import classify_lines


def line(text, id="1"):
    return json.dumps({"id": id, "text": text, "author": "ignored"}).encode()


def run(model, lines):
    problems = []
    rows = [json.loads(out) for out in classify_lines(lines, model, report=problems.append)]
    return rows, problems


def test_the_answer_has_the_shape_of_the_contract(model):
    rows, problems = run(model, [line("小区停水三天，物业和自来水公司互相推，一千多户没法做饭")])
    (row,) = rows
    assert list(row) == ["id", "label", "score", "review", "secondary", "scores", "terms"]
    assert row["label"] == "public_interest"
    assert tuple(row["scores"]) == load_taxonomy().codes
    assert sum(row["scores"].values()) == pytest.approx(1, abs=0.001)
    assert row["score"] == row["scores"][row["label"]]
    assert all(score == round(score, 4) for score in row["scores"].values())
    assert {term["term"] for term in row["terms"]} >= {"小区", "停水"}
    assert not problems


def test_thousands_of_lines_come_back_in_order(model):
    rows, _ = run(model, (line(f"路灯第{n}盏不亮", n) for n in range(2_345)))
    assert [row["id"] for row in rows] == list(range(2_345))


def test_a_batch_says_what_a_single_line_says(model):
    texts = [
        "群里都在传公证处明天起停办遗嘱，到底是不是真的？",
        "祝大家新年快乐",
        "化工厂凌晨起火，浓烟往居民区飘",
        "火",
    ]
    texts *= 20  # many together are tagged from widened weights, one from those of the file as they are
    together, _ = run(model, [line(text) for text in texts])
    apart = [run(model, [line(text)])[0][0] for text in texts]
    assert together == apart


@pytest.mark.parametrize(
    "text",
    [
        "火",
        "hello world, nothing Chinese here",
        "😀😀😀🔥",
        "<script>alert(1)</script><p>小区停水</p>&nbsp;",
        "ｆｕｌｌ　ｗｉｄｔｈ　停電１２３",
        "E=mc² ∑∫ √x ≤ 0",
        "\u0000\u200b\u202e\ufeff",
        "\ud800 半个代理字符",
        "𠮷野家的𠀀字",
        "[电话]〔姓名〕【】〔〕",
        "。" * 5_000,
        "停水" * 500_000,
    ],
)
def test_any_text_gives_a_label(model, text):
    rows, problems = run(model, [line(text)])
    assert rows[0]["label"] in load_taxonomy().codes
    assert not problems


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(st.characters() | st.sampled_from(list("停水火督办网传政策〔电话〕<b>&!？"))), max_size=4))
def test_no_text_whatever_breaks_a_batch(model, texts):
    rows, _ = run(model, [json.dumps({"id": n, "text": text}).encode() for n, text in enumerate(texts)])
    assert [row["id"] for row in rows] == list(range(len(texts)))
    for row, text in zip(rows, texts, strict=True):
        assert 0 <= row["score"] <= 1
        assert all(term["term"] in text for term in row["terms"])


@pytest.mark.parametrize("text", ["hello world", "😀", "12345678", "∑∫√"])
def test_no_chinese_is_none_for_a_person_to_look_at(model, text):
    rows, _ = run(model, [line(text)])
    assert (rows[0]["label"], rows[0]["review"]) == ("none", True)


def test_traditional_and_full_width_read_as_simplified(model):
    texts = ["網傳明天全城停電，是真的嗎？", "网传明天全城停电,是真的吗?", "网传明天全城停电，是真的吗？"]
    rows, _ = run(model, [line(text) for text in texts])
    assert len({json.dumps(row["scores"]) for row in rows}) == 1
    assert "網傳" in {term["term"] for term in rows[0]["terms"]}, "a reason is shown as it stands in the text"


def test_bad_lines_are_counted_and_the_rest_goes_on(model):
    lines = [
        b'{"id": 1, "text"',
        b"[1, 2]",
        b'{"text": "no id"}',
        b"\xff\xfe\x00",
        b'{"id": ' + b"9" * 5_000 + b"}",
        b"[" * 100_000,
        b"",
        b"\xef\xbb\xbf" + line("路灯坏了", "ok"),
        b'{"id": "empty", "text": "  "}',
        b'{"id": "number", "text": 7}',
    ]
    rows, problems = run(model, lines)
    assert [row["id"] for row in rows] == ["ok", "empty", "number"]
    assert [row["label"] for row in rows[1:]] == ["none", "none"]
    assert all(row["review"] for row in rows[1:])
    assert len(problems) == 8
    assert "第 1 行" in str(problems[0])


def test_an_id_that_utf8_cannot_hold_is_escaped(model):
    (out,) = classify_lines([b'{"id": "\\ud800", "text": "\xe8\xb7\xaf\xe7\x81\xaf"}'], model)
    assert out.encode()
    assert json.loads(out)["id"] == "\ud800"


def test_without_explanation_only_the_terms_are_missing(model):
    lines = [line("小区停水三天，物业和自来水公司互相推，一千多户没法做饭")]
    whole, brief = (json.loads(next(classify_lines(lines, model, explain=explain))) for explain in (True, False))
    assert brief == whole | {"terms": []}


def test_nothing_in_nothing_out(model):
    assert run(model, []) == ([], [])
