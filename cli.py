"""The only door: reads the clock, the environment and the command line; a command parses, makes one call, prints.

The commands themselves are three tables: `ledger.jobs` (runs), `ledger.views` (readings), `ledger.forms` (what is
written into the record). This file turns them into click commands and their answers into lines and exit codes.
"""

import gettext
import os
import shlex
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from crawlers.clock import CHINA
from crawlers.workspace import Problem, Workspace
from ledger.jobs import jobs_of
from ledger.parameters import parameters
from ledger.told import Job, Told, look

if TYPE_CHECKING:
    import sqlite3

    from classify.labels import Taxonomy
    from crawlers.office import Office, Person
    from ledger.fields import Progress
    from ledger.forms import Form
    from ledger.record.desk import Outcome
    from ledger.views import View

# The interface is Chinese wherever it runs, cron's empty environment included.
os.environ["LANGUAGE"] = "zh_CN"
gettext.bindtextdomain("messages", str(Path(__file__).parent / "crawlers" / "data" / "locale"))
gettext.textdomain("messages")


class Failure(click.ClickException):
    """Something was found or could not be done; the message is for a person, the exit code (1) for a script."""


class Misuse(Failure):
    """The command line or the configuration is wrong."""

    exit_code = 2


class Damage(Failure):
    """Data on disk is damaged or was written by a newer version."""

    exit_code = 3


class Conflict(Failure):
    """Somebody else wrote at the same time."""

    exit_code = 4


class Refused(Failure):
    """A rule does not allow it; the message says who may."""

    exit_code = 5


@dataclass
class Door:
    """What one invocation knows (`ledger.fields.Desk`). Tests hand in their own clock."""

    clock: Callable[[], datetime] = lambda: datetime.now(CHINA)
    root: Path = Path("huiying-data")
    actor_name: str = ""
    quiet: bool = False
    _bars: "Progress | None" = field(default=None, repr=False)
    _off: Callable[[], None] = field(default=lambda: None, repr=False)  # takes the bars off

    @property
    def now(self) -> datetime:
        """The clock, read."""
        return self.clock()

    @property
    def workspace(self) -> Workspace:
        """The workspace, which must exist."""
        if not self.root.is_dir():
            raise Misuse(f"没有工作目录 {self.root}。先运行 huiying init，或用 --workspace 指明位置")
        return Workspace(self.root)

    @property
    def office(self) -> "Office":
        """The declared office; every mistake of the file is told at once."""
        from crawlers.office_file import read_office

        office, problems = read_office(self.workspace.config)
        if office is None:
            raise Misuse("配置有误：\n" + "\n".join(map(str, problems)))
        return office

    @property
    def taxonomy(self) -> "Taxonomy":
        """The shipped kinds of concern under the office's `labels.toml`, if it wrote one."""
        from classify.labels import read_taxonomy

        taxonomy, problems = read_taxonomy(self.workspace.labels)
        if problems:
            raise Misuse("分类表有误：\n" + "\n".join(map(str, problems)))
        return taxonomy

    @property
    def actor(self) -> "Person":
        """Who acts: `--as`, or the only person an office has."""
        people = self.office.people
        if not self.actor_name and len(people) == 1:
            return people[0]
        for person in people:
            if person.name == self.actor_name:
                return person
        names = "、".join(person.name for person in people) or "（huiying.toml 中还没有登记人员）"
        raise Misuse(f"请用 --as 说明以谁的身份办理，现有：{names}")

    def posts(self) -> "sqlite3.Connection":
        """posts.db, opened and migrated; closed with the command."""
        from classify.tags import ready
        from crawlers.store import open_posts

        db = _closing(open_posts(self.workspace.posts))
        ready(db)
        return db

    def ledger(self) -> "sqlite3.Connection":
        """ledger.db, opened and migrated; closed with the command."""
        from ledger.record.database import open_ledger

        return _closing(open_ledger(self.workspace.ledger))

    @property
    def progress(self) -> "Progress":
        """Bars on stderr, one a stage; nothing off a terminal or when asked to be quiet."""
        if self._bars is None:
            from ledger.telling.bars import bars, silent

            self._bars = silent
            if sys.stderr.isatty() and not self.quiet:
                self._bars, self._off = bars()
                click.get_current_context().call_on_close(self.settle)
        return self._bars

    def settle(self) -> None:
        """Take the bars off before anything is told: what is printed under them they would paint over."""
        self._off()
        self._bars, self._off = None, lambda: None

    def say(self, text: str) -> None:
        """A line for the person at the terminal, on stderr: stdout is data."""
        click.echo(text, err=True)

    @property
    def at_terminal(self) -> bool:
        """Whether a person sits at both ends."""
        return sys.stdin.isatty() and sys.stdout.isatty()

    def show(self, renderable: object) -> None:
        """Something to look at on stdout, in the middle of a run."""
        show(renderable)

    def key(self) -> str:
        """One keystroke, without Enter; Ctrl-C and Ctrl-D end the command."""
        return click.getchar()

    def line(self, question: str) -> str:
        """A line the person types; "" for none. Ctrl-C and Ctrl-D as at `key`."""
        try:
            answer: str = click.prompt(question, default="", show_default=False)
        except click.Abort:
            raise KeyboardInterrupt from None
        return answer.strip()


def _closing(db: "sqlite3.Connection") -> "sqlite3.Connection":
    click.get_current_context().call_on_close(db.close)
    return db


door = click.make_pass_decorator(Door, ensure=True)


def emit(value: object) -> None:
    """One JSON value on one line of stdout."""
    import json

    click.echo(json.dumps(value, ensure_ascii=False))


def show(renderable: Any) -> None:
    """Something to look at on stdout; plain text where stdout is not a terminal."""
    if isinstance(renderable, str):
        click.echo(renderable, color=False if os.environ.get("NO_COLOR") else None)
        return
    from rich.console import Console

    Console(highlight=False).print(renderable)


class Command(click.Command):
    """A command whose usage line is Chinese."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"options_metavar": "[选项]", **kwargs})


class Group(click.Group):
    """The commands of the three tables; failures are told in words."""

    command_class = Command

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"options_metavar": "[选项]", "subcommand_metavar": "命令 [参数]…", **kwargs})

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Readings, then what is defined here, then runs, then writes."""
        name = self._table
        found = dict.fromkeys([*_views(name), *self.commands, *jobs_of(name), *_forms(name)])
        return (
            [*(one for one in DAY if one in found), *(one for one in found if one not in DAY)] if not name else [*found]
        )

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """The command built from its row."""
        if job := jobs_of(self._table).get(name):
            return _job_command(job)
        if view := _views(self._table).get(name):
            return _view_command(view)
        if form := _forms(self._table).get(name):
            return _form_command(form)
        return super().get_command(ctx, name)

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """As click does it, with every command of the tables among the suggestions."""
        try:
            return super().resolve_command(ctx, args)
        except click.exceptions.NoSuchCommand as error:
            names = self.list_commands(ctx)
            raise click.exceptions.NoSuchCommand(error.command_name, possibilities=names, ctx=ctx) from None

    def invoke(self, ctx: click.Context) -> Any:
        """Run, and translate the failures of the rooms."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:  # every kind passes through here; only the known ones are translated
            failure = _translated(error)
            if failure is None:
                raise
            raise failure from error

    @property
    def _table(self) -> str:
        return "" if self.name in (None, "huiying") else str(self.name)


def _views(group: str) -> "dict[str, View]":
    """No readings at the top level: `--help` must stay cheap."""
    if not group:
        return {}
    from ledger.views import views_of

    return views_of(group)


def _forms(group: str) -> "dict[str, Form]":
    if not group:
        return {}
    from ledger.forms import forms_of

    return forms_of(group)


def _translated(error: Exception) -> Failure | None:
    import sqlite3

    from classify.archive import ModelFileError
    from crawlers.crawl import CrawlBusy
    from crawlers.database import BusyDatabase, DatabaseError, FullDisk
    from crawlers.faults import fault

    if isinstance(error, sqlite3.DatabaseError | OSError):
        error = fault(error) or error
    match error:
        case FullDisk():
            return Failure(str(error))
        case BusyDatabase() | CrawlBusy():
            return Conflict(str(error))
        case DatabaseError() | ModelFileError():
            return Damage(str(error))
        case sqlite3.DatabaseError():
            return Damage(f"数据库无法读写（{error}）。请检查磁盘空间，或用 huiying restore 恢复备份")
        case BrokenPipeError():
            return None
        case OSError():
            return Failure(f"文件无法读写：{error.filename or ''} {error.strerror or error}".strip())
    return None


def _job_command(job: Job) -> click.Command:
    @door
    def run(state: Door, /, as_json: bool = False, dry_run: bool = False, **typed: Any) -> None:
        state.quiet = as_json or bool(typed.get("quiet"))
        _tell(state, job.run(state, {**typed, "dry_run": dry_run, "as_json": as_json}), as_json)

    return Command(job.verb, params=parameters(job.fields, writes=job.writes), help=job.help, callback=run)


def _tell(state: Door, told: Told, as_json: bool) -> None:
    state.settle()
    for line in told.lines:
        click.echo(line)
    if told.after:
        _tell(state, told.after(), as_json)
    if as_json:
        if told.value is not None:
            emit(told.value)
    elif told.view is not None:
        show(told.view if isinstance(told.view, str) else told.view())
    for problem in told.problems:
        click.echo(str(problem), err=True)
    click.get_current_context().exit(told.code)


def _view_command(view: "View") -> click.Command:
    @door
    def run(state: Door, /, as_json: bool, **typed: Any) -> None:
        rows = view.read(state, typed)
        found = list(rows) if view.single or not as_json else rows
        if view.single and not found:
            raise Failure(f"没有找到 {typed['number']}；{view.missing}")
        if as_json:
            for row in found:
                emit(row.as_json())
            return
        show(look(view.render, found, **view.context(state))())

    return Command(view.verb, params=parameters(view.fields), help=view.help, callback=run)


def _form_command(form: "Form") -> click.Command:
    @door
    def run(state: Door, /, as_json: bool, dry_run: bool, **typed: Any) -> None:
        from ledger.fill import carry_out

        _tell_outcome(carry_out(form, typed, state, dry_run=dry_run), as_json, dry_run)

    return Command(form.verb, params=parameters(form.fields, writes=True), help=form.help, callback=run)


def _tell_outcome(outcome: "Outcome | list[Problem]", as_json: bool, dry_run: bool) -> None:
    """What a write did: one line a recorded event, or the refusal with who may; exit codes 2, 4 and 5."""
    if isinstance(outcome, list):
        raise Misuse("\n".join(map(str, outcome)))
    if as_json:
        emit(look("looks.outcome_json", outcome)())
    if outcome.refusal:
        raise Refused(str(outcome.refusal))
    if outcome.conflict:
        raise Conflict(str(outcome.conflict))
    if not as_json:
        show(look("looks.outcome_view", outcome, dry_run=dry_run)())


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "-w", "--workspace", "root", envvar="HUIYING_HOME", default="huiying-data", metavar="目录",
    type=click.Path(path_type=Path), help="工作目录，默认 ./huiying-data（环境变量 HUIYING_HOME）。",
)  # fmt: skip
@click.option(
    "--as", "actor", envvar="HUIYING_ACTOR", default="", metavar="人员",
    help="以谁的身份办理（环境变量 HUIYING_ACTOR）。",
)  # fmt: skip
@click.version_option(package_name="huiying", prog_name="huiying")
@click.pass_context
def huiying(ctx: click.Context, root: Path, actor: str) -> None:
    """回应：听见群众关切，按时答复，承诺兑现全程公开。

    \b
    第一次用：huiying demo 看样例；huiying init 建工作目录；
    huiying source add 网址 添加渠道；huiying sweep 采集；huiying today 看该做什么。
    退出码：0 正常 · 1 有发现 · 2 用法不对 · 3 数据损坏 · 4 与他人冲突 · 5 规则不允许
    """
    state = ctx.ensure_object(Door)
    state.root, state.actor_name = root, actor


@huiying.command()
@click.option("--dir", "into", default="huiying-demo", type=click.Path(path_type=Path), help="演示用的工作目录。")
@door
def demo(state: Door, into: Path) -> None:
    """在自带的样例城市里走一遍：采集、分类、立件、答复、承诺、公开落实。"""
    from ledger.demo import prepare, walk

    if problem := prepare(into):
        raise Misuse(str(problem))
    typist = _Typist(into, state.clock)
    tell = partial(click.secho, fg="cyan", bold=True)
    click.get_current_context().exit(walk(into, now=state.now, type_=typist.type, ask=typist.ask, tell=tell))


@dataclass(frozen=True)
class _Typist:
    """Types commands as a person would, in this process."""

    root: Path
    clock: Callable[[], datetime]

    def type(self, *words: str) -> int:
        """Show the command and run it; its exit code."""
        click.secho(f"$ huiying {shlex.join(words)}", bold=True)
        try:
            return self._run(words)
        except click.ClickException as error:
            error.show()
            return error.exit_code
        finally:
            click.echo()

    def ask(self, *words: str) -> list[Any]:
        """The JSON lines that a command prints."""
        import io
        import json
        from contextlib import redirect_stdout

        with redirect_stdout(io.StringIO()) as heard:
            self._run((*words, "--json"))
        return [json.loads(line) for line in heard.getvalue().splitlines()]

    def _run(self, words: tuple[str, ...]) -> int:
        args = ["--workspace", str(self.root), *words]
        return huiying.main(args, prog_name="huiying", standalone_mode=False, obj=Door(clock=self.clock)) or 0


@huiying.command()
@door
def cron(state: Door) -> None:
    """打印建议的 crontab；只打印，不安装。"""
    from ledger.doctor import crontab

    click.echo(crontab(Path(sys.argv[0]).absolute(), state.root.absolute()))


# The top level in the order of setting up, then of a working day, then of housekeeping.
DAY = (
    "demo", "init", "doctor", "source", "sweep", "import", "posts", "topics", "today", "review", "case", "commitment",
    "proposal", "plan", "due", "calendar", "rules", "classify", "label", "model", "alert", "reconcile", "report",
    "publish", "ledger", "backup", "restore", "purge", "cron",
)  # fmt: skip
GROUPS = {
    "source": "公开渠道：添加、列出、检查、移除。",
    "posts": "群众的话（已遮蔽、短期保存）：列出、查看、检索。",
    "model": "分类模型：看依据、评估、用本单位的更正再训练。",
    "case": "舆情：登记、交办、回应、办结。",
    "commitment": "承诺：登记、申报、核查、公开落实。",
    "proposal": "须第二人确认的提议。",
    "plan": "年度工作要点、任务分解表。",
    "calendar": "放假安排：启用新通知、查看。",
    "ledger": "台账本身：事件、核验、见证、导出。",
}
for _name, _help in GROUPS.items():
    huiying.add_command(Group(_name, help=_help, no_args_is_help=True))


main = partial(huiying, prog_name="huiying")
