"""docs/ledger.md says what the code does: its table of steps is the transition table, its limits are the constants."""

from pathlib import Path

from crawlers.office import ROLES
from ledger.forms import FORMS
from ledger.record.states import (
    CASE_OPEN,
    CASE_STATES,
    CASE_UNANSWERED,
    COMMITMENT_ENDED,
    COMMITMENT_OPEN,
    COMMITMENT_STATES,
    DECIDES,
    FRESH,
    GRACE,
    MAX_EXTENSIONS,
    PROPOSALS,
    RETURN_WITHIN,
    RUBRIC,
    RUBRIC_VERSION,
)
from ledger.record.transitions import RULES
from ledger.record.verify import LEVELS, STATUSES

PAGE = (Path(__file__).parents[3] / "docs" / "ledger.md").read_text("utf-8")
STATES = CASE_STATES | COMMITMENT_STATES
# Steps that no person types.
BY_JOBS = {
    "JoinPosts": "并入同一件事的新内容", "RecordAnswer": "登记导入或信箱里的答复", "AddDeadline": "追加一个时限版本",
    "RecordRecheck": "复查依据网页", "MarkChecked": "逐一对照检查留痕",
    "LoadCalendar": "启用放假通知", "RecordRun": "任务运行记录", "QueueAlert": "提醒入列",
    "RecordDelivery": "提醒投递记录",
}  # fmt: skip
GROUPS = {
    CASE_OPEN: "未了结的舆情",
    CASE_UNANSWERED: "未回应的舆情",
    COMMITMENT_OPEN: "在办的承诺",
    CASE_OPEN | COMMITMENT_OPEN | {"proposed"}: "未了结的舆情、待确认和在办的承诺",
    COMMITMENT_ENDED: "已有结果的承诺",
}


def table():
    """The lines of the table, from the transition table and the command line's verbs."""
    verbs = {form.command: f"`{form.group} {form.verb}`" for form in FORMS}
    yield "| 步骤 | 谁 | 之前须是 | 之后 | 可撤回 |"
    yield "|---|---|---|---|---|"
    for command, rule in RULES.items():
        who = [ROLES[role] for role in rule.who] + (["系统"] if rule.system else [])
        if command.__name__ in ("Confirm", "Decline"):
            who = ["见“第二人”"]
        elif len(rule.who) >= 6:
            who = ["任何有角色的人"] + (["系统"] if rule.system else [])
        names = "、".join(name for code, name in STATES.items() if code in rule.before) or "—"
        before = GROUPS.get(rule.before, names)
        after = STATES[rule.after] if rule.after else "不变"
        what = verbs.get(command) or BY_JOBS[command.__name__]
        yield f"| {what} | {'、'.join(who)} | {before} | {after} | {'是' if rule.undoable else '否'} |"


def test_the_table_of_steps_is_the_transition_table():
    missing = [line for line in table() if line not in PAGE.splitlines()]
    assert not missing, "\n".join(missing)


def test_second_persons_and_rubric_are_told():
    for kind, roles in DECIDES.items():
        assert f"| {PROPOSALS[kind]} | {'、'.join(ROLES[role] for role in roles)} |" in PAGE
    assert f"核查单（第 {RUBRIC_VERSION} 版）" in PAGE
    assert all(item in PAGE for item in RUBRIC.values())


def test_levels_and_answers_are_told():
    assert all(f"| {level} |" in PAGE for level in LEVELS)
    assert all(name in PAGE for name in STATUSES.values())


def test_local_limits_are_told_as_local():
    for figure in (f"{GRACE.days} 天", f"{MAX_EXTENSIONS} 次", "24 小时"):
        assert figure in PAGE
    assert RETURN_WITHIN == FRESH  # both are told as 24 小时
