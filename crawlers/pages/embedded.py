"""JSON in place of text: the article a page carries for its own script (`__NEXT_DATA__`), letters a board answers with.

Only what `data/embedded.toml` names is read: titles, words, dates, offices. No author's field is ever looked at (S2).
"""

import json
import re
import tomllib
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

from crawlers.organisations import office_name
from crawlers.pages.dates import parse_feed_date
from crawlers.pages.dom import Element
from crawlers.pages.fragment import text_of_html

_STATE = re.compile(r"(?:window\s*\.\s*)?__[A-Z][A-Z_]{3,30}__\s*=\s*(?=[{\[])")
_MOST = 20_000  # objects looked at; a page's own article stands near the top
_ENOUGH = 30  # characters of a body


class Embedded(NamedTuple):
    """An article as the page's script would have shown it."""

    title: str
    text: str
    posted_at: datetime | None


def embedded_article(tree: Element, *, now: datetime) -> Embedded | None:
    """The article in a page's JSON: the one <title> names, else the longest; None where there is none."""
    whole = " ".join((next((title.text for title in tree.iter("title")), "") or "").split())
    best: Embedded | None = None
    for item in _objects(tree):
        made = _article(item, now)
        if made is None:
            continue
        if len(made.title) > 1 and made.title in whole:
            return made
        if best is None or len(made.text) > len(best.text):
            best = made
    return best


def _article(item: dict[str, Any], now: datetime) -> Embedded | None:
    fields = _fields(item)
    names = _names("article")
    title, body = _text(fields, names["title"]), text_of_html(_text(fields, names["body"]))
    if not title or len(body) < _ENOUGH:
        return None
    return Embedded(text_of_html(title).replace("\n", " "), body, _moment(fields, names["date"], now))


class Letter(NamedTuple):
    """A letter of a board in JSON, with its answers in one text."""

    number: str  # "": it has none of its own
    title: str
    text: str
    posted_at: datetime | None
    answer: str
    answered_at: datetime | None
    answered_by: str


def embedded_letters(text: str, *, now: datetime) -> list[Letter]:
    """The letters in an answer of JSON: objects that have a title, words and a time; none where it is anything else."""
    try:
        data = json.loads(text) if text.lstrip()[:1] in ("{", "[") else None
    except (ValueError, RecursionError):
        return []
    made = (_letter(item, now) for item in _inner(data)) if isinstance(data, dict | list) else ()
    return [letter for letter in made if letter]


def _letter(item: dict[str, Any], now: datetime) -> Letter | None:
    fields, names, reply = _fields(item), _names("letter"), _names("reply")
    title, question = _text(fields, names["title"]), text_of_html(_text(fields, names["question"]))
    asked = _moment(fields, names["asked"], now)
    if not title or not question or asked is None:
        return None
    parts = [_fields(part) for part in _inner(item)]
    answers = [part for part in parts if _text(part, reply["answer"])]
    answered = (moment for part in answers if (moment := _moment(part, reply["answered"], now)))
    offices = (office for part in answers if (office := office_name(_text(part, reply["office"]))))
    number = next((str(fields[name]) for name in names["number"] if isinstance(fields.get(name), str | int)), "")
    return Letter(
        number, text_of_html(title).replace("\n", " "), question, asked,
        "\n".join(text_of_html(_text(part, reply["answer"])) for part in answers),
        next(answered, None), next(offices, ""),
    )  # fmt: skip


def _fields(item: dict[str, Any]) -> dict[str, Any]:
    return {re.sub(r"[_-]", "", name).lower(): value for name, value in item.items()}


def _text(fields: dict[str, Any], names: list[str]) -> str:
    values = (fields.get(name) for name in names)
    return next((value for value in values if isinstance(value, str) and value.strip()), "")


def _moment(fields: dict[str, Any], names: list[str], now: datetime) -> datetime | None:
    dates = (str(fields[name]) for name in names if isinstance(fields.get(name), str | int))
    return next((moment for text in dates if (moment := parse_feed_date(text, now=now))), None)


def _objects(tree: Element) -> Iterator[dict[str, Any]]:
    """Every object in the page's JSON, outer ones first."""
    return _inner(list(_states(tree)))


def _inner(data: dict[str, Any] | list[Any]) -> Iterator[dict[str, Any]]:
    """Every object in a value, outer ones first."""
    queue: list[Any] = [data]
    for count, value in enumerate(queue):  # grows while it is walked
        if count > _MOST:
            return
        if isinstance(value, dict):
            yield value
        inner = value.values() if isinstance(value, dict) else value
        queue += [item for item in inner if isinstance(item, dict | list)]


def _states(tree: Element) -> Iterator[Any]:
    """The JSON that stands in scripts, whole or set to a name such as __INITIAL_STATE__."""
    for script in tree.iter("script"):
        text = script.text or ""
        start = 0
        if script.get("type") != "application/json":
            match = _STATE.search(text)
            if match is None:
                continue
            start = match.end()
        try:
            value, _ = json.JSONDecoder().raw_decode(text[start:].lstrip())
        except (ValueError, RecursionError):
            continue
        if isinstance(value, dict | list):
            yield value


@cache
def _names(kind: str) -> dict[str, list[str]]:
    table: dict[str, dict[str, list[str]]] = tomllib.loads(
        (files("crawlers") / "data" / "embedded.toml").read_text("utf-8")
    )
    return table[kind]
