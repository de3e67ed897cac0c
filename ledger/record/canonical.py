"""Canonical JSON: one text for one value, so that a hash of it means something in ten years.

Sorted keys, no spaces, UTF-8, every string in NFC; null, booleans, integers, strings, lists and objects only. A float
has no single spelling, so there is none. `tests/ledger/core/golden/` freezes the form.
"""

import json
import unicodedata
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from json.encoder import encode_basestring
from typing import cast

from crawlers.clock import stamp
from ledger.record.parts import Json

quoted = encode_basestring  # a string as canonical JSON; the caller has brought it to NFC


class NotCanonical(ValueError):
    """A value that has no canonical JSON, or a text that is not canonical JSON."""


def canonical(value: object) -> str:
    """The canonical JSON of `value`; raises `NotCanonical` for a float or any other unknown type."""
    return written(plain(value))


def written(value: Json | tuple[Json, ...]) -> str:
    """The text of a value that is `plain` already."""
    return _ENCODER.encode(value)


_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def plain(value: object) -> Json:
    """`value` as JSON data: dataclasses become objects, tuples lists, aware datetimes +08:00 text, strings NFC."""
    if isinstance(value, str):
        return _text(value)
    if value is None or isinstance(value, int):
        return value
    if isinstance(value, list) or isinstance(value, tuple):  # noqa: SIM101 (two plain checks are the fast ones)
        return [plain(item) for item in value]
    return stamp(value) if isinstance(value, datetime) else _object(value)


def parse(text: str) -> Json:
    """The value of a JSON text; raises `NotCanonical` for floats and for a key that occurs twice."""
    try:
        return cast(Json, json.loads(text, object_pairs_hook=_unique, parse_float=_refuse, parse_constant=_refuse))
    except json.JSONDecodeError as error:
        raise NotCanonical(f"不是 JSON：{error.msg}") from error


def _object(value: object) -> dict[str, Json]:
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if not isinstance(value, Mapping):
        raise NotCanonical(f"{type(value).__name__} 没有规范写法（只用整数、文字、真假、空、列表和对象）")
    pairs = [(_key(key), plain(item)) for key, item in value.items()]
    return _unique(pairs)


def _unique(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise NotCanonical("同一个键出现了两次")
    return found


def _key(key: object) -> str:
    if not isinstance(key, str):
        raise NotCanonical("键必须是文字")
    return _text(key)


def _text(text: str) -> str:
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise NotCanonical("文字含有孤立的代理码位") from error
    return unicodedata.normalize("NFC", text)


def _refuse(number: str) -> Json:
    raise NotCanonical(f"{number} 不是整数")
