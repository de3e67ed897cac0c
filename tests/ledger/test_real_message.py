"""One real message of a real board, from its answer to publicly fulfilled, through the command line as people type it.

Which message is decided by a rule when the test runs; no word of it is in this repository. Its unit, people and pages
are invented: a public web site on loopback is the office's only official domain.
"""

import json
import os
import shlex
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import cli
from crawlers.imports import read_export
from crawlers.posts import Post

BOARD = "board/附件4.xlsx"
CONFIG = """
[office]
name = "云溪市司法局"
contact = "0000-1234567"
domains = ["{domain}"]
[[unit]]
name = "办公室"
[[unit]]
name = "公共服务处"
[[person]]
name = "研判员甲"
unit = "办公室"
roles = ["analyst"]
[[person]]
name = "研判员乙"
unit = "办公室"
roles = ["analyst"]
[[person]]
name = "联络员丙"
unit = "公共服务处"
roles = ["liaison"]
[[person]]
name = "核查员丁"
unit = "办公室"
roles = ["verifier"]
"""


class Typist:
    """Types commands; the clock is where the story is."""

    def __init__(self, root: Path, now: datetime) -> None:
        self.root, self.now = root, now

    def type(self, line: str, *words: str, code: int = 0) -> str:
        """The output of a command that must end with `code`; words that hold blanks come apart from the line."""
        typed = ["--workspace", str(self.root), *shlex.split(line), *words]
        result = CliRunner().invoke(cli.huiying, typed, obj=cli.Door(clock=lambda: self.now), prog_name="huiying")
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == code, (line, result.output)
        return result.output

    def ask(self, line: str, *words: str) -> list[dict[str, Any]]:
        """The JSON lines of a reading."""
        return [json.loads(row) for row in self.type(f"{line} --json", *words).splitlines()]

    def state(self, number: str) -> str:
        """The state of a promise in Chinese."""
        (row,) = [row for row in self.ask("commitment list --limit 0") if row["id"] == number]
        return str(row["state"])


def chosen(path: Path) -> Post:
    """The first message of a kind that obliges to answer, whose answer holds one firm, hard, dated promise of a week
    or more; the model is sure of the kind.
    """
    from classify.model import load
    from ledger.promises.find import find

    model = load()
    for post in read_export(path, source="board", key=b"k" * 32, now=datetime.now().astimezone()).posts:
        if not (post.answer and post.answered_at):
            continue
        found = find(post.answer, replied_at=post.answered_at)
        week = post.answered_at.date() + timedelta(days=7)
        dated = [one for one in found if (one.strength, one.certainty) == ("hard", "firm") and one.due_date]
        dated = [one for one in dated if one.due_date and one.due_date >= week]
        if len(found) == len(dated) == 1:
            (tag,) = model.predict([f"{post.title}\n{post.text}"])
            if tag.label != "none" and not tag.review:
                return post
    raise AssertionError("no message of the board fits the rule")


@pytest.fixture
def message() -> Post:
    data = os.environ.get("HUIYING_DATA") or Path(__file__).parents[2].parent / "shared" / "data"
    path = Path(data) / BOARD
    if not path.exists():
        pytest.skip(f"没有 {path}")
    return chosen(path)


@pytest.mark.data
def test_from_a_real_answer_to_publicly_fulfilled(message: Post, site: Any, tmp_path: Path) -> None:
    assert message.answered_at is not None
    assert message.answer is not None
    typist = Typist(tmp_path / "data", message.answered_at + timedelta(hours=2))
    typist.type("init")
    (typist.root / "huiying.toml").write_text(CONFIG.format(domain=site.domain), "utf-8")
    export = tmp_path / "board.jsonl"
    row = {"id": "1", "title": message.title, "text": message.text, "posted_at": f"{message.posted_at:%Y-%m-%d %H:%M}",
           "answer": message.answer, "answered_at": f"{message.answered_at:%Y-%m-%d %H:%M}"}  # fmt: skip
    export.write_text(json.dumps(row, ensure_ascii=False) + "\n", "utf-8")

    assert "登记官方答复 1 份，从中找出待确认的承诺 1 条" in typist.type("import", str(export))
    (case,) = typist.ask("case list")
    assert case["state"] == "已回应"
    (promise,) = typist.ask("commitment list")
    number, quote = promise["id"], promise["quote"]
    assert quote in message.answer
    assert promise["state"] == "待确认"

    responsible = ("--responsible", "公共服务处")
    typist.type(f"--as 研判员乙 commitment register {number} --criterion 官方网站公布办理结果", *responsible)
    assert typist.state(number) == "已登记"
    typist.type("--as 研判员甲 case close", case["id"], code=5)
    typist.type(f"--as 联络员丙 commitment start {number}")
    assert typist.state(number) == "落实中"

    typist.now += timedelta(days=5)
    day = f"{typist.now:%-m月%-d日}"
    proof = f"截至{day}，公共服务处已按公开答复全部办结，结果对外公布"
    url = site.put("/gonggao/1", f"<html><title>办理结果</title><body><p>{proof}。</p></body></html>")
    typist.type(f"--as 联络员丙 commitment claim {number} --url {url} --quote {proof}")
    assert typist.state(number) == "已报落实"
    for person in ("联络员丙", "研判员甲"):
        typist.type(f"--as {person} commitment verify {number} --decision accepted --check all=yes", code=5)
    assert "由核查员逐项判断" in typist.type(f"--as 核查员丁 commitment checklist {number}")

    typist.now += timedelta(hours=3)
    asked = site.asked("/gonggao/1")
    typist.type(f"--as 核查员丁 commitment verify {number} --decision accepted --check all=yes")
    assert site.asked("/gonggao/1") == asked + 1  # the verifier's own fetch
    assert typist.state(number) == "已公开落实"
    typist.type("--as 研判员甲 case close", case["id"])
    assert [row["state"] for row in typist.ask("case list")] == ["已办结"]
    assert "完好（第 3 级" in typist.type("ledger verify --level 3")
    (whole,) = typist.ask("commitment show", number)
    assert [claim["quote"] for claim in whole["claims"]] == [proof]
    nothing_of_the_citizen(message, typist.root)


def nothing_of_the_citizen(message: Post, root: Path) -> None:
    """S4: no stretch of the message stands in ledger.db; the answer's promise does."""
    ledger = (root / "ledger.db").read_bytes().decode("utf-8", "ignore")
    answer = message.answer or ""
    for start in range(0, max(1, len(message.text) - 12), 4):
        piece = message.text[start : start + 12]
        assert piece not in ledger or piece in answer
