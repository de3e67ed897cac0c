"""What reaches a person's account (e-mail, messengers, mentions); numbers of vehicles and personal papers."""

import re
from collections.abc import Iterator

from crawlers.mask_fold import OPAQUE, Folded, Span, span
from crawlers.organisations import office_name

# A character of a nickname: anything that does not end a word in Chinese or in an address.
_NICK = rf"[^\s{OPAQUE}〔〕，。！？；：、,!?;:（）()\[\]【】《》<>“”\"'‘’「」『』…|/\\@#~～*+=]"

_MAIL_HINT = re.compile(r"[@邮艾#圈]|mail|at")
_AT = (
    r"(?:@|\(at\)|\[at\]|（at）|【at】|#at#| at |艾特|\(a\)|\[@\]|\(@\)|圈a?"
    r"|[#*](?=(?:163|126|139|189|qq|sina|sohu|foxmail|gmail|outlook|hotmail|yeah|aliyun)(?:\.|点)))"
)
_DOT = r"(?:\.|。|点|,(?=com|cn|net)|\(dot\)|\[dot\]| dot )"
_EMAIL = re.compile(
    rf"(?<![a-z\d._%+-])[a-z\d][a-z\d._%+-]{{0,63}}\s{{0,2}}{_AT}\s{{0,2}}"
    rf"[a-z\d][a-z\d-]{{0,62}}(?:\s?{_DOT}\s?[a-z][a-z\d-]{{1,20}}){{1,4}}"
)
_CUED_EMAIL = re.compile(
    r"(?:邮箱|邮件|e-?mail)[^\w\n]{0,4}[是为]?\s{0,2}([a-z\d][a-z\d._%+-]{2,63}(?:@[a-z\d.-]{2,60})?)"
)
_OFFICE_MAIL = re.compile(
    r"(?:举报|投诉|监督|咨询|信访|受理|政务|官方|办公|单位|征集|公共|工作)(?:电子)?(?:邮箱|邮件|信箱)"
)


def find_email(folded: Folded, official: bool) -> Iterator[Span]:
    """E-mail addresses, also spelt out; the public ones of an office stay."""
    plain = folded.plain
    if not _MAIL_HINT.search(plain):
        return
    for found in _EMAIL.finditer(plain):
        if not _office_mail(plain, found):
            yield span(found, "邮箱")
    for found in _CUED_EMAIL.finditer(plain):
        if not _office_mail(plain, found) and any(map(str.isdigit, found[1])):
            yield span(found, "邮箱", 1)


def _office_mail(plain: str, found: re.Match[str]) -> bool:
    return found[0].endswith(".gov.cn") or bool(_OFFICE_MAIL.search(plain, max(0, found.start() - 16), found.end()))


# 微信 as people spell it past a filter, and its kin.
_SERVICE = (
    r"(?:[微薇徽威溦维徵嶶v][\s~\-/*._·]{0,2}[信❤♥♡芯x]|卫星号|wei\s?xin|wei信|微xin|we\s?chat|wx|vx|绿泡泡|q[\s-]?q|q号"
    r"|扣扣|抠抠|企鹅|球球|秋秋|旺旺|陌陌|探探|飞信|钉钉|支付宝|抖音|快手|小红书|微博|贴吧|知乎|豆瓣|telegram|电报|whatsapp"
    r"|skype|twitter|facebook|[加+➕]\s?(?:我\s?)?[vq微薇威扣❤](?![a-z\u4e00-\u9fff]))"
)
# Values: an identifier in letters, or five digits and more, also as numerals.
_FIGURES = r"\d(?:[\s.-]?\d){4,14}"
_NUMERALS = "[零〇一二三四五六七八九幺]"
_MESSENGER = re.compile(
    rf"(?<![a-z]){_SERVICE}"
    r"(?:群|帐号|账号|帐户|账户|号码?|id|名|昵称|联系|加|搜索?|添加|同号|也是|是|为|我|或|和|/|qq)*"
    rf"[^\w{OPAQUE}]{{0,6}}(?:号码?|是|为)?[^\w{OPAQUE}]{{0,3}}"
    rf"(?P<value>[a-z][a-z\d_-]{{3,29}}|{_FIGURES}|{_NUMERALS}{{6,14}})(?![a-z])"
)
# A single sign for the service: 薇：…, v我…, 加v…. What follows must look like an identifier.
_SHORT = re.compile(
    r"(?:(?<![a-z\d])[vq微薇扣]\s?(?:[:：+]|我\s?(?=[a-z\d]))|(?<![\u4e00-\u9fff])[薇微]\s(?=[a-z])"
    r"|我的?[微薇]|卫星[:：]|微星\s|(?:加|➕|(?<![a-z\d])\+)\s?(?:我\s?)?[vq微薇威扣❤])\s?[:：]?\s?"
    r"(?P<value>(?=[a-z_-]*\d)[a-z][a-z\d_-]{4,29}|[a-z]+_[a-z\d_-]{3,26}"
    rf"|\d(?:[\s.-]?\d){{5,11}}|{_NUMERALS}{{6,12}})(?![a-z\d])"
)
# Words that follow a service's name without being anybody's account there.
_NO_ACCOUNT = re.compile(
    r"(?:music|windows|wechat|weixin|alipay|weibo|online|mobile|mini|android|iphone|ipad|video|space|zone|e?mail|tiktok|kwai"
    r"|pay|web|version|official|link|https?|www|html|submit|plus|live|work|team|group|bot)\d{0,2}(?![a-z\d_-])"
)
_OFFICE_ACCOUNT = re.compile(r"公众|订阅号|服务号|小程序|官方|官微|政务|发布|平台|app")
_NAME_HINT = re.compile(r"[名号称信qd]\s?[:：是为叫“\"'‘「『]")
_VALUE_HINT = re.compile(rf"[a-z][a-z\d_-]{{3}}|\d[\s.-]?\d[\s.-]?\d[\s.-]?\d[\s.-]?\d|{_NUMERALS}{{6}}")
_BARE = re.compile(
    r"(?<![a-z\d])(?:wxid_[a-z\d]{6,30}|(?:wx|vx|weixin|wechat|qq)[_-]?(?=[a-z_-]{0,8}\d)[a-z\d_-]{4,28})(?![a-z\d])"
)
_NAMED = re.compile(
    r"(?P<key>微信名|微信昵称|qq名|qq昵称|网名|昵称|用户名|用户id|会员名|登录名|微博名|抖音号|快手号|微信号|微信id|账号|帐号|笔名|id)"
    r"\s?(?P<sign>[:：]|是|为|叫做?)\s?[“\"'‘「『《【]?"
    rf"(?P<value>{_NICK}{{2,29}}?(?=的[网用帖]|于\d|发[帖贴表布]|反映|留言|(?!{_NICK}))|{_NICK}{{30}})"
)
_QUOTED_NAME = re.compile(
    r"(?P<key>微信名|昵称|网名|用户名|账号|帐号|微信号?|qq号?|抖音号?|id)(?P<sign>\s?)[“\"'‘「『]"
    rf"(?P<value>[^”\"'’」』\n{OPAQUE}]{{1,30}})[”\"'’」』]"
)
_NO_NICK = re.compile(
    r"什么|多少|哪个|不|没|被|无法|谁|空|错|已|暂|同|以下|如下|某|正常|异常|冻结|登录|注册|密码|[\u4e00-\u9fff]{0,8}(?:银行|支行|公司)"
    r"|本人|我|手机|电话|身份|为|他|她|法人|和|\W*$"
)


def find_accounts(folded: Folded, official: bool) -> Iterator[Span]:
    """Identifiers of messengers and other services, with or without the service's name; an office's accounts stay."""
    plain = folded.plain
    for pattern in (_NAMED, _QUOTED_NAME) if _NAME_HINT.search(plain) else ():
        for found in pattern.finditer(plain):
            if _is_nick(found) and not _of_office(plain, found.start(), found.end()):
                yield span(found, "账号", "value")
    if not _VALUE_HINT.search(plain):
        return
    for pattern in (_MESSENGER, _SHORT):
        for found in pattern.finditer(plain):
            if not (_NO_ACCOUNT.match(found["value"]) or _of_office(plain, found.start(), found.end())):
                yield span(found, "账号", "value")
    for found in _BARE.finditer(plain):
        if not _of_office(plain, found.start(), found.start()):
            yield span(found, "账号")


def _is_nick(found: re.Match[str]) -> bool:
    """Whether a value is what somebody is called: 账号为引流 goes on with a sentence, 网名为清风 names one."""
    if _NO_NICK.match(found["value"]):
        return False
    identifier = found["key"].endswith(("号", "id"))
    return not (identifier and found["sign"] in ("是", "为")) or any(char.isascii() for char in found["value"])


def _of_office(plain: str, start: int, end: int) -> bool:
    return bool(_OFFICE_ACCOUNT.search(plain, max(0, start - 8), end))


_MENTION = re.compile(rf"(?:(?<![a-z\d._%+-])@|@(?=\s?[\u4e00-\u9fff]))\s?({_NICK}{{1,30}})")


def find_mentions(folded: Folded, official: bool) -> Iterator[Span]:
    """@somebody; an account that is named like an office stays."""
    for found in _MENTION.finditer(folded.plain):
        name = folded.text[found.start(1) : found.end(1)]
        if not (office_name(name) or name.endswith("发布")):
            yield span(found, "账号")


PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
# GA 36: province, authority, five characters, six on green plates; I and O are not used.
_PLATE = re.compile(
    rf"[{PROVINCES}使领]牌?[\s·•・._-]?[(（]?[a-hj-np-z][)）]?[\s·•・._:：-]{{0,2}}(?=[a-z]{{0,4}}[\s·•.-]?\d)"
    r"(?:[a-hj-np-z\d](?:[\s·•.-]?[a-hj-np-z\d]){4,5}|[a-hj-np-z\d]{4}[挂学警港澳])(?![a-z\d])"
    rf"|[{PROVINCES}]\s?[a-hj-np-z]\s?{_NUMERALS}{{5,6}}(?!{_NUMERALS})"
    rf"|(?<![a-z\d])wj\s?[{PROVINCES}]?\s?[a-z\d·.-]{{5,7}}(?![a-z\d])"
)
_CUED_PLATE = re.compile(
    rf"(?:车牌|牌照|车号|号牌|车辆号)(?:号码?|为|是|尾号|号)*\W{{0,3}}[{PROVINCES}]?\W?"
    r"([a-z\d](?:[\s·•.-]?[a-z\d]){3,7})(?![a-z\d年月日元])"
)


def find_plates(folded: Folded, official: bool) -> Iterator[Span]:
    """Number plates of vehicles, green ones for new energy too."""
    for found in _PLATE.finditer(folded.plain):
        if sum(char.isnumeric() for char in found[0]) >= 2:
            yield span(found, "车牌")
    for found in _CUED_PLATE.finditer(folded.plain):
        if any(map(str.isdigit, found[1])):
            yield span(found, "车牌", 1)


_PAPER_HINT = re.compile(r"\d{4}|\d\.\d{1,3}\.\d")
_PAPER = re.compile(
    r"(?:护照|通行证|军官证|士兵证|社保卡?|社会保障|医保卡?|医疗卡|学号|学籍|准考证|工号|警号|残疾证|驾驶证|驾照|档案|户口[簿本]|就诊卡?"
    r"|住院|病历|病案|会员卡?|户号|用户编号|客户编号|证件|公交卡|一卡通)(?:(?:号码?|卡号|编号|[:：]|(?<=号))\W{0,3}){1,2}[是为]?\s{0,2}"
    r"([a-z]{0,3}\d[a-z\d-]{3,20})(?![\d年元])"
)
_PASSPORT = re.compile(r"(?<![a-z\d])(?:[egdsp]\d{8}|e[a-z]\d{7}|[hm]\d{8,10})(?![a-z\d])")
_NETWORK = re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])")


def find_papers(folded: Folded, official: bool) -> Iterator[Span]:
    """Numbers of personal papers and of accounts with an office, and network addresses."""
    plain = folded.plain
    if not _PAPER_HINT.search(plain):
        return
    for found in _PAPER.finditer(plain):
        yield span(found, "证件", 1)
    for found in _PASSPORT.finditer(plain):
        yield span(found, "证件")
    for found in _NETWORK.finditer(plain):
        parts = [int(part) for part in found[0].split(".")]
        if 31 < max(parts) < 256:  # below that rather days of a month: 7.14.21.28
            yield span(found, "账号")
