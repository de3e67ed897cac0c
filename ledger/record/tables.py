"""The tables of ledger.db as SQL: the event log with its guards, and the projections that can be rebuilt from it.

Kept apart from the migrations (`schema`) so that `verify` compares the guards without importing sqlite-utils.
All text times are `crawlers.clock.stamp()`. No column may hold an author, a post's text or a post's address.
"""

GENESIS = "0" * 64  # what the first event names as the hash before it

EVENTS = """
CREATE TABLE events (
    seq          INTEGER PRIMARY KEY,
    event_id     TEXT NOT NULL UNIQUE,
    stream       TEXT NOT NULL,              -- a case or commitment id, or calendar | run | alert | record
    version      INTEGER NOT NULL,           -- 1, 2, 3 … within the stream
    type         TEXT NOT NULL,
    schema_ver   INTEGER NOT NULL,
    recorded_at  TEXT NOT NULL,              -- when it was written down
    effective_at TEXT NOT NULL,              -- when it happened
    actor        TEXT NOT NULL,
    on_behalf_of TEXT,                       -- null: on nobody's behalf
    cmd_id       TEXT NOT NULL,              -- a retried command finds its first outcome by this
    cmd_part     INTEGER NOT NULL,           -- 1, 2 … where one command writes several events
    payload      TEXT,                       -- canonical JSON; null: erased, and an erasure event says why
    salt         BLOB,                       -- null: erased with the payload
    payload_hash TEXT NOT NULL,
    prev_hash    TEXT NOT NULL,
    hash         TEXT NOT NULL UNIQUE,
    UNIQUE (stream, version),
    UNIQUE (cmd_id, cmd_part)
) STRICT
"""

# The uniqueness clauses look redundant beside UNIQUE, but INSERT OR REPLACE on a connection without recursive triggers
# deletes the old row silently; a BEFORE trigger that already refuses the new one is what stops it.
GUARDS = {
    "events_append": f"""
CREATE TRIGGER events_append BEFORE INSERT ON events
WHEN NEW.seq IS NOT (SELECT coalesce(max(seq), 0) + 1 FROM events)
  OR NEW.prev_hash IS NOT coalesce((SELECT hash FROM events ORDER BY seq DESC LIMIT 1), '{GENESIS}')
  OR EXISTS (SELECT 1 FROM events WHERE event_id = NEW.event_id)
  OR EXISTS (SELECT 1 FROM events WHERE hash = NEW.hash)
  OR EXISTS (SELECT 1 FROM events WHERE cmd_id = NEW.cmd_id AND cmd_part = NEW.cmd_part)
  OR EXISTS (SELECT 1 FROM events WHERE stream = NEW.stream AND version = NEW.version)
BEGIN SELECT RAISE(ABORT, '台账只能在末尾追加'); END
""",
    "events_keep": """
CREATE TRIGGER events_keep BEFORE DELETE ON events
BEGIN SELECT RAISE(ABORT, '台账事件不能删除'); END
""",
    "events_erase_only": """
CREATE TRIGGER events_erase_only BEFORE UPDATE ON events
WHEN NOT (
    NEW.payload IS NULL AND NEW.salt IS NULL
    AND NEW.seq IS OLD.seq AND NEW.event_id IS OLD.event_id AND NEW.stream IS OLD.stream
    AND NEW.version IS OLD.version AND NEW.type IS OLD.type AND NEW.schema_ver IS OLD.schema_ver
    AND NEW.recorded_at IS OLD.recorded_at AND NEW.effective_at IS OLD.effective_at
    AND NEW.actor IS OLD.actor AND NEW.on_behalf_of IS OLD.on_behalf_of
    AND NEW.cmd_id IS OLD.cmd_id AND NEW.cmd_part IS OLD.cmd_part
    AND NEW.payload_hash IS OLD.payload_hash AND NEW.prev_hash IS OLD.prev_hash AND NEW.hash IS OLD.hash
    AND EXISTS (SELECT 1 FROM events e WHERE e.type = 'payload.erased' AND json_extract(e.payload, '$.seq') = OLD.seq)
)
BEGIN SELECT RAISE(ABORT, '台账事件不能修改；涂销内容须先有涂销记录'); END
""",
}

# Every projection row names the event (`seq`) that made it. Nothing here is truth: `rebuild` makes it again.
# Tables WITHOUT ROWID are narrow (wide rows would take an overflow page each) and begin with their key columns
# (integrity_check of SQLite 3.40 misreads them otherwise).
PROJECTIONS = {
    "projected": """
CREATE TABLE projected (
    id  INTEGER PRIMARY KEY CHECK (id = 1),
    seq INTEGER NOT NULL                     -- the last event that the tables below contain
) STRICT
""",
    "undone": """
CREATE TABLE undone (
    cmd_id TEXT PRIMARY KEY,                 -- the command that was compensated: its events no longer count
    seq    INTEGER NOT NULL
) STRICT
""",
    "touches": """
CREATE TABLE touches (
    stream TEXT NOT NULL,                    -- a stream that the event writes to or names
    seq    INTEGER NOT NULL,
    PRIMARY KEY (stream, seq)
) STRICT, WITHOUT ROWID
""",
    "cases": """
CREATE TABLE cases (
    id               TEXT PRIMARY KEY,       -- YQ-2026-0042
    seq              INTEGER NOT NULL,
    version          INTEGER NOT NULL,       -- of its stream
    status           TEXT NOT NULL,          -- ledger.record.states.CASE_STATES
    round            INTEGER NOT NULL,       -- 1, and one more for every reopening
    origin           TEXT NOT NULL,
    summary          TEXT NOT NULL,          -- the office's own neutral words
    label            TEXT NOT NULL,          -- primary
    labels           TEXT NOT NULL,          -- JSON list, primary first
    taxonomy         TEXT NOT NULL,
    place            TEXT NOT NULL,
    cross_region     INTEGER NOT NULL,
    about_units      TEXT NOT NULL,          -- JSON list: whose conduct is complained of
    major            INTEGER NOT NULL,
    severity         TEXT NOT NULL,
    severity_reason  TEXT NOT NULL,
    clock_start      TEXT NOT NULL,
    clock_basis      TEXT NOT NULL,
    occurred_at      TEXT,                   -- null: not known
    detected_at      TEXT,                   -- null: not known
    ordered_at       TEXT,                   -- when a superior assigned it; null: not known or nobody did
    posts            INTEGER NOT NULL,
    sources          TEXT NOT NULL,          -- JSON list of source names
    opened_at        TEXT NOT NULL,
    opened_by        TEXT NOT NULL,
    assigned_at      TEXT,                   -- null: not yet handed to a unit
    acknowledged_at  TEXT,                   -- null: not yet taken by a unit
    responded_at     TEXT,                   -- first public answer of this round; null: none
    no_commitment_by TEXT,                   -- who read the answer and found no commitment; null: nobody said so
    no_commitment_at TEXT,                   -- null with no_commitment_by
    ended_at         TEXT,                   -- closed, dismissed or merged; null: open
    end_reason       TEXT,                   -- null: open, or closed without a note
    merged_into      TEXT,                   -- null: not merged
    single_person    INTEGER NOT NULL,       -- 1: some step lacked a second person (four_eyes switched off)
    updated_at       TEXT NOT NULL
) STRICT
""",
    "case_posts": """
CREATE TABLE case_posts (
    fingerprint TEXT NOT NULL,               -- keyed: says nothing without the workspace's key
    case_id     TEXT NOT NULL,
    seq         INTEGER NOT NULL,
    PRIMARY KEY (fingerprint, case_id)
) STRICT, WITHOUT ROWID
""",
    "case_units": """
CREATE TABLE case_units (
    case_id         TEXT NOT NULL,
    unit            TEXT NOT NULL,
    role            TEXT NOT NULL,           -- lead | responsible | co
    since           TEXT NOT NULL,
    acknowledged_at TEXT,                    -- null: not yet taken
    seq             INTEGER NOT NULL,
    PRIMARY KEY (case_id, unit)
) STRICT, WITHOUT ROWID
""",
    "deadlines": """
CREATE TABLE deadlines (
    subject     TEXT NOT NULL,               -- case or commitment id
    clock       TEXT NOT NULL,
    version     INTEGER NOT NULL,            -- appended, never overwritten: 1 is the first promise
    round       INTEGER NOT NULL,
    rule        TEXT NOT NULL,               -- id in rules.toml; "": the promise's own words
    raw         TEXT NOT NULL,               -- wording
    kind        TEXT NOT NULL,
    certainty   TEXT NOT NULL,
    due_at      TEXT,                        -- first instant after the deadline; null: no date
    due_date    TEXT,                        -- null: no date, or an hour clock
    review_at   TEXT,                        -- when to look again where there is no date; null: not needed
    calendar    TEXT NOT NULL,
    place       TEXT NOT NULL,               -- JSON path in the payload of its event to all of it as computed
    met_by      TEXT NOT NULL,               -- JSON list of response kinds; []: any public answer
    cause       TEXT NOT NULL,               -- opened | rule | merge | extension | calendar | …
    current     INTEGER NOT NULL,            -- 1: the version in force
    stopped     TEXT,                        -- met | dismissed | merged | …; null: running
    stopped_at  TEXT,                        -- null: running
    recorded_at TEXT NOT NULL,
    seq         INTEGER NOT NULL,
    PRIMARY KEY (subject, clock, version)
) STRICT
""",
    "responses": """
CREATE TABLE responses (
    id           INTEGER PRIMARY KEY,        -- seq of its event
    case_id      TEXT NOT NULL,
    round        INTEGER NOT NULL,
    kind         TEXT NOT NULL,
    published_at TEXT NOT NULL,
    unit         TEXT NOT NULL,              -- who answered; "": not said
    channel      TEXT NOT NULL,              -- source name; "": a page of its own
    url          TEXT,                       -- official page; null: known from an import, times only
    snapshot     TEXT,                       -- sha256; null: known from an import, times only
    answer_hash  TEXT,                       -- null: there is a snapshot
    quote        TEXT NOT NULL,
    recorded_by  TEXT NOT NULL
) STRICT
""",
    "commitments": """
CREATE TABLE commitments (
    id              TEXT PRIMARY KEY,        -- CN-2026-0042-1, or CN-2026-P0003 from a plan
    seq             INTEGER NOT NULL,
    version         INTEGER NOT NULL,
    status          TEXT NOT NULL,           -- ledger.record.states.COMMITMENT_STATES
    case_id         TEXT,                    -- null: from a work plan or a standing duty
    origin          TEXT NOT NULL,
    plan            TEXT NOT NULL,
    number          TEXT NOT NULL,
    quote           TEXT NOT NULL,
    prefix          TEXT NOT NULL,
    suffix          TEXT NOT NULL,
    anchor_kind     TEXT NOT NULL,
    anchor          TEXT NOT NULL,           -- sha256 that the quote is found in
    strength        TEXT NOT NULL,
    unit_named      TEXT NOT NULL,           -- owner as written
    lead_named      TEXT NOT NULL,           -- JSON list, as written
    named           TEXT NOT NULL,           -- JSON list of responsible units, as written
    promised_at     TEXT,                    -- null: not known
    score           INTEGER,                 -- per mille, of the finder; null: found by a person
    proposed_at     TEXT NOT NULL,
    proposed_by     TEXT NOT NULL,
    registered_at   TEXT,                    -- null: not yet registered
    registered_by   TEXT,                    -- null: not yet registered
    criterion       TEXT NOT NULL,           -- "" until registered
    kind            TEXT NOT NULL,
    measurable      INTEGER NOT NULL,
    quota           INTEGER,                 -- null: not a quota
    joint           INTEGER NOT NULL,
    verified_count  INTEGER NOT NULL,        -- occurrences verified so far
    done_at         TEXT,                    -- done but not public; null: not reported
    ended_at        TEXT,                    -- fulfilled, withdrawn …; null: open
    end_reason      TEXT,                    -- null: open or fulfilled
    superseded_by   TEXT,                    -- null: not superseded
    extensions      INTEGER NOT NULL,        -- approved ones
    reopened        INTEGER NOT NULL,
    checked_at      TEXT,                    -- last look for public evidence; null: never checked
    checked_by      TEXT,                    -- null: never checked
    evidence        TEXT NOT NULL,           -- "" | ok | changed | gone | unreachable: last recheck of the proof
    single_person   INTEGER NOT NULL,
    updated_at      TEXT NOT NULL
) STRICT
""",
    "owners": """
CREATE TABLE owners (
    commitment_id TEXT NOT NULL,
    unit          TEXT NOT NULL,
    role          TEXT NOT NULL,             -- lead | responsible
    part          INTEGER NOT NULL,          -- 1: its part is verified on its own
    verified_at   TEXT,                      -- null: its part is not verified yet
    seq           INTEGER NOT NULL,
    PRIMARY KEY (commitment_id, unit)
) STRICT, WITHOUT ROWID
""",
    "claims": """
CREATE TABLE claims (
    id            INTEGER PRIMARY KEY,       -- seq of its event
    commitment_id TEXT NOT NULL,
    claimed_by    TEXT NOT NULL,
    unit          TEXT NOT NULL,
    claimed_at    TEXT NOT NULL,
    url           TEXT NOT NULL,
    snapshot      TEXT NOT NULL,
    proved_at     TEXT NOT NULL,             -- when the page was fetched and seen to be public
    quote         TEXT NOT NULL,
    scope         TEXT NOT NULL,
    part          TEXT NOT NULL,
    count         INTEGER,                   -- null: not a count
    period        TEXT NOT NULL,
    note          TEXT NOT NULL,
    decision      TEXT                       -- accepted | returned; null: waits for a verifier
) STRICT
""",
    "verifications": """
CREATE TABLE verifications (
    id            INTEGER PRIMARY KEY,
    commitment_id TEXT NOT NULL,
    claim         INTEGER NOT NULL,
    verifier      TEXT NOT NULL,
    unit          TEXT NOT NULL,
    decision      TEXT NOT NULL,
    reason        TEXT,                      -- null: accepted
    checklist     TEXT NOT NULL,             -- JSON
    rubric        TEXT NOT NULL,
    snapshot      TEXT,                      -- the verifier's own fetch; null: the page could not be fetched
    note          TEXT NOT NULL,
    at            TEXT NOT NULL,
    single_person INTEGER NOT NULL
) STRICT
""",
    "extensions": """
CREATE TABLE extensions (
    id            INTEGER PRIMARY KEY,
    commitment_id TEXT NOT NULL,
    clock         TEXT NOT NULL,             -- the new deadline, JSON
    old_due       TEXT NOT NULL,
    new_due       TEXT NOT NULL,
    reason        TEXT NOT NULL,
    notice_url    TEXT NOT NULL,
    notice        TEXT NOT NULL,             -- sha256 of the public notice
    requested_by  TEXT NOT NULL,
    requested_at  TEXT NOT NULL,
    state         TEXT NOT NULL,             -- requested | approved | refused
    decided_by    TEXT,                      -- null: still open
    decided_at    TEXT,                      -- null: still open
    note          TEXT NOT NULL
) STRICT
""",
    "rechecks": """
CREATE TABLE rechecks (
    id       INTEGER PRIMARY KEY,
    subject  TEXT NOT NULL,
    url      TEXT NOT NULL,
    original TEXT NOT NULL,
    found    TEXT,                           -- sha256 now; null: nothing could be fetched
    result   TEXT NOT NULL,
    note     TEXT NOT NULL,
    at       TEXT NOT NULL,
    actor    TEXT NOT NULL
) STRICT
""",
    "relations": """
CREATE TABLE relations (
    a    TEXT NOT NULL,
    kind TEXT NOT NULL,                      -- merged_into | superseded_by
    b    TEXT NOT NULL,
    seq  INTEGER NOT NULL,
    PRIMARY KEY (a, kind, b)
) STRICT, WITHOUT ROWID
""",
    "proposals": """
CREATE TABLE proposals (
    id            INTEGER PRIMARY KEY,       -- seq of its event
    subject       TEXT NOT NULL,
    kind          TEXT NOT NULL,             -- dismiss | merge | unmerge | reopen | withdraw | supersede
    reason        TEXT NOT NULL,
    body          TEXT NOT NULL,             -- JSON of what was proposed
    proposed_by   TEXT NOT NULL,
    proposed_at   TEXT NOT NULL,
    state         TEXT NOT NULL,             -- open | confirmed | declined
    decided_by    TEXT,                      -- null: open
    decided_at    TEXT,                      -- null: open
    note          TEXT NOT NULL
) STRICT
""",
    "snapshots": """
CREATE TABLE snapshots (
    sha256      TEXT NOT NULL,
    url_final   TEXT NOT NULL,
    fetched_at  TEXT NOT NULL,
    seq         INTEGER NOT NULL,
    url_asked   TEXT NOT NULL,
    status      INTEGER NOT NULL,
    text_sha256 TEXT NOT NULL,
    size        INTEGER NOT NULL,
    fetched_by  TEXT NOT NULL,
    PRIMARY KEY (sha256, url_final, fetched_at, seq)
) STRICT
""",
    "calendar_notices": """
CREATE TABLE calendar_notices (
    version   TEXT PRIMARY KEY,
    year      INTEGER NOT NULL,
    notice    TEXT NOT NULL,
    url       TEXT NOT NULL,
    sha256    TEXT NOT NULL,
    loaded_at TEXT NOT NULL,
    loaded_by TEXT NOT NULL,
    seq       INTEGER NOT NULL
) STRICT
""",
    "runs": """
CREATE TABLE runs (
    id          INTEGER PRIMARY KEY,
    job         TEXT NOT NULL,
    started_at  TEXT NOT NULL,
    finished_at TEXT NOT NULL,
    summary     TEXT NOT NULL,               -- JSON, counts only
    problems    INTEGER NOT NULL,
    actor       TEXT NOT NULL
) STRICT
""",
    "marks": """
CREATE TABLE marks (
    id            INTEGER PRIMARY KEY,
    commitment_id TEXT NOT NULL,
    result        TEXT NOT NULL,
    note          TEXT NOT NULL,
    looked_at     TEXT NOT NULL,             -- JSON list of official addresses
    at            TEXT NOT NULL,
    actor         TEXT NOT NULL
) STRICT
""",
    "alerts": """
CREATE TABLE alerts (
    key         TEXT PRIMARY KEY,            -- dedupe key: the same matter is said once
    seq         INTEGER NOT NULL,
    subject     TEXT NOT NULL,               -- "": a digest
    channel     TEXT NOT NULL,
    level       TEXT NOT NULL,
    title       TEXT NOT NULL,
    body        TEXT NOT NULL,
    queued_at   TEXT NOT NULL,
    state       TEXT NOT NULL,               -- queued | delivered | retry | stuck
    tries       INTEGER NOT NULL,
    next_try_at TEXT,                        -- null: nothing further is tried
    sent_at     TEXT,                        -- null: not delivered
    error       TEXT NOT NULL                -- of the last attempt
) STRICT
""",
}

INDEXES = """
CREATE INDEX cases_seq ON cases (seq);
CREATE INDEX commitments_seq ON commitments (seq);
CREATE INDEX cases_status ON cases (status);
CREATE INDEX cases_merged ON cases (merged_into) WHERE merged_into IS NOT NULL;
CREATE INDEX case_posts_case ON case_posts (case_id);
CREATE INDEX case_units_unit ON case_units (unit);
CREATE INDEX deadlines_running ON deadlines (due_at) WHERE current = 1 AND stopped IS NULL;
CREATE INDEX responses_case ON responses (case_id);
CREATE INDEX commitments_case ON commitments (case_id);
CREATE INDEX commitments_status ON commitments (status);
CREATE INDEX commitments_quote ON commitments (quote);
CREATE INDEX owners_unit ON owners (unit);
CREATE INDEX claims_commitment ON claims (commitment_id);
CREATE INDEX verifications_commitment ON verifications (commitment_id);
CREATE INDEX extensions_commitment ON extensions (commitment_id);
CREATE INDEX rechecks_subject ON rechecks (subject);
CREATE INDEX proposals_open ON proposals (subject) WHERE state = 'open';
CREATE INDEX marks_commitment ON marks (commitment_id);
CREATE INDEX alerts_waiting ON alerts (next_try_at) WHERE sent_at IS NULL AND next_try_at IS NOT NULL;
CREATE INDEX relations_b ON relations (b)
"""
