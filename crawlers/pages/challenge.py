"""Recognise pages that ask for proof of a browser; they are refusals, never puzzles to solve."""

import re
import tomllib
from functools import cache
from importlib.resources import files

_HEAD = 20_000  # characters
_SCRIPT = re.compile(r"<(script|style)\b.*?</\1\s*>", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"<[^>]*>")
_READABLE = 300  # characters of text; a page with more shows something besides the challenge


def challenge_name(body: bytes) -> str:
    """The product whose challenge page this is, "" for an ordinary page."""
    head = body[: _HEAD * 2]
    # Marks are ASCII or common characters; one wrong table would only hide a Chinese mark, so both are tried.
    for text in (head.decode("utf-8", "ignore"), head.decode("gb18030", "ignore")):
        found = next((name for name, marks in _challenges() if all(mark in text for mark in marks)), "")
        if found and len(_TAG.sub("", _SCRIPT.sub("", text)).strip()) < _READABLE:
            return found
    return ""


@cache
def _challenges() -> tuple[tuple[str, tuple[str, ...]], ...]:
    table = tomllib.loads((files("crawlers") / "data" / "challenges.toml").read_text("utf-8"))
    return tuple((entry["name"], tuple(entry["marks"])) for entry in table["challenge"])
