"""The copy of a text that patterns read: same length, so that offsets found in it mask the original.

NFKC itself may change the length (㎡, ⑩) and rewrites punctuation, so only one-to-one foldings are taken from it;
to them come the traditional forms of what patterns look for, and the marks that are already there.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal, NamedTuple, get_args

Label = Literal["电话", "身份证", "证件", "银行卡", "车牌", "邮箱", "账号", "姓名", "住址", "网友"]
LABELS: tuple[Label, ...] = get_args(Label)
MARK = re.compile(f"〔(?:{'|'.join(LABELS)})〕")
# Stands for every character of a mark: no pattern matches it, so what is masked is never read again.
OPAQUE = "\ufffc"

_FOLDED_RANGES = (
    (0x00B2, 0x00BA),  # superscript digits
    (0x0660, 0x066A),  # Arabic-Indic digits, then Persian ones
    (0x06F0, 0x06FA),
    (0x2070, 0x20A0),  # super- and subscripts
    (0x2460, 0x2500),  # circled digits and letters
    (0x2776, 0x2794),
    (0xFF01, 0xFF5F),  # full width
    (0x1D400, 0x1D800),  # mathematical letters and digits
    (0x1F110, 0x1F18A),  # squared letters
    (0x1FBF0, 0x1FBFA),  # segmented digits
)
_KEPT = "，：；！？（）"  # in every Chinese text; patterns know both widths, so folding them would only cost time
_TRADITIONAL = (
    "電电話话機机證证號号碼码車车郵邮聯联繫系絡络網网棟栋單单樓楼層层門门戶户現现來来舉举訴诉報报簽签稱称業业師师醫医帳账賬账"
    "張张劉刘陳陈楊杨黃黄趙赵吳吴孫孙馬马許许鄧邓馮冯蕭萧蔣蒋葉叶閻阎餘余鍾钟譚谭鄒邹陸陆萬万賀贺龔龚錢钱湯汤羅罗鄭郑謝谢"
    "韓韩賈贾遼辽蘇苏魯鲁贛赣閩闽陝陕寧宁瓊琼貴贵雲云粵粤滬沪"
)


def _foldings() -> dict[int, str]:
    table = dict(zip(map(ord, _TRADITIONAL[::2]), _TRADITIONAL[1::2], strict=True))
    for code in (code for first, last in _FOLDED_RANGES for code in range(first, last)):
        plain = unicodedata.normalize("NFKC", chr(code))
        digit = unicodedata.digit(chr(code), None)
        if digit is not None:
            table[code] = str(digit)
        elif len(plain) == 1 and plain.isascii() and chr(code) not in _KEPT:
            table[code] = plain
    return table


_FOLDINGS = _foldings()
_FOLDABLE = frozenset(map(chr, _FOLDINGS))
_LOWER = {code: chr(code + 32) for code in range(ord("A"), ord("Z") + 1)}


class Span(NamedTuple):
    """What to mask: offsets into the text, and what the mark says."""

    start: int
    end: int
    label: Label


def span(found: re.Match[str], label: Label, group: int | str = 0) -> Span:
    """The span of a match, or of a group of it."""
    start, end = found.span(group)
    return Span(start, end, label)


@dataclass(frozen=True)
class Folded:
    """A text and the copies of it that patterns read, all of one length."""

    text: str
    plain: str  # half width, lower case, simplified keywords; marks opaque


def fold(text: str) -> Folded:
    """The folded copies of `text`."""
    plain = MARK.sub(lambda mark: OPAQUE * len(mark[0]), text) if "〔" in text else text
    if not _FOLDABLE.isdisjoint(plain):  # a class of that many characters is slow to search for
        plain = plain.translate(_FOLDINGS)
    lower = plain.lower()
    # A few capitals (İ) grow when lowered.
    return Folded(text, lower if len(lower) == len(text) else plain.translate(_LOWER))
