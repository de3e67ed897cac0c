"""The forum: one public-affairs board in the markup of Discuz! X3.4, declared and encoded as GBK."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zlib import crc32

from crawlers.city.items import Item, Reply, table
from crawlers.city.rendering import Page, page_count, page_of, render
from crawlers.clock import CHINA

DISALLOWED = ("/home.php", "/member.php", "/misc.php", "/space-")  # people's pages and the login form
_LIST_SIZE, _THREAD_SIZE = 20, 10
_GROUPS = ("新手上路", "注册会员", "中级会员", "高级会员")


@dataclass(frozen=True, slots=True)
class Floor:
    """One message of a thread as the page shows it."""

    pid: int
    uid: int
    number: int  # 1 is the opening message
    reply: Reply
    group: str
    shown_at: str  # "昨天 12:00"
    exact_at: str  # "2026-11-2 12:00:00"; "" where `shown_at` is already exact


def pages(items: Sequence[Item], now: datetime, origin: str) -> dict[str, Page]:
    """Every page of the forum by its address; `origin` is the forum's own scheme and host."""
    threads = sorted((i for i in items if i.channel == "forum"), key=lambda i: i.changed_at, reverse=True)
    site: dict[str, Page] = {"/robots.txt": Page(render("robots.txt", disallowed=DISALLOWED), "text/plain", now)}
    site.update(_lists(threads, now, origin))
    for item in threads:
        site.update(_thread(item, now, origin))
    site.update(_odd_pages(threads, now, origin))
    return site


def _html(template: str, modified: datetime, **values: object) -> Page:
    body = render(template, "gbk", board=table("forum")["board"], **values)
    return Page(body, "text/html; charset=gbk", modified)


def _lists(threads: Sequence[Item], now: datetime, origin: str) -> Iterator[tuple[str, Page]]:
    fid, count = table("forum")["board"]["fid"], page_count(threads, _LIST_SIZE)
    for n in range(1, count + 1):
        rows = [(item, uid(item.handle), ago(item.posted_at, now), ago(item.changed_at, now))
                for item in page_of(threads, n, _LIST_SIZE)]  # fmt: skip
        page = _html("forum_list.html", threads[0].changed_at, rows=rows, n=n, count=count, origin=origin)
        yield f"/forum-{fid}-{n}.html", page
        yield f"/forum.php?fid={fid}&mod=forumdisplay" + (f"&page={n}" if n > 1 else ""), page


def _thread(item: Item, now: datetime, origin: str) -> Iterator[tuple[str, Page]]:
    floors = list(_floors(item, now))
    count = -(-len(floors) // _THREAD_SIZE)
    for n in range(1, count + 1):
        shown = floors[(n - 1) * _THREAD_SIZE : n * _THREAD_SIZE]
        page = _html("forum_thread.html", item.changed_at, item=item, floors=shown, n=n, count=count,
                     origin=origin, opening=floors[0])  # fmt: skip
        yield f"/thread-{item.number}-{n}-1.html", page
        yield "/forum.php?mod=viewthread" + (f"&page={n}" if n > 1 else "") + f"&tid={item.number}", page


def _floors(item: Item, now: datetime) -> Iterator[Floor]:
    opening = Reply(item.handle, item.text, item.posted_at)
    for n, reply in enumerate((opening, *item.replies), start=1):
        who = uid(reply.handle)
        shown, exact = ago(reply.posted_at, now)
        group = "政务机构" if reply.official else _GROUPS[who % len(_GROUPS)]
        yield Floor(item.number * 100 + n, who, n, reply, group, shown, exact)


def _odd_pages(threads: Sequence[Item], now: datetime, origin: str) -> Iterator[tuple[str, Page]]:
    """The front page, the sticky rules and a thread that is listed but was deleted since."""
    fid, oldest = table("forum")["board"]["fid"], threads[-1].posted_at
    front = _html("forum_front.html", threads[0].changed_at, origin=origin)
    yield from (("/", front), ("/forum.php", front))
    gone = _html("forum_gone.html", now, origin=origin)
    yield from (("/thread-998-1-1.html", gone), ("/forum.php?mod=viewthread&tid=998", gone))
    rules = _html("forum_rules.html", oldest, origin=origin, fid=fid)
    yield from (("/thread-999-1-1.html", rules), ("/forum.php?mod=viewthread&tid=999", rules))
    people = _html("forum_gone.html", now, origin=origin)
    yield from ((f"/space-uid-{uid(item.handle)}.html", people) for item in threads)


def uid(handle: str) -> int:
    """A member number for a handle; stable, and meaningless."""
    return 10_000 + crc32(handle.encode()) % 80_000


def ago(moment: datetime, now: datetime) -> tuple[str, str]:
    """How Discuz! writes a time: (words, exact time for the title), or (exact time, "") after a week."""
    local, today = moment.astimezone(CHINA), now.astimezone(CHINA)
    exact = f"{local.year}-{local.month}-{local.day} {local:%H:%M}"
    days, passed = (today.date() - local.date()).days, now - moment
    if days >= 7:
        return exact, ""
    return _words(days, passed, f"{local:%H:%M}"), f"{exact}:{local:%S}"


def _words(days: int, passed: timedelta, clock: str) -> str:
    if days in (1, 2):
        return f"{'昨天' if days == 1 else '前天'}\xa0{clock}"
    if days:
        return f"{days}\xa0天前"
    minutes = int(passed.total_seconds() // 60)
    if minutes >= 60:
        return f"{minutes // 60}\xa0小时前"
    return "半小时前" if minutes >= 30 else f"{max(minutes, 1)}\xa0分钟前"
