"""Rows of the projections: read into nouns (the type of a field says how), inserted and updated from plain values."""

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields
from datetime import datetime
from functools import lru_cache
from typing import Any, TypeVar, cast, get_args, get_origin

from crawlers.clock import unstamp
from ledger.record.canonical import written

Noun = TypeVar("Noun")
_Convert = Callable[[Any], Any]


def columns(noun: type, without: tuple[str, ...] = ()) -> str:
    """The columns that hold the fields of `noun`, for a SELECT; fields in `without` come from elsewhere."""
    return ", ".join(name for name in _converters(cast(Any, noun)) if name not in without)


def nouns(noun: type[Noun], rows: Iterable[sqlite3.Row], without: tuple[str, ...] = ()) -> Iterator[Noun]:
    """One noun a row, the columns being `columns(noun, without)`; what is `without` comes last and has a default."""
    kept = [convert for name, convert in _converters(cast(Any, noun)).items() if name not in without]
    converted = [(place, convert) for place, convert in enumerate(kept) if convert]
    for row in rows:
        values = list(row)
        for place, convert in converted:
            if values[place] is not None:
                values[place] = convert(values[place])
        yield noun(*values)


def insert(db: sqlite3.Connection, table: str, values: Mapping[str, Any]) -> None:
    """Insert one row; lists, objects and truth values become JSON and 0 or 1."""
    names, marks = ", ".join(values), ", ".join("?" * len(values))
    db.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", [_stored(value) for value in values.values()])


def update(db: sqlite3.Connection, table: str, key: str | int, values: Mapping[str, Any]) -> None:
    """Set columns of the row whose `id` is `key`."""
    if values:
        sets = ", ".join(f"{name} = ?" for name in values)
        db.execute(f"UPDATE {table} SET {sets} WHERE id = ?", [*(_stored(value) for value in values.values()), key])


def _stored(value: Any) -> Any:
    if isinstance(value, bool):
        return int(value)
    return written(value) if isinstance(value, list | tuple | dict) else value


@lru_cache(maxsize=32)
def _converters(noun: type) -> dict[str, _Convert | None]:
    return {field.name: _converter(field.type) for field in fields(noun)}


def _converter(kind: Any) -> _Convert | None:
    """Times are text, truth values 0 and 1, tuples JSON lists, objects JSON; everything else is as it is."""
    options = {get_origin(option) or option for option in (get_args(kind) or (kind,))} | {get_origin(kind)}
    table: dict[Any, _Convert] = {datetime: unstamp, bool: bool, tuple: _tuple, dict: json.loads}
    return next((table[option] for option in (tuple, dict, datetime, bool) if option in options), None)


def _tuple(text: str) -> tuple[Any, ...]:
    return tuple(json.loads(text))
