"""Discuz! X boards and threads, also the older 7.x marks that themes keep."""

import re
from datetime import datetime
from urllib.parse import parse_qs, urlsplit

from crawlers.pages.dates import parse_date
from crawlers.pages.dom import Element, count_in, first, has_class, one_line, parse, text_of
from crawlers.pages.found import Link, Listing, LoginRequired, PageError, PageGone
from crawlers.pages.links import absolute
from crawlers.pages.officials import Officials
from crawlers.pages.thread import Message, ThreadPage, official

_TID = re.compile(r"(?:thread-|[?&]tid=|/t/)(\d+)")
_ROW = "//tbody[starts-with(@id,'normalthread_') or starts-with(@id,'stickthread_')]"
_TITLE = f".//a[{has_class('xst')}] | .//span[starts-with(@id,'thread_')]/a"
_NEXT = f"//div[{has_class('pg')}]/a[{has_class('nxt')}] | //a[{has_class('next')}]"
_FLOOR = "//*[starts-with(@id,'post_') and translate(substring(@id,6),'0123456789','')='']"
_BODY = ".//*[starts-with(@id,'postmessage_')]"
_ACCOUNT = (
    f".//div[{has_class('authi')}]/a[{has_class('xw1')}]"
    f" | .//td[{has_class('postauthor')}]//a[starts-with(@id,'userinfo')]"
)
_BADGES = (
    ".//a[contains(@href,'ac=usergroup') or contains(@href,'mod=faq')]"
    f" | .//p[{has_class('md_ctrl')}]//img | .//a[contains(@href,'verify')]//img | .//*[{has_class('authicn')}]"
)
_TIME = ".//em[starts-with(@id,'authorposton')] | .//div[@class='posterinfo']//em"
# Quoted messages are other people's; edit notes and signatures name the writer.
_NOT_TEXT = (
    f".//*[{has_class('quote')} or {has_class('pstatus')} or {has_class('jammer')} or {has_class('sign')} "
    f"or {has_class('attach_popup')} or {has_class('tip')} or {has_class('aimg_tip')} or {has_class('modact')}]"
)
_GONE = re.compile(r"不存在|已被删除|正在被审核|已被屏蔽|被关闭|已隐藏|回收站")
_MEMBERS = re.compile(r"登录|登陆|没有权限|无权|游客|用户组|阅读权限|注册")
_POSTED = re.compile(r"^\s*发表于\s*")


def read_board(text: str, *, url: str, now: datetime) -> Listing:
    """The threads of one page of a board. Raises `PageError` where it is no Discuz! board."""
    tree = parse(text)
    links = {link.url: link for row in tree.xpath(_ROW) if (link := _thread_link(row, url, now))}
    if not links:
        _explain(tree, "没有认出 Discuz! 版块的主题列表")
    return Listing(tuple(links.values()), absolute(url, _href(first(tree, _NEXT))))


def read_thread(text: str, *, url: str, now: datetime, officials: Officials) -> ThreadPage:
    """One page of a thread. Raises `PageGone`, `LoginRequired` or `PageError` for Discuz!'s own message pages."""
    tree = parse(text)
    floors = tree.xpath(_FLOOR)
    subject = first(tree, "//*[@id='thread_subject']", f"//h1[{has_class('ts')}]//a[last()]")
    if not floors or subject is None:
        _explain(tree, "没有认出 Discuz! 主题")
    messages = [_message(floor, now) for floor in floors]
    opens = _page(url, tree) == 1
    counts = [count_in(one_line(span)) for span in tree.xpath(f"//div[{has_class('hm')}]/span[{has_class('xi1')}]")]
    return ThreadPage(
        locator=locator(url),
        url=url,
        title=one_line(subject),
        opening=messages[0] if opens else None,
        answers=official(messages[1:] if opens else messages, officials),
        views=counts[0] if counts else None,
        replies=counts[1] if len(counts) > 1 else None,
        next_url=absolute(url, _href(first(tree, _NEXT))),
    )


def address(url: str) -> str:
    """Boards and threads are fetched as people link them."""
    return url


def locator(url: str) -> str:
    """`tid=123` for every spelling of a thread's address (static, dynamic, any page, any order)."""
    match = _TID.search(url)
    return f"tid={match[1]}" if match else url


def _thread_link(row: Element, url: str, now: datetime) -> Link | None:
    anchor = first(row, _TITLE)
    target = absolute(url, _href(anchor))
    if anchor is None or not target or not _TID.search(target):
        return None
    columns = row.xpath(f".//td[{has_class('by')}]//em")
    return Link(
        url=_first_page(target),
        title=one_line(anchor),
        posted_at=_time(columns[0], now) if columns else None,
        # Views change with every visitor; replies and the time of the last one only when something was said.
        mark=" ".join([*map(one_line, row.xpath(f".//td[{has_class('num')}]/a")), *map(_exact, columns[1:])]),
    )


def _first_page(url: str) -> str:
    """The plain address of a thread: `extra` and the list page it was linked from are not part of it."""
    parts = urlsplit(url)
    query = parse_qs(parts.query)
    if "tid" in query:
        return absolute(url, f"{parts.path}?mod=viewthread&tid={query['tid'][0]}") or url
    return re.sub(r"thread-(\d+)-\d+-\d+", r"thread-\1-1-1", url)


def _message(floor: Element, now: datetime) -> Message:
    body = first(floor, _BODY)
    unread = frozenset(body.xpath(_NOT_TEXT)) if body is not None else frozenset()
    marks = [one_line(element) for element in floor.xpath(_ACCOUNT)]
    for badge in floor.xpath(_BADGES):
        marks += [one_line(badge), badge.get("alt") or "", badge.get("title") or ""]
    return Message(text_of(body, without=unread), _time(first(floor, _TIME), now), tuple(marks))


def _time(element: Element | None, now: datetime) -> datetime | None:
    return None if element is None else parse_date(_POSTED.sub("", _exact(element)), now=now)


def _exact(element: Element) -> str:
    """Discuz! shows "3 天前" and keeps the exact time in a title."""
    titled = first(element, "descendant-or-self::*[@title]")
    return str(titled.get("title")) if titled is not None else one_line(element)


def _page(url: str, tree: Element) -> int:
    match = re.search(r"thread-\d+-(\d+)-|[?&]page=(\d+)", url)
    current = first(tree, f"//div[{has_class('pg')}]/strong")
    number = count_in(one_line(current)) if current is not None else None
    return number or (int(match[1] or match[2]) if match else 1)


def _href(anchor: Element | None) -> str | None:
    return None if anchor is None else anchor.get("href")


def _explain(tree: Element, otherwise: str) -> None:
    notice = first(tree, "//*[@id='messagetext']", "//*[@id='messagelogin']")
    words = text_of(notice)
    if notice is not None and _GONE.search(words):
        raise PageGone("主题已删除或不存在")
    if notice is not None and _MEMBERS.search(words):
        raise LoginRequired("需要登录才能看，不是公开渠道")
    raise PageError(otherwise)
