"""The append-only log: one event, how its hash is made, how events are appended and read.

payload_hash = SHA-256(salt ‖ payload)                  the salt lets a payload be erased without being guessable
hash         = SHA-256("huiying/event/1\\n" ‖ canonical JSON of the header, which holds payload_hash and prev_hash)
"""

import hashlib
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import cast

from crawlers.clock import stamp, unstamp
from ledger.record.canonical import canonical, parse, quoted
from ledger.record.head import Head, head
from ledger.record.parts import Json

SCHEMA_VERSION = 1  # of payloads; raised when an event type changes its meaning
MARK = b"huiying/event/1\n"  # what is hashed says what it is
COLUMNS = (
    "seq, event_id, stream, version, type, schema_ver, recorded_at, effective_at, actor, on_behalf_of, "
    "cmd_id, cmd_part, payload, salt, payload_hash, prev_hash, hash"
)
_INSERT = f"INSERT INTO events ({COLUMNS}) VALUES ({', '.join('?' * 17)})"


@dataclass(frozen=True, slots=True)
class Draft:
    """An event that has been decided and not yet been appended."""

    stream: str
    type: str
    payload: Mapping[str, Json]
    effective_at: datetime | None = None  # None: when it is recorded


@dataclass(frozen=True, slots=True)
class Event:
    """An event as it stands in the log. Times are `stamp()` text; an erased payload is None."""

    seq: int
    event_id: str
    stream: str
    version: int
    type: str
    schema_ver: int
    recorded_at: str
    effective_at: str
    actor: str
    on_behalf_of: str | None
    cmd_id: str
    cmd_part: int
    payload: Mapping[str, Json] | None
    payload_hash: str
    prev_hash: str
    hash: str

    @property
    def when(self) -> datetime:
        """When it was recorded, aware."""
        return unstamp(self.recorded_at)


@dataclass(frozen=True, slots=True)
class Signature:
    """Who writes, when, and by which command: the same for every event of one command."""

    actor: str
    recorded_at: datetime
    cmd_id: str
    on_behalf_of: str | None = None


def hash_of_payload(salt: bytes, payload: bytes) -> str:
    """SHA-256 of salt and canonical payload, hex."""
    return hashlib.sha256(salt + payload).hexdigest()


def hash_of_header(values: Sequence[str | int | None]) -> str:
    """SHA-256 over the header: `values` in the order of `COLUMNS` without payload, salt and hash.

    The template is the canonical JSON of the header object written out, because `verify` builds it for every event.
    """
    (seq, event_id, stream, version, kind, schema_ver, recorded_at, effective_at) = values[:8]
    (actor, behalf, cmd_id, cmd_part, payload_hash, prev_hash) = values[8:]
    on_behalf_of = "null" if behalf is None else quoted(cast(str, behalf))
    text = (
        f'{{"actor":{quoted(cast(str, actor))},"cmd_id":{quoted(cast(str, cmd_id))},"cmd_part":{cmd_part},'
        f'"effective_at":{quoted(cast(str, effective_at))},"event_id":{quoted(cast(str, event_id))},'
        f'"on_behalf_of":{on_behalf_of},"payload_hash":{quoted(cast(str, payload_hash))},'
        f'"prev_hash":{quoted(cast(str, prev_hash))},"recorded_at":{quoted(cast(str, recorded_at))},'
        f'"schema_ver":{schema_ver},"seq":{seq},"stream":{quoted(cast(str, stream))},'
        f'"type":{quoted(cast(str, kind))},"version":{version}}}'
    )
    return hashlib.sha256(MARK + text.encode()).hexdigest()


def append(db: sqlite3.Connection, drafts: Sequence[Draft], signature: Signature) -> list[Event]:
    """Write `drafts` as one command; the caller holds the transaction and projects the events."""
    last = head(db)
    events: list[Event] = []
    for part, draft in enumerate(drafts, 1):
        event, payload, salt = _seal(draft, signature, part, last, _next_version(db, draft.stream))
        front = header(event)
        db.execute(_INSERT, (*front[:12], payload, salt, *front[12:], event.hash))
        events.append(event)
        last = Head(event.seq, event.hash)
    return events


def read(
    db: sqlite3.Connection, *, stream: str | None = None, after: int = 0, cmd_id: str | None = None
) -> Iterator[Event]:
    """Events in order: of one stream, of one command, or all, with seq greater than `after`."""
    wanted = {"stream": stream, "cmd_id": cmd_id}
    conditions = ["seq > ?"] + [f"{column} = ?" for column, value in wanted.items() if value is not None]
    values = [after, *(value for value in wanted.values() if value is not None)]
    rows = db.execute(f"SELECT {COLUMNS} FROM events WHERE {' AND '.join(conditions)} ORDER BY seq", values)
    return map(of_row, rows)


def at(db: sqlite3.Connection, seq: int) -> Event | None:
    """The event of that number, or None."""
    row = db.execute(f"SELECT {COLUMNS} FROM events WHERE seq = ?", [seq]).fetchone()
    return of_row(row) if row else None


def of_row(row: sqlite3.Row) -> Event:
    """An event from a row that has all of `COLUMNS`."""
    names = [field.name for field in fields(Event)]
    values = {name: row[name] for name in names}
    if row["payload"] is not None:
        values["payload"] = parse(row["payload"])
    return Event(**values)


def header_names() -> list[str]:
    """The columns that `hash_of_header` hashes, in its order."""
    return [name for name in COLUMNS.split(", ") if name not in ("payload", "salt", "hash")]


def header(event: Event) -> tuple[str | int | None, ...]:
    """What `hash_of_header` hashes, in its order."""
    return (
        event.seq, event.event_id, event.stream, event.version, event.type, event.schema_ver, event.recorded_at,
        event.effective_at, event.actor, event.on_behalf_of, event.cmd_id, event.cmd_part, event.payload_hash,
        event.prev_hash,
    )  # fmt: skip


def _seal(draft: Draft, by: Signature, part: int, last: Head, version: int) -> tuple[Event, str, bytes]:
    import secrets  # 9 ms, and reading needs none

    payload, salt = canonical(draft.payload), secrets.token_bytes(16)
    open_event = Event(
        seq=last.count + 1,
        event_id=secrets.token_hex(16),
        stream=draft.stream,
        version=version,
        type=draft.type,
        schema_ver=SCHEMA_VERSION,
        recorded_at=stamp(by.recorded_at),
        effective_at=stamp(draft.effective_at or by.recorded_at),
        actor=by.actor,
        on_behalf_of=by.on_behalf_of,
        cmd_id=by.cmd_id,
        cmd_part=part,
        payload=cast(dict[str, Json], parse(payload)),
        payload_hash=hash_of_payload(salt, payload.encode()),
        prev_hash=last.hash,
        hash="",
    )
    return replace(open_event, hash=hash_of_header(header(open_event))), payload, salt


def _next_version(db: sqlite3.Connection, stream: str) -> int:
    row = db.execute("SELECT coalesce(max(version), 0) + 1 FROM events WHERE stream = ?", [stream]).fetchone()
    return int(row[0])
