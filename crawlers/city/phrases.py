"""Words that depend on the day the city is served: ages become moments, `{日-2}` becomes a date."""

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta

from crawlers.clock import CHINA

_AGE = re.compile(r"(?:(?P<days>\d+)d (?P<hour>\d\d):(?P<minute>\d\d)|(?P<hours>\d+)h|(?P<minutes>\d+)m)")
_SLOT = re.compile(r"\{(?P<shape>年月日|日|月|年)(?P<shift>[+-]\d+)?\}")


def moment(age: str, now: datetime) -> datetime:
    """The moment that lies `age` before `now`: "3d 09:10" (that day's clock), "5h" or "40m"; whole minutes, +08:00.

    Raises ValueError for any other spelling, because a wrong age is a bug of the city's own data.
    """
    match = _AGE.fullmatch(age)
    if match is None:
        raise ValueError(f"not an age: {age!r}")
    local = now.astimezone(CHINA).replace(second=0, microsecond=0)
    if match["days"] is None:
        return local - timedelta(hours=int(match["hours"] or 0), minutes=int(match["minutes"] or 0))
    day = local - timedelta(days=int(match["days"]))
    return day.replace(hour=int(match["hour"]), minute=int(match["minute"]))


def fill(text: str, now: datetime) -> str:
    """`text` with its date slots filled: days count from today in China, `{月+1}` is the month after this one."""
    today = now.astimezone(CHINA).date()
    return _SLOT.sub(lambda match: _SHAPES[match["shape"]](today, int(match["shift"] or 0)), text)


def _day(today: date, shift: int) -> str:
    day = today + timedelta(days=shift)
    return f"{day.month}月{day.day}日"


def _full(today: date, shift: int) -> str:
    return f"{(today + timedelta(days=shift)).year}年{_day(today, shift)}"


_SHAPES: dict[str, Callable[[date, int], str]] = {
    "日": _day,
    "年月日": _full,
    "月": lambda today, shift: f"{(today.month - 1 + shift) % 12 + 1}月",
    "年": lambda today, shift: f"{today.year + shift}年",
}
