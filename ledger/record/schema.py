"""Migrations of ledger.db, set "ledger". Imported only when one is pending, because sqlite-utils is slow to import.

Released migrations are frozen. The event table is only ever added to: `table.transform()` would drop its guards without
a word. Projections may be dropped and made anew by a migration; `open_ledger` then rebuilds them from the events.
"""

from sqlite_utils import Database, Migrations

from ledger.record.tables import EVENTS, GUARDS, INDEXES, PROJECTIONS

SET = Migrations("ledger")


@SET(name="m001_events")
def m001_events(db: Database) -> None:
    """The append-only log and its guard triggers."""
    for statement in (EVENTS, *GUARDS.values()):
        db.conn.execute(statement)


@SET(name="m002_projections")
def m002_projections(db: Database) -> None:
    """The state tables."""
    for statement in (*PROJECTIONS.values(), *INDEXES.split(";")):
        db.conn.execute(statement)
    db.conn.execute("INSERT INTO projected (id, seq) VALUES (1, 0)")


@SET(name="m003_deadlines_point_to_events")
def m003_deadlines_point_to_events(db: Database) -> None:
    """A deadline is kept once, in its event; the state tables are made anew without the copies."""
    db.conn.execute("DROP TABLE deadlines")
    db.conn.execute(PROJECTIONS["deadlines"])
    for statement in INDEXES.split(";"):
        if " ON deadlines " in statement:
            db.conn.execute(statement)
    db.conn.execute("UPDATE projected SET seq = 0")
