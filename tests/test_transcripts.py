"""Replays every transcript: `$ command`, what it prints, `[exit n]`; `…` at the end of a line stands for anything.

Commands run in one process through the real command line with a clock that stands still, in an empty directory,
so a transcript reads as what a person would see on Saturday morning, 2026-11-21 09:00 in China.
`$ write NAME` takes the indented lines below it as the content of a file; `$ press KEYS` sits the analyst down at a
terminal for the next command and presses these keys there, one after the other (`回车` is Enter). `$ page /PATH
[STATUS]` takes the indented lines as a page of a web site on loopback, whose address is SITE; `$ at TIME` moves the
clock.
"""

import re
import shlex
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
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


@dataclass
class Stage:
    """What a transcript can change besides the workspace: the clock, the pages of a web site, the keys pressed next."""

    now: datetime = NOW
    pressed: list[str] = field(default_factory=list)
    site: str = "127.0.0.1:9"
    pages: dict[str, tuple[int, bytes]] = field(default_factory=dict)

    @contextmanager
    def open(self) -> Iterator["Stage"]:
        """Serve the pages on loopback; unknown paths are 404."""
        pages = self.pages

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                status, body = pages.get(self.path, (404, b"not found"))
                self.send_response(status)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Silent."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.site = f"127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            server.shutdown()
            server.server_close()
            thread.join()

    def filled(self, text: str) -> str:
        """With the address of the site where SITE stands."""
        return text.replace("SITE", self.site)

    def prepare(self, words: list[str], body: list[str]) -> bool:
        """Carry out a step that is no command of ours; whether it was one."""
        content = self.filled("\n".join(line[4:] for line in body).strip("\n") + "\n")
        if words[0] == "write":
            Path(words[1]).write_text(content, "utf-8")
        elif words[0] == "page":
            self.pages[words[1]] = (int(words[2]) if len(words) > 2 else 200, content.encode())
        elif words[0] == "press":
            self.pressed = [self.filled(word) for word in words[1:]]
        elif words[0] == "at":
            self.now = datetime.fromisoformat(words[1]).replace(tzinfo=CHINA)
        else:
            assert words[0] == "huiying"
            return False
        return True


def answer(step: Step, stage: Stage) -> tuple[list[str], int]:
    """What the command prints, and its exit code."""
    words = shlex.split(stage.filled(step.command))
    seat = Seat(clock=lambda: stage.now)
    seat.keys, stage.pressed = stage.pressed, []
    result = CliRunner().invoke(cli.huiying, words[1:], obj=seat, prog_name="huiying")
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return trimmed(result.output.splitlines()), result.exit_code


def run(step: Step, stage: Stage) -> None:
    if stage.prepare(shlex.split(step.command), step.body):
        return
    (actual, code), expected = answer(step, stage), trimmed([stage.filled(line) for line in step.body])
    place = f"line {step.line}: $ {step.command}"
    if not matches(expected, actual):
        pytest.fail("\n".join([place, "--- expected", *expected, "--- actual", *actual]), pytrace=False)
    assert code == step.code, place


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=lambda path: path.stem)
def test_transcript(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("FORCE_COLOR", "HUIYING_HOME", "HUIYING_ACTOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "100")
    with Stage().open() as stage:
        for step in steps(path.read_text("utf-8")):
            run(step, stage)


def test_a_wrong_transcript_fails() -> None:
    assert matches(["a…", "b"], ["abc", "b"])
    assert not matches(["a", "b"], ["a"])
    assert not matches(["a"], ["b"])
    with pytest.raises(pytest.fail.Exception, match="--- actual"):
        run(Step(1, "huiying --version", ["huiying 0.0.0"]), Stage())
