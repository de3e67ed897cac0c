"""Rows out of whatever file an office can export: xlsx, xls, ods, HTML or XML that calls itself xls, csv, JSON.

The format is told by the bytes, never by the name. What cannot be read is a `Problem`, never a traceback.
"""

import csv
import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crawlers.workspace import Problem

if TYPE_CHECKING:
    from lxml.html import HtmlElement

Cell = str | int | float | bool | date | datetime | time | timedelta | None
MAX_BYTES = 300_000_000  # a year of a large city's tickets is under 100 MB
MAX_UNPACKED = 3_000_000_000
MAX_CELLS = 30_000_000


@dataclass(frozen=True, slots=True)
class Table:
    """One sheet: its name ("" where the file has only one) and its rows as (number shown to people, cells)."""

    name: str
    rows: Sequence[tuple[int, Sequence[Cell]]]


def read_tables(path: Path) -> tuple[list[Table], list[Problem]]:
    """The tables of the file at `path`, and what is wrong with it."""
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            return [], [_problem(path, f"文件有 {size // 1_000_000} MB，超过上限", "请按时间段分几次导出")]
        body = path.read_bytes()
    except OSError as error:
        return [], [_problem(path, f"打不开文件（{error.strerror}）", "请检查路径和权限")]
    if not body.strip():
        return [], [_problem(path, "文件是空的", "请重新导出")]
    return _reader(body)(path, body)


def _reader(body: bytes) -> Callable[[Path, bytes], tuple[list[Table], list[Problem]]]:
    if body.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        return _read_workbook
    head = body[:1000].lstrip(b"\xef\xbb\xbf \t\r\n").replace(b"\0", b"").lstrip(b"\xff\xfe")
    if head.startswith(b"<"):
        return _read_xml if b"office:spreadsheet" in head else _read_html
    return _read_json if head.startswith((b"{", b"[")) else _read_csv


def _problem(path: Path, message: str, remedy: str, place: str = "") -> Problem:
    return Problem(path.name, place, message, remedy)


def _read_workbook(path: Path, body: bytes) -> tuple[list[Table], list[Problem]]:
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError

    oversized = _oversized(body) if body.startswith(b"PK") else ""
    if oversized:
        return [], [_problem(path, oversized, "请删去空白区域或分几次导出")]
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(body))
        tables = [Table(name, _sheet(book, name)) for name in book.sheet_names]
    except PasswordError:
        return [], [_problem(path, "文件设有密码", "请在 Excel 中去掉密码后另存")]
    except (CalamineError, OSError, ValueError) as error:
        return [], [
            _problem(path, f"文件不完整或已损坏（{_brief(error)}）", "请重新导出，或用 Excel 打开后另存为 xlsx")
        ]
    return (tables if len(tables) > 1 else [Table("", table.rows) for table in tables]), []


def _sheet(book: Any, name: str) -> list[tuple[int, list[Cell]]]:
    rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
    return list(enumerate(rows, start=1))


_REFERENCE = re.compile(rb'<c r="([A-Z]{1,3})(\d{1,7})"')


def _oversized(body: bytes) -> str:
    """Why this workbook would not fit into memory, "" if it would: a reader fills everything up to the last cell."""
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            entries = archive.infolist()
            if sum(entry.file_size for entry in entries) > MAX_UNPACKED:
                return "解压后过大"
            sheets = [entry for entry in entries if entry.filename.startswith("xl/worksheets/")]
            return next((reason for entry in sheets if (reason := _oversized_sheet(archive, entry))), "")
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError):
        return ""  # the reader proper says what is wrong


def _oversized_sheet(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> str:
    width, height, tail = 0, 0, b""
    with archive.open(entry) as stream:
        while block := stream.read(1 << 20):
            for letters, number in _REFERENCE.findall(tail + block):
                width, height = max(width, _column(letters)), max(height, int(number))
            tail = block[-24:]
    return f"工作表有 {height} 行 {width} 列" if width * height > MAX_CELLS else ""


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _read_html(path: Path, body: bytes) -> tuple[list[Table], list[Problem]]:
    """What many ticket systems call xls: an HTML table."""
    from lxml.etree import ParserError
    from lxml.html import fromstring

    text, problems = _text(path, body)
    try:
        root = fromstring(re.sub(r"^\s*<\?xml[^>]*\?>", "", text)) if text else None
    except (ParserError, ValueError):
        root = None
    if root is None:
        return [], problems or [_problem(path, "网页里没有表格", "请重新导出为 xlsx 或 csv")]
    tables = [Table("", rows) for table in root.iter("table") if (rows := _html_rows(table))]
    if not tables:
        problems.append(_problem(path, "网页里没有表格", "请重新导出为 xlsx 或 csv"))
    elif "</table" not in text.lower():
        problems.append(_problem(path, "文件到一半就断了，末尾的记录可能缺失", "请重新导出"))
    return tables, problems


def _html_rows(table: "HtmlElement") -> list[tuple[int, list[Cell]]]:
    rows: list[list[Cell]] = [
        [_cell_text(cell) for cell in row if cell.tag in ("td", "th")] for row in table.iter("tr")
    ]
    return list(enumerate(rows, start=1))


def _cell_text(cell: "HtmlElement") -> str:
    for line_break in cell.iter("br"):
        line_break.tail = "\n" + (line_break.tail or "")
    return str(cell.text_content()).strip()


_SPREADSHEET = "{urn:schemas-microsoft-com:office:spreadsheet}"


def _read_xml(path: Path, body: bytes) -> tuple[list[Table], list[Problem]]:
    """Excel 2003 XML."""
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=True, huge_tree=True)
    root = etree.fromstring(body, parser)
    if root is None:
        return [], [_problem(path, "文件不完整或已损坏", "请重新导出")]
    sheets = [Table("", list(_xml_rows(sheet))) for sheet in root.iter(f"{_SPREADSHEET}Table")]
    return sheets, [] if sheets else [_problem(path, "文件里没有工作表", "请重新导出")]


def _xml_rows(sheet: Any) -> Iterator[tuple[int, list[Cell]]]:
    for number, row in enumerate(sheet.iter(f"{_SPREADSHEET}Row"), start=1):
        cells: list[Cell] = []
        for cell in row.iter(f"{_SPREADSHEET}Cell"):
            skipped = int(cell.get(f"{_SPREADSHEET}Index") or len(cells) + 1) - 1 - len(cells)
            cells += [None] * max(0, min(skipped, 1000))
            cells.append("".join(cell.itertext()).strip())
        yield number, cells


def _text(path: Path, body: bytes) -> tuple[str, list[Problem]]:
    from crawlers.pages.decode import decode

    decoded = decode(body)
    if decoded.doubt:
        return "", [_problem(path, f"文字编码认不准（{decoded.doubt}）", "请另存为 UTF-8 编码后再导入")]
    return decoded.text, []


def _read_csv(path: Path, body: bytes) -> tuple[list[Table], list[Problem]]:
    text, problems = _text(path, body)
    if problems:
        return [], problems
    text = text.replace("\0", "")
    csv.field_size_limit(MAX_BYTES)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
    rows: list[tuple[int, list[Cell]]] = [(number, list(cells)) for number, cells in enumerate(lines, start=1)]
    if text.count('"') % 2:
        problems.append(_problem(path, "引号不成对，文件可能到一半就断了", "请核对最后几条记录，必要时重新导出"))
    return [Table("", rows)], problems


def _delimiter(text: str) -> str:
    """The sign that parts most of the first line that has any; a comma otherwise."""
    for line in text.split("\n", 30)[:30]:
        best = max(",\t;|，", key=line.count)
        if line.count(best):
            return best
    return ","


def _read_json(path: Path, body: bytes) -> tuple[list[Table], list[Problem]]:
    """JSON lines, or one array of objects. The keys of all objects make the header."""
    text, problems = _text(path, body)
    records: list[tuple[int, dict[str, Any]]] = []
    for number, record in _records(text):
        if isinstance(record, dict):
            records.append((number, record))
        elif number:
            problems.append(_problem(path, "不是一个 JSON 对象", "请检查这一行是否完整", f"第 {number} 行"))
    keys = list(dict.fromkeys(key for _, record in records for key in record))
    header: list[tuple[int, list[Cell]]] = [(0, list(keys))]
    rows: list[tuple[int, list[Cell]]] = [
        (number, [_plain(record.get(key)) for key in keys]) for number, record in records
    ]
    return [Table("", header + rows)] if records else [], problems


def _records(text: str) -> Iterator[tuple[int, Any]]:
    if text.lstrip().startswith("["):
        whole = _loads(text)
        yield from enumerate(whole if isinstance(whole, list) else [None], start=1)
        return
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            yield number, _loads(line)


def _loads(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _plain(value: Any) -> Cell:
    return value if value is None or isinstance(value, str | int | float) else json.dumps(value, ensure_ascii=False)


def _brief(error: Exception) -> str:
    return str(error).split("\n", 1)[0][:80]
