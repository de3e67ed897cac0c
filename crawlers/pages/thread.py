"""A forum thread is one matter: its opening message, the offices' answers, and counts; never the other replies (S2)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from crawlers.pages.dom import parse, text_of
from crawlers.pages.found import Found, PageError
from crawlers.pages.officials import Officials

# Lines in which forum software names people: who edited, who is answered, who is quoted.
_NAMING = re.compile(
    r"^\W*(?:i=s\W*)?(?:本[帖贴文]|此[帖贴]|该[帖贴])(?:子)?(?:最后)?由.{1,40}?(?:于|在).{4,40}(?:编辑|修改).{0,8}$"
    r"|^\W*(?:最后由|最后编辑|最近编辑|上次编辑).{1,60}(?:编辑|修改|于).{0,60}$"
    r"|^\W*(?:回复|回覆|引用)\s*(?:第?\s*\d+\s*[#＃楼层]|@).{0,40}$|^.{1,40}\s发表于\s.{4,40}$"
    r"|^.{1,40}\s(?:写道|wrote|said(?:\sin\s.{1,80})?)\s*[:：]$",
    re.MULTILINE | re.IGNORECASE,
)


def plain_words(text: str) -> str:
    """`text` without the lines in which forum software names people (S2)."""
    return "\n".join(line for line in _NAMING.sub("", text).split("\n") if line.strip())


def said(html: str, *, without: str) -> str:
    """The words of a message that software hands out as HTML, less the parts (an XPath) that are other people's."""
    if not html.strip():
        return ""
    try:
        tree = parse(f"<body><div>{html}</div></body>")
    except PageError:
        return ""
    return plain_words(text_of(tree, without=frozenset(tree.xpath(without))))


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a thread while its page is read. `marks` (account, group, badges) are compared and dropped."""

    text: str
    posted_at: datetime | None
    marks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ThreadPage:
    """One page of a thread as an engine shows it. `opening` is None on every page but the first."""

    locator: str
    url: str
    title: str
    opening: Message | None
    answers: tuple[Message, ...]  # official ones only
    views: int | None = None
    replies: int | None = None
    likes: int | None = None
    next_url: str | None = None


def official(messages: Iterable[Message], officials: Officials) -> tuple[Message, ...]:
    """The messages that speak for an office; the rest ends here."""
    return tuple(message for message in messages if message.text and officials.speak(message.marks))


def whole(pages: Iterable[ThreadPage], officials: Officials) -> Found:
    """The matter that the pages of one thread (the first page first) make up.

    The first answer's time counts as the answer's: that is when the office responded.
    """
    first, *rest = pages
    answers = [answer for page in (first, *rest) for answer in page.answers]
    opening = first.opening or Message("", None)
    return Found(
        url=first.url,
        title=first.title,
        text=opening.text,
        locator=first.locator,
        posted_at=opening.posted_at,
        answer="\n".join(answer.text for answer in answers),
        answered_at=next((answer.posted_at for answer in answers if answer.posted_at), None),
        answered_by=next((name for answer in answers if (name := officials.office(answer.marks))), ""),
        views=first.views,
        replies=first.replies,
        likes=first.likes,
    )
