"""`huiying.toml` in full: every mistake with its line and remedy. pydantic lives here, away from the cold start.

`crawlers.office_file` comes first and asks here only about a file that is not plainly right.
"""

from datetime import date
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from crawlers.office import AlertChannel, ClockBasis, Office, Person, Role, Unit, dangling
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
        if wrong := dangling(self.office.name, self.unit, self.person, self.alert):
            raise ValueError("；".join(wrong))
        return self


def explain_office(path: Path) -> tuple[Office | None, list[Problem]]:
    """The office declared in `path`, or None and every problem of the file with line and remedy."""
    file, problems = read_toml(path, _File)
    return (None, problems) if file is None else (_office(file), [])


def checked(tables: dict[str, Any]) -> Office:
    """The office that the tables of a file declare; raises pydantic's ValidationError."""
    return _office(_File.model_validate(tables))


def _office(file: _File) -> Office:
    return Office(
        **file.office.model_dump(),
        units=tuple(Unit(**unit.model_dump()) for unit in file.unit),
        people=tuple(Person(**person.model_dump()) for person in file.person),
        keep_days=file.retention.keep_days,
        keep_irrelevant_days=file.retention.keep_irrelevant_days,
        alerts=tuple(AlertChannel(**alert.model_dump()) for alert in file.alert),
    )
