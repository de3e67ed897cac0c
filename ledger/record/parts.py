"""What commands carry: a snapshot of a public page, one deadline, one quotation, and the closed vocabularies."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from crawlers.clock import unstamp

Json = None | bool | int | str | list["Json"] | dict[str, "Json"]

Severity = Literal["general", "larger", "major", "special"]  # 一般 · 较大 · 重大 · 特别重大
CaseOrigin = Literal["sweep", "import", "hand", "superior"]
# 权威信息 · 新闻发布会 · 书面答复 · 评论回复 · 政策解读
ResponseKind = Literal["authoritative", "conference", "written", "comment", "interpretation"]
Strength = Literal["hard", "soft"]
CommitmentOrigin = Literal["answer", "plan", "duty"]
CommitmentKind = Literal["action", "outcome", "quota", "threshold", "recurring"]
Scope = Literal["whole", "part", "count"]  # 全部 · 部分 · 次数
Answer = Literal["yes", "no", "na"]
RecheckResult = Literal["same", "text_same", "changed", "gone", "unreachable"]
# 未找到公开证据 · 找到疑似证据 · 有进展 · 本次跳过
CheckResult = Literal["no_evidence", "evidence_found", "progress", "skipped"]
CERTAINTIES = ("firm", "provisional", "ambiguous", "none")

_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A public official page as fetched: the bytes lie in the evidence store under `sha256`."""

    sha256: str  # of the raw bytes, 64 lower-case hex digits
    url_asked: str
    url_final: str  # after redirects
    status: int  # HTTP status; evidence needs 200
    fetched_at: datetime
    text_sha256: str  # of the normalised text: unchanged when only a banner changed
    size: int  # bytes
    fetched_by: str = ""  # who ran the fetch: a person's name or "sys:…"; a verifier must have fetched himself

    def __post_init__(self) -> None:
        """ValueError for what no fetch can have produced."""
        if not (_SHA256.fullmatch(self.sha256) and _SHA256.fullmatch(self.text_sha256)):
            raise ValueError("a snapshot is named by SHA-256 in lower-case hex")
        if self.fetched_at.tzinfo is None or self.size < 0:
            raise ValueError("a snapshot has an aware time and a size")


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """One deadline of a case or a commitment, as the caller computed it.

    `deadline` is the JSON of a `timing.deadlines.Deadline`; the ledger reads the keys `due_at` (first instant after the
    deadline, RFC 3339, or null), `due_date`, `review_at`, `certainty` (firm | provisional | ambiguous | none), `kind`,
    `raw`, `calendar` and `explanation` (list of text); `certainty` and `kind` are required, further keys are kept.
    """

    name: str  # "authoritative" | "conference" | "response" | "interpretation" | "reply" | "fulfil" | …
    deadline: Mapping[str, Any]
    rule: str = ""  # id in rules.toml; "": the deadline comes from the promise's own words
    met_by: tuple[ResponseKind, ...] = ()  # response kinds that stop this clock; (): any public response

    def __post_init__(self) -> None:
        """ValueError for a deadline that could not be kept: no kind, no certainty, an instant that is none."""
        if not self.name or not self.deadline.get("kind") or self.deadline.get("certainty") not in CERTAINTIES:
            raise ValueError(f"deadline of clock {self.name!r} lacks kind or certainty")
        for key in ("due_at", "review_at"):
            self.instant(key)
        object.__setattr__(self, "deadline", _without_floats(self.deadline))

    @property
    def due_at(self) -> datetime | None:
        """The first instant after the deadline, aware; None: no date."""
        return self.instant("due_at")

    def instant(self, key: str) -> datetime | None:
        """The instant under `key`, aware; None where there is none. ValueError where something else stands there."""
        value = self.deadline.get(key)
        return unstamp(value) if value else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """A W3C TextQuoteSelector into something the office published; personal context is left out of the record."""

    exact: str
    prefix: str = ""
    suffix: str = ""
    anchor: Literal["snapshot", "answer", "plan"]  # what `sha256` names
    sha256: str  # of the snapshot's bytes, of the recorded answer (`answer_hash`), or of the plan document

    def __post_init__(self) -> None:
        """ValueError for an anchor that names nothing."""
        if not _SHA256.fullmatch(self.sha256):
            raise ValueError("a quote is anchored in a SHA-256 in lower-case hex")


def _without_floats(value: Any) -> Any:
    """4.0 becomes 4 and 0.5 the text "0.5": the record has no floats."""
    if isinstance(value, float):
        return int(value) if value.is_integer() else repr(value)
    if isinstance(value, Mapping):
        return {key: _without_floats(item) for key, item in value.items()}
    return [_without_floats(item) for item in value] if isinstance(value, list | tuple) else value
