"""phpBB 3 boards and topics in the markup of prosilver, which most styles keep."""

import re
from datetime import datetime

from crawlers.pages.dates import parse_date
from crawlers.pages.dom import Element, count_in, first, has_class, one_line, parse, text_of
from crawlers.pages.found import Link, Listing, LoginRequired, PageError, PageGone
from crawlers.pages.links import absolute
from crawlers.pages.officials import Officials
from crawlers.pages.thread import Message, ThreadPage, official, plain_words

_TOPIC = re.compile(r"[?&]t=(\d+)|-t(\d+)(?:-s\d+)?\.html")
_ROW = f"//li[{has_class('row')}][.//a[{has_class('topictitle')}]]"
_NEXT = f"//li[{has_class('arrow')} and {has_class('next')}]//a | //a[@rel='next'] | //a[{has_class('right-box')}]"
_POST = f"//div[{has_class('post')}][starts-with(@id,'p')]"
_NAME = f".//*[{has_class('username')} or {has_class('username-coloured')}]"
_BADGES = f".//*[{has_class('profile-rank')}] | .//*[{has_class('postprofile')}]//img"
_NOT_TEXT = f".//blockquote | .//*[{has_class('notice')} or {has_class('signature')} or {has_class('attachbox')}]"
_GONE = re.compile(r"不存在|does not exist|已删除")
_MEMBERS = re.compile(r"登录|登陆|没有权限|未被授权|not authori[sz]ed|need to login|logged in", re.IGNORECASE)
_TOTAL = re.compile(r"(\d[\d,]*)\s*(?:篇|个)?\s*(?:帖子|文章|回帖|posts?)|共\s*(\d+)\s*篇", re.IGNORECASE)


def address(url: str) -> str:
    """Boards and topics are fetched as people link them."""
    return url


def locator(url: str) -> str:
    """`t=123` for every spelling of a topic's address."""
    topic = _TOPIC.search(url)
    return f"t={topic[1] or topic[2]}" if topic else url


def read_board(text: str, *, url: str, now: datetime) -> Listing:
    """The topics of one page of a forum."""
    tree = parse(text)
    links = [link for row in tree.xpath(_ROW) if (link := _link(row, url, now))]
    if not links:
        _explain(tree, "没有认出 phpBB 版块的主题列表")
    return Listing(tuple(links), _href(first(tree, _NEXT), url))


def read_thread(text: str, *, url: str, now: datetime, officials: Officials) -> ThreadPage:
    """One page of a topic."""
    tree = parse(text)
    posts = tree.xpath(_POST)
    if not posts:
        _explain(tree, "没有认出 phpBB 主题")
    messages = [_message(post, now) for post in posts]
    opens = not re.search(r"[?&]start=[1-9]|-s\d+\.html", url)
    total = _TOTAL.search(one_line(first(tree, f"//div[{has_class('pagination')}]")))
    count = count_in(total[1] or total[2]) if total else None
    return ThreadPage(
        locator=locator(url),
        url=url,
        title=one_line(first(tree, f"//h2[{has_class('topic-title')}]", "//h2", "//h3")),
        opening=messages[0] if opens else None,
        answers=official(messages[1:] if opens else messages, officials),
        replies=count - 1 if count else None,
        next_url=_href(first(tree, _NEXT), url),
    )


def _link(row: Element, url: str, now: datetime) -> Link | None:
    anchor = first(row, f".//a[{has_class('topictitle')}]")
    target = _href(anchor, url)
    if not target or not _TOPIC.search(target):
        return None
    # Beside it stands, for narrow screens, when the last message came.
    posted = first(
        row, f".//*[{has_class('topic-poster')}]//time", ".//time", f".//div[{has_class('responsive-hide')}]"
    )
    last = first(row, f".//dd[{has_class('lastpost')}]//time", f".//dd[{has_class('lastpost')}]")
    mark = f"{one_line(first(row, './/dd[' + has_class('posts') + ']'))} {_shown_time(last)}"
    return Link(_plain(target), one_line(anchor), parse_date(_shown_time(posted), now=now), mark)


def _message(post: Element, now: datetime) -> Message:
    body = first(post, f".//div[{has_class('content')}]")
    unread = frozenset(body.xpath(_NOT_TEXT)) if body is not None else frozenset()
    # A name inside the message is one that its writer mentions.
    beside = [mark for mark in post.xpath(f"{_NAME} | {_BADGES}") if body not in mark.iterancestors()]
    marks = [word for mark in beside for word in (one_line(mark), mark.get("alt"), mark.get("title")) if word]
    when = first(post, f".//p[{has_class('author')}]//time", f".//p[{has_class('author')}]")
    return Message(plain_words(text_of(body, without=unread)), parse_date(_shown_time(when), now=now), tuple(marks))


def _shown_time(element: Element | None) -> str:
    if element is None:
        return ""
    return str(element.get("datetime") or one_line(element).rpartition("»")[2])


def _plain(url: str) -> str:
    """A topic's address without the forum it was reached through and the session it was reached in."""
    topic = _TOPIC.search(url)
    return url.partition("?")[0] + f"?t={topic[1]}" if topic and topic[1] else url


def _href(anchor: Element | None, url: str) -> str | None:
    return None if anchor is None else absolute(url, re.sub(r"([?&])sid=\w+&?", r"\1", anchor.get("href") or ""))


def _explain(tree: Element, otherwise: str) -> None:
    notice = one_line(first(tree, "//*[@id='message']", f"//div[{has_class('panel')}]"))
    if _GONE.search(notice):
        raise PageGone("主题已删除或不存在")
    if _MEMBERS.search(notice):
        raise LoginRequired("需要登录才能看，不是公开渠道")
    raise PageError(otherwise)
