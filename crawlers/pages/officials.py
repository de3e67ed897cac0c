"""Who on a forum speaks for an office: accounts, group titles and badges that the office listed itself."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from crawlers.office import Office

_SPACES = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Officials:
    """Listed marks of official accounts, and the names of offices that may be kept as such.

    A mark is compared and forgotten. Only where it is itself the name of the office or of one of its units does that
    name, an office's and nobody's, go into `answered_by`.
    """

    marks: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()

    @classmethod
    def of(cls, office: Office) -> "Officials":
        """What `huiying.toml` declares."""
        units = [name for unit in office.units for name in (unit.name, *unit.aliases)]
        return cls(frozenset(map(_plain, office.accounts)), frozenset(map(_plain, [office.name, *units])))

    def speak(self, marks: Iterable[str]) -> bool:
        """Whether any of an account's marks (its name, group title, badges) is listed."""
        return any(_plain(mark) in self.marks for mark in marks if mark)

    def office(self, marks: Iterable[str]) -> str:
        """The office that an official account names, "" where its name says nothing of the kind."""
        return next((mark for mark in map(_plain, marks) if mark in self.names), "")


def _plain(mark: str) -> str:
    return _SPACES.sub("", unicodedata.normalize("NFKC", mark))
