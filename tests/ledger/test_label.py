"""`huiying label` at a real terminal: keys without Enter, an end by Ctrl-D, and nothing opened for what was undone."""

import json
import os
import pty
import select
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

import cli
from crawlers.store import forget, open_posts
from ledger.label import label
from ledger.record.database import open_ledger

HUIYING = (sys.executable, "-c", "import cli; cli.main()")
LETTERS = [
    ("公证收费", "公证处突然多收了一笔钱，是谁批准的"),
    ("办证押金", "听说下个月起办证要先交押金，窗口的人也说不清楚"),
    ("法援补贴", "今年的法律援助补贴还没有领到，标准改了吗"),
]


def huiying(where: Path, *words: str) -> str:
    done = subprocess.run([*HUIYING, *words], cwd=where, env=env(), capture_output=True, text=True)
    assert done.returncode in (0, 1), done.stderr
    return done.stdout


def env() -> dict[str, str]:
    root = str(Path(__file__).parents[2])
    return os.environ | {"PYTHONPATH": root, "COLUMNS": "100", "TERM": "xterm"}


def at_terminal(where: Path, typed: bytes, words: list[str]) -> str:
    """Run a command on a pseudo-terminal, press `typed` one byte at a time, and read the screen to its end.

    Python loses a Ctrl-C that comes between its printing a prompt and its waiting for a line: a person presses again.
    """
    pid, screen = pty.fork()
    if pid == 0:
        os.chdir(where)
        os.execve(sys.executable, [*HUIYING, *words], env())
    seen, left, until = b"", [typed[i : i + 1] for i in range(len(typed))], time.monotonic() + 60
    heard = time.monotonic()
    while time.monotonic() < until:
        if select.select([screen], [], [], 0.2)[0]:
            try:
                seen += os.read(screen, 65536)
                heard = time.monotonic()
            except OSError:
                break
        elif left and "结束".encode() in seen:
            os.write(screen, left.pop(0))
        elif not left and time.monotonic() - heard > 10:
            left.append(typed[-1:])
            heard = time.monotonic()
    os.close(screen)
    os.waitpid(pid, 0)
    return seen.decode("utf-8", "replace")


@pytest.fixture
def office(tmp_path: Path) -> Path:
    huiying(tmp_path, "init")
    lines = [
        json.dumps({"id": str(n), "title": title, "text": text, "posted_at": "2026-11-20 09:00"}, ensure_ascii=False)
        for n, (title, text) in enumerate(LETTERS)
    ]
    (tmp_path / "letters.jsonl").write_text("\n".join(lines), encoding="utf-8")
    huiying(tmp_path, "import", "letters.jsonl")
    return tmp_path


def test_keys_reach_the_posts_and_ctrl_d_ends_it(office: Path):
    screen = at_terminal(office, b"4u1\x04", ["label"])
    assert "已撤回上一条" in screen
    assert "看了 1 条" in screen
    tags = [json.loads(huiying(office, "posts", "show", number, "--json"))["tag"] for number in numbers(office)]
    assert [tag["label"] for tag in tags if tag["corrected_at"]] == ["superior_directed"]


def test_ctrl_c_keeps_what_was_judged(office: Path):
    assert "看了 1 条" in at_terminal(office, b"6\x03", ["label", "--limit", "2"])


def test_ctrl_c_in_a_note_keeps_what_was_judged(office: Path):
    assert "看了 1 条" in at_terminal(office, b"6n\x03", ["label", "--limit", "2"])


class Desk(cli.Door):
    """An analyst before whose eyes a purge runs."""

    keys: list[str]

    @property
    def at_terminal(self) -> bool:
        return True

    def show(self, renderable: object) -> None:
        """Nobody looks."""

    def posts(self) -> sqlite3.Connection:
        self.db = open_posts(self.workspace.posts)
        return self.db

    def ledger(self) -> sqlite3.Connection:
        return open_ledger(self.workspace.ledger)

    def key(self) -> str:
        key = self.keys.pop(0)
        if key == "purge":
            forget(self.db, [row[0] for row in self.db.execute("SELECT id FROM posts")], now=self.now)
            key = self.keys.pop(0)
        return key


@pytest.mark.parametrize("keys", [["purge", "4", "u", "q"], ["4", "purge", "u", "q"]])
def test_a_post_that_expires_meanwhile_is_skipped_and_ends_nothing(office: Path, keys: list[str]):
    desk = Desk(root=office / "huiying-data")
    desk.keys = list(keys)
    told = label(desk, limit=3)
    assert told.value is not None
    assert told.value["judged"] == 0  # type: ignore[index]  # a dict, as --json prints it


def numbers(office: Path) -> list[str]:
    return [json.loads(line)["id"] for line in huiying(office, "posts", "list", "--json").splitlines()]
