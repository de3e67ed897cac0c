"""Exports of 12345 tickets, message boards and mailboxes as posts: what can be read is imported, the rest is named.

Columns that name people are dropped before any row is read. Importing a file twice gives the same posts; a later export
of the same tickets, under whatever name, gives the same ids, with their answers: a post is known by the kind of system
it comes from and its number there.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from crawlers.cells import RoundedNumber, count_of, moment_of, number_of, rows_text, text_of
from crawlers.clean import skeleton
from crawlers.clock import stamp
from crawlers.columns import Columns, find_columns, kind_of
from crawlers.organisations import office_name, signing_office
from crawlers.posts import Post
from crawlers.tables import Cell, Table, read_tables
from crawlers.workspace import Problem

_LONGEST = 50_000  # characters of one message; anything longer is a pasted file
_TOTALS = frozenset({"合计", "总计", "小计", "共计", "总数"})


@dataclass(frozen=True, slots=True)
class Export:
    """What a file held: its posts, what is wrong with it, what its columns were taken for."""

    posts: list[Post]
    problems: list[Problem]
    columns: dict[str, str]  # the file's column → our field
    dropped: list[str]  # columns that name people: never read
    rows: int  # rows of data, imported or not
    source: str = ""  # what the posts' source is called: as asked, or the kind of export it is


def read_export(path: Path, *, source: str = "", key: bytes, now: datetime) -> Export:
    """Read the export at `path` as posts of `source`; nothing is raised for what people put into files.

    Without `source`, the kind of export (12345工单, 信箱, 留言板) names it; never the file's name, which changes.
    Times without a zone are China's. `key` is the workspace key, `now` (aware) the time of fetching.
    """
    tables, problems = read_tables(path)
    found = [(table, columns) for table in tables if (columns := find_columns([cells for _, cells in table.rows]))]
    source = source or (kind_of(found[0][1]) if found else path.stem)
    readings = [_Reading(path.name, table, columns, source=source, key=key, now=now) for table, columns in found]
    if tables and not readings:
        remedy = "表头要有「标题」「内容」「时间」之类的列名，例如：编号、标题、内容、时间、答复内容"
        problems.append(Problem(path.name, "", "找不到表头", remedy))
    export = Export([], problems, {}, [], 0, source)
    for reading in readings:
        export = _joined(export, reading.export())
    return export


def _joined(one: Export, other: Export) -> Export:
    return Export(
        one.posts + other.posts,
        one.problems + other.problems,
        one.columns | other.columns,
        list(dict.fromkeys(one.dropped + other.dropped)),
        one.rows + other.rows,
        one.source,
    )


class _Reading:
    """One table on its way to posts. Troubles are gathered by kind, so that a thousand rows make one line."""

    def __init__(self, file: str, table: Table, columns: Columns, *, source: str, key: bytes, now: datetime) -> None:
        self.file, self.table, self.columns = file, table, columns
        self.source, self.key, self.now = source, key, now
        self.troubles: dict[tuple[str, str, str], list[int]] = defaultdict(list)
        self.occurrences: Counter[str] = Counter()
        self.numbered = False

    def export(self) -> Export:
        """Everything the table gives."""
        rows = list(self._rows())
        self.numbered = self._numbers_tell(rows)
        posts = [post for number, cells in rows if (post := self._post(number, cells))]
        return Export(posts, list(self._problems()), self.columns.names, self.columns.dropped, len(rows))

    def _rows(self) -> Iterator[tuple[int, Sequence[Cell]]]:
        """Rows of data: no blank ones, no totals, no header repeated on every printed page."""
        header = list(self.table.rows[self.columns.header][1])
        for number, cells in self.table.rows[self.columns.header + 1 :]:
            filled = [text for cell in cells if (text := text_of(cell))]
            if filled and filled[0].rstrip(":：") not in _TOTALS and list(cells) != header:
                yield number, cells

    def _numbers_tell(self, rows: Sequence[tuple[int, Sequence[Cell]]]) -> bool:
        """Whether the number column tells rows apart; one that repeats is a batch or a district, not a ticket."""
        numbers = [text for _, cells in rows if (text := text_of(self._cell(cells, "number")))]
        if len(set(numbers)) * 2 > len(numbers):
            return True
        if numbers:
            self._trouble(rows[0][0], "number", "编号大量重复，不能用来识别一条留言", "已改按内容识别")
        return False

    def _post(self, number: int, cells: Sequence[Cell]) -> Post | None:
        title, text, answer = (self._text(number, cells, field) for field in ("title", "text", "answer"))
        if not title and not text:
            self._trouble(number, "text", "既没有标题也没有内容", "这些行没有导入")
            return None
        posted_at = self._moment(number, cells, "posted_at")
        return Post.make(
            self.key,
            source=self.source,
            locator=self._order(number, cells) or self._content(title, text, posted_at),
            channel="file",
            url=text_of(self._cell(cells, "url")),
            title=title,
            text=text,
            posted_at=posted_at,
            fetched_at=self.now,
            answer=answer,
            answered_at=self._moment(number, cells, "answered_at") if answer else None,
            answered_by=office_name(text_of(self._cell(cells, "answered_by"))) or signing_office(answer),
            **{field: count_of(self._cell(cells, field)) for field in ("views", "replies", "likes")},
        )

    def _cell(self, cells: Sequence[Cell], field: str) -> Cell:
        column = self.columns.place.get(field)
        return cells[column] if column is not None and column < len(cells) else None

    def _text(self, number: int, cells: Sequence[Cell], field: str) -> str:
        text = text_of(self._cell(cells, field))
        if len(text) > _LONGEST:
            self._trouble(number, field, f"超过 {_LONGEST} 字", "只保留了前面的部分")
        return text[:_LONGEST]

    def _moment(self, number: int, cells: Sequence[Cell], field: str) -> datetime | None:
        cell = self._cell(cells, field)
        moment = moment_of(cell, now=self.now)
        if moment is None and text_of(cell):
            self._trouble(number, field, "时间看不懂或晚于今天", "这些行已导入，时间留空；请核对原表")
        return moment

    def _order(self, number: int, cells: Sequence[Cell]) -> str:
        """The order number as a locator, "" where it cannot tell this row from others."""
        try:
            order = number_of(self._cell(cells, "number"))
        except RoundedNumber:
            remedy = "已改按内容识别；导出时请把这一列设为「文本」，否则 15 位以后的数字会丢失"
            self._trouble(number, "number", "编号被电子表格四舍五入，末尾的数字已丢失", remedy)
            return ""
        return f"编号 {order}" if order and self.numbered else ""

    def _content(self, title: str, text: str, posted_at: datetime | None) -> str:
        """A locator out of what a row says, with a counter for rows that say the same."""
        said = f"内容 {skeleton(title)} {skeleton(text)} {stamp(posted_at) if posted_at else ''}"
        self.occurrences[said] += 1
        return f"{said} {self.occurrences[said]}"

    def _trouble(self, number: int, field: str, message: str, remedy: str) -> None:
        column = next((name for name, known in self.columns.names.items() if known == field), "")
        self.troubles[column, message, remedy].append(number)

    def _problems(self) -> Iterator[Problem]:
        sheet = f"工作表「{self.table.name}」" if self.table.name else ""
        for (column, message, remedy), numbers in self.troubles.items():
            place = sheet + rows_text(numbers) + (f"「{column}」列" if column else "")
            yield Problem(self.file, place, message, remedy)
