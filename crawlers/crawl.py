"""Run a sweep: Scrapy in child processes, so that the caller may sweep again and never loads it.

Children write posts.db themselves and say on their stdout, one JSON object a line, how they fare. Their stdin is the
order; when the pipe closes (the caller was killed) they stop of themselves.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from queue import SimpleQueue
from tempfile import TemporaryFile
from threading import Thread
from typing import IO, Any

from filelock import FileLock, Timeout

from crawlers.clock import stamp
from crawlers.health import record
from crawlers.office import Office
from crawlers.pages.officials import Officials
from crawlers.settings import TIMEOUT, user_agent
from crawlers.sources import Source
from crawlers.store import open_posts
from crawlers.tally import CrawlEvent, CrawlSummary, SourceTally
from crawlers.visits import open_visits
from crawlers.workspace import Workspace

Progress = Callable[[CrawlEvent], None]


class CrawlBusy(Exception):
    """Another sweep of this workspace is running; the message says so in Chinese."""


def run(
    workspace: Workspace,
    office: Office,
    sources: Sequence[Source],
    *,
    now: datetime,
    progress: Progress | None = None,
    workers: int = 1,
) -> CrawlSummary:
    """Sweep `sources` now and wait for the end. Raises `CrawlBusy` while another sweep runs.

    Ctrl-C (KeyboardInterrupt here) lets the pages in flight finish and returns what was done, marked interrupted; the
    next sweep goes on from there. With several `workers` each waits that many times longer between requests, so that
    no host notices.
    """
    if not sources:
        return CrawlSummary({})
    workspace.root.mkdir(parents=True, exist_ok=True)
    lock = FileLock(workspace.root / "crawl.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise CrawlBusy("本工作区正在采集，请等它结束后再运行；已采到的内容不受影响") from error
    try:
        crew = _Crew(order_for(workspace, office, sources, now=now, workers=workers), progress)
        summary = crew.work()
        _keep(workspace, summary, now)
        return summary
    finally:
        lock.release()


def order_for(
    workspace: Workspace, office: Office, sources: Sequence[Source], *, now: datetime, workers: int = 1
) -> dict[str, Any]:
    """What a child needs to know, as JSON; the workspace key it reads itself."""
    officials = Officials.of(office)
    return {
        "root": str(workspace.root),
        "now": stamp(now),
        "agent": user_agent(office),
        "marks": sorted(officials.marks),
        "names": sorted(officials.names),
        "sources": [asdict(source) for source in sources],
        "workers": workers,
        "timeout": TIMEOUT,
        "begins": True,
    }


def start_worker(order: dict[str, Any], errors: IO[str], *, program: str | None = None) -> "subprocess.Popen[str]":
    """A child at work on `order`; it stops when its stdin is closed. `program` (Python) replaces the worker's own."""
    # A session of its own: Ctrl-C in a terminal reaches this process only, which asks the child once and politely.
    child = subprocess.Popen(
        [sys.executable, *(["-c", program] if program else ["-m", "crawlers.crawl"])],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=errors,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,
        env={**os.environ, "PYTHONIOENCODING": "utf-8", "PYTHONPATH": str(Path(__file__).parents[1])},
    )
    assert child.stdin is not None
    with suppress(BrokenPipeError):  # it died already; its last words say why
        child.stdin.write(json.dumps(order, ensure_ascii=False) + "\n")
        child.stdin.flush()
    return child


def _keep(workspace: Workspace, summary: CrawlSummary, now: datetime) -> None:
    """Record how the sources fared, unless the database itself was the trouble."""
    if summary.crashed:
        return
    db = open_posts(workspace.posts)
    try:
        open_visits(db, now=now)
        record(db, summary, now=now)
    finally:
        db.close()


class _Crew:
    """The children of one sweep and what they said."""

    def __init__(self, order: dict[str, Any], progress: Progress | None) -> None:
        self.order, self.progress = order, progress
        # One tally a source and child: each child counts its own share.
        self.shares: dict[str, dict[int, SourceTally]] = {source["name"]: {} for source in order["sources"]}
        self.children: list[subprocess.Popen[str]] = []
        self.said: SimpleQueue[tuple[int, str]] = SimpleQueue()
        self.interrupted, self.fatal = False, ""

    def work(self) -> CrawlSummary:
        """Start everybody, listen until the last has left."""
        with ExitStack() as stack:
            errors = [stack.enter_context(TemporaryFile("w+", errors="replace")) for _ in range(self.order["workers"])]
            self._start(stack, errors, 0)
            while any(child.poll() is None for child in self.children) or not self.said.empty():
                try:
                    self._hear(stack, errors)
                except KeyboardInterrupt:
                    self._interrupt()
            codes = [child.wait() for child in self.children]
            crashed = "" if self.interrupted else self._last_words(errors, codes)
        return CrawlSummary(self._tallies(), self.interrupted, self.fatal or crashed)

    def _start(self, stack: ExitStack, errors: Sequence[IO[str]], number: int) -> None:
        child = start_worker(self.order | {"begins": number == 0}, errors[number])
        self.children.append(stack.enter_context(child))
        Thread(target=self._listen, args=(number, child), daemon=True).start()

    def _listen(self, number: int, child: "subprocess.Popen[str]") -> None:
        assert child.stdout is not None
        for line in child.stdout:
            self.said.put((number, line))
        child.wait()
        self.said.put((number, "{}"))  # wake the listener: this child has left

    def _hear(self, stack: ExitStack, errors: Sequence[IO[str]]) -> None:
        number, line = self.said.get()
        said = json.loads(line)
        self.fatal = said.get("fatal", "") or self.fatal
        if "ready" in said and number == 0:  # the sweep has begun: now others may join
            for other in range(1, self.order["workers"]):
                self._start(stack, errors, other)
        if "event" in said:
            name = said["source"]
            self.shares[name][number] = SourceTally.of(said["tally"])
            if self.progress:
                self.progress(CrawlEvent(said["event"], name, self._tally(name), said["message"]))

    def _interrupt(self) -> None:
        for child in self.children:
            with suppress(ProcessLookupError):
                # Asked twice, the children are not waited for any longer; the frontier has what they leave.
                child.kill() if self.interrupted else child.send_signal(signal.SIGINT)
        self.interrupted = True

    def _tally(self, name: str) -> SourceTally:
        whole = SourceTally()
        for share in self.shares[name].values():
            whole.add(share)
        return whole

    def _tallies(self) -> dict[str, SourceTally]:
        return {name: self._tally(name) for name in self.shares}

    def _last_words(self, errors: Sequence[IO[str]], codes: Sequence[int]) -> str:
        """The last line of the first child that died, "" if none did."""
        for file, code in zip(errors, codes, strict=False):
            if code:
                file.seek(0)
                lines = [line.strip() for line in file if line.strip()]
                return f"采集进程异常退出：{lines[-1][:200] if lines else '没有留下信息'}（退出码 {code}）"
        return ""


if __name__ == "__main__":
    from crawlers.worker import main

    main()
