"""Reading an office's work plan: every numbered item with its lead units, responsible units and deadline.

Two forms are read: numbered paragraphs with an annotation (牵头部门：… 责任部门：… 完成时限：…), and tables whose cells
are separated by | or tabs, or stand one to a line. A deadline is what the plan itself names as one; wordings inside
an item's text are not taken for it.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from crawlers.clock import CHINA
from crawlers.workspace import Problem
from ledger.promises.plan_paragraphs import SIGNED, paragraph_rows
from ledger.promises.plan_rows import Row
from ledger.promises.plan_tables import table_rows
from ledger.promises.plan_units import led_by, split_units
from ledger.timing.calendar import Calendar
from ledger.timing.deadlines import Deadline, due
from ledger.timing.outcomes import Certainty

DATED = re.compile(
    r"(?:时间|日期)\s*[:：]?\s*(20\d\d)[-/.年](\d{1,2})[-/.月](\d{1,2})|[(（](20\d\d)-(\d{1,2})-(\d{1,2})[)）]"
)
YEAR = re.compile(r"(20\d\d)\s*年")
HEAD_LINES = 15


@dataclass(frozen=True, slots=True)
class PlanItem:
    """One numbered item. `lead` and `responsible` are units as written; [] where the plan names none."""

    number: int
    text: str
    lead: tuple[str, ...]
    responsible: tuple[str, ...]
    deadline: str  # as the plan words it; "" where it names none
    due: Deadline | None  # None: no deadline, or no year to compute it in
    line: int  # where the item begins, from 1

    @property
    def due_date(self) -> date | None:
        """The last day, or None."""
        return self.due.due_date if self.due else None

    @property
    def certainty(self) -> Certainty:
        """How sure the day is; "none" where there is none."""
        return self.due.certainty if self.due else "none"

    def as_json(self) -> dict[str, Any]:
        """The contract of `huiying plan import --dry-run --json`."""
        return {
            "number": self.number,
            "text": self.text,
            "lead": list(self.lead),
            "responsible": list(self.responsible),
            "deadline": self.deadline,
            "due_date": self.due_date.isoformat() if self.due_date else None,
            "certainty": self.certainty,
        }


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan as read: its items, what could not be read, and the day its deadlines are counted from."""

    items: list[PlanItem]
    problems: list[Problem]
    title: str
    dated: date | None  # published on; None: not stated
    year: int | None  # the year the plan is for


def read_plan(text: str) -> list[PlanItem]:
    """The numbered items of a plan's text, items without a deadline included."""
    return parse_plan(text).items


def read_plan_file(path: Path, *, calendar: Calendar | None = None) -> Plan:
    """The plan in a text file, UTF-8 or GB18030; one that cannot be read is a problem, not an error."""
    try:
        raw = path.read_bytes()
    except OSError as fault:
        return _nothing(Problem(path.name, "", f"打不开：{fault.strerror}", "请检查路径"))
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return parse_plan(raw.decode(encoding), file=path.name, calendar=calendar)
        except UnicodeDecodeError:
            continue
    return _nothing(Problem(path.name, "", "不是文本文件", "请另存为 UTF-8 或 GB18030 的文本"))


def parse_plan(text: str, *, file: str = "-", calendar: Calendar | None = None) -> Plan:
    """The plan in `text`; what is wrong or missing is reported together with line numbers."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    dated, year = _dates(lines)
    rows, leftovers = table_rows(lines)
    if not rows:
        rows, leftovers = paragraph_rows(lines)
    anchor = dated or (date(year, 1, 1) if year else None)
    items = [_item(row, anchor, year, calendar) for row in rows]
    title = next((line.strip() for line in lines if line.strip()), "")
    problems = [*_problems(items, anchor, file), *(_leftover(number, lines, file) for number in leftovers)]
    if not items:
        problems.append(Problem(file, "", "没有读到编号的事项", "每项以“1.”或“1、”开头，或者用带表头的表格"))
    return Plan(items, problems, title, dated, year)


def _nothing(problem: Problem) -> Plan:
    return Plan([], [problem], "", None, None)


def _dates(lines: list[str]) -> tuple[date | None, int | None]:
    """When the plan was published, and the year it is for: its title's, else its date's."""
    head = "\n".join(lines[:HEAD_LINES])
    match = DATED.search(head) or SIGNED.search("\n".join(lines[-HEAD_LINES:]))
    dated = None
    if match:
        parts = [int(part) for part in match.groups() if part]
        try:
            dated = date(*parts)
        except ValueError:
            dated = None
    found = YEAR.search(head)
    year = int(found[1]) if found else dated.year if dated else None
    return dated, year


def _item(row: Row, anchor: date | None, year: int | None, calendar: Calendar | None) -> PlanItem:
    lead, responsible = split_units(row.values.get("lead", "")), split_units(row.values.get("responsible", ""))
    if not lead and (named := led_by(row.values.get("responsible", ""))):
        lead, responsible = named
    wording = row.values.get("deadline", "")
    return PlanItem(
        number=row.number,
        text=row.text,
        lead=lead,
        responsible=responsible,
        deadline=wording,
        due=_due(wording, anchor, year, calendar) if wording and anchor else None,
        line=row.line,
    )


def _due(wording: str, anchor: date, year: int | None, calendar: Calendar | None) -> Deadline:
    """A plan's deadline counts from its publication, and a month without a year lies in the plan's own year."""
    found = due(wording, anchor=_midnight(anchor), calendar=calendar)
    if year and found.due_date and found.due_date.year > year and found.kind in {"date", "period"}:
        own = due(wording, anchor=_midnight(date(year, 1, 1)), calendar=calendar)
        if own.due_date and own.due_date.year == year:
            return replace(own, explanation=(f"计划所属年度为{year}年", *own.explanation))
    return found


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), CHINA)


def _problems(items: list[PlanItem], anchor: date | None, file: str) -> Iterator[Problem]:
    """What a reader should look at: gaps in the numbers, items without owners, deadlines that no day follows from."""
    yield from _gaps(items, file)
    silent = [item for item in items if not item.lead and not item.responsible]
    if silent and len(silent) == len(items):
        yield Problem(file, "", f"{len(items)}项都没有注明牵头部门、责任部门", "登记时逐项补上责任单位")
    else:
        for item in silent:
            yield Problem(
                file, f"第 {item.line} 行", f"第{item.number}项没有注明牵头部门、责任部门", "登记时补上责任单位"
            )
    if anchor is None and any(item.deadline for item in items):
        yield Problem(file, "", "看不出计划属于哪一年", "在标题写明年份，或写一行“时间：2026-01-16”")
    for item in items:
        if item.deadline and item.due and item.due.kind == "none":
            remedy = "写成 6月底前、全年、每季度 这样的时限"
            yield Problem(file, f"第 {item.line} 行", f"第{item.number}项的时限“{item.deadline}”没有日期", remedy)


def _gaps(items: Iterable[PlanItem], file: str) -> Iterator[Problem]:
    previous = 0
    for item in items:
        if item.number not in {previous + 1, 1}:
            message = f"编号从{previous}到{item.number}不连续"
            yield Problem(file, f"第 {item.line} 行", message, "请核对是否漏项")
        previous = item.number


def _leftover(number: int, lines: list[str], file: str) -> Problem:
    text = lines[number - 1].strip()
    brief = text if len(text) <= 20 else text[:19] + "…"
    return Problem(file, f"第 {number} 行", f"“{brief}”不属于任何一项", "如果是事项内容，请接在该项之后")
