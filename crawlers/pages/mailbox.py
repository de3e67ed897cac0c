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
from itertools import pairwise

from crawlers.organisations import office_name, signing_office
from crawlers.pages.article import tidy
from crawlers.pages.dates import parse_date
from crawlers.pages.dom import Element, count_in, one_line, parse, text_of
from crawlers.pages.found import Found, LoginRequired, PageError, PageGone
from crawlers.pages.links import canonical
from crawlers.pages.rule import Rule, select, select_first
from crawlers.pages.titles import is_heading, page_title

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
    rf"^{_OFFICE}\s*(?:于|在)?\s*{_DATE}?\s*(?:答复|回复|反馈)(?:如下|内容)?\s*[:：]\s*(?P<later>20\d\d.{{3,18}})?$"
)
# What templates show between the heading of an answer and its words: the office, the time, or both.
_HEADLINE = re.compile(rf"^(?:{_OFFICE}\s+)?(?:于|在)?\s*{_DATE}\s*(?:答复|回复|反馈)?[:：]?$")
_INLINE = ("label", "span", "b", "strong", "i", "em", "font")
_ASK = re.compile(r"(?:^|[-_\s])(?:q|ask\w*|question|wen|tiwen|liuyan|ly)(?:$|[-_\s])", re.IGNORECASE)
_COLUMN = 8  # characters; a shorter title may only name the mailbox
_STOP = re.compile(r"[，。！？；,!?;]")  # a line of a card without any is a name, a date, a status
_SHORT = 40  # characters of a line that shows who asked and when
_CLOSED = re.compile(r"(?:不公开|未公开|保密)")
_GONE = re.compile(r"(?:信件|留言|来信|内容|页面)[^。\n]{0,6}(?:不存在|已被?删除|找不到)")


def read_letter(text: str, *, url: str, now: datetime, rule: Rule | None = None) -> Found:
    """The letter on a mailbox page. Raises `PageError` where no question can be told from the page."""
    tree = parse(text)
    title = _heading(tree)
    _part_labels(tree)
    fields = _fields(tree, rule)
    question = tidy("\n".join(fields["question"])) or _asked(tree)
    if not question:
        _explain(tree)
    answer = _answer(fields)
    title = _line(fields["title"]) or title
    return Found(
        url=url,
        title=title,
        text=question.removeprefix(f"{title}\n"),
        locator=canonical(url),
        posted_at=parse_date(_line(fields["asked"]), now=now) or _date_beside(tree, question, now),
        answer=answer,
        answered_at=parse_date(_line(fields["answered"]), now=now) if answer else None,
        answered_by=(_line(fields["office"]) or signing_office(answer)) if answer else "",
        views=count_in(_line(fields["views"])),
    )


def _heading(tree: Element) -> str:
    """The page's title; where that only names the mailbox, the first heading that is no label."""
    title = page_title(tree)
    if len(title) > _COLUMN:
        return title
    lines = (one_line(element) for element in tree.iter() if is_heading(element))
    return next((line for line in lines if 4 <= len(line) <= 120 and line != title and not _labelled(line)[0]), title)


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
            lines = [line for line in text_of(element).split("\n") if _STOP.search(line)]
            if question := tidy("\n".join(lines)):
                return question
    return ""


def _date_beside(tree: Element, question: str, now: datetime) -> datetime | None:
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
        if not label and (byline := _BYLINE.match(line)) and (office := office_name(byline["office"])):
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
    labelled = [element for element in tree.iter() if isinstance(element.tag, str) and _opens(element)]
    labelled = [element.getparent() if element.tag in _INLINE else element for element in labelled]
    region = _common([element for element in labelled if not unread.intersection([element, *element.iterancestors()])])
    for line in text_of(region, without=unread).split("\n"):
        yield from _split(line) if _labelled(line)[0] else [line]


def _opens(element: Element) -> bool:
    texts = [text.strip() for text in (element.text, *(child.tail for child in element)) if text]
    return any(_labelled(text)[0] not in ("", "ended", "dropped") or _BYLINE.match(text) for text in texts)


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
    """The answers in one text; what stands at their head or foot about office and time goes to those fields."""
    pending = frozenset(_table()["pending"])
    texts = [text for value in fields["answer"] if (text := tidy(value)).strip("。.！! ") not in pending]
    answers = []
    for text in texts:
        head, _, rest = text.partition("\n")
        if rest and (match := _HEADLINE.match(head)):
            _note(fields, match)
            text = rest
        foot = text.rpartition("\n")[2]
        if match := _HEADLINE.match(foot):
            _note(fields, match)
        answers.append(text)
    return "\n".join(answers)


def _note(fields: dict[str, list[str]], match: re.Match[str]) -> None:
    fields["answered"].append(match["date"])
    if match["office"] and (office := office_name(match["office"])):
        fields["office"].append(office)


def _explain(tree: Element) -> None:
    words = text_of(tree)[:3000]
    if _GONE.search(words):
        raise PageGone("信件已删除或不存在")
    if _CLOSED.search(words):
        raise LoginRequired("信件不公开，未采集")
    raise PageError("没有认出来信内容，请在该来源的 rule 中写明 body 等选择器")
