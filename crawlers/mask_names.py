"""Personal names that a text gives away: after 我叫 or 联系人, as a signature, beside a role below public office.

A segmenter's guess at names is too noisy to mask by (it takes 马路边 for one), so a name is only looked for where the
words beside it announce one. Holders of public office (市长, 局长 …) keep theirs: their office is what is monitored.
"""

import re
from collections.abc import Iterator
from itertools import chain

from crawlers.mask_fold import Folded, Span, span
from crawlers.names import (
    COMPOUND,
    SURE_SURNAMES,
    TITLED_ALSO,
    Context,
    any_of,
    ends_word,
    is_given,
    is_mostly_given,
    is_plainly_given,
    is_word,
    name_end,
    words,
)
from crawlers.organisations import office_name

_LABEL = re.compile(
    rf"(?:{any_of('labels')})(?:姓名|名字|名)?"
    r"(?P<sign>[ \t]{0,2}[:：]\s{0,2}|\s{1,2}|[(（]|是|为|叫)?(?=[\u4e00-\u9fffa-z])"
)
# The name of a thing: 楼盘名字, 公司负责人 is still a person.
_OF_THINGS = ("楼盘", "单位", "项目", "小区", "店铺", "学校")
# What else a form's field may hold: a name of no known surname, of a minority, in letters.
_FIELD = re.compile(
    r"[\u4e00-\u9fff]{2,3}(?![\u4e00-\u9fff·•・])|[\u4e00-\u9fff]{2,6}(?:[·•・][\u4e00-\u9fff]{1,6}){1,2}"
    r"|[a-z]{2,}(?:[ .][a-z]+){0,2}(?![a-z\d@._-])"
)
_SIGNATURES = re.compile(r"(?:签名|签字)[:：\s]{1,3}([\u4e00-\u9fff]{4,60})(?![\u4e00-\u9fff])")
_PARTED = frozenset("·•・")
_NO_PERSON = re.compile(
    r"[局委办厅部院校司店村镇乡区县市站所处科组队户会街路]$|本人|匿名|不详|保密|未知|同上|如下|以上|某|先生|女士|同志|全体|业主|村民|居民|学生|家长|群众|市民"
    r"|员工|职工|主任|领导|老师|经理|单位|公司|日期|时间|电话|手机|地址|身份|联系|性别|姓名|控诉|起诉|投诉|举报|申请|请求|要求|死亡|[受轻重]伤|必须|应当|可以|提供|需要|签名|盖章|您好|你好|你们|我们|媳妇|儿子|女儿|父亲|母亲|妻子|丈夫"
)
_SELF = re.compile(
    r"[我俺]叫做?|我名叫|我就是|叫我|我的?名字[叫是为]做?|本人名?叫|名叫|我姓名|鄙人|本人(?!姓)|我是|名为|化名|曾用名|真名[叫是]|姓名[叫是为]"
)
# What stands before a name and no verb: 我，张…， 我（张…）, 呈请人：张…, 我爸张….
_APART = re.compile(
    r"(?<![\u4e00-\u9fff])[我俺]\s?[，,（(]\s?|本人[:：（(]\s?|联系[:：]\s?|[\u4e00-\u9fff]人[:：]\s{0,2}"
    r"|[我他她](?:([爸妈哥弟姐妹爷奶])(?!\1)|儿(?![子媳童])|女(?![儿婿友朋性子士])|[父母](?!亲)|夫(?![人妻])|妻(?!子))"
)
# What follows a name that stands by itself: 张…〔电话〕, 张…（业主）, 张…敬上.
_AFTER_NAME = re.compile(
    r"敬上|敬呈|拜上|谨上|呈上|叩[谢首]|泣[拜诉]|[（(](?:业主|村民|居民|家长|户主|本人|男|女|住户|退休|签名)|1[3-9]\d{9}"
)
_LAST_WORD = re.compile(
    r"(?:^|[^\u4e00-\u9fff])我?(?P<name>[\u4e00-\u9fff]{2,4}?)[\s:：，,（(]{0,2}(?:联系)?(?:电话|手机)?(?:号码?)?[\s:：]{0,2}$"
)
_MYSELF = re.compile(r"(?<![\u4e00-\u9fff])[我俺](?P<name>[\u4e00-\u9fff]{3})(?=[，,。！!；;、\s]|$)")
_FULL_NAME = re.compile(r"姓[\u4e00-\u9fff][，, ]{0,2}名(?P<name>[\u4e00-\u9fff]{1,2})(?![\u4e00-\u9fff])")
_SURE_SELF = frozenset(
    [
        "我叫",
        "我叫做",
        "我名叫",
        "名叫",
        "本人名叫",
        "本人叫",
        "我的名字叫",
        "我的名字是",
        "我名字叫",
        "我名字是",
        "俺叫",
    ]
)
_BESIDE = re.compile(rf"(?:{any_of('kin', 'roles')})(?:叫|名叫|是|[:：])?(?=[\u4e00-\u9fff])")
# 大队长 and its like hold public office.
_OFFICERS = ("大队长", "支队长", "总队长", "中队长")
_NEXT = re.compile(r"[、/和与及跟]|以及")
_NEXT_FIELD = re.compile(r"[、/和与及跟，,\s]\s?|以及")
_SURNAME = f"{any_of('compound')}|[{''.join(sorted(SURE_SURNAMES | TITLED_ALSO))}]"
_TITLED = re.compile(
    rf"(?!{any_of('no_persons')})(?:{_SURNAME})(?P<given>[\u4e00-\u9fff]{{0,2}}?)"
    rf"(?!{any_of('no_titles')})(?=(?P<title>{any_of('titles')}))"
)
_GREETED = re.compile(r"[\s:：,，]{0,3}[您你]们?好")
_NOUNS = frozenset(words("plain_nouns"))
_HONORIFIC = re.compile(any_of("honorifics"))
_PUBLIC = re.compile(rf"(?:{any_of('public_titles')})$")
_PRIVATE = re.compile(rf"(?:{any_of('private_titles')})$")
# A line that ends in a name: after the end of a sentence or a closing formula, before nothing, a date or a number.
_SIGNED = re.compile(
    r"(?:[。！!？?；;…~～.\n —-]|此致|敬礼|谢谢|[:：])[ \t]*(?P<name>[\u4e00-\u9fff]{2,4})"
    r"(?=[。.!！]?[ \t]*"
    r"(?:$|\n|敬上|敬呈|拜上|谨上|呈上|叩[谢首]|泣[拜诉]|(?:19|20)\d\d[年./-]|\d{1,2}月|[（(]?1[3-9]\d))"
)


def find_names(folded: Folded, official: bool) -> Iterator[Span]:
    """Names after labels, self-introductions, relatives and roles; before titles; as signatures."""
    plain = folded.plain
    yield from _labelled(plain)
    for found in _SELF.finditer(plain):
        start = found.end() + plain.startswith(" ", found.end())
        yield from _names_from(plain, start, "open" if found[0] in _SURE_SELF else "self")
    for found in chain(_APART.finditer(plain), _BESIDE.finditer(plain)):
        if not plain.endswith(_OFFICERS, 0, found.end()):
            yield from _names_from(plain, found.end(), "cue")
    yield from _titled(plain)
    yield from _signed(plain)


def _signed(plain: str) -> Iterator[Span]:
    """Names that stand by themselves: as a signature, or before what only follows a name."""
    for found in _SIGNATURES.finditer(plain):
        if all(map(is_given, found[1])):
            yield span(found, "姓名", 1)
    before = (_LAST_WORD.search(plain, max(0, end.start() - 14), end.start()) for end in _AFTER_NAME.finditer(plain))
    for found in chain(_SIGNED.finditer(plain), filter(None, before), _MYSELF.finditer(plain)):
        name = found["name"]
        sure = found.re is not _MYSELF or (name[0] in SURE_SURNAMES and is_mostly_given(name[1:]))
        if sure and name_end(plain, found.start("name"), "cue") == found.end("name"):
            yield span(found, "姓名", "name")
    for found in _FULL_NAME.finditer(plain):
        yield span(found, "姓名", "name")


def _names_from(plain: str, start: int, context: Context, joint: re.Pattern[str] = _NEXT) -> Iterator[Span]:
    """The name at `start`, and those it is listed with: 村民甲某某、乙某某和丙某某."""
    end = name_end(plain, start, context)
    while end:
        yield Span(start, end, "姓名")
        following = joint.match(plain, end)
        if not following:
            return
        start = following.end()
        end = name_end(plain, start, "cue")


def _labelled(plain: str) -> Iterator[Span]:
    for found in _LABEL.finditer(plain):
        if found[0].startswith("名字") and plain.endswith(_OF_THINGS, 0, found.start()):
            continue
        sign = (found["sign"] or "").strip()
        named = list(
            _names_from(plain, found.end(), "label" if found["sign"] and sign in ":：" else "cue", _NEXT_FIELD)
        )
        yield from named
        if not named and sign and sign in ":：":
            field = _FIELD.match(plain, found.end())
            if field and not _NO_PERSON.search(field[0]) and not office_name(field[0]) and _is_name_like(field[0]):
                yield span(field, "姓名")


def _is_name_like(text: str) -> bool:
    return text.isascii() or not _PARTED.isdisjoint(text) or sum(map(is_given, text)) >= len(text) - 1


def _titled(plain: str) -> Iterator[Span]:
    for found in _TITLED.finditer(plain):
        start, given = found.start(), found["given"]
        if ends_word(plain, start) or _is_public(plain, start):
            continue
        plainer = (plain[start] in TITLED_ALSO or found["title"] in _NOUNS) and not is_mostly_given(given)
        if found[0][:2] not in COMPOUND and (plainer or is_word(found[0])):
            continue
        polite = _HONORIFIC.match(plain, found.end()) or _GREETED.match(plain, found.end("title"))
        if is_plainly_given(given) or (polite and all(map(is_given, given))):
            yield Span(start, found.end(), "姓名")


def _is_public(plain: str, start: int) -> bool:
    """Whether the words before a name are a public office's title."""
    before = plain[max(0, start - 8) : start]
    return bool(_PUBLIC.search(before)) and not _PRIVATE.search(before)
