"""Grammar of weeks, days near the anchor, festivals, seasons and counted working days: 下周五, 次日, 国庆节前."""

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any, Literal

from ledger.timing.phrases import Point
from ledger.timing.wording_dates import CLOCK, DAYS, HOUR, MONTH, YEAR, Build, clock, when

WORDS = Path(__file__).with_name("wording.toml")
WEEK = r"(?P<week>本|这1?个?|当|下下1?个?|下1?个?|上1?个?)(?:周|星期|礼拜)"
WEEKS = {"本": 0, "这": 0, "当": 0, "下": 1, "下下": 2, "上": -1}
WEEKDAY = r"(?P<weekday>[1-6日天末])"
NEAR = {
    "今天": 0,
    "今日": 0,
    "当天": 0,
    "当日": 0,
    "本日": 0,
    "即日": 0,
    "今晚": 0,
    "当晚": 0,
    "今夜": 0,
    "明天": 1,
    "明日": 1,
}
NEAR |= {"次日": 1, "翌日": 1, "第2天": 1, "第2日": 1, "隔天": 1, "隔日": 1, "明早": 1, "明晚": 1, "今明2天": 1}
NEAR |= {"后天": 2, "后日": 2, "大后天": 3, "第3天": 2}


@cache
def words() -> dict[str, Any]:
    """The word lists of `wording.toml`, read once."""
    return tomllib.loads(WORDS.read_text("utf-8"))


def _week(match: re.Match[str]) -> Point:
    return Point("week", week_shift=WEEKS[match["week"].rstrip("1个")], name=match["part"] or "")


def _weekday(match: re.Match[str]) -> Point:
    turn = match.groupdict().get("week")
    shift = None if turn is None else WEEKS[turn.rstrip("1个")]
    value = int(match["weekday"]) if match["weekday"].isdigit() else 7
    return Point("weekday", week_shift=shift, value=value, clock=clock(match))


def _near(match: re.Match[str]) -> Point:
    at = clock(match)
    if at and match["near"].endswith(("晚", "夜")) and at.hour <= 12:
        at = at.replace(hour=at.hour + 12) if at.hour < 12 else None  # 今晚12点 is the end of the day
    return Point("relative", value=NEAR[match["near"]], clock=at)


def _at_hour(match: re.Match[str]) -> Point:
    return Point("relative", value=0, clock=clock(match))


def _festival(match: re.Match[str]) -> Point:
    days = match["days"] or ""
    over = "over" if match["over"] else "off"
    return Point("festival", **when(match), name=match["name"], holiday=over if days or match["over"] else "")  # type: ignore[arg-type] # the literals above


def _any_festival(match: re.Match[str]) -> Point:
    return Point("festival", name="节", holiday="over" if match["over"] else "off")


def _lunar(match: re.Match[str]) -> Point:
    """正月初八, 正月十五, 腊月二十: days counted from the Spring Festival."""
    return Point("lunar", **when(match), name=match["moon_name"], value=int(match["lunar"]))


def _season(match: re.Match[str]) -> Point:
    soon = {"今": {"year_shift": 0}, "明": {"year_shift": 1}}.get(match.groupdict().get("soon") or "", {})
    return Point("season", **{**when(match), **soon}, name=match["name"])


def _happening(match: re.Match[str]) -> Point:
    soon = {"今": {"year_shift": 0}, "明": {"year_shift": 1}}.get(match["soon"] or "", {})
    over: Literal["over", ""] = "over" if match["over"] else ""
    return Point("event", **{**when(match), **soon}, name=match["name"], holiday=over)


def _plan(match: re.Match[str]) -> Point:
    return Point("plan", year=int(match["end"]))


def nth_weekday(match: re.Match[str]) -> Point:
    """The second Wednesday of a month; its number goes by `week_shift`."""
    value = int(match["weekday"]) if match["weekday"].isdigit() else 7
    return Point("nthweekday", **when(match), value=value, week_shift=int(match["nth"]), clock=clock(match))


def _month_week(match: re.Match[str]) -> Point:
    return Point("monthweek", **when(match), value=-1 if match["final"] else int(match["nth"]))


def _workday(match: re.Match[str]) -> Point:
    return Point("workday", **when(match), value=-1 if match["final"] else int(match["nth"] or 1))


def _workday_after(match: re.Match[str]) -> Point:
    return Point("workday", value=int(match["nth"] or 1), name=match["name"] or "节")


def rules() -> tuple[tuple[str, Build], ...]:
    """The rules of this kind; names of festivals, seasons and happenings come from `wording.toml`."""
    table = words()
    festivals, seasons, happenings = (
        "|".join(sorted(names, key=len, reverse=True))
        for names in (
            [*table["festival"]["fixed"], *table["festival"]["moon"]],
            table["season"],
            table["happening"],
        )
    )
    single = "[春夏秋冬](?![季天前末初后内开完]|$)"  # 2012年秋江公路
    road = "(?![东南西北中]?(?:路|街|大道|村|社区|小区|镇|桥|广场|公园|花园|苑))"  # 国庆南路
    off = "(?P<days>长假|小长假|假期|黄金周|放假)?(?:节(?=前|后))?(?P<over>结束|期满|期间)?"
    near = "(?:来临|到来|开始)?(?=之?前|以前|之?后|以后|期间|之际)"  # 开学 alone is what a school does, not a date
    nth = r"(?:第(?P<nth>\d{1,2})|首|(?P<final>最后1))个?工作日"
    return (
        (rf"{WEEK}(?P<part>初|底|(?=内|之内|以内))?", _week),
        (rf"{WEEK}{WEEKDAY}{CLOCK}", _weekday),
        (rf"(?:周|星期|礼拜){WEEKDAY}(?!边|围|年|岁|期|转|报|次){CLOCK}", _weekday),
        (rf"(?<![光分说证透文])(?P<near>{'|'.join(sorted(NEAR, key=len, reverse=True))})(?!报){CLOCK}", _near),
        (rf"(?<![\d月日号天晚-]){HOUR}(?=前|之前|以前)", _at_hour),
        (
            rf"{YEAR}?(?P<name>{festivals}){road}(?:节(?!约|能|目|点|水)|节节)?{off}",
            _festival,
        ),
        (r"(?:(?<!\w)|(?<=[在于保到至迟争取]))(?P<over>)节(?=之?前|之?后|以前|以后)", _any_festival),
        (
            r"(?:(?<!\w)|(?<=[在于保到至迟争取]))(?:节日|节)?(?:长假|小长假|假期|放假)(?P<over>结束)?(?=之?前|之?后|以前|以后)",
            _any_festival,
        ),
        (rf"(?:{YEAR}|农历)*(?P<moon_name>正月|腊月)初?(?P<lunar>{DAYS})日?", _lunar),
        (rf"(?:{YEAR}(?!{single})|(?P<soon>[今明]))(?P<name>{seasons})季?", _season),
        (r"(?P<name>[春夏秋冬](?:季学期|季|天)|今冬明春)", _season),
        (
            rf"(?:{YEAR}|(?P<soon>[今明])(?=[冬夏春秋]))?(?:[冬夏春秋](?=供|采|入))?(?P<name>{happenings})(?:(?P<over>结束(?=之?前|之?后|以前|以后)|期间|期内)|{near})",
            _happening,
        ),
        (r"规划(?P<end>20\d\d)(?:规划)?(?:期间|期内|期末|时期|收官|末)*", _plan),
        (rf"{YEAR}?{MONTH}的?{nth}", _workday),
        (rf"{YEAR}?{MONTH}的?第(?P<nth>[1-5])个(?:周|星期|礼拜)(?P<weekday>[1-6日天]){CLOCK}", nth_weekday),
        (rf"{YEAR}?{MONTH}的?(?:第(?P<nth>[1-5])|(?P<final>最后1))个?(?:周|星期|礼拜)(?![1-6日天末])", _month_week),
        (rf"(?:(?P<name>{festivals})节?|节|假期?|长假)(?:长假|小长假|假期)?(?:之|以)?后的?{nth}", _workday_after),
    )
