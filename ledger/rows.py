"""Read a row of a projection into its noun: the type of each field says how its column is to be read."""

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields
from datetime import datetime
from functools import lru_cache
from typing import Any, TypeVar, get_args, get_origin

from crawlers.clock import unstamp

Noun = TypeVar("Noun")
_Convert = Callable[[Any], Any]


@lru_cache(maxsize=32)
def columns(noun: type, without: tuple[str, ...] = ()) -> str:
    """The columns that hold the fields of `noun`, for a SELECT; fields in `without` come from elsewhere."""
    return ", ".join(name for name in _converters(noun) if name not in without)


def nouns(noun: type[Noun], rows: Iterable[sqlite3.Row], without: tuple[str, ...] = ()) -> Iterator[Noun]:
    """One noun a row, the columns being `columns(noun, without)` in that order."""
    wanted = [(name, convert) for name, convert in _converters(noun).items() if name not in without]
    for row in rows:
        pairs = zip(wanted, row, strict=True)
        yield noun(
            **{name: convert(value) if convert and value is not None else value for (name, convert), value in pairs}
        )


@lru_cache(maxsize=32)
def _converters(noun: Any) -> dict[str, _Convert | None]:
    return {field.name: _converter(field.type) for field in fields(noun)}


def _converter(kind: Any) -> _Convert | None:
    """Times are text, truth values 0 and 1, tuples JSON lists, objects JSON; everything else is as it is."""
    options = {get_origin(option) or option for option in (get_args(kind) or (kind,))} | {get_origin(kind)}
    table: dict[Any, _Convert] = {datetime: unstamp, bool: bool, tuple: _tuple, dict: json.loads}
    return next((table[option] for option in (tuple, dict, datetime, bool) if option in options), None)


def _tuple(text: str) -> tuple[Any, ...]:
    return tuple(json.loads(text))
