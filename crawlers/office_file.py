"""`huiying.toml`: the checked file behind `Office`. pydantic lives here, away from the cold start."""

from datetime import date
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from crawlers.office import AlertChannel, ClockBasis, Office, Person, Role, Unit
from crawlers.toml_file import read_toml
from crawlers.workspace import Problem

Text = Annotated[str, Field(min_length=1)]
Host = Annotated[str, Field(pattern=r"^[a-z0-9.-]+(:[0-9]{1,5})?$")]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=False)


class _Office(_Table):
    name: Text
    contact: Text
    domains: tuple[Host, ...] = ()
    media_domains: tuple[Host, ...] = ()
    accounts: tuple[Text, ...] = ()
    superior: str = ""
    supervision: str = ""
    four_eyes: bool = True
    clock_basis: ClockBasis = "detected"


class _Unit(_Table):
    name: Text
    aliases: tuple[Text, ...] = ()
    parent: str | None = None
    members: tuple[Text, ...] = ()
    valid_from: date | None = None
    valid_to: date | None = None
    successor: str | None = None


class _Person(_Table):
    name: Text
    unit: Text
    roles: tuple[Role, ...]


class _Retention(_Table):
    # Six months at the most by default; longer needs a reason an office must find for itself (个人信息保护法 第19条).
    keep_days: Annotated[int, Field(ge=1, le=730)] = 180
    keep_irrelevant_days: Annotated[int, Field(ge=0, le=180)] = 7


class _Alert(_Table):
    kind: Annotated[str, Field(pattern="^(stdout|file|wecom|dingtalk|feishu|smtp|webhook)$")]
    target: str = ""
    secret_env: Annotated[str, Field(pattern="^[A-Z0-9_]*$")] = ""
    unit: str = ""


class _File(_Table):
    office: _Office
    unit: tuple[_Unit, ...] = ()
    person: tuple[_Person, ...] = ()
    retention: _Retention = _Retention()
    alert: tuple[_Alert, ...] = ()

    @model_validator(mode="after")
    def _names_resolve(self) -> Self:
        """Units and people refer to each other by name; a dangling name would lose a promise later."""
        known = {unit.name for unit in self.unit} | {self.office.name}
        wrong = [
            f"{kind}「{owner}」提到了未登记的单位「{name}」"
            for kind, owner, name in self._references()
            if name not in known
        ]
        names = [unit.name for unit in self.unit]
        wrong += [f"单位「{name}」登记了不止一次" for name in sorted({n for n in names if names.count(n) > 1})]
        if wrong:
            raise ValueError("；".join(wrong))
        return self

    def _references(self) -> list[tuple[str, str, str]]:
        found = [("人员", person.name, person.unit) for person in self.person]
        for unit in self.unit:
            linked = [*unit.members, *filter(None, (unit.parent, unit.successor))]
            found += [("单位", unit.name, name) for name in linked]
        found += [("提醒渠道", alert.kind, alert.unit) for alert in self.alert if alert.unit]
        return found


def read_office(path: Path) -> tuple[Office | None, list[Problem]]:
    """The office declared in `path`, or None and every problem of the file with line and remedy."""
    file, problems = read_toml(path, _File)
    if file is None:
        return None, problems
    return (
        Office(
            **file.office.model_dump(),
            units=tuple(Unit(**unit.model_dump()) for unit in file.unit),
            people=tuple(Person(**person.model_dump()) for person in file.person),
            keep_days=file.retention.keep_days,
            keep_irrelevant_days=file.retention.keep_irrelevant_days,
            alerts=tuple(AlertChannel(**alert.model_dump()) for alert in file.alert),
        ),
        [],
    )
