"""Progress bars come off before anything is told: whatever is printed under them they would paint over."""

import sys
from collections.abc import Callable
from io import StringIO

import click
import pytest

import cli
from ledger.jobs_model import Told


class Screen(StringIO):
    """A terminal that remembers what was written on it, whichever end it came from."""

    def isatty(self) -> bool:
        return True


def drawn_by(work: Callable[[cli.Door], Told], monkeypatch: pytest.MonkeyPatch) -> str:
    screen = Screen()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "80")
    for name in ("stdout", "stderr"):  # here, for the runner lays its own over them as every test starts
        monkeypatch.setattr(sys, name, screen)
    door = cli.Door()
    with click.Context(click.Command("x")), pytest.raises(click.exceptions.Exit):
        cli._tell(door, work(door), as_json=False)
    return screen.getvalue()


def test_nothing_is_drawn_after_the_first_line_that_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def work(door: cli.Door) -> Told:
        door.progress("采集", 1, None)
        door.progress("分类", 2, 2)
        return Told(lines=("新标 2 条",))

    drawn = drawn_by(work, monkeypatch)
    assert drawn.index("采集") < drawn.index("新标 2 条")
    assert drawn.rstrip().endswith("新标 2 条")
    assert "1/?" not in drawn
    assert "2/2" in drawn


def test_a_second_stretch_of_work_has_bars_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    def work(door: cli.Door) -> Told:
        def after() -> Told:
            door.progress("再看", 1, 1)
            return Told(lines=("第二行",))

        door.progress("先看", 1, 1)
        return Told(lines=("第一行",), after=after)

    drawn = drawn_by(work, monkeypatch)
    assert drawn.index("先看") < drawn.index("第一行") < drawn.index("再看") < drawn.index("第二行")
    assert drawn.rstrip().endswith("第二行")
