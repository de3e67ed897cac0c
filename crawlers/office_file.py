"""Read `huiying.toml`: at once where it is plainly right, with every mistake explained where it is not.

The plain reading knows the same tables as `crawlers.office_model`, takes only values of exactly the right kind, and
leaves everything else to it, so that cron and people do not wait for pydantic (0.1 s) to say that all is well.
"""

import re
import tomllib
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from crawlers.office import ROLES, AlertChannel, Office, Person, Unit, dangling
from crawlers.workspace import Problem

Check = Callable[[Any], bool]
KINDS = ("stdout", "file", "wecom", "dingtalk", "feishu", "smtp", "webhook")


def read_office(path: Path) -> tuple[Office | None, list[Problem]]:
    """The office declared in `path`, or None and every problem of the file with line and remedy."""
    try:
        office = plainly(tomllib.loads(path.read_bytes().decode("utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        office = None
    if office is not None:
        return office, []
    from crawlers.office_model import explain_office

    return explain_office(path)


def plainly(tables: Mapping[str, Any]) -> Office | None:
    """The office that the tables of the file declare; None where anything is not exactly as it should be."""
    lists = [tables.get(name, []) for name in ("unit", "person", "alert")]
    if not tables.keys() <= {"office", "retention", "unit", "person", "alert"} or not all(map(_tables, lists)):
        return None
    rows = [(tables.get("office"), _OFFICE), (tables.get("retention", {}), _RETENTION)]
    rows += [(row, known) for found, known in zip(lists, (_UNIT, _PERSON, _ALERT), strict=True) for row in found]
    if not all(_right(row, known) for row, known in rows):
        return None
    units, people, alerts = (
        tuple(noun(**_frozen(row)) for row in found)
        for noun, found in zip((Unit, Person, AlertChannel), lists, strict=True)
    )
    own = _frozen(tables["office"]) | tables.get("retention", {})
    office = Office(**own, units=units, people=people, alerts=alerts)
    return None if dangling(office.name, units, people, alerts) else office


def _tables(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(row, dict) for row in value)


def _right(row: Any, known: Mapping[str, tuple[bool, Check]]) -> bool:
    """Whether a table has what it needs, nothing else, and every value of the right kind."""
    needed = {name for name, (required, _) in known.items() if required}
    named = isinstance(row, dict) and needed <= row.keys() <= known.keys()
    return named and all(known[name][1](value) for name, value in row.items())


def _frozen(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in row.items()}


def _string(value: Any) -> bool:
    return isinstance(value, str)


def _text(value: Any) -> bool:
    return isinstance(value, str) and value != ""


def _many(check: Check) -> Check:
    return lambda value: isinstance(value, list) and all(map(check, value))


def _between(least: int, most: int) -> Check:
    return lambda value: type(value) is int and least <= value <= most


def _one_of(*options: str) -> Check:
    return lambda value: isinstance(value, str) and value in options


def _like(pattern: str) -> Check:
    return lambda value: isinstance(value, str) and re.fullmatch(pattern, value) is not None


def _day(value: Any) -> bool:
    return type(value) is date


def _flag(value: Any) -> bool:
    return isinstance(value, bool)


_HOSTS, _TEXTS = _many(_like(r"[a-z0-9.-]+(:[0-9]{1,5})?")), _many(_text)
# Name: whether it is needed, and what its value must be.
_OFFICE: Mapping[str, tuple[bool, Check]] = {
    "name": (True, _text), "contact": (True, _text), "domains": (False, _HOSTS), "media_domains": (False, _HOSTS),
    "accounts": (False, _TEXTS), "superior": (False, _string), "supervision": (False, _string),
    "four_eyes": (False, _flag), "clock_basis": (False, _one_of("occurred", "detected", "assigned")),
}  # fmt: skip
_UNIT: Mapping[str, tuple[bool, Check]] = {
    "name": (True, _text), "aliases": (False, _TEXTS), "parent": (False, _string), "members": (False, _TEXTS),
    "valid_from": (False, _day), "valid_to": (False, _day), "successor": (False, _string),
}  # fmt: skip
_PERSON: Mapping[str, tuple[bool, Check]] = {
    "name": (True, _text), "unit": (True, _text), "roles": (True, _many(_one_of(*ROLES))),
}  # fmt: skip
_RETENTION: Mapping[str, tuple[bool, Check]] = {
    "keep_days": (False, _between(1, 730)), "keep_irrelevant_days": (False, _between(0, 180)),
}  # fmt: skip
_ALERT: Mapping[str, tuple[bool, Check]] = {
    "kind": (True, _one_of(*KINDS)), "target": (False, _string), "secret_env": (False, _like("[A-Z0-9_]*")),
    "unit": (False, _string),
}  # fmt: skip
