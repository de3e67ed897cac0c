"""A document as .docx: what an office files, passes on and prints. Loaded only when asked for."""

import io
from datetime import datetime
from typing import Any

from docx import Document as Blank
from docx.enum.section import WD_ORIENT
from docx.oxml.ns import qn
from docx.shared import Cm, Pt

from ledger.telling.document import Document, Lines, Table
from ledger.telling.plain import printable

MOST = 500  # rows of one table; more make a file nobody opens, and the last line says how many there are
_BODY, _TITLE = "宋体", "黑体"


def as_docx(found: Document, *, author: str, now: datetime) -> bytes:
    """The bytes of a Word file; landscape, since the register has eleven columns."""
    made = Blank()
    _styled(made, author, now)
    made.add_heading(printable(found.title), 0)
    for note in found.notes:
        made.add_paragraph(f"注：{printable(note)}。")
    for block in found.blocks:
        made.add_heading(printable(block.title), 1)
        if isinstance(block, Table):
            _table(made, block)
        else:
            _lines(made, block)
    made.sections[0].footer.paragraphs[0].text = found.footer
    made.add_paragraph(found.footer)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def _styled(made: Any, author: str, now: datetime) -> None:
    section = made.sections[0]
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = Cm(29.7), Cm(21)
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = Cm(1.8)
    for name, font in (("Normal", _BODY), ("Title", _TITLE), ("Heading 1", _TITLE)):
        style = made.styles[name]
        style.font.name = font
        style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), font)
    made.styles["Normal"].font.size = Pt(10)
    told = made.core_properties
    told.author = told.last_modified_by = author
    told.comments = ""
    told.created = told.modified = now.replace(tzinfo=None)


def _lines(made: Any, block: Lines) -> None:
    for line in block.lines or (block.empty,):
        made.add_paragraph(printable(line), style="List Bullet" if block.lines else None)


def _table(made: Any, block: Table) -> None:
    if not block.rows:
        made.add_paragraph(block.empty)
        return
    if block.caption:
        made.add_paragraph(block.caption)
    shown = block.rows[:MOST]
    table = made.add_table(rows=len(shown) + 1, cols=len(block.columns), style="Table Grid")
    grid = table._cells  # computed anew at every access: asked for once, or a long table takes minutes
    for place, text in enumerate(text for row in (block.columns, *shown) for text in row):
        run = grid[place].paragraphs[0].add_run(printable(text))
        run.font.size = Pt(8)
        run.bold = place < len(block.columns)
    heading = table.rows[0]._tr.get_or_add_trPr()
    heading.append(heading.makeelement(qn("w:tblHeader"), {qn("w:val"): "true"}))  # repeated on every page
    if len(block.rows) > MOST:
        made.add_paragraph(f"本表共 {len(block.rows)} 行，这里列出最前的 {MOST} 行；全部见 xlsx 或网页格式。")
