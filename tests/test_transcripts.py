"""Replays every transcript: `$ command`, what it prints, `[exit n]`; `…` at the end of a line stands for anything.

Commands run in one process through the real command line with a clock that stands still, in an empty directory,
so a transcript reads as what a person would see on Saturday morning, 2026-11-21 09:00 in China.
`$ write NAME` takes the indented lines below it as the content of a file; `$ press KEYS` sits the analyst down at a
terminal for the next command and presses these keys there, one after the other (`回车` is Enter).
"""

import re
import shlex
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

import cli
from crawlers.clock import CHINA

TRANSCRIPTS = sorted((Path(__file__).parent / "transcripts").glob("*.txt"))
NOW = datetime(2026, 11, 21, 9, 0, tzinfo=CHINA)


@dataclass
class Step:
    line: int
    command: str
    body: list[str] = field(default_factory=list)
    code: int = 0


def steps(text: str) -> list[Step]:
    found: list[Step] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if line.startswith("$ "):
            found.append(Step(number, line[2:]))
        elif code := re.fullmatch(r"\[exit (\d)\]", line):
            found[-1].code = int(code[1])
        elif found and not line.startswith("#"):
            found[-1].body.append(line.rstrip())
    return found


def matches(expected: list[str], actual: list[str]) -> bool:
    patterns = [re.escape(line).replace("…", ".*") for line in expected]
    return len(patterns) == len(actual) and all(map(re.fullmatch, patterns, actual))


def trimmed(lines: list[str]) -> list[str]:
    text = "\n".join(line.rstrip() for line in lines).strip("\n")
    return text.split("\n") if text else []


class Seat(cli.Door):
    """A person at a terminal who presses what the transcript says."""

    keys: list[str]

    @property
    def at_terminal(self) -> bool:
        return bool(self.keys)

    def key(self) -> str:
        if not self.keys:
            raise EOFError
        return {"回车": "\r"}.get(key := self.keys.pop(0), key)

    def line(self, question: str) -> str:
        return self.keys.pop(0)


def run(step: Step, pressed: list[str]) -> None:
    words = shlex.split(step.command)
    if words[0] == "press":
        pressed[:] = words[1:]
        return
    if words[0] == "write":
        Path(words[1]).write_text("\n".join(line[4:] for line in step.body).strip("\n") + "\n", "utf-8")
        return
    assert words[0] == "huiying"
    seat = Seat(clock=lambda: NOW)
    seat.keys = [*pressed]
    pressed.clear()
    result = CliRunner().invoke(cli.huiying, words[1:], obj=seat, prog_name="huiying")
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    actual, expected = trimmed(result.output.splitlines()), trimmed(step.body)
    place = f"line {step.line}: $ {step.command}"
    if not matches(expected, actual):
        pytest.fail("\n".join([place, "--- expected", *expected, "--- actual", *actual]), pytrace=False)
    assert result.exit_code == step.code, place


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=lambda path: path.stem)
def test_transcript(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("FORCE_COLOR", "HUIYING_HOME", "HUIYING_ACTOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "100")
    pressed: list[str] = []
    for step in steps(path.read_text("utf-8")):
        run(step, pressed)


def test_a_wrong_transcript_fails() -> None:
    assert matches(["a…", "b"], ["abc", "b"])
    assert not matches(["a", "b"], ["a"])
    assert not matches(["a"], ["b"])
    with pytest.raises(pytest.fail.Exception, match="--- actual"):
        run(Step(1, "huiying --version", ["huiying 0.0.0"]), [])
