"""The article that a page carries as JSON for its own script: `__NEXT_DATA__`, `__INITIAL_STATE__` and their like.

Only what `data/embedded.toml` names is read: a title, a body, a date. No author's field is ever looked at (S2).
"""

import json
import re
import tomllib
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

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
    fields = {re.sub(r"[_-]", "", name).lower(): value for name, value in item.items()}
    title, body = _text(fields, "title"), text_of_html(_text(fields, "body"))
    if not title or len(body) < _ENOUGH:
        return None
    dates = (str(fields[name]) for name in _names()["date"] if isinstance(fields.get(name), str | int))
    posted = next((moment for text in dates if (moment := parse_feed_date(text, now=now))), None)
    return Embedded(text_of_html(title).replace("\n", " "), body, posted)


def _text(fields: dict[str, Any], kind: str) -> str:
    values = (fields.get(name) for name in _names()[kind])
    return next((value for value in values if isinstance(value, str) and value.strip()), "")


def _objects(tree: Element) -> Iterator[dict[str, Any]]:
    """Every object in the page's JSON, outer ones first."""
    queue = list(_states(tree))
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
def _names() -> dict[str, list[str]]:
    table: dict[str, list[str]] = tomllib.loads((files("crawlers") / "data" / "embedded.toml").read_text("utf-8"))
    return table
