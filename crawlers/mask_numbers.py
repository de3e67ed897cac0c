"""Numbers that name a person: telephones, identity papers, bank cards.

A pattern alone misses what people write (139 1234 5678, 一三九…, a number broken over two lines) or eats what is public
(hotlines, document numbers, sums of money). So digits are gathered into chains first, whatever stands between them,
and every stretch of a chain is judged by its shape and by the words before it.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

from crawlers.mask_fold import OPAQUE, Folded, Label, Span

_NUMERALS = (
    "零0〇0○0一1二2三3四4五5六6七7八8九9幺1两2兩2壹1贰2貳2叁3參3肆4伍5陆6陸6柒7捌8玖9㊀1㊁2㊂3㊃4㊄5㊅6㊆7㊇8㊈9"
)
_DIGIT = dict(zip(_NUMERALS[::2], _NUMERALS[1::2], strict=True))
_TOKEN = re.compile(rf"[{_NUMERALS[::2]}]|\d+")
# A letter counts as the digit it looks like only inside a number: 138o0138oo0, l3800138000.
_LETTERED = re.compile(r"\do|[li][3-9]\d")
_LETTER_TOKEN = re.compile(rf"(?:(?<![a-z\d])[li](?=[3-9][\do]))?\d+(?:[oil]+\d+|o+(?![a-z]))*|[{_NUMERALS[::2]}]")
_LETTERS = str.maketrans("oli", "011")
_GAP = re.compile(rf"(?:_|[^\w{OPAQUE}]){{0,3}}(?:转|\u20e3)?[^\w{OPAQUE}]{{0,2}}")
_LISTING = re.compile(r"[,，、;；。/]")


class _Token(NamedTuple):
    start: int
    end: int
    digits: str


def find_numbers(folded: Folded, official: bool) -> Iterator[Span]:
    """Spans of telephone, identity and card numbers."""
    for chain in _chains(folded.plain):
        yield from _numbers_in(folded.plain, chain, official)
    yield from _starred(folded.plain)


def _numbers_in(plain: str, chain: Sequence[_Token], official: bool) -> Iterator[Span]:
    digits = "".join(token.digits for token in chain)
    first, offset = 0, 0
    while first < len(chain):
        start = chain[first].start
        likely = _START.match(digits, offset) or _CUE.search(plain, max(0, start - 30), start)
        last, found = (likely and _best(plain, chain, first, official)) or (first, None)
        if found:
            yield found
        offset += sum(len(token.digits) for token in chain[first : last + 1])
        first = last + 1


def _chains(plain: str) -> Iterator[list[_Token]]:
    """Digits that could belong together: seven at least, no word between them, no more than a few signs."""
    chain: list[_Token] = []
    for found in (_LETTER_TOKEN if _LETTERED.search(plain) else _TOKEN).finditer(plain):
        token = _Token(found.start(), found.end(), _DIGIT.get(found[0]) or found[0].translate(_LETTERS))
        if chain and not (token.start - chain[-1].end <= 6 and _GAP.fullmatch(plain, chain[-1].end, token.start)):
            yield from _long_enough(chain)
            chain = []
        chain.append(token)
    yield from _long_enough(chain)


def _long_enough(chain: list[_Token]) -> Iterator[list[_Token]]:
    if sum(len(token.digits) for token in chain) >= 7:
        yield chain


def _best(plain: str, chain: Sequence[_Token], first: int, official: bool) -> tuple[int, Span] | None:
    """The longest stretch from `first` on that is somebody's number, as (index of its last token, span)."""
    best, digits = None, ""
    for last in range(first, min(first + 19, len(chain))):
        digits += chain[last].digits
        if len(digits) > 19:
            break
        if len(digits) >= 7 and _SHAPE.fullmatch(digits):
            stretch = _Stretch(plain, chain, first, last, digits)
            found = _judge(stretch, official)
            if found:
                label, end = found
                best = last, Span(stretch.front, end, label)
    return best


# Every number that could be meant: mobile, with area code, local, paper or card. The judges look closer.
_SHAPE = re.compile(r"(?:00)?(?:86)?0?1[3-9]\d{9}|(?:(?:00)?86)?0\d{9,16}|[2-8]\d{6,7}|\d{15}|\d{16,19}")


# How such a number begins when no word before it says what it is.
_START = re.compile(
    r"(?:00)?(?:86)?0?1[3-9]\d{9}|(?:00)?(?:86)?0\d{9}|62\d{13}|(?:4|5[1-5]|3[4-7]|60|95|8[14])\d{13}"
    r"|[1-8]\d{5}(?:18|19|20)?\d\d[01]\d[0-3]\d{4}"
)
_CUE = re.compile(
    r"电话|座机|固话|宅电|tel|phone|方式|号码|身份|证|户口|id|卡|账|帐|银行|开户|户名|打[到入]|汇|退款|支付宝"
)


class _Stretch:
    """Some digits in a row, how they are broken up, and what is said before them."""

    def __init__(self, plain: str, chain: Sequence[_Token], first: int, last: int, digits: str) -> None:
        self.plain, self.digits = plain, digits
        self.start, self.end = chain[first].start, chain[last].end
        self.before = plain[max(0, self.start - 30) : self.start]
        self._chain, self._first, self._last = chain, first, last

    @property
    def tokens(self) -> Sequence[_Token]:
        """The tokens of the stretch."""
        return self._chain[self._first : self._last + 1]

    @cached_property
    def gaps(self) -> list[str]:
        """What stands between the tokens; "" where they adjoin."""
        return [self.plain[a.end : b.start] for a, b in pairwise(self.tokens)]

    @cached_property
    def sizes(self) -> list[int]:
        """Lengths of the groups that gaps make: [3, 4, 4] for 138 1234 5678."""
        sizes = [len(self._chain[self._first].digits)]
        for token, gap in zip(self.tokens[1:], self.gaps, strict=True):
            if gap:
                sizes.append(len(token.digits))
            else:
                sizes[-1] += len(token.digits)
        return sizes

    @property
    def front(self) -> int:
        """The start, with the sign or bracket that belongs to it: +86…, (0531)…"""
        bracketed = any(gap[:1] in (")", "）") for gap in self.gaps if gap)
        lead = re.search(r"[（(]?\+?$" if bracketed else r"\+?$", self.before)
        return self.start - len(lead[0]) if lead else self.start

    @property
    def listing(self) -> bool:
        """Whether commas or the like part the groups, as in a list of unrelated figures."""
        return any(_LISTING.search(gap) for gap in self.gaps)

    @property
    def even(self) -> bool:
        """Whether every digit stands alone, all parted alike: 1 3 8 …"""
        gaps = [gap for gap in self.gaps if gap]
        return set(self.sizes) == {1} and len(set(gaps)) == 1


def _judge(it: _Stretch, official: bool) -> tuple[Label, int] | None:
    """What number this is and where it ends, or None where it is nobody's."""
    count = len(it.digits)
    if count in (15, 17, 18) and (end := _identity_end(it)):
        return "身份证", end
    if 15 <= count <= 19 and _is_card(it):
        return "银行卡", it.end
    if 11 <= count <= 16 and _is_mobile(it):
        return "电话", it.end
    if 7 <= count <= 17 and _is_landline(it, official):
        return "电话", it.end
    return None


_SUM = re.compile(r"\s?(?:[元万亿块]|美元|平方|立方|吨|公里|千瓦)")
_MOBILE = re.compile(r"(?:00)?(?:86)?0?1[3-9]\d{9}")
# Groups as people speak a mobile number; any other grouping needs a word such as 电话 before it.
_SPOKEN = {
    (3, 4, 4),
    (3, 8),
    (7, 4),
    (3, 3, 5),
    (4, 4, 3),
    (3, 5, 3),
    (4, 3, 4),
    (3, 2, 3, 3),
    (3, 2, 2, 4),
    (3, 2, 2, 2, 2),
}
_PREFIXES = ((), (2,), (3,), (4,), (1,))  # 86, 086, 0086, 0
_CALL = re.compile(
    r"电话|手机|联系|号码|致电|拨打|来电|回电|呼叫|短信|微信|微|薇|wx|vx|v信|tel|phone|mobile|call|方式|热线|扣扣|qq|同号|\+86"
)


def _is_mobile(it: _Stretch) -> bool:
    if not _MOBILE.fullmatch(it.digits) or _SUM.match(it.plain, it.end):
        return False
    sizes = tuple(it.sizes)
    if len(sizes) == 1 or _CALL.search(it.before[-14:]):
        return True
    if it.listing and (sizes != (3, 4, 4) or len(set(it.gaps)) > 1):
        return False
    spoken = any(sizes[: len(prefix)] == prefix and sizes[len(prefix) :] in _SPOKEN for prefix in _PREFIXES)
    broken_line = len(sizes) == 2 and any("\n" in gap for gap in it.gaps)
    return spoken or it.even or broken_line or (len(sizes) == 2 and sizes[0] in (1, 2, 3, 4) and sizes[1] == 11)


_AREA = re.compile(r"(?:(?:00)?86)?0(?:10|2\d|[3-9]\d\d)[2-8]\d{6,7}(?:\d{2,5})?")
_LOCAL = re.compile(r"[2-8]\d{6,7}")
_OWN = re.compile(
    r"(?:我|本人|家里?|家中|家庭|宅|私人|个人|您|你|业主|户主|当事人|来电人|投诉人|举报人|反映人)的?(?:联系|家庭|住宅)?"
    r"(?:电话|座机|固话|号码|联系方式)(?:号码)?\W{0,3}[是为]?\W{0,3}$"
)
_OFFICE = re.compile(
    r"热线|咨询|投诉|举报|监督|服务|办公|值班|客服|受理|信访|维权|报修|抢修|预约|公示|公开|官方|[局委办厅院所站科处室馆署会]"
    r"|中心|大队|支队|街道|社区|政府|公司|学校|中学|小学|医院|窗口|单位|银行|酒店|物业|部门|传真|拨打|致电|打[过了]?"
)
_TELEPHONE = re.compile(r"(?:电话|座机|固话|宅电|tel|phone|联系方式|号码)(?:号码?)?\W{0,3}[是为]?\W{0,3}$")


def _is_landline(it: _Stretch, official: bool) -> bool:
    """A private landline: one that its owner claims, or one in a citizen's text without an office named before it."""
    digits = it.digits
    if _AREA.fullmatch(digits):
        if it.listing or not _spoken_landline(it):
            return False
    elif not (_LOCAL.fullmatch(digits) and _TELEPHONE.search(it.before) and len(it.sizes) <= 2):
        return False
    if _OWN.search(it.before):
        return True
    return not official and not _OFFICE.search(it.before)


def _spoken_landline(it: _Stretch) -> bool:
    """Whether the groups begin with an area code, as opposed to digits of a date that happen to read like one."""
    digits, sizes = it.digits, it.sizes
    if len(digits) > 12 and "转" not in "".join(it.gaps) and not digits.startswith(("86", "00")):
        return False
    return (
        len(sizes) == 1 or it.even or (sizes[0] in (2, 3, 4) and max(sizes) >= 4) or bool(_CALL.search(it.before[-14:]))
    )


_REGIONS = frozenset(
    [
        "11",
        "12",
        "13",
        "14",
        "15",
        "21",
        "22",
        "23",
        "31",
        "32",
        "33",
        "34",
        "35",
        "36",
        "37",
        "41",
        "42",
        "43",
        "44",
        "45",
        "46",
        "50",
        "51",
        "52",
        "53",
        "54",
        "61",
        "62",
        "63",
        "64",
        "65",
        "71",
        "81",
        "82",
        "83",
        "91",
    ]
)
_IDENTITY = re.compile(r"身份|证件|证号|户口|id|idcard")
_FILE_NUMBER = re.compile(
    r"编号|单号|工单|文号|案号|流水|订单|合同|代码|条码|序号|批号|许可|备案|登记|注册|档案|房产证|不动产"
)


def _identity_end(it: _Stretch) -> int:
    """Where an identity number (GB 11643: 18 characters, 15 before 1999) ends; 0 where this is none."""
    digits, end = it.digits, it.end
    if len(digits) == 17:
        check = re.compile(r"[^\w]{0,2}[x×χ](?![a-z])").match(it.plain, end)
        if not check:
            return 0
        end = check.end()
    named = bool(_IDENTITY.search(it.before[-12:]))
    birth = digits[6:14] if len(digits) > 15 else f"19{digits[6:12]}"
    plausible = digits[:2] in _REGIONS and _is_date(birth)
    if len(digits) == 15 and not named:
        plausible = plausible and len(it.sizes) == 1 and not _FILE_NUMBER.search(it.before[-10:])
    return end if plausible or named else 0


def _is_date(text: str) -> bool:
    return "1890" < text[:4] < "2100" and "01" <= text[4:6] <= "12" and "01" <= text[6:8] <= "31"


_CARD = re.compile(r"卡|账号|帐号|账户|帐户|银行|开户|户名|打到|打入|汇|转账|退款|支付宝")
_ISSUERS = re.compile(r"62|4|5[1-5]|3[4-7]|60|9558|8[14]")


def _is_card(it: _Stretch) -> bool:
    """A bank card: UnionPay's (62…), any issuer's with a sound check digit, or one that is called a card."""
    named = bool(_CARD.search(it.before[-12:])) and len(it.digits) >= 16
    if not named and (len(it.digits) < 16 or not _ISSUERS.match(it.digits) or _FILE_NUMBER.search(it.before[-10:])):
        return False
    if not (named or it.digits.startswith("62") or _luhn(it.digits)):
        return False
    # A whole number and something after it is no longer number; figures between commas are a list.
    return not (it.sizes[0] >= 15 and len(it.sizes) > 1) and (named or not it.listing)


def _luhn(digits: str) -> bool:
    total = 0
    for place, digit in enumerate(map(int, reversed(digits))):
        total += digit if place % 2 == 0 else (2 * digit - 9 if digit > 4 else 2 * digit)
    return total % 10 == 0


_STAR = re.compile(r"\d[*•●#×x]{3}")
# Half-hidden numbers still narrow a person down, so the rest goes too.
_STARS = re.compile(r"(?<![\dx])(?:1[3-9]\d{1,5}[*•●#×x]{3,8}\d{0,4}|\d{3,6}[*•●#×x]{6,14}[\dx]{2,4})(?![\d*])")


def _starred(plain: str) -> Iterator[Span]:
    for found in _STARS.finditer(plain) if _STAR.search(plain) else ():
        if len(found[0]) >= 10:
            label: Label = "电话" if found[0][0] == "1" and len(found[0]) <= 12 else "身份证"
            yield Span(found.start(), found.end(), label)
