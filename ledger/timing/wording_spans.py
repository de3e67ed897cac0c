"""Grammar of periods: 3个工作日内, 3至5天, 一个半月, 公开后3个工作日内, 自收到申请之日起20日, 第5个工作日前."""

import re
from dataclasses import replace

from ledger.timing.phrases import Event, Span, Unit
from ledger.timing.wording_days import words
from ledger.timing.wording_points import match_point

UNITS: tuple[tuple[str, Unit, int], ...] = (  # how it is written, its unit, how many of them
    (r"个?(?:法定|完整)?(?:工作日|工作天|上班日)", "workday", 1),
    (r"个?(?:自然日|自然天|日历日|日历天|公历日)", "day", 1),
    (
        r"个?(?:小时|钟头)(?!值|服务|热线|客服|电话|在线|不间断|不停|营业|开放|监控|巡|运行|轮|保障)|[hH](?![a-zA-Z])",
        "hour",
        1,
    ),
    (r"分钟", "minute", 1),
    (r"个?(?:周(?![年岁边围\d末长到密全])|星期(?![\d末天日])|礼拜(?![\d末天日]))", "day", 7),
    (r"个月(?!大)|(?<=个半)月(?!份)", "month", 1),
    (r"个季度", "month", 3),
    (r"个?年(?!行动|计划|规划|[度底初末中级代终前龄制货画轻\d])", "month", 12),
    (r"个?旬(?=[之以]?内)", "day", 10),
    (r"个?天(?!然|气|桥|数|堂|津|府|河|心|马|宁)", "day", 1),
    (r"个?日(?!期|常|志|程|报|用|均|前|龄|照)", "day", 1),
)
HALVES: dict[Unit, tuple[int, Unit]] = {"hour": (30, "minute"), "month": (15, "day"), "day": (12, "hour")}
UNIT = "(?:" + "|".join(f"(?P<u{number}>{pattern})" for number, (pattern, _, _) in enumerate(UNITS)) + ")"
PREFIX = (
    r"(?P<pre>最长不超过|最多不超过|不超过|不得超过|至多|最多|最长|最迟|不少于|不得少于|至少|不低于|不短于|第|下|次|"
    r"限期|期限为?|时限为?|延长|延期|法定|承诺|为期|用时?|历时|大约|大概|约|再过|未来|今后)?"
)
SPAN = re.compile(
    rf"{PREFIX}(?:(?P<low>\d{{1,3}})(?:个?(?:工作日|小时|天|日|周|月|年))?[-—–~～至到或]+)?"
    rf"(?P<n>\d{{1,3}}|半)(?P<point>\.5)?(?P<more>多|余|来)?(?P<half>个半)?{UNIT}(?P<and>半(?!天|年|个|数))?"
    r"(?P<tail>的?(?:时间|期限)?(?:之内|以内|内(?![部容外涵环设])|里(?=[,，。完办解]))|之?后(?![期续勤])|以后|过后)?(?P<about>左右|上下)?(?!以上|以下|以来|之久|级|龄|制)"
)
MINIMUM = {"不少于", "不得少于", "至少", "不低于", "不短于"}
FIRM_START = {
    "限期",
    "期限",
    "期限为",
    "时限",
    "时限为",
    "最长不超过",
    "最多不超过",
    "不超过",
    "不得超过",
    "至多",
    "最多",
    "最长",
    "最迟",
    "延长",
    "延期",
}
# 一年零六个月, 一个月零十五天, 一周零两天, 2小时30分钟: the greater unit of two.
GREATER = re.compile(
    r"(?P<n>\d{1,2}|半)(?:(?P<month>年(?=[零又加外另再+]*\d{1,2}个月)|个月)|(?P<day>个?(?:周|星期|礼拜))|(?P<hour>个?(?:小时|钟头)))"
    r"(?:零|又|外加|另加|再加|加|\+)?(?=\d)"
)
# What a period has run from, as the clause before it says: 「…之日起」「…后」. A few words end in 后 and are no event.
ANCHOR = re.compile(
    r"(?P<event>[^,，。；;：:、\n]{1,24}?)(?:之日起|之日|之时起|当日起|当天起|次日起|之后|以后|(?<![今然最前先落背善售此往其随])后|起)"
    r"(?P<gap>(?:的|[,，])?[^。；;\n]{0,16})$"
)
EFFECT = re.compile(
    r"[自从](?P<event>[^,，。；;：:、\n自从\d]{0,12}?(?:公布|发布|印发|公开|下发|签发|颁布|出台|批准|送达|验收|签订))之?日起"
    r"(?=(?:正式)?(?:施行|实施|执行|生效|试行)|[,，。；;]|\Z)"
)
DONE = re.compile(r"(?:自(?![然行主愿身己])|从|于|在|待|应当?|应在|须|并|将)+")
# Where the event itself begins, after the subject: 车辆管理所应当自受理申请之日起, 我单位将在防水达标后.
BEGINS = re.compile(r".*(?:(?<![各亲独])自(?![然行主动愿身己])|(?:将|应|应当|需|须|可|会|承诺|要求)[在于])")


def match_span(text: str, at: int) -> tuple[Span, int, bool] | None:
    """A period that begins at text[at] (flat text): itself, where it ends, and whether it stands without 内 or 后."""
    if double := _double(text, at):
        return double
    match = SPAN.match(text, at)
    if (
        not match
        or text[at - 1 : at] == "第"
        or text[at - 1 : at].isdigit()
        or text[at - 1 : at] == "."
        or _past(text, at)
    ):
        return None
    written, unit, size = next(
        (match[f"u{number}"], unit, size) for number, (_, unit, size) in enumerate(UNITS) if match[f"u{number}"]
    )
    if _impossible(match, unit, written, text) or (match["tail"] and match["pre"] in {"承诺", "法定"}):
        return None
    if match["n"] == "半":
        amount, unit = (6, unit) if size == 12 else HALVES.get(unit, (0, unit)) if size == 1 else (0, unit)
        if not amount:
            return None
    else:
        amount = int(match["n"]) * size
    return _made(match, amount, unit, written), match.end(), _bare(match)


def match_effect(text: str, at: int) -> tuple[Span, int] | None:
    """「自公布之日起施行」 at text[at]: a beginning on the day of its event, told as a period of no length."""
    match = EFFECT.match(text, at)
    if match is None:
        return None
    return Span(0, "day", event=_event(match["event"], text, match.start("event"))), match.end()


def _double(text: str, at: int) -> tuple[Span, int, bool] | None:
    """A period of two units: the greater first, the rest as `match_span` reads it."""
    first = GREATER.match(text, at)
    if not first or text[at - 1 : at].isdigit() or _past(text, at):
        return None
    rest = match_span(text, first.end())
    unit: Unit = "month" if first["month"] else "day" if first["day"] else "minute"
    fits = {"month": {"month", "day"}, "day": {"day"}, "minute": {"minute"}}[unit]
    if rest is None or rest[0].unit not in fits or rest[0].low or rest[0].minimum or rest[0].when == "ordinal":
        return None
    size = 12 if first[0].startswith("年", first.end("n") - at) else {"month": 1, "day": 7, "minute": 60}[unit]
    if size == 1 and rest[0].unit == "month":
        return None
    amount = size // 2 if first["n"] == "半" else int(first["n"]) * size
    more, end, bare = rest
    if more.unit == "day" and unit == "month":
        return replace(more, amount=amount, unit="month", days=more.amount), end, bare
    return replace(more, amount=amount + more.amount, unit=unit), end, bare


def _made(match: re.Match[str], amount: int, unit: Unit, written: str) -> Span:
    pre, tail = match["pre"] or "", match["tail"] or ""
    half = bool(match["half"] or match["and"] or match["point"])
    ordinal = pre in {"第", "下", "次"}
    span = Span(
        amount,
        unit,
        low=int(match["low"]) if match["low"] else None,
        half=half,
        when="ordinal" if ordinal else "after" if tail.endswith("后") else "within",
        approximate=bool(match["about"] or match["more"] or pre in {"约", "大约", "大概"}),
        minimum=pre in MINIMUM and not tail.endswith("内"),
        word=written,
    )
    return replace(span, amount=amount + 6, half=False) if half and written.endswith("年") else span


def _impossible(match: re.Match[str], unit: Unit, written: str, text: str) -> bool:
    """Readings that the grammar must leave alone: 15日 is a date, 18年 a year, 第3年 and 下2周 are something else."""
    pre, tail = match["pre"] or "", match["tail"] or ""
    if match["n"] == "0" or (match["low"] and int(match["low"]) >= int(match["n"] if match["n"] != "半" else 0)):
        return True
    if written == "日" and not tail and pre not in FIRM_START | MINIMUM | {"法定", "承诺", "为期", "第"}:
        return not _after_anchor(text, match.start())
    if pre == "第" and unit == "day" and not tail and match["n"] in {"2", "3"}:
        return True  # 第二天 is the next day
    if written.endswith("年") and not tail and match["n"] != "半" and int(match["n"]) > 10:
        return True
    if pre in {"下", "次"}:
        return unit != "workday" or match["n"] != "1"
    return pre == "第" and (unit not in {"workday", "day"} or bool(re.search("周|星期|礼拜|旬", written)))


def _bare(match: re.Match[str]) -> bool:
    return not (match["tail"] or match["about"] or (match["pre"] or "") in FIRM_START | {"第", "下", "次", "再过"})


def _past(text: str, at: int) -> bool:
    """Whether the words just before say that the period is over: 近三年, 已满5年, 过去一周."""
    return bool(
        re.search(
            r"(?:近|过去|已|已经|已满|达|长达|(?<!日起)满|这|耗时|前|每|逾|超过|逾期|提前|不足|×|\*|效期|效期为|任期|任期为)$",
            text[max(0, at - 4) : at],
        )
    )


def _after_anchor(text: str, at: int) -> bool:
    return bool(re.search(r"(?:之日起|日起|之后|后)(?:的)?$", text[max(0, at - 4) : at]))


def event_before(text: str, at: int) -> tuple[Event, int] | None:
    """The event that a period at text[at] (flat text) runs from, and where its wording begins."""
    head = max(text.rfind(mark, 0, at) for mark in "。；;！!\n") + 1
    head = max(head, at - 48)
    match = ANCHOR.search(text[head:at])
    if not match or re.search(r"\d(?:个工作日|日|天|小时|个月)内", match["gap"]):
        return None
    raw, start = match["event"], head + match.start("event")
    if lead := BEGINS.match(raw):
        raw, start = raw[lead.end() :], start + lead.end()
    awaited = False
    if lead := DONE.match(raw):
        awaited = "待" in lead.group()  # 待…下发后: somebody else's, not what was published here
        raw, start = raw[lead.end() :], start + lead.end()
    if not raw:
        return None
    event = _event(raw, text, start)
    return (replace(event, kind="other") if awaited and event.kind == "published" else event), start


def _event(raw: str, text: str, start: int) -> Event:
    table = words()["event"]
    for place in range(start, start + len(raw)):
        found = match_point(text, place)
        if found and found[0].grain in {"day", "relative", "festival", "month", "monthpart"} and found[0].value != 0:
            return Event("other", raw, found[0])
    for kind, names in (("received", table["receipt"]), ("published", table["published"])):
        if any(name in raw for name in names):
            return Event(kind, raw)  # type: ignore[arg-type] # the two literals above
    if raw in table["now"] or raw.endswith(tuple(table["now"][:3])):
        return Event("now", raw)
    return Event("received" if any(name in raw for name in table["applied"]) else "other", raw)
