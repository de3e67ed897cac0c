"""What walkers exchange with whoever fetches for them: tasks, pages, findings. Nothing here knows Scrapy."""

import re
from collections.abc import Generator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from crawlers.pages.decode import decode
from crawlers.pages.found import Found, NotAPage, PageError
from crawlers.pages.officials import Officials
from crawlers.sources import Source

_TEXT = re.compile(r"text|html|xml|json|unknown|javascript")

Step = Literal["feed", "list", "matter"]


@dataclass(frozen=True, slots=True)
class Task:
    """One page to visit for a source. `key` names the matter behind a "matter" step however it is linked."""

    source: str
    step: Step
    url: str
    key: str
    number: int = 1  # of a list page, from 1
    mark: str = ""  # what the list shows of a matter; "" where it was not come by through a list
    title: str = ""  # what the list calls a matter, for pages that do not say
    posted_at: str = ""  # and when the list says it was posted (RFC 3339)


@dataclass(frozen=True, slots=True)
class Page:
    """A fetched page. `url` is where it was found in the end."""

    url: str
    body: bytes
    content_type: str = ""

    @property
    def text(self) -> str:
        """The decoded text. Raises `NotAPage` for attachments, `PageError` where the encoding cannot be told."""
        if (kind := self.content_type.partition(";")[0].strip().lower()) and not _TEXT.search(kind):
            raise NotAPage(f"附件或图片，不是网页（{kind}）")
        decoded = decode(self.body, self.content_type)
        if decoded.doubt:
            raise PageError(decoded.doubt)
        return decoded.text


@dataclass(frozen=True, slots=True)
class More:
    """Another page of the same matter; the walker is resumed with it, or with None if robots.txt keeps it private."""

    url: str


@dataclass(frozen=True, slots=True)
class Note:
    """Something a page offers and this source leaves alone, in Chinese; counted and shown with the sweep."""

    text: str


@dataclass(frozen=True, slots=True)
class Visit:
    """What a walker may know: its source, who speaks for an office there, and the time."""

    source: Source
    officials: Officials
    now: datetime


Walk: TypeAlias = Generator[Task | Found | More | Note, Page | None, None]
