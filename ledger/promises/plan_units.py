"""Units named in a plan as a list of names, as written: separators differ, and 和 may belong to a name."""

import re

ENDS = (
    "厅|局|处|室|科|委|办|队|院|所|部|会|中心|单位|部门|机关|学院|集团|公司|支队|总队|党委|纪委|工会|处室局|处室单位|处室|"
    "科室|组|站|馆"
)
BREAKS = re.compile(r"[、，,；;/\n\t]|\s{1,}|　+")
CONJUNCTION = re.compile(rf"(?<=[{ENDS.replace('|', '')}])(?:和|及|与|以及)(?=[^和及与]{{1,20}}(?:{ENDS})$)")
LED = re.compile(r"(?P<lead>[^,，;；。]+?)(?:负责)?牵头(?:负责|落实)?(?:[,，;；]|$)")
AND_OTHERS = re.compile(r"等(?=(?:有关|相关|各))|等$")


def split_units(text: str) -> tuple[str, ...]:
    """The names in `text`: 监狱局、戒毒局和各相关处室单位 gives three, 人民参与和促进法治处 one."""
    names: list[str] = []
    for part in BREAKS.split(text.strip(" 　。；;，,）)（(")):
        for piece in AND_OTHERS.split(part):
            names += [name.strip(" 　。（()）") for name in CONJUNCTION.split(piece)]
    return tuple(dict.fromkeys(name for name in names if name))


def led_by(text: str) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    """「装财处牵头，办公室配合，科监处技术保障」 as lead and responsible units."""
    match = LED.search(text)
    if not match:
        return None
    rest = re.sub(
        r"(?:配合|协助|参与|技术保障|保障|负责|落实|实施)(?=[,，;；。]|$)",
        "",
        text[: match.start()] + text[match.end() :],
    )
    return split_units(match["lead"]), split_units(rest)
