"""Rows as CSV that a spreadsheet opens as text: UTF-8 with a mark, and no cell that it would take for a formula."""

import csv
import io
from collections.abc import Iterable, Sequence


def as_csv(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """A table as CSV; None is an empty cell."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(headings)
    writer.writerows([harmless("" if value is None else str(value)) for value in row] for row in rows)
    return out.getvalue().encode("utf-8-sig")


def harmless(text: str) -> str:
    """Spreadsheets run what begins with = + - @ or a tab; a leading apostrophe makes it text."""
    return f"'{text}" if text.lstrip().startswith(("=", "+", "-", "@")) or text.startswith(("\t", "\r")) else text
