"""docs/commands.md is what `--help` says, command by command; `HUIYING_WRITE_DOCS=1` writes it anew."""

import os
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

import cli

REFERENCE = Path(__file__).parents[1] / "docs" / "commands.md"
HEAD = "# 命令\n\n由 `--help` 生成，测试保证两者一致（`HUIYING_WRITE_DOCS=1` 重写本页）。\n"


def commands(group: click.Group, ctx: click.Context) -> Iterator[tuple[str, click.Command, click.Context]]:
    for name in group.list_commands(ctx):
        command = group.get_command(ctx, name)
        assert command is not None
        command._help_option = None  # click keeps the one of the first context it met, whichever test that was
        inner = click.Context(command, info_name=name, parent=ctx, max_content_width=100, terminal_width=100)
        if isinstance(command, click.Group):
            yield from commands(command, inner)
        else:
            yield inner.command_path, command, inner


def reference() -> str:
    root = click.Context(cli.huiying, info_name="huiying", max_content_width=100, terminal_width=100)
    parts = [HEAD, f"```\n{cli.huiying.get_help(root)}\n```\n"]
    for path, command, ctx in commands(cli.huiying, root):
        parts.append(f"## {path}\n\n```\n{command.get_help(ctx)}\n```\n")
    return "\n".join(parts)


def test_the_reference_is_up_to_date() -> None:
    if os.environ.get("HUIYING_WRITE_DOCS"):
        REFERENCE.write_text(reference(), "utf-8")
    assert REFERENCE.read_text("utf-8") == reference()


def every() -> list[tuple[str, click.Command]]:
    root = click.Context(cli.huiying, info_name="huiying")
    return [(path, command) for path, command, _ in commands(cli.huiying, root)]


@pytest.mark.parametrize(("path", "command"), every(), ids=lambda value: value if isinstance(value, str) else "")
def test_every_command_says_in_chinese_what_it_does(path: str, command: click.Command) -> None:
    assert command.help
    assert any("\u4e00" <= char <= "\u9fff" for char in command.help)
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, f"{path} {parameter.name}"
