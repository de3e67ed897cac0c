"""Promises of the city that a demonstration walks through: one kept, one broken, one without a clear date."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from crawlers.city.items import Item, table
from crawlers.city.phrases import fill
from crawlers.clock import CHINA


@dataclass(frozen=True, slots=True)
class Promise:
    """A promise in an official answer: where it stands, its words, when it falls due, which unit owes it."""

    question_url: str
    question_title: str
    answer: str
    quote: str
    due: date | None  # None: the wording gives no day
    unit: str


@dataclass(frozen=True, slots=True)
class Story(Promise):
    """A promise with the public page that proves it kept."""

    proof_url: str
    proof_quote: str


def promise(kind: str, items: tuple[Item, ...], portal_url: str, now: datetime) -> Promise:
    """The city's promise of that kind: "fulfilled", "broken" or "ambiguous"."""
    entry, item = _told(kind, "mailbox", items)
    due = entry.get("due_days")
    return Promise(
        question_url=portal_url + item.path,
        question_title=item.title,
        answer=item.answer,
        quote=fill(entry["promise"], now),
        due=None if due is None else now.astimezone(CHINA).date() + timedelta(days=due),
        unit=entry["unit"],
    )


def story(items: tuple[Item, ...], portal_url: str, now: datetime) -> Story:
    """The kept promise, from the question to the page that proves it."""
    kept = promise("fulfilled", items, portal_url, now)
    entry, proof = _told("proof", "portal", items)
    return Story(
        kept.question_url, kept.question_title, kept.answer, kept.quote, kept.due, kept.unit,
        proof_url=portal_url + proof.path, proof_quote=fill(entry["quote"], now),
    )  # fmt: skip


def _told(kind: str, name: str, items: tuple[Item, ...]) -> tuple[dict[str, Any], Item]:
    entries = table(name)["item"]
    place = next(n for n, entry in enumerate(entries) if entry.get("story") == kind)
    number = table(name)[name]["start"] + place
    return entries[place], next(item for item in items if item.number == number)
