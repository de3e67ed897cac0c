"""Who promises: the office named as the subject of a commitment, as it is written there."""

import re
from functools import cache

from ledger.promises.clauses import Clause, cues

# What may stand before the subject: when, on what condition, and words that only join.
LEAD = (
    r"(?:(?:下一?步|下阶段|下一阶段|今后|后期|后续|后段|后阶段|届时|到时|介时|近期|目前|同时|另外|此外|另|因此|为此|对此|现|今年|明年|"
    r"接下来|在此期间|此后|最后|并|但|且|辖区|(?:待|等|在)?[^，,。；将会拟]{2,18}(?:之?后|以后|时)(?!期|续|段))[，,：:\s]*)*"
)
SELF = (
    r"我(?:们|[局镇市县区办司委院校乡站厅部处所队中大厂园]|中心|单位|公司|街道|社区|大队|支队|分局|办公室)|"
    r"本(?:局|镇|办|单位|公司|中心|院|校)"
)


@cache
def _subjects() -> tuple[re.Pattern[str], ...]:
    table = cues()["unit"]
    ends, follows, never = (
        "|".join(sorted(table[name], key=len, reverse=True)) for name in ("ends", "follows", "never_first")
    )
    verb = rf"(?=(?:工作人员|负责人|相关负责人)?(?:{follows}))"
    letters = r"[^，,。；：、将会拟对把被由在为以的我您请该此各已到至]{0,18}?"
    name = rf"(?!{never}){letters}(?:{ends})(?![一-龥]?(?:路|线|桥|小区))"
    several = rf"(?:各相关|有关|相关|各)?{name}(?:[、和及与]{name}){{0,5}}"
    return (
        re.compile(rf"{LEAD}(?P<unit>{SELF}){verb}"),
        re.compile(rf"{LEAD}(?:由|要求|责成|责令)?(?P<unit>{several}){verb}"),
        re.compile(rf".*?(?:[问题对于情况见展施作料]|^)(?P<unit>{SELF}){verb}"),
    )


def unit_of(parts: list[Clause], first: int, last: int) -> str:
    """The subject of the run [first, last], or of the words before it in its sentence; "" where none is named."""
    for index in [*range(first, last + 1), *range(first - 1, -1, -1)]:
        if parts[index].sentence != parts[first].sentence:
            break
        if found := _in(parts[index].text):
            return found
    return ""


def _in(text: str) -> str:
    for pattern in _subjects():
        if match := pattern.match(text):
            return match["unit"]
    return ""
