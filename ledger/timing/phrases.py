"""What a deadline wording can say: the closed set of shapes that the grammar produces and the engine computes."""

from dataclasses import dataclass
from datetime import time
from typing import Literal

Unit = Literal["minute", "hour", "workday", "day", "month"]  # a week is 7 days, a quarter 3 months, a year 12
EventKind = Literal["published", "received", "now", "other"]
Bound = Literal["", "before", "within", "from", "after", "about"]
Grain = Literal[
    "day", "tenday", "month", "monthpart", "quarter", "half", "yearpart", "year",
    "week", "weekday", "relative", "festival", "lunar", "season", "event", "plan", "workday",
    "monthweek", "nthweekday",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Point:
    """A place in the calendar. Which of the values count depends on `grain`; None means that the text is silent."""

    grain: Grain
    year: int | None = None
    year_shift: int | None = None  # 今年 0, 明年 1, 去年 -1
    month: int | None = None
    month_shift: int | None = None  # 本月 0, 下月 1
    value: int | None = None  # day of the month, quarter, half, weekday (1–7), days from the anchor, ordinal
    week_shift: int | None = None  # 本周 0, 下周 1
    name: str = ""  # festival, season, or part: 初 上旬 中 中旬 下旬 底
    clock: time | None = None  # 24:00 and "end of business" are the end of the day: None
    bound: Bound = ""
    holiday: Literal["", "off", "over"] = ""  # of a festival: its days off begin (放假前), or end (假期结束前)
    lead: int = 0  # that much earlier: 春节前一周, 12月10日前3个工作日
    lead_unit: Literal["day", "workday"] = "day"


@dataclass(frozen=True, slots=True)
class Range:
    """From one place to another; `either` where the text offers two alternatives (年底或明年初)."""

    first: Point
    last: Point
    either: bool = False


@dataclass(frozen=True, slots=True)
class Event:
    """What a period runs from: a happening of a known kind, or a day that the text names itself."""

    kind: EventKind
    raw: str
    point: Point | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """`amount` units from the anchor or from an event. `half`: half a unit more (一个半月)."""

    amount: int
    unit: Unit
    low: int | None = None  # 3 in 3至5个工作日
    half: bool = False
    days: int = 0  # beyond the months: 一个月零十五天
    when: Literal["within", "after", "ordinal"] = "within"
    approximate: bool = False  # 左右, 大约, 十来天
    minimum: bool = False  # 不少于30日: an earliest end, no deadline
    event: Event | None = None
    word: str = ""  # the unit as written, for the explanation


@dataclass(frozen=True, slots=True)
class Repeat:
    """Again and again: every `count` units, each time due at `point` (每月5日前) or at the end of the unit."""

    unit: Literal["day", "workday", "week", "tenday", "month", "quarter", "half", "year"]
    count: int = 1
    point: Point | None = None
    also: tuple[Point, ...] = ()  # further times of the same unit: 每月5日和20日前
    since: Point | None = None  # not before: 自2027年1月起每月5日前
    after: Span | None = None  # so long after the unit is over: 每季度结束后10个工作日内


@dataclass(frozen=True, slots=True)
class Vague:
    """No date can be computed. `repeats`: it comes again (定期), so it is reviewed by the quarter."""

    word: str
    repeats: bool = False


Spec = Point | Range | Span | Repeat | Vague


@dataclass(frozen=True, slots=True)
class Quota:
    """A number that the promise names: 不少于3次, 不低于4%."""

    relation: Literal["≥", "≤"]
    amount: float
    unit: str
    raw: str


@dataclass(frozen=True, slots=True)
class Phrase:
    """One deadline wording found in a text: text[start:end] == raw, what it says, and how strongly it binds."""

    start: int
    end: int
    raw: str
    spec: Spec
    weight: int = 0  # 最迟, 确保, 必须: 1; 力争, 争取: -1
    bare: bool = False  # without 前, 内 or the like: counts only where nothing better is there
    starts: bool = False  # what comes then is a beginning (启动, 开工), not the end
