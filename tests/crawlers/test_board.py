"""Pages that show several letters with their answers: each becomes a matter of its own, whatever the layout."""

import json
import re
from datetime import datetime
from typing import Any

import pytest

from crawlers.clock import CHINA
from crawlers.office import Office
from crawlers.pages.board import read_board, read_letters
from crawlers.pages.found import PageError
from crawlers.pages.mailbox import read_letter
from crawlers.probe import probe

NOW = datetime(2026, 11, 21, 16, 30, tzinfo=CHINA)
URL = "https://sfj.example.gov.cn/flzx/index.html"
LETTERS = [
    (
        "31路车早高峰间隔二十分钟，能不能加密？",
        "2026-11-05",
        "从十六日起，早高峰间隔缩短到十分钟。",
        "2026-11-06",
    ),
    ("共享单车乱停在盲道上，谁来管？", "2026-11-07", "已要求企业在重点路段配备调度员，两小时内清理。", "2026-11-09"),
    ("援助律师可以自己挑选吗？", "2026-11-10", "", ""),
]
OFFICE = "市交通运输局"
MENU = '<div><a href="/">首页</a><a href="/ly/">留言</a><a href="/zx/">咨询</a><a href="/tw/">提问</a></div>'
FOOT = '<div class="page"><a href="index_1.html">下一页</a></div><div>主办单位：云溪市司法局</div>'


def page(letter: str, answer: str, *, before: str = "<div class=board>", after: str = "</div>") -> str:
    parts = []
    for question, asked, said, answered in LETTERS:
        parts.append(letter.format(q=question, asked=asked, answer=answer.format(a=said, at=answered) if said else ""))
    return f"<html><body>{MENU}{before}{''.join(parts)}{after}{FOOT}</body></html>"


LAYOUTS = {
    "items": page(
        '<div class="item"><div><b>咨询内容：</b>{q}</div><div>咨询时间：{asked}</div>{answer}</div>',
        "<div><b>回复内容：</b>{a}</div><div>回复单位：市交通运输局 回复时间：{at}</div>",
    ),
    "turns": page(
        '<li class="ask"><i>问</i><div><p>{q}</p><span>{asked}</span></div></li>{answer}',
        '<li class="answer"><i>答</i><div><p>{a}</p><span>市交通运输局 {at}</span></div></li>',
        before="<ul>",
        after="</ul>",
    ),
    "tables": page(
        "<table><tr><td>留言内容</td><td>{q}</td></tr><tr><td>留言时间</td><td>{asked}</td></tr>{answer}</table>",
        "<tr><td>回复内容</td><td>{a}</td></tr><tr><td>回复单位</td><td>市交通运输局</td></tr>"
        "<tr><td>回复时间</td><td>{at}</td></tr>",
    ),
    "one table": page(
        "<tr><td>留言标题</td><td>题</td></tr><tr><td>留言内容</td><td>{q}</td></tr>"
        "<tr><td>留言时间</td><td>{asked}</td></tr>{answer}",
        "<tr><td>回复内容</td><td>{a}</td></tr><tr><td>回复单位</td><td>市交通运输局</td></tr>"
        "<tr><td>回复时间</td><td>{at}</td></tr>",
        before="<table>",
        after="</table>",
    ),
    "signed at the end": page(
        "<li><div><b>网友</b><i>{asked}</i></div><div><em>留言：</em>{q}</div>{answer}</li>",
        "<div><em>回复：</em>{a}<span>（市交通运输局 {at}）</span></div>",
        before="<ul>",
        after="</ul>",
    ),
    "lines": page(
        "<p>问：{q}</p><p>提问时间：{asked}</p>{answer}",
        "<p>答：{a}</p><p>答复单位：市交通运输局　答复时间：{at}</p>",
    ),
}


@pytest.mark.parametrize("text", LAYOUTS.values(), ids=LAYOUTS)
def test_every_letter_of_a_board_is_read_by_itself(text: str) -> None:
    found = read_letters(text, url=URL, now=NOW)
    assert [letter.text for letter in found] == [question for question, *_ in LETTERS]
    assert [f"{letter.posted_at:%Y-%m-%d}" for letter in found] == [asked for _, asked, *_ in LETTERS]
    assert [letter.answer.split("\n")[0].partition("（")[0] for letter in found] == [
        answer for *_, answer, _ in LETTERS
    ]
    assert [(letter.answered_at and f"{letter.answered_at:%Y-%m-%d}") or "" for letter in found] == [
        at for *_, at in LETTERS
    ]
    assert [letter.answered_by for letter in found] == [OFFICE, OFFICE, ""]


def test_a_letter_keeps_its_name_wherever_the_board_moves_it_and_once_it_is_answered() -> None:
    answered = LAYOUTS["items"].replace("自己挑选吗？</div><div>咨询时间：2026-11-10</div>", "自己挑选吗？</div><div>"
        "咨询时间：2026-11-10</div><div>回复内容：可以。</div>")  # fmt: skip
    before, after = (read_board(text, url=url, now=NOW) for text, url in
                     ((LAYOUTS["items"], URL), (answered, URL.replace("index", "index_1"))))  # fmt: skip
    assert after[2].answer == "可以。"
    assert [letter.locator for letter in before] == [letter.locator for letter in after]
    assert len({letter.locator for letter in before}) == 3


NO_BOARDS = {
    "an interpretation": "<p>问：为什么要出台？</p><p>答：为了方便。</p><p>问：何时执行？</p><p>答：明年。</p>",
    "one letter": "<p>来信内容：路灯坏了。</p><p>来信时间：2026-11-01</p><p>答复内容：已修好。</p>",
    "a letter and a form": "<p>来信内容：路灯坏了。</p><p>来信时间：2026-11-01</p><p>答复内容：已修好。</p>"
    "<form><p>留言内容：</p><textarea></textarea></form>",
    "beginnings": page(
        "<div><p>咨询内容：{q}…</p><p>咨询时间：{asked}</p>{answer}</div>", "<p>回复时间：{at}</p><p>回复内容：{a}</p>"
    ),
}


@pytest.mark.parametrize("text", NO_BOARDS.values(), ids=NO_BOARDS)
def test_other_pages_are_no_boards(text: str) -> None:
    assert read_board(f"<html><body>{text}</body></html>", url=URL, now=NOW) == []


def test_a_board_becomes_a_source_with_all_its_letters(loopback: Any) -> None:
    loopback.pages["/ly/index.html"] = LAYOUTS["items"].replace("<html>", "<html><title>在线咨询</title>")
    found = probe(f"{loopback.url}/ly/index.html", Office("云溪市司法局", "a@example.cn"), now=NOW)
    assert found.source is not None
    assert found.source.kind == "mailbox"
    assert [bool(post.answer) for post in found.posts] == [True, True, False]


JSON = {
    "code": 0,
    "resultData": {
        "total": 2,
        "data": [
            {"tid": 71, "subject": "西环路坑洼", "content": "<p>西环路大货车多，路面坑洼。</p>", "nickName": "晚归人",
             "dateline": 1793586600, "answers": [{"organization": "市公路管理中心", "userName": "邹某某",
             "answerContent": "已列入维修计划。", "answerDateline": 1793673000000}]},
            {"tid": 72, "subject": "消防通道被占", "content": "快递堆在消防通道。", "dateline": "2026-11-03 08:00:00"},
        ],
    },
    "hot": [{"id": 9, "title": "热门话题"}],
}  # fmt: skip


def test_letters_in_json_are_read_without_their_writers() -> None:
    first, second = read_letters(json.dumps(JSON, ensure_ascii=False), url=f"{URL}?page=1", now=NOW)
    assert (first.title, first.text, first.answer) == ("西环路坑洼", "西环路大货车多，路面坑洼。", "已列入维修计划。")
    assert first.answered_by == "市公路管理中心"
    assert first.answered_at == datetime.fromtimestamp(1793673000, CHINA)
    assert (second.answer, second.answered_at, second.posted_at) == ("", None, datetime(2026, 11, 3, 8, tzinfo=CHINA))
    assert first.locator == "sfj.example.gov.cn#71"
    assert not {"晚归人", "邹某某"} & set(re.findall(r"晚归人|邹某某", repr([first, second])))


@pytest.mark.parametrize("text", ["{", "[1, 2]", '{"title": "没有时间", "content": "没有时间的一段话"}', "[" * 9999])
def test_other_json_holds_no_letters(text: str) -> None:
    assert read_board(text, url=URL, now=NOW) == []


def test_a_board_in_json_becomes_a_source(loopback: Any) -> None:
    loopback.pages["/api/list"] = json.dumps(JSON, ensure_ascii=False)
    found = probe(f"{loopback.url}/api/list", Office("云溪市司法局", "a@example.cn"), now=NOW)
    assert found.source is not None
    assert (found.source.kind, [post.title for post in found.posts]) == ("mailbox", ["西环路坑洼", "消防通道被占"])


SPOKEN = (
    "<html><body><h2>关于小区充电桩的咨询</h2><div><div>网友</div><div>2026-11-01 11:02</div>"
    "<div>老小区电容不足，能不能装公共充电桩？</div></div><div><div>云溪市发展和改革委员会</div>"
    "<div>2026-11-03 16:40</div><div>可以，由社区统一申请，免费增容。</div></div></body></html>"
)


def test_two_speakers_without_a_label_are_a_letter_in_a_mailbox_only() -> None:
    (letter,) = read_letters(SPOKEN, url=URL, now=NOW)
    assert (letter.text, letter.answer) == ("老小区电容不足，能不能装公共充电桩？", "可以，由社区统一申请，免费增容。")
    assert (letter.posted_at, letter.answered_at) == (
        datetime(2026, 11, 1, 11, 2, tzinfo=CHINA),
        datetime(2026, 11, 3, 16, 40, tzinfo=CHINA),
    )
    assert letter.answered_by == "云溪市发展和改革委员会"
    assert "网友" not in repr(letter)
    with pytest.raises(PageError, match="没有认出来信内容"):  # evidence keeps the office's articles, signed or not
        read_letter(SPOKEN, url=URL, now=NOW)


def test_speakers_named_before_a_colon_are_told_from_a_salutation() -> None:
    spoken = (
        "<p>网友“星夜赶路人”：</p><p>城北没有夜间急诊，建议增设。</p><p>市卫生健康委：</p><p>三月起开设夜间急诊。</p>"
    )
    (letter,) = read_letters(f"<html><body><h1>增设夜间急诊</h1>{spoken}</body></html>", url=URL, now=NOW)
    assert (letter.text, letter.answer) == ("城北没有夜间急诊，建议增设。", "三月起开设夜间急诊。")
    assert letter.answered_by == "市卫生健康委"
    assert "星夜赶路人" not in repr(letter)
    salutation = "<h1>增设夜间急诊</h1><p>市卫生健康委：</p><p>城北没有夜间急诊，建议增设。</p>"
    with pytest.raises(PageError, match="没有认出来信内容"):
        read_letters(f"<html><body>{salutation}</body></html>", url=URL, now=NOW)
