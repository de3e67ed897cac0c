"""Progress bars on stderr, one a stage of a long run."""

from collections.abc import Callable
from typing import Any

from ledger import fields


def silent(stage: str, done: int, total: int | None) -> None:
    """No bar: off a terminal, or when asked to be quiet."""


def bars(on_close: Callable[[Callable[[], None]], object]) -> fields.Progress:
    """Where to report how far a run is; `on_close` is told how to take the bars off again."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    shown = Progress(*columns, console=Console(stderr=True))
    on_close(shown.stop)
    shown.start()
    tasks: dict[str, Any] = {}

    def advance(stage: str, done: int, total: int | None) -> None:
        if stage not in tasks:
            tasks[stage] = shown.add_task(stage, total=total)
        shown.update(tasks[stage], completed=done, total=total)

    return advance
