"""Random tampering: each trial is found at the level that promises it; and what the lower levels do not find stays
written down here, so that the documentation remains honest.

100 trials in the suite, 1,000 with HUIYING_SOAK=1.
"""

import os
import random
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass

import pytest

from ledger.record import commands as c
from ledger.record.database import read_ledger
from ledger.record.events import COLUMNS, MARK, hash_of_header
from ledger.record.projections import rebuild
from ledger.record.tables import GENESIS
from ledger.record.verify import verify_file
from ledger.record.witness import witness

TRIALS = 1000 if os.environ.get("HUIYING_SOAK") else 100
NAMES = COLUMNS.split(", ")
TEXTS = ("event_id", "stream", "type", "recorded_at", "effective_at", "actor", "cmd_id", "payload_hash", "prev_hash",
         "hash", "payload")  # fmt: skip
NUMBERS = ("version", "schema_ver", "cmd_part")


@dataclass
class Kept:
    """A finished record with everything that verification can compare it with."""

    ledger: object
    pages: dict
    points: object
    last_point: int
    backup: object


@pytest.fixture(scope="module")
def kept(tmp_path_factory, start):
    home = tmp_path_factory.mktemp("kept")
    book = start(home / "ledger.db")
    for number in range(3):
        case = book.answered()
        promise = book.promised(case, text=f"第{number}项承诺")
        claim = book.claimed(promise, f"/proof{number}")
        book.do(book.verifying(promise, claim, f"/proof{number}"), "核查员")
        if number == 0:
            book.do(c.ErasePayload(seq=1, fields=("summary",), reason="误录"), "审批人")
        if number == 1:
            shutil.copy(book.path, home / "backup.db")
            witness(book.db, home / "points.txt", now=book.now)
    witness(book.db, home / "points.txt", now=book.now)
    last = book.db.execute("SELECT max(seq) FROM events").fetchone()[0]
    pages = {}
    for number in range(3):
        for path in (f"/answer/YQ-2026-{number + 1:04d}", f"/proof{number}"):
            pages[book.page(path).sha256] = path.encode()
    book.db.close()
    return Kept(home / "ledger.db", pages, home / "points.txt", last, home / "backup.db")


class Trial:
    """One copy of the record, opened by somebody who takes the guards off and puts them back."""

    def __init__(self, kept, path, rng):
        self.kept, self.path, self.rng = kept, path, rng
        self.pages = dict(kept.pages)
        shutil.copy(kept.ledger, path)
        self.db = sqlite3.connect(path)
        self.db.row_factory = sqlite3.Row
        self.guards = [row[0] for row in self.db.execute("SELECT sql FROM sqlite_master WHERE type = 'trigger'")]
        for row in self.db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            self.db.execute(f"DROP TRIGGER {row[0]}")
        self.count = self.db.execute("SELECT max(seq) FROM events").fetchone()[0]

    def done(self):
        for sql in self.guards:
            self.db.execute(sql)
        self.db.commit()
        self.db.close()

    def seq(self, least=1):
        return self.rng.randint(least, self.count)

    def row(self, seq):
        return dict(self.db.execute("SELECT * FROM events WHERE seq = ?", [seq]).fetchone())

    def put(self, row):
        marks = ", ".join("?" * len(NAMES))
        self.db.execute(f"INSERT INTO events ({COLUMNS}) VALUES ({marks})", [row[name] for name in NAMES])

    def rechain(self, seq):
        """Compute every hash anew from `seq` on, as somebody does who knows how."""
        from hashlib import sha256

        rows = [dict(row) for row in self.db.execute("SELECT * FROM events ORDER BY seq")]
        previous = GENESIS
        for number, row in enumerate(rows, 1):
            if number >= seq:
                row["seq"], row["prev_hash"] = number, previous
                if row["payload"] is not None:
                    row["payload_hash"] = sha256(row["salt"] + row["payload"].encode()).hexdigest()
                front = [row[name] for name in NAMES if name not in ("payload", "salt", "hash")]
                row["hash"] = hash_of_header(tuple(front))
            previous = row["hash"]
        self.db.execute("DELETE FROM events")
        for row in rows:
            self.put(row)

    def reproject(self):
        """Bring the state tables in line with the forged events, too."""
        self.done()
        with closing(sqlite3.connect(self.path, isolation_level=None)) as db:
            db.row_factory = sqlite3.Row
            rebuild(db)
        self.db = sqlite3.connect(self.path)
        self.guards = []


def change_text(trial):
    seq, column = trial.seq(2), trial.rng.choice(TEXTS)
    old = trial.row(seq)[column]
    at = trial.rng.randrange(len(old))
    new = old[:at] + chr(ord(old[at]) ^ 1) + old[at + 1 :]
    trial.db.execute(f"UPDATE OR IGNORE events SET {column} = ? WHERE seq = ?", [new, seq])
    if trial.row(seq)[column] == old:  # a UNIQUE clause was in the way
        trial.db.execute("UPDATE events SET actor = actor || '甲' WHERE seq = ?", [seq])
    return 1


def change_number(trial):
    column = trial.rng.choice(NUMBERS)
    trial.db.execute(f"UPDATE events SET {column} = {column} + 100 WHERE seq = ?", [trial.seq()])
    return 1


def change_salt(trial):
    trial.db.execute("UPDATE events SET salt = ? WHERE seq = ?", [trial.rng.randbytes(16), trial.seq(2)])
    return 1


def delete_inside(trial):
    trial.db.execute("DELETE FROM events WHERE seq = ?", [trial.rng.randint(1, trial.count - 1)])
    return 1


def delete_the_start(trial):
    trial.db.execute("DELETE FROM events WHERE seq <= ?", [trial.rng.randint(1, trial.count - 1)])
    return 1


def swap_two(trial):
    first, second = sorted(trial.rng.sample(range(1, trial.count + 1), 2))
    for source, target in ((first, -1), (second, first), (-1, second)):
        trial.db.execute("UPDATE events SET seq = ? WHERE seq = ?", [target, source])
    return 1


def insert_one(trial):
    seq = trial.seq()
    for number in range(trial.count, seq - 1, -1):
        trial.db.execute("UPDATE events SET seq = ? WHERE seq = ?", [number + 1, number])
    row = trial.row(seq + 1) | {"seq": seq, "event_id": "x", "cmd_id": "x", "hash": "x", "version": 999}
    trial.put(row)
    return 1


def erase_without_a_record(trial):
    trial.db.execute("UPDATE events SET payload = NULL, salt = NULL WHERE seq = ?", [trial.seq(2)])
    return 1


def bring_back_erased_words(trial):
    trial.db.execute("UPDATE events SET payload = '{\"summary\":\"x\"}', salt = x'00' WHERE seq = 1")
    return 1


def drop_a_guard(trial):
    trial.guards.remove(trial.rng.choice(trial.guards))
    return 1


def loosen_a_guard(trial):
    at = trial.rng.randrange(len(trial.guards))
    trial.guards[at] = trial.guards[at].replace("RAISE(ABORT", "RAISE(FAIL")
    return 1


def cut_the_end(trial):
    after_the_erasure = trial.count // 2  # before it, the erased event would give the cut away at level 1
    trial.db.execute("DELETE FROM events WHERE seq > ?", [trial.rng.randint(after_the_erasure, trial.count - 1)])
    trial.reproject()
    return 4


def restore_the_backup(trial):
    trial.db.close()
    shutil.copy(trial.kept.backup, trial.path)
    trial.db, trial.guards = sqlite3.connect(trial.path), []
    return 4


def rewrite_and_rechain(trial):
    trial.db.execute("UPDATE events SET actor = '别人' WHERE seq = ?", [seq := trial.seq()])
    trial.rechain(seq)
    trial.reproject()
    return 4


def delete_and_rechain(trial):
    """A whole promise disappears, and everything behind it is computed anew."""
    trial.db.execute("DELETE FROM events WHERE stream = ?", [f"CN-2026-000{trial.rng.randint(1, 3)}-1"])
    trial.rechain(1)
    trial.reproject()
    return 4


def change_a_state(trial):
    table, column, value = trial.rng.choice([
        ("cases", "responded_at", "2026-01-01T00:00:00+08:00"), ("deadlines", "due_at", "2030-01-01T00:00:00+08:00"),
        ("commitments", "status", "rejected"), ("claims", "url", "https://elsewhere.example/"),
        ("verifications", "verifier", "别人"), ("owners", "unit", "别的处"), ("cases", "posts", 1000),
        ("projected", "seq", 3), ("responses", "quote", "x"), ("snapshots", "size", 1),
    ])  # fmt: skip
    trial.db.execute(f"UPDATE {table} SET {column} = ?", [value])
    return 2


def remove_a_state(trial):
    table = trial.rng.choice(["cases", "deadlines", "claims", "verifications", "touches", "case_units", "snapshots"])
    row = trial.db.execute(f"SELECT * FROM {table} ORDER BY random() LIMIT 1").fetchone()
    where = " AND ".join(f"{name} IS ?" for name in row.keys())  # noqa: SIM118 (a Row iterates over values)
    trial.db.execute(f"DELETE FROM {table} WHERE {where}", list(row))
    return 2


def edit_a_snapshot(trial):
    sha = trial.rng.choice(sorted(trial.pages))
    raw = bytearray(trial.pages[sha])
    raw[trial.rng.randrange(len(raw))] ^= 1 << trial.rng.randrange(8)
    trial.pages[sha] = bytes(raw)
    return 3


def lose_a_snapshot(trial):
    del trial.pages[trial.rng.choice(sorted(trial.pages))]
    return 3


TAMPERINGS = (
    change_text, change_number, change_salt, delete_inside, delete_the_start, swap_two, insert_one,
    erase_without_a_record, bring_back_erased_words, drop_a_guard, loosen_a_guard, cut_the_end, restore_the_backup,
    rewrite_and_rechain, delete_and_rechain, change_a_state, remove_a_state, edit_a_snapshot, lose_a_snapshot,
)  # fmt: skip


def test_every_tampering_is_found_at_the_level_that_promises_it(kept, tmp_path):
    for number in range(TRIALS):
        tamper = TAMPERINGS[number % len(TAMPERINGS)]
        trial = Trial(kept, tmp_path / "copy.db", random.Random(number))
        level = tamper(trial)
        trial.done()
        found = verify_file(trial.path, level, witness=kept.points, pages=trial.pages.get)
        assert found.status in ("tampered", "damaged"), (number, tamper.__name__, str(found))
        assert found.findings[0].what


def test_flipped_bytes_are_found_unless_they_mean_nothing(kept, tmp_path):
    """A byte of the file that no column, rule or index is stored in may change unnoticed, and nothing is lost by it."""
    path = tmp_path / "copy.db"
    whole = kept.ledger.read_bytes()
    good = contents(kept.ledger)
    for number in range(TRIALS):
        rng = random.Random(number)
        spoilt = bytearray(whole)
        spoilt[rng.randrange(len(spoilt))] ^= 1 << rng.randrange(8)
        path.write_bytes(spoilt)
        found = verify_file(path, 4, witness=kept.points, pages=kept.pages.get)
        if found.status == "ok":
            assert contents(path) == good, number


def contents(path):
    with closing(read_ledger(path)) as db:
        tables = [row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {
            table: [tuple(row) for row in db.execute(f"SELECT * FROM {table} ORDER BY 1, 2")]
            for table in tables
            if not table.startswith(("sqlite_", "_sqlite"))  # the file's own bookkeeping is no part of the record
        }


# What a level does not find (docs/ledger.md says the same)


@pytest.mark.parametrize(
    ("tamper", "blind"),
    [
        (cut_the_end, 2), (restore_the_backup, 2), (rewrite_and_rechain, 2), (delete_and_rechain, 2),
        (change_a_state, 1), (remove_a_state, 1), (edit_a_snapshot, 2), (lose_a_snapshot, 2),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)  # fmt: skip
def test_what_the_lower_levels_do_not_find(kept, tmp_path, tamper, blind):
    trial = Trial(kept, tmp_path / "copy.db", random.Random(7))
    tamper(trial)
    trial.done()
    for level in range(1, blind + 1):
        assert verify_file(trial.path, level).status == "ok"


def test_no_level_finds_what_happened_after_the_last_witness(kept, tmp_path, start):
    """Cut off behind the last point, the record is a perfect shorter one: witness often."""
    book = start(tmp_path / "ledger.db")
    book.opened()
    points = tmp_path / "points.txt"
    witness(book.db, points, now=book.now)
    book.opened()
    book.db.close()
    trial = Trial(kept, tmp_path / "copy.db", random.Random(1))
    trial.db.close()
    shutil.copy(book.path, trial.path)
    trial.db = sqlite3.connect(trial.path)
    guards = [row[0] for row in trial.db.execute("SELECT sql FROM sqlite_master WHERE type = 'trigger'")]
    trial.db.execute("DROP TRIGGER events_keep")
    trial.db.execute("DELETE FROM events WHERE seq = 2")
    trial.db.execute(next(sql for sql in guards if "events_keep" in sql))
    trial.guards = []
    trial.reproject()
    trial.done()
    assert verify_file(trial.path, 4, witness=points, pages={}.get).status == "ok"


def test_no_level_finds_a_lie_that_was_told_at_the_desk(book, tmp_path):
    """The record proves what was written and when, not that it was true, nor that everything was written."""
    book.opened(summary="一切正常，无人反映问题")
    points = tmp_path / "points.txt"
    witness(book.db, points, now=book.now)
    assert verify_file(book.path, 4, witness=points, pages={}.get).status == "ok"


def test_what_is_hashed_says_what_it_is():
    assert MARK == b"huiying/event/1\n"
