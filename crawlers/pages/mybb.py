"""MyBB 1.8 boards and threads in the markup of its default theme."""

import re
from datetime import datetime

from crawlers.pages.dates import parse_date
from crawlers.pages.dom import Element, count_in, first, has_class, one_line, parse, text_of
from crawlers.pages.found import Link, Listing, LoginRequired, PageError, PageGone
from crawlers.pages.links import absolute
from crawlers.pages.officials import Officials
from crawlers.pages.thread import Message, ThreadPage, official, plain_words

_THREAD = re.compile(r"[?&]tid=(\d+)|/thread-(\d+)")
_SUBJECT = ".//*[starts-with(@id,'tid_')]//a"
_NEXT = f"//a[{has_class('pagination_next')}]"
_POST = "//*[starts-with(@id,'post_') and translate(substring(@id,6),'0123456789','')='']"
_BODY = ".//*[starts-with(@id,'pid_')]"
_AUTHOR = f".//*[{has_class('author_information')}]"
# Beside the subject stands the link to the thread modes, in bold as well.
_TITLE = f"//td[{has_class('thead')}]//strong[not(a[@id='thread_modes']) and string-length(normalize-space()) > 1]"
_NOT_TEXT = f".//blockquote | .//*[{has_class('signature')} or {has_class('edited_post')}]"
_GONE = re.compile(r"(?:主题|帖子|thread)[^。.]{0,12}(?:不存在|does not exist)", re.IGNORECASE)
_MEMBERS = re.compile(r"没有权限|未登录|没有登录|not logged in|do not have permission", re.IGNORECASE)


def address(url: str) -> str:
    """Boards and threads are fetched as people link them."""
    return url


def locator(url: str) -> str:
    """`tid=123` for every spelling of a thread's address."""
    thread = _THREAD.search(url)
    return f"tid={thread[1] or thread[2]}" if thread else url


def read_board(text: str, *, url: str, now: datetime) -> Listing:
    """The threads of one page of a board."""
    tree = parse(text)
    rows = [row for row in tree.iter("tr") if first(row, _SUBJECT) is not None and first(row, ".//tr") is None]
    links = [link for row in rows if (link := _link(row, url, now))]
    if not links:
        _explain(tree, "没有认出 MyBB 版块的主题列表")
    onward = first(tree, _NEXT)
    return Listing(tuple(links), None if onward is None else absolute(url, onward.get("href")))


def read_thread(text: str, *, url: str, now: datetime, officials: Officials) -> ThreadPage:
    """One page of a thread."""
    tree = parse(text)
    posts = [post for post in tree.xpath(_POST) if first(post, _BODY) is not None]
    if not posts:
        _explain(tree, "没有认出 MyBB 主题")
    messages = [_message(post, now) for post in posts]
    opens = not re.search(r"[?&]page=(?!1\b)\d|-page-(?!1\b)\d", url)
    onward = first(tree, _NEXT)
    subject = first(tree, _TITLE, "//title")
    return ThreadPage(
        locator=locator(url),
        url=url,
        title=one_line(subject),
        opening=messages[0] if opens else None,
        answers=official(messages[1:] if opens else messages, officials),
        replies=len(messages) - 1 if opens and onward is None else None,  # the theme shows no total
        next_url=None if onward is None else absolute(url, onward.get("href")),
    )


def _link(row: Element, url: str, now: datetime) -> Link | None:
    # Before an unread title stands an arrow that leads to the first new message.
    anchor = max(row.xpath(_SUBJECT), key=lambda link: len(one_line(link)), default=None)
    target = absolute(url, anchor.get("href")) if anchor is not None else None
    if not target or not _THREAD.search(target):
        return None
    replies = first(row, ".//a[contains(@href,'whoPosted') or contains(@onclick,'whoPosted')]")
    last = first(row, f".//*[{has_class('lastpost')}]")
    # A board shows when the last message came, not when a thread began: that is read on its own page.
    mark = f"{count_in(one_line(replies))} {_exact(last)}"
    return Link(re.sub(r"([?&]tid=\d+).*", r"\1", target), one_line(anchor), None, mark)


def _message(post: Element, now: datetime) -> Message:
    body = first(post, _BODY)
    unread = frozenset(body.xpath(_NOT_TEXT)) if body is not None else frozenset()
    author = first(post, _AUTHOR)
    marks: list[str] = []
    if author is not None:
        marks = [one_line(element) for element in author.iter("a", "span", "strong", "em")]
        marks += text_of(author).split("\n")
        marks += [image.get("alt") or image.get("title") or "" for image in author.iter("img")]
    when = first(post, f".//*[{has_class('post_date')}]")
    return Message(plain_words(text_of(body, without=unread)), parse_date(_exact(when), now=now), tuple(marks))


def _exact(element: Element | None) -> str:
    """ "Yesterday, 05:30 PM" carries the exact day in a title; the clock stands beside it."""
    if element is None:
        return ""
    titled = first(element, "descendant-or-self::*[@title]")
    shown = one_line(element).partition("(")[0]
    if titled is None:
        return shown
    day = str(titled.get("title"))
    clock = re.search(r"\d{1,2}:\d{2}(?:\s*[AP]M)?", shown)
    return day if re.search(r"\d:\d\d", day) or not clock else f"{day}, {clock[0]}"


def _explain(tree: Element, otherwise: str) -> None:
    words = text_of(tree)[:3000]
    if _GONE.search(words):
        raise PageGone("主题已删除或不存在")
    if _MEMBERS.search(words):
        raise LoginRequired("需要登录才能看，不是公开渠道")
    raise PageError(otherwise)
