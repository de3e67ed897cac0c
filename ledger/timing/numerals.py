"""Chinese text made easy to match: digits for numerals, half width for full, no spaces, with the way back."""

import re
from dataclasses import dataclass

DIGITS = {character: value for value, character in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "○": 0}
DIGITS |= {character: value for value, character in enumerate("壹贰叁肆伍陆柒捌玖", 1)}
TENS = {"十": 10, "百": 100, "千": 1000, "拾": 10, "佰": 100}
FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
# Words whose characters look like numerals and are not: kept as they are. Festivals called by their date are
# given their names here, before 「十一」 can become 11.
NAMED = (
    (re.compile(r"[“\"「]?五一[”\"」]?(?=国际|劳动|节|前|之前|以前|假|小长假|期间|后|放假|当天)"), "劳动节"),
    (re.compile(r"[“\"「]?十一[”\"」]?(?=国庆|节|前|之前|以前|假|长假|黄金周|期间|后|放假|当天)"), "国庆节"),
    (re.compile(r"[“\"「]?六一[”\"」]?(?=国际|儿童|节|前|之前|期间|后)"), "儿童节"),
    (re.compile(r"[“\"「]?七一[”\"」]?(?=建党|节|前|之前|期间|后)"), "建党节"),
    (re.compile(r"[“\"「]?八一[”\"」]?(?=建军|节|前|之前|期间|后)"), "建军节"),
    (re.compile(r"[“\"「]?十[一二三四五六七八九]五[”\"」]?(?=规划|期间|时期|期末|末|收官)"), ""),
)
KEPT = (
    "两会",
    "两微",
    "两级",
    "两地",
    "两侧",
    "万元",
    "统一",
    "唯一",
    "一律",
    "一定",
    "一旦",
    "一般",
    "一起",
    "一些",
    "一直",
    "一致",
    r"四周(?!之?内|以内|[之以]?后|左右|时间|[，,。；;、]|\Z)",  # all around
)
TOKEN = re.compile(
    "|".join(
        [
            *(f"(?P<k{number}>{pattern.pattern})" for number, (pattern, _) in enumerate(NAMED)),
            rf"(?P<kept>{'|'.join(KEPT)})",
            r"(?P<percent>百分之(?:\d+(?:\.\d+)?|[〇零一二三四五六七八九十百]+(?:点[〇零一二三四五六七八九]+)?))",
            r"(?P<again>[(](?:\d{1,4}|[〇零一二三四五六七八九十百两壹贰叁肆伍陆柒捌玖拾佰]{1,6})[)])",  # 十五（15）日
            r"(?P<letters>[一二][〇○零0OoＯ][〇○零一二三四五六七八九0-9Oo]{2}(?=年))",  # 二O一九年, 二0一八年
            r"(?P<pair>两(?=[月周年季日]))",  # 两月内 is two months, 2月内 is February
            r"(?P<numeral>[〇○零一二三四五六七八九十百千两廿卅壹贰叁肆伍陆柒捌玖拾佰]+(?![亿]))",
            r"(?P<space>[^\S\n]+)",
        ]
    )
)


@dataclass(frozen=True, slots=True)
class Flat:
    """Normalised `text`; character i stands for original[starts[i]:ends[i]]."""

    text: str
    original: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where text[start:end] (not empty) lies in the original."""
        return self.starts[start], self.ends[end - 1]


def number(text: str) -> int | None:
    """The value of a Chinese or Arabic numeral (十五, 二〇二六, 廿五, 15), or None if it is not one."""
    text = text.replace("廿", "二十").replace("卅", "三十")
    if text.isascii():
        return int(text) if text.isdigit() else None
    if all(character in DIGITS for character in text):
        return int("".join(str(DIGITS[character]) for character in text))
    total, digit = 0, None
    for character in text.lstrip("零〇○"):  # 一个月零十五天
        if character in DIGITS:
            digit = DIGITS[character]
        elif character in TENS:
            total += (1 if digit is None else digit) * TENS[character]
            digit = None
        else:
            return None
    return total + (digit or 0)


def flatten(text: str) -> Flat:
    """`text` with numerals as digits, full width as half, spaces dropped, festivals called by their names."""
    out: list[str] = []
    starts: list[int] = []
    ends: list[int] = []

    def put(replacement: str, start: int, end: int) -> None:
        for offset, character in enumerate(replacement):
            out.append(character)
            same = len(replacement) == end - start
            starts.append(start + offset if same else start)
            ends.append(start + offset + 1 if same else end)

    half = text.translate(FULL_WIDTH)
    place = 0
    for match in TOKEN.finditer(half):
        put(half[place : match.start()], place, match.start())
        if match.lastgroup != "again" or not _says_again("".join(out[-4:]), match.group()):
            put(_replaced(match), match.start(), match.end())
        place = match.end()
    put(half[place:], place, len(half))
    return Flat("".join(out), text, tuple(starts), tuple(ends))


def _says_again(before: str, bracket: str) -> bool:
    """Whether a number in brackets only repeats the one before it: 十五（15）, 15（十五）."""
    written = re.search(r"\d+$", before)
    return written is not None and int(written.group()) == number(bracket[1:-1])


def _percent(found: str) -> str:
    whole, _, part = found.removeprefix("百分之").partition("点")
    digits = "".join(str(DIGITS[character]) for character in part)
    return f"{whole if whole[0].isdigit() and whole.isascii() else number(whole)}{'.' if digits else ''}{digits}%"


def _replaced(match: re.Match[str]) -> str:
    kind, found = match.lastgroup or "", match.group()
    if kind == "space":
        return ""
    if kind == "kept":
        return found
    if kind == "again":
        return found if found[1:-1].isascii() else f"({_numeral(found[1:-1])})"
    if kind == "percent":
        return _percent(found)
    if kind == "letters":
        return "".join("0" if character in "〇○零0OoＯ" else str(number(character)) for character in found)
    if kind == "pair":
        return "2个"
    if kind == "numeral":
        return _numeral(found)
    if name := NAMED[int(kind[1:])][1]:
        return name
    plan = DIGITS[found.strip('“”"「」')[1]]
    return f"规划{2005 + 5 * plan}"  # “十一五” ended in 2010, “十五五” ends in 2030


def _numeral(found: str) -> str:
    plain = len(found) > 1 and all(character in DIGITS for character in found)
    if plain and len(found) == 2 and 0 < DIGITS[found[0]] < DIGITS[found[1]] and "〇" not in found:
        return f"{DIGITS[found[0]]}-{DIGITS[found[1]]}"  # 三五天, 七八月份: a range, not 35 or 78
    if len(found) == 3 and found[2] == "十" and found[0] in DIGITS and found[1] in DIGITS:
        return f"{DIGITS[found[0]]}0-{DIGITS[found[1]]}0"  # 三四十天
    value = number(found)
    return found if value is None else (str(value) if not plain else "".join(str(DIGITS[c]) for c in found))
