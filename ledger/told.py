"""What a job tells and how it is named on the command line; on the path of `--help`, so nothing heavy here."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from crawlers.workspace import Problem
from ledger.fields import Desk, Field, Typed

FINDINGS, USAGE, DAMAGED, REFUSED = 1, 2, 3, 5


@dataclass(frozen=True, slots=True)
class Told:
    """What a job has to say; nothing to look at means silence."""

    value: object = None  # what --json prints, on one line; None: nothing
    view: str | Callable[[], object] | None = None  # a text, or how to make a rich renderable; None: silence
    lines: Iterable[str] = ()  # streamed to stdout as they come, whatever the options
    problems: tuple[Problem, ...] = ()
    code: int = 0
    after: "Callable[[], Told] | None" = None  # what to tell, instead of the rest, once the last line is out


@dataclass(frozen=True, slots=True)
class Job:
    """`huiying <group> <verb>`; group "" is the top level."""

    group: str
    verb: str
    help: str
    run: Callable[[Desk, Typed], Told]
    fields: tuple[Field, ...] = ()
    writes: bool = False  # whether it takes --dry-run


def look(name: str, *values: object, **named: object) -> Callable[[], object]:
    """How to show `values`: "show.today_view" is a function of `ledger.telling.show`, loaded only when needed."""

    def made() -> object:
        from importlib import import_module

        module, function = name.split(".")
        return getattr(import_module(f"ledger.telling.{module}"), function)(*values, **named)

    return made
