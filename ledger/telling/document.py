"""A report as a document: title, remarks, tables and lists, a last line; Word, Excel, Markdown and HTML write it down.

Every block says something when it is empty, so that nothing can be left out unseen.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from ledger.telling.reports import COLUMNS, Report, cells, duration, figures
from ledger.telling.statistics import Rate, Statistics, UnitLine

URL_COLUMN = "公开链接"
Format = Literal["md", "html", "json", "docx", "xlsx"]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of text under headings; `empty` is said in place of no rows."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    empty: str
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Lines:
    """A list of sentences."""

    title: str
    lines: tuple[str, ...]
    empty: str


@dataclass(frozen=True, slots=True)
class Document:
    """What is written down, in its order; the footer is what a witness keeps."""

    title: str
    notes: tuple[str, ...]
    blocks: tuple[Table | Lines, ...]
    footer: str


def document(report: Report) -> Document:
    """The document of a report, or of a scorecard."""
    blocks = _scorecard(report) if report.kind == "scorecard" else _report(report)
    return Document(report.title, report.notes, tuple(blocks), report.footer)


def content(report: Report, form: Format) -> bytes:
    """The report as the bytes of a file in that format; text is UTF-8."""
    if form == "docx":
        from ledger.telling.word import as_docx

        return as_docx(document(report), author=report.office, now=report.now)
    if form == "xlsx":
        from ledger.telling.excel import as_xlsx

        return as_xlsx(document(report), author=report.office, now=report.now)
    return _text(report, form).encode()


def _text(report: Report, form: Format) -> str:
    if form == "json":
        import json

        return json.dumps(report.as_json(), ensure_ascii=False, indent=2) + "\n"
    return as_markdown(document(report)) if form == "md" else as_html(document(report))


def _report(report: Report) -> Iterator[Table | Lines]:
    late = ((number, text, units or "尚未交办", how) for number, text, units, how in report.late_cases)
    yield Table("逾期的舆情", ("编号", "摘要", "单位", "逾期"), tuple(late), "没有逾期的舆情。")
    changes = tuple(f"{name} {count} 项" for name, count in report.changes)
    yield Lines("本期记录", changes, "本期没有新的记录。")
    rows = tuple(map(cells, report.entries))
    yield Table("承诺台账", COLUMNS, rows, "台账中还没有登记的承诺。", "未兑现和逾期的在前，其余按时限先后")
    yield Lines("统计", tuple(figures(report.statistics)), "")


def _scorecard(report: Report) -> Iterator[Table | Lines]:
    """The office's own record: this year beside everything since the beginning, each as so many of so many."""
    year, whole = report.period, report.statistics
    spans = (f"{report.since.year} 年", "累计")
    rates = zip(year.rates, whole.rates, strict=True)
    yield Table(
        "按时与兑现",
        ("指标", f"{spans[0]}（做到／应做）", "比例", f"{spans[1]}（做到／应做）", "比例", "怎样算的"),
        tuple((one.name, *_of(one), *_of(both), one.note or "—") for one, both in rates),
        "",
        "应做的包括没有回应、没有做到的；不足 5 件的只写件数，不算比例",
    )
    yield Table("没有做到、没有查过、另列的", ("项目", *spans), tuple(_shortfalls(year, whole)), "")
    yield Table("首次公开回应用时", ("", *spans), tuple(_times(year, whole)), "", "还在等的也计入，算“至今还没等到”")
    units = tuple(map(_unit, report.period.units))
    headings = ("单位", "交办舆情", "其中逾期", "承诺", "其中未了", "其中逾期过", "已公开落实")
    yield Table(f"各单位（{spans[0]}）", headings, units, "还没有交办给哪个单位。", "按名称排列，不排名次")


def _of(rate: Rate) -> tuple[str, str]:
    return f"{rate.numerator} / {rate.denominator}", "—" if rate.percent is None else f"{rate.percent}%"


# What is counted, of what, and what it is called.
_SHORT: Sequence[tuple[str, str, str]] = (
    ("cases_unanswered", "cases", "舆情：还没有公开回应"),
    ("cases_late", "cases", "舆情：现在逾期"),
    ("cases_dismissed", "cases", "舆情：不予回应"),
    ("cases_reopened", "cases", "舆情：重新启动过"),
    ("cases_known_by_time_only", "cases", "舆情：答复只知时间、没有公开网页"),
    ("promises_missed", "promises", "承诺：未兑现"),
    ("promises_late", "promises", "承诺：现在逾期"),
    ("promises_extended", "promises", "承诺：延过期（第一个期限照样计入）"),
    ("promises_done_unpublished", "promises", "承诺：称已办、未公开"),
    ("promises_not_checked", "promises", "承诺：未了、从未检查（不等于未落实）"),
    ("promises_reopened", "promises", "承诺：了结后又重新打开"),
    ("evidence_failed", "promises", "承诺：公开依据后来失效"),
    ("promises_withdrawn", "promises", "承诺：已撤销"),
    ("promises_superseded", "promises", "承诺：被替代"),
    ("promises_unmeasurable", "promises", "承诺：不可核查"),
)


def _shortfalls(year: Statistics, whole: Statistics) -> Iterator[tuple[str, ...]]:
    for code, among, name in _SHORT:
        yield name, *(f"{found.counts[code]} / {found.counts[among]}" for found in (year, whole))
    yield "待确认的承诺线索", *(str(found.counts["promises_proposed"]) for found in (year, whole))
    yield "有步骤由一人办理的事项", *(str(found.counts["single_person"]) for found in (year, whole))


def _times(year: Statistics, whole: Statistics) -> Iterator[tuple[str, ...]]:
    both = (year.times, whole.times)
    yield "已公开回应", *(f"{times.answered} / {times.answered + times.waiting}" for times in both)
    yield "一半在这之内", *(duration(times.median) for times in both)
    yield "九成在这之内", *(duration(times.p90) for times in both)


def _unit(line: UnitLine) -> tuple[str, ...]:
    counts = (line.cases, line.cases_late, line.promises, line.promises_open, line.promises_late, line.promises_kept)
    return (line.unit, *map(str, counts))


def as_markdown(found: Document) -> str:
    """Plain Markdown; the office's words cannot break its tables."""
    parts = [f"# {found.title}", "", *(f"> {note}" for note in found.notes), *([""] if found.notes else [])]
    for block in found.blocks:
        parts += [f"## {block.title}", ""]
        if isinstance(block, Table):
            parts += _table(block.columns, block.rows) or [block.empty]
        else:
            parts += [f"- {line}" for line in block.lines] or [block.empty]
        parts.append("")
    return "\n".join([*parts, "---", "", found.footer, ""])


def as_html(found: Document) -> str:
    """One page without outside resources, for the screen and the printer; Word opens it, too."""
    from ledger.telling.pages import render

    return render("report.html", document=found, url_column=URL_COLUMN)


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    lines = ["| " + " | ".join(map(_cell, row)) + " |" for row in rows]
    return ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads), *lines] if lines else []


def _cell(text: str) -> str:
    """Text that stays in its cell and means nothing to Markdown or HTML."""
    plain = " ".join(text.split())
    for mark in "\\|`*_[]<>#":
        plain = plain.replace(mark, f"\\{mark}")
    return plain
