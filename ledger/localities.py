"""The administrative place a text is about (区, 县, 镇, 街道 …), or none: for the neutral summary of a case.

Nothing finer than a street office or a township is ever taken, so that no address of a person can get through.
"""

import re

from classify.words import cut, is_name, is_word

_SUFFIX = re.compile(r"(?:自治[州县]|新区|高新区|经开区|开发区|街道|[市区县旗镇乡])$")
_NAMED = re.compile(r"[\u4e00-\u9fff]{2,4}|[A-Z]\d{1,2}")
# Words with such an ending that name no place.
_COMMON = {
    "开发区", "高新区", "经开区", "安置区", "生活区", "工业区", "居民区", "办公区", "服务区", "保护区", "风景区",
    "自治区", "示范区", "住宅区", "商业区", "老城区", "主城区", "中心区", "各县区", "县级市", "地级市", "直辖市",
    "大城市", "各区县", "行政区", "小城镇", "各乡镇", "某小区",
}  # fmt: skip
_NOT_NAMES = {
    "我们", "你们", "咱们", "他们", "什么", "哪个", "农村", "城市", "乡镇", "某某", "全体", "所有", "那个", "这个",
}  # fmt: skip
_LOOK = 120  # characters of the message looked at after the title


def place_of(title: str, text: str = "") -> str:
    """The first administrative place named in a title or at the beginning of a text; "" if there is none."""
    tokens = cut(f"{title}\n{text[:_LOOK]}")
    for place, token in enumerate(tokens):
        if not _SUFFIX.search(token):
            continue
        if len(token) > 2 and token not in _COMMON and _NAMED.match(token) and not _SUFFIX.fullmatch(token):
            return token
        before = tokens[place - 1] if place else ""
        if _SUFFIX.fullmatch(token) and _can_be_name(before, token):
            return before + token
    return ""


def _can_be_name(word: str, suffix: str) -> bool:
    """Whether `word` before a separate suffix is a place's name: 海陵|街道, A7|县, but not 生活|区 or a person's."""
    if not _NAMED.fullmatch(word) or word in _NOT_NAMES or is_name(word):
        return False
    return not is_word(word) or suffix in ("县", "镇", "乡", "街道", "新区")
