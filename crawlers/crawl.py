"""Run a sweep: Scrapy in a child process, so that the caller may sweep again and never loads it.

The child writes posts.db itself and says on its stdout, one JSON object a line, how it fares. Its stdin is the order;
when the pipe closes (the caller was killed) the child stops of itself.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryFile
from threading import Thread
from typing import IO, Any

from filelock import FileLock, Timeout

from crawlers.clock import stamp, unstamp
from crawlers.office import Office
from crawlers.pages.officials import Officials
from crawlers.pages.rule import Rule
from crawlers.sources import Source
from crawlers.tally import CrawlEvent, CrawlSummary, SourceTally
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
) -> CrawlSummary:
    """Sweep `sources` now and wait for the end. Raises `CrawlBusy` while another sweep runs.

    Ctrl-C (KeyboardInterrupt here) lets the pages in flight finish and returns what was done, marked interrupted.
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
        return _supervise(_order(workspace, office, sources, now), sources, progress)
    finally:
        lock.release()


def _order(workspace: Workspace, office: Office, sources: Sequence[Source], now: datetime) -> dict[str, Any]:
    """Everything the child needs; the workspace key it reads from the workspace itself."""
    from crawlers.settings import user_agent

    officials = Officials.of(office)
    return {
        "root": str(workspace.root),
        "now": stamp(now),
        "agent": user_agent(office),
        "marks": sorted(officials.marks),
        "names": sorted(officials.names),
        "sources": [asdict(source) for source in sources],
    }


def _supervise(order: dict[str, Any], sources: Sequence[Source], progress: Progress | None) -> CrawlSummary:
    tallies = {source.name: SourceTally() for source in sources}
    interrupted, fatal = False, ""
    with TemporaryFile("w+", encoding="utf-8", errors="replace") as errors, _child(order, errors) as child:
        assert child.stdout is not None
        while True:
            try:
                for line in child.stdout:
                    said = json.loads(line)
                    fatal = said.get("fatal", "") or fatal
                    if "event" in said:
                        event = _event(said)
                        tallies[event.source] = event.tally
                        if progress:
                            progress(event)
                break
            except KeyboardInterrupt:
                if interrupted:  # asked twice: the child is not waited for any longer
                    child.kill()
                interrupted = True
                with suppress(ProcessLookupError):
                    child.send_signal(signal.SIGINT)
        code = child.wait()
        errors.seek(0)
        crashed = fatal or ("" if code == 0 or interrupted else _last_words(errors.read(), code))
    return CrawlSummary(tallies, interrupted, crashed)


def _child(order: dict[str, Any], errors: IO[str]) -> "subprocess.Popen[str]":
    # A session of its own: Ctrl-C in a terminal reaches this process only, which asks the child once and politely.
    child = subprocess.Popen(
        [sys.executable, "-m", "crawlers.crawl"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=errors,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,
        env={**os.environ, "PYTHONIOENCODING": "utf-8", "PYTHONPATH": str(Path(__file__).parents[1])},
    )
    assert child.stdin is not None
    child.stdin.write(json.dumps(order, ensure_ascii=False) + "\n")
    child.stdin.flush()
    return child


def _event(said: dict[str, Any]) -> CrawlEvent:
    return CrawlEvent(said["event"], said["source"], SourceTally.of(said["tally"]), said["message"])


def _last_words(errors: str, code: int) -> str:
    """The last line of a traceback, without the path of anything."""
    lines = [line for line in errors.splitlines() if line.strip()]
    return f"{lines[-1][:200] if lines else '没有留下信息'}（退出码 {code}）"


def _say(message: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(message, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def _tell(event: CrawlEvent) -> None:
    _say({"event": event.kind, "source": event.source, "tally": event.tally.as_json(), "message": event.message})


def _sources(values: list[dict[str, Any]]) -> tuple[Source, ...]:
    made = []
    for entry in values:
        rule = Rule(**entry["rule"]) if entry["rule"] else None
        made.append(Source(**entry | {"rule": rule, "hosts": tuple(entry["hosts"])}))
    return tuple(made)


def _stop_with_parent() -> None:
    """Ask this process to finish when its stdin closes."""
    sys.stdin.read()
    os.kill(os.getpid(), signal.SIGINT)


def main() -> None:
    """The child: read the order from stdin, sweep, say what happens on stdout."""
    from scrapy import signals
    from scrapy.crawler import AsyncCrawlerProcess

    from crawlers.database import DatabaseError
    from crawlers.settings import settings
    from crawlers.sink import Sink
    from crawlers.spiders.sweep import Plan, Sweep
    from crawlers.store import open_posts
    from crawlers.visits import open_visits

    order = json.loads(sys.stdin.readline())
    Thread(target=_stop_with_parent, daemon=True).start()
    workspace, now = Workspace(Path(order["root"])), unstamp(order["now"])
    officials = Officials(frozenset(order["marks"]), frozenset(order["names"]))
    plan = Plan(_sources(order["sources"]), officials, now)
    try:
        db = open_posts(workspace.posts)
        open_visits(db, now=now)
    except DatabaseError as error:
        _say({"fatal": str(error)})
        return
    process = AsyncCrawlerProcess(settings(order["agent"], plan.sources))
    crawler = process.create_crawler(Sweep)
    crawler.signals.connect(_closed, signal=signals.spider_closed)
    process.crawl(crawler, plan=plan, sink=Sink(db, workspace.key(), now), report=_tell)
    process.start()
    db.close()


def _closed(spider: Any, reason: str) -> None:
    if reason not in ("finished", "shutdown"):
        _say({"fatal": reason})


if __name__ == "__main__":
    main()
