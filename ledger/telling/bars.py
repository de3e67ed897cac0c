"""Progress bars on stderr, one a stage of a long run."""

from collections.abc import Callable
from typing import Any

from ledger import fields


def silent(stage: str, done: int, total: int | None) -> None:
    """No bar: off a terminal, or when asked to be quiet."""


def bars() -> tuple[fields.Progress, Callable[[], None]]:
    """Where to report how far a run is, and how to take the bars off again."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[far]}"), TimeElapsedColumn()
    shown = Progress(*columns, console=Console(stderr=True))
    shown.start()
    tasks: dict[str, Any] = {}

    def advance(stage: str, done: int, total: int | None) -> None:
        far = str(done) if total is None else f"{done}/{total}"
        if stage not in tasks:
            tasks[stage] = shown.add_task(stage, total=total, far=far)
        shown.update(tasks[stage], completed=done, total=total, far=far)

    return advance, shown.stop
