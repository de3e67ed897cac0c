"""Take a public official page as evidence, and look at it again later.

`capture` is the only way a page enters the store: fetched as an anonymous visitor (`fetch`), recognised as a real page
(`page_text.sign`), kept by hash (`snapshots`). `recheck` compares; it never says more than it saw: a page that could
not be reached is not a page that is gone.
"""

from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher
from pathlib import Path

from crawlers.clock import CHINA
from crawlers.pages.dates import find_published, parse_date
from crawlers.pages.decode import decode
from ledger.proof.fetch import Page, Refusal, Visitor
from ledger.proof.page_text import EXTRACTOR, PageText, read_text, sign
from ledger.proof.quotes import FoundQuote, find_quote, selector
from ledger.proof.snapshots import SnapshotError, keep, read
from ledger.record.commands import RecordRecheck
from ledger.record.parts import Quote, RecheckResult, Snapshot

_LETTER = "这一页载有群众来信，不能整页存为证据：来信的答复由采集登记，落实情况请给出本单位另行发布的公告"
_AROUND = 120  # characters on either side of a quotation that must stay the same, too
_SAME = 0.9


@dataclass(frozen=True, slots=True)
class Evidence:
    """A public page as it was at `fetched_at`: bytes in the store, words here. `doubt` says why there are no words."""

    sha256: str  # of the bytes
    url_asked: str
    url_final: str
    hops: tuple[str, ...]
    status: int
    fetched_at: datetime
    mime: str
    size: int
    title: str
    text: str  # normalised
    text_sha256: str
    published_at: datetime | None  # None: the page gives no date that can be trusted
    doubt: str = ""
    extractor: str = EXTRACTOR

    def snapshot(self, by: str) -> Snapshot:
        """What a command carries; `by` is who ran the fetch."""
        return Snapshot(
            sha256=self.sha256,
            url_asked=self.url_asked,
            url_final=self.url_final,
            status=self.status,
            fetched_at=self.fetched_at,
            text_sha256=self.text_sha256,
            size=self.size,
            fetched_by=by,
        )

    def find(self, quote: str) -> FoundQuote:
        """Where `quote` stands in the text."""
        return find_quote(self.text, quote)

    def quote(self, words: str) -> Quote | None:
        """`words` anchored in this page, or None if they do not stand there exactly."""
        found = self.find(words)
        if found.kind != "exact":
            return None
        exact, prefix, suffix = selector(self.text, found)
        return Quote(exact=exact, prefix=prefix, suffix=suffix, anchor="snapshot", sha256=self.sha256)


@dataclass(frozen=True, slots=True)
class Relied:
    """A page that a subject relies on: what was seen then, and the words that mattered ("" if the whole page did)."""

    subject: str  # case or commitment id
    url: str
    sha256: str
    text_sha256: str
    quote: str
    seen_at: datetime


def capture(visitor: Visitor, url: str, *, store: Path, now: datetime) -> Evidence | Refusal:
    """Fetch, recognise and keep a page. Nothing is stored when it is refused."""
    page = visitor.get(url, now=now)
    if isinstance(page, Refusal):
        return page
    text = read_text(page.body, page.content_type)
    if found := sign(page.body, text):
        why, message = found
        return Refusal(url, why, message, now, page.status)
    if _holds_letter(page):
        return Refusal(url, "letter", _LETTER, now, page.status)
    return _evidence(page, text, keep(store, page))


def _holds_letter(page: Page) -> bool:
    """Whether the page shows a citizen's letter with its answer.

    Evidence is kept for good and byte for byte, a citizen's words are not (S2, S4): such a page is never kept.
    """
    from crawlers.pages.found import PageError
    from crawlers.pages.mailbox import read_letter

    try:
        text = decode(page.body, page.content_type).text
        letter = read_letter(text, url=page.url_final, now=page.fetched_at)
    except PageError:
        return False
    return bool(letter.answer and (letter.answered_at or letter.answered_by))


def words_of(store: Path, sha256: str) -> PageText:
    """The words of a stored page, extracted anew. Raises `snapshots.SnapshotError` if its file is lost or damaged."""
    stored = read(store, sha256)
    return read_text(stored.body, stored.content_type)


def recheck(visitor: Visitor, relied: Relied, *, store: Path, now: datetime, by: str) -> RecordRecheck:
    """Look at a relied-on page again; the command to record, in the language of evidence."""
    found = capture(visitor, relied.url, store=store, now=now)
    result, note = compare(relied, found, _before(store, relied.sha256), now=now)
    return RecordRecheck(
        subject=relied.subject,
        url=relied.url,
        original=relied.sha256,
        result=result,
        snapshot=None if isinstance(found, Refusal) else found.snapshot(by),
        note=note,
    )


def compare(
    relied: Relied, found: Evidence | Refusal, before: str | None, *, now: datetime
) -> tuple[RecheckResult, str]:
    """What the second look shows. `before` is the normalised text seen then, None if its file is unreadable."""
    then, today = _day(relied.seen_at), _day(now)
    if isinstance(found, Refusal):
        if found.says_absent:
            return "gone", f"{then}在该网址，{today}不在：{found.message}"
        return "unreachable", f"{today}未能打开，不能据此判断页面是否还在：{found.message}"
    if found.sha256 == relied.sha256:
        return "same", f"{today}与{then}逐字节相同"
    if found.text_sha256 == relied.text_sha256:
        return "text_same", f"{today}文字与{then}相同，页面版式有变"
    if not relied.quote:
        return "changed", f"{today}文字与{then}不同"
    if found.find(relied.quote).kind != "exact":
        return "changed", f"引文{then}在该网页，{today}不在"
    if _surroundings_same(before, found.text, relied.quote):
        return "text_same", f"{today}引文及其前后文字仍在，页面其他文字有变"
    return "changed", f"{today}引文仍在，但前后文字与{then}不同，须由人判断"


def _evidence(page: Page, text: PageText, digest: str) -> Evidence:
    published = parse_date(text.dated, now=page.fetched_at) if text.dated else None
    return Evidence(
        sha256=digest,
        url_asked=page.url_asked,
        url_final=page.url_final,
        hops=page.hops,
        status=page.status,
        fetched_at=page.fetched_at,
        mime=page.content_type.partition(";")[0].strip().lower(),
        size=len(page.body),
        title=text.title,
        text=text.text,
        text_sha256=text.digest,
        published_at=published or find_published(text.text, now=page.fetched_at),
        doubt=text.doubt,
    )


def _before(store: Path, digest: str) -> str | None:
    try:
        return words_of(store, digest).text
    except SnapshotError:
        return None


def _surroundings_same(before: str | None, after: str, quote: str) -> bool:
    """Whether the words around a quotation stayed as they were; unknown counts as not."""
    if before is None:
        return False
    then, now = find_quote(before, quote), find_quote(after, quote)
    if then.kind != "exact" or now.kind != "exact":
        return False
    sides = [
        (before[max(0, then.start - _AROUND) : then.start], after[max(0, now.start - _AROUND) : now.start]),
        (before[then.end : then.end + _AROUND], after[now.end : now.end + _AROUND]),
    ]
    return all(a == b or SequenceMatcher(None, a, b, autojunk=False).ratio() >= _SAME for a, b in sides)


def _day(moment: datetime) -> str:
    local = moment.astimezone(CHINA)
    return f"{local.year}年{local.month}月{local.day}日"
