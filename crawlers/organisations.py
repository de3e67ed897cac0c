"""Tell the name of an office from the name of a person: `answered_by` may only ever hold the first."""

import re

# Endings that no personal name has. One character long ones need a longer name before them (王局, 李处 are people).
_ENDINGS = re.compile(
    r"(?:政府|人民法院|检察院|委员会|办公室|办事处|管委会|党工委|街道办?|中心|大队|支队|总队|中队|派出所|分局|管理[局处所站]|"
    r"公司|集团|学校|中学|小学|大学|学院|幼儿园|医院|银行|村委会|居委会|社区|指挥部|领导小组|联合会|协会|工会|热线|平台|"
    r"服务[处站]|监督[所站]|研究[院所]|[\u4e00-\u9fff]{2}[局委办厅部院署校馆站所处科镇乡区县市省州盟旗组村])$"
)
_CUT = re.compile(r"[\s（(【\[:：,，、;；/|]+")
_PERSONAL = re.compile(r"副[局委办厅部院处科所站]$|先生|女士|同志|老师|网友|[的您我]")


def office_name(text: str) -> str:
    """The office that `text` begins with, or "" where it does not clearly name one (a person, a signature, a title)."""
    first = _CUT.split(text.strip())[0]
    if not 3 <= len(first) <= 40 or _PERSONAL.search(first):
        return ""
    return first if _ENDINGS.search(first) else ""


_OFFICE = (
    r"[\u4e00-\u9fffA-Za-z\d]{2,24}(?:局|委|办|厅|院|政府|中心|办公室|办事处|委员会|大队|支队|公司|派出所|管委会|学校|中学|小学"
    r"|医院|站|所)"
)
_NUMERALS = "[〇○零一二三四五六七八九十]"
_DATE = (
    r"(?:\d{4}\s?年\s?\d{1,2}\s?月\s?\d{1,2}\s?[日号]|\d{4}[./-]\d{1,2}[./-]\d{1,2}"
    rf"|{_NUMERALS}{{4}}年{_NUMERALS}{{1,3}}月{_NUMERALS}{{1,3}}日)"
)
_SIGNED = re.compile(rf"(?:^|[。！!？?；;…\s）)])\s*({_OFFICE})\s*{_DATE}?\s*$")
_OPENED = re.compile(rf"^.{{0,60}}?(?:^|[，。！!：:,\s])({_OFFICE})(?:答复|回复|复函)(?:如下|内容)?[：:，,]")


def signing_office(answer: str) -> str:
    """The office that signs `answer` at its end, or opens it (某某局回复如下：); "" where it cannot be told."""
    text = answer.strip()
    for pattern, part in ((_SIGNED, text[-80:]), (_OPENED, text[:120])):
        found = pattern.search(part)
        if found and (name := office_name(found[1])):
            return name
    return ""
