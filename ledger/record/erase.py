"""Erasure: what stays of an event whose words should never have been recorded.

The payload and its salt become null; header, hashes and chain stay, and nobody can guess the words from the salted
hash. The erasure is an event of its own. It keeps the rest of the payload, so that the state can still be rebuilt.
"""

from collections.abc import Mapping, Sequence
from typing import cast

from ledger.record.parts import Json

ERASED = "〔已涂销〕"
# Free text only: what a state, a date, a hash or an amount says is not erased but corrected by a further event.
ERASABLE = frozenset({
    "summary", "place", "reason", "note", "criterion", "exact", "prefix", "suffix", "quote", "title", "body", "period",
    "plan", "number", "error", "unit", "lead", "responsible", "channel", "confirm_note", "severity_rule",
    "severity_reason", "told",
})  # fmt: skip


def unerasable(payload: Mapping[str, Json], fields: Sequence[str]) -> list[str]:
    """Those of the dotted `fields` that are not there or are not free text."""
    return [field for field in fields if field.split(".")[-1] not in ERASABLE or _at(payload, field) is None]


def kept(payload: Mapping[str, Json], fields: Sequence[str]) -> dict[str, Json]:
    """The payload with the dotted `fields` replaced by a mark."""
    rest = dict(payload)
    for field in fields:
        name, _, below = field.partition(".")
        old = rest.get(name)
        if below and isinstance(old, dict):
            rest[name] = kept(old, [below])
        else:
            rest[name] = [ERASED] if isinstance(old, list) else ERASED
    return rest


def _at(payload: Mapping[str, Json], field: str) -> Json:
    found: Json = cast(Json, payload)
    for name in field.split("."):
        found = found.get(name) if isinstance(found, dict) else None
    return found
