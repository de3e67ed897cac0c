"""The deadline grammar: every deadline wording in a text, in order, none inside another.

A closed grammar (number × unit × event × bound, or a calendar place × bound): what it does not know it leaves
alone. It decides nothing about dates; `ledger.timing.deadlines` computes them.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache

from ledger.timing.numerals import Flat, flatten
from ledger.timing.phrases import Phrase, Point, Quota, Span, Spec
from ledger.timing.wording_dates import MOONS, SHIFTS
from ledger.timing.wording_days import NEAR, words
from ledger.timing.wording_ranges import match_place
from ledger.timing.wording_repeats import find_quotas, match_repeat, match_vague
from ledger.timing.wording_spans import event_before, match_effect, match_span

# First characters of what is no word of `wording.toml`: numbers, units that stand alone, prefixes of periods, clocks.
OPENINGS = (
    "0123456789半元年岁月上中下季第首前整全本周星礼节假长规每逐按隔双最不至限期时法承为用历大约再未今明延数几若QqTt"
    "凌早晚傍零腊正小放自从"
)
BINDING = re.compile(
    r"(?:最迟|最晚|至迟|不晚于|不迟于|确保|务必|必须|不得超过|不超过|最长|至多|(?<![回响反对适供相])应当?于?在?)[^，,。；;\d]{0,6}$"
)
AIMING = re.compile(r"(?:力争|争取|尽量|力求|延长至?|延长到)[^，,。；;\d]{0,8}$")
LEAD = re.compile(r"(?:截止到?|截至到?|自|从|于|在|至|到|最迟|不晚于|不迟于|至迟|最晚)+$")
# A number of days before something else is no day of the month: 届满前15日, 提前15日, 会前3日, 开庭3日前.
BEFORE_SOMETHING = re.compile(
    r"(?:前|提前|满)$|(?:开庭|举行|召开|听证|会议|开标|开幕|到期|届满|期满|实施|施行|投票|考试)的?$"
)
STARTS = re.compile(r"^[^，,。；;完竣办建答公]{0,6}(?:启动|开始|开工|动工|起步|着手|进场|受理)")


def phrases(text: str) -> list[Phrase]:
    """All deadline wordings of `text` in order; raw == text[start:end]."""
    found = list(_phrases(flatten(text)))
    return [
        phrase
        for number, phrase in enumerate(found)
        if not any(phrase.start >= later.start for later in found[number + 1 :])  # 国庆节后 inside 国庆节后5日内
    ]


def quotas(text: str) -> list[Quota]:
    """The numbers that `text` promises (不少于3次, 不低于4%)."""
    return [quota for quota, _, _ in find_quotas(flatten(text).text)]


def _phrases(flat: Flat) -> Iterator[Phrase]:
    taken = [(start, end) for _, start, end in find_quotas(flat.text)]
    at = 0
    while at < len(flat.text):
        if any(start <= at < end for start, end in taken):
            at += 1
            continue
        found = _longest(flat.text, at)
        if found is None:
            at += 1
            continue
        spec, begin, end, bare = found
        yield _phrase(flat, spec, (begin, end), bare)
        at = end


def _longest(text: str, at: int) -> tuple[Spec, int, int, bool] | None:
    """The longest reading at text[at]; a period or repetition wins over a place of the same length."""
    if text[at] not in _openings():
        return None
    options: list[tuple[Spec, int, int, bool]] = []
    if repeat := match_repeat(text, at):
        options.append((repeat[0], at, repeat[1], False))
    if span := match_span(text, at):
        options.append(_with_event(text, at, *span))
    if effect := match_effect(text, at):
        options.append((effect[0], at, effect[1], False))
    if (place := match_place(text, at)) and not BEFORE_SOMETHING.search(text[max(0, at - 6) : at]):
        options.append((place[0], at, place[1], _bare(place[0])))
        if again := _from_then_on(*place, text):
            options.append((again[0], at, again[1], False))
    if vague := match_vague(text, at):
        options.append((vague[0], at, vague[1], False))
    return max(options, key=lambda option: option[2]) if options else None


def _from_then_on(place: Spec, end: int, text: str) -> tuple[Spec, int] | None:
    """What comes again from a day on: 自2027年1月起每月5日前."""
    if not isinstance(place, Point) or place.bound != "from":
        return None
    repeat = match_repeat(text, end + (text[end : end + 1] in {",", "，"}))
    return (replace(repeat[0], since=place), repeat[1]) if repeat and repeat[0].after is None else None


@cache
def _openings() -> frozenset[str]:
    """The characters with which a wording can begin: most of a text is passed over by them."""
    table = words()
    names = [
        *table["vague"]["words"], *table["vague"]["repeats"], *table["festival"]["fixed"], *table["festival"]["moon"],
        *table["season"], *table["happening"], *SHIFTS, *MOONS, *NEAR,
    ]  # fmt: skip
    return frozenset(OPENINGS) | {name[0] for name in names}


def _with_event(text: str, at: int, span: Span, end: int, bare: bool) -> tuple[Spec, int, int, bool]:
    found = event_before(text, at) if span.when != "after" or text.endswith("日起", 0, at) else None
    if found is None:
        return span, at, end, bare
    event, begin = found
    return replace(span, event=event), begin, end, False


def _bare(spec: Spec) -> bool:
    """Whether a place stands without a bound and is of a kind that often is no deadline (15日, 5月, 2018年)."""
    return (
        isinstance(spec, Point)
        and not spec.bound
        and spec.grain in {"day", "month", "year", "relative", "festival", "season", "event"}
    )


def _phrase(flat: Flat, spec: Spec, place: tuple[int, int], bare: bool) -> Phrase:
    before, after = flat.text[max(0, place[0] - 16) : place[0]], flat.text[place[1] : place[1] + 16]
    start, end = flat.span(*place)
    lead = LEAD.sub("", before)
    longer = flat.text.startswith("延", place[0])  # an extension is allowed, not promised
    weight = -1 if longer or AIMING.search(lead) else 0
    weight = 1 if not longer and (BINDING.search(lead) or BINDING.search(before)) else weight
    return Phrase(start, end, flat.original[start:end], spec, weight, bare, bool(STARTS.search(after)))
