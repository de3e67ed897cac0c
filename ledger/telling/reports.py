"""Reports of a day, week, month or year, and the office's own scorecard: what is late first, what changed, the
register, figures with their denominators.

One `Report` value; `ledger.telling.document` says how it is written down. The last line is the head of the record, so
that whoever keeps the reports keeps a witness of it (`huiying ledger verify` compares).
"""

import sqlite3
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Literal

from crawlers.clock import CHINA, stamp
from crawlers.office import Office
from ledger.record import cases
from ledger.record.cases import Case
from ledger.record.course import EVENTS
from ledger.record.head import Head
from ledger.telling.register import Entry, local_minute, register
from ledger.telling.statistics import Statistics, statistics
from ledger.telling.today import late_by

Kind = Literal["daily", "weekly", "monthly", "annual", "scorecard"]
KINDS: dict[Kind, str] = {
    "daily": "日报", "weekly": "周报", "monthly": "月报", "annual": "年报", "scorecard": "成绩单",
}  # fmt: skip
COLUMNS = (
    "序号", "事项", "牵头部门", "责任部门", "完成时限（原文／解析）", "承诺原文", "落实情况", "公开链接", "核查人",
    "核查日期", "状态",
)  # fmt: skip
# A report passes through many hands, those of the unit complained of among them (S7).
_WITHHELD = "（反映单位行为，内容不在表中显示）"
_FIGURES = """\
舆情 {cases} 件，其中未回应 {cases_unanswered} 件、已逾期 {cases_late} 件、不予回应 {cases_dismissed} 件、\
重新启动 {cases_reopened} 件
首次公开回应用时：{median}，{p90}（已回应 {answered} 件，尚在等待的 {waiting} 件一并计入）
登记承诺 {promises} 条：已公开落实 {promises_kept}、未了 {promises_open}（其中逾期 {promises_late}、\
已办未公开 {promises_done_unpublished}、从未检查 {promises_not_checked}）、未兑现 {promises_missed}
另列：已撤销 {promises_withdrawn}、被替代 {promises_superseded}、不可核查 {promises_unmeasurable}；\
待确认的线索 {promises_proposed}；公开依据后来失效 {evidence_failed}"""
_TOLD = (
    "case.opened", "case.responded", "case.answered", "case.closed", "case.dismissed", "case.reopened",
    "commitment.registered", "commitment.claimed", "commitment.verified", "commitment.missed", "commitment.withdrawn",
    "commitment.superseded", "commitment.reopened", "extension.approved", "evidence.rechecked", "commitment.checked",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Report:
    """Everything a report says. `changes` are counts of what was recorded within [since, until)."""

    kind: Kind
    office: str
    since: datetime
    until: datetime
    now: datetime
    entries: tuple[Entry, ...]
    late_cases: tuple[tuple[str, str, str, str], ...]  # number, summary, units, how late
    changes: tuple[tuple[str, int], ...]
    statistics: Statistics
    period: Statistics
    notes: tuple[str, ...]

    @property
    def title(self) -> str:
        """The heading."""
        last = (self.until - timedelta(seconds=1)).astimezone(CHINA).date()
        first = self.since.astimezone(CHINA).date()
        span = f"{first.isoformat()}" if first == last else f"{first.isoformat()} 至 {last.isoformat()}"
        return f"{self.office}舆情回应与承诺台账{KINDS[self.kind]}（{span}）"

    @property
    def head(self) -> Head:
        """The head of the record when the report was made."""
        return self.statistics.head

    @property
    def footer(self) -> str:
        """The last line: what a witness keeps."""
        made = local_minute(stamp(self.now))
        return f"制表时间 {made}　台账共 {self.head.count} 条记录　头部指纹 {self.head.hash}"

    def as_json(self) -> dict[str, Any]:
        """A JSON object with stable keys."""
        names = ("number", "summary", "units", "late")
        return {
            "title": self.title,
            "kind": self.kind,
            "office": self.office,
            "since": stamp(self.since),
            "until": stamp(self.until),
            "now": stamp(self.now),
            "late_cases": [dict(zip(names, case, strict=True)) for case in self.late_cases],
            "changes": dict(self.changes),
            "register": [entry.as_json() for entry in self.entries],
            "statistics": self.statistics.as_json(),
            "period": self.period.as_json(),
            "notes": list(self.notes),
            "head": {"count": self.head.count, "hash": self.head.hash},
        }


def report(db: sqlite3.Connection, office: Office, *, kind: Kind = "daily", day: date, now: datetime) -> Report:
    """The report of the day, week, month or year (scorecard: year) that holds `day`; lateness as of `now` (aware)."""
    since, until = span_of(kind, day)
    entries = tuple(register(db, now=now))
    whole = statistics(db, now=now)
    return Report(
        kind=kind,
        office=office.name,
        since=since,
        until=until,
        now=now,
        entries=entries,
        late_cases=tuple(_late(case, now) for case in cases.read(db, state="open", overdue=True, now=now)),
        changes=tuple(_changes(db, since, until)),
        statistics=whole,
        period=statistics(db, now=now, since=since, until=until),
        notes=tuple(_notes(office, entries, whole)),
    )


def span_of(kind: Kind, day: date) -> tuple[datetime, datetime]:
    """First instant of the day, ISO week, month or year that holds `day`, and the first instant after it; China's."""
    if kind in ("annual", "scorecard"):
        first, after = date(day.year, 1, 1), date(day.year + 1, 1, 1)
    elif kind == "monthly":
        first = day.replace(day=1)
        after = (first + timedelta(days=31)).replace(day=1)
    else:
        first = day - timedelta(days=day.weekday()) if kind == "weekly" else day
        after = first + timedelta(days=7 if kind == "weekly" else 1)
    return datetime.combine(first, time(), CHINA), datetime.combine(after, time(), CHINA)


def figures(found: Statistics) -> list[str]:
    """Every figure in words, with its denominator."""
    return [*sums(found), *(f"{rate}　{rate.note}".rstrip("　") for rate in found.rates)]


def sums(found: Statistics) -> list[str]:
    """The counts and times in words, without the rates."""
    times = found.times
    values = {
        **found.counts,
        "median": f"中位数 {duration(times.median)}",
        "p90": f"九成在 {duration(times.p90)}内" if times.p90 is not None else "九成尚未达到",
        "answered": times.answered,
        "waiting": times.waiting,
    }
    return _FIGURES.format(**values).splitlines()


def duration(hours: float | None) -> str:
    """So many hours or days; None: not reached, because too many still wait."""
    if hours is None:
        return "尚未达到"
    return f"{hours:g} 小时" if hours < 72 else f"{hours / 24:.1f} 天"


def cells(entry: Entry) -> tuple[str, ...]:
    """One row of the register in the order of `COLUMNS`."""
    parsed = entry.due or "无确定日期"
    parsed += f"（{entry.due_note}）" if entry.due_note else ""
    parsed += f"；原定 {entry.first_due}" if entry.first_due else ""
    state = f"{entry.state}，逾期 {entry.days_late} 天" if entry.days_late else entry.state
    state += "（一人办理）" if entry.single_person else ""
    checked = entry.verified or (f"{entry.checked}（检查）" if entry.checked else "未检查")
    return (
        str(entry.number),
        f"{entry.matter}（{entry.id}）",
        "、".join(entry.lead) or "—",
        "、".join(entry.responsible) or "—",
        f"{entry.due_raw}／{parsed}",
        entry.quote,
        entry.progress or "—",
        entry.url or "—",
        entry.verifier or "—",
        checked,
        state,
    )


def _late(case: Case, now: datetime) -> tuple[str, str, str, str]:
    due = min(due.due_at for due in case.dues if due.overdue(now) and due.due_at)
    summary = _WITHHELD if case.conduct else case.summary
    return case.id, summary, "、".join(unit.unit for unit in case.units), late_by(stamp(due), now)


def _changes(db: sqlite3.Connection, since: datetime, until: datetime) -> Iterable[tuple[str, int]]:
    """How often each kind of thing was recorded in the span, in the order of a matter's life; undone ones left out."""
    rows = db.execute(
        "SELECT type, count(*) FROM events WHERE recorded_at >= ? AND recorded_at < ? "
        "AND cmd_id NOT IN (SELECT cmd_id FROM undone) GROUP BY type",
        [stamp(since), stamp(until)],
    )
    found = Counter(dict(map(tuple, rows)))
    return [(EVENTS[name], found[name]) for name in _TOLD if found[name]]


def _notes(office: Office, entries: Sequence[Entry], found: Statistics) -> Iterable[str]:
    """What a reader must know before believing the rest."""
    if not office.four_eyes:
        yield "本单位已关闭两人复核（four_eyes = false）：登记、核查、批准可能由同一人办理"
    if found.counts["single_person"]:
        yield f"有 {found.counts['single_person']} 件事项的某些步骤由一人办理，表中注明“一人办理”"
    if any(entry.due_note.startswith("暂定") for entry in entries):
        yield "有时限跨入放假安排尚未公布的年份，为暂定，公布后重算并留痕"
    if not office.domains:
        yield "没有登记官方域名，任何网页都还不算官方公开，承诺无法销号"
