"""The file: every column by name, older files migrated, newer ones refused, strangers told apart."""

import sqlite3
from contextlib import closing
from datetime import datetime

import pytest
from sqlite_utils import Database

from crawlers.clock import CHINA
from crawlers.database import DatabaseError, NewerDatabase, connect, transaction
from ledger.record import cases
from ledger.record.database import SCHEMA, open_ledger, read_ledger
from ledger.record.events import Draft, Signature, append
from ledger.record.projections import rebuild
from ledger.record.schema import SET
from ledger.record.tables import PROJECTIONS

# S2 and S4: whoever adds a column adds it here, and says with that that it can hold neither an author, nor a post's
# text, nor a post's address. The only persons are those who act for the office; the only addresses are official pages.
COLUMNS = {
    "events": "seq event_id stream version type schema_ver recorded_at effective_at actor on_behalf_of cmd_id cmd_part "
    "payload salt payload_hash prev_hash hash",
    "projected": "id seq",
    "undone": "cmd_id seq",
    "touches": "stream seq",
    "cases": "id seq version status round origin summary label labels taxonomy place cross_region about_units major "
    "severity severity_reason clock_start clock_basis occurred_at detected_at ordered_at posts sources opened_at "
    "opened_by assigned_at acknowledged_at responded_at no_commitment_by no_commitment_at ended_at end_reason "
    "merged_into single_person updated_at",
    "case_posts": "fingerprint case_id seq",
    "case_units": "case_id unit role since acknowledged_at seq",
    "deadlines": "subject clock version round rule raw kind certainty due_at due_date review_at calendar place "
    "met_by cause current stopped stopped_at recorded_at seq",
    "responses": "id case_id round kind published_at unit channel url snapshot answer_hash quote recorded_by",
    "commitments": "id seq version status case_id origin plan number quote prefix suffix anchor_kind anchor strength "
    "unit_named lead_named named promised_at score proposed_at proposed_by registered_at registered_by criterion kind "
    "measurable quota joint verified_count done_at ended_at end_reason superseded_by extensions reopened "
    "checked_at checked_by evidence single_person updated_at",
    "owners": "commitment_id unit role part verified_at seq",
    "claims": "id commitment_id claimed_by unit claimed_at url snapshot proved_at quote scope part count period note "
    "decision",
    "verifications": "id commitment_id claim verifier unit decision reason checklist rubric snapshot note at "
    "single_person",
    "extensions": "id commitment_id clock old_due new_due reason notice_url notice requested_by requested_at state "
    "decided_by decided_at note",
    "rechecks": "id subject url original found result note at actor",
    "relations": "a kind b seq",
    "proposals": "id subject kind reason body proposed_by proposed_at state decided_by decided_at note",
    "snapshots": "sha256 url_final fetched_at seq url_asked status text_sha256 size fetched_by",
    "calendar_notices": "version year notice url sha256 loaded_at loaded_by seq",
    "runs": "id job started_at finished_at summary problems actor",
    "marks": "id commitment_id result note looked_at at actor",
    "alerts": "key seq subject channel level title body queued_at state tries next_try_at sent_at error",
}


def columns(db):
    tables = [row["name"] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    return {
        table: [row["name"] for row in db.execute(f"PRAGMA table_info({table})")]
        for table in tables
        if not table.startswith(("_sqlite", "sqlite_"))
    }


def test_every_column_is_accounted_for(book):
    assert columns(book.db) == {table: names.split() for table, names in COLUMNS.items()}


@pytest.mark.parametrize(
    "word", ["author", "user", "nick", "avatar", "handle", "poster", "profile", "ip", "phone", "sentiment", "content"]
)
def test_no_column_is_named_after_a_citizen(book, word):
    names = {name for names in columns(book.db).values() for name in names}
    assert not {name for name in names if word in name.split("_")}


def test_tables_are_strict_and_the_journal_is_the_safe_one(book):
    strict = {row["name"]: row["strict"] for row in book.db.execute("PRAGMA table_list") if row["schema"] == "main"}
    assert all(strict[table] for table in COLUMNS)
    with closing(open_ledger(book.path)) as db:
        assert db.execute("PRAGMA journal_mode").fetchone()[0] == "delete"
        assert db.execute("PRAGMA synchronous").fetchone()[0] == 3  # EXTRA


def test_a_table_keeps_to_its_types(book):
    with pytest.raises(sqlite3.IntegrityError, match="cannot store TEXT value in INTEGER"):
        book.db.execute("INSERT INTO undone (cmd_id, seq) VALUES ('c', 'seven')")


def test_opening_again_changes_nothing(book):
    case = book.opened()
    before = book.db.execute("SELECT name, sql FROM sqlite_master").fetchall()
    with closing(open_ledger(book.path)) as again:
        assert [tuple(row) for row in again.execute("SELECT name, sql FROM sqlite_master")] == list(map(tuple, before))
        assert cases.get(again, case) == cases.get(book.db, case)


def test_an_older_file_is_migrated_and_its_state_rebuilt(tmp_path, book):
    """A file from before the state tables: the events alone bring everything back."""
    case = book.answered()
    old = tmp_path / "old.db"
    with closing(connect(old)) as db:
        SET.apply(Database(db), stop_before="m002_projections")
        for row in book.db.execute("SELECT * FROM events ORDER BY seq"):
            db.execute(f"INSERT INTO events VALUES ({', '.join('?' * 17)})", tuple(row))
        assert "cases" not in columns(db)
    with closing(open_ledger(old)) as db:
        assert cases.get(db, case) == cases.get(book.db, case)
        assert rebuild(db, check=True) == []


def test_a_file_that_kept_each_deadline_twice_is_migrated(book):
    case = book.answered()
    before = cases.get(book.db, case)
    book.db.close()
    with closing(connect(book.path)) as db:
        db.execute("DELETE FROM _sqlite_migrations WHERE name = 'm003_deadlines_point_to_events'")
        db.execute("ALTER TABLE deadlines ADD COLUMN explanation TEXT")
    with closing(open_ledger(book.path)) as db:
        assert "explanation" not in columns(db)["deadlines"]
        assert cases.get(db, case) == before
        assert rebuild(db, check=True) == []


def test_a_newer_file_is_refused_and_left_alone(book):
    book.opened()
    book.db.execute(
        "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('ledger', 'm999_future', '2030')"
    )
    before = book.path.read_bytes()
    with pytest.raises(NewerDatabase, match="请升级本程序"):
        open_ledger(book.path)
    assert book.path.read_bytes() == before


def test_what_is_no_ledger_is_said_to_be_none(tmp_path):
    stranger = tmp_path / "ledger.db"
    stranger.write_bytes(b"not a database at all, but long enough to look like one" * 40)
    with pytest.raises(DatabaseError, match="不是可用的台账数据库"):
        open_ledger(stranger)
    with pytest.raises(DatabaseError, match="不存在"):
        read_ledger(tmp_path / "nowhere.db")


def test_reading_does_not_write(book):
    case = book.opened()
    with closing(read_ledger(book.path)) as db:
        assert cases.get(db, case) is not None
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            db.execute("UPDATE cases SET summary = ''")


def test_projections_that_lag_behind_catch_up_on_opening(book):
    """As after a crash of a version that appended without projecting."""
    case = book.opened()
    now = datetime(2026, 9, 2, tzinfo=CHINA)
    with transaction(book.db):
        taken = {"fingerprints": ["f"], "posts": 2, "sources": ["信箱"]}
        append(book.db, [Draft(case, "case.posts_joined", taken)], Signature("sys:sweep", now, "late"))
    with closing(open_ledger(book.path)) as db:
        found = cases.get(db, case)
        assert found is not None
        assert (found.posts, found.version) == (2, 2)


def test_the_migrations_named_are_those_that_exist():
    assert tuple(migration.name for migration in SET._migrations) == SCHEMA.migrations
    assert set(PROJECTIONS) | {"events"} == set(COLUMNS)
