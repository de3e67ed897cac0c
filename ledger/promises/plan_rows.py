"""One item of a plan before its units and deadline are read."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Row:
    """Number and text of an item, its annotation by lead, responsible, deadline, and its first line (from 1)."""

    number: int
    text: str
    values: dict[str, str] = field(default_factory=dict)
    line: int = 0
