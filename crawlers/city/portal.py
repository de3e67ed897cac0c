"""The bureau's portal: four columns of announcements, two mailboxes, a government feed; some of it badly made."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from crawlers.city.items import Item, table
from crawlers.city.rendering import Page, page_count, page_of, render

DISALLOWED = ("/internal/",)  # what robots.txt forbids; the trap lies there
TRAP = "/internal/contacts.html"
FORBIDDEN = "/nbgg/"  # a column that answers 403
_COLUMN_SIZE, _BOX_SIZE = 6, 10


def pages(items: Sequence[Item], now: datetime) -> dict[str, Page]:
    """Every page of the portal by its path, as it stands at `now`."""
    site = dict(_plain(items, now))
    for code, column in table("portal")["columns"].items():
        chosen = _newest(items, code)
        site.update(_column(code, column, chosen))
        site.update({item.path: _article(item, column, chosen) for item in chosen})
    for code, box in table("mailbox")["boxes"].items():
        chosen = _newest(items, code)
        site.update(_box(code, box, chosen))
        site.update({item.path: _letter(item, box) for item in chosen})
    return site


def _newest(items: Sequence[Item], place: str) -> list[Item]:
    return sorted((item for item in items if item.place == place), key=lambda item: item.posted_at, reverse=True)


def _html(template: str, place: dict[str, Any], modified: datetime, **values: object) -> Page:
    """A page in its column's encoding. A declared gb2312 stands in the page only: the server itself says nothing."""
    body = render(template, place["charset"], place=place, portal=table("portal")["portal"], **values)
    return Page(body, "text/html; charset=utf-8" if place["charset"] == "utf-8" else "text/html", modified)


def _column(code: str, column: dict[str, Any], items: Sequence[Item]) -> Iterator[tuple[str, Page]]:
    """List pages as a common government CMS names them: index.html, index_1.html, index_2.html."""
    count = page_count(items, _COLUMN_SIZE)
    names = ["index.html", *(f"index_{n}.html" for n in range(1, count))]
    for n, name in enumerate(names):
        shown = page_of(items, n + 1, _COLUMN_SIZE)
        page = _html("portal_list.html", column, items[0].changed_at, code=code, items=shown, names=names, n=n,
                     trap=TRAP if code == "tzgg" and n == 0 else "")  # fmt: skip
        yield f"/{code}/{name}", page
        if n == 0:
            yield f"/{code}/", page


def _article(item: Item, column: dict[str, Any], siblings: Sequence[Item]) -> Page:
    related = [other for other in siblings if other is not item][:3]
    return _html(f"article_{column['layout']}.html", column, item.changed_at,
                 item=item, related=related, trap=TRAP)  # fmt: skip


def _box(code: str, box: dict[str, Any], items: Sequence[Item]) -> Iterator[tuple[str, Page]]:
    count = page_count(items, _BOX_SIZE)
    first, pattern = ("index.html", "index_{}.html") if code == "jzxx" else ("index.jsp", "index.jsp?page={}")
    names = [first, *(pattern.format(n) for n in range(2, count + 1))]
    changed = max(item.changed_at for item in items)
    for n, name in enumerate(names):
        shown = page_of(items, n + 1, _BOX_SIZE)
        page = _html("mailbox_list.html", box, changed, code=code, items=shown, names=names, n=n)
        yield f"/{code}/{name}", page
        if n == 0:
            yield f"/{code}/", page


def _letter(item: Item, box: dict[str, Any]) -> Page:
    layout = item.layout or box["layout"]
    return _html(f"letter_{layout}.html", box, item.changed_at, item=item)


def _plain(items: Sequence[Item], now: datetime) -> Iterator[tuple[str, Page]]:
    """What is neither a column nor a mailbox."""
    utf8 = {"name": "首页", "charset": "utf-8", "declared": "utf-8"}
    columns, boxes = table("portal")["columns"], table("mailbox")["boxes"]
    latest = max(item.changed_at for item in items)
    yield "/", _html("portal_home.html", utf8, latest, columns=columns, boxes=boxes, trap=TRAP)
    yield "/robots.txt", Page(render("robots.txt", disallowed=DISALLOWED), "text/plain", now)
    yield TRAP, _html("portal_trap.html", utf8, now)
    forbidden = _html("portal_trap.html", utf8, now)
    yield FORBIDDEN, Page(forbidden.body, forbidden.content_type, now, status=403)
    for item in _newest(items, "atom"):
        yield item.path, _html("article_modern.html", utf8, item.changed_at, item=item, related=[], trap="")
