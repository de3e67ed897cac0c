"""The office's clocks as data: which rule follows from a label, a channel and a severity, and when it is due."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Literal

from crawlers.clock import CHINA
from crawlers.office import ClockBasis
from crawlers.workspace import Problem
from ledger.timing.calendar import Calendar
from ledger.timing.deadlines import Deadline, due
from ledger.timing.places import show

TABLE = Path(__file__).with_name("rules.toml")
Start = Literal["case", "receipt", "document"]
STARTS: dict[str, str] = {"occurred": "事件发生", "detected": "发现", "assigned": "交办"}
KEYS = {
    "id", "name", "limit", "clock", "met_by", "labels", "channels", "major", "inquiry", "start", "auto", "extension",
    "document", "article", "evidence", "drop",
}  # fmt: skip
REQUIRED = ("name", "limit", "clock", "start", "document", "evidence")


@dataclass(frozen=True, slots=True)
class Rule:
    """One duty with its limit and its source. None in `major` and `inquiry` means that it does not matter."""

    id: str
    name: str
    limit: str  # a deadline wording: "5小时内"
    clock: str  # authoritative | conference | response | interpretation | reply | fulfil
    start: Start
    document: str
    evidence: str
    article: str = ""
    met_by: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    major: bool | None = None
    inquiry: bool | None = None
    auto: bool = True
    extension: str = ""  # "": none is allowed

    def applies(self, label: str, *, major: bool, channel: str, inquiry: bool) -> bool:
        """Whether it starts a clock for a case of that label, severity and channel."""
        if not self.auto or self.major not in {None, major} or self.inquiry not in {None, inquiry}:
            return False
        if self.channels:
            return channel in self.channels and (not self.labels or label in self.labels)
        return label in self.labels


@dataclass(frozen=True, slots=True)
class Rules:
    """All rules in force and the version to record with what follows from them."""

    version: str
    rules: tuple[Rule, ...]

    def get(self, rule_id: str) -> Rule | None:
        """The rule of that id, or None."""
        return next((rule for rule in self.rules if rule.id == rule_id), None)


def load_rules(local: Path | None = None) -> tuple[Rules, list[Problem]]:
    """The shipped rules with an office's `local` file over them: same ids replace, new ids add, `drop` removes.

    What cannot be read is returned as problems, all together, and leaves the shipped rules in force.
    """
    shipped = _shipped()
    if local is None:
        return shipped, []
    try:
        table = tomllib.loads(local.read_text("utf-8"))
    except FileNotFoundError:
        return shipped, [Problem(local.name, "", "找不到本地规则文件", "请检查路径")]
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        return shipped, [Problem(local.name, "", f"不是正确的 TOML：{fault}", "请对照 docs/deadlines.md 的例子")]
    rules, dropped, problems = _read(table, local.name)
    if problems:
        return shipped, problems
    merged = {rule.id: rule for rule in shipped.rules} | {rule.id: rule for rule in rules}
    kept = tuple(rule for rule in merged.values() if rule.id not in dropped)
    return Rules(f"{shipped.version}+{table.get('version', local.stem)}", kept), []


def rules_for(
    label: str,
    *,
    major: bool = False,
    channel: str = "",
    inquiry: bool = False,
    rules: Rules | None = None,
) -> list[Rule]:
    """The rules that start a clock for a case of `label` (taxonomy code) that came in by `channel`.

    Channels: those of posts (`mailbox` is 网民留言), `hotline` (12345), `petition` (信访), `disclosure` (依申请公开).
    """
    chosen = rules or _shipped()
    return [r for r in chosen.rules if r.applies(label, major=major, channel=channel, inquiry=inquiry)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Moments:
    """When a case's clocks may start (aware). `start` is the one the office chose, and `basis` says which that is."""

    start: datetime
    basis: ClockBasis
    received: datetime | None = None  # None: not known, the case's start stands in
    published: datetime | None = None  # of the document that needs interpreting; None: not known

    def of(self, rule: Rule) -> tuple[datetime, str]:
        """Where the clock of `rule` starts, and how the record should put it."""
        own = {"receipt": (self.received, "收到"), "document": (self.published, "文件公开")}.get(rule.start)
        chosen = f"{STARTS[self.basis]}时间 {_minute(self.start)}"
        if own is None:
            return self.start, f"起算：{chosen}（由单位选定；文件未写明从发生、发现还是交办起算）"
        if own[0] is None:
            return self.start, f"起算：{chosen}（规定从{own[1]}起算，该时间未知，以此代替）"
        return own[0], f"起算：{own[1]}时间 {_minute(own[0])}"


def case_deadlines(
    label: str,
    moments: Moments,
    *,
    major: bool = False,
    channel: str = "",
    inquiry: bool = False,
    instruction: str = "",
    rules: Rules | None = None,
    calendar: Calendar | None = None,
) -> list[tuple[str, Deadline]]:
    """The deadlines of a case by rule id; each explanation begins with the rule's source and the start that was used.

    `instruction`: the wording of a superior's limit (请于5日内回应), which the rule `superior_limit` leaves open.
    """
    found = []
    for rule in rules_for(label, major=major, channel=channel, inquiry=inquiry, rules=rules):
        limit = instruction if instruction and label == "superior_directed" and not rule.channels else rule.limit
        found.append((rule.id, rule_deadline(replace(rule, limit=limit), moments, calendar=calendar)))
    return found


def rule_deadline(rule: Rule, moments: Moments, *, calendar: Calendar | None = None) -> Deadline:
    """When one rule is due, with its source and the start of its clock as the first steps of the explanation."""
    anchor, told = moments.of(rule)
    deadline = due(rule.limit, anchor=anchor, basis="received", calendar=calendar)
    source = f"依据：{rule.document}{f'，{rule.article}' if rule.article else ''}（证据等级 {rule.evidence}）"
    steps = (f"{rule.name}：{rule.limit}", source, told, *deadline.explanation)
    return replace(deadline, explanation=steps)


def _minute(moment: datetime) -> str:
    local = moment.astimezone(CHINA)
    return f"{show(local.date())}{local:%H:%M}"


@cache
def _shipped() -> Rules:
    table = tomllib.loads(TABLE.read_text("utf-8"))
    rules, _, problems = _read(table, TABLE.name)
    if problems:
        raise ValueError("\n".join(map(str, problems)))
    return Rules(table["version"], tuple(rules))


def _read(table: Mapping[str, Any], file: str) -> tuple[list[Rule], set[str], list[Problem]]:
    rules: list[Rule] = []
    dropped: set[str] = set()
    problems: list[Problem] = []
    for number, entry in enumerate(table.get("rule", []), 1):
        place = f"第 {number} 条 [[rule]]"
        found = _entry_problems(entry, file, place)
        problems += found
        if entry.get("drop"):
            dropped.add(str(entry.get("id", "")))
        elif not found:
            rules.append(_rule(entry))
    if not table.get("rule"):
        problems.append(Problem(file, "", "没有任何 [[rule]]", "请对照 docs/deadlines.md 的例子"))
    return rules, dropped, problems


def _entry_problems(entry: Mapping[str, Any], file: str, place: str) -> list[Problem]:
    if not entry.get("id"):
        return [Problem(file, place, "没有 id", "每条规则要有不重复的 id")]
    place = f"{place} {entry['id']}"
    problems = [
        Problem(file, place, f"不认识的键 {key}", f"可用的键：{'、'.join(sorted(KEYS))}")
        for key in sorted(entry.keys() - KEYS)
    ]
    if entry.get("drop"):
        return problems
    missing = [key for key in REQUIRED if not entry.get(key)]
    if missing:
        problems.append(Problem(file, place, f"缺少 {'、'.join(missing)}", "请补齐；出处（document）不可省略"))
        return problems
    if entry["start"] not in {"case", "receipt", "document"}:
        problems.append(Problem(file, place, f"start 不能是 {entry['start']}", "写 case、receipt 或 document"))
    if entry["id"] != "superior_limit" and not _computable(str(entry["limit"])):
        problems.append(Problem(file, place, f"算不出“{entry['limit']}”", "写成 5小时内、3个工作日内、60日内 的样子"))
    return problems


def _computable(limit: str) -> bool:
    return due(limit, anchor=datetime(2026, 1, 5, tzinfo=CHINA), basis="received").due_date is not None


def _rule(entry: Mapping[str, Any]) -> Rule:
    values: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in entry.items() if key != "drop"
    }
    return Rule(**values)
