"""Emergency mode: chosen sources are swept again and again, as often as courtesy allows, until told to stop.

A source is never asked sooner than it may be: what was wished for is raised where its host must be spared, and the
reason is said. Pauses that hosts ask for and the growing pauses after failures hold as in any sweep.
"""

import json
import re
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from math import ceil
from time import sleep as _sleep
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from crawlers.clock import CHINA, stamp
from crawlers.crawl import CrawlBusy
from crawlers.database import BusyDatabase, FullDisk
from crawlers.faults import fault
from crawlers.pages.links import is_private, site_of
from crawlers.workspace import Problem
from ledger.fields import Desk, Typed
from ledger.sweep import COUNTS, NEWS, Books, Run, sweep
from ledger.told import FINDINGS, USAGE, Told

if TYPE_CHECKING:
    from crawlers.sources import Source

SHORTEST = timedelta(minutes=5)  # between two visits to a public source, as in `sources.toml`
_LEAST = timedelta(minutes=1)  # for sources in a private network
_SPAN = re.compile(r"(\d{1,5}(?:\.\d+)?)\s*(s|秒|m|min|分|分钟|h|小时|d|天)", re.IGNORECASE)
_SECONDS = {"s": 1, "秒": 1, "m": 60, "分": 60, "h": 3600, "小": 3600, "d": 86400, "天": 86400}


def span(text: str) -> timedelta | None:
    """How long "5m", "90s", "2h", "1d" or "5分钟" is; None where it says nothing or no time at all."""
    match = _SPAN.fullmatch(text.strip())
    seconds = float(match[1]) * _SECONDS[match[2][0].lower()] if match else 0.0
    return timedelta(seconds=seconds) if 0 < seconds <= 366 * 86400 else None


@dataclass(frozen=True, slots=True)
class Watch:
    """What is to be done: sources with the intervals they will get, and what had to be said about that."""

    sources: "tuple[Source, ...]"
    every: timedelta  # between two rounds
    notes: tuple[str, ...]


def planned(sources: "Sequence[Source]", every: timedelta) -> Watch:
    """`sources` every `every`, or as often as each of them allows."""
    load: Counter[str] = Counter()  # seconds that one round keeps a host busy, at its sources' own pace
    for source in sources:
        load[site_of(source.url)] += ceil(source.delay_seconds * (1 if source.kind == "feed" else source.max_pages))
    eager, notes = [], []
    for source in sources:
        least, reason = _least(source, timedelta(seconds=load[site_of(source.url)]))
        minutes = ceil(max(every, least) / timedelta(minutes=1))
        eager.append(replace(source, every_minutes=minutes))
        if least > every:
            notes.append(f"「{source.name}」改为每 {minutes} 分钟一次：{reason}")
    return Watch(tuple(eager), min((source.every for source in eager), default=every), tuple(notes))


def _least(source: "Source", busy: timedelta) -> tuple[timedelta, str]:
    """How often a source may be visited at most, and why not more often."""
    if busy > SHORTEST or (is_private(urlsplit(source.url).hostname or "") and busy > _LEAST):
        return busy, f"按每次间隔 {source.delay_seconds:g} 秒，走完一轮就要这么久"
    if is_private(urlsplit(source.url).hostname or ""):
        return _LEAST, "最密一分钟一次"
    return SHORTEST, "公开网站不得更密"


@dataclass(slots=True)
class Total:
    """What all rounds came to."""

    began: datetime
    rounds: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    cases: int = 0
    code: int = 0
    interrupted: bool = False

    def add(self, run: Run) -> None:
        """One round more."""
        self.counts.update({name: sum(int(counts.get(name, 0)) for counts in run.sources.values()) for name in COUNTS})
        self.cases += run.docket.opened
        self.interrupted = run.interrupted
        # To be interrupted is how a watch is meant to end.
        self.code = max(self.code, run.code if run.failures else 0)

    def as_json(self, now: datetime) -> dict[str, Any]:
        """The object on the last line of `huiying sweep --every … --json`."""
        done = {name: self.counts[name] for name in COUNTS}
        span = {"from": stamp(self.began), "to": stamp(now), "interrupted": self.interrupted}
        return {"rounds": self.rounds, **span, **done, "cases_opened": self.cases}

    def line(self, now: datetime) -> str:
        """The same in words."""
        end = "已停下，" if self.interrupted else ""
        when = f"{_minute(self.began)} 至 {_minute(now)}"
        return f"{end}共 {self.rounds} 轮（{when}）：{_counted(self.counts)}，立件 {self.cases} 件"


def watch(
    desk: Desk,
    plan: Watch,
    total: Total,
    *,
    until: datetime | None = None,
    sleep: Callable[[float], None],
) -> "Iterator[tuple[datetime, Run | str]]":
    """Every round as it ends: when it began and what it brought, or why there was none. `total` is kept up to date.

    Ctrl-C in a round lets the pages in flight finish; between rounds it ends at once. `until` is for the last round to
    begin; `sleep` waits so many seconds.
    """
    books = Books(desk.posts(), desk.ledger(), _no_bars)  # opened once; bars would garble the lines
    try:
        while True:
            began = desk.now
            yield began, _round(desk, books, plan, total)
            total.rounds += 1
            following = began + plan.every
            if total.interrupted or (until is not None and following > until):
                return
            while (rest := (following - desk.now).total_seconds()) > 0:
                sleep(rest)
    except KeyboardInterrupt:
        total.interrupted = True


def _round(desk: Desk, books: Books, plan: Watch, total: Total) -> Run | str:
    try:
        run = sweep(desk, plan.sources, due_only=total.rounds > 0, books=books)
    except (CrawlBusy, BusyDatabase) as busy:  # the next round will do
        return f"本轮跳过：{busy}"
    except (OSError, sqlite3.DatabaseError, FullDisk) as error:
        if not isinstance(full := fault(error), FullDisk):
            raise
        total.code = FINDINGS
        return f"本轮跳过：{full}"
    total.add(run)
    return run


def _no_bars(stage: str, done: int, total: int | None) -> None:
    """No bar."""


@dataclass(slots=True)
class Teller:
    """Turns rounds into lines: what came, and a trouble once as long as it stays the same."""

    quiet: bool = False
    _told: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def line(self, number: int, began: datetime, run: Run | str) -> str | None:
        """One line about a round; None where there is nothing to say."""
        if isinstance(run, str):
            return f"{_minute(began)} 第 {number} 轮　{run}"
        troubles = self._news(run)
        counts: Counter[str] = Counter()
        for done in run.sources.values():
            counts.update({name: int(done.get(name, 0)) for name in COUNTS})
        if self.quiet and not (troubles or counts["new"] or counts["changed"]):
            return None
        said = [_counted(counts) if run.sources else "没有到时间的来源"]
        fresh = [f"{name} {done['new']} 条" for name, done in run.sources.items() if done.get("new")]
        said += [f"新的在{'、'.join(fresh)}"] if fresh else []
        said += [f"立件 {run.docket.opened} 件"] if run.docket.opened else []
        return f"{_minute(began)} 第 {number} 轮　{'；'.join([*said, *troubles])}"

    def _news(self, run: Run) -> list[str]:
        told, self._told = self._told, defaultdict(set)
        news = []
        for problem in run.failures:
            self._told[problem.file].add(problem.message)
            if problem.message not in told[problem.file]:
                news.append(f"{problem.file}：{problem.message}")
        for name in told:  # a source that was not visited this time has not recovered
            if name not in run.sources:
                self._told[name] |= told[name]
        names = [problem.file for problem in run.failures]
        return [*news, *(change for change in run.news if not change.removeprefix(NEWS).startswith(tuple(names)))]


def _counted(counts: Counter[str]) -> str:
    names = {"read": "读到", "new": "新", "known": "已有", "changed": "更新", "refused": "未收", "failed": "失败"}
    return "，".join(f"{names[name]} {counts[name]}" for name in COUNTS if counts[name] or name in ("read", "new"))


def _minute(moment: datetime) -> str:
    return moment.astimezone(CHINA).strftime("%m-%d %H:%M")


def emergency(desk: Desk, typed: Typed, sources: "Sequence[Source]") -> Told:
    """What `huiying sweep --every` tells: a line a round as it ends, then what it all came to."""
    every, lasting = span(typed["every"]), span(typed["lasting"]) if typed["lasting"] else None
    wrong = [text for text, length in ((typed["every"], every), (typed["lasting"], lasting)) if text and not length]
    if every is None or wrong:
        problems = [Problem(f"「{text}」", "", "不是时长", "应为 5m、90s、2h 这样的写法") for text in wrong]
        return Told(problems=tuple(problems), code=USAGE)
    if not sources:
        return Told(
            problems=(Problem("采集", "", "还没有登记来源", "先用 huiying source add 网址 添加"),), code=FINDINGS
        )
    plan = planned(sources, every)
    if typed["dry_run"]:
        value = {"sources": {source.name: source.every_minutes for source in plan.sources}, "notes": list(plan.notes)}
        each = [f"{source.name}：每 {source.every_minutes} 分钟" for source in plan.sources]
        return Told(value, "\n".join([*plan.notes, "将反复采集", *each]))
    total = Total(desk.now)
    until = total.began + lasting if lasting else None
    rounds = watch(desk, plan, total, until=until, sleep=_sleep)
    return Told(
        lines=_lines(desk, plan, rounds, typed),
        after=lambda: Told(total.as_json(desk.now), total.line(desk.now), code=total.code),
    )


def _lines(desk: Desk, plan: Watch, rounds: "Iterator[tuple[datetime, Run | str]]", typed: Typed) -> Iterator[str]:
    for note in plan.notes:
        desk.say(note)
    if not typed["quiet"]:
        desk.say(f"每 {plan.every / timedelta(minutes=1):g} 分钟一轮，按 Ctrl-C 停下")
    teller = Teller(quiet=typed["quiet"])
    for number, (began, run) in enumerate(rounds, start=1):
        if typed["as_json"]:
            brought = {"skipped": run} if isinstance(run, str) else run.as_json()
            yield json.dumps({"round": number, "at": stamp(began), **brought}, ensure_ascii=False)
        elif line := teller.line(number, began, run):
            yield line
