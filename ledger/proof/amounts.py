"""Numbers with their measures in a text (3条, 不少于2万户, 4%), for comparing a promise with its proof. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from ledger.timing.numerals import flatten

_SCALE = {"": 1, "百": 100, "千": 1000, "万": 10_000, "百万": 1_000_000, "千万": 10_000_000, "亿": 100_000_000}
# Measures of two characters and more; any other single Chinese character after a number counts as its measure.
_MEASURES = (
    "平方公里|平方米|立方米|个百分点|工作日|小时|分钟|公里|公顷|人次|人份|批次|件次|场次|户次|车次|万元|亿元|千元|工作站|"
    "学时|课时|千米|毫米|厘米|公斤|千克|兆瓦|千瓦"
)
_AMOUNT = re.compile(
    r"(?P<relation>不少于|不低于|至少|不小于|最少|不超过|不高于|不多于|至多|最多)?(?:达到?|约|近|为|共)?"
    r"(?P<number>\d+(?:\.\d+)?)(?P<scale>百万|千万|[百千万亿])?(?P<more>[余多])?"
    rf"(?P<measure>%|‰|{_MEASURES}|[\u4e00-\u9fff])(?P<object>[\u4e00-\u9fffA-Za-z]{{0,6}})"
)
_AT_LEAST = {"不少于", "不低于", "至少", "不小于", "最少"}
_AT_MOST = {"不超过", "不高于", "不多于", "至多", "最多"}
# Days, periods and clock times are compared as dates, ordinals are names.
_TIMES = {
    "年",
    "月",
    "日",
    "号",
    "时",
    "点",
    "分",
    "秒",
    "天",
    "周",
    "旬",
    "小时",
    "分钟",
    "工作日",
    "季",
    "届",
    "期",
    "版",
}
_NOT_AMOUNTS = re.compile(
    r"第\d+|\d+(?:\.\d+)?\s*[余多]?\s*个?(?:工作日|自然日|月|小时|季度|星期|学期|年度)|\d+[-—~至到]\d+[年月日时点号]"
    r"|\d{4}年度?|\d{1,2}月(?:份)?\d{0,2}[日号]?|\d{1,2}[日号时点](?:\d{1,2}分)?|\d{1,2}:\d{2}|〔\d+〕\d+号|\d{7,}"
)


@dataclass(frozen=True, slots=True)
class Amount:
    """A number with its measure, in base units; `relation` is "", "least" or "most"."""

    value: Decimal
    measure: str
    object: str
    relation: str
    raw: str

    def met_by(self, other: "Amount") -> bool:
        """Whether `other` on the page is what this one promised."""
        if self.relation == "least":
            return other.value >= self.value
        if self.relation == "most":
            return other.value <= self.value
        return other.value == self.value


def amounts(text: str) -> list[Amount]:
    """The numbers with measures in a text, days and clock times and ordinals left out, in order."""
    flat = _NOT_AMOUNTS.sub(lambda match: "\0" * len(match[0]), flatten(text).text)
    return [_amount(match) for match in _AMOUNT.finditer(flat) if match["measure"] not in _TIMES]


def _amount(match: re.Match[str]) -> Amount:
    measure, scale = match["measure"], match["scale"] or ""
    if measure in ("万元", "亿元", "千元"):
        measure, scale = "元", measure[0]
    found = match["relation"] or ""
    relation = "least" if found in _AT_LEAST else "most" if found in _AT_MOST else ""
    value = Decimal(match["number"]) * _SCALE[scale]
    raw = match[0].removesuffix(match["object"])
    return Amount(value, measure, match["object"], "least" if match["more"] else relation, raw)


def comparable(amount: Amount, pool: Iterable[Amount]) -> list[Amount]:
    """Numbers of the same measure; among them those about the same thing, if there are any."""
    same = [other for other in pool if other.measure == amount.measure]
    about = [other for other in same if _pairs(other.object) & _pairs(amount.object)]
    return about or same


def _pairs(text: str) -> set[str]:
    return {text[place : place + 2] for place in range(len(text) - 1)}
