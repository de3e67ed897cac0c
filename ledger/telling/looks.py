"""How runs, posts, sources and deadlines look on a terminal; the record itself is shown by `ledger.telling.show`.

Scraped words are always wrapped in `Text`: a title such as "[/附件]" must never be read as markup.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, time
from typing import TYPE_CHECKING, Any

from rich.console import Group
from rich.table import Table
from rich.text import Text

from crawlers.clock import stamp

if TYPE_CHECKING:
    from crawlers.health import Health
    from crawlers.probe import Probe
    from crawlers.sources import Source
    from ledger.judged import Judged
    from ledger.promises.plans import Plan
    from ledger.record.desk import Outcome
    from ledger.record.proposals import Proposal
    from ledger.sweep import Run
    from ledger.timing.deadlines import Deadline
    from ledger.views import CaseFile, LogLine, SourceRow

SHORT = 10  # characters of a post's number in lists; `huiying posts show` takes any unique beginning
CHANNELS = {"site": "网站", "forum": "论坛", "mailbox": "信箱", "feed": "订阅", "file": "文件"}
CERTAINTY = {"firm": "确定", "provisional": "暂定", "ambiguous": "有歧义", "none": "无时限"}


def table(*headings: str, title: str = "") -> Table:
    """An empty table in the house style; a heading that ends in "#" is right-aligned."""
    made = Table(box=None, pad_edge=False, header_style="bold", title=title or None, title_justify="left")
    for heading in headings:
        made.add_column(heading.rstrip("#"), justify="right" if heading.endswith("#") else "left", overflow="fold")
    return made


def sources_table(rows: "Sequence[SourceRow]") -> object:
    """The registered channels."""
    if not rows:
        return "还没有登记公开渠道。用 huiying source add 网址 添加，或用 huiying import 导入导出表"
    made = table("名称", "种类", "间隔#", "网址")
    for source in (row.source for row in rows):
        made.add_row(Text(source.name), CHANNELS[source.kind], f"{source.every_minutes} 分", Text(source.url))
    return made


def health_table(found: "Sequence[Health]") -> object:
    """How every source fares, and what to do about those that do not."""
    from crawlers.health import STATES

    if not found:
        return "还没有登记公开渠道"
    made = table("名称", "状况", "上次成功", "最近一条", "频率", "说明")
    for health in found:
        style = {"fine": "green", "untried": "dim"}.get(health.state, "bold red")
        times = (_minute(health.succeeded_at), _minute(health.newest_at), _pace(health.per_day))
        told = "；".join(part for part in (health.reason, health.change, health.advice) if part)
        made.add_row(Text(health.name), Text(STATES[health.state], style=style), *times, Text(told))
    return made


def _pace(per_day: float | None) -> str:
    if per_day is None:
        return "—"
    return f"每天 {per_day:.0f} 条" if per_day >= 1.5 else f"{1 / per_day:.0f} 天一条"


def health_json(health: "Health") -> dict[str, Any]:
    """A source's condition as JSON values; times in +08:00, null for never."""
    return {
        "name": health.name,
        "state": health.state,
        "tried_at": stamp(health.tried_at) if health.tried_at else None,
        "succeeded_at": stamp(health.succeeded_at) if health.succeeded_at else None,
        "newest_at": stamp(health.newest_at) if health.newest_at else None,
        "per_day": None if health.per_day is None else round(health.per_day, 2),
        "failures": health.failures,
        "reason": health.reason,
        "change": health.change,
        "advice": health.advice,
    }


def _minute(moment: datetime | None) -> str:
    return stamp(moment)[:16].replace("T", " ") if moment else "—"


def probe_view(found: "Probe", source: "Source", *, written: bool) -> object:
    """What an address turned out to be, the first posts it would bring, and what was written."""
    from crawlers.probe import entry_of

    shown = table("时间", "标题", "答复")
    for post in found.posts[:5]:
        shown.add_row(_minute(post.posted_at), Text(post.title), "已答复" if post.answer else "—")
    parts: list[Any] = [Text(f"{source.name}：{found.reason}", style="bold")]
    parts += [shown] if found.posts else [Text("现在还没有可采的内容")]
    parts += [Text(f"也可添加：{other.name}　{other.url}", style="dim") for other in found.others]
    parts += [Text(hint, style="yellow") for hint in found.hints]
    parts += [
        Text(""),
        Text("已写入 sources.toml：" if written else "没有写入，这是将写的内容："),
        Text(entry_of(source)),
    ]
    return Group(*parts)


def posts_table(posts: "Sequence[Judged]") -> object:
    """Posts, one a line; the number is what `huiying posts show` takes."""
    if not posts:
        return "没有找到。还没有采集过的话，先运行 huiying sweep 或 huiying import"
    made = table("编号", "时间", "来源", "类别", "标题", "答复")
    for column in (made.columns[0], made.columns[1], made.columns[5]):
        column.no_wrap = True
    for judged in posts:
        post, kind = judged.post, Text(judged.kind + ("？" if judged.tag and judged.tag.review else ""))
        when = _minute(post.posted_at)
        answered = Text("已答复", style="green") if post.answer else Text("—", style="dim")
        made.add_row(post.id[:SHORT], when, Text(post.source), kind, Text(post.title or post.text[:30]), answered)
    return made


def post_view(posts: "Sequence[Judged]") -> object:
    """One post in full, with what it was judged to be, why, and the duty that follows."""
    judged = posts[0]
    post = judged.post
    facts = [
        ("来源", f"{post.source}（{CHANNELS[post.channel]}）"),
        ("时间", stamp(post.posted_at) if post.posted_at else "页面没有写明"),
        ("网址", post.url or "—"),
        ("答复单位", post.answered_by or "—"),
        ("答复时间", stamp(post.answered_at) if post.answered_at else "—"),
        *_judgement(judged),
    ]
    head = table("", "")
    head.show_header = False
    for name, value in facts:
        head.add_row(Text(name, style="dim"), Text(value))
    parts: list[object] = [Text(post.title, style="bold"), head, Text(""), Text(post.text)]
    if post.answer:
        parts += [Text(""), Text("官方答复", style="bold green"), Text(post.answer)]
    return Group(*parts)  # type: ignore[arg-type]  # Text and Table are both renderable


def _judgement(judged: "Judged") -> list[tuple[str, str]]:
    tag = judged.tag
    if tag is None:
        return [("类别", "还没有分类，下次采集时进行")]
    label = judged.taxonomy[tag.label]
    also = "、".join(judged.taxonomy.names[code] for code in tag.secondary)
    sure = "人工标定" if tag.corrected_at else f"把握 {tag.score:.0%}" + ("，请人看一眼" if tag.review else "")
    facts = [
        ("类别", f"{judged.kind}（{sure}）" + (f"；兼有 {also}" if also else "")),
        ("依据", "、".join(f"{term} {weight:+.2f}" for term, weight in tag.terms) or "—"),
        ("职责", f"{label.duty}（{label.source}）"),
    ]
    return facts + ([("备注", tag.note)] if tag.note else [])


def run_view(run: "Run") -> object:
    """The counts of a sweep or an import, a line a source, adding up; then what became of them."""
    from ledger.sweep import COUNTS

    paged = any("fetched" in counts for counts in run.sources.values())  # an import reads no pages
    made = table("来源", *(["网页#"] if paged else []), "读到#", "新#", "已有#", "更新#", "未收#", "失败#")
    rows = [[counts.get("fetched", 0) + counts.get("unchanged", 0), *(counts.get(key, 0) for key in COUNTS)]
            for counts in run.sources.values()]  # fmt: skip
    shown = [row if paged else row[1:] for row in rows]
    for name, row in zip(run.sources, shown, strict=True):
        made.add_row(Text(name), *map(str, row))
    if len(run.sources) > 1:
        totals = [sum(column) for column in zip(*shown, strict=True)]
        made.add_row(Text("合计", style="bold"), *map(str, totals))
    return Group(made, *(Text(line) for line in run.lines))


def deadline_view(deadline: "Deadline") -> object:
    """A deadline and how it was worked out, step by step."""
    if deadline.due_date is None:
        head = Text("没有确定的期限", style="bold yellow")
    else:
        head = Text(f"{deadline.due_date.isoformat()} 24:00 前", style="bold")
    if deadline.due_at and (deadline.kind == "hours" or deadline.due_at.time() != time()):
        head = Text(f"{_minute(deadline.due_at)} 前", style="bold")
    head.append(f"（{CERTAINTY[deadline.certainty]}）", style="dim")
    steps = table("#", "")
    steps.show_header = False
    for number, step in enumerate(deadline.explanation, start=1):
        steps.add_row(f"{number}.", Text(step))
    return Group(head, steps)


def plan_table(plan: "Plan") -> object:
    """The items of a work plan."""
    if not plan.items:
        return "没有读到编号的事项"
    made = table("序号#", "事项", "牵头", "责任", "完成时限", "到期")
    for item in plan.items:
        due = item.due_date.isoformat() if item.due_date else "—"
        mark = "" if item.certainty in ("firm", "none") else f"（{CERTAINTY[item.certainty]}）"
        brief = item.text if len(item.text) <= 40 else item.text[:39] + "…"
        units = ("、".join(names) or "—" for names in (item.lead, item.responsible))
        made.add_row(str(item.number), Text(brief), *map(Text, units), Text(item.deadline or "—"), due + mark)
    return made


def proposals_table(proposals: "Sequence[Proposal]") -> object:
    """What waits for a second person."""
    if not proposals:
        return "没有等待第二人决定的提议"
    made = table("号#", "对象", "提议", "理由", "提议人", "时间")
    for one in proposals:
        asked = _minute(one.proposed_at)
        made.add_row(str(one.id), one.subject, one.name, Text(one.what), Text(one.proposed_by), asked)
    return made


def log_view(lines: "Sequence[LogLine]") -> object:
    """Events of the record; the head is what a witness would keep."""
    from ledger.telling import show

    if not lines:
        return "台账里还没有这样的记录"
    return show.log_view([line.event for line in lines], lines[-1].head)


def case_view(files: "Sequence[CaseFile]", *, now: datetime, names: "Mapping[str, str]") -> object:
    """A case in full, and beneath it the posts that speak of it while they are kept."""
    from ledger.telling import show

    file = files[0]
    course = show.case_view([file.course], now=now, names=names)
    parts: list[Any] = [course, Text(""), Text("相关反映（短期保存）", style="bold")]
    parts.append(posts_table(file.posts) if file.posts else Text("原文已到期清除，或由人手工登记", style="dim"))
    return Group(*parts)


def outcome_view(outcome: "Outcome", *, dry_run: bool) -> object:
    """What was recorded, one line an event."""
    from ledger.record.course import event_name

    if not outcome.events:
        return "没有需要记录的变化"
    trial = "（演示，未写入）" if dry_run else "（以前已记录过）" if outcome.repeated else ""
    asked = [event.seq for event in outcome.events if event.type == "proposal.made"]
    lines = [Text(f"{event.stream} {event_name(event)}{trial}") for event in outcome.events]
    if outcome.state and not asked and outcome.state.state not in lines[-1].plain:
        lines[-1].append(f"，现为“{outcome.state.state}”")
    if not dry_run:
        lines += [Text(f"等第二人决定：huiying proposal confirm {seq}，或 proposal decline {seq}") for seq in asked]
    if outcome.single_person:
        lines.append(Text("两人复核已关闭：本条注明由一人办理", style="yellow"))
    return Group(*lines)


def outcome_json(outcome: "Outcome") -> dict[str, Any]:
    """An outcome as JSON values; refusal and conflict are null where there was none."""
    from ledger.record.course import event_json

    return {
        "subject": outcome.subject,
        "events": [event_json(event) for event in outcome.events],
        "refusal": str(outcome.refusal) if outcome.refusal else None,
        "conflict": str(outcome.conflict) if outcome.conflict else None,
        "single_person": outcome.single_person,
        "repeated": outcome.repeated,
    }
