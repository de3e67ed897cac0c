"""The public site: broken promises first, then what is due soon, then what was kept with link and quotation.

Plain files for any web server: no scripts, nothing loaded from elsewhere, readable on paper. Everything in it comes
from `disclosure`; nothing else of the record can reach it. Publishing twice changes nothing; files that are no longer
part of the site are taken away, other people's files never.
"""

import json
import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from crawlers.clock import stamp
from crawlers.office import Office
from ledger.record.head import Head, head
from ledger.telling.disclosure import Disclosed, disclosed
from ledger.telling.pages import render, style
from ledger.telling.register import STANDINGS, Standing, local_minute
from ledger.telling.reports import figures, sums
from ledger.telling.sheets import as_csv
from ledger.telling.statistics import FEWEST, Statistics, statistics

MENU = (
    ("index.html", "概况"),
    ("broken.html", "没有做到的"),
    ("open.html", "正在落实的"),
    ("kept.html", "做到了的"),
    ("apart.html", "另列"),
    ("figures.html", "统计"),
    ("check.html", "怎样核对"),
)
_LISTS: Mapping[str, tuple[str, tuple[str, ...], str]] = {
    "broken": (
        "没有做到的承诺",
        ("broken", "late", "failed"),
        "未兑现、已经逾期、或者公开依据后来失效的。延过期的，仍写明原定时限。",
    ),
    "open": ("正在落实的承诺", ("soon", "open"), "时限未到。“已办未公开”仍算没有落实，直到公众能看到为止。"),
    "kept": ("做到了的承诺", ("kept",), "每一条都有公开网页为据，并由责任单位以外的人重新打开核查过。"),
    "apart": (
        "另列的承诺",
        ("apart",),
        "公开说明后撤销的、被新承诺替代的、登记时判为无法核查的，不计入兑现率，也不抹去。",
    ),
}
COLOURS = {
    "broken": "red",
    "late": "red",
    "failed": "red",
    "soon": "amber",
    "open": "",
    "kept": "green",
    "apart": "soft",
}
_MANIFEST = "data/manifest.json"
_PER_PAGE = 200
_ON_FRONT = 50
_IN_FEED = 50
CSV_COLUMNS = (
    ("id", "编号"), ("heading", "情况"), ("state", "状态"), ("quote", "承诺原文"), ("matter", "核查标准"),
    ("lead", "牵头单位"), ("responsible", "责任单位"), ("promised", "承诺日期"), ("source", "承诺出处"),
    ("due_raw", "时限原文"), ("due", "时限"), ("first_due", "原定时限"), ("progress", "落实情况"),
    ("proof_url", "落实依据网址"), ("proof", "落实依据原话"), ("verified", "核查日期"), ("verifier_unit", "核查单位"),
    ("checked", "最近检查"),
)  # fmt: skip
_ON_INDEX: tuple[Standing, ...] = ("broken", "late", "failed", "soon", "open", "kept")


class PublishRefused(Exception):
    """The directory may not be used; the message says why, in Chinese."""


@dataclass(frozen=True, slots=True)
class Site:
    """What every page knows."""

    office: str
    base_url: str  # "" : links are relative, which is enough for everything but some feed readers
    tag: str  # a tag URI (RFC 4151) that names the feed for good
    made: str
    head: Head
    notes: tuple[str, ...]
    menu: tuple[tuple[str, str], ...] = MENU
    root: str = ""


@dataclass(frozen=True, slots=True)
class Published:
    """What a run wrote. Paths are relative to the site."""

    files: int
    written: tuple[str, ...]
    removed: tuple[str, ...]
    promises: int
    head: Head

    def as_json(self) -> dict[str, Any]:
        """A JSON object with stable keys."""
        return {
            "files": self.files, "written": list(self.written), "removed": list(self.removed),
            "promises": self.promises, "head": {"count": self.head.count, "hash": self.head.hash},
        }  # fmt: skip


def publish(
    db: sqlite3.Connection, office: Office, into: Path, *, now: datetime, base_url: str = "", dry_run: bool = False
) -> Published:
    """Write the site into the directory `into`, as of `now` (aware). Raises `PublishRefused` for somebody else's."""
    before, top = _manifest(into), head(db)
    pages = dict(site_files(db, office, now=now, base_url=base_url))
    sums = {path: sha256(content).hexdigest() for path, content in sorted(pages.items())}
    pages[_MANIFEST] = _json({"made": stamp(now), "head": {"count": top.count, "hash": top.hash}, "files": sums})
    changed = tuple(path for path, content in sorted(pages.items()) if not _same(into / path, content))
    gone = tuple(sorted(path for path in set(before) - set(pages) if _inside(path)))
    if not dry_run:
        for path in (*(path for path in changed if path != _MANIFEST), _MANIFEST):
            _write(into / path, pages[path])
        for path in gone:
            (into / path).unlink(missing_ok=True)
    promises = sum(path.startswith("p/") for path in pages)
    return Published(len(pages), changed, gone, promises, top)


def site_files(
    db: sqlite3.Connection, office: Office, *, now: datetime, base_url: str = ""
) -> Iterator[tuple[str, bytes]]:
    """Every file of the site but its manifest: path and content."""
    found, figures_now = disclosed(db, now=now), statistics(db, now=now)
    site = _site(office, figures_now, now, base_url)
    yield "style.css", style().encode()
    yield "index.html", _index(site, found, figures_now)
    for name in _LISTS:
        yield from _list_pages(site, name, found)
    for one in found:
        yield f"p/{one.id}.html", _page("promise.html", site, root="../", one=one)
    lines = sums(figures_now)
    yield "figures.html", _page("figures.html", site, statistics=figures_now, lines=lines, fewest=FEWEST)
    yield "check.html", _page("check.html", site)
    yield "feed.xml", _feed(site, found, now)
    yield "data/promises.json", _json([one.as_json() for one in found])
    yield "data/promises.csv", as_csv([name for _, name in CSV_COLUMNS], as_rows(found))
    yield "data/statistics.json", _json(figures_now.as_json())


def as_rows(promises: Sequence[Disclosed]) -> Iterator[list[str]]:
    """The promises as rows of `CSV_COLUMNS`."""
    for one in promises:
        values = (getattr(one, column) for column, _ in CSV_COLUMNS)
        yield ["、".join(value) if isinstance(value, tuple) else str(value) for value in values]


def _site(office: Office, found: Statistics, now: datetime, base_url: str) -> Site:
    domain = (office.domains[0] if office.domains else "huiying.invalid").partition(":")[0]
    notes = []
    if not office.four_eyes:
        notes.append("本单位已关闭两人复核，登记、核查、批准可能由同一人办理")
    return Site(
        office=office.name,
        base_url=base_url,
        tag=f"tag:{domain},2026:huiying",
        made=local_minute(stamp(now)),
        head=found.head,
        notes=tuple(notes),
    )


def _index(site: Site, found: Sequence[Disclosed], figures_now: Statistics) -> bytes:
    of = {standing: [one for one in found if one.standing == standing] for standing in STANDINGS}
    broken = [*of["broken"], *of["late"], *of["failed"]]
    return _page(
        "index.html",
        site,
        here="index.html",
        counts=[(standing, STANDINGS[standing], len(of[standing])) for standing in _ON_INDEX],
        total=len(found),
        broken=broken[:_ON_FRONT],
        broken_more="broken.html" if len(broken) > _ON_FRONT else "",
        soon=of["soon"][:_ON_FRONT],
        kept=sorted(of["kept"], key=lambda one: (one.verified, one.id), reverse=True)[:10],
        lines=figures(figures_now),
    )


def _list_pages(site: Site, name: str, found: Sequence[Disclosed]) -> Iterator[tuple[str, bytes]]:
    heading, standings, explanation = _LISTS[name]
    wanted = [one for one in found if one.standing in standings]
    starts = range(0, max(1, len(wanted)), _PER_PAGE)
    paths = [f"{name}.html" if not start else f"{name}-{start // _PER_PAGE + 1}.html" for start in starts]
    for path, start in zip(paths, starts, strict=True):
        yield path, _page(
            "list.html", site, here=f"{name}.html", heading=heading, explanation=explanation, pages=paths, page=path,
            promises=wanted[start : start + _PER_PAGE],
        )  # fmt: skip


def _feed(site: Site, found: Sequence[Disclosed], now: datetime) -> bytes:
    latest = sorted(found, key=lambda one: (one.updated, one.id), reverse=True)[:_IN_FEED]
    return _page("feed.xml", site, promises=latest, updated=latest[0].updated if latest else stamp(now))


def _page(template: str, site: Site, *, root: str = "", here: str = "", **values: object) -> bytes:
    """`here` is the menu entry to mark; by default the page's own name."""
    return render(template, site=site, root=root, here=here or template, colours=COLOURS, **values).encode()


def _json(value: object) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()


def _manifest(into: Path) -> Mapping[str, str]:
    """The files of the site that is there already; nothing for an empty directory."""
    path = into / _MANIFEST
    if path.exists():
        try:
            return dict(json.loads(path.read_text("utf-8"))["files"])
        except (ValueError, KeyError, TypeError) as error:
            raise PublishRefused(f"{path} 已损坏，不知道哪些文件是本站的；请换一个空目录") from error
    if into.exists() and (not into.is_dir() or any(into.iterdir())):
        raise PublishRefused(f"{into} 里已有别的文件；请用空目录，或用以前发布过的目录")
    return {}


def _inside(path: str) -> bool:
    """Whether a path from a manifest stays inside the site, whoever edited it."""
    return not path.startswith("/") and ".." not in Path(path).parts


def _same(path: Path, content: bytes) -> bool:
    return path.is_file() and path.read_bytes() == content


def _write(path: Path, content: bytes) -> None:
    """Readers of a live site see the old page or the new one, never half of one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        aside.write_bytes(content)
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)
