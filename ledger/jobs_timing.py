"""Jobs of the clock: a wording computed, the calendar in force and a new notice, the rules in force."""

from crawlers.workspace import Problem
from ledger.fields import Desk, Field, Typed
from ledger.told import FINDINGS, REFUSED, USAGE, Job, Told, look

FIRST, LAST = 1949, 2199  # years that a deadline may be counted from


def _due(desk: Desk, typed: Typed) -> Told:
    from ledger.timing.deadlines import basis_of, due
    from ledger.timing.in_force import calendar_in_force

    if not FIRST <= typed["start"].year <= LAST:
        remedy = f"年份应在 {FIRST} 至 {LAST} 之间"
        return Told(problems=(Problem("--from", "", f"{typed['start'].year} 年的时限算不了", remedy),), code=USAGE)
    calendar, problems = calendar_in_force(desk.root)
    basis = typed["basis"] or basis_of(typed["text"])
    deadline = due(typed["text"], anchor=typed["start"], basis=basis, calendar=calendar)
    view = look("looks.deadline_view", deadline)
    return Told(deadline.as_json(), view, problems=tuple(problems), code=FINDINGS if problems else 0)


def _load_calendar(desk: Desk, typed: Typed) -> Told:
    from ledger import new_calendar

    announced = new_calendar.read_notice(typed["file"], number=typed["number"] or "", year=typed["year"])
    if announced.problems:
        return Told([], problems=announced.problems, code=FINDINGS)
    at = new_calendar.Desk(desk.ledger(), desk.workspace.root, desk.actor, desk.office, desk.now)
    done = new_calendar.load(announced, at, url=typed["url"] or "", dry_run=typed["dry_run"])
    problems = (*done.announced.problems, *done.unread)
    if done.refusal:
        problems = (*problems, Problem("启用放假通知", "", str(done.refusal).rstrip("。"), "没有写入"))
        return Told(done.as_json(), problems=problems, code=REFUSED)
    if done.announced.problems:
        return Told([], problems=problems, code=FINDINGS)
    return Told(
        done.as_json(), look("looks_timing.loaded_view", done), problems=problems, code=FINDINGS if done.unread else 0
    )


def _show_calendar(desk: Desk, typed: Typed) -> Told:
    from ledger.new_calendar import year_json
    from ledger.timing.in_force import calendar_in_force

    year = typed["year"] or desk.now.year
    if not FIRST <= year <= LAST:
        return Told(problems=(Problem("年份", "", f"没有 {year} 年", f"应在 {FIRST} 至 {LAST} 之间"),), code=USAGE)
    calendar, problems = calendar_in_force(desk.root)
    db = desk.ledger() if desk.root.is_dir() else None
    value = year_json(year, calendar, db)
    return Told(
        value, look("looks_timing.year_view", value), problems=tuple(problems), code=FINDINGS if problems else 0
    )


def _rules(desk: Desk, typed: Typed) -> Told:
    from ledger.timing.in_force import in_force

    timing, problems = in_force(desk.root)
    basis = desk.office.clock_basis if desk.root.is_dir() else None
    value = timing.rules.as_json(basis)
    return Told(
        value, look("looks_timing.rules_list", value), problems=tuple(problems), code=FINDINGS if problems else 0
    )


TIMING_JOBS = (
    Job("", "due", "算一个中文时限，并逐步说明怎么算的。", _due, (
        Field("text", "text", "时限原文", required=True, positional=True),
        Field("start", "moment", "起算时间，如 2026-09-30 或 2026-09-30T15:00", required=True, option="from"),
        Field("basis", "choice", "起算的是公开时间还是收到时间，默认看原文", choices=("published", "received")),
    )),
    Job("", "rules", "列出现行的时限规则：出处、证据等级、从何时起算、随附的还是本地的。", _rules),
    Job("calendar", "load", "启用放假通知：核对、预览、记入台账，并重算受影响的时限。", _load_calendar, (
        Field("file", "file", "通知文件，国办通知正文或 TOML", required=True, positional=True),
        Field("number", "text", "文号，正文里没有时写明"),
        Field("year", "count", "哪一年，正文里没有时写明"),
        Field("url", "text", "通知在政府网站上的网址"),
    ), writes=True),
    Job("calendar", "show", "查看一年的放假和补班安排，以及它从何而来。", _show_calendar, (
        Field("year", "count", "年份，默认今年", positional=True),
    )),
)  # fmt: skip
