"""Names under which people write on a board, quoted back at them: 网友“…”您好, 尊敬的…网友, UU123456.

Official answers open with them, so an answer gives away what the missing author column would have.
"""

import re
from collections.abc import Iterator

from crawlers.mask_accounts import PROVINCES
from crawlers.mask_fold import OPAQUE, Folded, Span, span
from crawlers.organisations import office_name

_READER = (
    r"(?:网友|网民|网名|昵称|用户名?|楼主|层主|博主|微友|粉丝|版主|发帖[人者]|留言[人者]|来信[人者]|跟帖[人者]"
    r"|笔名|署名|id)"
)
_CITIZEN = (
    r"(?:市民|群众|村民|居民|业主|家长|读者|同学|朋友|老乡|学生|职工|商户|车主|投诉[人者]|举报[人者]|反映[人者]|信访[人者]"
    r"|咨询[人者]|来电[人者]|当事人)"
)
_OPEN, _CLOSE = r"[“”\"‘’'「『《〈【\[(（<{]", r"[“”\"’‘'」』》〉】\])）>}]"
_INNER = rf"[^“”\"‘’'「」『』《》【】\[\]()（）<>{{}}〔〕，。！？；、,!?;\n{OPAQUE}]{{1,24}}"
_NAME_CHAR = rf"[^\s“”\"‘’'「」『』《》【】\[\]()（）<>{{}}〔〕，。！？；：、,!?;:{OPAQUE}]"
_NAME = rf"{_NAME_CHAR}{{1,20}}?"
_HELLO = r"(?:您好|你好|您们好|你们好)"
_AFTER = rf"\s{{0,2}}(?:网友|网民|朋友|先生|女士|小姐|同志|同学|老师|用户|市民)?[\s:：,，!！.。]{{0,3}}{_HELLO}"

# Group 1 of each pattern is what may be a handle; `_is_handle` has the last word.
_QUOTED = re.compile(rf"{_READER}\s?[:：是为叫]?\s?(?!《){_OPEN}+\s?({_INNER})\s?{_CLOSE}")
_QUOTED_TITLE = re.compile(rf"{_READER}\s?《({_INNER})》(?={_AFTER})")
_QUOTED_CITIZEN = re.compile(rf"{_CITIZEN}\s?[“\"‘「『]({_INNER})[”\"’」』](?={_AFTER}|\s?[:：])")
_QUOTED_FIRST = re.compile(rf"[“\"‘「『【]({_INNER})[”\"’」』】](?=\s?(?:网友|网民|用户|先生|女士|同志)|{_AFTER})")
# Unquoted, a name and the greeting after it stand on one line: 当事人须到场⏎网友您好.
_GREETED = re.compile(rf"(?:{_READER}|{_CITIZEN})\s?[:：]?\s{{0,2}}({_NAME})(?=[^\n]{{0,10}}?{_HELLO})(?={_AFTER})")
_ADDRESSED = re.compile(rf"(?:网友|网民|楼主|层主)\s?[:：]\s{{0,2}}({_NAME})(?=\s?[:：]|[\s,，]{{1,3}}[您你])")
_BEFORE_READER = re.compile(
    rf"(?:^|[\s。！!；;：:，,]|致|回复|关于)(?:尊敬的|亲爱的)?({_NAME})(?=(?:网友|网民)\s?(?:{_HELLO}|[:：,，\s]))",
    re.MULTILINE,
)
_REPLY_TO = re.compile(rf"(?:^|\s)(?:回复|答复|转发|引用)\s?@?({_NAME})(?=\s?[:：])", re.MULTILINE)
_DEAR = re.compile(
    rf"(?:尊敬的|亲爱的)\s?({_NAME})"
    rf"(?=(?:先生|女士|小姐|同志|网友|用户|朋友|同学|家长)?(?:\s?[:：,，!！]|\s{{0,2}}{_HELLO}))"
)
_OPENING = re.compile(rf"^\s?(?:答?回?复?[:：]\s?)?({_NAME})(?={_AFTER})", re.MULTILINE)
_CODE = re.compile(rf"(?<![a-z\d{PROVINCES}])(?:uu\d{{4,10}}|[ua]\d{{7,8}}|user_?\d{{3,12}}|网友\d{{4,12}})(?![a-z\d])")
_READER_CODE = re.compile(
    r"(?:网友|网民|id)[\s:：]{0,2}((?=[a-z_.-]{0,20}\d)[a-z\d_.-]{4,24}|[a-z][a-z\d_.-]{3,24})(?![a-z\d_.-]|\s?[年月日市县区])"
)

# What is quoted after 网友 and greeted is a handle whatever it says: people call themselves 跑断腿的小市民.
_CERTAIN = re.compile(
    rf"(?:{_READER}|{_CITIZEN}|小朋友)\s?[:：]?\s?{_OPEN}+\s?({_INNER})\s?{_CLOSE}(?={_AFTER}|\s?[:：])"
    rf"|{_OPEN}\s?({_INNER})\s?{_CLOSE}(?=\s?(?:网友|网民|小朋友)[\s:：,，]{{0,3}}[您你]们?好)"
    rf"|(?:尊敬的|亲爱的)\s?{_OPEN}+\s?({_INNER})\s?{_CLOSE}(?=\s?(?:网友|网民|先生|女士)?\s?[:：,，])"
    rf"|(?:^|[\s。！!；;：:，,]|\d日)(?!\d{{4}}年)([^\s“”。！，,：:；;〔〕{OPAQUE}]{{1,24}})”(?=\s?(?:网友|网民)[\s:：,，]{{0,3}}[您你]们?好)"
)
# A greeting may come first: 您好，清风！ 你好，网友清风：
_GREETED_AFTER = re.compile(
    rf"^[您你]们?好[，,！!\s]{{0,2}}(?:网友|网民)?\s?({_NAME})(?=\s?[:：！!])"
    rf"|(?:^|[\s。！!；;，,])(?:尊敬的|致)?(?:网友|网民)\s?({_NAME})(?=\s?[:：])",
    re.MULTILINE,
)
_FIELD = re.compile(rf"(?:留言人|发帖人|来信人|写信人|提问人)\s?[:：]\s?({_NAME})(?=[\s，,。；;]|$)", re.MULTILINE)
_CALLED = re.compile(rf"(?:网名|昵称|用户名)((?=[^\s，。！？；：、“”（）()]{{0,20}}[a-z\d])(?:{_NAME_CHAR}){{2,20}})")
_REPLY_GREETED = re.compile(rf"(?:^|[\s”])(?:回复|答复)\s?@?({_NAME})(?={_AFTER})", re.MULTILINE)

_HEADING = re.compile(r"内容|时间|日期|单位|部门|意见|情况|如下|结果|状态|方式|人$")
# Beginnings and contents that make it a part of the sentence, not a name.
_SENTENCE = re.compile(
    r"^(?:[的们您你我他她它在对反向为于就也都已经有和与及或从以用把被将上下提所是不没要想能会可请让给等其该各每某这那本贵]"
    r"|朋友|同志|众多|部分|全体|所有|热心|匿名|许多|很多|先生|女士|领导|评论|爆料|质疑|吐槽|热议|关注|关心|点赞|围观|求助|提问|咨询"
    r"|同时|另外|此外|因此|所以|如果|近期|现就|现将|根据|针对|关于|感激|首先|近日|目前|接到|收到|看到|意见|帖子|贴子|主题|标题|以下"
    r"|再次|欢迎|祝|早上|晚上|中午|下午|上午|大家|发帖|跟帖|一[下些位名个]|有[的些]|个别|某|多[位名]|[几两]位|不少|网络|微博|当地|本地"
    r"|内容|时间|日期|单位|部门|人员|方式|结果|全文|摘要|附件|要求|状态|意见|匿名)"
    r"|们$|各位|广大|尊敬|亲爱|情况|问题|反映|留言|来信|收悉|回复|答复|如下|调查|核实|处理|办理|转办|感谢|谢谢|建议|投诉|举报|诉求|事项"
    r"|简称|呼吁|联系|电话|\d年|年\d|[年月].{0,3}日|\d月|月\d|日$|\d[./]\d|[您你]|^\W*$"
)
_OFFICER = re.compile(
    r"(?:书记|市长|县长|区长|省长|镇长|乡长|州长|局长|厅长|部长|处长|主任|科长|所长|站长|队长|院长|校长|行长|领导|政府|干部|委员|代表|同志们?"
    r"|主席|总理|编辑|记者|小编|客服|工作人员|法官|检察官|警官|律师|各位|[省市县区镇乡村]|签字|[写来信访诉报询问发帖言映人]人)$"
)
# 小区业主 is an address, 跑断腿的业主 is a name: it depends on what stands before.
_NOUN = re.compile(
    r"(?:市民|用户|客户|业主|网友|网民|村民|居民|朋友|群众|乘客|旅客|司机|考生|学生|同学|读者|家长|医生|老师|先生|女士|师傅|同志)$"
)
_ATTRIBUTE = re.compile(
    r"(?:^|各位|广大|全体|我|本|该|热心|匿名|[这那一几]位|学生|市民|小区|业主|村民|居民|家长|网站|平台|热线|社会|人民|青年|老年|残疾"
    r"|[区县市镇乡村社苑园城府里湾庭期栋号院校厂店所局委办处科级省党政])$"
)
_CODE_HINT = re.compile(r"[au]\d{4}|user|网友\s?\d")
_READER_HINT = re.compile(_READER)
_HELLO_HINT = re.compile(r"[您你]们?好")
_QUOTE_HINT = re.compile(r"[“\"‘「『【]")
_REPLY_HINT = re.compile(r"回复|答复|转发|引用")


def find_handles(folded: Folded, official: bool) -> Iterator[Span]:
    """Handles in quotes and greetings; in an official text also at its opening."""
    plain = folded.plain
    for pattern in _patterns(plain, official):
        for found in pattern.finditer(plain):
            group = found.lastindex or 1
            if _is_handle(found[group]):
                yield span(found, "网友", group)
    if official:
        yield from _greeted(plain)
    if _CODE_HINT.search(plain):
        for found in _CODE.finditer(plain):
            yield span(found, "网友")
    for found in _READER_CODE.finditer(plain):
        yield span(found, "网友", 1)


def _greeted(plain: str) -> Iterator[Span]:
    """What an office greets: a handle even where it reads like a sentence."""
    for found in _CERTAIN.finditer(plain):
        yield span(found, "网友", found.lastindex or 1)
    for found in _REPLY_GREETED.finditer(plain):
        if not (_is_address(found[1]) or _HEADING.search(found[1])):
            yield span(found, "网友", 1)


def _patterns(plain: str, official: bool) -> Iterator[re.Pattern[str]]:
    """The patterns that `plain` can match at all: most texts greet nobody."""
    reader, hello = bool(_READER_HINT.search(plain)), bool(_HELLO_HINT.search(plain))
    if reader:
        yield from (_QUOTED, _QUOTED_TITLE, _ADDRESSED, _BEFORE_READER, _CALLED)
    if hello:
        yield _GREETED
    if _QUOTE_HINT.search(plain):
        yield from (_QUOTED_CITIZEN, _QUOTED_FIRST)
    if _REPLY_HINT.search(plain):
        yield _REPLY_TO
    if official:
        yield from (_DEAR, _GREETED_AFTER, _FIELD)
    if official and hello:
        yield _OPENING


def _is_handle(text: str) -> bool:
    return not (_SENTENCE.search(text) or _is_address(text) or office_name(text))


def _is_address(text: str) -> bool:
    """Whether `text` addresses anybody of a kind (领导, 小区业主) rather than one person."""
    noun = _NOUN.search(text)
    return bool(_OFFICER.search(text)) or (noun is not None and bool(_ATTRIBUTE.search(text[: noun.start()])))
