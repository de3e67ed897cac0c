"""The public channels an office watches, as `sources.toml` declares them.

The kinds are a closed list, and there is no option for a cookie, a login or a proxy (S1): an unknown key is a problem.
"""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Literal, get_args

from crawlers.pages.links import site_of
from crawlers.pages.rule import Rule
from crawlers.workspace import Problem

Kind = Literal["feed", "site", "mailbox", "forum"]
KINDS: tuple[Kind, ...] = get_args(Kind)
Engine = Literal["", "discuz", "phpbb", "discourse", "flarum", "mybb", "nodebb", "other"]
ENGINES: tuple[Engine, ...] = get_args(Engine)[1:]


@dataclass(frozen=True, slots=True)
class Source:
    """One public channel. `url` is a feed, a list page, a mailbox's list or a forum's board."""

    name: str
    kind: Kind
    url: str
    engine: Engine = ""  # forums only
    rule: Rule | None = None  # None: recognise everything
    every_minutes: int = 60
    delay_seconds: float = 2.0  # at least this long between two requests to the host
    max_pages: int = 3  # list pages a sweep
    thread_pages: int = 5  # pages of one thread that are searched for official answers
    hosts: tuple[str, ...] = ()  # further hosts its matters stand on

    @property
    def sites(self) -> frozenset[str]:
        """The hosts that may be visited for this source."""
        return frozenset([site_of(self.url), *(host.removeprefix("www.") for host in self.hosts)])

    @property
    def every(self) -> timedelta:
        """How often it is due."""
        return timedelta(minutes=self.every_minutes)


def read_sources(path: Path) -> tuple[list[Source], list[Problem]]:
    """The sources declared in `path`; every problem of the file at once, and then no source at all."""
    from crawlers.source_file import read_file  # pydantic stays out of the cold start

    return read_file(path)
