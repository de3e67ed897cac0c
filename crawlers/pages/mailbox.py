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

from crawlers.pages.article import tidy
from crawlers.pages.dates import parse_date
from crawlers.pages.dom import Element, count_in, one_line, parse, text_of
from crawlers.pages.found import Found, LoginRequired, PageError, PageGone
from crawlers.pages.links import canonical
from crawlers.pages.rule import Rule, select, select_first
from crawlers.pages.titles import page_title

_LONG = frozenset({"question", "answer", "ended"})  # fields of many lines; the others hold one
_GAPS = re.compile(r"[\s\u3000【】\[\]]+")
_LABEL = re.compile(r"^\s*([【\[]?[\u4e00-\u9fffA-Z\s\u3000]{1,14}[】\]]?)\s*(?:[:：]\s*(.*))?$", re.DOTALL)
# "云溪市城管局 2026-11-20 答复：" stands above an answer without any label.
_BYLINE = re.compile(
    r"^(?P<office>[\u4e00-\u9fff（）()]{3,30}?)\s*(?:于|在)?\s*(?P<date>20\d\d[-/.年].{3,18}?)\s*(?:答复|回复|反馈)(?:如下)?\s*[:：]?$"
)
_CLOSED = re.compile(r"(?:不公开|未公开|保密)")
_GONE = re.compile(r"(?:信件|留言|来信|内容|页面)[^。\n]{0,6}(?:不存在|已被?删除|找不到)")


def read_letter(text: str, *, url: str, now: datetime, rule: Rule | None = None) -> Found:
    """The letter on a mailbox page. Raises `PageError` where no question can be told from the page."""
    tree = parse(text)
    title = page_title(tree)
    fields = _fields(tree, rule)
    question = tidy("\n".join(fields["question"]))
    if not question:
        _explain(tree)
    answer = _answer(fields["answer"])
    title = _line(fields["title"]) or title
    return Found(
        url=url,
        title=title,
        text=question.removeprefix(f"{title}\n"),
        locator=canonical(url),
        posted_at=parse_date(_line(fields["asked"]), now=now),
        answer=answer,
        answered_at=parse_date(_line(fields["answered"]), now=now) if answer else None,
        answered_by=_line(fields["office"]) if answer else "",
        views=count_in(_line(fields["views"])),
    )


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
    region = _common([element for element in labelled if not unread.intersection([element, *element.iterancestors()])])
    for line in text_of(region, without=unread).split("\n"):
        yield from _split(line) if _labelled(line)[0] else [line]


def _opens(element: Element) -> bool:
    texts = [element.text, *(child.tail for child in element)]
    return any(text and _labelled(text.strip())[0] not in ("", "ended", "dropped") for text in texts)


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
    name = _known(match[1]) if match else ""
    if match and name:
        return name, match[2] or ""
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


def _answer(values: list[str]) -> str:
    pending = frozenset(_table()["pending"])
    return "\n".join(text for value in values if (text := tidy(value)).strip("。.！! ") not in pending)


def _explain(tree: Element) -> None:
    words = text_of(tree)[:3000]
    if _GONE.search(words):
        raise PageGone("信件已删除或不存在")
    if _CLOSED.search(words):
        raise LoginRequired("信件不公开，未采集")
    raise PageError("没有认出来信内容，请在该来源的 rule 中写明 body 等选择器")
