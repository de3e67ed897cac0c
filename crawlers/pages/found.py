"""What parse functions hand on: one public matter found, links worth following. In memory only, no author anywhere."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Found:
    """One matter as its page shows it, not yet masked: only `Post` may reach the disk.

    `locator` names the matter within its source for ever (a thread number, a feed's id), whatever its URL does.
    """

    url: str
    title: str
    text: str
    locator: str
    posted_at: datetime | None = None  # None: the page gives no date that can be trusted
    answer: str = ""  # "" : no official answer yet
    answered_at: datetime | None = None
    answered_by: str = ""  # an office, never a person
    views: int | None = None  # None: not shown
    replies: int | None = None
    likes: int | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """A matter announced on a list page. `mark` changes when the matter visibly changed (reply count, status)."""

    url: str
    title: str
    posted_at: datetime | None = None
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Listing:
    """A list page: its matters in page order and the next page, if it has one."""

    links: tuple[Link, ...]
    next_url: str | None = None
    elsewhere: tuple[str, ...] = ()  # hosts of announced matters that are not followed: not among the source's
    unread_pager: bool = False  # it goes on by a script that cannot be read


class PageError(Exception):
    """The page is not what it should be; the message says how, in Chinese, and is counted as the failure's name."""


class PageGone(PageError):
    """The page says that its matter was deleted or hidden."""


class LoginRequired(PageError):
    """The page is for members only: not a public channel, so it is left alone (S1)."""


class NotAPage(PageError):
    """An attachment or a picture, not a page to read."""
