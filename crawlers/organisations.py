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
