"""Personal data put into the city on purpose, all of it invented: none of it may ever be found in a workspace."""

import re
import unicodedata
from collections.abc import Iterator

from crawlers.city.items import table

_NUMBER = re.compile(r"\+?[\d\s-]{8,}[Xx]?")


def planted() -> list[str]:
    """Every planted value as its page writes it, and numbers also as bare digits; sorted, without repeats."""
    return sorted({spelling for value in _values() for spelling in _spellings(value)})


def _values() -> Iterator[str]:
    """Handles of citizens, names, numbers, plates, addresses and the press people named in bylines."""
    for name in ("portal", "mailbox", "forum", "feeds"):
        for entry in table(name)["item"]:
            yield from entry.get("planted", ())
            yield from (entry["handle"],) if "handle" in entry else ()
            yield from (reply["handle"] for reply in entry.get("reply", ()) if not reply.get("official"))
    yield from table("forum")["chorus"]["handles"]
    yield table("portal")["portal"]["editor"]
    yield table("feeds")["rss"]["reporter"]


def _spellings(value: str) -> Iterator[str]:
    yield value
    folded = unicodedata.normalize("NFKC", value)
    if _NUMBER.fullmatch(folded):
        yield re.sub(r"[\s-]", "", folded)
