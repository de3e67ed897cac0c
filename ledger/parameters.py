"""Typed values as click takes them: fields of the tables become options and arguments."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click

from ledger.fields import Desk, Field


class Moment(click.ParamType[datetime]):
    """A date or time of China, or (`back`) how long before the desk's clock: 3d, 12h."""

    name = "时间"

    def __init__(self, *, back: bool = False) -> None:
        self.back = back

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """An aware datetime."""
        from crawlers.clock import unstamp

        if isinstance(value, datetime):
            return value
        units = {"d": "days", "h": "hours"}
        if ctx and self.back and value[-1:] in units and value[:-1].isdigit():
            desk: Desk = ctx.obj
            return desk.now - timedelta(**{units[value[-1]]: int(value[:-1])})
        try:
            return unstamp(value)
        except ValueError:
            self.fail(f"{value} 不是时间，应为 2026-09-30 或 2026-09-30T15:00{'，或 3d、12h' * self.back}", param, ctx)


def parameters(fields: Iterable[Field], *, writes: bool = False) -> list[click.Parameter]:
    """The options and arguments of a command with these fields; one that `writes` can be tried without writing."""
    trial = [click.Option(["--dry-run"], is_flag=True, help="只演示，不写入。")] if writes else []
    as_json = click.Option(["--json", "as_json"], is_flag=True, help="输出 JSON，供程序读取。")
    return [*map(_parameter, fields), *trial, as_json]


def _parameter(one: Field) -> click.Parameter:
    file = click.Path(exists=True, dir_okay=False, path_type=Path)
    kinds: dict[str, Any] = {
        "count": int,
        "moment": Moment(),
        "since": Moment(back=True),
        "choice": click.Choice(one.choices),
        "file": file,
        "files": file,
        "input": click.File("rb"),
        "directory": click.Path(file_okay=False, path_type=Path),
        "path": click.Path(dir_okay=False, path_type=Path),
    }
    kind = kinds.get(one.kind, str)
    if one.positional:
        nargs = -1 if one.many else 1
        return click.Argument(
            [one.name], type=kind, metavar=one.help.split("，")[0], nargs=nargs, required=one.required
        )
    if one.kind == "flag":
        return click.Option([f"--{one.typed}", one.name], is_flag=True, help=one.help + "。")
    names = [f"--{one.typed}", one.name]
    return click.Option(
        names, type=kind, multiple=one.many, required=one.required, help=one.help + "。", metavar=one.metavar
    )
