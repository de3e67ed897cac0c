"""Promise against proof, line by line: what is the same, what differs, what is missing. Pure.

The lines fill the verifier's checklist and nothing else: no score comes out, and nothing here closes anything.
Numbers are compared with their units (承诺「3条道路」, 公告「2条」 differs), dates with the promise's own days.
"""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from importlib.resources import files
from typing import Any, Literal

from crawlers.clock import CHINA
from crawlers.office import Office
from ledger.proof.amounts import Amount, amounts, comparable
from ledger.proof.evidence import Evidence
from ledger.proof.quotes import FoundQuote, find_quote
from ledger.record.commitments import Commitment
from ledger.units import normalised, unit_named

State = Literal["same", "differs", "missing"]
STATES: dict[State, str] = {"same": "一致", "differs": "不一致", "missing": "没有找到"}

_ENOUGH = 0.6


@dataclass(frozen=True, slots=True)
class Promise:
    """What was promised: its words, the criterion written at registration, owners by name, days."""

    quote: str
    criterion: str = ""
    owners: tuple[str, ...] = ()
    promised_at: datetime | None = None  # None: not known
    due_at: datetime | None = None  # first instant after the deadline; None: no date


@dataclass(frozen=True, slots=True)
class Proof:
    """What the page shows: the claimed words, all its normalised words, its dates."""

    quote: str
    text: str
    published_at: datetime | None  # None: the page gives no date that can be trusted
    fetched_at: datetime
    title: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the checklist; `item` is the rubric item (`ledger.record.states.RUBRIC`) that it helps to answer."""

    item: str
    state: State
    what: str
    promised: str
    shown: str
    note: str = ""

    def as_json(self) -> dict[str, Any]:
        """A JSON object with stable keys."""
        return {name: getattr(self, name) for name in ("item", "state", "what", "promised", "shown", "note")}

    def __str__(self) -> str:
        """One line for a terminal."""
        tail = f"（{self.note}）" if self.note else ""
        return f"{STATES[self.state]}　{self.what}：承诺 {self.promised or '—'}；网页 {self.shown or '—'}{tail}"


def compare(promise: Promise, proof: Proof, office: Office) -> tuple[Line, ...]:
    """Every line that a verifier should look at, in the order of the rubric."""
    found = find_quote(proof.text, proof.quote)
    return (
        _quote_line(proof, found),
        *_word_lines(promise, proof),
        _outcome_line(proof),
        *_number_lines(promise, proof),
        *_date_lines(promise, proof),
        *_owner_lines(promise, proof, office),
    )


def lines_for(commitment: Commitment, page: Evidence, quote: str, office: Office) -> tuple[Line, ...]:
    """The checklist for a registered promise and a page fetched just now, on which `quote` is said to stand."""
    owners = tuple(owner.unit for owner in commitment.owners)
    due = commitment.due.due_at if commitment.due else None
    promise = Promise(commitment.quote, commitment.criterion, owners, commitment.promised_at, due)
    return compare(promise, Proof(quote, page.text, page.published_at, page.fetched_at, page.title), office)


def _quote_line(proof: Proof, found: FoundQuote) -> Line:
    state: State = {"exact": "same", "near": "differs", "absent": "missing"}[found.kind]  # type: ignore[assignment]  # a closed table
    shown = proof.text[found.start : found.end] if found.kind != "absent" else ""
    note = "网页上不止一处" if found.occurrences > 1 else ""
    if found.kind == "near":
        note = f"相似度 {found.similarity / 10:.1f}%，须写明差异为何不影响"
    return Line("quote", state, "申报的引文", proof.quote, shown, note)


def _word_lines(promise: Promise, proof: Proof) -> Iterator[Line]:
    """Which words of the promise the page does not have: action and object, told, not scored."""
    wanted = key_words(promise.criterion or promise.quote)
    if not wanted:
        return
    page = proof.title + proof.text
    absent = [word for word in wanted if word not in page]
    state: State = "same" if not absent else "differs" if len(absent) <= (1 - _ENOUGH) * len(wanted) else "missing"
    note = f"网页上没有：{'、'.join(absent)}" if absent else ""
    yield Line(
        "whole", state, "承诺中的用词", "、".join(wanted), f"{len(wanted) - len(absent)}/{len(wanted)} 个词", note
    )


def _outcome_line(proof: Proof) -> Line:
    """Whether the words speak of a result. A trial, a plan or a meeting about it is no fulfilment."""
    done, intent, pilot = (
        [word for word in _words()[kind] if word in proof.quote] for kind in ("done", "intent", "pilot")
    )
    shown = "、".join(done + intent + pilot)
    if pilot:
        return Line("outcome", "differs", "是结果还是打算", "结果", shown, "写的是试点、部分或分批，不等于全部落实")
    if done and not intent:
        return Line("outcome", "same", "是结果还是打算", "结果", shown)
    note = "写的像是打算或进展，不像结果" if intent else "没有表示完成的用词"
    return Line("outcome", "differs" if intent else "missing", "是结果还是打算", "结果", shown, note)


def _number_lines(promise: Promise, proof: Proof) -> Iterator[Line]:
    quoted, paged = amounts(proof.quote), amounts(proof.text)
    seen: set[tuple[Decimal, str]] = set()
    for amount in [*amounts(promise.quote), *amounts(promise.criterion)]:
        if (amount.value, amount.measure) not in seen:
            seen.add((amount.value, amount.measure))
            yield _number_line(amount, quoted, paged)


def _number_line(amount: Amount, quoted: list[Amount], paged: list[Amount]) -> Line:
    promised = amount.raw + amount.object
    for place, pool in (("", quoted), ("不在申报的引文里，在网页其他处", paged)):
        like = comparable(amount, pool)
        if not like:
            continue
        met = [other for other in like if amount.met_by(other)]
        if met:
            return Line("numbers", "same", "数量", promised, met[0].raw + met[0].object, place)
        shown = "、".join(dict.fromkeys(other.raw + other.object for other in like))
        return Line("numbers", "differs", "数量", promised, shown, place)
    return Line("numbers", "missing", "数量", promised, "")


def _date_lines(promise: Promise, proof: Proof) -> Iterator[Line]:
    if proof.published_at is None:
        yield Line("dates", "missing", "发布日期", _day(promise.promised_at), "", "网页没有可信的发布日期")
        return
    shown = _day(proof.published_at)
    if promise.promised_at is not None:
        early = proof.published_at.astimezone(CHINA).date() < promise.promised_at.astimezone(CHINA).date()
        note = "网页发布在承诺之前" if early else ""
        yield Line("dates", "differs" if early else "same", "发布在承诺之后", _day(promise.promised_at), shown, note)
    if proof.published_at > proof.fetched_at:
        yield Line("dates", "differs", "发布日期", "", shown, "网页写的日期还没有到")
    if promise.due_at is not None:
        late = proof.published_at >= promise.due_at
        note = "晚于时限：即使落实，也按逾期计" if late else ""
        yield Line("dates", "differs" if late else "same", "在时限之内", _day(promise.due_at, last=True), shown, note)


def _owner_lines(promise: Promise, proof: Proof, office: Office) -> Iterator[Line]:
    page = normalised(proof.title + proof.text)
    for owner in promise.owners:
        unit = unit_named(owner, office)
        names = (unit.name, *unit.aliases) if unit else (owner,)
        met = next((name for name in names if normalised(name) in page), "")
        yield Line("owner", "same" if met else "missing", "落实单位", owner, met)


def key_words(text: str) -> list[str]:
    """The words of a promise that its proof should repeat: no numbers, no phrases every promise holds; 20 at most."""
    from classify.words import cut  # the dictionary costs time that only a verification needs

    plain, common = normalised(text), set(_words()["common"])
    words = (word for word in cut(plain) if len(word) > 1 and not any(c.isdigit() for c in word))
    return list(dict.fromkeys(word for word in words if word not in common and word.isalpha()))[:20]


def _day(moment: datetime | None, *, last: bool = False) -> str:
    """The day in China; `last` for an instant that is the first one after a deadline."""
    if moment is None:
        return ""
    return (moment.astimezone(CHINA) - timedelta(seconds=1 if last else 0)).date().isoformat()


@lru_cache(maxsize=1)
def _words() -> dict[str, list[str]]:
    return tomllib.loads((files("ledger.proof") / "match_words.toml").read_text("utf-8"))
