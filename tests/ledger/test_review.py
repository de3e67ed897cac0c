"""A sitting over open matters: what lies on the table, which keys lead on, and a real terminal in between."""

import os
import pty
import select
import subprocess
import sys
import termios
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from crawlers.clock import stamp
from crawlers.workspace import Workspace, lay_out
from ledger.dialog import GivenUp, ask
from ledger.forms import FORMS, forms_of
from ledger.record import cases, commitments
from ledger.record.commands import AssessCase, Dismiss
from ledger.record.database import open_ledger
from ledger.review import KEYS, NO, YES, Card, offers, queue
from ledger.telling.looks_review import STEPS


def table(record, **more: str) -> list[Card]:
    return queue(record.db, stamp(record.now), stamp(record.now + timedelta(hours=24)), **more)


def keys(record, number: str, by: str) -> str:
    read = cases.get if number.startswith("YQ") else commitments.get
    return "".join(sorted(offers(record.db, read(record.db, number), record.office.person(by))))


class TestQueue:
    def test_nothing_is_open(self, record) -> None:
        assert table(record) == []

    def test_what_is_late_lies_on_top_and_nothing_open_is_left_out(self, record) -> None:
        late = record.case(0.5)
        promise = record.promised(record.now + timedelta(days=90))
        calm = record.case(30)
        record.later(days=1)
        cards = table(record)
        assert cards[0].subject == late
        assert cards[0].why == ("已经逾期", "待研判")
        assert {card.subject for card in cards} >= {late, promise, calm}
        assert len({card.subject for card in cards}) == len(cards)
        by_subject = {card.subject: card.why for card in cards}
        assert by_subject[promise] == ("其余在办",)

    def test_a_unit_sees_what_it_owes(self, record) -> None:
        record.case(1)
        promise = record.promised(record.now + timedelta(days=9))
        case = commitments.get(record.db, promise).case_id
        assert {card.subject for card in table(record, unit="公共法律服务处")} == {promise, case}
        assert table(record, unit="政务服务处") == []


class TestKeys:
    def test_every_key_opens_a_form_that_has_a_name(self) -> None:
        for group, verbs in KEYS.items():
            assert set(verbs.values()) <= set(forms_of(group))
            assert set(verbs.values()) <= set(STEPS)
            assert not {"n", "p", "e", "?", "q", YES, NO} & set(verbs)
        assert {"confirm", "decline", "approve-extension", "refuse-extension"} <= set(STEPS)

    def test_state_and_role_decide_what_is_offered(self, record) -> None:
        promise = record.promised(record.now + timedelta(days=9))
        assert keys(record, promise, "研判员甲") == ""
        assert keys(record, promise, "联络员") == "ctuw"
        assert keys(record, promise, "值班负责人") == "m"
        record.claimed(promise)
        assert keys(record, promise, "核查员") == "v"

    def test_a_second_person_is_offered_yes_and_no(self, record) -> None:
        number = record.case(1)
        record.do(AssessCase(case=number), "研判员甲")
        assert YES not in keys(record, number, "督办员")
        record.do(Dismiss(case=number, code="not_ours", reason="不是我局职责"), "研判员甲")
        assert {YES, NO} <= set(keys(record, number, "督办员"))
        assert YES not in keys(record, number, "研判员乙")


class Typing:
    """A desk at which the given lines and keys are typed."""

    def __init__(self, lines: Sequence[str], pressed: str = "") -> None:
        self.lines, self.pressed = list(lines), list(pressed)
        self.said: list[str] = []

    def line(self, question: str) -> str:
        self.said.append(question)
        return self.lines.pop(0)

    def key(self) -> str:
        return self.pressed.pop(0)

    def say(self, text: str) -> None:
        self.said.append(text)


def form(group: str, verb: str):
    return forms_of(group)[verb]


class TestDialog:
    def test_what_is_typed_is_what_the_command_line_takes(self) -> None:
        desk = Typing(["法援中心、公证处 办公室", "", "", "注意时限"])
        typed = ask(form("case", "assign"), desk, {"case": "1"})  # type: ignore[arg-type]
        named = {"lead": ("法援中心", "公证处", "办公室"), "responsible": (), "co": ()}
        assert typed == {"case": "1", "note": "注意时限"} | named

    def test_what_cannot_be_read_is_asked_again(self) -> None:
        desk = Typing(["http://x", "昨天", "2026-11-21", "9", "3", "", ""])
        typed = ask(form("case", "respond"), desk, {"case": "1"})  # type: ignore[arg-type]
        assert (stamp(typed["published_at"])[:10], typed["kind"]) == ("2026-11-21", "written")
        assert [line for line in desk.said if "不是时间" in line or "没有这一项" in line]

    def test_an_empty_needed_field_gives_up(self) -> None:
        with pytest.raises(GivenUp):
            ask(form("case", "dismiss"), Typing([""]), {"case": "1"})  # type: ignore[arg-type]

    def test_the_rubric_is_answered_key_by_key(self) -> None:
        desk = Typing(["1", "", ""], "yxyyyn-y")
        typed = ask(form("commitment", "verify"), desk, {"commitment": "1"})  # type: ignore[arg-type]
        assert typed["checklist"] == ("public=yes", "quote=yes", "whole=yes", "outcome=yes", "numbers=no", "dates=na",
                                      "owner=yes")  # fmt: skip
        with pytest.raises(GivenUp):
            ask(form("commitment", "verify"), Typing(["1"], "yq"), {"commitment": "1"})  # type: ignore[arg-type]

    def test_every_kind_of_field_can_be_typed(self) -> None:
        kinds = {one.kind for form in FORMS for one in form.fields}
        for one in (one for form in FORMS for one in form.fields if one.kind != "checks"):
            words = {"count": "3", "moment": "2026-11-21", "flag": "y"}.get(one.kind, "1" if one.choices else "甲")
            made = type(FORMS[0])("case", "x", object, "", (one,))
            assert ask(made, Typing([words]), {})[one.name] not in (None, (), "", False)  # type: ignore[arg-type]
        assert len(kinds) > 8


CONFIG = """
[office]
name = "云溪市司法局"
contact = "0000-1234567"
[[person]]
name = "研判员甲"
unit = "云溪市司法局"
roles = ["analyst"]
"""


@pytest.fixture
def home(record, tmp_path: Path) -> Path:
    """A workspace with two open cases."""
    workspace = Workspace(tmp_path / "data")
    lay_out(workspace)
    workspace.config.write_text(CONFIG, "utf-8")
    record.case(1)
    record.case(2, summary="西区：涉及公众切身利益，1 条反映，来自信箱")
    record.db.execute("VACUUM INTO ?", [str(workspace.ledger)])
    return workspace.root


def test_at_a_real_terminal(home: Path) -> None:
    """Keys go in raw, lines are typed, the form is handed in, and the record holds it."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-c", "import cli; cli.main()", "--workspace", str(home), "review"]
    path = {"PYTHONPATH": str(Path(__file__).parents[2]), "TERM": "xterm", "COLUMNS": "80", "PYTHONUTF8": "1"}
    run = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=os.environ | path, close_fds=True)
    os.close(theirs)
    seen = ""
    story = [("结束", "x"), ("按 ? 看说明", "n"), ("2/2", "\x1b[D"), ("1/2", "d"), ("缘由", "1\r"),
             ("理由", "不是我局职责\r"), ("其他键放弃", "y"), ("等第二人决定", "q")]  # fmt: skip
    try:
        for awaited, typed in story:
            seen = heard(ours, awaited)
            listening(ours, raw=not typed.endswith("\r"))
            os.write(ours, typed.encode())
        seen = heard(ours, "办了 1 步")
        assert run.wait(timeout=20) == 0, seen
    finally:
        run.kill()
        run.wait()
        os.close(ours)
    db = open_ledger(home / "ledger.db")
    assert [row["kind"] for row in db.execute("SELECT kind FROM proposals")] == ["dismiss"]
    db.close()


def listening(terminal: int, *, raw: bool) -> None:
    """Wait until the program reads single keys (or, not raw, lines); what comes earlier is thrown away."""
    until = time.monotonic() + 30
    while bool(termios.tcgetattr(terminal)[3] & termios.ICANON) == raw:
        assert time.monotonic() < until
        time.sleep(0.01)


def heard(terminal: int, awaited: str) -> str:
    """Read the terminal until it shows the awaited words."""
    raw, until = b"", time.monotonic() + 30
    while awaited not in raw.decode("utf-8", "ignore"):
        assert time.monotonic() < until, raw.decode("utf-8", "ignore")
        if select.select([terminal], [], [], 0.2)[0]:
            raw += os.read(terminal, 65536)
    return raw.decode("utf-8", "ignore")
