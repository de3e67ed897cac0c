"""How Chinese personal names are built: which characters begin, continue and end one. The tables are in data/."""

import re
from importlib.resources import files
from tomllib import loads
from typing import Literal

_DATA = files("crawlers") / "data"
_TABLE: dict[str, str] = {
    **loads((_DATA / "names.toml").read_text(encoding="utf-8")),
    **loads((_DATA / "name_words.toml").read_text(encoding="utf-8")),
}

Context = Literal["label", "open", "self", "cue"]
"""What announces a name: a form's label (姓名：), 我叫, 本人, or a word that only may go before one (业主)."""


def words(table: str) -> list[str]:
    """The entries of a table, longest first, so that an alternation of them prefers the longest."""
    return sorted(_TABLE[table].split(), key=len, reverse=True)


def any_of(*tables: str) -> str:
    """A pattern for any entry of `tables`."""
    return "|".join(sorted((word for table in tables for word in words(table)), key=len, reverse=True))


def _characters(table: str) -> frozenset[str]:
    return frozenset(_TABLE[table]) - set(" \n")


SURE_SURNAMES = _characters("surnames")
TITLED_ALSO = _characters("titled_also")
_AMBIGUOUS = _characters("ambiguous")
_SURNAMES = SURE_SURNAMES | _AMBIGUOUS
COMPOUND = frozenset(words("compound"))
_GIVEN, _NOT_GIVEN, _SELDOM = _characters("given"), _characters("not_given"), _characters("seldom_given")
_BREAKS, _OPENINGS, _ENDINGS = frozenset(words("breaks")), frozenset(words("openings")), frozenset(words("endings"))
_PHRASES = frozenset(words("phrases"))
_FOLLOWER = re.compile(any_of("followers"))
_TITLE = re.compile(any_of("titles"))
# 工程 after 职工 is no 程某, 儿童 after 妇女 no 童某.
_TRADES = frozenset({"工程", "课程", "流程", "过程", "工商", "工会", "儿童"})
# What goes on like this is called after somebody or something, and is a place or a firm.
_ORGANISED = re.compile(
    r"公司|集团|有限|[村镇路街县市区组苑城府湾庄屯寨桥]|社区|小区|物业|学校|[中小]学|医院|花园|超市|酒店|广场|大厦|水郡|律师事务所|家园"
)
_WORD = re.compile(r"[\u4e00-\u9fff]")


def name_end(text: str, start: int, context: Context) -> int:
    """Where the personal name at `start` ends, or 0 where none begins there.

    An end that the text shows (a sign, a word that follows names) is believed first; then characters that look like
    nothing but a name.
    """
    size = 2 if text[start : start + 2] in COMPOUND else int(text[start : start + 1] in _SURNAMES)
    if (
        not size
        or text[start - 1 : start + 1] in _TRADES
        or _TITLE.match(text, start + size)
        or _is_phrase(text, start)
    ):
        return 0
    first = start + size
    doubtful = size == 1 and text[start] in _AMBIGUOUS and context in ("self", "cue")
    possible = [end for end in _possible_ends(text, first) if not is_word(text[start:end], size)]
    for end in possible:
        if _is_shown(text, first, end, doubtful=doubtful, context=context):
            return end
    if doubtful or context == "self":
        return 0
    return next((end for end in possible if _is_likely(text, first, end, context)), 0)


def _is_phrase(text: str, start: int) -> bool:
    """Whether a longer word stands at `start`: 麻木不仁, 高血压."""
    return text[start : start + 4] in _PHRASES or text[start : start + 3] in _PHRASES


def _possible_ends(text: str, first: int) -> list[int]:
    """Ends of a given name of two characters or one."""
    if not is_given(text[first : first + 1]):
        return []
    longer = is_given(text[first + 1 : first + 2]) and text[first + 1 : first + 3] not in _BREAKS
    return [first + 2, first + 1] if longer else [first + 1]


def _is_shown(text: str, first: int, end: int, *, doubtful: bool, context: Context) -> bool:
    if doubtful:
        return stops(text, end) and (context == "self" or is_mostly_given(text[first:end]))
    return ends(text, end)


def _is_likely(text: str, first: int, end: int, context: Context) -> bool:
    given = text[first:end]
    if _ORGANISED.match(text, end) or not _SELDOM.isdisjoint(given):
        return False
    return is_mostly_given(given) or (context in ("label", "open") and len(given) == 1)


def is_word(name: str, surname: int = 1) -> bool:
    """Whether `name` is, or begins with, an everyday word: 高中生, 安全. A name may begin like one: 王国强."""
    if surname == 2 or name[:2] not in _OPENINGS:
        return False
    return len(name) == 2 or name[1] not in _GIVEN or name[2] not in _GIVEN


def is_mostly_given(chars: str) -> bool:
    """Whether all of `chars` are common in given names."""
    return _GIVEN.issuperset(chars)


def is_plainly_given(chars: str) -> bool:
    """Whether `chars` may all stand in a given name, and none is a word far more often."""
    return all(map(is_given, chars)) and _SELDOM.isdisjoint(chars)


def is_given(char: str) -> bool:
    """Whether `char` may stand in a given name."""
    return bool(_WORD.match(char)) and char not in _NOT_GIVEN


def ends_word(text: str, place: int) -> bool:
    """Whether the character at `place` ends an everyday word, as 程 in 工程 does."""
    return text[max(0, place - 1) : place + 1] in _ENDINGS or text[max(0, place - 2) : place + 1] in _ENDINGS


def stops(text: str, end: int) -> bool:
    """Whether no word goes on at `end`."""
    return not _WORD.match(text, end)


def ends(text: str, end: int) -> bool:
    """Whether a name may end here: at a sign, or before a word that follows names."""
    return stops(text, end) or bool(_FOLLOWER.match(text, end))
