"""Texts as arrays of folded characters: one table look-up a character, positions kept.

Folding makes alike what means the same to a reader: traditional and simplified forms, full and half width, upper
and lower case, any digit, any emoji. It maps one character to one, so that a feature can be shown as it stands in
the text.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from unicodedata import category, normalize

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.uint16]

# What a text says in its first five thousand characters decides its label; a megabyte says no more.
LIMIT = 5_000
OTHER = 0xFFFD  # emoji, rare ideographs and everything else beyond the basic plane
MASK = "〓"
_MASKS = re.compile(r"[〔\[【](?:电话|手机|身份证|银行卡|车牌|邮箱|账号|住址|地址|网友|网址)[〕\]】]")
_NAMES = re.compile(r"〔姓名〕|\[姓名\]")
_MARKUP = re.compile(r"<[^<>]{1,300}>|&(?:nbsp|amp|lt|gt|quot|#\d{1,6});")


@dataclass(frozen=True, slots=True)
class Folded:
    """A batch of texts as one array of codes; texts are separated by zeros, `doc` tells which text a position is in.

    A position less its text's start is the place of the same character in `texts`.
    """

    texts: tuple[str, ...]  # as folded: masks and markup already replaced, cut to LIMIT
    codes: Codes
    doc: NDArray[np.int32]
    starts: NDArray[np.int64]  # position of each text's first character


def plain(text: str) -> str:
    """`text` without markup and with every mask as one sign, so that no feature is made of either."""
    text = text[: 2 * LIMIT]
    if "<" in text or "&" in text:
        text = _MARKUP.sub(" ", text)
    if "〔" in text or "[" in text or "【" in text:
        text = _MASKS.sub(MASK, _NAMES.sub("某某", text))
    return text[:LIMIT]


def fold(texts: Sequence[str], table: Codes) -> Folded:
    """All `texts` folded by `table` (65,536 codes, one for each character of the basic plane)."""
    clean = tuple(map(plain, texts))
    raw = np.frombuffer("\0".join((*clean, "")).encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    codes = table[np.minimum(raw, OTHER)]
    lengths = np.fromiter(map(len, clean), dtype=np.int64, count=len(clean)) + 1
    doc = np.repeat(np.arange(len(clean), dtype=np.int32), lengths)
    return Folded(clean, codes, doc, np.cumsum(lengths) - lengths)


@dataclass(frozen=True, slots=True)
class Strings:
    """A list of folded strings as one array of codes, without a gap between them."""

    codes: Codes
    starts: NDArray[np.int64]
    sizes: NDArray[np.int64]

    def take(self, rows: NDArray[np.int64]) -> "Strings":
        """Only the strings at `rows`, none of which may be empty."""
        sizes = self.sizes[rows]
        ends = np.cumsum(sizes)
        place = np.repeat(self.starts[rows] - ends + sizes, sizes) + np.arange(int(sizes.sum()))
        return Strings(self.codes[place], ends - sizes, sizes)


def fold_words(words: Sequence[str], table: Codes) -> Strings:
    """The codes of all words, looked up at once: this is on the path of the first label."""
    raw = np.frombuffer("".join(words).encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    sizes = np.fromiter(map(len, words), dtype=np.int64, count=len(words))
    return Strings(table[np.minimum(raw, OTHER)], np.cumsum(sizes) - sizes, sizes)


def make_table() -> Codes:
    """The folding table, from Unicode and OpenCC (loaded here only: the table travels inside the model)."""
    from opencc import OpenCC

    simplify = OpenCC("t2s").convert
    table = np.zeros(0x10000, dtype=np.uint16)
    table[1:] = [_folded(chr(code), simplify) for code in range(1, 0x10000)]
    return table


_PUNCTUATION = {
    "，": ",",
    "、": ",",
    "；": ",",
    ";": ",",
    "：": ":",
    "？": "?",
    "！": "!",
    "…": "。",
    ".": "。",
    "～": "~",
}
_QUOTES = set("“”‘’\"'「」『』《》〈〉")


def _folded(char: str, simplify: Callable[[str], str]) -> int:
    kind = category(char)
    if char == "\n":  # a line ends as a sentence does; titles are told apart by it
        return ord("。")
    if char.isspace() or kind in ("Cc", "Cf", "Cs", "Mn"):
        return ord(" ")
    wide = normalize("NFKC", char)
    char = wide if len(wide) == 1 else char
    if kind == "Nd" or char.isdigit():
        return ord("0")
    if char in _QUOTES:
        return ord('"')
    if "㐀" <= char <= "鿿":
        single = simplify(char)
        return ord(single) if len(single) == 1 and ord(single) < OTHER else ord(char)
    lower = _PUNCTUATION.get(char, char).lower()
    return OTHER if kind in ("So", "Co", "Cn") else min(ord(lower[0]), OTHER)
