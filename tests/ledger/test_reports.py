"""Reports: the register in its columns, figures with denominators, the head of the record, and nothing hidden."""

import json
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from lxml import html

from crawlers.clock import CHINA
from ledger.record.commands import ApproveExtension, MarkChecked, RequestExtension
from ledger.record.head import head
from ledger.record.parts import Clock
from ledger.telling.register import register
from ledger.telling.reports import COLUMNS, Report, report, span_of, written

APRIL = datetime(2026, 4, 1, tzinfo=CHINA)
DAY = date(2026, 3, 2)


def made(record, **more: object) -> Report:
    return report(record.db, record.office, day=DAY, now=record.now, **more)  # type: ignore[arg-type]


def rows(text: str) -> list[list[str]]:
    """The cells of every register row of an HTML report."""
    tree = html.document_fromstring(text)
    return [[" ".join(cell.text_content().split()) for cell in row.iter("td")] for row in tree.iter("tr")
            if len(row.findall("td")) == len(COLUMNS)]  # fmt: skip


@pytest.fixture
def busy(record) -> tuple[str, str]:
    """One promise kept, one late; one case late."""
    kept = record.promised(APRIL)
    late = record.promised(APRIL, quote="设立2个公证服务点", words="我局将设立2个公证服务点。")
    record.later(days=18)
    record.verified(kept, record.claimed(kept))
    record.case(1)
    record.now = APRIL + timedelta(days=2, hours=10)
    return kept, late


def test_an_empty_record(record) -> None:
    text = written(made(record), "md")
    for words in ("台账中还没有登记的承诺。", "没有逾期的舆情。", "本期没有新的记录。", "按时回应 0/0"):
        assert words in text


def test_the_register_has_the_columns_that_plans_ask_for(record, busy: tuple[str, str]) -> None:
    kept, late = busy
    first, second = rows(written(made(record), "html"))
    assert first == [
        "1", f"官方网站公布3个工作站已开放（{late}）", "公共法律服务处", "—", "3月底前／2026-03-31",
        "设立2个公证服务点", "尚未检查（不等于未落实）", "—", "—", "未检查", "已登记，逾期 3 天",
    ]  # fmt: skip
    assert second[1].endswith(f"（{kept}）")
    assert second[7].startswith("http://127.0.0.1")
    assert second[8:] == ["核查员", "2026-03-20", "已公开落实"]


def test_markdown_and_json_say_the_same(record, busy: tuple[str, str]) -> None:
    found = made(record)
    told = json.loads(written(found, "json"))
    assert [entry["id"] for entry in told["register"]] == [busy[1], busy[0]]
    text = written(found, "md")
    assert f"| {' | '.join(COLUMNS)} |" in text
    assert "已登记，逾期 3 天" in text
    assert "公开落实 1/2" in text


def test_the_last_line_is_the_head_of_the_record(record, busy: tuple[str, str]) -> None:
    top = head(record.db)
    last = f"台账共 {top.count} 条记录　头部指纹 {top.hash}"
    found = made(record)
    assert written(found, "md").rstrip().endswith(last)
    assert last in written(found, "html")
    assert json.loads(written(found, "json"))["head"] == {"count": top.count, "hash": top.hash}


def test_late_cases_come_before_everything(record, busy: tuple[str, str]) -> None:
    text = written(made(record), "md")
    assert text.index("## 逾期的舆情") < text.index("## 承诺台账")
    assert "| YQ-2026-0003 | 东区：涉及公众切身利益，3 条反映，来自信箱 | 尚未交办 | 逾期 12 天 |" in text


def test_a_complaint_on_conduct_is_only_a_number(record) -> None:
    number = record.case(1, summary="政务服务处：窗口服务，1 条反映", label="credibility", about_units=("政务服务处",))
    record.later(days=3)
    for form in ("md", "html", "json"):
        text = written(made(record), form)
        assert number in text
        assert "政务服务处" not in text


def test_a_moved_date_shows_the_first(record) -> None:
    promise = record.promised(APRIL)
    notice = record.page("/gg/yanqi", "<p>因场地改造，工作站开放时间延至4月底，特此公告</p>")
    later = {"due_at": "2026-05-01T00:00:00+08:00", "due_date": "2026-04-30", "certainty": "firm", "kind": "date"}
    record.do(RequestExtension(commitment=promise, clock=Clock(name="fulfil", deadline=later), reason="场地改造",
                               notice=notice.snapshot("联络员")), "联络员")  # fmt: skip
    record.do(ApproveExtension(commitment=promise), "审批人")
    (row,) = rows(written(made(record), "html"))
    assert row[4] == "3月底前／2026-04-30；原定 2026-03-31"


def test_checked_without_a_finding_is_not_called_undone(record) -> None:
    promise = record.promised(APRIL)
    record.do(MarkChecked(commitment=promise, result="no_evidence"), "核查员")
    (row,) = rows(written(made(record), "html"))
    assert row[6] == "检查时未找到公开依据（不等于未落实）"
    assert row[9] == "2026-03-02（检查）"


def test_one_person_offices_are_told_of(record, busy: tuple[str, str]) -> None:
    assert made(record).notes == ()
    alone = report(record.db, replace(record.office, four_eyes=False), day=DAY, now=record.now)
    assert "已关闭两人复核" in written(alone, "md")
    assert "已关闭两人复核" in written(alone, "html")


def test_provisional_dates_are_told_of(record) -> None:
    record.promised(APRIL)
    record.db.execute("UPDATE deadlines SET certainty = 'provisional' WHERE clock = 'fulfil'")
    assert any("暂定" in note for note in made(record).notes)


def test_what_was_recorded_in_the_span(record, busy: tuple[str, str]) -> None:
    changes = dict(made(record).changes)
    assert changes == {"立件": 2, "公开回应": 2, "登记承诺": 2}
    assert dict(made(record, kind="annual").changes)["核查"] == 1


@pytest.mark.parametrize(
    ("kind", "first", "after"),
    [
        ("daily", "2026-03-02", "2026-03-03"),
        ("weekly", "2026-03-02", "2026-03-09"),
        ("annual", "2026-01-01", "2027-01-01"),
    ],
)
def test_spans(kind: str, first: str, after: str) -> None:
    since, until = span_of(kind, date(2026, 3, 2 if kind == "daily" else 4))  # type: ignore[arg-type]
    assert (since.date().isoformat(), until.date().isoformat()) == (first, after)
    assert since.utcoffset() == timedelta(hours=8)


def test_hostile_words_stay_words(record) -> None:
    promise = record.promised(
        APRIL, quote="设立<b>2个|公证</b>服务点", words="我局将设立&lt;b&gt;2个|公证&lt;/b&gt;服务点。"
    )
    found = made(record)
    assert "&lt;b&gt;2个|公证&lt;/b&gt;" in written(found, "html")
    table = [line for line in written(found, "md").splitlines() if promise in line]
    assert len(table) == 1
    assert "\\<b\\>2个\\|公证\\</b\\>" in table[0]


def test_standings_in_the_order_of_gravity(record, busy: tuple[str, str]) -> None:
    assert [entry.standing for entry in register(record.db, now=record.now)] == ["late", "kept"]
    record.db.execute("UPDATE commitments SET evidence = 'gone' WHERE id = ?", [busy[0]])
    failed = register(record.db, now=record.now)[1]
    assert (failed.standing, failed.progress) == ("failed", "公开依据后来打不开，待复核")


def test_nothing_from_elsewhere_is_loaded(record, busy: tuple[str, str]) -> None:
    tree = html.document_fromstring(written(made(record), "html"))
    assert not tree.xpath("//script | //link | //img | //iframe")
    assert tree.get("lang") == "zh-CN"
