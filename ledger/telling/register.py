"""The register of promises, a row each, in the columns that work plans ask for; for reports and the public site.

Only the office's words and public addresses. Drafts are not in it: a sentence counts as a promise when a second person
has registered it (proposals are counted, not listed).
"""

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, replace
from datetime import datetime, time, timedelta
from typing import Any, Literal

from crawlers.clock import CHINA, unstamp
from ledger.record.dues import Due, of_many
from ledger.record.states import COMMITMENT_OPEN, COMMITMENT_STATES

Standing = Literal["broken", "late", "soon", "open", "kept", "failed", "apart"]
# What a promise is to the reader, the gravest first.
STANDINGS: dict[Standing, str] = {
    "broken": "未兑现",
    "late": "已经逾期",
    "failed": "依据已失效",
    "soon": "三十天内到期",
    "open": "正在落实",
    "kept": "已公开落实",
    "apart": "不计入兑现率（已撤销、被替代、不可核查）",
}
_SOON_DAYS = 30
CERTAINTIES = {"provisional": "暂定：当年放假安排尚未公布", "ambiguous": "原文有歧义，取较早的一天"}


@dataclass(frozen=True, slots=True)
class Entry:
    """One promise. Days are ISO text of China, "" where there is none; `checked` "": not checked, which is not "not
    done".
    """

    number: int
    id: str
    matter: str  # the checkable criterion written at registration
    lead: tuple[str, ...]
    responsible: tuple[str, ...]
    due_raw: str  # 完成时限, as written
    due: str  # 完成时限, as read: the last day, or the minute of an hour clock
    due_note: str  # why it is not firm; ""
    first_due: str  # the first date, where it was moved; ""
    quote: str  # 承诺原文
    source: str  # where the promise was made: an address, or the title of a plan or channel
    promised: str
    progress: str  # 落实情况
    url: str  # 公开链接
    proof: str  # the words that prove it
    verifier: str  # 核查人
    verifier_unit: str
    verified: str  # 核查日期
    checked: str  # last look for public evidence
    state: str  # 状态
    standing: Standing
    days_late: int  # 0: not late
    case: str  # "": from a plan or a standing duty
    extensions: int
    reopened: int
    single_person: bool
    updated: str  # RFC 3339

    def as_json(self) -> dict[str, Any]:
        """A JSON object with stable keys."""
        return {field.name: _plain(getattr(self, field.name)) for field in fields(Entry)}


def register(db: sqlite3.Connection, *, now: datetime) -> list[Entry]:
    """Every registered promise at `now` (aware): broken ones first, then by date."""
    rows = db.execute(_ROWS).fetchall()
    dues = of_many(db, [row["id"] for row in rows], current=False)
    found = [_entry(row, dues[row["id"]], now) for row in rows]
    order = list(STANDINGS)
    found.sort(key=lambda entry: (order.index(entry.standing), entry.due or "9999", entry.id))
    return list(_numbered(found))


_ROWS = """
    SELECT k.*,
           (SELECT group_concat(unit, char(31)) FROM owners
            WHERE commitment_id = k.id AND role = 'lead') AS leads,
           (SELECT group_concat(unit, char(31)) FROM owners
            WHERE commitment_id = k.id AND role <> 'lead') AS owing,
           c.url AS claim_url, c.quote AS claim_quote, c.claimed_at, v.decision, v.verifier, v.unit AS verifier_unit,
           v.at AS verified_at, m.result AS mark, r.url AS answer_url, r.channel AS answer_channel
    FROM commitments k
    LEFT JOIN claims c ON c.id = (SELECT max(id) FROM claims WHERE commitment_id = k.id)
    LEFT JOIN verifications v ON v.claim = c.id
    LEFT JOIN marks m ON m.id = (SELECT max(id) FROM marks WHERE commitment_id = k.id)
    LEFT JOIN responses r ON r.id = (SELECT min(id) FROM responses
                                     WHERE case_id = k.case_id AND k.anchor IN (snapshot, answer_hash))
    WHERE k.status NOT IN ('proposed', 'rejected')
"""
_MARKS = {
    "no_evidence": "检查时未找到公开依据（不等于未落实）",
    "evidence_found": "检查时找到可能的依据，待核查",
    "progress": "检查时有进展",
    "skipped": "",
}


def _entry(row: sqlite3.Row, dues: Iterable[Due], now: datetime) -> Entry:
    versions = [due for due in dues if due.clock == "fulfil"]
    due = next((one for one in reversed(versions) if one.current), versions[-1] if versions else None)
    first = versions[0] if versions else None
    late = _late(row, due, now)
    moved = first is not None and due is not None and last_day(first) != last_day(due)
    return Entry(
        number=0,
        id=row["id"],
        matter=row["criterion"],
        lead=_names(row["leads"]),
        responsible=_names(row["owing"]),
        due_raw=(first.raw if first else "") or "无明确时限",
        due=last_day(due),
        due_note=CERTAINTIES.get(due.certainty, "") if due else "",
        first_due=last_day(first) if moved else "",
        quote=row["quote"],
        source=_source(row),
        promised=(row["promised_at"] or "")[:10],
        progress=_progress(row),
        url=row["claim_url"] or "",
        proof=row["claim_quote"] or "",
        verifier=row["verifier"] or "",
        verifier_unit=row["verifier_unit"] or "",
        verified=(row["verified_at"] or "")[:10],
        checked=(row["checked_at"] or "")[:10],
        state=_state(row),
        standing=_standing(row, due, late, now),
        days_late=late,
        case=row["case_id"] or "",
        extensions=row["extensions"],
        reopened=row["reopened"],
        single_person=bool(row["single_person"]),
        updated=row["updated_at"],
    )


def last_day(due: Due | None) -> str:
    """The last day before a deadline, the minute for a clock in hours, "" without a date."""
    if due is None or due.due_at is None:
        return ""
    return due.due_date or last_day_before(due.due_at)


def last_day_before(due_at: datetime) -> str:
    """The last day before the first instant after a deadline; the minute where that lies within a day."""
    local = due_at.astimezone(CHINA)
    if local.time() == time():
        return (local.date() - timedelta(days=1)).isoformat()
    return local.strftime("%Y-%m-%d %H:%M")


def _late(row: sqlite3.Row, due: Due | None, now: datetime) -> int:
    """Whole days (at least 1) that an open promise is late, 0 otherwise."""
    if row["status"] not in COMMITMENT_OPEN or not row["measurable"] or due is None or due.due_at is None:
        return 0
    return max(0, (now - due.due_at).days + 1) if now >= due.due_at else 0


def _standing(row: sqlite3.Row, due: Due | None, late: int, now: datetime) -> Standing:
    status = row["status"]
    if status in ("withdrawn", "superseded") or not row["measurable"]:
        return "apart"
    if status == "missed":
        return "broken"
    if status == "fulfilled":
        return "failed" if row["evidence"] in ("changed", "gone") else "kept"
    if late:
        return "late"
    soon = due is not None and due.due_at is not None and (due.due_at - now).days < _SOON_DAYS
    return "soon" if soon else "open"


def _state(row: sqlite3.Row) -> str:
    open_ = row["status"] in COMMITMENT_OPEN
    return "不可核查" if open_ and not row["measurable"] else COMMITMENT_STATES[row["status"]]


def _progress(row: sqlite3.Row) -> str:
    """What is known of it, in words that claim no more than was seen."""
    if row["status"] == "fulfilled":
        return {"changed": "公开依据的文字后来有变，待复核", "gone": "公开依据后来打不开，待复核"}.get(
            row["evidence"], "已公开落实，经责任单位以外的人重新取证核查"
        )
    if row["status"] == "claimed":
        return "责任单位已申报，待核查"
    if row["status"] == "done_unpublished":
        return "责任单位称已办，尚未公开，仍计为未了"
    if row["decision"] == "returned":
        return "申报经核查退回"
    if row["status"] in COMMITMENT_OPEN:
        return _MARKS.get(row["mark"] or "", "") or "尚未检查（不等于未落实）"
    return ""


def _source(row: sqlite3.Row) -> str:
    if row["answer_url"]:
        return str(row["answer_url"])
    if row["plan"]:
        return f"{row['plan']} 第 {row['number']} 项" if row["number"] else str(row["plan"])
    return f"{row['answer_channel']}的公开答复" if row["answer_channel"] else "公开答复"


def _names(joined: str | None) -> tuple[str, ...]:
    return tuple(sorted(joined.split("\x1f"))) if joined else ()


def _numbered(entries: Iterable[Entry]) -> Iterator[Entry]:
    for number, entry in enumerate(entries, 1):
        yield replace(entry, number=number)


def _plain(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value


def local_minute(text: str) -> str:
    """A stamp as people write it: 2026-03-20 16:00."""
    return unstamp(text).astimezone(CHINA).strftime("%Y-%m-%d %H:%M")
