"""The office as its `huiying.toml` declares it: who it is, its units, its people, what it may rely on."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

Role = Literal["analyst", "duty_head", "liaison", "verifier", "approver", "superior", "viewer"]
ROLES: dict[str, str] = {
    "analyst": "研判员",
    "duty_head": "值班负责人",
    "liaison": "责任单位联络员",
    "verifier": "核查员",
    "approver": "审批人",
    "superior": "上级督办",
    "viewer": "只读",
}
ClockBasis = Literal["occurred", "detected", "assigned"]  # 发生 · 发现 · 交办


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit that can owe something. `members` makes it a group (各相关处室) that must be resolved to names."""

    name: str
    aliases: tuple[str, ...] = ()
    parent: str | None = None  # None: directly under the office
    members: tuple[str, ...] = ()
    valid_from: date | None = None  # None: since ever
    valid_to: date | None = None  # None: still exists
    successor: str | None = None  # who inherits its promises when it ceases to exist


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the office who acts on the ledger; `name` may be a post ("值班员甲") instead of a name."""

    name: str
    unit: str
    roles: tuple[Role, ...]


@dataclass(frozen=True, slots=True)
class AlertChannel:
    """Where due matters are said. `secret_env` names the environment variable that holds the address or key.

    With `unit` only what that unit owes, and the units below it, is said there; "" means everything.
    """

    kind: Literal["stdout", "file", "wecom", "dingtalk", "feishu", "smtp", "webhook"]
    target: str = ""
    secret_env: str = ""
    unit: str = ""

    @property
    def label(self) -> str:
        """How it is told from the others in messages and in the outbox: its kind, and whom it is for."""
        return f"{self.kind}@{self.unit}" if self.unit else self.kind


@dataclass(frozen=True, slots=True)
class Office:
    """One public office. Empty `domains` means that no page counts as official yet, so nothing can close."""

    name: str
    contact: str  # telephone or mail shown in the crawler's user agent
    domains: tuple[str, ...] = ()  # official hosts, "sfj.example.gov.cn" or "127.0.0.1:8000"; subdomains included
    media_domains: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()  # account names and group titles of offices on forums: matched, never stored
    superior: str = ""  # who receives a complaint about the office itself
    supervision: str = ""  # the discipline or supervision body (纪检监察)
    units: tuple[Unit, ...] = ()
    people: tuple[Person, ...] = ()
    four_eyes: bool = True
    clock_basis: ClockBasis = "detected"
    keep_days: int = 180
    keep_irrelevant_days: int = 7
    alerts: tuple[AlertChannel, ...] = field(default=())

    def person(self, name: str) -> Person | None:
        """The declared person of that name, or None."""
        return next((person for person in self.people if person.name == name), None)


def dangling(office: str, units: Iterable[Any], people: Iterable[Any], alerts: Iterable[Any]) -> list[str]:
    """What is wrong with the names by which units, people and channels refer to each other, in Chinese.

    The arguments have the fields of `Unit`, `Person` and `AlertChannel`.
    """
    names = [unit.name for unit in units]
    found = [("人员", person.name, person.unit) for person in people]
    for unit in units:
        linked = [*unit.members, *filter(None, (unit.parent, unit.successor))]
        found += [("单位", unit.name, name) for name in linked]
    found += [("提醒渠道", alert.kind, alert.unit) for alert in alerts if alert.unit]
    wrong = [
        f"{kind}「{owner}」提到了未登记的单位「{name}」" for kind, owner, name in found if name not in {*names, office}
    ]
    return wrong + [f"单位「{name}」登记了不止一次" for name in sorted({n for n in names if names.count(n) > 1})]
