"""One run of the pipeline: collect (or import) → tag → take up; what it did, in numbers that add up."""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from classify.model import load
from classify.tags import tag_new
from crawlers.database import DatabaseError, FullDisk
from crawlers.faults import fault
from crawlers.search import index
from crawlers.store import save
from crawlers.workspace import Problem
from ledger.docket import Docketed, take_up
from ledger.fields import Desk, Progress
from ledger.record.parts import CaseOrigin
from ledger.timing.in_force import in_force

if TYPE_CHECKING:
    from crawlers.sources import Source
    from crawlers.tally import CrawlEvent, CrawlSummary

COUNTS = ("read", "new", "known", "changed", "refused", "failed")
MEANINGS = {
    "number": "编号", "title": "标题", "text": "内容", "posted_at": "时间", "answer": "答复", "answered_at": "答复时间",
    "answered_by": "答复单位", "likes": "点赞", "replies": "回复数", "views": "浏览",
}  # fmt: skip
Counts = dict[str, Any]
NEWS = "来源有变："
INTERRUPTED = Problem("采集", "", "已中断", "再运行一次会接着做，不会重复")


@dataclass(frozen=True, slots=True)
class Run:
    """What a sweep or an import did. For each source, read = new + known + changed + refused."""

    sources: dict[str, Counts]
    problems: tuple[Problem, ...]
    lines: tuple[str, ...]
    tagged: Counts
    docket: Docketed
    code: int = 0
    news: tuple[str, ...] = ()  # sources that went quiet, fail or refuse, each said once
    interrupted: bool = False

    @property
    def failures(self) -> tuple[Problem, ...]:
        """What went wrong, an interruption left out."""
        return tuple(problem for problem in self.problems if problem is not INTERRUPTED)

    def as_json(self) -> dict[str, Any]:
        """The object that ends `huiying sweep --json` and `huiying import --json`."""
        totals = {name: sum(int(counts.get(name, 0)) for counts in self.sources.values()) for name in COUNTS}
        return {
            **totals,
            "sources": self.sources,
            "problems": [asdict(problem) for problem in self.problems],
            "news": list(self.news),
            "tagged": self.tagged,
            "cases": asdict(self.docket),
        }


def chosen(path: Path, names: Sequence[str] = ()) -> "tuple[list[Source], list[Problem]]":
    """The registered sources, or those named; a mistake in the file, or an unknown name, and there are none."""
    from crawlers.sources import read_sources

    sources, problems = read_sources(path)
    known = {source.name for source in sources}
    problems += [
        Problem(path.name, "", f"没有登记来源「{name}」", "用 huiying source list 查看")
        for name in names
        if name not in known and not problems
    ]
    wanted = [source for source in sources if not names or source.name in names]
    return ([], problems) if problems else (wanted, [])


@dataclass(frozen=True, slots=True)
class Books:
    """The open databases and where to report progress; a run of many rounds keeps one."""

    posts: sqlite3.Connection
    ledger: sqlite3.Connection
    progress: Progress


def sweep(desk: Desk, sources: "Sequence[Source]", *, due_only: bool = False, books: Books | None = None) -> Run:
    """Collect from `sources` (or those whose time has come), tag what is new, and take it up into the ledger.

    Sources that asked to be left alone for a while (Retry-After) are left alone, and that is told.
    """
    from crawlers.crawl import run
    from crawlers.health import alerts, due, resting
    from crawlers.visits import open_visits

    books = books or _books(desk, desk.posts())
    open_visits(books.posts, now=desk.now)
    rest = resting(books.posts, sources, now=desk.now)
    awake = [source for source in sources if source.name not in rest]
    chosen = due(books.posts, awake, now=desk.now) if due_only else awake
    summary = run(desk.workspace, desk.office, chosen, now=desk.now, progress=_shown(books.progress))
    counts = {name: tally.as_json() for name, tally in summary.sources.items()}
    failures, news = _failures(summary), tuple[str, ...]()
    tagged, docket = dict[str, Any](), Docketed()
    try:
        tagged, docket, broken = _follow(desk, books, "sweep")
        failures += broken
        news = tuple(f"{NEWS}{health}" for health in alerts(books.posts, sources, now=desk.now))
    except (OSError, sqlite3.DatabaseError, DatabaseError) as error:
        if not isinstance(full := fault(error), FullDisk):
            raise
        failures.append(Problem("分类、立件", "", str(full), "之后再运行一次会接着做"))
    lines = (*summary.remarks(), *([] if due_only else _waiting(rest)), *news, *_told(tagged, docket))
    problems = (*failures, INTERRUPTED) if summary.interrupted else tuple(failures)
    code = 1 if problems else 0
    return Run(counts, problems, lines, tagged, docket, code, news=news, interrupted=summary.interrupted)


def _waiting(rest: Mapping[str, datetime]) -> list[str]:
    return [f"{name}：对方请 {until:%m-%d %H:%M} 以后再来，本次没有采集" for name, until in rest.items()]


def bring_in(desk: Desk, files: Sequence[Path], *, source: str, dry_run: bool) -> Run:
    """Import exported tables, tag them, and take them up; a dry run only reads the files."""
    from crawlers.collisions import keep_apart
    from crawlers.imports import read_export

    key = desk.workspace.key()
    counts: dict[str, Counts] = {}
    problems: list[Problem] = []
    lines: list[str] = []
    posts = desk.posts()
    for number, file in enumerate(files, start=1):
        export = read_export(file, source=source, key=key, now=desk.now)
        kept, clashes = keep_apart(posts, export.posts, key=key, file=file.name)
        problems += [*export.problems, *clashes]
        lines += _columns(file, export.columns, export.dropped)
        saved = {} if dry_run else asdict(save(posts, kept, now=desk.now))
        counted = {"read": export.rows, "failed": export.rows - len(kept), **saved}
        before = counts.get(export.source, {})
        counts[export.source] = {name: count + before.get(name, 0) for name, count in counted.items()}
        desk.progress("读入", number, len(files))
    tagged, docket, broken = ({}, Docketed(), []) if dry_run else _follow(desk, _books(desk, posts), "import")
    problems += broken
    return Run(counts, tuple(problems), (*lines, *_told(tagged, docket)), tagged, docket, code=1 if problems else 0)


def _books(desk: Desk, posts: sqlite3.Connection) -> Books:
    return Books(posts, desk.ledger(), desk.progress)


def _follow(desk: Desk, books: Books, origin: CaseOrigin) -> tuple[Counts, Docketed, list[Problem]]:
    """Tag what is new and take it up; with a calendar or rules that cannot be read, nothing is taken up yet."""
    own = desk.workspace.model / "model.npz"
    books.progress("索引", index(books.posts), None)  # so that the first search does not wait for it
    tagged = tag_new(books.posts, load(own if own.exists() else None), now=desk.now, taxonomy=desk.taxonomy)
    if tagged.tagged:
        books.progress("分类", tagged.tagged, tagged.tagged)
    timing, broken = in_force(desk.root)
    if broken:
        broken.append(Problem("立件", "", "时限算不准，先不立件", "改好上面的文件再运行一次，会接着做"))
        return asdict(tagged), Docketed(), broken
    docket = take_up(
        books.posts,
        books.ledger,
        desk.office,
        desk.taxonomy,
        origin=origin,
        now=desk.now,
        timing=timing,
        progress=lambda done, total: books.progress("立件", done, total),
    )
    return asdict(tagged), docket, []


def look_again(desk: Desk, posts: Any) -> list[str]:
    """Take up what a correction changed; what came of it, in Chinese."""
    timing, broken = in_force(desk.root)
    if broken:
        return [*map(str, broken), "时限算不准，先不立件"]
    docket = take_up(posts, desk.ledger(), desk.office, desk.taxonomy, origin="sweep", now=desk.now, timing=timing)
    return _told({}, docket)


def _shown(progress: Progress) -> "Any":
    def on(event: "CrawlEvent") -> None:
        pages = event.tally.fetched + event.tally.unchanged
        progress(event.source, pages, pages if event.kind == "done" else None)  # how many come is not known before

    return on


def _failures(summary: "CrawlSummary") -> list[Problem]:
    """Sources that were given up, pages that gave nothing, a crawl that died: each with what to do."""
    found = [Problem(name, "", trouble, todo) for name, trouble, todo in summary.troubles()]
    if summary.crashed:
        found.append(Problem("采集", "", f"没有做完：{summary.crashed}", "已采到的不受影响，再运行一次会接着做"))
    return found


def _columns(file: Path, columns: dict[str, str], dropped: list[str]) -> list[str]:
    known = "、".join(f"{heading}（{MEANINGS.get(field, field)}）" for heading, field in columns.items())
    lines = [f"{file.name}：认出的列 {known or '无'}"]
    if dropped:
        lines.append(f"{file.name}：按规定没有读入的列 {'、'.join(dropped)}")
    return lines


def _told(tagged: Counts, docket: Docketed) -> list[str]:
    lines = []
    if tagged.get("tagged"):
        lines.append(f"新标 {tagged['tagged']} 条，其中 {tagged['review']} 条拿不准，留给人看")
    if docket.opened or docket.joined:
        lines.append(f"立件 {docket.opened} 件，{docket.joined} 条并入已有的件")
    if docket.answered or docket.promises:
        lines.append(f"登记官方答复 {docket.answered} 份，从中找出待确认的承诺 {docket.promises} 条")
    if docket.again:
        lines.append(f"{docket.again} 件已办结的又有新反映，请看是否重新启动")
    if docket.repeated:
        lines.append(f"{docket.repeated} 句承诺先前已登记过，没有重复登记")
    lines += [f"台账没有接受：{reason}" for reason in dict.fromkeys(docket.refused)]
    return lines
