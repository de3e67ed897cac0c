"""What a cell of a spreadsheet holds, whatever program wrote it: texts, order numbers, moments, counts."""

import re
from datetime import date, datetime, time, timedelta

from crawlers.clock import CHINA
from crawlers.pages.dates import parse_date
from crawlers.tables import Cell

EXACT_DIGITS = 10**15  # Excel keeps 15 digits of a number and turns the others into zeros
_SCIENTIFIC = re.compile(r"\d(?:\.\d+)?[eE]\+?\d{2}")
_FORCED_TEXT = re.compile(r'^=?"(.*)"$')  # how exports keep Excel from turning digits into a number
_EPOCH = datetime(1899, 12, 30, tzinfo=CHINA)  # day 0 of Excel's 1900 calendar, its false leap day included
_SERIALS = (20_000, 80_000)  # 1954 … 2119


class RoundedNumber(ValueError):
    """An order number of which a spreadsheet has kept only the first digits."""


def text_of(cell: Cell) -> str:
    """The text of a cell; whole numbers without `.0`."""
    if cell is None or isinstance(cell, bool):
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def number_of(cell: Cell) -> str:
    """An order number as one text, however its cell is formatted; "" for none. Raises `RoundedNumber`."""
    if (
        isinstance(cell, int | float)
        and not isinstance(cell, bool)
        and abs(cell) >= EXACT_DIGITS
        and cell == float(cell)
    ):
        raise RoundedNumber(str(cell))
    text = _FORCED_TEXT.sub(r"\1", text_of(cell)).strip("'‘’ \t")
    if _SCIENTIFIC.fullmatch(text):
        raise RoundedNumber(text)
    return text.removesuffix(".0") if text.replace(".", "", 1).isdigit() else text


def moment_of(cell: Cell, *, now: datetime) -> datetime | None:
    """The moment in a cell (China's where no zone is given), None where there is none to be read."""
    if isinstance(cell, datetime):
        return cell if cell.tzinfo else cell.replace(tzinfo=CHINA)
    if isinstance(cell, date):
        return datetime.combine(cell, time(), CHINA)
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return _from_serial(float(cell)) or parse_date(text_of(cell), now=now)
    if isinstance(cell, str):
        text = _FORCED_TEXT.sub(r"\1", cell.strip())
        serial = float(text) if re.fullmatch(r"\d{5}(?:\.\d+)?", text) else 0.0
        return _from_serial(serial) or parse_date(text, now=now)
    return None


def _from_serial(days: float) -> datetime | None:
    """Excel's day number as a moment; seconds are rounded, because a day is stored as a fraction."""
    if not _SERIALS[0] <= days < _SERIALS[1]:
        return None
    return _EPOCH + timedelta(seconds=round(days * 86_400))


def count_of(cell: Cell) -> int | None:
    """A counter (12, "1,204", "1.2万"), None where the cell holds no number."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)(万)?", text_of(cell).replace(",", "").replace("，", ""))
    return int(float(match[1]) * (10_000 if match[2] else 1)) if match else None


def rows_text(numbers: list[int]) -> str:
    """Row numbers for people: 第 3–5、8 行; at most ten stretches, then their number."""
    stretches: list[list[int]] = []
    for number in numbers:
        if stretches and number == stretches[-1][-1] + 1:
            stretches[-1][1:] = [number]
        else:
            stretches.append([number])
    named = "、".join("–".join(map(str, stretch)) for stretch in stretches[:10])
    return f"第 {named} 行" if len(stretches) <= 10 else f"第 {named} 等 {len(numbers)} 行"
