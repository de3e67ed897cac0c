"""Grammar of dates, months, quarters, halves and years: 3月15日18时前, 明年一季度末, 2026年年内."""

import re
from collections.abc import Callable
from datetime import time
from typing import Any

from ledger.timing.phrases import Point

Build = Callable[[re.Match[str]], Point | None]

YEAR_ALONE = (
    r"(?:(?P<year>(?:19|20)\d\d)年度?|(?P<short>[0-3]\d)年(?=\d{1,2}月|[底初末中终]|[上下]半年|第?\d季度)"
    r"|(?P<shift>今年|本年度?|当年|同年|明年|来年|次年|翌年|下1?年度?|大后年|后年|去年|上年度?|前年(?!满)))"
)
YEAR = f"(?:{YEAR_ALONE}(?:的|之)?)"
SHIFTS = {"今年": 0, "本年": 0, "当年": 0, "同年": 0, "明年": 1, "来年": 1, "次年": 1, "翌年": 1, "下年": 1, "下1年": 1}
SHIFTS |= {"后年": 2, "大后年": 3, "去年": -1, "上年": -1, "前年": -2}
MONTH = (
    r"(?:(?<!\d)(?P<month>1[0-2]|0?[1-9]|元)月(?:份)?"
    r"|(?P<moon>本月|当月|同月|这个?月|下下个?月|下1?个?月|次月|上个?月)(?:份)?)"
)
MOONS = {"本月": 0, "当月": 0, "同月": 0, "这月": 0, "这个月": 0, "下月": 1, "下个月": 1, "下1个月": 1, "下1月": 1}
MOONS |= {"次月": 1, "下下月": 2, "下下个月": 2, "上月": -1, "上个月": -1}
PART = (
    r"(?P<part>上中旬|中下旬|上旬|中旬|下旬|上半月|下半月|月初|月中|月底|月末|最后1天|初|底|末|"
    r"中(?![心学小央国共间旬]))"
)
YEARPART = r"(?P<part>[底末终尾初]|中(?![央国心学小部间共期级药医介型层考专方等]))"
PARTS = {"月初": "初", "月中": "中", "月底": "底", "月末": "底", "末": "底", "终": "底", "尾": "底", "最后1天": "底"}
# 号 and 日 that count something else than days: 3号线, 5号楼, 12号文件, 8日常.
COUNTED = "线|楼|院|地|文|门|车|机|厅|栋|店|馆|令|村|路|桥|码|泵|炉|库|铺|井|房|段|宗|组|池|塘|渠|窗|站|闸|标|墩|台"
NOT_DAY = rf"(?!{COUNTED}|常|报|均|照|益|志|程|用|历|期)"
DAYS = r"(?:3[01]|[12]\d|0?[1-9])"
ASIDE = r"(?:[(（](?:(?:星期|周)[1-6日天]|含(?:当日|本日|当天)?)[)）])?"  # 12月20日（星期日）, 12月20日（含）
DAY = rf"(?P<day>{DAYS})(?:日|号|(?=[-—–~～至到]+{DAYS}[日号])){NOT_DAY}{ASIDE}"
HOUR = (
    r"(?:(?P<noon>上午|下午|中午|早上|晚上|凌晨|傍晚|晚)?(?P<hour>2[0-4]|1\d|0?\d)(?:时|点|[:：](?=\d\d))(?:整|钟)?"
    r"(?P<minute>[0-5]\d|半)?分?(?:下班)?|(?P<close>(?:上午|下午)?下班))"
)
CLOCK = f"{HOUR}?"


def when(match: re.Match[str]) -> dict[str, Any]:
    """Year and month of a match, explicit or relative to the anchor, as fields of a Point."""
    got, out = match.groupdict(), dict[str, Any]()
    if got.get("year"):
        out["year"] = int(got["year"])
    elif got.get("short"):
        out["year"] = 2000 + int(got["short"])
    elif got.get("shift"):
        out["year_shift"] = SHIFTS[got["shift"].removesuffix("度")]
    if got.get("month"):
        out["month"] = 1 if got["month"] == "元" else int(got["month"])
    elif got.get("moon"):
        out["month_shift"] = MOONS[got["moon"]]
    return out


def clock(match: re.Match[str]) -> time | None:
    """The time of day of a match; None for the end of the day (24时, 下班: 民法典 第203条)."""
    got = match.groupdict()
    if not got.get("hour"):
        return time(12) if (got.get("close") or "").startswith("上午") else None
    hour, half = int(got["hour"]), got["minute"] == "半"
    if got["noon"] in {"下午", "傍晚", "晚上", "晚"} and hour < 12:
        hour += 12
    if hour == 24 or (got["noon"] in {"晚上", "晚"} and hour == 12):
        return None
    return time(hour, 30 if half else int(got["minute"] or 0))


def _day(match: re.Match[str]) -> Point:
    return Point("day", **when(match), value=int(match["day"]), clock=clock(match))


def _plain_day(match: re.Match[str]) -> Point:
    return Point("day", **when(match), value=int(match["day"]))


def _month(match: re.Match[str]) -> Point:
    return Point("month", **when(match))


def _this_month(match: re.Match[str]) -> Point:
    return Point("month", month_shift=0)


def part_name(match: re.Match[str]) -> str:
    """The part of a month, quarter or year a match names, under its usual name (末 → 底)."""
    return PARTS.get(match["part"] or "", match["part"] or "")


def _part(match: re.Match[str]) -> Point:
    name = part_name(match)
    return Point("tenday" if name.endswith("旬") else "monthpart", **when(match), name=name)


def _quarter(match: re.Match[str]) -> Point:
    value = int(match["last"] or match["quarter"])
    return Point("quarter", **when(match), value=value, name=part_name(match))


def _first_quarters(match: re.Match[str]) -> Point:
    return Point("quarter", **when(match), value=int(match["quarter"]))


def _this_quarter(match: re.Match[str]) -> Point:
    shift = {"上": -1, "下": 1}.get(match["turn"][0], 0)
    return Point("quarter", week_shift=shift, name=part_name(match))


def _half(match: re.Match[str]) -> Point:
    return Point("half", **when(match), value=1 if match["half"] == "上" else 2, name=part_name(match))


def _yearpart(match: re.Match[str]) -> Point:
    return Point("yearpart", **when(match), name=part_name(match))


def _lunar_year(match: re.Match[str]) -> Point:
    return Point("festival", name="春节", bound="before")


def _two_years(match: re.Match[str]) -> Point:
    return Point("year", year_shift=1 if match["soon"] == "今明" else 2, name="两年")


def _feast(match: re.Match[str]) -> Point:
    """12·4, 3·15: a day that goes by its date."""
    return Point("day", month=int(match["month"]), value=int(match["day"]))


def _year(match: re.Match[str]) -> Point:
    return Point("year", **when(match))


def _whole_year(match: re.Match[str]) -> Point:
    return Point("year", year_shift=0)


RULES: tuple[tuple[str, Build], ...] = (
    (rf"{YEAR}?{MONTH}{DAY}{CLOCK}", _day),
    (rf"(?P<year>(?:19|20)\d\d)(?P<mark>[-/.])(?P<month>1[0-2]|0?[1-9])(?P=mark)(?P<day>{DAYS})日?(?!\d){CLOCK}", _day),
    (rf"(?<![\d.])(?P<month>1[0-2]|0?[1-9])[./](?P<day>{DAYS})日?(?=前|之前|以前|止|起)", _plain_day),
    (rf"(?<![\d月.]){DAY}{CLOCK}(?<!号)", _day),
    (rf"(?<![\d月.])(?P<day>{DAYS})号(?=之?前|以前|起|止|至|到|[-—–~～]|左右|$)", _plain_day),
    (rf"(?<=[于在至到从自]){DAY}{CLOCK}", _day),
    (rf"{YEAR}?{MONTH}(?!\d)", _month),
    (r"(?P<year>20\d\d)[-/.](?P<month>1[0-2]|0?[1-9])(?=前|之前|以前|底|$)(?:底)?", _month),
    (rf"{YEAR}?{MONTH}{PART}", _part),
    (r"(?:农历|春节)年(?P<part>前)", _lunar_year),
    (r"(?<![\d今明去后多几数个前当本近半])年(?P<part>前)(?![夕后期景度])", _yearpart),
    (r"(?P<part>上旬|中旬|下旬|月初|月中|月底|月末)", _part),
    (r"(?<![个\d])月(?=内|之内|以内)", _this_month),
    (r"(?<![个\d])(?P<turn>季)度(?P<part>)(?=内|之内|以内)", _this_quarter),
    (
        r"(?<!\d)(?P<year>20\d\d)(?P<month>0[1-9]|1[0-2])(?P<day>0[1-9]|[12]\d|3[01])(?!\d)(?=前|之前|以前|止|\Z)",
        _plain_day,
    ),
    (rf"(?<![\d.-])(?P<month>1[0-2]|0?[1-9])-(?P<day>{DAYS})(?=前|之前|以前|止)", _plain_day),
    (rf"{YEAR}?第?(?P<quarter>[1-4])(?:[、和及与-]第?(?P<last>[1-4]))?季度(?P<part>初|末|底|中)?", _quarter),
    (rf"{YEAR}?第(?P<quarter>[1-4])(?P<last>)季(?!稻)(?P<part>初|末|底|中)?", _quarter),
    (rf"{YEAR}?前(?P<quarter>[1-4])个?季度", _first_quarters),
    (r"(?P<turn>本|当|这个?|下1?个?|上1?个?)季度?(?P<part>初|末|底|中)?", _this_quarter),
    (r"(?P<turn>季)度?(?P<part>末|底)", _this_quarter),
    (rf"{YEAR}?(?P<half>上|下)半年度?(?P<part>初|末|底)?", _half),
    (rf"{YEAR}{YEARPART}", _yearpart),
    (rf"{YEAR}(?:年|岁){YEARPART}", _yearpart),
    (rf"(?<![\d几多数些近往])(?:年|岁){YEARPART}", _yearpart),
    (r"(?:(?<![\d几多数些近])本?年度?(?=内|之内|以内)|全年度?|整年|年度(?=内))", _whole_year),
    (rf"{YEAR_ALONE}(?:年(?=内|之内|以内))?(?:全年)?", _year),
    (r"(?P<soon>今明|明后)2个年", _two_years),
    (rf"{YEAR}?(?<![A-Za-z])[Qq](?P<quarter>[1-4])(?P<last>)(?![0-9A-Za-z])(?P<part>初|末|底)?", _quarter),
    (rf"(?P<moon>本月|当月|下个?月|次月)(?P<day>{DAYS})(?=之?前|以前|止)", _plain_day),
    (rf"(?<!\d)(?P<month>1[0-2]|[1-9])[·・•](?P<day>{DAYS})[”\"」』]?", _feast),
)
