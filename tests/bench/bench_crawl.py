"""Pages a processor second of whole sweeps on loopback: the lease-table frontier against its queue in memory.

A bare server in a process of its own hands out one prepared article under many addresses on four ports; each way is
a fresh crawling process over the same site, in turn. Absolute figures include reading, masking and storing every page.
"""

import json
import os
import subprocess
import sys
import tempfile
from datetime import datetime
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from statistics import median

from crawlers.clock import CHINA
from crawlers.crawl import order_for, start_worker
from crawlers.office import Office
from crawlers.sources import Source
from crawlers.workspace import Workspace

NOW = datetime(2026, 11, 21, 16, 30, tzinfo=CHINA)
HOSTS, ARTICLES, ROUNDS = 4, 300, 3

SERVER = r"""
import asyncio
PAGE = ("<html><head><title>关于事项办理情况的公告</title></head><body><div id='zoom'>"
        + "<p>有关事项已经办理完毕，结果在政务大厅公示栏公布，请有关居民按时前往查看。</p>" * 12
        + "</div></body></html>")
ROW = "<li><a href='/a/{0}.html'>关于第{0}号事项办理情况的公告</a><span>2026-11-01</span></li>"
LIST = "<html><body><ul>" + "".join(ROW.format(n) for n in range(%d)) + "</ul></body></html>"
def answer(path):
    body = (LIST if path == "/" else "" if path == "/robots.txt" else PAGE).encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body
async def serve(reader, writer):
    try:
        while line := await reader.readline():
            while (await reader.readline()).strip():
                pass
            writer.write(answer(line.split()[1].decode()))
            await writer.drain()
    except (ConnectionError, IndexError):
        pass
    writer.close()
async def main():
    servers = [await asyncio.start_server(serve, "127.0.0.1", 0) for _ in range(%d)]
    print(*(server.sockets[0].getsockname()[1] for server in servers), flush=True)
    await asyncio.gather(*(server.serve_forever() for server in servers))
asyncio.run(main())
"""

# The same crawl with a queue in memory behind the same methods; nothing of it is written.
IN_MEMORY = r"""
from collections import defaultdict
import crawlers.frontier, crawlers.worker
from crawlers.frontier import PRIORITY, Settled
from crawlers.settings import slot_of
class Memory:
    worker = 0
    def __init__(self, db, secret, directory, sources):
        self.db, self.known, self.open = db, set(), defaultdict(int)
        self.queues = defaultdict(lambda: ([], [], []))
    def begin(self, starts, *, now):
        self.add(starts)
    def add(self, tasks):
        for task in tasks:
            if (task.source, task.key) not in self.known:
                self.known.add((task.source, task.key))
                self.open[task.source] += 1
                self.queues[slot_of(task.url)][PRIORITY[task.step]].append(task)
    def settle(self, done, found, *, now):
        self.add(found)
        for task, state, sent in done:
            self.open[task.source] -= 1
    def take(self, busy, most=2):
        hosts = [h for h, q in self.queues.items() if any(q) and busy.get(h, 0) < most]
        if not hosts:
            return None
        queues = self.queues[min(hosts, key=lambda h: busy.get(h, 0))]
        return next(q for q in reversed(queues) if q).pop(0)
    def waits(self):
        return any(self.open.values())
    def close_source(self, source):
        return None if self.open[source] else Settled(True, ())
    def reclaim(self):
        return 0
    def close(self):
        pass
crawlers.worker.Frontier = Memory
crawlers.worker.main()
"""


def rows() -> list[tuple[str, float, str]]:
    """(name, value, unit) of every figure."""
    with subprocess.Popen(
        [sys.executable, "-c", SERVER % (ARTICLES, HOSTS)], stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        urls = [f"http://127.0.0.1:{port}/" for port in server.stdout.readline().split()]
        pairs = [(_rate(urls, None), _rate(urls, IN_MEMORY)) for _ in range(ROUNDS)]
        server.kill()
    return [
        ("pages, fetched, read, masked and stored", median(ours for ours, _ in pairs), "pages/CPU s"),
        ("lease-table frontier, × queue in memory", median(ours / memory for ours, memory in pairs), "×"),
    ]


def _rate(urls: list[str], program: str | None) -> float:
    """Pages a second of the crawler's processor time between its first report and its end."""
    sources = [Source(f"栏目{n}", "site", url, delay_seconds=0) for n, url in enumerate(urls)]
    fetched, began, before = dict[str, int](), 0.0, _spent()
    with tempfile.TemporaryDirectory() as root, tempfile.TemporaryFile("w+") as errors:
        order = order_for(Workspace(Path(root)), Office("局", "1"), sources, now=NOW)
        with start_worker(order, errors, program=program) as child:
            assert child.stdout is not None
            for line in child.stdout:
                said = json.loads(line)
                if "event" in said:
                    began = began or _running(child.pid)  # what it took to load Scrapy is not of interest
                    fetched[said["source"]] = said["tally"]["fetched"]
    return sum(fetched.values()) / (_spent() - before - began)


def _spent() -> float:
    """Processor seconds of the children that have ended."""
    usage = getrusage(RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _running(pid: int) -> float:
    """Processor seconds of a child so far (proc(5): fields 14 and 15 of stat)."""
    ticks = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")
