"""Home addresses down to the door. Where something happens (a road, an estate, a building) stays.

An address is read as a chain of parts (3栋 · 2单元 · 502室), whatever stands between them. What the chain holds, and
the words around it, decide whether it leads to somebody's door.
"""

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Literal, NamedTuple, cast

from crawlers.mask_fold import OPAQUE, Folded, Span

_Kind = Literal["building", "unit", "floor", "group", "lane", "number", "room", "household", "bare"]

_CHINESE = "一二三四五六七八九十百零〇两壹贰叁肆伍陆柒捌玖拾"
# A house number, unless 号 goes on to name a line, a document, a shop, a day.
_NO_DOOR = (
    r"(?![楼线文路店铺门车公令院井桥馆窗机台仓坝户厂库地以之前后起止至人床桌柜泵桶箱球塔矿灯桩渠棚舱船艇厅吊]"
    r"|商铺|商业|电[梯杆]|变压|选手|队员|种子|议案|提案|通告|考[生场]|病房|岗亭|路灯|标段|片区|员工|工作|技师|司机|教练|座位"
    r"|线路|[一-九]?[月日])"
)
_PART = re.compile(
    rf"(?<![a-z\d.月年第])(?P<count>\d{{1,4}}[a-z]?|[a-z]\d{{0,4}}(?![a-z])|负?[{_CHINESE}]{{1,5}}|[甲乙丙丁东南西北](?=[栋幢座单门]))\s?"
    rf"(?:(?P<building>号[楼栋幢座]|栋楼?|幢|座|#楼?|号院)|(?P<unit>单元|门洞|梯(?!度)|门(?![面店牌票市诊卫]))|(?P<floor>[楼层])|(?P<group>村民小组|组|队|社(?!区|会|保))"
    rf"|(?P<lane>弄|巷)|(?P<room>室|号房间?|房间?号?(?![产屋地价租东子贷企管改客源型卡两]))|(?P<household>户)(?![居业住人村家主型籍])"
    rf"|(?P<number>号){_NO_DOOR})?"
)
# Most texts hold no such thing, and looking for it is cheap.
_HINT = re.compile(
    rf"[\da-z{_CHINESE}甲乙丙丁东南西北]\s?(?:[栋幢座室户房号组队社弄巷#门梯]|单元|村民小组|[-—－–]\s?[\da-z])"
)
_BETWEEN = re.compile(r"[\s\-—－–,，.·、/#]{0,2}")
_DASH = re.compile(r"\s?[-—－–]\s?")


class _Part(NamedTuple):
    start: int
    end: int
    kind: _Kind
    figure: str


# What a figure is about when it is no door: 3栋2018年, 5栋1204户居民.
_MEASURE = re.compile(
    r"\s?(?:[年月日元万亿米平方度%％人户个套间级亩℃多名位次条层栋号吨斤克台辆部块件起处根盏棵株\-—.．~～:：a-z]|余[人户名]|以[上下])"
)
_DOOR_NUMBER = re.compile(rf"\d{{3,4}}[a-z]?|[{_CHINESE}幺]{{3,4}}")
_FLOOR_DOOR = re.compile(r"\d{1,2}")
# A number alone is a house's after a place (滨河路18号) or before whoever lives there; in 我家15号停水 it is a day.
_DAY = re.compile(r"0?[1-9]|[12]\d|3[01]|[一二三四五六七八九十]{1,3}")
_PLACE_END = re.compile(
    r"[路街巷弄道村组里坊园苑区院庄湾坪坝屯寨营桥口段场城镇乡社塘冲坡岭沟山岸堤港埠厂局所舍点住在是为于:：]\s?$"
)
_FORMAL = frozenset("壹贰叁肆伍陆柒捌玖拾")
_DWELLER = re.compile(r"\s?(?:业主|住户|邻居|的?房|租户|户主|附[近\d])")
# 住院, 住建局, and 住了三户 tell no address.
_NO_HOME = "(?![户民宅房院建了着过满])"
_AT_HOME = re.compile(
    rf"(?:(?:我们?|本人|家|现|居|户|租|暂|就)住{_NO_HOME}|[，,。；;（(\s、]住{_NO_HOME}|住在|住址|家庭地址|户籍(?:所在)?地"
    rf"|收货地址|邮寄地址|我家|家在|身份证地址)[^\n。；;！!？?{OPAQUE}]{{0,30}}$"
)
_DOOR_LABEL = re.compile(r"(?:房号|门牌号?码?|房间号|户室号)\W{0,3}[是为]?\W{0,2}$")
_RESIDENCE = re.compile(
    r"小区|[苑园城府里郡湾庭邸寓墅都景轩阁]|宿舍|公馆|家|住|业主|租|户|楼上|楼下|隔壁|邻居|房子|新村"
)
_OFFICE = re.compile(
    r"办公|政务|大厅|窗口|中心|大厦|机关|政府|法院|[局委办]|科室|会议|前往|办理|咨询|教室|教学|门诊|病房|商铺|门面|店|公司|考场"
    r"|酒店|宾馆|包[厢间]|银行|写字楼"
)


def find_places(folded: Folded, official: bool) -> Iterator[Span]:
    """Doors of homes: building, unit and room together, and house numbers after "I live at"."""
    if not _HINT.search(folded.plain):
        return
    for chain in _chains(folded.plain):
        door = _door(folded.plain, chain)
        if door is not None and _is_home(folded.plain, chain[: door + 1], official):
            yield Span(_front(folded.plain, chain[: door + 1]).start, chain[door].end, "住址")


def _chains(plain: str) -> Iterator[list[_Part]]:
    chain: list[_Part] = []
    for found in _PART.finditer(plain):
        kind = found.lastgroup if found.lastgroup != "count" else "bare"
        part = _Part(found.start(), found.end(), cast(_Kind, kind), found["count"])
        if chain and not (part.start - chain[-1].end <= 3 and _BETWEEN.fullmatch(plain, chain[-1].end, part.start)):
            yield chain
            chain = []
        chain.append(part)
    if chain:
        yield chain


def _door(plain: str, chain: list[_Part]) -> int | None:
    """Where in `chain` the last door is."""
    for place in range(len(chain) - 1, -1, -1):
        part = chain[place]
        if part.kind == "number" or (part.kind == "room" and (place or len(part.figure) > 2)):
            return place
        if part.kind == "household" and _DOOR_NUMBER.fullmatch(part.figure):
            return place
        if part.kind == "bare" and place > 1 and _is_floor_door(plain, chain[place - 2 : place + 1]):
            return place
        if (
            part.kind == "bare"
            and place
            and _DOOR_NUMBER.fullmatch(part.figure)
            and not _MEASURE.match(plain, part.end)
        ):
            return place
    return None


def _is_floor_door(plain: str, parts: list[_Part]) -> bool:
    """Whether the last two of three parts are floor and door: 2单元5-1."""
    unit, floor, door = parts
    return (
        unit.kind in ("building", "unit")
        and floor.kind == "bare"
        and all(_FLOOR_DOOR.fullmatch(part.figure) for part in (floor, door))
        and bool(_DASH.fullmatch(plain, floor.end, door.start))
        and not _MEASURE.match(plain, door.end)
    )


def _front(plain: str, chain: list[_Part]) -> _Part:
    """The part from which the address is somebody's: the number of a house on its road stays where a room follows."""
    first = next((place for place, part in enumerate(chain) if part.kind != "bare"), 0)
    if chain[first].kind in ("lane", "number") and first < len(chain) - 1:
        return chain[first + 1]
    while first and _DASH.fullmatch(plain, chain[first - 1].end, chain[first].start):
        first -= 1
    return chain[first]


def _is_home(plain: str, chain: list[_Part], official: bool) -> bool:
    door, kinds = chain[-1], {part.kind for part in chain[:-1]}
    before = plain[max(0, chain[0].start - 34) : chain[0].start]
    if kinds | {door.kind} == {"bare"}:
        return _is_dashed_home(plain, chain, before)
    if "unit" in kinds or ("group" in kinds and door.kind == "number"):
        return True
    if _DOOR_LABEL.search(before) or (_AT_HOME.search(before) and not _OFFICE.search(before[-10:])):
        return door.kind == "room" or len(kinds) > 0 or (door.kind == "number" and _is_house(plain, door))
    near = before[-18:] + plain[door.end : door.end + 8]
    # 12栋3号 is an entrance, 12栋103号 a door.
    if door.kind == "household" or len(door.figure) < 3 or _OFFICE.search(near):
        return False
    if "building" in kinds and not official:
        return True
    return (door.kind == "room" or "building" in kinds) and bool(_RESIDENCE.search(near))


def _is_house(plain: str, door: _Part) -> bool:
    """Whether a number that stands alone is a house's: no other counts so high, or what is beside it says so."""
    before = plain[max(0, door.start - 3) : door.start]
    counted = bool(_DAY.fullmatch(door.figure))
    if not _FORMAL.isdisjoint(door.figure):  # 湖畔壹号 is an estate
        return False
    return not counted or bool(_PLACE_END.search(before) or _DWELLER.match(plain, door.end))


def _is_dashed_home(plain: str, chain: list[_Part], before: str) -> bool:
    """3-2-502, or 3-502 after 房号; nothing that could be a date or a score."""
    gaps = (plain[a.end : b.start] for a, b in pairwise(chain))
    if len(chain[0].figure) > 2 or len(chain) > 3 or not all(map(_DASH.fullmatch, gaps)):
        return False
    near = before[-18:] + plain[chain[-1].end : chain[-1].end + 8]
    if _DOOR_LABEL.search(before) or _AT_HOME.search(before):
        return True
    return len(chain) == 3 and bool(_RESIDENCE.search(near)) and not _OFFICE.search(near)
