"""The announcement of a year's holidays, from the State Council's own text or from a TOML table, checked before use.

The text names each holiday with its days off and its make-up days: 「一、元旦：1月1日（周四）至3日（周六）放假调休，
共3天。1月4日（周日）上班。」 Nothing is guessed: what cannot be read, or does not add up, is reported with its line.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise

from crawlers.workspace import Problem
from ledger.timing.calendar import Notice, default_calendar

HOLIDAYS = ("元旦", "春节", "清明节", "劳动节", "端午节", "中秋节", "国庆节")
LONGEST = 10  # days off in one go; the longest announced so far were nine, in 2025 and 2026, and ten, in 2020
STATUTE = 2025  # the first year under the statutory days of calendar.toml
AWAY = 31  # days between a make-up day and its holiday
DAY = timedelta(days=1)
WEEK = "一二三四五六日"
REMEDY = "请对照通知原文"
FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF10, 0xFF1A)}
YEAR = re.compile(r"关于(20\d\d)年.{0,4}节假日安排")
NUMBER = re.compile(r"国办发(?:明电)?\s*[〔\[（(]\s*20\d\d\s*[〕\]）)]\s*\d+\s*号")
ITEM = re.compile(r"(?:^|[。\n：:；;])\s*[一二三四五六七八九]、\s*([^：:\n]{2,12})[：:]")
ASIDE = r"(?:\s*[（(](?P<aside{n}>[^）)]*)[）)])?"
SPAN = re.compile(
    r"(?:(?P<y1>20\d\d)年)?(?:(?P<m1>\d{1,2})月)?(?P<d1>\d{1,2})日" + ASIDE.format(n=1) + r"\s*"
    r"(?:(?:至|到|[-—–~～]+)\s*(?:(?P<y2>20\d\d)年)?(?:(?P<m2>\d{1,2})月)?(?P<d2>\d{1,2})日" + ASIDE.format(n=2) + r")?"
)
TOTAL = re.compile(r"(?:共|放假)\s*(\d+)\s*天")
WEEKDAY = re.compile(r"(?:周|星期)([一二三四五六日天])")
WORKS = re.compile(r"上班")


@dataclass(frozen=True, slots=True)
class Announced:
    """What was read: the notices by year, and problems; any problem means that none may be used."""

    notices: Mapping[int, Notice]
    problems: tuple[Problem, ...] = ()
    doubts: tuple[str, ...] = ()  # worth a second look, and no reason to refuse


@dataclass
class _Reading:
    """One text being read."""

    file: str
    year: int
    off: dict[date, str] = field(default_factory=dict)
    work: set[date] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)

    def wrong(self, line: int, message: str, remedy: str = REMEDY) -> None:
        """Remember a problem on a line of the text."""
        self.problems.append(Problem(self.file, f"第 {line} 行", message, remedy))


def read_text(text: str, *, file: str, number: str = "", year: int | None = None) -> Announced:
    """The notice in the State Council's words. `number` and `year` stand in where the text does not say them."""
    text = text.translate(FULL_WIDTH).replace("\r", "\n")
    said, numbered = YEAR.search(text), NUMBER.search(text)
    year = int(said[1]) if said else year
    number = re.sub(r"\s", "", numbered[0]) if numbered else number
    if year is None:
        return Announced({}, (Problem(file, "", "看不出是哪一年的安排", "用 --year 写明年份"),))
    reading = _Reading(file, year)
    starts = [match.start(1) for match in ITEM.finditer(text)]
    for start, end in pairwise([*starts, len(text)]):
        _item(text[start:end], text.count("\n", 0, start) + 1, reading)
    problems = reading.problems
    if not starts:
        problems = [Problem(file, "", "没有读到“一、元旦：…放假”这样的条目", "请用通知全文，或写成 TOML 表")]
    notice = Notice(year, number, reading.off, frozenset(reading.work))
    return Announced({year: notice}, tuple(problems))


def _item(text: str, line: int, reading: _Reading) -> None:
    """One holiday: its days off, how many they are said to be, and its make-up days."""
    name, _, body = re.sub(r"[：:]", "：", text, count=1).partition("：")
    name = re.sub(r"\s", "", name)
    for sentence in re.split(r"[。；;\n]+", body):
        if not sentence.strip():
            continue
        days = list(_spans(sentence, name, line, reading))
        if WORKS.search(sentence):
            reading.work |= {day for first, last in days for day in _run(first, last)}
        elif "放假" in sentence and days:
            _days_off(name, sentence, days, (line, reading))
        elif days:
            reading.wrong(line, f"“{sentence.strip()[:20]}”没有写明放假还是上班")
    if not any(name in title for title in reading.off.values()):
        reading.wrong(line, f"没有读出“{name}”哪几天放假")


def _days_off(name: str, sentence: str, days: list[tuple[date, date]], place: tuple[int, _Reading]) -> None:
    line, reading = place
    found = [day for first, last in days for day in _run(first, last)]
    total = TOTAL.search(sentence)
    if total and int(total[1]) != len(found):
        reading.wrong(line, f"“{name}”写的是共{total[1]}天，起止日期却有{len(found)}天")
    reading.off |= dict.fromkeys(found, name)


def _spans(sentence: str, name: str, line: int, reading: _Reading) -> Iterator[tuple[date, date]]:
    """Every date or range of dates in a sentence; a month or year left out is that of the date before."""
    month: int | None = None
    for match in SPAN.finditer(sentence):
        month = int(match["m1"]) if match["m1"] else month
        first = _date(match["y1"], month, match["d1"], name, reading)
        later = int(match["m2"]) if match["m2"] else month
        last = _date(match["y2"] or (str(first.year) if first and later and later >= first.month else None), later,
                     match["d2"], name, reading) if match["d2"] else first  # fmt: skip
        if first is None or last is None or last < first:
            reading.wrong(line, f"“{match[0]}”不是一个日期")
            continue
        for day, aside in ((first, match["aside1"]), (last, match["aside2"])):
            weekday = WEEKDAY.search(aside or "")
            if weekday and WEEK.index(weekday[1].replace("天", "日")) != day.weekday():
                reading.wrong(line, f"{day.month}月{day.day}日是周{WEEK[day.weekday()]}，通知却写周{weekday[1]}")
        month = last.month
        yield first, last


def _date(year: str | None, month: int | None, day: str, name: str, reading: _Reading) -> date | None:
    """A date of the notice; December without a year in the paragraph of 元旦 is that of the year before."""
    if month is None:
        return None
    before = name.startswith("元旦") and month == 12
    try:
        return date(int(year) if year else reading.year - before, month, int(day))
    except ValueError:
        return None


def checked(announced: Announced, file: str) -> Announced:
    """The same with what does not add up: a whole year, plausible holidays, make-up days at weekends."""
    problems, doubts = list(announced.problems), list(announced.doubts)
    for notice in announced.notices.values():
        problems += _check(notice, file)
        doubts += _balance(notice)
    return Announced(announced.notices, tuple(problems), tuple(doubts))


def _check(notice: Notice, file: str) -> Iterator[Problem]:
    place = f"[notice.{notice.year}]"
    titles = {name for title in notice.off.values() for name in title.split("、")}
    if not notice.number:
        yield Problem(file, place, "没有写文号", "用 --number 写明，如 国办发明电〔2026〕7号")
    for name in HOLIDAYS:
        if not titles & {name, name.removesuffix("节")}:
            yield Problem(file, place, f"没有“{name}”", "一份通知应当写全七个节日")
    for name in sorted(titles):
        days = sorted(day for day, title in notice.off.items() if name in title.split("、"))
        if len(days) > LONGEST or any(later - day != DAY for day, later in pairwise(days)):
            yield Problem(file, place, f"“{name}”放假{len(days)}天，不连续或者过长", REMEDY)
    for day, name in _statutory(notice).items():
        if day not in notice.off and titles & {name, name.removesuffix("节")}:
            yield Problem(file, place, f"{day} 是法定的“{name}”，通知里却没有放假", REMEDY)
    for day in sorted({*notice.off, *notice.work}):
        if not date(notice.year - 1, 12, 1) <= day <= date(notice.year, 12, 31):
            yield Problem(file, place, f"{day} 不属于 {notice.year} 年的安排", REMEDY)
    yield from _check_work(notice, file, place)


def _check_work(notice: Notice, file: str, place: str) -> Iterator[Problem]:
    for day in sorted(notice.work):
        if day in notice.off:
            yield Problem(file, place, f"{day} 既放假又上班", REMEDY)
        if day.weekday() < 5:
            yield Problem(file, place, f"{day} 是周{WEEK[day.weekday()]}，不是周末，却列为补班", REMEDY)
        if notice.off and min(abs((day - off).days) for off in notice.off) > AWAY:
            yield Problem(file, place, f"{day} 补班离哪个节日都很远", REMEDY)


def _balance(notice: Notice) -> Iterator[str]:
    """Days off on weekdays are the statutory days and those worked for at weekends: a slip in copying shows here."""
    off = sum(day.weekday() < 5 for day in notice.off)
    due = sum(count for _, _, count in default_calendar().statutory.values())  # two that meet are both given off
    if notice.year >= STATUTE and off - len(notice.work) != due:
        yield (
            f"{notice.year} 年：平日放假 {off} 天、补班 {len(notice.work)} 天，按法定 {due} 天应补班 {off - due} 天，"
            "请核对有没有漏抄"
        )


def _statutory(notice: Notice) -> dict[date, str]:
    return default_calendar().statutory_days(notice.year) if notice.year >= STATUTE else {}


def entry(notice: Notice) -> str:
    """The notice as a table of `calendar.toml`."""
    spans: list[str] = []
    titles = list(dict.fromkeys(notice.off.values()))
    for title in titles:
        days = sorted(day for day, name in notice.off.items() if name == title)
        ends = dict.fromkeys(_short(day, notice.year) for day in (days[0], days[-1]))
        spans.append(f"{title}:{'-'.join(ends)}")
    work = " ".join(_short(day, notice.year) for day in sorted(notice.work))
    lines = (f"[notice.{notice.year}]", f'number = "{notice.number}"', f'off = "{" ".join(spans)}"', f'work = "{work}"')
    return "\n".join(lines) + "\n"


def _short(day: date, year: int) -> str:
    return f"{day:%m%d}" if day.year == year else f"{day:%Y%m%d}"


def _run(first: date, last: date) -> Iterator[date]:
    for offset in range((last - first).days + 1):
        yield first + offset * DAY
