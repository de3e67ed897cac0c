"""The export: everything is in it, somebody without the program can check it, and whatever was changed is found."""

import csv
import hashlib
import io
import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from crawlers.clock import CHINA
from ledger.export import ExportRefused, export
from ledger.record.commands import AssessCase, ErasePayload
from ledger.record.exported import verify_export
from ledger.record.head import head
from ledger.record.tables import PROJECTIONS
from ledger.record.witness import witness

APRIL = datetime(2026, 4, 1, tzinfo=CHINA)
Lines = list[dict[str, object]]


@pytest.fixture
def grown(record):
    """A record with a promise kept, words that look like a formula, and an erased event."""
    promise = record.promised(APRIL)
    record.later(days=18)
    record.verified(promise, record.claimed(promise))
    number = record.case(1, summary="=HYPERLINK(1)：多名群众反映窗口排队")
    record.do(AssessCase(case=number, place="某人家门口"), "研判员甲")
    seq = record.db.execute("SELECT max(seq) FROM events").fetchone()[0]
    record.do(ErasePayload(seq=seq, fields=("place",), reason="不应写入住址"), "审批人")
    return record


def by_hand(path: Path) -> str:
    """The recipe of 说明.txt with the standard library alone; the last hash."""
    _, *rest = path.read_text("utf-8").splitlines()
    previous = "0" * 64
    for number, line in enumerate(rest, 1):
        event = json.loads(line)
        assert (event["seq"], event["prev_hash"]) == (number, previous)
        if event.get("payload") is not None:
            salted = bytes.fromhex(event["salt"]) + event["payload"].encode()
            assert hashlib.sha256(salted).hexdigest() == event["payload_hash"]
        kept = {name: value for name, value in event.items() if name not in ("payload", "salt", "hash")}
        text = json.dumps(kept, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        assert hashlib.sha256(b"huiying/event/1\n" + text.encode()).hexdigest() == event["hash"]
        previous = event["hash"]
    return previous


def test_anybody_can_check_it(grown, tmp_path: Path) -> None:
    done = export(grown.db, grown.office, tmp_path / "out", now=grown.now)
    assert by_hand(tmp_path / "out" / "events.jsonl") == done.head.hash == head(grown.db).hash
    verdict = verify_export(tmp_path / "out" / "events.jsonl")
    assert (verdict.status, verdict.head, len(verdict.erased)) == ("ok", done.head, 1)
    words = (tmp_path / "out" / "说明.txt").read_text("utf-8-sig")
    assert done.head.hash in words
    assert "huiying/event/1" in words


def test_every_state_table_is_in_it_and_no_cell_is_a_formula(grown, tmp_path: Path) -> None:
    done = export(grown.db, grown.office, tmp_path / "out", now=grown.now)
    assert {f"tables/{table}.csv" for table in PROJECTIONS} <= set(done.files)
    for name in done.files:
        if name.endswith(".csv"):
            text = (tmp_path / "out" / name).read_bytes().decode("utf-8-sig")
            cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
            assert not [cell for cell in cells if cell.lstrip().startswith(("=", "+", "-", "@"))]
    found = json.loads((tmp_path / "out" / "tables.json").read_text("utf-8"))
    assert any(row["summary"].startswith("=HYPERLINK") for row in found["cases"])
    assert "公共法律服务处" in (tmp_path / "out" / "台账.csv").read_text("utf-8-sig")


def test_what_was_erased_stays_away(grown, tmp_path: Path) -> None:
    done = export(grown.db, grown.office, tmp_path / "out", now=grown.now)
    for name in done.files:
        assert "某人家门口" not in (tmp_path / "out" / name).read_text("utf-8-sig")


def test_the_sealed_chain_discloses_nothing_and_holds(grown, tmp_path: Path) -> None:
    done = export(grown.db, grown.office, tmp_path / "out", now=grown.now, sealed=True)
    assert set(done.files) == {"说明.txt", "events.jsonl"}
    text = (tmp_path / "out" / "events.jsonl").read_text("utf-8")
    assert "法律援助" not in text
    assert '"salt"' not in text
    assert by_hand(tmp_path / "out" / "events.jsonl") == done.head.hash
    verdict = verify_export(tmp_path / "out" / "events.jsonl")
    assert verdict.status == "ok"
    assert "没有内容" in str(verdict)


def change_words(lines: Lines) -> None:
    lines[3]["payload"] = str(lines[3]["payload"]).replace("sys", "SYS") + " "


def change_the_actor(lines: Lines) -> None:
    lines[3]["actor"] = "别人"


def drop_one(lines: Lines) -> None:
    del lines[4]


def swap_two(lines: Lines) -> None:
    lines[4], lines[5] = lines[5], lines[4]


def cut_the_end(lines: Lines) -> None:
    del lines[-4:]


def a_wrong_first_line(lines: Lines) -> None:
    lines[0]["hash"] = "0" * 64


def erase_without_a_record(lines: Lines) -> None:
    lines[2] |= {"payload": None, "salt": None}


def a_number_as_text(lines: Lines) -> None:
    lines[2]["version"] = "1"


@pytest.mark.parametrize(
    ("tamper", "bad"),
    [
        (change_words, 3), (change_the_actor, 3), (drop_one, 4), (swap_two, 4), (cut_the_end, None),
        (a_wrong_first_line, None), (erase_without_a_record, 2), (a_number_as_text, 2),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)  # fmt: skip
def test_what_was_changed_is_found(grown, tmp_path: Path, tamper: Callable[[Lines], None], bad: int | None) -> None:
    export(grown.db, grown.office, tmp_path / "out", now=grown.now)
    path = tmp_path / "out" / "events.jsonl"
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    tamper(lines)
    path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), "utf-8")
    verdict = verify_export(path)
    assert (verdict.status, verdict.first_bad) == ("tampered", bad)


@pytest.mark.parametrize("text", ["", "no json\n", "[1]\n", '{"format": "huiying-ledger-export/9", "count": 1}\n'])
def test_what_is_no_export_is_said(tmp_path: Path, text: str) -> None:
    path = tmp_path / "events.jsonl"
    path.write_text(text, "utf-8")
    assert verify_export(path).status == "damaged"


def test_a_witness_knows_another_history(grown, tmp_path: Path) -> None:
    points = tmp_path / "points.txt"
    witness(grown.db, points, now=grown.now)
    export(grown.db, grown.office, tmp_path / "out", now=grown.now)
    path = tmp_path / "out" / "events.jsonl"
    assert verify_export(path, witness=points).status == "ok"
    count = head(grown.db).count
    points.write_text(f"{count} {'1' * 64} 2026-03-20T10:00:00+08:00\n", "utf-8")
    assert verify_export(path, witness=points).first_bad == count
    points.write_text(f"{count + 5} {'1' * 64} 2026-03-20T10:00:00+08:00\n", "utf-8")
    assert verify_export(path, witness=points).status == "unverifiable"
    assert verify_export(path, witness=tmp_path / "none.txt").status == "unverifiable"


def test_an_empty_record_can_be_exported(record, tmp_path: Path) -> None:
    done = export(record.db, record.office, tmp_path / "out", now=record.now)
    assert (done.head.count, verify_export(tmp_path / "out" / "events.jsonl").status) == (0, "ok")


def test_nothing_is_overwritten_and_a_trial_writes_nothing(grown, tmp_path: Path) -> None:
    done = export(grown.db, grown.office, tmp_path / "out", now=grown.now, dry_run=True)
    assert len(done.files) > 10
    assert not (tmp_path / "out").exists()
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("mine")
    with pytest.raises(ExportRefused, match="已有别的东西"):
        export(grown.db, grown.office, tmp_path / "out", now=grown.now)
