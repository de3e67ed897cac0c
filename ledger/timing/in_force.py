"""The calendar and the rules in force for a workspace: the one way to them for everything that computes a deadline.

The program ships both. A workspace's `calendar.toml` adds announced years (`huiying calendar load` writes it), its
`rules.toml` replaces, adds or drops rules. A file that cannot be read is never half used: its problems come back, and
what writes deadlines stops on them.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from crawlers.workspace import Problem, Workspace
from ledger.timing.calendar import Calendar, default_calendar, load_calendar

if TYPE_CHECKING:
    from ledger.timing.rules import Rules

CALENDAR, RULES = "calendar.toml", "rules.toml"


@dataclass(frozen=True, slots=True)
class Timing:
    """What every deadline of a workspace is computed by."""

    calendar: Calendar
    rules: "Rules"


def shipped() -> Timing:
    """The calendar and rules that come with the program."""
    from ledger.timing.rules import load_rules

    return Timing(default_calendar(), load_rules()[0])


def _labels(root: Path) -> tuple[str, ...]:
    """The codes that rules may name: the office's own among them."""
    from classify.labels import read_taxonomy

    return tuple(read_taxonomy(Workspace(root).labels)[0].codes)


def calendar_in_force(root: Path) -> tuple[Calendar, list[Problem]]:
    """The calendar of the workspace at `root` alone: what needs no rules need not wait for them."""
    overlay = root / CALENDAR
    return load_calendar(overlay if overlay.exists() else None)


def in_force(root: Path) -> tuple[Timing, list[Problem]]:
    """The calendar and rules of the workspace at `root`; the shipped ones stand in for a file with problems."""
    from ledger.timing.rules import load_rules

    local = root / RULES
    calendar, problems = calendar_in_force(root)
    rules, more = load_rules(local, labels=_labels(root)) if local.exists() else load_rules()
    return Timing(calendar, rules), [*problems, *more]
