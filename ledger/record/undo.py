"""What a person's own last command was, and whether anybody has worked on from it.

Undoing appends a compensating event; the command's events stay in the log and the projections are made again without
them. It is refused wherever the office would look better for it (`ledger.record.states.UNDOABLE`).
"""

import sqlite3
from collections.abc import Sequence

from ledger.record.events import Event, read

# What jobs note in passing does not build on anything.
_IN_PASSING = ("case.posts_joined", "evidence.rechecked", "commitment.checked", "command.undone")


def last_command(db: sqlite3.Connection, actor: str) -> tuple[Event, ...]:
    """The events of the last command of `actor` that has not been undone and was no undoing; () for none."""
    row = db.execute(
        "SELECT cmd_id FROM events WHERE actor = ? AND type != 'command.undone' "
        "AND cmd_id NOT IN (SELECT cmd_id FROM undone) ORDER BY seq DESC LIMIT 1",
        [actor],
    ).fetchone()
    return tuple(read(db, cmd_id=row["cmd_id"])) if row else ()


def built_upon(db: sqlite3.Connection, events: Sequence[Event]) -> bool:
    """Whether a later event that still counts writes to a subject of `events` or names one."""
    if not events:
        return False
    streams = sorted({event.stream for event in events})
    row = db.execute(
        f"SELECT 1 FROM touches JOIN events USING (seq) WHERE touches.stream IN ({_marks(streams)}) AND seq > ? "
        f"AND type NOT IN ({_marks(_IN_PASSING)}) AND cmd_id NOT IN (SELECT cmd_id FROM undone) LIMIT 1",
        [*streams, events[-1].seq, *_IN_PASSING],
    ).fetchone()
    return row is not None


def _marks(values: Sequence[str]) -> str:
    return ", ".join("?" * len(values))
