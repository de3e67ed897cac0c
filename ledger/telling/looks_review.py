"""How one matter looks in a review: what it is, how late, and which keys lead on."""

from collections.abc import Mapping
from datetime import datetime

from rich.console import Group
from rich.rule import Rule
from rich.text import Text

from ledger.record.cases import Case
from ledger.record.commitments import Commitment
from ledger.record.course import CaseCourse, CommitmentCourse
from ledger.telling.looks import table
from ledger.telling.show import case_view, commitment_view

# Short names of the steps, for the line of keys.
STEPS = {
    "assess": "研判", "assign": "交办", "acknowledge": "签收", "return": "退回", "respond": "登记答复",
    "no-commitment": "无承诺", "dismiss": "不予回应", "close": "办结", "register": "登记", "reject": "非承诺",
    "start": "开始落实", "done": "已办未公开", "claim": "申报落实", "verify": "核查", "extend": "延期",
    "missed": "未兑现", "reopen": "重新打开", "confirm": "同意提议", "decline": "不同意提议",
    "approve-extension": "同意延期", "refuse-extension": "不同意延期",
}  # fmt: skip
_MOVES = {"n": "下一件", "p": "上一件", "e": "看依据", "?": "说明", "q": "结束"}


def card_view(matter: Case | Commitment, place: str, keys: Mapping[str, str], *, now: datetime) -> object:
    """One matter with its deadlines, and the keys beneath it."""
    shown = case_view([matter], now=now) if isinstance(matter, Case) else commitment_view([matter], now=now)
    return Group(Text(""), Rule(Text(place, style="bold"), align="left", style="dim"), shown, Text(""), _keys(keys))


def evidence_view(course: CaseCourse | CommitmentCourse | None, *, now: datetime) -> object:
    """Everything that happened to it."""
    if course is None:
        return "台账里没有这一件"
    return case_view([course], now=now) if isinstance(course, CaseCourse) else commitment_view([course], now=now)


def help_view(steps: Mapping[str, str]) -> object:
    """What each key does here."""
    made = table("键", "做什么")
    for key, text in {**steps, **_MOVES}.items():
        made.add_row(key, Text(text))
    return Group(made, Text("列出的是状态和角色合适的；能不能办，仍由规则决定。", style="dim"))


def _keys(keys: Mapping[str, str]) -> Text:
    shown = Text()
    for key, verb in keys.items():
        shown.append(f" {key} ", style="reverse").append(f"{STEPS[verb]} ")
    if keys:
        shown.append("\n")
    for key, text in _MOVES.items():
        shown.append(f" {key} ", style="reverse dim").append(f"{text} ", style="dim")
    return shown
