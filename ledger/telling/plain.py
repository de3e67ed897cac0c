"""Lines for a terminal with the standard library alone: cells counted as a terminal counts them, colours that may go.

What is typed all day long cannot wait for rich to load. The command line takes the colours off where stdout is no
terminal; they only stress what the words say.
"""

import os
import sys
from collections.abc import Iterable, Sequence
from unicodedata import combining, east_asian_width

RED, GREEN, YELLOW, BOLD, DIM = "1;31", "32", "33", "1", "2"
GAP = "  "
Cell = tuple[str, str]  # text and style; "" for none


def cells(text: str) -> int:
    """How many columns of a terminal a text fills."""
    return sum(0 if combining(sign) else 2 if east_asian_width(sign) in "WF" else 1 for sign in text)


def printable(text: str) -> str:
    """Without control and other invisible characters, which a terminal would obey and XML cannot hold."""
    return "".join(sign for sign in text if sign.isprintable() or sign == "\u3000")


def cut(text: str, room: int) -> str:
    """The text on one line, in at most `room` columns, with an ellipsis where something is missing.

    What a terminal would obey instead of show is left out.
    """
    line = printable(" ".join(text.split()))
    if cells(line) <= room:
        return line
    kept, filled = "", 1
    for sign in line:
        filled += cells(sign)
        if filled > room:
            break
        kept += sign
    return kept + "…"


def painted(text: str, style: str) -> str:
    """The text in a style."""
    return f"\x1b[{style}m{text}\x1b[0m" if style and text else text


def lined_up(rows: Sequence[Sequence[Cell]], *, indent: str = GAP) -> Iterable[str]:
    """Rows whose cells stand beneath each other; the last one is not padded and may hold styles of its own."""
    padded = range(max(map(len, rows), default=1) - 1)
    widths = [max(cells(row[place][0]) for row in rows) for place in padded]
    for row in rows:
        shown = [
            painted(text, style) + " " * (width - cells(text))
            for (text, style), width in zip(row, widths, strict=False)
        ]
        yield (indent + GAP.join([*shown, painted(*row[-1])])).rstrip()


def room() -> int | None:
    """Columns to fill: $COLUMNS, else the terminal's; None where the output goes elsewhere and nothing need be cut."""
    asked = os.environ.get("COLUMNS", "")
    if asked.isdigit() and int(asked) > 0:
        return int(asked)
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns or None
    except (OSError, ValueError):
        return None
