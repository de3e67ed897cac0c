"""`sources.toml`: the checked file behind `Source`. pydantic lives here, away from the cold start."""

from collections import Counter
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from crawlers.addresses import public_url
from crawlers.pages.links import absolute, is_private
from crawlers.pages.rule import Rule
from crawlers.platforms import platform_of
from crawlers.sources import ENGINES, Engine, Kind, Source
from crawlers.toml_file import read_toml
from crawlers.workspace import Problem

Text = Annotated[str, Field(min_length=1)]
Host = Annotated[str, Field(pattern=r"^[a-z0-9.-]+(:[0-9]{1,5})?$")]
# A public site gets at least a second between requests and five minutes between sweeps, whatever the file says.
_SHORTEST_DELAY, _SHORTEST_ROUND = 1.0, 5


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Rule(_Table):
    item: str = ""
    next: str = ""
    title: str = ""
    body: str = ""
    date: str = ""
    answer: str = ""
    asked: str = ""
    answered: str = ""
    office: str = ""

    @model_validator(mode="after")
    def _selectors_are_css(self) -> Self:
        if wrong := Rule(**self.model_dump()).problems():
            raise ValueError("；".join(f"{name} 不是 CSS 选择器：{css!r}" for name, css in wrong))
        return self


class _Source(_Table):
    name: Text
    kind: Kind
    url: Text
    engine: Engine = ""
    rule: _Rule | None = None
    every_minutes: Annotated[int, Field(ge=1, le=525600)] = 60
    delay_seconds: Annotated[float, Field(ge=0, le=3600)] = 2.0
    max_pages: Annotated[int, Field(ge=1, le=100)] = 3
    thread_pages: Annotated[int, Field(ge=1, le=50)] = 5
    hosts: tuple[Host, ...] = ()

    @field_validator("url")
    @classmethod
    def _is_public(cls, url: str) -> str:
        whole = absolute(url, url)
        if not whole:
            raise ValueError(f"不是 http 或 https 网址：{url!r}")
        if public_url(whole) != whole:
            raise ValueError("网址里有个人主页、账号或会话参数；只采集面向机关的公开栏目，不采集个人")
        if name := platform_of(whole):
            raise ValueError(f"{name}是个人账号平台，不在采集范围；官方账号的内容请用本单位网站或订阅源")
        return whole

    @field_validator("hosts")
    @classmethod
    def _are_no_platforms(cls, hosts: tuple[str, ...]) -> tuple[str, ...]:
        if names := [name for host in hosts if (name := platform_of(f"https://{host}/"))]:
            raise ValueError(f"{'、'.join(names)}是个人账号平台，不在采集范围；请用本单位网站或订阅源")
        return hosts

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.kind == "forum" and not self.engine:
            raise ValueError(f"论坛要写明 engine，只能取 {'、'.join(ENGINES)}")
        if self.kind != "forum" and self.engine:
            raise ValueError('只有论坛（kind = "forum"）才写 engine')
        if is_private(urlsplit(self.url).hostname or ""):
            return self
        if self.delay_seconds < _SHORTEST_DELAY:
            raise ValueError(f"delay_seconds 太小：{self.delay_seconds}，公开网站不得小于 {_SHORTEST_DELAY:g} 秒")
        if self.every_minutes < _SHORTEST_ROUND:
            raise ValueError(f"every_minutes 太小：{self.every_minutes}，公开网站不得小于 {_SHORTEST_ROUND} 分钟")
        return self


class _File(_Table):
    source: tuple[_Source, ...] = ()

    @model_validator(mode="after")
    def _names_are_unique(self) -> Self:
        repeated = [name for name, count in Counter(source.name for source in self.source).items() if count > 1]
        if repeated:
            raise ValueError("；".join(f"来源「{name}」登记了不止一次" for name in repeated))
        return self


def read_file(path: Path) -> tuple[list[Source], list[Problem]]:
    """The sources of `path`, or none and every problem with its line."""
    file, problems = read_toml(path, _File)
    if file is None:
        return [], problems
    return [_source(entry) for entry in file.source], []


def _source(entry: _Source) -> Source:
    rule = Rule(**entry.rule.model_dump()) if entry.rule else None
    return Source(**{**entry.model_dump(), "rule": rule})
