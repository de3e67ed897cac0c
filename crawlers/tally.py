"""What a sweep did, per source, in numbers that add up: read = new + known + changed + refused."""

from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from crawlers.store import SaveCounts


@dataclass(slots=True)
class SourceTally:
    """One source's numbers of one sweep."""

    fetched: int = 0  # pages answered in full, lists included
    unchanged: int = 0  # pages the host said had not changed (304)
    read: int = 0  # posts read; an unchanged page of a known post counts
    new: int = 0
    known: int = 0
    changed: int = 0
    refused: int = 0  # purged or deleted before: they do not return
    deleted: int = 0  # known posts whose pages are gone: dropped from the store
    failed: int = 0  # pages that gave nothing, by reason below
    failures: Counter[str] = field(default_factory=Counter)  # reason in Chinese → pages
    skipped: Counter[str] = field(default_factory=Counter)  # pages left alone on purpose: robots.txt, members only
    stopped: str = ""  # why the source was given up, "" if it was not
    until: str = ""  # when the host wants to be asked again (RFC 3339), "" if it did not say
    finished: bool = False  # everything that was due was visited

    def saved(self, counts: SaveCounts) -> None:
        """Add what the store said."""
        self.new += counts.new
        self.known += counts.known
        self.changed += counts.changed
        self.refused += counts.refused
        self.read += counts.new + counts.known + counts.changed + counts.refused

    def still(self) -> None:
        """Count a known post whose page is unchanged."""
        self.read += 1
        self.known += 1

    def fail(self, reason: str) -> None:
        """Count a page that gave nothing."""
        self.failed += 1
        self.failures[reason] += 1

    def add(self, other: "SourceTally") -> None:
        """Sum with another process's share of the same source."""
        for name in ("fetched", "unchanged", "read", "new", "known", "changed", "refused", "deleted", "failed"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.failures += other.failures
        self.skipped += other.skipped
        self.stopped = self.stopped or other.stopped
        self.until = max(self.until, other.until)
        self.finished = self.finished or other.finished  # the last to leave finishes a source

    def as_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return asdict(self) | {"failures": dict(self.failures), "skipped": dict(self.skipped)}

    @classmethod
    def of(cls, values: dict[str, Any]) -> "SourceTally":
        """What `as_json` wrote."""
        counters = {name: Counter(values[name]) for name in ("failures", "skipped")}
        return cls(**values | counters)


@dataclass(frozen=True, slots=True)
class CrawlEvent:
    """Something worth showing while a sweep runs. `tally` is the source's so far."""

    kind: Literal["page", "done", "note"]
    source: str
    tally: SourceTally
    message: str = ""


@dataclass(frozen=True, slots=True)
class CrawlSummary:
    """A finished or interrupted sweep."""

    sources: dict[str, SourceTally]
    interrupted: bool = False
    crashed: str = ""  # why it was not finished: a full disk, what the crawling process said when it died; "" if it was

    @property
    def quiet(self) -> bool:
        """Whether nothing was stored, changed or dropped."""
        return not any(tally.new or tally.changed or tally.deleted for tally in self.sources.values())

    @property
    def failed(self) -> list[str]:
        """Names of the sources that were given up or gave failures."""
        return [name for name, tally in self.sources.items() if tally.stopped or tally.failed]

    def lines(self) -> list[str]:
        """The summary in Chinese: failures by name and reason, then what was left alone and what it comes to."""
        return [*(f"{name}：{trouble}。{todo}" for name, trouble, todo in self.troubles()), *self.remarks()]

    def troubles(self) -> list[tuple[str, str, str]]:
        """Source, what went wrong there and what to do, in Chinese; a source that was given up says so once."""
        found = []
        for name, tally in self.sources.items():
            what, _, todo = tally.stopped.partition("。")
            if what:
                found.append((name, what, todo or "到时会再来"))
            for reason, count in sorted(tally.failures.items()):
                if reason not in what:
                    found.append((name, f"{count} 页未取到，{reason}", "下次采集会再试"))
        return found

    def remarks(self) -> list[str]:
        """What else is worth a line: pages left alone on purpose, and how the sweep ended."""
        said = [
            f"{name}：{count} 页没有收，{reason}"
            for name, tally in self.sources.items()
            for reason, count in sorted(tally.skipped.items())
        ]
        if self.crashed:
            said.append(f"采集没有做完：{self.crashed}")
        elif self.interrupted:
            said.append("采集已中断；再次运行会接着做，不会重复")
        elif self.quiet:
            said.append("没有新内容，什么都没有存")
        return said

    def as_json(self) -> dict[str, Any]:
        """The object that `huiying sweep --json` prints."""
        names = ("read", "new", "known", "changed", "refused", "deleted", "fetched", "unchanged", "failed")
        total = {name: sum(getattr(tally, name) for tally in self.sources.values()) for name in names}
        return {
            **total,
            "interrupted": self.interrupted,
            "crashed": self.crashed,
            "sources": {name: tally.as_json() for name, tally in self.sources.items()},
        }
