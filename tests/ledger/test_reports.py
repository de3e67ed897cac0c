"""Reports: the register in its columns, figures with denominators, the head of the record, and nothing hidden."""

import io
import json
import zipfile
from dataclasses import replace
from datetime import date, datetime, timedelta

import docx
import pytest
import python_calamine
from lxml import html

from crawlers.clock import CHINA
from ledger.record.commands import ApproveExtension, MarkChecked, RequestExtension
from ledger.record.head import head
from ledger.record.parts import Clock
from ledger.telling import word
from ledger.telling.document import Document, Format, Table, content, document
from ledger.telling.register import register
from ledger.telling.reports import COLUMNS, Report, report, span_of

APRIL = datetime(2026, 4, 1, tzinfo=CHINA)
DAY = date(2026, 3, 2)


def written(found: Report, form: Format) -> str:
    return content(found, form).decode()


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
        ("monthly", "2026-03-01", "2026-04-01"),
        ("annual", "2026-01-01", "2027-01-01"),
        ("scorecard", "2026-01-01", "2027-01-01"),
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


def test_a_month_at_the_end_of_the_year() -> None:
    since, until = span_of("monthly", date(2026, 12, 31))
    assert (since.date().isoformat(), until.date().isoformat()) == ("2026-12-01", "2027-01-01")


class TestScorecard:
    def test_every_rate_is_so_many_of_so_many_for_the_year_and_for_ever(self, record, busy: tuple[str, str]) -> None:
        found = made(record, kind="scorecard")
        text = written(found, "md")
        assert text.startswith("# 江州市司法局舆情回应与承诺台账成绩单（2026-01-01 至 2026-12-31）")
        for rate in found.statistics.rates:
            assert f"| {rate.name} | {rate.numerator} / {rate.denominator} |" in text
        assert "| 公开落实 | 1 / 2 | — | 1 / 2 | — |" in text  # too few for a percentage, and not hidden
        assert f"头部指纹 {head(record.db).hash}" in text

    def test_another_year_counts_for_itself(self, record, busy: tuple[str, str]) -> None:
        later = report(record.db, record.office, kind="scorecard", day=date(2027, 1, 5), now=record.now)
        assert "| 公开落实 | 0 / 0 | — | 1 / 2 | — |" in written(later, "md")

    def test_what_went_wrong_is_counted_among_all(self, record, busy: tuple[str, str]) -> None:
        text = written(made(record, kind="scorecard"), "md")
        for name, figure in (
            ("舆情：还没有公开回应", "1 / 3"), ("承诺：现在逾期", "1 / 2"), ("承诺：已撤销", "0 / 2"),
            ("承诺：未了、从未检查（不等于未落实）", "1 / 2"),
        ):  # fmt: skip
            assert f"| {name} | {figure} | {figure} |" in text
        assert "| 公共法律服务处 | 2 | 0 | 2 | 1 | 1 | 1 |" in text

    def test_an_extension_does_not_mend_the_first_date(self, record) -> None:
        promise = record.promised(APRIL)
        notice = record.page("/gg/yanqi", "<p>因场地改造，工作站开放时间延至4月底，特此公告</p>")
        later = {"due_at": "2026-05-01T00:00:00+08:00", "due_date": "2026-04-30", "certainty": "firm", "kind": "date"}
        record.do(RequestExtension(commitment=promise, clock=Clock(name="fulfil", deadline=later), reason="场地改造",
                                   notice=notice.snapshot("联络员")), "联络员")  # fmt: skip
        record.do(ApproveExtension(commitment=promise), "审批人")
        record.now = APRIL + timedelta(days=10)
        record.verified(promise, record.claimed(promise))
        rates = {rate.name: (rate.numerator, rate.denominator) for rate in made(record, kind="scorecard").period.rates}
        first, extended = (found for name, found in rates.items() if "落实" in name and "时限" in name)
        assert (first, extended) == ((0, 1), (1, 1))
        assert "| 承诺：延过期（第一个期限照样计入） | 1 / 1 | 1 / 1 |" in written(made(record, kind="scorecard"), "md")

    def test_an_empty_record_says_so(self, record) -> None:
        text = written(made(record, kind="scorecard"), "md")
        assert "| 公开落实 | 0 / 0 | — | 0 / 0 | — |" in text
        assert "还没有交办给哪个单位。" in text


def everything(found: Report) -> list[str]:
    """Every text that the document of a report holds."""
    told = document(found)
    texts = [told.title, told.footer, *told.notes]
    for block in told.blocks:
        texts += [
            block.title,
            *(cell for row in getattr(block, "rows", ()) for cell in row),
            *getattr(block, "lines", ()),
        ]
    return texts


@pytest.mark.parametrize("kind", ["daily", "scorecard"])
class TestFiles:
    def test_word_holds_everything(self, record, busy: tuple[str, str], kind: str) -> None:
        found = made(record, kind=kind)
        opened = docx.Document(io.BytesIO(content(found, "docx")))
        seen = {paragraph.text for paragraph in opened.paragraphs}
        seen |= {cell.text for table in opened.tables for row in table.rows for cell in row.cells}
        assert [text for text in everything(found) if text and text.strip() not in seen] == []
        assert opened.sections[0].footer.paragraphs[0].text == found.footer
        assert opened.core_properties.author == record.office.name

    def test_excel_holds_everything_and_runs_nothing(self, record, busy: tuple[str, str], kind: str) -> None:
        found = made(record, kind=kind)
        raw = content(found, "xlsx")
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(raw))
        sheets = (book.get_sheet_by_name(name).to_python() for name in book.sheet_names)
        seen = {str(cell) for sheet in sheets for row in sheet for cell in row}
        assert {text for text in everything(found) if text} - seen <= {block.title for block in document(found).blocks}
        assert {block.title for block in document(found).blocks} <= {*book.sheet_names, *seen}
        with zipfile.ZipFile(io.BytesIO(raw)) as parts:
            assert not [name for name in parts.namelist() if b"<f>" in parts.read(name)]


@pytest.mark.parametrize("words", ["=HYPERLINK(1)", "+1", "-2+3", "\x0b控制\x1b[2J", "http://x.example.com"])
def test_hostile_words_in_files_stay_words(record, words: str) -> None:
    record.case(1, summary=f"{words} 的事项")
    record.later(days=2)
    found = made(record)
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content(found, "xlsx")))
    (row,) = (row for row in book.get_sheet_by_name("逾期的舆情").to_python() if row[0] == "YQ-2026-0001")
    assert row[1] == "".join(sign for sign in f"{words} 的事项" if sign.isprintable())
    assert docx.Document(io.BytesIO(content(found, "docx"))).tables[0].rows[1].cells[1].text == row[1].strip()


def test_a_long_table_in_word_says_how_long(record) -> None:
    rows = tuple((str(number), "甲") for number in range(word.MOST + 7))
    told = Document("题", (), (Table("表", ("号", "名"), rows, ""),), "末行")
    opened = docx.Document(io.BytesIO(word.as_docx(told, author="局", now=record.now)))
    assert len(opened.tables[0].rows) == word.MOST + 1
    assert any(f"本表共 {word.MOST + 7} 行" in paragraph.text for paragraph in opened.paragraphs)
