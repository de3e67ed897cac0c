"""Mask what identifies a person, in every text, before it reaches the disk (safeguard S3).

A mark says what was there: 〔电话〕〔身份证〕〔证件〕〔银行卡〕〔车牌〕〔邮箱〕〔账号〕〔姓名〕〔住址〕〔网友〕.
What is public stays: hotlines and office telephones, offices, document numbers, roads, sums of money, dates.
"""

from collections.abc import Callable, Iterable, Iterator

from crawlers.mask_accounts import find_accounts, find_email, find_mentions, find_papers, find_plates
from crawlers.mask_fold import Folded, Span, fold
from crawlers.mask_handles import find_handles
from crawlers.mask_names import find_names
from crawlers.mask_numbers import find_numbers
from crawlers.mask_places import find_places

# In order of trust: where two overlap, the mark says what the earlier one saw.
_FINDERS: tuple[Callable[[Folded, bool], Iterator[Span]], ...] = (
    find_numbers,
    find_email,
    find_plates,
    find_accounts,
    find_papers,
    find_mentions,
    find_handles,
    find_places,
    find_names,
)
_ROUNDS = 60


def mask(text: str, *, official: bool = False) -> str:
    """`text` with marks for what identifies a person. Idempotent; linear in the length of the text.

    `official` says that an office wrote it: its landlines are the office's own, and it opens with the citizen's name.
    """
    # What a mark uncovers (a greeting before it now ends at it) is found in the next round. Two or three rounds are
    # usual; the bound is for texts made to keep a masker busy.
    for _ in range(_ROUNDS):
        found = find_personal(text, official=official)
        if not found:
            break
        text = _replaced(text, found)
    return text


def find_personal(text: str, *, official: bool = False) -> list[Span]:
    """Where `text` identifies a person: spans in order, none overlapping, marks already there left out."""
    folded = fold(text)
    return _merged(span for find in _FINDERS for span in find(folded, official))


def _merged(spans: Iterable[Span]) -> list[Span]:
    merged: list[Span] = []
    for _, span in sorted(enumerate(spans), key=lambda pair: (pair[1].start, pair[0])):
        if merged and span.start < merged[-1].end:
            last = merged[-1]
            merged[-1] = Span(last.start, max(last.end, span.end), last.label)
        else:
            merged.append(span)
    return merged


def _replaced(text: str, spans: Iterable[Span]) -> str:
    pieces, end = [], 0
    for span in spans:
        pieces += [text[end : span.start], f"〔{span.label}〕"]
        end = span.end
    return "".join([*pieces, text[end:]])
