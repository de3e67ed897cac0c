"""How the calendar, a new notice and the rules in force look on a terminal."""

from typing import TYPE_CHECKING, Any

from rich.console import Group
from rich.text import Text

from ledger.record.states import CLOCKS
from ledger.telling.looks import CERTAINTY, table

if TYPE_CHECKING:
    from ledger.new_calendar import Loaded

SOURCES = {
    "shipped": "随附",
    "workspace": "本单位载入（calendar.toml）",
    "estimated": "尚未公布，按周末和法定节日推定",
}
ORIGINS = {"local": "本地", "shipped": "随附", "dropped": "本地删去"}
STARTS = {
    "occurred": "事件发生（本单位选定）",
    "detected": "发现（本单位选定）",
    "assigned": "交办（本单位选定）",
    "case": "立件时选定的起点",
    "receipt": "收到",
    "document": "文件公开",
}


def loaded_view(done: "Loaded") -> object:
    """The notice as it was read, what is worth a second look, and every deadline that moves."""
    parts: list[Any] = []
    for notice in done.as_json()["notices"]:
        parts += [Text(f"{notice['year']} 年放假安排　{notice['number']}", style="bold"), _days(notice)]
    parts += [Text(f"请留意：{doubt}", style="yellow") for doubt in done.announced.doubts]
    if done.repeated:
        return Group(*parts, Text("已经在用，没有变化"))
    if done.moved:
        made = table("编号", "时限", "原文", "原来", "现在")
        for one in done.moved:
            before, after = (
                f"{day or '—'}{'' if sure == 'firm' else f'（{CERTAINTY[sure]}）'}"
                for day, sure in (
                    (one.due.due_date, one.due.certainty),
                    (one.new.due_date and one.new.due_date.isoformat(), one.new.certainty),
                )
            )
            made.add_row(one.due.subject, one.due.name, Text(one.due.raw), before, after)
        parts += [Text(f"{'将重算' if done.dry_run else '已重算'}的时限 {len(done.moved)} 个", style="bold"), made]
    else:
        parts.append(Text("没有受影响的时限"))
    parts.append(Text("只演示，没有写入" if done.dry_run else f"已启用，日历版本 {done.version}"))
    return Group(*parts)


def _days(notice: dict[str, Any]) -> Group:
    made = table("节日", "放假", "天数#")
    for one in notice["off"]:
        span = one["first"] if one["first"] == one["last"] else f"{one['first']} 至 {one['last']}"
        made.add_row(one["name"], span, str(one["days"]))
    return Group(made, Text(f"补班：{'、'.join(notice['work']) or '无'}"))


def year_view(year: dict[str, Any]) -> object:
    """One year's arrangement and where it comes from."""
    head = Text(f"{year['year']} 年　{year['number'] or '（没有文号）'}　{SOURCES[year['source']]}", style="bold")
    lines = [Text(f"由 {loaded['by']} 于 {loaded['at'][:16]} 记入台账")] if (loaded := year["loaded"]) else []
    hint = [] if year["announced"] else [Text("通知公布后，用 huiying calendar load 通知文件 启用", style="yellow")]
    return Group(head, *lines, _days(year), *hint)


def rules_list(found: dict[str, Any]) -> object:
    """Every rule in force with its source and the start of its clock; what the office has dropped comes last."""
    parts = [Text(f"规则版本 {found['version']}", style="bold")]
    for rule in found["rules"]:
        gone = rule["origin"] == "dropped"
        parts.append(Text(f"{rule['name']}　{rule['limit']}", style="dim strike" if gone else ""))
        article = f"，{rule['article']}" if rule["article"] else ""
        told = (
            rule["id"],
            CLOCKS.get(rule["clock"], rule["clock"]),
            f"从{STARTS[rule['starts']]}起算",
            _longer(rule),
            f"{rule['document']}{article}（证据 {rule['evidence']}）",
            ORIGINS[rule["origin"]] + (f"（随附的是{rule['replaces']}）" if rule["replaces"] else ""),
        )
        parts.append(Text("    " + " · ".join(told), style="dim"))
    return Group(*parts)


def _longer(rule: dict[str, Any]) -> str:
    if rule["extend_by"]:
        return f"可延长{rule['extend_by']}"
    return f"可延长到总共{rule['extend_to']}" if rule["extend_to"] else "不可延长"
