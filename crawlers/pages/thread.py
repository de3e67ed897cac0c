"""A forum thread is one matter: its opening message, the offices' answers, and counts; never the other replies (S2)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from crawlers.pages.found import Found
from crawlers.pages.officials import Officials


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
