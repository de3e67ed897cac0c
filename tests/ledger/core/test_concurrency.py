"""Several people and cron at once: nothing is lost, nothing is written twice, and order is kept.

Four writers with 100 appends each in the suite, 300 with HUIYING_SOAK=1.
"""

import os
import subprocess
import sys
from pathlib import Path

from ledger.record import cases
from ledger.record.events import read
from ledger.record.head import head
from ledger.record.projections import rebuild
from ledger.record.verify import verify

WRITER = Path(__file__).with_name("writer.py")
WRITERS, APPENDS = 4, 300 if os.environ.get("HUIYING_SOAK") else 100


def started(path, name, count=APPENDS):
    return subprocess.Popen(
        [sys.executable, str(WRITER), str(path), name, str(count)], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def acknowledged(lines):
    for line in lines:
        seq, digest, version, cmd_id = line.decode().split()
        yield int(seq), digest, int(version), cmd_id


def test_four_writers_lose_nothing_and_keep_their_order(book):
    shared = book.opened()
    processes = [started(book.path, f"writer{number}") for number in range(WRITERS)]
    outputs = [process.communicate(timeout=300) for process in processes]
    assert [process.returncode for process in processes] == [0] * WRITERS, outputs[0][1].decode()[-2000:]
    written = [list(acknowledged(out.splitlines())) for out, _ in outputs]
    assert sum(map(len, written)) == WRITERS * APPENDS
    stored = {event.seq: event for event in read(book.db)}
    assert head(book.db).count == WRITERS * APPENDS + 1
    for number, lines in enumerate(written):
        assert [cmd_id for *_, cmd_id in lines] == [f"writer{number}-{n}" for n in range(APPENDS)]
        assert [seq for seq, *_ in lines] == sorted(seq for seq, *_ in lines)
        assert all((stored[seq].hash, stored[seq].version) == (digest, version) for seq, digest, version, _ in lines)
    versions = [event.version for event in stored.values() if event.stream == shared]
    assert versions == list(range(1, len(versions) + 1))
    assert cases.get(book.db, shared).posts == len(versions) - 1
    assert len(cases.read(book.db)) == 1 + WRITERS * len(range(0, APPENDS, 3))
    assert verify(book.db, 2).status == "ok"


def test_two_processes_may_create_the_file_at_once(tmp_path):
    path = tmp_path / "new" / "ledger.db"
    path.parent.mkdir()
    processes = [started(path, name, 1) for name in ("a", "b")]
    assert [process.communicate(timeout=60)[1].decode() for process in processes] == ["", ""]
    from ledger.record.database import open_ledger

    db = open_ledger(path)
    assert sorted(case.id for case in cases.read(db)) == ["YQ-2026-0001", "YQ-2026-0002"]
    assert rebuild(db, check=True) == []
    db.close()
