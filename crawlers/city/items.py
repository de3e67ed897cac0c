"""The city's items as its data files tell them: what each page says, when, and which duty it raises."""

import tomllib
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Any, Literal
from zlib import crc32

from crawlers.city.phrases import fill, moment

Channel = Literal["site", "mailbox", "forum", "feed"]
_BUSY = timedelta(hours=36)  # a thread's chorus sings in its first day and a half


@dataclass(frozen=True, slots=True)
class Reply:
    """Somebody's reply in a thread. `handle` is on the page so that tests can prove it goes nowhere else."""

    handle: str
    text: str
    posted_at: datetime
    official: bool = False
    quote: bool = False  # quotes the opening message, handle and all


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One matter of the city, times aware. `label` is what the codebook gives; `path` is its page on its host."""

    channel: Channel
    place: str  # column, box, "board", "rss" or "atom"
    number: int
    path: str
    label: str
    title: str
    text: str
    posted_at: datetime
    handle: str = ""  # "" where nobody signs: announcements and feeds
    answer: str = ""  # "" : not answered
    answered_at: datetime | None = None  # None: not answered
    answered_by: str = ""
    views: int = 0
    replies: tuple[Reply, ...] = ()
    layout: str = ""  # "" : the layout of its column or box
    sign: str = ""
    edited: bool = False
    noise: bool = False

    @property
    def changed_at(self) -> datetime:
        """When its page last changed."""
        return max(self.posted_at, self.answered_at or self.posted_at, *(r.posted_at for r in self.replies))


@cache
def table(name: str) -> dict[str, Any]:
    """The data file `data/<name>.toml`, parsed once."""
    return tomllib.loads((files("crawlers.city") / "data" / f"{name}.toml").read_text("utf-8"))


def load(now: datetime) -> tuple[Item, ...]:
    """Every item, in the order of the data files, with all dates counted from `now` (aware)."""
    portal, mailbox, forum, feeds = map(table, ("portal", "mailbox", "forum", "feeds"))
    found = [_item(entry, now, "site", entry["column"], portal["portal"]["start"] + n)
             for n, entry in enumerate(portal["item"])]  # fmt: skip
    found += [_item(entry, now, "mailbox", entry["box"], mailbox["mailbox"]["start"] + n)
              for n, entry in enumerate(mailbox["item"])]  # fmt: skip
    found += [_item(entry, now, "forum", "board", forum["board"]["start"] + n)
              for n, entry in enumerate(forum["item"])]  # fmt: skip
    found += [_item(entry, now, "feed", entry["feed"], feeds[entry["feed"]]["start"] + n)
              for n, entry in enumerate(feeds["item"])]  # fmt: skip
    return tuple(found)


def _item(entry: dict[str, Any], now: datetime, channel: Channel, place: str, number: int) -> Item:
    handle, posted_at = entry.get("handle", ""), moment(entry["age"], now)
    replies = _replies(entry, number, now)
    spoken = next((reply for reply in replies if reply.official), None)
    answer = fill(entry.get("answer", ""), now).replace("{网友}", handle).strip()
    return Item(
        channel=channel, place=place, number=number,
        path=_PATHS.get(place, "/{place}/{day:%Y%m}/t{day:%Y%m%d}_{number}.html").format(
            place=place, number=number, day=posted_at),
        label=entry["label"], title=fill(entry["title"], now), text=fill(entry["text"], now).strip(),
        posted_at=posted_at, handle=handle,
        answer=spoken.text if spoken else answer,
        answered_at=spoken.posted_at if spoken else _answered_at(entry, now),
        answered_by=spoken.handle if spoken else entry.get("office", ""),
        views=entry.get("views", 40 + crc32(entry["title"].encode()) % 860),
        replies=replies, layout=entry.get("layout", ""), sign=entry.get("sign", ""),
        edited=entry.get("edited", False), noise=entry.get("noise", False),
    )  # fmt: skip


_PATHS = {
    "jzxx": "/jzxx/content_{number}.html",
    "zxly": "/zxly/show.jsp?id={number}",
    "board": "/thread-{number}-1-1.html",
    "rss": "/news/{day:%Y%m%d}/{number}.shtml",
    "atom": "/zwdc/{number}.html",
}


def _answered_at(entry: dict[str, Any], now: datetime) -> datetime | None:
    return moment(entry["answer_age"], now) if "answer_age" in entry else None


def _replies(entry: dict[str, Any], number: int, now: datetime) -> tuple[Reply, ...]:
    """The named replies and a chorus of short ones, in order of time; the same for the same `now`."""
    named = [
        Reply(
            reply["handle"],
            fill(reply["text"], now).replace("{网友}", entry["handle"]),
            moment(reply["age"], now),
            reply.get("official", False),
            reply.get("quote", False),
        )
        for reply in entry.get("reply", ())
    ]
    start, count, chorus = moment(entry["age"], now), entry.get("chorus", 0), table("forum")["chorus"]
    span = min(_BUSY, now - start)
    for n in range(count):
        shift = span * ((n + 1) / (count + 1)) ** 2
        pick = number * 5 + n
        named.append(
            Reply(
                chorus["handles"][pick % len(chorus["handles"])],
                chorus["texts"][pick * 7 % len(chorus["texts"])],
                (start + shift).replace(second=0, microsecond=0),
            )
        )
    return tuple(sorted(named, key=lambda reply: reply.posted_at))
