"""Where alerts go: channels under names that stay, what each may hear, and one run at a time."""

import fcntl
import sqlite3
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from crawlers.clock import CHINA
from crawlers.database import BusyDatabase
from crawlers.office import AlertChannel, Office

_PATIENCE = 60.0  # seconds; a run sends a few messages with a time limit of 10 s each


def named(channels: Iterable[AlertChannel]) -> dict[str, AlertChannel]:
    """Channels by a name that stays: kind and unit, numbered where there are several alike."""
    found: dict[str, AlertChannel] = {}
    for channel in channels:
        same = sum(name.partition("#")[0] == channel.label for name in found)
        found[f"{channel.label}#{same + 1}" if same else channel.label] = channel
    return found


def hears(db: sqlite3.Connection, channel: AlertChannel, office: Office, *, now: datetime) -> frozenset[str] | None:
    """The owing units whose matters a channel is told; None: every matter, also those nobody owes yet.

    That is its unit, the units below it, and those whose promises one of them has inherited.
    """
    if not channel.unit:
        return None
    from ledger.units import below, heir_of, unit_named  # only offices with such channels need it

    unit = unit_named(channel.unit, office)
    name, today = unit.name if unit else channel.unit, now.astimezone(CHINA).date()
    mine = {name} | below(name, office) if name != office.name else {name}
    owing = (row[0] for row in db.execute("SELECT unit FROM case_units UNION SELECT unit FROM owners"))
    return frozenset(one for one in owing if one in mine or heir_of(one, office, on=today) in mine)


@contextmanager
def one_run_at_a_time(path: Path) -> Iterator[None]:
    """Hold the lock file at `path`; a second run waits for the first, so that nothing is sent twice.

    The system lets go of it however a run dies. Raises BusyDatabase after a minute.
    """
    with path.open("a") as file:
        until = time.monotonic() + _PATIENCE
        while not _taken(file.fileno()):
            if time.monotonic() > until:
                raise BusyDatabase("另一次提醒还没有发完，请稍后重试")
            time.sleep(0.05)
        yield


def _taken(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
