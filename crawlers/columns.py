"""Which column of an exported table is what, by its name first and by what it holds second.

A column that may name a person is found here so that it can be dropped before a single cell of it is used (S2).
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from tomllib import loads

from crawlers.tables import Cell

_HEADER_ROWS = 40  # a header stands below a title, a period, a note; never further down
_SAMPLE = 200
PERSON = "person"
_TABLE = loads((files("crawlers") / "data" / "columns.toml").read_text(encoding="utf-8"))
_FIELDS: dict[str, list[str]] = _TABLE["fields"]
_PERSONS: list[str] = _TABLE["persons"]["names"]
_EXACT = {name: field for field, names in _FIELDS.items() for name in names} | dict.fromkeys(_PERSONS, PERSON)
_NOT_PERSONS = frozenset(_TABLE["persons"]["not_persons"])
_KINDS: dict[str, list[str]] = _TABLE["kinds"]
_NO_KIND = "导入"


@dataclass(frozen=True, slots=True)
class Columns:
    """Where each field is, what the file calls it, and which columns were dropped because they name people."""

    header: int  # index of the header among the rows
    place: dict[str, int]  # field → column
    names: dict[str, str]  # the file's name → field
    dropped: list[str]


def kind_of(columns: Columns) -> str:
    """The kind of system that a table comes from (12345工单, 信箱, 留言板), "导入" where its columns do not tell."""
    by_field = sorted(columns.names, key=lambda name: columns.names[name] != "number")
    for name in [*by_field, *columns.dropped]:
        for kind, marks in _KINDS.items():
            if any(mark in name for mark in marks):
                return kind
    return _NO_KIND


def find_columns(rows: Sequence[Sequence[Cell]]) -> Columns | None:
    """The columns of a table, or None where no row looks like a header."""
    best, most = None, (0, 0)
    for number, row in enumerate(rows[:_HEADER_ROWS]):
        meanings = {meaning for meaning in map(meaning_of, row) if meaning}
        filled = sum(cell not in (None, "") for cell in row)
        # A single filled cell is the title above the header, unless the table has but one column.
        if meanings & {"text", "title"} and (filled > 1 or len(row) == 1) and (len(meanings), filled) > most:
            best, most = number, (len(meanings), filled)
    return None if best is None else _columns(rows, best)


def _columns(rows: Sequence[Sequence[Cell]], header: int) -> Columns:
    titles = [_title(cell, place) for place, cell in enumerate(rows[header])]
    meanings = [meaning_of(cell) for cell in rows[header]]
    sample = rows[header + 1 : header + 1 + _SAMPLE]
    place = {field: _best_named(field, meanings, rows[header]) for field in _FIELDS if field in meanings}
    free = [column for column, meaning in enumerate(meanings) if meaning is None]
    persons = [column for column, meaning in enumerate(meanings) if meaning == PERSON]
    persons += [column for column in free if _share(sample, column, _is_personal) > 0.3]
    _guess(place, sample, [column for column in free if column not in persons])
    names = {titles[column]: field for field, column in place.items()}
    return Columns(header, place, names, [titles[column] for column in sorted(persons)])


def _best_named(field: str, meanings: Sequence[str | None], header: Sequence[Cell]) -> int:
    """Of several columns that mean `field`, the one with the name that our table puts first."""
    named = [column for column, meaning in enumerate(meanings) if meaning == field]
    return min(named, key=lambda column: _rank(field, header[column]))


def _title(cell: Cell, place: int) -> str:
    return " ".join(str(cell).split()) if cell not in (None, "") else f"第 {place + 1} 列"


@cache
def meaning_of(cell: Cell) -> str | None:
    """The field a header names, `PERSON`, or None. Where it holds several names, the last one is what it is about."""
    name = _plain(cell)
    if not name or len(name) > 30:
        return None
    if name in _EXACT:
        return _EXACT[name]
    if name.isascii():
        words = set(re.split(r"[^a-z0-9]+", name))
        return PERSON if name not in _NOT_PERSONS and words & set(_PERSONS) else None
    # 电话 in 答复单位电话, 诉求内容 in 用户诉求内容: Chinese puts the head last.
    hits = [(name.rfind(known) + len(known), len(known), field) for known, field in _EXACT.items() if known in name]
    hits = [hit for hit in hits if hit[2] != PERSON or name not in _NOT_PERSONS]
    return max(hits)[2] if hits else None


def _plain(cell: Cell) -> str:
    text = unicodedata.normalize("NFKC", cell).casefold() if isinstance(cell, str) else ""
    return re.sub(r"[\s*:：]+|[(（\[【].*?[)）\]】]", "", text)


def _rank(field: str, cell: Cell) -> int:
    names, plain = _FIELDS[field], _plain(cell)
    return names.index(plain) if plain in names else len(names)


def _share(rows: Sequence[Sequence[Cell]], column: int, test: Callable[[str], bool]) -> float:
    """The share of a column's filled cells that pass `test`."""
    cells = [
        text for row in rows if column < len(row) and (text := str(row[column]).strip()) and row[column] is not None
    ]
    return sum(map(test, cells)) / len(cells) if cells else 0.0


_PERSONAL = re.compile(
    r"\W*(?:(?:\+?86)?1[3-9]\d{9}(?:\.0)?|\d{17}[\dXx]|[\w.+-]+@[\w-]+\.[\w.]+|(?:\d{1,3}\.){3}\d{1,3})\W*"
)
_WHEN = re.compile(r"(?:19|20)\d\d\s?[-/.年]\s?\d{1,2}\s?[-/.月]\s?\d{1,2}.*")


def _is_personal(text: str) -> bool:
    return bool(_PERSONAL.fullmatch(text))


def _guess(place: dict[str, int], sample: Sequence[Sequence[Cell]], free: list[int]) -> None:
    """Fill what no name gave: the message is the longest column, its time the first one of dates."""
    lengths = {column: _length(sample, column) for column in free if column not in place.values()}
    if "text" not in place and lengths:
        longest = max(lengths, key=lambda column: lengths[column])
        if lengths[longest] >= 20:
            place["text"] = longest
    if "posted_at" not in place:
        dated = [column for column in lengths if _share(sample, column, lambda text: bool(_WHEN.fullmatch(text))) > 0.8]
        if dated:
            place["posted_at"] = dated[0]


def _length(rows: Sequence[Sequence[Cell]], column: int) -> float:
    texts = [str(row[column]) for row in rows if column < len(row) and isinstance(row[column], str) and row[column]]
    return sum(map(len, texts)) / len(texts) if texts else 0.0
