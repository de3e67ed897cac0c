"""Feeds: the local paper's RSS in GBK with bare local dates, the government's Atom that breaks off."""

from collections.abc import Sequence
from datetime import datetime

from crawlers.city.items import Item, table
from crawlers.city.rendering import Page, render


def media_pages(items: Sequence[Item], now: datetime, origin: str) -> dict[str, Page]:
    """Every page of the paper's site by its path; its articles, and the feed at /rss.xml."""
    news = _newest(items, "rss")
    paper = {"charset": "utf-8", "declared": "utf-8", **table("feeds")["rss"]}
    site = {"/robots.txt": Page(render("robots.txt", disallowed=()), "text/plain", now)}
    body = render("rss.xml", "gbk", items=news, origin=origin, paper=paper)
    site["/rss.xml"] = Page(body, "text/xml", news[0].changed_at)
    front = render("media_front.html", items=news, paper=paper)
    site["/"] = Page(front, "text/html; charset=utf-8", news[0].changed_at)
    for item in news:
        article = render("media_article.html", item=item, paper=paper)
        site[item.path] = Page(article, "text/html; charset=utf-8", item.changed_at)
    return site


def atom(items: Sequence[Item], origin: str) -> Page:
    """The government's feed. Its last entry is cut off in the middle, as by a broken connection."""
    notices = _newest(items, "atom")
    body = render("atom.xml", items=notices, origin=origin, feed=table("feeds")["atom"])
    return Page(body.rstrip(), "application/atom+xml; charset=utf-8", notices[0].changed_at)


def _newest(items: Sequence[Item], place: str) -> list[Item]:
    return sorted((item for item in items if item.place == place), key=lambda item: item.posted_at, reverse=True)
