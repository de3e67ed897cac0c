"""When a page was published, in the spellings Chinese pages use; None rather than a guess.

A bare local time is China's (+08:00) and so is `CST`. A date without a year is the latest such date that is not
in the future. Nothing here ever supplies a month or a day that the text does not give, so no 1 January is invented.
"""

import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime

from crawlers.clock import CHINA

_NUMERALS = {numeral: value for value, numerals in enumerate(
    ("〇零○", "一元", "二两", "三", "四", "五", "六", "七", "八", "九")) for numeral in numerals}  # fmt: skip
_N = "[〇零○一二两三四五六七八九十廿元0-9]"
_CLOCK = (
    r"(?:[T\s,，]*(?:星期.|周.|[（(]?(?:周|星期)?[一二三四五六日][)）]?)?[T\s,，]*"
    r"(?P<half>上午|下午|凌晨|中午|晚上|早上|晚)?\s*(?P<hour>\d{1,2})\s*[:：时点]\s*(?P<minute>\d{1,2})"
    r"(?:\s*[:：分]\s*(?P<second>\d{1,2})(?:[.,]\d+)?)?\s*秒?\s*(?P<pm>[AaPp][Mm]\b)?"
    r"\s*(?P<zone>Z\b|UTC|GMT|CST|[+-]\d{2}:?\d{2}\b)?)?"
)
_FULL = re.compile(
    rf"(?<![\d.])(?P<year>(?:19|20)\d\d)\s*(?P<sep>[-/.年])\s*(?P<month>\d{{1,2}})\s*(?:(?P=sep)|月)\s*"
    rf"(?P<day>\d{{1,2}})(?!\d)\s*[日号]?{_CLOCK}"
)
_NUMERAL = re.compile(
    rf"(?P<year>[二一][〇零○九][〇零○一二三四五六七八九]{{2}})年(?P<month>{_N}{{1,3}})月(?P<day>{_N}{{1,4}})[日号]?{_CLOCK}"
)
_COMPACT = re.compile(
    r"(?<!\d)(?P<year>(?:19|20)\d\d)(?P<month>0[1-9]|1[0-2])(?P<day>0[1-9]|[12]\d|3[01])"
    r"(?:T?(?P<hour>[01]\d|2[0-3])(?P<minute>[0-5]\d)(?P<second>[0-5]\d)?)?(?!\d)"
)
_SHORT = re.compile(
    rf"(?<![\d.:-])(?P<month>\d{{1,2}})\s*(?P<sep>[-/月])\s*(?P<day>\d{{1,2}})(?![\d.-])\s*[日号]?{_CLOCK}"
)
_AGO = re.compile(
    rf"(?:(?P<hours>{_N}+)\s*个?小时\s*)?(?P<count>{_N}+|半)\s*个?\s*(?P<unit>秒钟?|分钟?|小时|钟头|天|日|周|星期|seconds?|min(?:ute)?s?|hours?|days?|weeks?)"
    r"\s*(?:之?前|ago)"
)
_DAY = re.compile(rf"(?P<word>大前天|前天|昨[天日]|今[天日]|yesterday|today){_CLOCK}", re.IGNORECASE)
_NOW = re.compile(r"刚刚|刚才|just now|a moment ago", re.IGNORECASE)
_RFC822 = re.compile(
    r"(?:[A-Za-z]{3,9},?\s+)?\d{1,2}[\s-]+[A-Za-z]{3,9}\.?[\s-]+\d{2,4}"
    r"(?:\s+\d{1,2}:\d{2}(?::\d{2})?(?:\s*[+-]\d{4}|\s*\(?[A-Z]{1,5}\)?)?)?"
)
_ENGLISH = re.compile(
    rf"(?P<name>[A-Z][a-z]{{2,8}})\.?\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<year>(?:19|20)\d\d){_CLOCK}"
)
_ASCTIME = re.compile(
    r"[A-Z][a-z]{2}\s+(?P<name>[A-Z][a-z]{2})\s+(?P<day>\d{1,2})\s+(?P<hour>\d{2}):(?P<minute>\d{2}):(?P<second>\d{2})"
    r"\s+(?P<zone>[A-Z]{3})?\s*(?P<year>(?:19|20)\d\d)"
)
_AMERICAN = re.compile(rf"(?<![\d-])(?P<month>\d{{1,2}})-(?P<day>\d{{1,2}})-(?P<year>(?:19|20)\d\d)(?![\d-]){_CLOCK}")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NAMED = {name.title(): number for number, name in enumerate(_MONTHS, start=1)}
_ISO = re.compile(r"((?:19|20)\d\d-\d\d-\d\dT\d\d:\d\d:\d\d)(Z|[+-]\d\d:\d\d)", re.ASCII)
_MAIL = re.compile(
    r"(?:[A-Z][a-z]{2}, )?(\d{1,2}) ([A-Z][a-z]{2}) ((?:19|20)\d\d) (\d\d):(\d\d):(\d\d) (GMT|CST|[+-]\d{4})", re.ASCII
)
_OFFSETS: dict[str, timezone] = {"CST": CHINA, "+0800": CHINA, "+08:00": CHINA, "GMT": UTC, "Z": UTC, "+0000": UTC}
_CHINESE_MAIL = re.compile(
    rf"(?:(?:星期|周).\s*[,，]?\s*)?(\d{{1,2}})\s+({_N}{{1,2}})月,?\s+((?:19|20)\d\d\s+\d{{1,2}}:\d\d.{{0,20}})"
)
_FROM_GMT = re.compile(r"\b(?:GMT|UTC)\s?([+-])(\d{1,2})(?::?(\d\d))?\b")
_EPOCH = re.compile(r"\s*(\d{10})(\d{3})?\s*")
_WORDS = {"大前天": 3, "前天": 2, "昨天": 1, "昨日": 1, "yesterday": 1}
_SECONDS = {"秒": 1, "s": 1, "分": 60, "m": 60, "小": 3600, "钟": 3600, "h": 3600, "天": 86400, "日": 86400,
            "d": 86400, "周": 604800, "星": 604800, "w": 604800}  # fmt: skip
# Clocks of other people's servers run ahead; a day covers any mistaken zone.
_AHEAD = timedelta(days=1)

# Labels in order of belief. 成文/印发 is when a document was signed, not when the public could read it.
_LABELS = tuple(
    re.compile(rf"(?:{names})\s*(?:为|是)?\s*[:：]?\s*[\[【（(]?\s*(?=[\d二一昨前今刚半])")
    for names in (
        r"发[布文]时间|发[布文]日期|信息时间|信息日期|发布于|公布时间|公布日期|公开时间|公开日期|发稿时间",
        r"发表时间|发表日期|发表于|刊发时间|上传时间|提问时间|留言时间|来信时间|写信时间",
        r"(?<![\u4e00-\u9fff])(?:时\s*间|日\s*期)|(?<![\u4e00-\u9fff])(?:发布|公布|公开)",
        r"(?<![网本]站)(?<!系统)(?<!数据)(?:更新时间|更新日期|更新于|修改时间|访谈时间|直播时间)",
    )
)
_SIGNED = re.compile(r"(?:成文|生成|印发|制发|落款)(?:日期|时间)\s*[:：]?\s*(?=\d|二)")
# Any other labelled date (a hearing, a closing day) is not the page's own.
_OTHER_LABEL = re.compile(
    r"[\u4e00-\u9fff]{1,8}(?:时间|日期|截止|截至)\s*[:：]?\s*$|(?:今天|现在|今日)是?\s*[:：]?\s*$|©\s*$"
)
# What a line may hold besides its date: 2026 11/20 in three boxes, a clock, "3小时前".
_SPLIT = re.compile(r"^(20\d\d)\s+(\d{1,2})\s*[-/.月]\s*(\d{1,2})(?!\d)")
_WHOLE = re.compile(
    rf"(?:{_N}{{1,4}}\s*[-/.年月日号时点分秒:：T]*\s*|上午|下午|凌晨|晚上|[昨前今]天|小时前|分钟前|天前|刚刚|[周星]期?[一二三四五六日天]|\s+)+"
)
_YEAR = re.compile(r"20\d\d|二[〇零○]")
_TODAY = re.compile(r"今天是|现在|当前|北京时间|星期.\s*$")
_SOURCE = re.compile(r"\s*(?:[|｜]\s*)?(?:信息|稿件|文章|本文)?来源\s*[:：]")
_SOURCE_BEFORE = re.compile(r"来源\s*[:：]\s*\S{2,20}\s+$")
_WIDE = re.compile(r"[０-９－／．]")
_LABELLED_SPAN = 40  # characters after a label in which its date must begin and end


def parse_date(text: str, *, now: datetime) -> datetime | None:
    """The first date in a short text (a table cell, a feed's field), aware; None if there is none to trust."""
    text = _narrow(text).strip()
    for pattern, read in _READERS:
        if (match := pattern.search(text)) and (moment := read(match, now)):
            return moment if moment <= now + _AHEAD else None
    return None


def parse_feed_date(text: str, *, now: datetime) -> datetime | None:
    """A feed's date: the same spellings plus seconds since 1970."""
    if strict := _strict(text):
        return strict if strict <= now + _AHEAD else None
    if epoch := _EPOCH.fullmatch(text):
        moment = datetime.fromtimestamp(int(epoch[1]), CHINA)
        return moment if datetime(1995, 1, 1, tzinfo=CHINA) < moment <= now + _AHEAD else None
    text = _mailed(text)
    usual = _RFC822.fullmatch(text)  # what most feeds write
    written = _rfc822(usual, now) if usual else None
    if written is None:
        return parse_date(text, now=now)
    return written if written <= now + _AHEAD else None


def _strict(text: str) -> datetime | None:
    """The two spellings that the standards name and nearly all feeds keep to, without a search; None for others."""
    try:
        if iso := _ISO.fullmatch(text):
            return datetime.fromisoformat(iso[1]).replace(tzinfo=_OFFSETS.get(iso[2]) or _zone(iso[2]))
        if mail := _MAIL.fullmatch(text):
            day, name, year, hour, minute, second, zone = mail.groups()
            offset, month = _OFFSETS.get(zone) or _zone(zone), _NAMED.get(name, 0)
            return datetime(int(year), month, int(day), int(hour), int(minute), int(second), tzinfo=offset)
    except ValueError:  # 31 November, 24:00, a month of no name
        pass
    return None


def _mailed(text: str) -> str:
    """A mail's date as the standard writes it: servers with a Chinese locale put 星期四, 05 三月 2026; others GMT+8."""
    if chinese := _CHINESE_MAIL.fullmatch(text.strip()):
        day, month, rest = chinese.groups()
        number = _number(month)
        text = f"{day} {_MONTHS[number - 1].title()} {rest}" if 1 <= number <= len(_MONTHS) else text
    return _FROM_GMT.sub(lambda zone: f"{zone[1]}{zone[2]:0>2}{zone[3] or '00'}", text)


def find_published(text: str, *, now: datetime, head: str = "") -> datetime | None:
    """The publication date in a page's text: labelled dates first, then the first full date that has no other label.

    `head` is the beginning of the article, for templates that keep the date inside: there only a labelled date or one
    beside the source counts, for others are what the article is about.
    """
    return find_labelled(text, now=now, head=head) or find_bare(text, now=now)


def find_labelled(text: str, *, now: datetime, head: str = "") -> datetime | None:
    """The date that a label (发布时间：) names in a page's text or in the `head` of its article."""
    text, head = _narrow(text), _narrow(head)
    for place in (text, head):
        for label in _LABELS:
            if moment := _after(label, place, now):
                return moment
    return _beside_source(head, now)


def find_bare(text: str, *, now: datetime) -> datetime | None:
    """The first full date in a page's text that has no label of another kind, else the day a document was signed."""
    text = _narrow(text)
    for pattern, read in ((_FULL, _absolute), (_NUMERAL, _numerals)):
        for match in pattern.finditer(text):
            moment = read(match, now)
            lead = text[max(0, match.start() - 14) : match.start()]
            if moment and moment <= now + _AHEAD and not _OTHER_LABEL.search(lead):
                return moment
    return _after(_SIGNED, text, now)


def only_date(line: str, *, now: datetime, year: bool = False) -> datetime | None:
    """The date that a short line consists of, None where the line says anything else, or only what day it is.

    With `year`, the line must give one.
    """
    line = _SPLIT.sub(r"\1-\2-\3", _narrow(line).strip(" []【】()（）|"))
    if len(line) > _LABELLED_SPAN or _TODAY.search(line) or (year and not _YEAR.match(line)):
        return None
    return parse_date(line, now=now) if _WHOLE.fullmatch(line) else None


def _beside_source(head: str, now: datetime) -> datetime | None:
    for match in _FULL.finditer(head):
        if _SOURCE.match(head, match.end()) or _SOURCE_BEFORE.search(head, max(0, match.start() - 30), match.start()):
            moment = _absolute(match, now)
            return moment if moment and moment <= now + _AHEAD else None
    return None


def _narrow(text: str) -> str:
    """Full-width digits and marks as plain ones; most texts have none, and normalising costs."""
    return unicodedata.normalize("NFKC", text) if _WIDE.search(text) else text


def _after(label: re.Pattern[str], text: str, now: datetime) -> datetime | None:
    spans = (text[match.end() : match.end() + _LABELLED_SPAN] for match in label.finditer(text))
    return next((moment for span in spans if (moment := parse_date(span, now=now))), None)


def _absolute(match: re.Match[str], now: datetime) -> datetime | None:
    return _moment(int(match["year"]), int(match["month"]), int(match["day"]), match)


def _numerals(match: re.Match[str], now: datetime) -> datetime | None:
    year = int("".join(str(_NUMERALS[numeral]) for numeral in match["year"]))
    return _moment(year, _number(match["month"]), _number(match["day"]), match)


def _without_year(match: re.Match[str], now: datetime) -> datetime | None:
    local = now.astimezone(CHINA)
    for year in (local.year, local.year - 1):
        moment = _moment(year, int(match["month"]), int(match["day"]), match)
        if moment and moment <= now:
            return moment
    return None


def _ago(match: re.Match[str], now: datetime) -> datetime | None:
    seconds = _SECONDS[match["unit"][0].lower()]
    count = 0.5 if match["count"] == "半" else _number(match["count"])
    hours = _number(match["hours"]) if match["hours"] else 0
    moment = now.astimezone(CHINA) - timedelta(hours=hours, seconds=seconds * count)
    return moment.replace(microsecond=0)


def _named_day(match: re.Match[str], now: datetime) -> datetime | None:
    day = now.astimezone(CHINA) - timedelta(days=_WORDS.get(match["word"].lower(), 0))
    moment = _moment(day.year, day.month, day.day, match)
    return min(moment, now.astimezone(CHINA)) if moment else None


def _rfc822(match: re.Match[str], now: datetime) -> datetime | None:
    text = re.sub(r"\bCST\b", "+0800", match[0])  # feedparser and email read it as US Central
    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, ValueError, IndexError):
        return None
    if moment.tzinfo is not None:
        return moment
    # "-0000" and a missing zone both come back naive; only the first means UTC (RFC 5322, 3.3).
    return moment.replace(tzinfo=UTC if "-0000" in text or text.endswith(("UT", "UTC", "GMT")) else CHINA)


def _english(match: re.Match[str], now: datetime) -> datetime | None:
    name = match["name"][:3].lower()
    if name not in _MONTHS:
        return None
    month = _MONTHS.index(name) + 1
    return _moment(int(match["year"]), month, int(match["day"]), match)


def _moment(year: int, month: int, day: int, match: re.Match[str]) -> datetime | None:
    parts = match.groupdict()
    hour, minute, second = (int(parts.get(name) or 0) for name in ("hour", "minute", "second"))
    afternoon = (parts.get("half") or "") in {"下午", "晚上", "晚"} or (parts.get("pm") or "").lower() == "pm"
    if afternoon and hour < 12:
        hour += 12
    elif hour == 12 and ((parts.get("pm") or "").lower() == "am" or parts.get("half") == "凌晨"):
        hour = 0
    try:
        zone = _zone(parts.get("zone"))
        moment = datetime(year, month, day, 0 if hour == 24 else hour, minute, second, tzinfo=zone)
    except ValueError:
        return None
    return moment + timedelta(days=1) if hour == 24 else moment


def _zone(text: str | None) -> timezone:
    """The zone a time names; China's for none and for CST."""
    if not text or text == "CST":
        return CHINA
    if text in {"Z", "UTC", "GMT"}:
        return UTC
    offset = timedelta(hours=int(text[1:3]), minutes=int(text[-2:]))
    return timezone(-offset if text[0] == "-" else offset)


def _number(text: str) -> int:
    """A Chinese or ASCII number below 100."""
    if text.isdecimal() and text.isascii():
        return int(text)
    text = text.replace("廿", "二十")
    tens, ten, ones = text.rpartition("十")
    if not ten:
        return int("".join(str(_NUMERALS[numeral]) for numeral in text))
    return (_NUMERALS[tens] if tens else 1) * 10 + (_NUMERALS[ones] if ones else 0)


_READERS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], datetime], datetime | None]], ...] = (
    (_FULL, _absolute),
    (_NUMERAL, _numerals),
    (_RFC822, _rfc822),
    (_ASCTIME, _english),
    (_ENGLISH, _english),
    (_AMERICAN, _absolute),
    (_COMPACT, _absolute),
    (_AGO, _ago),
    (_DAY, _named_day),
    (_NOW, lambda match, now: now.astimezone(CHINA).replace(microsecond=0)),
    (_SHORT, _without_year),
)
