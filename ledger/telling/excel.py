"""A document as .xlsx: a sheet a block, every cell text, so that nothing in it is run. Loaded only when asked for."""

import io
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import xlsxwriter

from ledger.telling.document import Document, Table
from ledger.telling.plain import cells, printable

_LONGEST = 32_767  # characters that Excel takes in a cell
Formats = tuple[Any, Any]  # of ordinary cells and of headings
_WIDEST, _NARROWEST = 48, 8  # columns of the terminal kind, which Excel's come near


def as_xlsx(found: Document, *, author: str, now: datetime) -> bytes:
    """The bytes of a workbook; the first sheet says what it is and holds the head of the record."""
    out = io.BytesIO()
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
    book = xlsxwriter.Workbook(out, options)
    book.set_properties({"title": found.title, "author": author, "created": now.replace(tzinfo=None)})
    plain = book.add_format({"text_wrap": True, "valign": "top"})
    bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#EEEEEE"})
    about = [(found.title,), *((f"注：{note}。",) for note in found.notes), (found.footer,)]
    _sheet(book, "说明", (), about, (plain, bold), found.footer)
    for block in found.blocks:
        heads = block.columns if isinstance(block, Table) else ()
        rows = block.rows if isinstance(block, Table) else tuple((line,) for line in block.lines)
        _sheet(book, block.title, heads, rows or [(block.empty,)], (plain, bold), found.footer)
    book.close()
    return out.getvalue()


def _sheet(
    book: Any, title: str, heads: tuple[str, ...], rows: Iterable[tuple[str, ...]], formats: Formats, footer: str
) -> None:
    plain, bold = formats
    sheet = book.add_worksheet("".join("·" if sign in "[]:*?/\\" else sign for sign in title)[:31])
    whole = [heads, *rows] if heads else list(rows)
    for number, row in enumerate(whole):
        for place, text in enumerate(row):
            sheet.write_string(number, place, printable(text)[:_LONGEST], bold if heads and number == 0 else plain)
    for place in range(max(map(len, whole), default=0)):
        widest = max((cells(row[place]) for row in whole if place < len(row)), default=0)
        sheet.set_column(place, place, min(_WIDEST, max(_NARROWEST, widest + 2)) if heads else 100)
    if heads:
        sheet.freeze_panes(1, 0)
        sheet.repeat_rows(0)
        sheet.autofilter(0, 0, len(whole) - 1, len(heads) - 1)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.set_footer(f"&L&8{footer.replace('&', '&&')[:200]}&R&8&P / &N")
