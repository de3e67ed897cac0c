"""What people see of the record on a terminal."""

from datetime import datetime, timedelta
from io import StringIO

import pytest
from click import unstyle
from rich.console import Console

from crawlers.clock import CHINA
from ledger.proof.match import Promise, Proof, compare
from ledger.record import cases, commitments, course
from ledger.record.commands import ApproveExtension, Dismiss, MarkChecked, RequestExtension
from ledger.record.events import read
from ledger.record.head import head
from ledger.record.parts import Clock
from ledger.record.projections import HANDLERS
from ledger.telling.plain import cells, cut
from ledger.telling.show import (
    case_view,
    cases_table,
    checklist_view,
    commitment_view,
    commitments_table,
    label_name,
    log_view,
)
from ledger.telling.today import today
from ledger.telling.today_text import today_text

APRIL = datetime(2026, 4, 1, tzinfo=CHINA)


def seen(renderable: object, *, width: int = 160, colour: bool = False) -> str:
    out = StringIO()
    Console(
        file=out, width=width, highlight=False, force_terminal=colour, color_system="standard" if colour else None
    ).print(renderable)
    return out.getvalue()


@pytest.fixture
def kept(record):
    """A promise kept: answered, registered, claimed and verified; with a case beside it that is late."""
    record.case(1, summary="西区：重大政策措施，1 条反映，来自论坛")
    promise = record.promised(APRIL)
    record.later(days=18)
    url = record.claimed(promise)
    record.later(hours=2)
    record.verified(promise, url)
    return promise


class TestToday:
    def test_nothing_to_do(self, record) -> None:
        text = unstyle(today_text(today(record.db, now=record.now)))
        assert "2026-03-02 星期一 09:00" in text
        assert "今天没有需要处理的事项" in text
        assert "台账 0 条，头部指纹 0000000000000000" in text

    def test_what_is_late_comes_first_with_what_to_do(self, record, kept: str) -> None:
        record.promised(record.now + timedelta(hours=20))
        text = unstyle(today_text(today(record.db, now=record.now)))
        assert text.index("已经逾期") < text.index("24 小时内到期") < text.index("待研判")
        assert "YQ-2026-0001  逾期 17 天" in text
        assert "huiying case show" in text

    @pytest.mark.parametrize("width", [60, 80, 120])
    def test_a_line_stays_a_line(self, record, width: int) -> None:
        record.case(1, summary="东区：多名群众反映法律援助窗口排队时间过长，希望增加人手并公布办理进度，\x1b[2J" * 3)
        record.answered(1)
        text = unstyle(today_text(today(record.db, now=record.later(days=2)), width=width))
        assert max(map(cells, text.splitlines())) <= width
        assert "\x1b" not in text
        line = next(line for line in text.splitlines() if "YQ-2026-0001" in line)
        assert "东区：" in line
        assert "…" in line

    def test_only_so_many_are_listed(self, record) -> None:
        for _ in range(12):
            record.case(1)
        text = unstyle(today_text(today(record.db, now=record.later(days=2))))
        assert "已经逾期：12 件" in text
        assert "还有 7 件。" in text


class TestLists:
    def test_empty_lists_say_what_to_do(self) -> None:
        assert "huiying import" in seen(cases_table([]))
        assert "huiying plan import" in seen(commitments_table([]))

    def test_cases(self, record, kept: str) -> None:
        text = seen(cases_table(cases.read(record.db), now=record.now))
        first, second = (line for line in text.splitlines() if "YQ-" in line)
        assert "西区：重大政策措施" in first
        assert "逾期 17 天" in first
        assert "已回应" in second
        assert "公共法律服务处" in second

    def test_on_a_narrow_terminal_a_matter_keeps_to_its_line(self, record, kept: str, monkeypatch) -> None:
        monkeypatch.setenv("COLUMNS", "80")
        for shown in (cases_table(cases.read(record.db), now=record.now),
                      commitments_table(commitments.read(record.db), now=record.now)):  # fmt: skip
            lines = seen(shown, width=80).splitlines()
            assert len(lines) == 1 + sum("-2026-" in line for line in lines)
        monkeypatch.setenv("COLUMNS", "120")
        assert "2026-" in seen(cases_table(cases.read(record.db), now=record.now), width=120).splitlines()[1][14:]

    def test_commitments(self, record, kept: str) -> None:
        record.promised(record.now + timedelta(days=30), words="我局将于3月底前在东区新增3个法律援助工作站，请知悉。")
        text = seen(commitments_table(commitments.read(record.db), now=record.now))
        assert "已公开落实" in text
        assert "还有 29 天" in text
        assert "未检查" in text

    def test_columns_stay_in_line_with_chinese(self, record, kept: str) -> None:
        from rich.cells import cell_len

        lines = seen(cases_table(cases.read(record.db), now=record.now)).splitlines()
        starts = {
            cell_len(line[: line.index(word)]) for line, word in zip(lines, ("类别", "切身", "切身"), strict=True)
        }
        assert len(starts) == 1


class TestCourses:
    def test_a_case_from_opening_to_answer(self, record, kept: str) -> None:
        found = course.of_case(record.db, "YQ-2026-0002")
        assert found is not None
        text = seen(case_view([found], now=record.now))
        for words in (
            "立件",
            "研判",
            "交办",
            "公开回应",
            "牵头 公共法律服务处",
            "已满足",
            "/dafu/YQ-2026-0002",
        ):
            assert words in text
        assert kept in text
        assert found.as_json()["responses"][0]["kind"] == "written"

    def test_a_promise_from_words_to_proof(self, record, kept: str) -> None:
        found = course.of_commitment(record.db, kept)
        assert found is not None
        text = seen(commitment_view([found], now=record.now))
        for words in (
            "「我局将于3月底前在东区新增3个法律援助工作站」",
            "核查标准",
            "通过 核查员",
            "核查单 7 项（第 1 版）均无不符",
            "申报落实",
        ):
            assert words in text
        assert [event["name"] for event in found.as_json()["events"]][-1] == "核查"

    def test_the_first_date_stays_visible_after_an_extension(self, record) -> None:
        promise = record.promised(APRIL)
        notice = record.page("/gg/yanqi", "<p>因场地改造，工作站开放时间延至4月底，特此公告</p>")
        later = {"due_at": "2026-05-01T00:00:00+08:00", "due_date": "2026-04-30", "certainty": "firm", "kind": "date"}
        asked = RequestExtension(commitment=promise, clock=Clock(name="fulfil", deadline=later), reason="场地改造",
                                 notice=notice.snapshot("联络员"))  # fmt: skip
        record.do(asked, "联络员")
        record.do(ApproveExtension(commitment=promise), "审批人")
        record.do(MarkChecked(commitment=promise, result="no_evidence", note="栏目内没有"), "核查员")
        found = course.of_commitment(record.db, promise)
        assert found is not None
        text = seen(commitment_view([found], now=record.now))
        assert "2026-03-31" in text
        assert "已被后来的版本替代" in text
        assert "2026-04-30" in text
        assert "批准（审批人）" in text
        assert "未找到公开证据" in text

    def test_a_proposal_is_shown_with_who_decides(self, record) -> None:
        number = record.case()
        record.do(Dismiss(case=number, code="not_ours", reason="属市场监管部门职责"), "研判员甲")
        found = course.of_case(record.db, number)
        assert found is not None
        assert "待确认" in seen(case_view([found], now=record.now))

    def test_unknown_numbers(self, record) -> None:
        assert course.of_case(record.db, "YQ-2026-9999") is None
        assert course.of_commitment(record.db, "CN-2026-9999-1") is None


def test_the_log(record, kept: str) -> None:
    text = seen(log_view(list(read(record.db)), head(record.db)))
    assert "立件" in text
    assert "sys:triage" in text
    assert f"台账 {head(record.db).count} 条" in text
    assert "还没有记录" in seen(log_view([], head(record.db)))


def test_the_verifiers_checklist(bureau) -> None:
    found = Proof("新增2个法律援助工作站，已开放", "新增2个法律援助工作站，已开放", None, APRIL)
    text = seen(checklist_view(compare(Promise("新增3个法律援助工作站"), found, bureau)))
    assert "不一致" in text
    assert "由核查员逐项判断" in text


def test_brackets_in_the_offices_words_are_not_markup(record) -> None:
    record.case(summary="[red]东区[/附件] 的事项")
    assert "[red]东区[/附件]" in seen(cases_table(cases.read(record.db)))


def test_colours_only_stress_what_the_words_say(record, kept: str) -> None:
    view = cases_table(cases.read(record.db), now=record.now)
    assert "\x1b[" in seen(view, colour=True)
    assert "\x1b[" not in seen(view)
    text = today_text(today(record.db, now=record.now))
    assert "\x1b[1;31m逾期" in text
    assert "逾期" in unstyle(text)


def test_every_kind_of_event_has_a_name() -> None:
    assert set(HANDLERS) <= set(course.EVENTS)


@pytest.mark.parametrize(
    ("code", "name"), [("policy", "重大政策"), ("none", "不属七类"), ("of_another_time", "of_another_time")]
)
def test_label_names(code: str, name: str) -> None:
    assert label_name(code) == name


def test_columns_are_counted_as_a_terminal_does() -> None:
    assert [cells(text) for text in ("", "ab", "承诺", "é", "（甲）")] == [0, 2, 4, 1, 6]
    assert [cut("承诺 原文", room) for room in (20, 9, 8, 5)] == ["承诺 原文", "承诺 原文", "承诺 原…", "承诺…"]
