"""The office's clocks as data: which rule follows from a label, a channel and a severity, and when it is due."""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, time
from functools import cache
from pathlib import Path
from typing import Any, Literal
from zlib import crc32

from crawlers.clock import CHINA
from crawlers.office import ClockBasis
from crawlers.workspace import Problem
from ledger.timing.calendar import Calendar
from ledger.timing.deadlines import Deadline, due
from ledger.timing.places import show

TABLE = Path(__file__).with_name("rules.toml")
Start = Literal["case", "receipt", "document"]
STARTED = ("case", "receipt", "document")
GROUNDS = 3  # steps at the head of a rule's explanation that say whose rule it is: name, source, start
STARTS: dict[str, str] = {"occurred": "事件发生", "detected": "发现", "assigned": "交办"}
KEYS = {
    "id", "name", "limit", "clock", "met_by", "labels", "channels", "major", "inquiry", "start", "auto", "extension",
    "extend_by", "extend_to", "document", "article", "evidence", "drop",
}  # fmt: skip
CLOCKS = ("authoritative", "conference", "response", "interpretation", "reply", "fulfil")
MET_BY = ("authoritative", "conference", "written", "comment", "interpretation")
CHANNELS = ("mailbox", "hotline", "petition", "disclosure", "site", "forum", "feed", "file")
EVIDENCE = ("A", "B", "b")
EXAMPLE = "请对照 docs/deadlines.md 的例子"
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
    extension: str = ""  # on what terms it may be extended, as the document says; "": it says nothing
    extend_by: str = ""  # at most so long beyond its end: 30日内
    extend_to: str = ""  # or at most so long in all from its start: 15个工作日内

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
    local: frozenset[str] = frozenset()  # ids that the office's own file gives
    dropped: tuple[Rule, ...] = ()  # shipped ones that it takes out

    def get(self, rule_id: str) -> Rule | None:
        """The rule of that id, or None."""
        return next((rule for rule in self.rules if rule.id == rule_id), None)

    def as_json(self, basis: ClockBasis | None = None) -> dict[str, Any]:
        """Every rule with where it comes from; `basis` is the clock start that the office chose."""
        marked = [(rule, "local" if rule.id in self.local else "shipped") for rule in self.rules]
        rows = [
            {
                **asdict(rule),
                "origin": origin,
                "starts": basis if rule.start == "case" and basis else rule.start,
                "replaces": was.limit if origin == "local" and (was := _shipped().get(rule.id)) else None,
            }
            for rule, origin in [*marked, *((rule, "dropped") for rule in self.dropped)]
        ]
        return {"version": self.version, "clock_basis": basis, "rules": rows}


def load_rules(local: Path | None = None, *, labels: Sequence[str] = ()) -> tuple[Rules, list[Problem]]:
    """The shipped rules with an office's `local` file over them: same ids replace, new ids add, `drop` removes.

    What cannot be read is returned as problems, all together, and leaves the shipped rules in force. `labels`: the
    codes that rules may name, those of the shipped taxonomy unless given.
    """
    shipped = _shipped()
    if local is None:
        return shipped, []
    try:
        raw = local.read_bytes()
        text = raw.decode("utf-8")
        table = tomllib.loads(text)
    except FileNotFoundError:
        return shipped, [Problem(local.name, "", "找不到本地规则文件", "请检查路径")]
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        return shipped, [Problem(local.name, "", f"不是正确的 TOML：{fault}", EXAMPLE)]
    known = {rule.id: rule for rule in shipped.rules}
    rules, dropped, problems = _read(table, local.name, text, known)
    problems += _local_problems(table, local.name, labels or _labels())
    if problems:
        return shipped, problems
    merged = known | {rule.id: rule for rule in rules}
    kept = tuple(rule for rule in merged.values() if rule.id not in dropped)
    # The same name over another text would be another version: the text itself is part of it.
    version = f"{shipped.version}+{table['version']}.{crc32(raw):08x}"
    gone = tuple(known[one] for one in sorted(dropped))
    return Rules(version, kept, frozenset(rule.id for rule in rules), gone), []


def _local_problems(table: Mapping[str, Any], file: str, labels: Sequence[str]) -> list[Problem]:
    problems = [
        Problem(file, "", f"不认识的键 {key}", "文件里只有 version 和 [[rule]]")
        for key in sorted(table.keys() - {"version", "rule"})
    ]
    if not isinstance(table.get("version"), str) or not table["version"].strip():
        problems.append(Problem(file, "", "没有写 version", '写作 version = "本市-1"；每条记录都记着用的是哪一版'))
    unknown = {
        str(code): str(entry.get("id"))
        for entry in _tables(table)
        for code in _listed(entry.get("labels"))
        if code not in labels
    }
    problems += [
        Problem(file, f"[[rule]] {name}", f"没有标签 {code}", f"可用的有：{'、'.join(labels)}")
        for code, name in unknown.items()
    ]
    return problems


def _tables(table: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [entry for entry in _listed(table.get("rule")) if isinstance(entry, dict)]


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def extended(rule: Rule, *, start: datetime, last: date, calendar: Calendar | None = None) -> Deadline | None:
    """The latest that `rule` lets a clock be put off to, which began at `start` and is due on `last`; None: not at all.

    The days added follow the last day of the period itself, which is not counted (民法典 第201条).
    """
    if rule.extend_by:
        return due(rule.extend_by, anchor=datetime.combine(last, time(), CHINA), basis="received", calendar=calendar)
    return due(rule.extend_to, anchor=start, basis="received", calendar=calendar) if rule.extend_to else None


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
    rules, _, problems = _read(table, TABLE.name, "", {})
    if problems:
        raise ValueError("\n".join(map(str, problems)))
    return Rules(table["version"], tuple(rules))


def _read(
    table: Mapping[str, Any], file: str, text: str, known: Mapping[str, Rule]
) -> tuple[list[Rule], set[str], list[Problem]]:
    rules: list[Rule] = []
    dropped: set[str] = set()
    problems: list[Problem] = []
    lines = [number for number, line in enumerate(text.split("\n"), 1) if line.strip().startswith("[[rule]]")]
    entries = table.get("rule", [])
    seen: set[str] = set()
    for number, entry in enumerate(entries if isinstance(entries, list) else [], 1):
        if not isinstance(entry, dict):
            problems.append(Problem(file, f"第 {number} 条", "不是一张表", EXAMPLE))
            continue
        where = f"第 {lines[number - 1]} 行" if len(lines) == len(entries) else f"第 {number} 条"
        found = _entry_problems(entry, file, f"{where} [[rule]]")
        name = str(entry.get("id", ""))
        if name and name in seen:
            found.append(Problem(file, f"{where} [[rule]] {name}", "同一个 id 写了两次", "留一条"))
        if entry.get("drop") and name not in known:
            found.append(Problem(file, f"{where} [[rule]] {name}", "要删的规则并不存在", "用 huiying rules 看 id"))
        seen.add(name)
        problems += found
        if entry.get("drop"):
            dropped.add(name)
        elif not found:
            rules.append(_rule(entry))
    if not seen:
        problems.append(Problem(file, "", "没有任何 [[rule]]", EXAMPLE))
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
    problems += [Problem(file, place, message, remedy) for message, remedy in _wrong_values(entry)]
    return problems


def _wrong_values(entry: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What a rule says that means nothing here, with what it could say."""
    for key in KEYS & entry.keys() - {"met_by", "labels", "channels", "major", "inquiry", "auto", "drop"}:
        if not isinstance(entry[key], str):
            yield f"{key} 应是文字", f'写作 {key} = "…"'
    for key in ("major", "inquiry", "auto"):
        if not isinstance(entry.get(key, True), bool):
            yield f"{key} 应是 true 或 false", f"写作 {key} = true"
    for key, allowed in (("start", STARTED), ("clock", CLOCKS), ("evidence", EVIDENCE)):
        if entry[key] not in allowed:
            yield f"{key} 不能是 {entry[key]}", f"写 {'、'.join(allowed)}"
    if not isinstance(entry.get("labels", []), list):
        yield "labels 应是一列代码", 'labels = ["policy"]'
    for key, codes in (("met_by", MET_BY), ("channels", CHANNELS)):
        value = entry.get(key, [])
        unknown = [str(one) for one in value if one not in codes] if isinstance(value, list) else [str(value)]
        if unknown:
            yield f"{key} 里不认识 {'、'.join(unknown)}", f'写作 {key} = ["…"]，可用的有：{"、".join(codes)}'
    yield from _wrong_extension(entry)


def _wrong_extension(entry: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for key in ("limit", "extend_by", "extend_to"):
        if entry.get(key) and entry["id"] != "superior_limit" and not _computable(str(entry[key])):
            yield f"{key} 算不出“{entry[key]}”", "写成 5小时内、3个工作日内、60日内 的样子"
    if entry.get("extend_by") and entry.get("extend_to"):
        yield "extend_by 和 extend_to 只能写一个", "extend_by 是再加多久，extend_to 是总共多久"
    if (entry.get("extend_by") or entry.get("extend_to")) and not entry.get("extension"):
        yield "可以延长，却没有写依据什么条件", '补上 extension = "…"，照原文写'


@cache
def _labels() -> tuple[str, ...]:
    from classify.labels import load_taxonomy

    return tuple(load_taxonomy().codes)


def _computable(limit: str) -> bool:
    return due(limit, anchor=datetime(2026, 1, 5, tzinfo=CHINA), basis="received").due_date is not None


def _rule(entry: Mapping[str, Any]) -> Rule:
    values: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in entry.items() if key != "drop"
    }
    return Rule(**values)
