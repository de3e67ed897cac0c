"""Plans laid out as numbered paragraphs with an annotation: 牵头部门：… 责任部门：… 完成时限：…"""

import re
from collections.abc import Iterator

from ledger.promises.plan_rows import Row
from ledger.timing.wording import phrases

NUMBERED = re.compile(r"^(?P<number>\d{1,3})\s*(?P<mark>[、.．)）]\s*|(?=[一-龥“《]))(?!\d)")
HEADING = re.compile(
    r"^(?:[（(]?[一二三四五六七八九十]{1,3}[)）]|[一二三四五六七八九十]{1,3}、|第[一二三四五六七八九十]{1,3}[章节部])"
)
NOT_A_NUMBER = re.compile(r"^\d{1,3}(?:年|月|日|个|次|号|%|件|条)")  # 12月底前… is no item 12
FOOTER = re.compile(
    r"^(?:扫一扫|打印|关闭|上一篇|下一篇|相关稿件|主办|版权|网站地图|分享|附件[:：]|责任编辑|您当前所在位置)"
)
WORDS = r"(?:部门|单位|处室|科室|处|科|人|主体)?(?:[(（][^()（）]{1,6}[)）])?"
KEY = re.compile(
    rf"(?P<lead>牵头{WORDS}|主办{WORDS}|承办{WORDS})\s*[:：]"
    rf"|(?P<responsible>(?:责任|配合|协办|参与|参加|落实){WORDS})\s*[:：]"
    r"|(?P<deadline>(?:完成|办理|落实|办结|推进)?(?:时限|期限|时间节点|时间进度|时间要求)|完成时间|时间安排|进度安排)(?:要求)?(?:\s*[:：]\s*|\s*(?=\S))"
)
OPENING = "（(【[ \t　"
CLOSING = "）)】] \t　。；;，,"
OWNING = re.compile(r"(?:分别|共同|具体)?(?:牵头|负责|配合|落实|承办)")
BRACKET = re.compile(r"[（(](?P<inside>[^（）()]*(?:牵头|负责|配合|落实|承办)[^（）()]*)[)）]\s*[。；;]?\s*$")
SIGNED = re.compile(r"^\s*(20\d\d)年(\d{1,2})月(\d{1,2})日\s*$", re.MULTILINE)


def paragraph_rows(lines: list[str]) -> tuple[list[Row], list[int]]:
    """Numbered paragraphs with what belongs to them; and the lines between items that belong to none."""
    rows: list[Row] = []
    leftovers: list[int] = []
    block: list[str] = []
    start, number, inside = 0, 0, False

    def close() -> None:
        if inside:
            rows.append(_annotated(number, "\n".join(block), start))

    for place, line in enumerate(lines, 1):
        stripped = line.strip().strip("　")
        if not stripped:
            continue
        found = _number(stripped, number)
        if found is not None:
            close()
            number, block, start, inside = found[0], [found[1]], place, True
        elif HEADING.match(stripped) or FOOTER.match(stripped):
            close()
            inside = False
        elif inside:
            block.append(stripped)
        elif rows and not SIGNED.match(stripped):
            leftovers.append(place)
    close()
    return rows, leftovers


def _number(line: str, previous: int) -> tuple[int, str] | None:
    """The number of an item and its text; a number without a mark counts only as the next one (「8对本单位…」)."""
    match = NUMBERED.match(line)
    if not match or (not match["mark"] and NOT_A_NUMBER.match(line)):
        return None
    number = int(match["number"])
    if not match["mark"] and number != previous + 1:
        return None
    return number, line[match.end() :].strip()


def _annotated(number: int, block: str, line: int) -> Row:
    """The item without its annotation, and the values of the annotation by key."""
    keys = list(_keys(block))
    if not keys:
        return _bracketed(number, block, line)
    values: dict[str, str] = {}
    for match, following in zip(keys, [*keys[1:], None], strict=True):
        value = block[match.end() : following.start() if following else len(block)].strip(CLOSING + OPENING + "\n")
        name = str(match.lastgroup)
        values[name] = f"{values[name]}、{value}" if values.get(name) else value
    return Row(number, _flat(block[: keys[0].start()].rstrip(OPENING + "\n")), values, line)


def _keys(block: str) -> Iterator[re.Match[str]]:
    """The keys of the annotation.

    「承诺办结时限等」 only speaks of limits: 时限 is a key after another key, or where a line or a bracket begins.
    """
    owned = False
    for match in KEY.finditer(block):
        before = block[: match.start()].rstrip(" 　\t")
        if match.lastgroup != "deadline" or owned or not before or before[-1] in "（(【[\n":
            owned = True
            yield match


def _bracketed(number: int, block: str, line: int) -> Row:
    """「…（办公室牵头，法制科配合，6月底前完成）」: an annotation without keys at the end of the item."""
    match = BRACKET.search(block)
    if not match:
        return Row(number, _flat(block), {}, line)
    parts = [part.strip() for part in re.split(r"[，,；;]", match["inside"]) if part.strip()]
    timed = [part for part in parts if not OWNING.search(part) and phrases(part)]
    owners = "，".join(part for part in parts if part not in timed)
    values = {"responsible": owners if "牵头" in owners else OWNING.sub("", owners), "deadline": "，".join(timed)}
    text = _flat(block[: match.start()])
    return Row(number, text, {name: value for name, value in values.items() if value}, line)


def _flat(text: str) -> str:
    return re.sub(r"\s*\n\s*", "", text).strip()
