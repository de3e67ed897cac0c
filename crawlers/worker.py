"""The child process of a sweep: reads its order from stdin, crawls, says on stdout how it fares.

Only here is Scrapy run; a reactor cannot start twice in one process, and nobody else should pay for loading it.
"""

import json
import os
import signal
import sys
from pathlib import Path
from threading import Thread
from typing import Any

from scrapy import signals
from scrapy.crawler import AsyncCrawlerProcess

from crawlers.clock import unstamp
from crawlers.database import DatabaseError
from crawlers.faults import reported
from crawlers.frontier import Frontier
from crawlers.pages.officials import Officials
from crawlers.pages.rule import Rule
from crawlers.settings import settings
from crawlers.sink import Sink
from crawlers.sources import Source
from crawlers.spiders.sweep import Plan, Sweep
from crawlers.store import open_posts
from crawlers.tally import CrawlEvent
from crawlers.visits import open_visits
from crawlers.workspace import Workspace


def main() -> None:
    """Crawl as ordered. A fault of the database ends it with a message; what was committed stays."""
    order = json.loads(sys.stdin.readline())
    Thread(target=_stop_with_parent, daemon=True).start()
    try:
        with reported():
            _crawl(order)
    except DatabaseError as error:
        _say({"fatal": str(error)})


def _crawl(order: dict[str, Any]) -> None:
    workspace, now = Workspace(Path(order["root"])), unstamp(order["now"])
    officials = Officials(frozenset(order["marks"]), frozenset(order["names"]))
    plan = Plan(tuple(_source(entry) for entry in order["sources"]), officials, now)
    db = open_posts(workspace.posts)
    open_visits(db, now=now)
    frontier = Frontier(db, workspace.key(), workspace.root, [source.name for source in plan.sources])
    if order["begins"]:
        frontier.begin(plan.starts(), now=now)
    _say({"ready": frontier.worker})
    sink = Sink(db, workspace.key(), frontier, now)
    scrapy = settings(order["agent"], plan.sources, workers=order["workers"], timeout=order["timeout"])
    process = AsyncCrawlerProcess(scrapy)
    crawler = process.create_crawler(Sweep)
    crawler.signals.connect(_closed, signal=signals.spider_closed)
    process.crawl(crawler, plan=plan, sink=sink, report=_tell)
    process.start()
    try:
        sink.flush()
    finally:
        for name, tally in sink.tallies.items():
            _tell(CrawlEvent("page", name, tally))  # what was counted since the last report
    frontier.close()
    db.close()


def _source(entry: dict[str, Any]) -> Source:
    rule = Rule(**entry["rule"]) if entry["rule"] else None
    return Source(**entry | {"rule": rule, "hosts": tuple(entry["hosts"])})


def _stop_with_parent() -> None:
    """Ask this process to finish when its stdin closes."""
    sys.stdin.read()
    os.kill(os.getpid(), signal.SIGINT)


def _closed(spider: Any, reason: str) -> None:
    if reason not in ("finished", "shutdown"):
        _say({"fatal": reason})


def _tell(event: CrawlEvent) -> None:
    _say({"event": event.kind, "source": event.source, "tally": event.tally.as_json(), "message": event.message})


def _say(message: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(message, ensure_ascii=False) + "\n")
    sys.stdout.flush()
