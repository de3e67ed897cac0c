"""Imports go one way, time is an argument, only the door prints: checked on the syntax tree."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ORDER = ("crawlers", "classify", "ledger", "cli")
FILES = sorted([*(p for room in ORDER[:3] for p in (ROOT / room).rglob("*.py")), ROOT / "cli.py"])
JUNK = {"utils", "util", "helpers", "helper", "common", "base", "manager", "misc"}
HEAVY = {
    "scrapy",
    "sklearn",
    "sqlite_utils",
    "jieba",
    "textual",
    "trafilatura",
    "pandas",
    "scipy",
    "pydantic",
}
CLOCK = {
    ("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today"),
    ("time", "time"), ("time", "time_ns"), ("time", "localtime"), ("time", "gmtime"),
}  # fmt: skip


def room_of(path: Path) -> str:
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def imported(tree: ast.AST) -> list[str]:
    names = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.append(node.module)
    return names


def breaches(path: Path) -> list[str]:
    rank = ORDER.index(room_of(path))
    rooms = [name.split(".")[0] for name in imported(ast.parse(path.read_text("utf-8")))]
    return [name for name in rooms if name in ORDER and ORDER.index(name) > rank]


def identifier(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", FILES, ids=identifier)
def test_a_room_imports_only_the_rooms_below(path: Path) -> None:
    assert breaches(path) == []


@pytest.mark.parametrize("path", [p for p in FILES if room_of(p) in {"ledger", "classify"}], ids=identifier)
def test_ledger_and_classify_load_nothing_heavy_at_import(path: Path) -> None:
    top = [node for node in ast.parse(path.read_text("utf-8")).body if not isinstance(node, ast.If)]
    heavy = {name.split(".")[0] for node in top for name in imported_here(node)} & HEAVY
    # A migration module is imported only while a migration is pending; train.py only to train.
    allowed = {"sqlite_utils"} if path.stem.endswith("schema") else set()
    allowed |= {"sklearn", "scipy"} if path.stem == "train" else set()
    assert heavy - allowed == set()


def imported_here(node: ast.stmt) -> list[str]:
    return imported(node) if isinstance(node, ast.Import | ast.ImportFrom) else []


@pytest.mark.parametrize("path", [p for p in FILES if room_of(p) != "cli"], ids=identifier)
def test_the_clock_is_read_only_at_the_door(path: Path) -> None:
    reads = [
        f"{node.value.id}.{node.attr}"
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and (node.value.id, node.attr) in CLOCK
    ]
    assert reads == []


@pytest.mark.parametrize("path", FILES, ids=identifier)
def test_files_stay_short_and_carry_names_a_user_would_know(path: Path) -> None:
    assert path.stem not in JUNK
    assert len(path.read_text("utf-8").splitlines()) <= 500


@pytest.mark.parametrize("path", FILES, ids=identifier)
def test_every_module_says_what_it_is(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text("utf-8")))


def test_a_breach_would_be_seen(tmp_path: Path) -> None:
    sample = ast.parse("from ledger.record.cases import read\nimport cli")
    assert [name.split(".")[0] for name in imported(sample)] == ["ledger", "cli"]
