"""The administrative place a text is about (区, 县, 镇, 街道 …), or none: for the neutral summary of a case.

Nothing finer than a street office or a township is ever taken, so that no address of a person can get through. A wrong
"place" would carry a word of the post into the record, so what is doubtful is left out.
"""

import re
from collections.abc import Callable
from functools import cache

from classify.words import cut, is_word

_SUFFIX = re.compile(r"(?:自治[州县]|新区|高新区|经开区|开发区|街道|[市区县旗镇乡])$")
_NAMED = re.compile(r"[\u4e00-\u9fff]{2,4}|[A-Z]\d{1,2}")
# Words with such an ending that name no place.
_COMMON = re.compile(
    r"(?:小|社|地|校|园|景|辖|分|户|民|集|动|教|理|住|济|家|生活|宿舍|办公|服务|保护|示范|商业|商务|工业|旅游|度假|安置|行政|军|老城|主城|中心|"
    r"闹市|内五|城五)区$|(?:城|都|超|股|房|夜|菜|地级|直辖|省辖)市$|(?:城|乡|集|村|小城)镇$|[各全该本我贵每条这那某内外强]"
    r"(?:个)?(?:[市区县旗镇乡]|街道|县区|区县|乡镇)|(?:家|还|回|故|下|老|进)乡$|^(?:技术|经济)?(?:开发区|高新区|经开区|新区)$"
    r"|[族]乡$|要街道$|^街道"
)
_LEFTOVER = re.compile(r"^[省市县区](?=[\u4e00-\u9fff]{2})")  # 县青龙镇, where the county's letter was cut off
_PREPOSITION = re.compile(r"^(?:[由在对于经到从向为原]|现于|位于)")
_LOOK = 120  # characters of the message looked at after the title


def place_of(title: str, text: str = "") -> str:
    """The first administrative place named in a title or at the beginning of a text; "" if there is none."""
    tokens = cut(f"{title}\n{text[:_LOOK]}")
    for place, token in enumerate(tokens):
        if not _SUFFIX.search(token):
            continue
        whole = _LEFTOVER.sub("", token)
        if len(whole) > 2 and not _SUFFIX.fullmatch(whole) and _is_name(whole):
            return whole
        before = _LEFTOVER.sub("", tokens[place - 1]) if place else ""
        if _SUFFIX.fullmatch(token) and _NAMED.fullmatch(before) and _is_name(before + token, before):
            return before + token
    return ""


def _is_name(place: str, before: str = "") -> bool:
    """Whether a word is a place's own name: no common noun, and where it was cut apart, no common word in front."""
    if _COMMON.search(place) or _PREPOSITION.match(place) or not _NAMED.match(place):
        return False
    if before:
        return before.isascii() or not is_word(before) or _part_of_speech()(before) == "ns"
    return _part_of_speech()(place) in ("ns", "nr", "nrt", "nrfg", "")


@cache
def _part_of_speech() -> Callable[[str], str]:
    """jieba's tag of a word ("ns" a place, "nr" a name); "" where it is not one word."""
    try:
        import rjieba
    except ImportError:
        return lambda word: "" if not is_word(word) else "?"

    def tag(word: str) -> str:
        pairs = rjieba.tag(word)
        return str(pairs[0][1]) if len(pairs) == 1 else ""

    return tag
