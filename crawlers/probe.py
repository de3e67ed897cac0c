"""Look at any address and say what source it would make: feed, mailbox, forum board or list of articles.

It fetches a dozen pages at most, politely, shows the first five posts it would collect (masked like any Post), and
writes the entry for sources.toml.
"""

import re
import tomllib
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import urlsplit

from crawlers.office import Office
from crawlers.pages import other
from crawlers.pages.dom import Element, meta, one_line, parse
from crawlers.pages.feed import read_feed
from crawlers.pages.found import Found, PageError
from crawlers.pages.links import absolute, canonical, is_private, same_site, site_of
from crawlers.pages.officials import Officials
from crawlers.pages.titles import board_title, page_title
from crawlers.platforms import platform_of
from crawlers.posts import Post
from crawlers.sources import Engine, Kind, Source
from crawlers.spiders import feed, forum, mailbox, site
from crawlers.spiders.task import More, Note, Page, Task, Visit
from crawlers.visitor import Visitor

WALKERS: dict[str, Any] = {"feed": feed, "site": site, "mailbox": mailbox, "forum": forum}
_SHOWN = 5
_ICON = re.compile(r"^[a-z]+(?:_[a-z]+)*\s+(?=[\u3400-\u9fff])")  # icon fonts spell their pictures out
_NEWS = re.compile(r"""name=["']?(?:ArticleTitle|PubDate)\b|NewsArticle""", re.IGNORECASE)
_LEAST_LISTED = 3  # matters: a page that leads to fewer and shows messages is a thread, not a list
_FEED_PATHS = ("/rss.xml", "/feed", "/atom.xml", "/feed.xml")
_FEED_TYPES = frozenset(
    {"application/rss+xml", "application/atom+xml", "application/feed+json", "application/json", "text/xml"}
)
_LETTERS = re.compile(r"信箱|来信|留言|咨询|投诉|问政|写信|诉求|热线|互动")
_COLUMNS = re.compile(r"公告|通知|公示|公开|解读|关切|信箱|来信|留言|咨询|督查|督办|民生|问政|投诉|建议|呼声|曝光")
_THROWAWAY = bytes(32)  # keys the ids of posts that are shown and forgotten


@dataclass(frozen=True, slots=True)
class Probe:
    """What was found at an address."""

    url: str
    source: Source | None  # None: nothing that could be collected
    reason: str  # by what it was recognised, in Chinese
    posts: tuple[Post, ...] = ()  # the first posts it would collect
    others: tuple[Source, ...] = ()  # further sources the page offers
    hints: tuple[str, ...] = ()  # what else the user should know or try

    @property
    def entry(self) -> str:
        """The table for sources.toml, "" without a source."""
        return entry_of(self.source) if self.source else ""


@dataclass(slots=True)
class _Looker:
    """One probe under way."""

    visitor: Visitor
    officials: Officials
    now: datetime
    tell: Callable[[str], None]
    hosts: tuple[str, ...] = ()
    hints: list[str] = field(default_factory=list)
    seen: dict[str, Page] = field(default_factory=dict)  # nobody is asked for a page twice

    def page(self, url: str) -> Page:
        if url not in self.seen:
            self.tell(f"正在看 {url}")
            self.seen[url] = self.visitor.page(url)
        return self.seen[url]


def probe(
    url: str,
    office: Office,
    *,
    now: datetime,
    hosts: Sequence[str] = (),
    tell: Callable[[str], None] = lambda line: None,
    visitor: Visitor | None = None,
) -> Probe:
    """What source `url` would make, its matters on `hosts` too. `tell` is told, in Chinese, of every page looked at."""
    whole = absolute(url, url) if "://" in url else absolute(f"https://{url}/", f"https://{url}")
    if whole is None:
        return Probe(url, None, "不是 http 或 https 网址")
    more = tuple(dict.fromkeys(_host(host) for host in hosts))
    if name := next(filter(None, map(platform_of, [whole, *(f"https://{host}/" for host in more)])), ""):
        return Probe(whole, None, f"{name}是个人账号平台，不在采集范围；官方账号的内容请用本单位网站或订阅源")
    looker = _Looker(visitor or Visitor(whole, office, hosts=more), Officials.of(office), now, tell, more)
    try:
        return _recognise(looker, looker.page(whole))
    except PageError as error:
        return Probe(whole, None, str(error), hints=tuple(looker.hints))


def _host(text: str) -> str:
    """A host as sources.toml names it, from whatever was typed for it."""
    return site_of(text if "://" in text else f"https://{text}")


_INSTEAD = ("请换成栏目列表、信箱列表、论坛版块或订阅源的网址；靠脚本显示内容的网页读不到",)


def entry_of(source: Source) -> str:
    """A source as the lines of sources.toml that declare it; keys with their usual value are left out."""
    lines = ["[[source]]"]
    for name in ("name", "kind", "engine", "url", "every_minutes", "delay_seconds", "max_pages"):
        value = getattr(source, name)
        if name in ("name", "kind", "url") or value != getattr(_USUAL, name):
            text = value.replace("\\", "\\\\").replace('"', '\\"') if isinstance(value, str) else ""
            lines.append(f'{name} = "{text}"' if isinstance(value, str) else f"{name} = {value}")
    if source.hosts:
        lines.append("hosts = [" + ", ".join(f'"{host}"' for host in source.hosts) + "]")
    return "\n".join(lines) + "\n"


_USUAL = Source("", "site", "")


def _recognise(looker: _Looker, page: Page) -> Probe:
    if _looks_like_feed(page):
        return _try(looker, _source(page, "feed", _feed_title(looker, page)), "网址本身就是订阅源", page)
    text = page.text
    tree = parse(text)
    if engine := engine_of(text):
        return _forum(looker, page, tree, engine)
    feeds, listed = _feeds(looker, page, tree), _list(looker, page, tree)
    if not feeds or (listed.source and not _better(feeds[0], listed, page)):
        return replace(listed, others=tuple(feed.source for feed in feeds if feed.source))
    others = [listed.source, *(feed.source for feed in feeds[1:])]
    return replace(feeds[0], others=tuple(filter(None, others)), hints=listed.hints)


def _better(declared: Probe, listed: Probe, page: Page) -> bool:
    """Whether a feed says what the list says: on a front page it does, in a column only if they share matters."""
    if listed.source and listed.source.kind == "mailbox":
        return False  # a feed knows no answers
    shared = {canonical(post.url) for post in declared.posts} & {canonical(post.url) for post in listed.posts}
    return urlsplit(page.url).path in ("", "/") or 2 * len(shared) > len(listed.posts)


def engine_of(text: str) -> Engine | None:
    """The forum software whose marks a page bears, None for any other page."""
    return next((engine for engine, about in _engines().items() if any(mark in text for mark in about["marks"])), None)


def _forum(looker: _Looker, page: Page, tree: Element, engine: Engine) -> Probe:
    source = replace(_source(page, "forum", board_title(tree)), engine=engine)
    found = _try(looker, source, f"论坛程序 {engine} 的版块")
    if found.source or (unknown := _unknown_forum(looker, page, tree)) is None:
        return found if found.source else _no_board(page, tree, engine)
    return unknown


def _no_board(page: Page, tree: Element, engine: Engine) -> Probe:
    """A page of a forum that lists no threads, with the boards it links."""
    boards = _links(tree, page.url, re.compile(_engines()[engine]["boards"]))
    hints = [f"可选版块：{name} {url}" for url, name in _fitting_first(boards)]
    reason = f"这是 {engine} 论坛，但不是版块页；请填写公共事务版块的网址"
    return Probe(page.url, None, reason, hints=tuple(hints[:8]))


def _unknown_forum(looker: _Looker, page: Page, tree: Element) -> Probe | None:
    """The board of a forum whose software is not known or keeps its interface closed; None for anything else."""
    source = replace(_source(page, "forum", board_title(tree)), engine="other")
    found = _try(looker, source, "论坛版块（按通用办法读；官方答复凭账号名、头衔辨认）", page)
    pages: dict[str, str] = {}
    for url, seen in looker.seen.items():
        with suppress(PageError):  # attachments were looked at too
            pages |= {url: seen.text} if url != page.url else {}
    if any(map(_NEWS.search, pages.values())):  # an article with its comments is read as an article
        return None
    threads = [other.is_thread(text, url=url) for url, text in pages.items()]
    return found if found.source and any(threads) else None


def _feeds(looker: _Looker, page: Page, tree: Element) -> list[Probe]:
    """Feeds the page declares; for a front page also the usual places."""
    site = frozenset([site_of(page.url)])
    declared = [
        target
        for link in tree.iter("link", "a")
        if (link.get("type") or "").lower() in _FEED_TYPES and "alternate" in (link.get("rel") or "alternate")
        if (target := absolute(page.url, link.get("href"))) and same_site(target, site)
    ]
    front = urlsplit(page.url).path in ("", "/")
    guessed = [page.url.rstrip("/") + path for path in _FEED_PATHS] if front and not declared else []
    found: dict[str, Probe] = {}
    for url in dict.fromkeys([*declared[:3], *guessed]):
        if (made := _feed(looker, url, tree)) is not None:
            found.setdefault(canonical(url), made)
    return list(found.values())


def _feed(looker: _Looker, url: str, tree: Element) -> Probe | None:
    try:
        page = looker.page(url)
    except PageError:
        return None
    if not _looks_like_feed(page):
        return None
    made = _try(looker, _source(page, "feed", _feed_title(looker, page) or _name(tree)), "网页提供订阅源", page)
    return made if made.source else None


def _feed_title(looker: _Looker, page: Page) -> str:
    try:
        return read_feed(page.body, url=page.url, now=looker.now, content_type=page.content_type).title
    except PageError:
        return ""


def _list(looker: _Looker, page: Page, tree: Element) -> Probe:
    """A list of articles, or of letters where its pages read as letters."""
    titled = bool(_LETTERS.search(page_title(tree)))
    if titled or page.text.lstrip()[:1] in ("{", "[") or _LETTERS.search(one_line(tree)[:2000]):
        found = _try(looker, _source(page, "mailbox", _name(tree)), "网上信箱或留言板", page)
        # An interpretation in questions and answers reads like a letter, but nobody signed its answer.
        if found.source and (titled or any(post.answered_at or post.answered_by for post in found.posts)):
            return found
    found = _try(looker, _source(page, "site", _name(tree)), "文章列表", page)
    if found.source and (forum_found := _unknown_forum(looker, page, tree)):
        return forum_found
    if len(found.posts) < _LEAST_LISTED and other.is_thread(page.text, url=page.url):
        return _one_thread(page, tree)
    if found.source:
        return found
    columns = _links(tree, page.url, _COLUMNS, by_text=True)
    hints = [f"可选栏目：{name} {url}" for url, name in _fitting_first(columns)]
    return replace(found, hints=(*found.hints, *hints[:8]))


def _one_thread(page: Page, tree: Element) -> Probe:
    """A page of messages is no list of threads; the way up from it leads to one."""
    trail = tree.xpath("//*[contains(@class,'crumb')]//a")
    links = {absolute(page.url, anchor.get("href")): _ICON.sub("", one_line(anchor)) for anchor in trail}
    hints = [f"可选版块：{name} {url}" for url, name in links.items() if url and name and url != page.url]
    return Probe(
        page.url, None, "这是一个主题（或带评论的文章），不是列表；请填写版块、栏目的网址", hints=tuple(hints[-3:])
    )


def _try(looker: _Looker, source: Source, reason: str, page: Page | None = None) -> Probe:
    """The source, if anything can be collected from it."""
    source = replace(source, hosts=looker.hosts)
    posts, problems = _read(looker, source, page)
    if not posts:
        said = problems[0] if problems else "没有找到可以采集的内容"
        return Probe(source.url, None, said, hints=tuple(problems[1:]) or _INSTEAD)
    return Probe(source.url, source, reason, tuple(posts), hints=tuple(problems))


def _read(looker: _Looker, source: Source, page: Page | None) -> tuple[list[Post], list[str]]:
    """The first posts of a source, and what went wrong on the way."""
    walker = WALKERS[source.kind]
    visit = Visit(source, looker.officials, looker.now)
    start = walker.start(source)
    posts: list[Post] = []
    problems: list[str] = []
    try:
        found = list(_walked(looker, walker, visit, start, page or looker.page(start.url)))
    except PageError as error:
        return [], [str(error)]
    for made in found:
        if len(posts) >= _SHOWN:
            break
        if isinstance(made, Note):
            problems.append(made.text)
            continue
        try:
            matters = [made] if isinstance(made, Found) else _matters(looker, walker, visit, made)
            posts += [_post(source, matter, looker.now) for matter in matters]
        except PageError as error:
            problems.append(f"{getattr(made, 'url', source.url)}：{error}")
        if len(problems) >= _SHOWN:
            break
    return posts[:_SHOWN], list(dict.fromkeys(problems))


def _matters(looker: _Looker, walker: Any, visit: Visit, task: Task) -> list[Found]:
    if task.step != "matter":
        return []
    made = _walked(looker, walker, visit, task, looker.page(task.url))
    return [replace(found, title=found.title or task.title) for found in made if isinstance(found, Found)]


def _walked(looker: _Looker, walker: Any, visit: Visit, task: Task, page: Page) -> Iterable[Task | Found | Note]:
    """Drive a walker, fetching what it asks for."""
    walk, answer = walker.walk(visit, task, page), None
    while True:
        try:
            made = walk.send(answer)
        except StopIteration:
            return
        answer = looker.page(made.url) if isinstance(made, More) else None
        if not isinstance(made, More):
            yield made


def _post(source: Source, found: Found, now: datetime) -> Post:
    return Post.make(
        _THROWAWAY, source=source.name, locator=found.locator, channel=source.kind, url=found.url, title=found.title,
        text=found.text, posted_at=found.posted_at, fetched_at=now, answer=found.answer,
        answered_at=found.answered_at, answered_by=found.answered_by, views=found.views, replies=found.replies,
    )  # fmt: skip


def _source(page: Page, kind: Kind, name: str) -> Source:
    delay = 0.0 if is_private(urlsplit(page.url).hostname or "") else 2.0
    return Source(name[:40] or site_of(page.url), kind, page.url, delay_seconds=delay)


def _name(tree: Element) -> str:
    """Site and column, as government pages declare them, else the title."""
    tags = meta(tree)
    declared = "·".join(filter(None, [tags.get("sitename", ""), tags.get("columnname", "")]))
    return declared or page_title(tree)


def _looks_like_feed(page: Page) -> bool:
    head = page.body[:500].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if head.startswith((b"<!doctype html", b"<html")):
        return False
    return head.startswith((b"<?xml", b"<rss", b"<feed", b"<rdf")) or (
        head.startswith(b"{") and b"jsonfeed.org" in head
    )


def _links(tree: Element, url: str, pattern: re.Pattern[str], *, by_text: bool = False) -> dict[str, str]:
    """Addresses on this site whose address (or text) fits, with their texts."""
    found: dict[str, str] = {}
    for anchor in tree.iter("a"):
        target, name = absolute(url, anchor.get("href")), one_line(anchor)
        fits = target and 2 <= len(name) <= 16 and pattern.search(name if by_text else target)
        if target and fits and target != url and same_site(target, frozenset([site_of(url)])):
            found.setdefault(target, name)
    return found


def _fitting_first(links: dict[str, str]) -> list[tuple[str, str]]:
    return sorted(links.items(), key=lambda link: not _COLUMNS.search(link[1]))


@cache
def _engines() -> dict[Any, dict[str, Any]]:
    return tomllib.loads((files("crawlers") / "data" / "engines.toml").read_text("utf-8"))
