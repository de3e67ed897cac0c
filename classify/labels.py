"""The taxonomy: the kinds of concern an office must answer, as versioned data.

A label is a duty (safeguard S5). `labels.toml` holds the shipped list, marked *reconstructed*; an office may lay its
own file over it to paste the official wording, rename a kind or divide it, without touching a code.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from crawlers.workspace import Problem

NONE = "none"
_TEXTS = ("name", "short", "belongs", "excludes", "duty", "source")


@dataclass(frozen=True, slots=True)
class Division:
    """A sub-category an office added, under one label or under all; posts fall into it by its words."""

    name: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Label:
    """One kind of concern: stable `code`, editable Chinese texts, and the deadline rule that follows from it."""

    code: str
    name: str
    short: str  # the name in tables and templates
    belongs: str
    excludes: str
    duty: str
    rule: str  # id of a deadline rule of the ledger; "" where no clock starts
    source: str  # the document the duty rests on
    divisions: tuple[Division, ...] = ()


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """All labels in order of decision: of several that fit, the first is the primary one."""

    version: str
    evidence: str  # "reconstructed" until an office has compared the list with the official text
    note: str
    labels: tuple[Label, ...]
    divisions: tuple[Division, ...] = ()  # sub-categories that cut across all labels: 公证、法律援助…

    def division(self, code: str, text: str) -> str:
        """The first sub-category of the label, else of all labels, one of whose words `text` contains; "" if none."""
        fitting = (*self[code].divisions, *self.divisions)
        return next((one.name for one in fitting if any(word in text for word in one.words)), "")

    @property
    def codes(self) -> tuple[str, ...]:
        """The stable codes, in order of decision."""
        return tuple(label.code for label in self.labels)

    @property
    def names(self) -> dict[str, str]:
        """The short Chinese name of each code."""
        return {label.code: label.short for label in self.labels}

    def __getitem__(self, code: str) -> Label:
        """The label of that code; KeyError if there is none."""
        for label in self.labels:
            if label.code == code:
                return label
        raise KeyError(code)

    def primary(self, codes: frozenset[str] | set[str]) -> str:
        """Of several labels that fit, the one that decides the duty; `none` if none fits."""
        return next((code for code in self.codes if code in codes), NONE)


def load_taxonomy() -> Taxonomy:
    """The taxonomy that ships with the program."""
    import tomllib  # tagging by a shipped model needs no more of this module than a name

    table = tomllib.loads(Path(__file__).with_name("labels.toml").read_text(encoding="utf-8"))
    labels = tuple(Label(**entry) for entry in table["label"])
    return Taxonomy(table["version"], table["evidence"], table["note"], labels)


def read_taxonomy(path: Path) -> tuple[Taxonomy, list[Problem]]:
    """The shipped taxonomy under the office's file, if there is one, and everything that is wrong with that file."""
    import tomllib

    shipped = load_taxonomy()
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return shipped, []
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        return shipped, [Problem(path.name, "", f"不是有效的 TOML（{error}）", "请按 docs/classifier.md 的样例改正")]
    problems = list(_problems(table, shipped, path.name))
    if problems:
        return shipped, problems
    labels = {entry["code"]: entry for entry in table.get("label", [])}
    merged = tuple(_overlay(label, labels.get(label.code, {})) for label in shipped.labels)
    return Taxonomy(
        version=table.get("version", f"{shipped.version}+local"),
        evidence=table.get("evidence", shipped.evidence),
        note=table.get("note", "" if "version" in table else shipped.note),
        labels=merged,
        divisions=_divisions(table),
    ), []


def _overlay(label: Label, entry: Mapping[str, Any]) -> Label:
    texts = {key: entry[key] for key in _TEXTS if key in entry}
    return replace(label, divisions=_divisions(entry) or label.divisions, **texts)


def _divisions(entry: Mapping[str, Any]) -> tuple[Division, ...]:
    return tuple(Division(one["name"], tuple(one["words"])) for one in entry.get("division", []))


def _problems(table: Mapping[str, Any], shipped: Taxonomy, file: str) -> list[Problem]:
    found: list[Problem] = []
    known = "、".join(shipped.codes)
    entries = table.get("label", [])
    keys = ("version", "evidence", "note", "label", "division")
    for key in set(table).difference(keys):
        found.append(Problem(file, "", f"不认识的项 {key}", f"可写的项：{'、'.join(keys)}"))
    found += [p for one in table.get("division", []) for p in _division_problems(one, file, "[[division]]")]
    if not isinstance(entries, list):
        return [Problem(file, "", "label 应写成 [[label]] 表", "每个标签一段 [[label]]")]
    for number, entry in enumerate(entries, 1):
        place = f"第 {number} 个 [[label]]"
        if entry.get("code") not in shipped.codes:
            found.append(Problem(file, place, f"没有编码 {entry.get('code')!r}", f"编码不能改，只能是 {known}"))
        for key in set(entry) - {"code", "division", *_TEXTS}:
            found.append(Problem(file, place, f"不认识的项 {key}", f"可改的项：{'、'.join(_TEXTS)}、division"))
        for key in _TEXTS:
            if not isinstance(entry.get(key, ""), str):
                found.append(Problem(file, place, f"{key} 应是文字", "请加引号"))
        found += [p for d in entry.get("division", []) for p in _division_problems(d, file, place)]
    return found


def _division_problems(entry: Any, file: str, place: str) -> list[Problem]:
    words = entry.get("words") if isinstance(entry, dict) else None
    fine = isinstance(words, list) and words and all(isinstance(word, str) and word for word in words)
    if fine and isinstance(entry.get("name"), str):
        return []
    return [Problem(file, place, "子类缺少 name 或 words", '写成 { name = "公证", words = ["公证"] }')]
