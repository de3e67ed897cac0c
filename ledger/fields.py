"""One typed value of the command line, and the desk at which a command is carried out.

The tables `forms` (writes to the record), `views` (readings) and `jobs` (runs) share these; `cli.py` turns all three
into commands. Importing this costs nothing: it is on the path of `--help`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

from crawlers.workspace import Workspace

if TYPE_CHECKING:
    import sqlite3

    from classify.labels import Taxonomy
    from crawlers.office import Office, Person

Kind = Literal[
    "text", "texts", "flag", "count", "choice", "moment", "since", "units", "unit", "page", "deadline", "labels",
    "checks", "span", "file", "files", "input", "directory", "path",
]  # fmt: skip
_METAVARS: Mapping[str, str] = {
    "text": "文字", "texts": "文字", "count": "数字", "units": "单位", "unit": "单位", "page": "网址", "path": "文件",
    "deadline": "时限", "span": "时长", "labels": "代码", "checks": "项=是否", "directory": "目录", "file": "文件",
}  # fmt: skip
Typed = Mapping[str, Any]
Progress = Callable[[str, int, int | None], None]  # stage, done, total (None: not known)


@dataclass(frozen=True, slots=True)
class Field:
    """One option (or, with `positional`, one argument) of a command."""

    name: str  # the field it fills
    kind: Kind
    help: str
    required: bool = False
    positional: bool = False
    choices: tuple[str, ...] = ()
    option: str = ""  # typed name, where it differs from the field

    @property
    def typed(self) -> str:
        """The name at the command line, without dashes."""
        return (self.option or self.name).replace("_", "-")

    @property
    def metavar(self) -> str | None:
        """What stands for the value in a usage line; None leaves it to the kind."""
        return _METAVARS.get(self.kind)

    @property
    def many(self) -> bool:
        """Whether it may be given several times."""
        return self.kind in {"units", "texts", "labels", "checks", "files"}


class Desk(Protocol):
    """What a command may ask of the command line: where, who, when."""

    @property
    def now(self) -> datetime:
        """The instant of this invocation, aware."""

    @property
    def root(self) -> Path:
        """Where the workspace is or will be."""

    @property
    def workspace(self) -> Workspace:
        """The workspace; fails in words where there is none."""

    @property
    def office(self) -> "Office":
        """The office declared in it."""

    @property
    def taxonomy(self) -> "Taxonomy":
        """The kinds of concern as this office words them; every mistake of its file is told at once."""

    @property
    def actor(self) -> "Person":
        """Who acts."""

    @property
    def progress(self) -> Progress:
        """Where to report how far a long run is."""

    def posts(self) -> "sqlite3.Connection":
        """posts.db, migrated."""

    def ledger(self) -> "sqlite3.Connection":
        """ledger.db, migrated."""

    def say(self, text: str) -> None:
        """A line for the person at the terminal, on stderr."""

    @property
    def at_terminal(self) -> bool:
        """Whether a person sits at both ends: keystrokes come in, and what is shown is seen."""

    def show(self, renderable: object) -> None:
        """Something to look at (a text or a rich renderable) on stdout, in the middle of a run."""

    def key(self) -> str:
        """One keystroke of the person at the terminal, without Enter."""

    def line(self, question: str) -> str:
        """A line the person types; "" for none."""
