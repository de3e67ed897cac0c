"""What of the record is public: a closed list of fields, chosen one by one. The public site is made from this alone.

Public are the office's own words that are public already (the promise, its proof, notices) and their state. Not public:
names of people, reasons and notes written inside the office, summaries of cases, anything about complaints on conduct.
"""

import json
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from crawlers.clock import unstamp
from ledger.record.dues import Due, of_many
from ledger.telling.register import STANDINGS, Entry, last_day_before, register

_PROVEN = ("kept", "failed")
_SEEN = {
    "same": "仍在，内容相同",
    "text_same": "仍在，文字相同",
    "changed": "文字有变",
    "gone": "不在了",
    "unreachable": "当时未能打开",
}


@dataclass(frozen=True, slots=True)
class Notice:
    """A public page about a promise: an extension, an explanation."""

    day: str
    what: str
    url: str


@dataclass(frozen=True, slots=True)
class Disclosed:
    """One promise as the public sees it. Days are ISO text, "" where there is none."""

    id: str
    standing: str
    state: str
    quote: str
    matter: str
    lead: tuple[str, ...]
    responsible: tuple[str, ...]
    source: str
    promised: str
    due_raw: str
    due: str
    due_note: str
    first_due: str
    explanation: tuple[str, ...]
    progress: str
    proof_url: str  # "": nothing proven
    proof: str
    verified: str
    verifier_unit: str
    checked: str  # "": not checked, which is not "not done"
    extensions: int
    reopened: int
    single_person: bool
    notices: tuple[Notice, ...]
    looks: tuple[tuple[str, str], ...]  # later looks at the proof: day, what was seen
    updated: str

    @property
    def heading(self) -> str:
        """The standing in Chinese."""
        return STANDINGS[self.standing]  # type: ignore[index]  # filled from the same table

    @property
    def source_is_page(self) -> bool:
        """Whether the source is an address that can be opened."""
        return self.source.startswith(("http://", "https://"))

    def as_json(self) -> dict[str, Any]:
        """A JSON object with stable keys."""
        plain = {field.name: getattr(self, field.name) for field in fields(Disclosed)}
        notices = [{"day": notice.day, "what": notice.what, "url": notice.url} for notice in self.notices]
        looks = [{"day": day, "seen": seen} for day, seen in self.looks]
        lists = {name: list(value) for name, value in plain.items() if isinstance(value, tuple)}
        return plain | lists | {"notices": notices, "looks": looks, "heading": self.heading}


def disclosed(db: sqlite3.Connection, *, now: datetime) -> list[Disclosed]:
    """Every registered promise as the public may see it at `now` (aware), broken ones first."""
    entries = register(db, now=now)
    dues = of_many(db, [entry.id for entry in entries])
    notices, looks = _notices(db), _looks(db)
    return [_disclosed(entry, dues[entry.id], notices.get(entry.id, ()), looks.get(entry.id, ())) for entry in entries]


def _disclosed(
    entry: Entry, dues: Iterable[Due], notices: Iterable[Notice], looks: Iterable[tuple[str, str]]
) -> Disclosed:
    proven = entry.standing in _PROVEN
    due = next((due for due in dues if due.clock == "fulfil"), None)
    return Disclosed(
        id=entry.id,
        standing=entry.standing,
        state=entry.state,
        quote=entry.quote,
        matter=entry.matter,
        lead=entry.lead,
        responsible=entry.responsible,
        source=entry.source,
        promised=entry.promised,
        due_raw=entry.due_raw,
        due=entry.due,
        due_note=entry.due_note,
        first_due=entry.first_due,
        explanation=due.explanation if due else (),
        progress=entry.progress,
        proof_url=entry.url if proven else "",
        proof=entry.proof if proven else "",
        verified=entry.verified if proven else "",
        verifier_unit=entry.verifier_unit if proven else "",
        checked=entry.checked,
        extensions=entry.extensions,
        reopened=entry.reopened,
        single_person=entry.single_person,
        notices=tuple(notices),
        looks=tuple(looks) if proven else (),
        updated=entry.updated,
    )


def _notices(db: sqlite3.Connection) -> Mapping[str, list[Notice]]:
    """Approved extensions and confirmed withdrawals, each with its public page."""
    found: dict[str, list[Notice]] = {}
    for row in db.execute("SELECT * FROM extensions WHERE state = 'approved' ORDER BY id"):
        days = (last_day_before(unstamp(row[column])) for column in ("old_due", "new_due"))
        what = "延期：由 {} 延至 {}".format(*days)
        found.setdefault(row["commitment_id"], []).append(Notice(row["decided_at"][:10], what, row["notice_url"]))
    names = {"withdraw": "撤销承诺的公开说明", "supersede": "以新承诺替代的公开说明"}
    rows = db.execute(
        "SELECT subject, kind, body, decided_at FROM proposals "
        "WHERE kind IN ('withdraw', 'supersede') AND state = 'confirmed' ORDER BY id"
    )
    for row in rows:
        page = json.loads(row["body"]).get("explanation") or {}
        notice = Notice(row["decided_at"][:10], names[row["kind"]], page.get("url_final", ""))
        found.setdefault(row["subject"], []).append(notice)
    return found


def _looks(db: sqlite3.Connection) -> Mapping[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = {}
    for row in db.execute("SELECT subject, result, at FROM rechecks ORDER BY id"):
        found.setdefault(row["subject"], []).append((row["at"][:10], _SEEN[row["result"]]))
    return found
