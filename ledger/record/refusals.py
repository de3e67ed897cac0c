"""Why something is refused, and who may do it: values, never exceptions."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from crawlers.office import ROLES, Office, Person, Role

Code = Literal[
    "actor", "role", "subject", "state", "four_eyes", "unit", "conduct", "page", "date", "text", "duplicate",
    "incomplete", "clock", "undo",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Refusal:
    """A rule said no. `reason` is one Chinese sentence without its full stop; `who` names those who may."""

    code: Code
    reason: str
    who: str = ""  # "": nobody may, or anybody with the role once the reason is gone

    def __str__(self) -> str:
        """For a terminal."""
        return f"{self.reason}。可以办理的：{self.who}" if self.who else f"{self.reason}。"


@dataclass(frozen=True, slots=True)
class Scene:
    """Who wants to do something, in which office, when."""

    actor: Person
    office: Office
    now: datetime

    @property
    def system(self) -> bool:
        """Whether a job acts, not a person."""
        return self.actor.name.startswith(SYSTEM)


SYSTEM = "sys:"


def system(job: str) -> Person:
    """The actor of a scheduled job, e.g. `system("sweep")`. No person can be declared under such a name."""
    return Person(f"{SYSTEM}{job}", "", ())


def who_may(roles: Iterable[Role], office: Office, *, but: Iterable[str] = ()) -> str:
    """The roles in Chinese with the declared people who hold them, without those named in `but`."""
    barred = set(but)
    parts = []
    for role in roles:
        names = [person.name for person in office.people if role in person.roles and person.name not in barred]
        parts.append(f"{ROLES[role]}（{'、'.join(names)}）" if names else f"{ROLES[role]}（尚未登记合适的人）")
    return "、".join(parts)
