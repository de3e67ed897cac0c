"""How the record looks on a terminal: rich renderables, never printed here.

Every word that people wrote is wrapped in `Text`, so that no bracket in it is read as markup. Colours only stress what
the words already say; without them nothing is lost.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from crawlers.clock import stamp
from ledger.record.cases import Case
from ledger.record.commitments import Commitment, Verification
from ledger.record.course import CaseCourse, CommitmentCourse, event_name
from ledger.record.dues import Due
from ledger.record.events import Event
from ledger.record.head import Head
from ledger.record.proposals import Proposal
from ledger.record.states import RUBRIC, SEVERITIES
from ledger.telling.looks import CERTAINTY, table
from ledger.telling.plain import cells, cut, room
from ledger.telling.register import last_day, last_day_before
from ledger.telling.today import late_by

if TYPE_CHECKING:
    from ledger.proof.match import Line

_RED, _GREEN, _YELLOW, _DIM = "bold red", "green", "yellow", "dim"
_ANSWERS = {"yes": "是", "no": "否", "na": "不适用"}
_ROLES = {"lead": "牵头", "responsible": "责任", "co": "协办"}
_BASES = {"occurred": "发生", "detected": "发现", "assigned": "交办"}
_STATE_STYLES = {"same": _GREEN, "differs": _RED, "missing": _YELLOW}
_WIDE = 100  # columns; on narrower terminals lists leave out what can be spared
_UNITS, _LEAST = 16, 12  # columns of the units there, and the least of a summary
_BRIEF = 36  # characters of a summary or promise in a list


def cases_table(
    cases: Sequence[Case], *, now: datetime | None = None, names: Mapping[str, str] | None = None
) -> RenderableType:
    """Cases, one a line; with `now` it says how late or near each is; `names` are the office's for the labels."""
    if not cases:
        return "没有符合条件的舆情。新件由 huiying sweep 或 huiying import 立件，也可用 huiying case open 手工登记"
    rows = []
    for case in cases:
        units = "、".join(unit.unit for unit in case.units) or "—"
        when = _due(case.due, now, late=now is not None and case.overdue(now))
        told = (Text(case.id), Text(case.state), Text(label_name(case.label)), Text(_brief(case.summary)), Text(units))
        rows.append([*told, when])
    return _listed(("编号", "状态", "类别", "摘要", "单位", "时限"), rows, 3, 4)


def commitments_table(
    commitments: Sequence[Commitment], *, now: datetime | None = None, inset: int = 0
) -> RenderableType:
    """Commitments, one a line; with `now` it says how late or near each is. `inset`: columns from the left."""
    if not commitments:
        return "没有符合条件的承诺。承诺来自答复（huiying commitment find）和工作要点（huiying plan import）"
    rows = []
    for one in commitments:
        owners = "、".join(owner.unit for owner in one.owners) or one.unit_named or "—"
        when = _due(one.due, now, late=now is not None and one.overdue(now))
        checked = Text(stamp(one.checked_at)[:10]) if one.checked_at else Text("未检查", style=_DIM)
        rows.append([Text(one.id), _state(one), Text(_brief(one.quote)), Text(owners), when, checked])
    return _listed(("编号", "状态", "承诺原文", "责任单位", "时限", "最近检查"), rows, 2, 3, inset)


def case_view(
    found: Sequence[Case | CaseCourse], *, now: datetime | None = None, names: Mapping[str, str] | None = None
) -> RenderableType:
    """One case in full."""
    course = found[0]
    case = course if isinstance(course, Case) else course.case
    facts = _facts(_case_facts(case, names))
    parts: list[RenderableType] = [_title(case.id, case.state), Text(case.summary), Text(""), facts]
    dues = _dues_table(case.dues, now) if isinstance(course, Case) else _dues_table(course.dues, now, explained=True)
    parts += _block("时限", dues)
    if isinstance(course, CaseCourse):
        parts += _block("回应", _responses(course)) + _block("承诺", _promises(course, now))
        parts += _block("提议", _proposals(course.proposals)) + _block("经过", log_table(course.events))
    return Group(*parts)


def commitment_view(found: Sequence[Commitment | CommitmentCourse], *, now: datetime | None = None) -> RenderableType:
    """One commitment in full."""
    course = found[0]
    one = course if isinstance(course, Commitment) else course.commitment
    parts: list[RenderableType] = [_title(one.id, one.state), _quoted(one), Text(""), _facts(_promise_facts(one))]
    brief = isinstance(course, Commitment)
    parts += _block("时限", _dues_table(course.dues, now, explained=not brief))
    if isinstance(course, CommitmentCourse):
        parts += _block("延期", _extensions(course)) + _block("申报与核查", _claims(course))
        parts += _block("证据复查", _rechecks(course)) + _block("对照检查", _marks(course))
        parts += _block("提议", _proposals(course.proposals)) + _block("经过", log_table(course.events))
    return Group(*parts)


def log_table(events: Iterable[Event]) -> RenderableType | None:
    """Events, one a line: number, time, what, who. None where there are none."""
    made = table("序号#", "记录时间", "对象", "事项", "办理人")
    for event in events:
        said = Text(event_name(event), style=_DIM if event.payload is None else "")
        if event.effective_at != event.recorded_at:
            said.append(f"（发生于 {_day(event.effective_at)}）", style=_DIM)
        actor = f"{event.actor}（代 {event.on_behalf_of}）" if event.on_behalf_of else event.actor
        made.add_row(str(event.seq), _minute(event.recorded_at), event.stream, said, Text(actor))
    return made if made.row_count else None


def log_view(events: Sequence[Event], head: Head) -> RenderableType:
    """`huiying ledger log`: events and the head."""
    return Group(log_table(events) or Text("台账里还没有记录"), Text(""), _footer(head))


def checklist_view(lines: "Sequence[Line]") -> RenderableType:
    """Promise against proof, for the verifier: what is the same, what differs, what is missing."""
    from ledger.proof.match import STATES  # not on the path of `today`

    made = table("核查项", "比对", "内容", "承诺", "网页", "说明")
    for line in lines:
        state = Text(STATES[line.state], style=_STATE_STYLES[line.state])
        cells = (Text(text or "—") for text in (line.what, _brief(line.promised), _brief(line.shown), line.note))
        made.add_row(RUBRIC[line.item], state, *cells)
    return Group(made, Text("比对只供参考，由核查员逐项判断", style=_DIM))


def label_name(code: str, names: Mapping[str, str] | None = None) -> str:
    """The label in Chinese as the office (`names`), else the shipped list, calls it; an unknown code as it is."""
    if names is None:
        from classify.labels import load_taxonomy  # not on the path of `today`

        names = load_taxonomy().names
    return names.get(code, code)


def _title(number: str, state: str) -> Text:
    return Text(number, style="bold").append(f"　{state}", style=_YELLOW)


def _quoted(one: Commitment) -> Text:
    words = Text(one.prefix[-16:], style=_DIM)
    return words.append(f"「{one.quote}」", style="bold not dim").append(one.suffix[:16], style=_DIM)


def _case_facts(case: Case, names: Mapping[str, str] | None) -> list[tuple[str, str]]:
    units = "；".join(f"{_ROLES[unit.role]} {unit.unit}" for unit in case.units)
    return [
        ("类别", "、".join(label_name(code, names) for code in case.labels)),
        ("等级", SEVERITIES[case.severity] + (f"（{case.severity_reason}）" if case.severity_reason else "")),
        ("起算", f"{_minute(stamp(case.clock_start))}（{_BASES[case.clock_basis]}）"),
        ("地点", case.place),
        ("反映", _told_by(case)),
        ("被反映单位", "、".join(case.about_units)),
        ("办理单位", units or "尚未交办"),
        ("并入", case.merged_into or ""),
        ("无承诺", f"{case.no_commitment_by} 读过答复" if case.no_commitment_by else ""),
        ("注明", "有步骤由一人办理（两人复核已关闭）" if case.single_person else ""),
    ]


def _told_by(case: Case) -> str:
    """How many posts speak of it and where; "" for a case opened by hand."""
    if not case.posts:
        return ""
    return f"{case.posts} 条" + (f"，来自 {'、'.join(case.sources)}" if case.sources else "")


def _promise_facts(one: Commitment) -> list[tuple[str, str]]:
    owners = "；".join(
        f"{_ROLES[o.role]} {o.unit}" + (("（已核查）" if o.verified_at else "（未核查）") if o.part else "")
        for o in one.owners
    )
    return [
        ("核查标准", one.criterion),
        ("责任单位", owners or (f"{one.unit_named}（原文，尚未确认）" if one.unit_named else "尚未确认")),
        ("出处", one.case_id or f"{one.plan} 第 {one.number} 项"),
        ("承诺时间", _minute(stamp(one.promised_at)) if one.promised_at else "不详"),
        ("次数", f"{one.verified_count}/{one.quota} 次已核查" if one.quota else ""),
        (
            "最近检查",
            f"{_day(stamp(one.checked_at))}（{one.checked_by}）" if one.checked_at else "未检查（不等于未落实）",
        ),
        ("结束", f"{_day(stamp(one.ended_at))} {one.end_reason or ''}" if one.ended_at else ""),
        ("注明", "有步骤由一人办理（两人复核已关闭）" if one.single_person else ""),
    ]


def _facts(facts: list[tuple[str, str]]) -> Table:
    made = table("", "")
    made.show_header = False
    for name, value in facts:
        if value:
            made.add_row(Text(name, style=_DIM), Text(value))
    return made


def _block(name: str, body: RenderableType | None) -> list[RenderableType]:
    return [] if body is None else [Text(""), Text(name, style="bold"), Padding(body, (0, 0, 0, 2))]


def _dues_table(dues: Sequence[Due], now: datetime | None, *, explained: bool = False) -> RenderableType | None:
    """Every version: the first date stays visible beside the later ones; with how the one in force was computed."""
    if not dues:
        return None
    made = table("时限", "版本#", "原文或依据", "到期", "状况")
    for due in dues:
        when = Text(last_day(due) or "无确定日期", style="" if due.current else "dim strike")
        if due.certainty not in ("firm", "none"):
            when.append(f"（{CERTAINTY[due.certainty]}）", style=_YELLOW)
        made.add_row(due.name, str(due.version), Text(due.raw or due.rule or "—"), when, _standing(due, now))
    if not explained:
        return made
    told = (due for due in dues if due.current and due.explanation)
    steps = (Text(f"{due.name}：{'；'.join(due.explanation)}", style=_DIM) for due in told)
    return Group(made, *(Padding(step, (0, 0, 0, 2)) for step in steps))


def _standing(due: Due, now: datetime | None) -> Text:
    if due.stopped_at is not None:
        word = {"met": "已满足"}.get(due.stopped or "", "已停")
        late = due.late(due.stopped_at)
        return Text(
            f"{word} {_minute(stamp(due.stopped_at))}" + ("，逾期" if late else ""), style=_RED if late else _GREEN
        )
    if not due.current:
        return Text("已被后来的版本替代", style=_DIM)
    if now is None or due.due_at is None:
        return Text("进行中")
    return Text(late_by(stamp(due.due_at), now), style=_RED if due.overdue(now) else "")


def _responses(course: CaseCourse) -> RenderableType | None:
    if not course.responses:
        return Text("还没有公开回应", style=_YELLOW)
    made = table("公开时间", "单位", "网页或渠道", "关键原话")
    for one in course.responses:
        where = one.url or f"{one.channel}（仅登记时间）"
        made.add_row(
            _minute(stamp(one.published_at)), Text(one.unit or "—"), Text(where), Text(_brief(one.quote) or "—")
        )
    return made


def _promises(course: CaseCourse, now: datetime | None) -> RenderableType | None:
    return commitments_table(course.commitments, now=now, inset=2) if course.commitments else None


def _proposals(proposals: Sequence[Proposal]) -> RenderableType | None:
    made = table("号#", "提议", "理由", "提议人", "结果")
    states = {"open": "待确认", "confirmed": "已确认", "declined": "未同意"}
    for one in proposals:
        result = states[one.state] + (f"（{one.decided_by}）" if one.decided_by else "")
        made.add_row(str(one.id), one.name, Text(one.what), Text(one.proposed_by), Text(result))
    return made if made.row_count else None


def _extensions(course: CommitmentCourse) -> RenderableType | None:
    made = table("申请", "原定", "新定", "理由", "公告", "结果")
    states = {"requested": "待批", "approved": "批准", "refused": "不同意"}
    for one in course.extensions:
        result = states[one.state] + (f"（{one.decided_by}）" if one.decided_by else "")
        days = (_day(stamp(one.requested_at)), last_day_before(one.old_due), last_day_before(one.new_due))
        made.add_row(*days, Text(one.reason), Text(one.notice_url), Text(result))
    return made if made.row_count else None


def _claims(course: CommitmentCourse) -> RenderableType | None:
    made = table("申报", "单位", "网页", "落实原话", "核查")
    judged = {verification.claim: verification for verification in course.verifications}
    for claim in course.claims:
        verdict = Text("待核查", style=_YELLOW)
        if found := judged.get(claim.id):
            style = _GREEN if found.decision == "accepted" else _RED
            verdict = Text("通过" if found.decision == "accepted" else "退回", style=style)
            verdict.append(f" {found.verifier} {_day(stamp(found.at))}", style="not bold")
            verdict.append("".join(f"\n{line}" for line in _verdict_lines(found)), style="not bold")
        made.add_row(
            _day(stamp(claim.claimed_at)), Text(claim.unit), Text(claim.url), Text(_brief(claim.quote)), verdict
        )
    return made if made.row_count else None


def _verdict_lines(found: Verification) -> Iterator[str]:
    """What the verifier wrote, and every answer that is not a plain yes."""
    if found.note:
        yield found.note
    for item, answer in found.checklist.items():
        if answer != "yes":
            yield f"{RUBRIC.get(item, item)}：{_ANSWERS[answer]}"
    if found.decision == "accepted":
        yield f"核查单 {len(found.checklist)} 项（第 {found.rubric} 版）均无不符"


def _rechecks(course: CommitmentCourse) -> RenderableType | None:
    made = table("时间", "结果", "说明")
    names = {
        "same": "相同",
        "text_same": "文字相同",
        "changed": "文字有变",
        "gone": "不在了",
        "unreachable": "未能打开",
    }
    for one in course.rechecks:
        style = _RED if one.result in ("changed", "gone") else ""
        made.add_row(_day(stamp(one.at)), Text(names[one.result], style=style), Text(one.note))
    return made if made.row_count else None


def _marks(course: CommitmentCourse) -> RenderableType | None:
    made = table("时间", "结果", "检查人", "说明")
    for one in course.marks:
        made.add_row(_day(stamp(one.at)), CHECKS[one.result], Text(one.actor), Text(one.note))
    return made if made.row_count else None


CHECKS = {
    "no_evidence": "未找到公开证据",
    "evidence_found": "找到疑似证据",
    "progress": "有进展",
    "skipped": "本次跳过",
}


def _state(one: Commitment) -> Text:
    ended = {"fulfilled": _GREEN, "missed": _RED}
    return Text(one.state, style=ended.get(one.status, ""))


def _narrow() -> bool:
    return (room() or _WIDE) < _WIDE


def _listed(headings: Sequence[str], rows: Sequence[list[Text]], words: int, units: int, inset: int = 0) -> Table:
    """A list; on a narrow terminal the columns `words` and `units` are cut, so that a matter keeps to its line."""
    made = table(*headings)
    if _narrow():
        for row in rows:
            row[units] = Text(cut(row[units].plain, _UNITS))
        others = (place for place in range(len(headings)) if place != words)
        taken = sum(max(cells(headings[place]), *(row[place].cell_len for row in rows)) + 2 for place in others)
        for row in rows:
            row[words] = Text(cut(row[words].plain, max(_LEAST, (room() or _WIDE) - taken - inset)))
    for row in rows:
        made.add_row(*row)
    return made


def _due(due: Due | None, now: datetime | None, *, late: bool) -> Text:
    if due is None or due.due_at is None:
        return Text("—", style=_DIM)
    narrow = now is not None and _narrow()  # how late says more than the day
    said = Text("" if narrow else last_day(due))
    if due.certainty not in ("firm", "none"):
        said.append(f"（{CERTAINTY[due.certainty]}）", style=_YELLOW)
    if now is not None:
        gap = " " if said else ""
        said.append(gap + late_by(stamp(due.due_at), now), style=_RED if late else _DIM)
    return said


def _brief(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _BRIEF else line[: _BRIEF - 1] + "…"


def _minute(text: str) -> str:
    return text[:16].replace("T", " ")


def _day(text: str | None) -> str:
    return text[:10] if text else "—"


def _footer(head: Head) -> Text:
    return Text(f"台账 {head.count} 条，头部指纹 {head.hash[:16]}", style=_DIM)
