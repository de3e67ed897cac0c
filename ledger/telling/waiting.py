"""What waits, as queries: one a section of `today`. Columns: subject, title, what, due_at, certainty.

Parameters: `now`, `soon` (stamps), `unit` ("": every unit; sections that nobody in particular owes are then left out).
"""

import sqlite3
from collections.abc import Mapping

from ledger.record.states import CASE_OPEN, COMMITMENT_OPEN

_CASES, _PROMISES = (f"({', '.join(repr(state) for state in sorted(open_))})" for open_ in (CASE_OPEN, COMMITMENT_OPEN))
# A proposal nobody has confirmed is not a promise yet, so its date makes nobody late.
_RUNNING = f"""
    FROM deadlines d LEFT JOIN cases a ON a.id = d.subject LEFT JOIN commitments k ON k.id = d.subject
    WHERE d.current = 1 AND d.stopped IS NULL AND (a.status IN {_CASES} OR k.status IN {_PROMISES})
"""
_OWED = """ AND (:unit = '' OR d.subject IN (SELECT case_id FROM case_units WHERE unit = :unit)
               OR d.subject IN (SELECT commitment_id FROM owners WHERE unit = :unit))"""
_DUE = "d.subject, coalesce(a.summary, k.quote) AS title, d.clock AS what, d.due_at, d.certainty"
_REVIEW = "d.subject, coalesce(a.summary, k.quote) AS title, d.clock AS what, d.review_at AS due_at, d.certainty"
_CLAIM = "c.commitment_id AS subject, k.quote AS title, c.unit AS what, c.claimed_at AS due_at, '' AS certainty"
_PROMISE = "k.id AS subject, k.quote AS title, k.unit_named AS what, d.due_at, coalesce(d.certainty, '') AS certainty"
_CASE = "a.id AS subject, a.summary AS title, a.label AS what, {} AS due_at, '' AS certainty"
_IN_STATE = "FROM cases a WHERE a.status = '{}' AND :unit = '' ORDER BY a.clock_start, a.id"

# section: columns, the rest of the query
LISTS: Mapping[str, tuple[str, str]] = {
    "overdue": (_DUE, f"{_RUNNING} AND d.due_at <= :now {_OWED} ORDER BY d.due_at, d.subject"),
    "soon": (_DUE, f"{_RUNNING} AND d.due_at > :now AND d.due_at <= :soon {_OWED} ORDER BY d.due_at, d.subject"),
    "dates": (_DUE, f"{_RUNNING} AND d.certainty IN ('ambiguous', 'provisional') {_OWED} ORDER BY d.due_at, d.subject"),
    "review": (_REVIEW, f"{_RUNNING} AND d.due_at IS NULL AND d.review_at <= :now {_OWED} ORDER BY d.review_at"),
    "claims": (
        _CLAIM,
        """
        FROM claims c JOIN commitments k ON k.id = c.commitment_id
        WHERE c.decision IS NULL AND k.status = 'claimed' AND (:unit = '' OR c.unit = :unit) ORDER BY c.id
        """,
    ),
    "assess": (_CASE.format("a.clock_start"), _IN_STATE.format("new")),
    "assign": (_CASE.format("a.clock_start"), _IN_STATE.format("assessed")),
    "decisions": (
        "subject, title, what, due_at, '' AS certainty",
        """
        FROM (
            SELECT subject, reason AS title, kind AS what, proposed_at AS due_at FROM proposals WHERE state = 'open'
            UNION ALL
            SELECT commitment_id, reason, 'extend', requested_at FROM extensions WHERE state = 'requested'
        ) WHERE :unit = '' ORDER BY due_at
        """,
    ),
    "promises": (
        _PROMISE,
        """
        FROM commitments k LEFT JOIN deadlines d ON d.subject = k.id AND d.clock = 'fulfil' AND d.current = 1
        WHERE k.status = 'proposed' AND :unit = '' ORDER BY d.due_at NULLS LAST, k.id
        """,
    ),
    "unread": (
        _CASE.format("a.responded_at"),
        """
        FROM cases a WHERE a.status = 'responded' AND a.no_commitment_by IS NULL AND :unit = ''
        AND NOT EXISTS (SELECT 1 FROM commitments k WHERE k.case_id = a.id) ORDER BY a.responded_at, a.id
        """,
    ),
    "evidence": (
        "id AS subject, quote AS title, evidence AS what, NULL AS due_at, '' AS certainty",
        "FROM commitments WHERE status = 'fulfilled' AND evidence IN ('changed', 'gone') AND :unit = '' ORDER BY id",
    ),
    "stuck": (
        "subject, title, channel AS what, queued_at AS due_at, '' AS certainty",
        "FROM alerts WHERE state = 'stuck' AND :unit = '' ORDER BY seq",
    ),
}


# When a version began to run: an extension the day it was decided, a first date with its promise or its case.
_BEGAN = """CASE WHEN d.version > 1 THEN d.recorded_at
                 ELSE coalesce(k.promised_at, k.registered_at, a.clock_start, d.recorded_at) END"""
_HALF_GONE = f"""(d.due_at <= :now OR strftime('%s', d.due_at) - strftime('%s', :now)
                  <= strftime('%s', :now) - strftime('%s', {_BEGAN}) + 1)"""


def half_gone(db: sqlite3.Connection, now: str) -> sqlite3.Cursor:
    """The running deadlines with a date of open matters, half of which has gone at `now` (to the second), soonest
    first, with what an alert has to say of them.

    `conduct` is 1 for a complaint about an office's conduct, and for what was promised in the answer to one.
    """
    return db.execute(
        f"""
        SELECT d.subject, d.clock, d.version, d.kind, d.due_at, {_BEGAN} AS began,
               coalesce(a.summary, k.quote) AS title,
               coalesce(p.label, a.label) = 'credibility'
                   OR coalesce(p.about_units, a.about_units, '[]') <> '[]' AS conduct
        {_RUNNING.replace("WHERE", "LEFT JOIN cases p ON p.id = k.case_id WHERE", 1)} AND {_HALF_GONE}
        ORDER BY d.due_at, d.subject, d.clock
        """,
        {"now": now},
    )


def owing(db: sqlite3.Connection, subject: str) -> tuple[str, ...]:
    """The units that owe a case or promise, by name."""
    rows = db.execute(
        "SELECT unit FROM case_units WHERE case_id = ?1 UNION SELECT unit FROM owners WHERE commitment_id = ?1 "
        "ORDER BY 1",
        [subject],
    )
    return tuple(row[0] for row in rows)


def late(db: sqlite3.Connection, now: str, units: str = "") -> int:
    """How many running deadlines are late at `now`; with `units` (a JSON list) only of what one of these owes."""
    whose = """ AND d.subject IN (
        SELECT case_id FROM case_units WHERE unit IN (SELECT value FROM json_each(:units))
        UNION SELECT commitment_id FROM owners WHERE unit IN (SELECT value FROM json_each(:units)))"""
    query = f"SELECT count(*) {_RUNNING} AND d.due_at <= :now{whose if units else ''}"
    return int(db.execute(query, {"now": now, "units": units}).fetchone()[0])
