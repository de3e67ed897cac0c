"""A letter and its answer from the page of a public mailbox, whatever its layout: table, definition list, cards.

All layouts come down to labels followed by values. Labels are looked up in `data/mailbox.toml`; a value runs to the
next label. What stands behind a writer's label (姓名, 电话, IP…) is skipped before anything is kept (S2).
"""

import re
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import cache
from importlib.resources import files
from itertools import pairwise, takewhile
from typing import NoReturn

from crawlers.organisations import office_name, signing_office
from crawlers.pages.article import tidy
from crawlers.pages.dates import only_date, parse_date
from crawlers.pages.dom import Element, count_in, one_line, parse, text_of
from crawlers.pages.found import Found, LoginRequired, PageError, PageGone
from crawlers.pages.links import canonical
from crawlers.pages.rule import Rule, select, select_first
from crawlers.pages.titles import is_heading, page_title
from crawlers.pages.written import with_written

_LONG = frozenset({"question", "answer", "ended"})  # fields of many lines; the others hold one
_GAPS = re.compile(r"[\s\u3000【】\[\]]+")
_LABEL = re.compile(
    r"^\s*(?:[【\[](?P<bracketed>[^】\]]{1,14})[】\]]\s*[:：]?(?P<after>.*)"
    r"|(?P<plain>[\u4e00-\u9fffA-Z\s\u3000]{1,14})\s*(?:[:：]\s*(?P<value>.*))?)$",
    re.DOTALL,
)
_OFFICE = r"(?P<office>[\u4e00-\u9fff（）()]{3,30}?)"
_DATE = r"(?P<date>20\d\d\s?[-/.年].{3,18}?)"
# "云溪市城管局 2026-11-20 答复：" stands above an answer without any label; so does "云溪市城管局回复：".
_BYLINE = re.compile(
    rf"^{_OFFICE}\s*(?:于|在)?\s*{_DATE}?\s*(?:答复|回复|反馈)(?:如下|内容)?\s*(?P<colon>[:：]\s*(?P<later>20\d\d.{{3,18}})?)?$"
)
# What templates show between the heading of an answer and its words: the office, the time, or both.
_HEADLINE = re.compile(rf"^(?:{_OFFICE}\s*)?(?:于|在)?\s*{_DATE}\s*(?:答复|回复|反馈)?[:：]?$")
# … 已经修复。（云溪市城管局 2026-11-20)
_TAIL = re.compile(r"[（(]\s*(?:[\u4e00-\u9fff]{3,30}\s*)?20\d\d\s?[-/.年][\d\s:：/.月日-]{3,18}[）)]$")
_INLINE = ("label", "span", "b", "strong", "i", "em", "font")
_ASK = re.compile(r"(?:^|[-_\s])(?:q|ask\w*|question|wen|tiwen|liuyan|ly)(?:$|[-_\s])", re.IGNORECASE)
# What templates call the page of any letter, or the mailbox itself.
_NAMES_MAILBOX = re.compile(
    r"^\W*(?:信件|来信|留言|诉求|咨询|投诉|办件|问题|问政|互动|工单)?(?:详情|详细|查看|浏览|公示|公开|回复|选登|交流|信息|内容)+页?"
    r"(?:$|\s*[-_|—–])|^.{0,6}(?:信箱|留言板|热线)(?:$|\s*[-_|—–])"
)
_LEAST = 4  # characters of a heading
_COLUMN = 8  # characters; a shorter title may only name the mailbox
STOP = re.compile(r"[，。！？；,!?;]")  # a line of a card without any is a name, a date, a status
_SHORT = 40  # characters of a line that shows who asked and when
_MENUS = frozenset({"a", "nav", "script", "style", "option", "button", "title"})
_PARTS = 5  # inline elements of a byline
_REPLIES = re.compile(r"[\s【\[]*(?:答复|回复)")
_CLIMB = 3  # elements
_TRANSFER = 80  # characters; a longer reply says more than who will answer
_PASSED_ON = re.compile(r"(?:转(?:交|办|送|至|给|派|由)?|交办|分办|派发).{1,30}(?:办理|处理|核实|核查|调查|答复|跟进)")
_CLOSED = re.compile(r"(?:不公开|未公开|保密)")
_GONE = re.compile(r"(?:信件|留言|来信|内容|页面)[^。\n]{0,6}(?:不存在|已被?删除|找不到)")


def read_letter(text: str, *, url: str, now: datetime, rule: Rule | None = None) -> Found:
    """The letter on a mailbox page. Raises `PageError` where no question can be told from the page."""
    tree = page_tree(text)
    found = letter_in(tree, heading_of(tree), url=url, now=now, rule=rule)
    if found is None:
        _explain(tree)
    return found


def page_tree(text: str) -> Element:
    """The tree of a mailbox page: what scripts of literals write and what fields for reading hold is text in it."""
    tree = parse(with_written(text))
    for shown in list(tree.iter("textarea", "input")):
        if shown.get("readonly") is not None or shown.get("disabled") is not None:
            _show(shown)
    return tree


def _show(field: Element) -> None:
    """Make a field that only shows something (a readonly textarea) an element of text, if it stands behind a label."""
    value = field.text if field.tag == "textarea" else field.get("value")
    before = field.getprevious() if field.getprevious() is not None else field.getparent().getprevious()
    plain = field.tag == "textarea" or (field.get("type") or "text").lower() == "text"
    if plain and value and value.strip() and before is not None and _known(one_line(before)):
        field.tag, field.text = "pre", value


def letter_in(tree: Element, heading: str, *, url: str, now: datetime, rule: Rule | None = None) -> Found | None:
    """The letter in a page or a part of one, None where no question can be told. `tree` is changed by the reading."""
    _part_labels(tree)
    fields = _fields(tree, rule)
    question = tidy("\n".join(fields["question"])) or _asked(tree)
    if not question and fields["answer"]:
        question = _before_answer(tree, heading)
    if not question:
        return None
    if not (fields["question"] or fields["answer"]):
        fields["answer"] += _answered_below(tree, question)
    question, dated = _without_date(question, now)
    answer = _answer(fields)
    title = _line(fields["title"]) or heading
    asked = parse_date(_line(fields["asked"]), now=now) or dated or parse_date(_line(fields["listed"]), now=now)
    return Found(
        url=url,
        title=title,
        text=question.removeprefix(f"{title}\n"),
        locator=canonical(url),
        posted_at=asked or date_beside(tree, question, now),
        answer=answer,
        answered_at=parse_date(_line(fields["answered"]), now=now) if answer else None,
        answered_by=_office(fields, answer) if answer else "",
        views=count_in(_line(fields["views"])),
    )


def _office(fields: dict[str, list[str]], answer: str) -> str:
    """Who answered: the first label, line or signature that names an office, else whom the letter was sent to."""
    named = (line for value in fields["office"] if office_name(line := _line([value])))
    return next(named, "") or signing_office(answer) or _line(fields["office"]) or _line(fields["addressed"])


def _without_date(question: str, now: datetime) -> tuple[str, datetime | None]:
    """A question without the line of its date below or above it, and that date."""
    lines = question.split("\n")
    for place in (-1, 0):
        if len(lines) > 1 and (moment := only_date(lines[place], now=now, year=True)):
            lines.pop(place)
            return "\n".join(lines), moment
    return question, None


def _before_answer(tree: Element, heading: str) -> str:
    """The sentences right above the heading of an answer, where no label tells the question."""
    lines = text_of(tree).split("\n")
    answers = (place for place, line in enumerate(lines) if _labelled(line)[0] == "answer" or _byline(line))
    return sentences_before(lines[: next(answers, 0)], heading)


def _answered_below(tree: Element, question: str) -> Iterator[str]:
    """The sentences below 回复单位：… that follow a question, where neither of the two has a label of its own."""
    lines = text_of(tree).split("\n")
    last = question.split("\n")[-1]
    start = lines.index(last) if last in lines else len(lines)
    for place in range(start, len(lines)):
        if _REPLIES.match(lines[place]) and _labelled(lines[place])[0] == "office":
            below = takewhile(lambda line: STOP.search(line) and not _labelled(line)[0], lines[place + 1 :])
            yield "\n".join(below)


def sentences_before(lines: list[str], heading: str) -> str:
    """The last sentences of `lines`, without tags and status below them."""
    end = len(lines)
    while end and not STOP.search(lines[end - 1]):
        end -= 1
    start = end
    while start and STOP.search(lines[start - 1]) and lines[start - 1] != heading:
        start -= 1
    return tidy("\n".join(lines[start:end]))


def heading_of(tree: Element) -> str:
    """The page's title; where that only names the mailbox, the first heading that is no label and names none."""
    title = page_title(tree)
    if len(title) > _COLUMN and not _NAMES_MAILBOX.match(title):
        return title
    lines = (one_line(element) for element in tree.iter() if is_heading(element))
    fitting = (line for line in lines if _LEAST <= len(line) <= 120 and line not in title and not _labelled(line)[0])
    return next((line for line in fitting if not _NAMES_MAILBOX.match(line)), "") or _line_above(tree) or title


def _line_above(tree: Element) -> str:
    """The short line right above the first label of a page, where no element is called a title; "" for none."""
    before = ""
    menus = frozenset(tree.iter("a", "nav", "header"))
    for line in text_of(tree, without=menus).split("\n"):
        if (name := _labelled(line)[0]) not in ("", "dropped", "ended"):
            fits = _LEAST <= len(before) <= _SHORT and not (STOP.search(before) or _NAMES_MAILBOX.match(before))
            return before if fits and name in ("asked", "question", "status", "office") else ""
        before = line if not name else ""
    return ""


def _part_labels(tree: Element) -> None:
    """Give every label that stands in an inline element a line of its own: <label>来信时间</label><span>…."""
    for element in list(tree.iter(*_INLINE)):
        words = "".join(element.itertext()).strip()
        if not _known(words):
            continue
        before = element.getprevious() is None and not (element.getparent().text or "").strip()
        if element.tag == "label" or words[-1] in ":：" or element.get("class") or (before and len(words) == 1):
            element.tag = "div"


def _asked(tree: Element) -> str:
    """The sentences of a card that is called a question, where no label says so."""
    for element in tree.iter("div", "p", "section", "dd", "li"):
        if any(map(_ASK.search, (element.get("class") or "", element.get("id") or ""))):
            lines = [line for line in text_of(element).split("\n") if STOP.search(line)]
            if question := tidy("\n".join(lines)):
                return question
    return ""


def date_beside(tree: Element, question: str, now: datetime) -> datetime | None:
    """A date on a short line before the question, for cards without labels."""
    head, found, _ = text_of(tree).partition(question.split("\n")[0])
    lines = [line for line in head.split("\n")[-6:] if len(line) <= _SHORT] if found else []
    return next((moment for line in reversed(lines) if (moment := parse_date(line, now=now))), None)


def _fields(tree: Element, rule: Rule | None) -> dict[str, list[str]]:
    """Values by field: by the source's rule, then by tables with header rows, then line by line."""
    fields: dict[str, list[str]] = defaultdict(list)
    found = [*_ruled(tree, rule), *_header_tables(tree), *_cells(tree), *_sections(tree)]
    ruled = {name for name, _ in _ruled(tree, rule)}
    for place, (name, value) in enumerate(found):
        kept = name not in ("dropped", "ended") and not (name in ruled and place >= len(ruled))
        if value and kept:
            fields[name].append(value)
    return fields


def _ruled(tree: Element, rule: Rule | None) -> list[tuple[str, str]]:
    if rule is None:
        return []
    lines = {"title": rule.title, "asked": rule.date, "answered": rule.answered, "office": rule.office}
    texts = {"question": rule.body, "answer": rule.answer}
    found = [(name, one_line(select_first(tree, css))) for name, css in lines.items() if css]
    return found + [(name, "\n".join(map(text_of, select(tree, css)))) for name, css in texts.items() if css]


def _header_tables(tree: Element) -> Iterator[tuple[str, str]]:
    """Tables with a row of labels above a row of values; such rows are emptied so that they are not read twice."""
    for row in list(tree.iter("tr")):
        below = row.getnext()
        names = [_known(one_line(cell)) for cell in row.iterchildren("td", "th")]
        if len(names) < 2 or not all(names) or below is None or below.tag != "tr":
            continue
        cells = list(below.iterchildren("td", "th"))
        if len(cells) == len(names) and not any(_known(one_line(cell)) for cell in cells):
            yield from ((name, text_of(cell)) for name, cell in zip(names, cells, strict=True) if name)
            row.clear()
            below.clear()


def _cells(tree: Element) -> Iterator[tuple[str, str]]:
    """Label cells with their value cell, terms with their descriptions.

    A value is taken whole: a line in it that looks like a label (电话：…) is the writer's own words.
    """
    for row in list(tree.iter("tr", "dl")):
        cells = [cell for cell in row.iterchildren("td", "th", "dt", "dd") if len(cell) or (cell.text or "").strip()]
        for label, value in pairwise(cells):
            name = _known(one_line(label))
            if name and not _known(one_line(value)) and value.tag != "dt":
                yield from _inside(name, text_of(value))
                label.clear()
                value.clear()


def _inside(name: str, text: str) -> Iterator[tuple[str, str]]:
    """An answer's cell often begins with its own office and time; nothing else is taken out of a cell."""
    lines = text.split("\n")
    while name == "answer" and lines and _labelled(lines[0])[0] in ("answered", "office"):
        yield from (_labelled(part) for part in _split(lines.pop(0)))
    yield name, "\n".join(lines)


def _sections(tree: Element) -> Iterator[tuple[str, str]]:
    """Labelled values in page order; a line after a one-line field belongs to the long text before it."""
    long, name, lines = "ended", "ended", list[str]()
    collected: list[tuple[str, list[str]]] = [("ended", lines)]
    for line in _lines(tree):
        label, value = _labelled(line)
        if not label and (byline := _byline(line)):
            office = office_name(byline["office"])
            collected += [("office", [office]), ("answered", [byline["date"] or byline["later"] or ""])]
            label, value = "answer", ""
        if label:
            name, lines = label, [value] if value else []
            long = label if label in _LONG else long
            collected.append((label, lines))
            continue
        if name not in _LONG and lines:  # the field has its one line: back to the text it stands in
            name, lines = long, next(kept for kind, kept in reversed(collected) if kind == long)
        lines.append(line)
    yield from ((label, "\n".join(kept)) for label, kept in collected if label not in ("dropped", "ended"))


def _lines(tree: Element) -> Iterator[str]:
    """The lines of the part that holds all labels, several one-line fields of one line taken apart."""
    unread = frozenset(
        element
        for element in tree.iter("nav", "header", "footer", "a")
        if element.tag != "a" or _known(one_line(element))
    )
    labelled = [
        element
        for element in tree.iter()
        if isinstance(element.tag, str) and (_opens(element) or _opens_in_parts(element))
    ]
    labelled = [element.getparent() if element.tag in _INLINE else element for element in labelled]
    region = _common([element for element in labelled if not unread.intersection([element, *element.iterancestors()])])
    for _ in range(_CLIMB):  # a lone heading stands beside what it heads
        if region is None or not _only_headed(text_of(region, without=unread)):
            break
        region = region.getparent()
    for line in text_of(region, without=unread).split("\n"):
        yield from _split(line) if _labelled(line)[0] else [line]


def _opens_in_parts(element: Element) -> bool:
    """Whether a byline is put together from inline parts: <b>云溪市城管局</b><span>2026-11-20 回复</span>."""
    parts = list(element)
    if not 2 <= len(parts) <= _PARTS or any(part.tag not in (*_INLINE, "img") or len(part) for part in parts):
        return False
    line = one_line(element)
    return len(line) <= 2 * _SHORT and bool(_byline(line))


def _only_headed(text: str) -> bool:
    """Whether a text ends in the heading of a question or of an answer."""
    last = text.rpartition("\n")[2]
    return _labelled(last) in (("question", ""), ("answer", "")) or bool(_byline(last))


def _byline(line: str) -> re.Match[str] | None:
    """The match of a line that names an office which answers; without a colon it must give the date, too."""
    match = _BYLINE.match(line)
    told = match and (match["colon"] or match["date"]) and office_name(match["office"])
    return match if told else None


def field_opened(element: Element) -> str:
    """The field whose label stands in this very element, "" for none; links and menus open none."""
    if element.tag in _MENUS or not isinstance(element.tag, str):
        return ""
    return next((name for text in _own_texts(element) if (name := _labelled(text)[0])), "")


def _own_texts(element: Element) -> list[str]:
    return [text.strip() for text in (element.text, *(child.tail for child in element)) if text]


def _opens(element: Element) -> bool:
    texts = _own_texts(element)
    return any(_labelled(text)[0] not in ("", "ended", "dropped") or _byline(text) for text in texts)


def _common(elements: list[Element]) -> Element | None:
    """The smallest element around all of `elements`, with what follows a lone heading."""
    if not elements:
        return None
    shared = [elements[0], *elements[0].iterancestors()]
    for element in elements[1:]:
        around = {element, *element.iterancestors()}
        shared = [ancestor for ancestor in shared if ancestor in around]
    return shared[0]


def _split(line: str) -> list[str]:
    """ "答复单位：城管局答复时间：2026-11-20" as two lines."""
    starts = [match.start() for match in _inner().finditer(line)]
    cuts = [0, *(start for start in starts if start), len(line)]
    return [line[start:end].strip() for start, end in pairwise(cuts)]


def _labelled(line: str) -> tuple[str, str]:
    """(field, value on the same line) of a line that opens a field, else ("", "")."""
    match = _LABEL.match(line)
    name = _known(match["bracketed"] or match["plain"]) if match else ""
    if match and name:
        return name, (match["after"] or match["value"] or "").strip()
    return "", ""


def _known(label: str) -> str:
    return _labels().get(_GAPS.sub("", label.rstrip(":： ")), "")


@cache
def _table() -> dict[str, list[str]]:
    table = tomllib.loads((files("crawlers") / "data" / "mailbox.toml").read_text("utf-8"))
    return {name: list(labels) for name, labels in table.items()}


@cache
def _labels() -> dict[str, str]:
    return {label: name for name, labels in _table().items() if name != "pending" for label in labels}


@cache
def _inner() -> re.Pattern[str]:
    names = sorted((label for label, name in _labels().items() if name not in _LONG), key=len, reverse=True)
    return re.compile(f"(?:{'|'.join(map(re.escape, names))})\\s*[:：]")


def _line(values: Iterable[str]) -> str:
    return next(iter(values), "").split("\n")[0]


def _answer(fields: dict[str, list[str]]) -> str:
    """The answers in one text; what stands at their heads or feet about office and time goes to those fields."""
    pending = frozenset(_table()["pending"])
    texts = [text for value in fields["answer"] if (text := tidy(value)).strip("。.！! ") not in pending]
    answers = []
    for text in texts:
        lines = text.split("\n")
        replies = _replies(lines)
        for head, said in sorted(replies, key=lambda reply: passed_on(reply[1])):  # an answer before a mere transfer
            _note(fields, head, only=not said)
        if tail := _TAIL.search(lines[-1]):
            _note(fields, [tail[0].strip("（）()")], only=False)
        while len(lines) > 1 and _head(lines[0]):
            lines.pop(0)
        answers.append("\n".join(lines))
    return "\n".join(answers)


def passed_on(text: str) -> bool:
    """Whether a reply only says that the matter was handed to another office."""
    return len(text) <= _TRANSFER and bool(_PASSED_ON.search(text))


def _replies(lines: list[str]) -> list[tuple[list[str], str]]:
    """Lines that name an office or a time, each with what follows them: several answers in one text, or a foot."""
    found: list[tuple[list[str], list[str]]] = []
    for line in lines:
        if _head(line):
            if not found or found[-1][1]:
                found.append(([], []))
            found[-1][0].append(line)
        elif found:
            found[-1][1].append(line)
    return [(head, "\n".join(said)) for head, said in found]


def _head(line: str) -> bool:
    return bool(_HEADLINE.match(line)) or (len(line) <= _SHORT and office_name(line) == line)


def _note(fields: dict[str, list[str]], head: list[str], *, only: bool) -> None:
    """Take office and time from lines at the head of an answer; `only` those that give a time at its foot."""
    matches = [_HEADLINE.match(line) for line in head]
    if only and not any(matches):
        return
    for line, match in zip(head, matches, strict=True):
        if match:
            fields["answered"].append(match["date"])
        if office := office_name(match["office"] or "" if match else line):
            fields["office"].append(office)


def _explain(tree: Element) -> NoReturn:
    words = text_of(tree)[:3000]
    if _GONE.search(words):
        raise PageGone("信件已删除或不存在")
    if _CLOSED.search(words):
        raise LoginRequired("信件不公开，未采集")
    raise PageError("没有认出来信内容，请在该来源的 rule 中写明 body 等选择器")
