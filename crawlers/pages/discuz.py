"""Discuz! X boards and threads, also the older 7.x marks that themes keep."""

import re
from datetime import datetime
from urllib.parse import parse_qs, urlsplit

from crawlers.pages.dates import parse_date
from crawlers.pages.dom import Element, count_in, first, has_class, one_line, parse, text_of
from crawlers.pages.found import Link, Listing, LoginRequired, PageError, PageGone
from crawlers.pages.links import absolute
from crawlers.pages.officials import Officials
from crawlers.pages.pagers import next_page
from crawlers.pages.thread import Message, ThreadPage, official, plain_words

_TID = re.compile(r"(?:thread-|[?&]tid=|/t/)(\d+)")
_ROW = "//tbody[starts-with(@id,'normalthread_') or starts-with(@id,'stickthread_')]"
_TITLE = f".//a[{has_class('xst')}] | .//span[starts-with(@id,'thread_')]/a"
# Pictures, the mobile theme and themes of other people: no rows, but links to threads in a list of them.
_LISTS = (
    "//*[@id='threadlist' or @id='waterfall' or @id='threadlisttableid' "
    f"or {has_class('threadlist')} or {has_class('threadlist_box')}]//a[@href]"
)
_NOT_TITLE = f".//*[{has_class('by')} or {has_class('num')} or {has_class('threadlist_mes')}]"
_NEXT = f"//div[{has_class('pg')}]/a[{has_class('nxt')}] | //a[{has_class('next')}]"
_NUMBERED = "translate(substring(@id,{}),'0123456789','')=''"
_FLOOR = f"//*[starts-with(@id,'post_') and {_NUMBERED.format(6)}]"
_TOUCH_FLOOR = f"//div[{has_class('plc')}][starts-with(@id,'pid') and {_NUMBERED.format(4)}]"
_BODY = f".//*[starts-with(@id,'postmessage_')] | .//div[{has_class('message')}]"
_ORDINAL = ".//*[starts-with(@id,'postnum')]"
_ACCOUNT = (
    f".//div[{has_class('authi')}]/a[{has_class('xw1')}]"
    f" | .//td[{has_class('postauthor')}]//a[starts-with(@id,'userinfo')]"
    f" | .//ul[{has_class('authi')}]//a[contains(@href,'uid')]"
)
_BADGES = (
    ".//a[contains(@href,'ac=usergroup') or contains(@href,'mod=faq')]"
    f" | .//p[{has_class('md_ctrl')}]//img | .//a[contains(@href,'verify')]//img | .//*[{has_class('authicn')}]"
    f" | .//td[{has_class('pls')}]//em | .//td[{has_class('pls')}]//img"
)
_TIME = (
    ".//em[starts-with(@id,'authorposton')] | .//div[@class='posterinfo']//em"
    f" | .//ul[{has_class('authi')}]/li[{has_class('mtime')} or {has_class('rela')}]"
)
# Quoted messages are other people's; edit notes and signatures name the writer; locked parts ask for a reply.
_NOT_TEXT = (
    f".//*[{has_class('quote')} or {has_class('pstatus')} or {has_class('jammer')} or {has_class('sign')} "
    f"or {has_class('attach_popup')} or {has_class('tip')} or {has_class('aimg_tip')} or {has_class('modact')} "
    f"or {has_class('locked')} or {has_class('grey_quote')}]"
)
_TOUCH_TITLE = (f"//div[{has_class('view_tit')}]", f"//div[{has_class('postlist')}]/h2")
_BLOCKED = re.compile(r"屏蔽|已?被?(?:禁止|删除)")
_GONE = re.compile(r"不存在|已被删除|正在被审核|已被屏蔽|被关闭|已隐藏|回收站")
_MEMBERS = re.compile(r"登录|登陆|没有权限|无权|游客|用户组|阅读权限|注册")
_FIRST = re.compile(r"^(?:1\s*[#＃楼]?|楼主.*)$")
_POSTED = re.compile(r"^\s*发表于\s*")


def read_board(text: str, *, url: str, now: datetime) -> Listing:
    """The threads of one page of a board. Raises `PageError` where it is no Discuz! board."""
    tree = parse(text)
    links = {link.url: link for row in tree.xpath(_ROW) if (link := _thread_link(row, url, now))}
    links = links or _listed(tree, url, now)
    if not links:
        _explain(tree, "没有认出 Discuz! 版块的主题列表")
    return Listing(tuple(links.values()), absolute(url, _href(first(tree, _NEXT))) or next_page(tree, url))


def read_thread(text: str, *, url: str, now: datetime, officials: Officials) -> ThreadPage:
    """One page of a thread. Raises `PageGone`, `LoginRequired` or `PageError` for Discuz!'s own message pages.

    A thread whose opening message the moderators hid is gone.
    """
    tree = parse(text)
    floors = tree.xpath(_FLOOR) or tree.xpath(_TOUCH_FLOOR)
    title = _subject(tree)
    if not floors or not title:
        _explain(tree, "没有认出 Discuz! 主题")
    start = _opening(floors) if _page(url, tree) == 1 else None
    if start is not None and _is_blocked(start):
        raise PageGone("主楼已被屏蔽或删除")
    opening = None if start is None else _message(start, now)
    counts = [count_in(one_line(span)) for span in tree.xpath(f"//div[{has_class('hm')}]/span[{has_class('xi1')}]")]
    return ThreadPage(
        locator=locator(url),
        url=url,
        title=title,
        opening=opening,
        answers=official((_message(floor, now) for floor in floors if floor is not start), officials),
        views=counts[0] if counts else None,
        replies=counts[1] if len(counts) > 1 else None,
        next_url=absolute(url, _href(first(tree, _NEXT))) or _same_thread(next_page(tree, url), url),
    )


def _subject(tree: Element) -> str:
    found = first(tree, "//*[@id='thread_subject']", f"//h1[{has_class('ts')}]//a[last()]")
    if found is not None:
        return one_line(found)
    shown = first(tree, *_TOUCH_TITLE)
    if shown is not None:  # the kind of thread stands before its title: [投诉]
        return text_of(shown, without=frozenset(shown.xpath("./a | ./em"))).replace("\n", " ")
    return one_line(first(tree, "//head/title")).split(" - ")[0]


def _opening(floors: list[Element]) -> Element:
    """The floor that opens the thread, also where the newest stands first."""
    named = (floor for floor in floors if _FIRST.match(one_line(first(floor, _ORDINAL))))
    return next(named, floors[0])


def _is_blocked(floor: Element) -> bool:
    locked = one_line(first(floor, f".//*[{has_class('locked')}]"))
    return first(floor, _BODY) is None and bool(_BLOCKED.search(locked))


def _same_thread(found: str | None, url: str) -> str | None:
    return found if found and locator(found) == locator(url) else None


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


def _listed(tree: Element, url: str, now: datetime) -> dict[str, Link]:
    """Threads by their links alone; of several to one thread, the first with words in it is its title."""
    links: dict[str, Link] = {}
    for anchor in tree.xpath(_LISTS):
        target = absolute(url, _href(anchor))
        title = anchor.get("title") or text_of(anchor, without=frozenset(anchor.xpath(_NOT_TITLE))).split("\n")[0]
        if not target or not _TID.search(target) or not title.strip():
            continue
        row = first(anchor, "ancestor::li[1]", "ancestor::tr[1]", "..")
        when = _time(first(row, f".//*[{has_class('mtime')}]"), now) if row is not None else None
        links.setdefault(_first_page(target), Link(_first_page(target), title.strip(), when, one_line(row)))
    return links


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
    # What stands in the message itself is its writer's: no badge counts there.
    beside = [mark for mark in floor.xpath(f"{_ACCOUNT} | {_BADGES}") if body not in mark.iterancestors()]
    marks = [word for mark in beside for word in (one_line(mark), mark.get("alt"), mark.get("title")) if word]
    return Message(plain_words(text_of(body, without=unread)), _time(first(floor, _TIME), now), tuple(marks))


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
