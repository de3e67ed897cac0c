"""A form filled in at the terminal, field by field: what is typed here is what the command line would have taken."""

from collections.abc import Mapping
from typing import Any

from crawlers.clock import unstamp
from ledger.fields import Desk, Field
from ledger.forms import Form
from ledger.record.states import RUBRIC

_ANSWERS = {"y": "yes", "n": "no", "-": "na"}


class GivenUp(Exception):
    """The person left the form; nothing has been done."""


def ask(form: Form, desk: Desk, given: Mapping[str, Any]) -> dict[str, Any]:
    """The typed values of a form; `given` are known already. Raises GivenUp when a needed field is left empty."""
    desk.say(f"〔{form.group} {form.verb}〕{form.help}")
    typed = dict(given)
    for one in form.fields:
        if one.name not in given:
            typed[one.name] = _checks(desk) if one.kind == "checks" else _asked(one, desk)
    return typed


def _asked(one: Field, desk: Desk) -> Any:
    """One field; what cannot be read is asked again."""
    hint = "必填，空着就放弃" if one.required else "回车跳过"
    while True:
        text = desk.line(f"{one.help}{_offered(one)}（{hint}）")
        if not text:
            if one.required:
                raise GivenUp
            return _nothing(one)
        value, wrong = _read(one, text)
        if not wrong:
            return value
        desk.say(wrong)


def _offered(one: Field) -> str:
    if one.kind == "flag":
        return "：y 是，n 否"
    return "：" + "　".join(f"{number} {choice}" for number, choice in enumerate(one.choices, 1)) if one.choices else ""


def _nothing(one: Field) -> Any:
    return () if one.many else False if one.kind == "flag" else None


def _read(one: Field, text: str) -> tuple[Any, str]:
    """The value that a typed line means, and why it cannot be read ("" if it can)."""
    if one.kind == "flag":
        return text.lower() in ("y", "yes", "是"), ""
    if one.kind == "count":
        return (int(text), "") if text.isdecimal() else (None, f"{text} 不是数字")
    if one.kind == "moment":
        try:
            return unstamp(text), ""
        except ValueError:
            return None, f"{text} 不是时间，应为 2026-09-30 或 2026-09-30T15:00"
    if one.choices:
        chosen = one.choices[int(text) - 1] if text.isdecimal() and 0 < int(text) <= len(one.choices) else text
        return (chosen, "") if chosen in one.choices else (None, f"没有这一项：{text}")
    return (tuple(part for part in text.replace("、", " ").split() if part), "") if one.many else (text, "")


def _checks(desk: Desk) -> tuple[str, ...]:
    """Every item of the rubric by a keystroke."""
    desk.say("逐项核查：y 符合　n 不符合　- 不适用　q 放弃")
    answers = []
    for code, text in RUBRIC.items():
        desk.say(f"　{text}？")
        while (key := desk.key()) not in _ANSWERS:
            if key in ("q", "\x1b"):
                raise GivenUp
        answers.append(f"{code}={_ANSWERS[key]}")
    return tuple(answers)
