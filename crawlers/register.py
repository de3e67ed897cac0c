"""Add a source to `sources.toml` or take one out, leaving every other line as its owner wrote it."""

import os
import re
from pathlib import Path

from crawlers.probe import entry_of
from crawlers.sources import Source, read_sources
from crawlers.workspace import Problem

_HEAD = re.compile(r"^\s*\[\[source\]\]\s*(?:#.*)?$", re.MULTILINE)


def add(path: Path, source: Source) -> list[Problem]:
    """Append the source's table. Nothing is written if the file is wrong, or knows the name or the address already."""
    known, problems = read_sources(path)
    if problems:
        return problems
    for other in known:
        if source.url == other.url:
            return [Problem(path.name, "", f"这个网址已登记为「{other.name}」", "不必重复添加")]
        if source.name == other.name:
            return [Problem(path.name, "", f"已有名为「{other.name}」的来源", "用 --name 另起一个名称")]
    text = path.read_text("utf-8")
    _replace(path, f"{text.rstrip()}\n\n{entry_of(source)}")
    return read_sources(path)[1]


def remove(path: Path, name: str) -> list[Problem]:
    """Take out the table of that name, with the comment lines right above it."""
    known, problems = read_sources(path)
    if problems:
        return problems
    place = next((place for place, source in enumerate(known) if source.name == name), None)
    if place is None:
        return [Problem(path.name, "", f"没有名为「{name}」的来源", "用 huiying source list 查看")]
    lines = path.read_text("utf-8").splitlines(keepends=True)
    heads = [number for number, line in enumerate(lines) if _HEAD.match(line.rstrip("\n"))]
    start = heads[place]
    while start and lines[start - 1].startswith("#") and _own(lines, start):
        start -= 1
    end = heads[place + 1] if place + 1 < len(heads) else len(lines)
    while place + 1 < len(heads) and end > heads[place] + 1 and lines[end - 1].startswith("#"):
        end -= 1  # the next table's own comment
    _replace(path, "".join([*lines[:start], *lines[end:]]).rstrip() + "\n")
    return read_sources(path)[1]


def _own(lines: list[str], start: int) -> bool:
    """Whether the comment above line `start` belongs to that table: it is set apart by an empty line above."""
    first = start - 1
    while first and lines[first - 1].startswith("#"):
        first -= 1
    return first > 0


def _replace(path: Path, text: str) -> None:
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fresh.write_text(text, "utf-8")
    fresh.replace(path)
