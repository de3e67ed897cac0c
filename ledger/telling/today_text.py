"""How `huiying today` looks: what is late first, every section with what to do, the head of the record last."""

from collections.abc import Iterator, Sequence

from crawlers.clock import CHINA, unstamp
from ledger.telling.plain import BOLD, DIM, GAP, GREEN, RED, YELLOW, Cell, cells, cut, lined_up, painted, room
from ledger.telling.today import Item, Section, Today, late_by

_WEEKDAYS = "一二三四五六日"
_DATED = frozenset({"overdue", "soon", "dates", "promises"})  # sections whose date is a deadline
_PLAIN = frozenset({"assess", "assign", "unread"})  # the summary says the kind already
_LONGEST, _SHORTEST = 84, 16  # columns of a matter's title where there is room, and where there is none
_UNITS = 24  # columns of the units that owe it


def today_text(today: Today, *, width: int | None = None) -> str:
    """What needs somebody now, section by section, or a word that nothing does; `width` in columns."""
    width = width or room()
    local = today.now.astimezone(CHINA)
    title = f"{local:%Y-%m-%d} 星期{_WEEKDAYS[local.weekday()]} {local:%H:%M}"
    lines = [painted(f"{title}　{today.unit}".rstrip(), BOLD), ""]
    for section in today.sections:
        lines += [*_section(section, today, width), ""]
    if not today.sections:
        lines += [painted("今天没有需要处理的事项", GREEN), ""]
    return "\n".join([*lines, painted(f"台账 {today.head.count} 条，头部指纹 {today.head.hash[:16]}", DIM)])


def _section(section: Section, today: Today, width: int | None) -> Iterator[str]:
    yield painted(f"{section.name}：{section.count} 件", RED if section.code == "overdue" else BOLD)
    rows = [_row(section.code, item, today) for item in section.items]
    yield from lined_up(_fitted(rows, width))
    more = section.count - len(section.items)
    rest = f"还有 {more} 件。" if section.items and more else ""
    yield painted(f"{GAP}{rest}{section.remedy}", DIM)


def _row(code: str, item: Item, today: Today) -> list[Cell]:
    when: Cell = ((item.due_at or "—")[:10], DIM)
    if code in _DATED and item.due_at:
        when = (late_by(item.due_at, today.now), RED if unstamp(item.due_at) <= today.now else YELLOW)
    what = "" if code in _PLAIN else item.what
    title = f"{item.title}（{what}）" if what else item.title
    return [(item.subject, ""), when, (cut(title, _LONGEST), ""), (cut("、".join(item.units), _UNITS), DIM)]


def _fitted(rows: Sequence[list[Cell]], width: int | None) -> list[list[Cell]]:
    """The rows with title and units in one cell, the title cut so that a line stays a line."""
    before = sum(max((cells(row[place][0]) for row in rows), default=0) + len(GAP) for place in (0, 1)) + len(GAP)
    fitted = []
    for number, when, (title, style), (units, dim) in rows:
        beside = cells(units) + len(GAP) if units else 0
        left = _LONGEST if width is None else max(_SHORTEST, width - before - beside)
        shown = painted(cut(title, left), style)
        fitted.append([number, when, (shown + (GAP + painted(units, dim) if units else ""), "")])
    return fitted
