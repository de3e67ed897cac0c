"""One writer of several, run as a process of its own: `writer.py LEDGER NAME COUNT`. Prints what was acknowledged.

Every line on stdout stands for a committed event: seq, hash, version of its stream, command id.
"""

import sys
from datetime import datetime, timedelta
from pathlib import Path

from crawlers.clock import CHINA
from crawlers.office import Office
from ledger.record import commands as c
from ledger.record.database import open_ledger
from ledger.record.desk import apply
from ledger.record.refusals import system

SHARED = "YQ-2026-0001"
OFFICE = Office(name="江州市司法局", contact="0000-1234567")


def opening(name: str, number: int, now: datetime) -> c.OpenCase:
    """A case of this writer's own."""
    return c.OpenCase(
        summary=f"{name} 的第 {number} 件", labels=("public_interest",), taxonomy="1", clock_start=now,
        clock_basis="detected", origin="sweep", fingerprints=(f"{name}-{number}",), posts=1,
    )  # fmt: skip


def main() -> None:
    """Two of three commands go to the case that all writers share, so that they really meet."""
    path, name, count = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    start = datetime(2026, 9, 1, 9, 30, tzinfo=CHINA)
    db = open_ledger(path, busy_seconds=60)
    for number in range(count):
        now = start + timedelta(seconds=number % 60)
        shared = c.JoinPosts(case=SHARED, fingerprints=(f"{name}-s{number}",), posts=1)
        command = opening(name, number, now) if number % 3 == 0 else shared
        outcome = apply(db, command, actor=system(name), office=OFFICE, now=now, command_id=f"{name}-{number}")
        assert outcome.done, str(outcome.refusal)
        event = outcome.events[0]
        sys.stdout.write(f"{event.seq} {event.hash} {event.version} {event.cmd_id}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
