"""The log: canonical JSON frozen by a file, the chain, and guards that hold on a stranger's connection."""

import hashlib
import json
import sqlite3
import unicodedata
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.clock import CHINA
from crawlers.database import transaction
from ledger.record.canonical import NotCanonical, canonical, parse
from ledger.record.database import open_ledger
from ledger.record.events import Draft, Signature, append, hash_of_header, header, read
from ledger.record.head import Head, head
from ledger.record.tables import GENESIS

GOLDEN = Path(__file__).parent / "golden" / "canonical.jsonl"
NOW = datetime(2026, 11, 21, 9, 30, tzinfo=CHINA)

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=12,
)


def written(db, *payloads, stream="YQ-2026-0001"):
    with transaction(db):
        signature = Signature("研判员甲", NOW, f"command-{head(db).count}")
        return append(db, [Draft(stream, "case.opened", payload) for payload in payloads], signature)


@pytest.fixture
def log(tmp_path):
    db = open_ledger(tmp_path / "ledger.db")
    yield db
    db.close()


def golden_lines():
    return [json.loads(line) for line in GOLDEN.read_text("utf-8").splitlines()]


@pytest.mark.parametrize("line", golden_lines(), ids=lambda line: line["what"])
def test_the_canonical_form_is_frozen(line):
    text = canonical(line["value"])
    assert text == line["canonical"]
    assert hashlib.sha256(text.encode()).hexdigest() == line["sha256"]


@pytest.mark.parametrize(
    "value",
    [1.5, {"a": float("nan")}, b"bytes", {1: "number as a key"}, {"\u00e9": 1, "e\u0301": 2}, "\ud800", {"a": {2}}],
    ids=["float", "nan", "bytes", "key", "same key after NFC", "surrogate", "set"],
)
def test_what_has_no_single_spelling_is_refused(value):
    with pytest.raises(NotCanonical):
        canonical(value)


@pytest.mark.parametrize("text", ['{"a":1,"a":2}', '{"a":1.0}', '{"a":NaN}', "{", '{"a":-Infinity}'])
def test_a_text_that_is_not_canonical_is_refused(text):
    with pytest.raises(NotCanonical):
        parse(text)


@given(values.filter(lambda value: "\ud800" not in repr(value)))
def test_canonical_text_reads_back_as_the_same_text(value):
    try:
        text = canonical(value)
    except NotCanonical:  # a surrogate, or keys that NFC makes equal
        return
    assert canonical(parse(text)) == text
    assert unicodedata.is_normalized("NFC", text)
    assert ": " not in text or '"' in text


def test_times_are_written_in_chinese_time():
    assert canonical(datetime(2026, 11, 21, 1, 30, tzinfo=UTC)) == '"2026-11-21T09:30:00+08:00"'
    with pytest.raises(ValueError, match="naive"):
        canonical(NOW.replace(tzinfo=None))


@given(st.text(st.characters(exclude_categories=["Cs"])), st.none() | st.text(st.characters(exclude_categories=["Cs"])))
def test_the_header_is_hashed_as_canonical_json(text, behalf):
    text, behalf = unicodedata.normalize("NFC", text), behalf and unicodedata.normalize("NFC", behalf)
    names = [
        "seq",
        "event_id",
        "stream",
        "version",
        "type",
        "schema_ver",
        "recorded_at",
        "effective_at",
        "actor",
        "on_behalf_of",
        "cmd_id",
        "cmd_part",
        "payload_hash",
        "prev_hash",
    ]
    fields = (7, text, text, 2, text, 1, text, text, text, behalf, text, 3, text, text)
    said = "huiying/event/1\n" + canonical(dict(zip(names, fields, strict=True)))
    assert hash_of_header(fields) == hashlib.sha256(said.encode()).hexdigest()


def test_events_form_a_chain(log):
    assert head(log) == Head(0, GENESIS)
    first, second = written(log, {"summary": "甲"}, {"summary": "乙"})
    third = written(log, {"summary": "丙"}, stream="YQ-2026-0002")[0]
    assert [event.seq for event in (first, second, third)] == [1, 2, 3]
    assert (first.prev_hash, second.prev_hash, third.prev_hash) == (GENESIS, first.hash, second.hash)
    assert (first.version, second.version, third.version) == (1, 2, 1)
    assert all(hash_of_header(header(event)) == event.hash for event in read(log))
    assert head(log) == Head(3, third.hash)
    assert [event.payload["summary"] for event in read(log, stream="YQ-2026-0001")] == ["甲", "乙"]


def test_the_same_words_have_different_hashes(log):
    first, second = written(log, {"summary": "甲"}, {"summary": "甲"})
    assert first.payload_hash != second.payload_hash  # salted: nobody can guess an erased payload from its hash


COPY = "event_id, stream, version, type, schema_ver, recorded_at, effective_at, actor, on_behalf_of, cmd_id, cmd_part"
REST = "payload, salt, payload_hash, prev_hash, hash"
FORGED = "SELECT {seq}, 'x', 's', 1, 't', 1, 'r', 'e', 'a', NULL, 'c', 1, '{{}}', x'00', 'p', {prev}, 'h'"
ATTACKS = {
    "change a payload": "UPDATE events SET payload = '{}' WHERE seq = 2",
    "change an actor": "UPDATE events SET actor = '别人' WHERE seq = 2",
    "change a time": "UPDATE events SET recorded_at = '2020-01-01T00:00:00+08:00'",
    "erase without a record": "UPDATE events SET payload = NULL, salt = NULL WHERE seq = 2",
    "erase the salt alone": "UPDATE events SET salt = NULL WHERE seq = 2",
    "move an event": "UPDATE OR REPLACE events SET seq = 3 WHERE seq = 2",
    "delete one": "DELETE FROM events WHERE seq = 2",
    "delete the newest": "DELETE FROM events WHERE seq = 3",
    "delete all": "DELETE FROM events",
    "replace in place": f"INSERT OR REPLACE INTO events SELECT seq, {COPY}, '{{}}', salt, payload_hash, prev_hash, hash"
    " FROM events WHERE seq = 2",
    "replace by event id": f"INSERT OR REPLACE INTO events SELECT 4, {COPY}, {REST} FROM events WHERE seq = 3",
    "replace by command": "INSERT OR REPLACE INTO events SELECT 4, 'new', stream, 99, type, schema_ver, recorded_at,"
    " effective_at, actor, on_behalf_of, cmd_id, cmd_part, payload, salt, payload_hash, hash, 'new' FROM events"
    " WHERE seq = 3",
    "replace by version": "INSERT OR REPLACE INTO events SELECT 4, 'new', stream, version, type, schema_ver,"
    " recorded_at, effective_at, actor, on_behalf_of, 'new', 1, payload, salt, payload_hash, hash, 'new' FROM events"
    " WHERE seq = 3",
    "leave a gap": "INSERT INTO events " + FORGED.format(seq=9, prev="(SELECT hash FROM events WHERE seq = 3)"),
    "insert in the middle": "INSERT INTO events "
    + FORGED.format(seq=2, prev="(SELECT hash FROM events WHERE seq = 1)"),
    "another predecessor": "INSERT INTO events " + FORGED.format(seq=4, prev=f"'{GENESIS}'"),
}


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS.keys())
def test_guards_hold_on_a_raw_connection(log, tmp_path, attack):
    written(log, {"summary": "甲"}, {"summary": "乙"}, {"summary": "丙"})
    before = log.execute("SELECT * FROM events").fetchall()
    stranger = sqlite3.connect(tmp_path / "ledger.db")  # recursive_triggers is off, as in the sqlite3 shell
    with pytest.raises(sqlite3.IntegrityError, match="台账"):
        stranger.execute(attack)
    stranger.rollback()
    assert stranger.execute("SELECT * FROM events").fetchall() == [tuple(row) for row in before]
    stranger.close()


@pytest.mark.parametrize(
    "statement",
    ["DROP TABLE events", "DROP TRIGGER events_keep", "ALTER TABLE events RENAME TO old", "DELETE FROM events",
     "ALTER TABLE events ADD COLUMN more TEXT"],
)  # fmt: skip
def test_our_own_process_cannot_take_the_guards_away(log, statement):
    written(log, {"summary": "甲"})
    with pytest.raises(sqlite3.DatabaseError, match="not authorized"):
        log.execute(statement)
    assert head(log).count == 1


def test_a_naive_time_never_reaches_the_log(log):
    with pytest.raises(ValueError, match="naive"), transaction(log):
        append(log, [Draft("YQ-2026-0001", "case.opened", {})], Signature("甲", NOW.replace(tzinfo=None), "c"))
    assert head(log).count == 0
