"""How each source fares: when it last answered, when it last brought something, whether it went quiet, what to do."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import Literal

from crawlers.clock import stamp, unstamp
from crawlers.database import transaction
from crawlers.faults import reported
from crawlers.sources import Source
from crawlers.tally import CrawlSummary, SourceTally

State = Literal["untried", "fine", "quiet", "shrunk", "failing", "refused"]
STATES: dict[State, str] = {
    "untried": "还没有采集过",
    "fine": "正常",
    "quiet": "久无新内容",
    "shrunk": "内容骤减",
    "failing": "采集失败",
    "refused": "对方拒绝",
}
_KEPT_RUNS = 60
_SAMPLE = 30  # newest posts that tell a source's usual pace
_PACE_KNOWN = 5  # posts below which there is no usual pace
_SHORTEST_SILENCE = timedelta(days=7)
_PATIENCE = 4  # usual gaps without a post that count as silence
_FAILING = 2  # sweeps in a row without success before it is said
_BACKOFF = 5  # doublings of the interval at most
_SHRUNK = 0.3
_BUSY = "对方请稍后再来"


@dataclass(frozen=True, slots=True)
class Health:
    """One source's condition. Times are aware; None means never."""

    name: str
    state: State
    tried_at: datetime | None
    succeeded_at: datetime | None
    newest_at: datetime | None  # when the newest post says it was posted
    gap: timedelta | None  # usual time between two posts; None: too few to tell
    failures: int  # sweeps in a row without success
    reason: str
    change: str  # what is different from the sweeps before, "" for nothing

    @property
    def advice(self) -> str:
        """What to do about it, in Chinese; "" for nothing."""
        if self.state == "refused":
            return "请与对方联系，改用其订阅源或数据接口；联系好之前可从 sources.toml 中去掉"
        if self.state == "failing":
            if self.reason.startswith(_BUSY):
                return "到时会再来；总是这样请与对方联系"
            return "请在浏览器里打开该地址核对；网页改版的，用 huiying source add 网址 重新识别"
        if self.state == "quiet":
            return "请在浏览器里核对该栏目是否停更或改址"
        return "网页可能改版，请核对 rule，或用 huiying source add 网址 重新识别" if self.change else ""

    @property
    def per_day(self) -> float | None:
        """Posts a day at the source's usual pace; None where too few are known."""
        return 86400 / max(self.gap.total_seconds(), 1) if self.gap is not None else None

    def __str__(self) -> str:
        """One line for a terminal."""
        said = [f"{self.name}：{STATES[self.state]}", self.reason, self.change, self.advice]
        return "；".join(part for part in said if part)


def record(db: sqlite3.Connection, summary: CrawlSummary, *, now: datetime) -> None:
    """Keep what a sweep showed about its sources. Needs the crawl's tables (`visits.open_visits`)."""
    with reported(), transaction(db):
        for name, tally in summary.sources.items():
            if tally.finished or tally.stopped or tally.failed:
                _record(db, name, tally, now)


def _record(db: sqlite3.Connection, name: str, tally: SourceTally, now: datetime) -> None:
    success = tally.finished and not (tally.failed and not tally.read)
    reason = "" if success else tally.stopped.partition("。")[0] or next(iter(tally.failures), "")
    db.execute(
        "INSERT INTO source_state (name, tried_at, succeeded_at, new_at, failures, reason, not_before, said) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, '') ON CONFLICT (name) DO UPDATE SET tried_at = excluded.tried_at, "
        "succeeded_at = coalesce(excluded.succeeded_at, succeeded_at), new_at = coalesce(excluded.new_at, new_at), "
        "failures = CASE WHEN excluded.failures THEN failures + 1 ELSE 0 END, reason = excluded.reason, "
        "not_before = excluded.not_before",
        [
            name,
            stamp(now),
            stamp(now) if success else None,
            stamp(now) if tally.new else None,
            int(not success),
            # A refusal is marked: it needs a person, a host that is merely busy needs time.
            f"!{reason}" if tally.stopped and not tally.until else reason,
            tally.until or None,
        ],
    )
    if tally.unchanged and not tally.fetched and not tally.failed:
        return  # "not modified" says nothing about how much there is to read
    db.execute(
        "INSERT OR REPLACE INTO source_runs (name, at, fetched, read, new, failed) VALUES (?, ?, ?, ?, ?, ?)",
        [name, stamp(now), tally.fetched + tally.unchanged, tally.read, tally.new, tally.failed],
    )
    db.execute(
        "DELETE FROM source_runs WHERE name = ?1 AND at NOT IN "
        "(SELECT at FROM source_runs WHERE name = ?1 ORDER BY at DESC LIMIT ?2)",
        [name, _KEPT_RUNS],
    )


def check(db: sqlite3.Connection, sources: Sequence[Source], *, now: datetime) -> list[Health]:
    """The condition of every source, in their order."""
    return [_health(db, source, now) for source in sources]


def alerts(db: sqlite3.Connection, sources: Sequence[Source], *, now: datetime) -> list[Health]:
    """Sources that went quiet, fail or refuse and were not announced as such yet: each change is said once."""
    found = check(db, sources, now=now)
    with reported(), transaction(db):
        said = {row["name"]: row["said"] for row in db.execute("SELECT name, said FROM source_state")}
        for health in found:
            if health.name in said and said[health.name] != health.state:
                db.execute("UPDATE source_state SET said = ? WHERE name = ?", [health.state, health.name])
    bad = [health for health in found if health.state not in ("fine", "untried")]
    return [health for health in bad if said.get(health.name) != health.state]


def due(db: sqlite3.Connection, sources: Sequence[Source], *, now: datetime) -> list[Source]:
    """The sources whose time has come; one that keeps failing is tried less and less often."""
    rows = {row["name"]: row for row in db.execute("SELECT name, tried_at, failures, not_before FROM source_state")}
    return [source for source in sources if source.name not in rows or _due(rows[source.name], source, now)]


def resting(db: sqlite3.Connection, sources: Sequence[Source], *, now: datetime) -> dict[str, datetime]:
    """The sources whose host asked to be left alone until a time that has not come, with that time (China's)."""
    rows = db.execute("SELECT name, not_before FROM source_state WHERE not_before > ?", [stamp(now)])
    asked = {row["name"]: unstamp(row["not_before"]) for row in rows}
    return {source.name: asked[source.name] for source in sources if source.name in asked}


def _due(row: sqlite3.Row, source: Source, now: datetime) -> bool:
    if row["not_before"] and now < unstamp(row["not_before"]):
        return False
    pause = source.every * 2 ** min(row["failures"], _BACKOFF)
    return row["tried_at"] is None or now >= unstamp(row["tried_at"]) + pause


def _health(db: sqlite3.Connection, source: Source, now: datetime) -> Health:
    row = db.execute("SELECT * FROM source_state WHERE name = ?", [source.name]).fetchone()
    if row is None:
        return Health(source.name, "untried", None, None, None, None, 0, "", "")
    newest, gap = _pace(db, source.name)
    tried, succeeded = (unstamp(row[name]) if row[name] else None for name in ("tried_at", "succeeded_at"))
    refused = row["reason"].startswith("!")
    state: State = "fine"
    if refused:
        state = "refused"
    elif row["failures"] >= _FAILING:
        state = "failing"
    elif not row["reason"] and newest and gap and now - newest > max(_SHORTEST_SILENCE, _PATIENCE * gap):
        state = "quiet"
    change, lasting = _change(db, source.name) if state in ("fine", "quiet") and not row["reason"] else ("", False)
    if state == "fine" and lasting:
        state = "shrunk"
    reason = row["reason"].lstrip("!")
    return Health(source.name, state, tried, succeeded, newest, gap, row["failures"], reason, change)


def _pace(db: sqlite3.Connection, name: str) -> tuple[datetime | None, timedelta | None]:
    """When the newest post was posted, and the usual gap between posts."""
    rows = db.execute(
        "SELECT posted_at FROM posts WHERE source = ? AND posted_at IS NOT NULL ORDER BY posted_at DESC LIMIT ?",
        [name, _SAMPLE],
    )
    moments = [unstamp(row["posted_at"]) for row in rows]
    if len(moments) < _PACE_KNOWN:
        return (moments[0] if moments else None), None
    usual = median((later - earlier).total_seconds() for later, earlier in pairwise(moments))
    # Where pages give days alone, most posts share one: the mean then says more than a median of nothing.
    seconds = usual or (moments[0] - moments[-1]).total_seconds() / (len(moments) - 1)
    return moments[0], timedelta(seconds=seconds) if seconds else None


def _change(db: sqlite3.Connection, name: str) -> tuple[str, bool]:
    """A sudden loss of what used to be read is how a redesign shows; whether it was so the time before, too."""
    rows = db.execute("SELECT read FROM source_runs WHERE name = ? ORDER BY at DESC LIMIT 12", [name])
    last, *before = [row["read"] for row in rows] or [0]
    usual = median(before) if len(before) >= 3 else 0
    if usual < 5 or last >= _SHRUNK * usual:
        return "", False
    return f"读到的条数从通常的 {usual:.0f} 条降到 {last} 条", before[0] < _SHRUNK * usual
