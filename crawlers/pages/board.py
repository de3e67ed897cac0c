"""Several letters with their answers on one page: message boards, questions put live to an office, consultations.

A page is a board where at least two of its parts each hold a question of their own and a date of their own, and one is
answered; so is JSON of objects with a title, words and a time. Anything else (an interpretation in questions and
answers, a letter asked twice) is one matter.
"""

import re
from collections import Counter
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from datetime import datetime
from hashlib import blake2b

from lxml import html

from crawlers.pages.dialogue import read_dialogue
from crawlers.pages.dom import Element
from crawlers.pages.embedded import Letter, embedded_letters
from crawlers.pages.found import Found, LoginRequired, PageError, PageGone
from crawlers.pages.links import site_of
from crawlers.pages.mailbox import field_opened, letter_in, page_tree, read_letter
from crawlers.pages.rule import Rule

_TITLE = 30  # characters of a question that stand for its title
_ENDS = re.compile(r"[。！？!?；;\n]")
_CUT = re.compile(r"(?:…|\.{3,})\s*$")
_MOST = 200  # letters a page


def read_letters(text: str, *, url: str, now: datetime, rule: Rule | None = None) -> list[Found]:
    """The letters of a page: those of a board, else the one it shows. Raises `PageError` where there is none."""
    if letters := read_board(text, url=url, now=now, rule=rule):
        return letters
    try:
        return [read_letter(text, url=url, now=now, rule=rule)]
    except PageError as error:
        told = None if isinstance(error, PageGone | LoginRequired) else read_dialogue(text, url=url, now=now)
        if told is None:
            raise
        return [told]


def read_board(text: str, *, url: str, now: datetime, rule: Rule | None = None) -> list[Found]:
    """The letters of a board in page order; none where the page is no board, or shows only how its letters begin."""
    if text.lstrip()[:1] in ("{", "["):
        return [_from_json(letter, url) for letter in embedded_letters(text, now=now)[:_MOST]]
    if rule and (rule.body or rule.answer):
        return []
    try:
        parts = list(_parts(page_tree(text)))
    except PageError:
        return []
    found = [letter for part in parts[:_MOST] if (letter := letter_in(part, "", url=url, now=now))]
    dated = sum(bool(letter.posted_at or letter.answered_at) for letter in found)
    cut = sum(bool(_CUT.search(letter.text)) for letter in found)
    if len(found) < 2 or dated < 2 or 2 * cut > len(found) or not any(letter.answer for letter in found):
        return []
    return [_named(letter) for letter in found]


def _from_json(letter: Letter, url: str) -> Found:
    made = Found(
        url=url, title=letter.title, text=letter.text, locator="", posted_at=letter.posted_at, answer=letter.answer,
        answered_at=letter.answered_at if letter.answer else None, answered_by=letter.answered_by,
    )  # fmt: skip
    return replace(made, locator=f"{site_of(url)}#{letter.number}") if letter.number else _named(made)


def _named(letter: Found) -> Found:
    """A letter of a board: it has no page of its own, so its own words name it wherever the board moves it."""
    words = "".join(letter.text.split())
    digest = blake2b(words.encode("utf-8", "replace"), digest_size=12).hexdigest()
    title = letter.title or _ENDS.split(letter.text, maxsplit=1)[0][:_TITLE]
    return replace(letter, title=title, locator=f"{site_of(letter.url)}#{digest}")


def _parts(tree: Element) -> Iterator[Element]:
    """The parts of a page that hold one question each, as trees of their own."""
    asked = [element for element in tree.iter() if field_opened(element) == "question"]
    holds = Counter(around for element in asked for around in (element, *element.iterancestors()))
    blocks = list(dict.fromkeys(_block(element, holds) for element in asked))
    rows = Counter(block.getparent() for block in blocks)
    around = max(rows, key=lambda element: rows[element], default=None)
    if around is None or rows[around] < 2:
        return
    blocks = [block for block in blocks if block.getparent() is around]
    if any(field_opened(inner) == "answer" for block in blocks for inner in block.iter()):
        yield from (_tree([block]) for block in blocks)
        return
    children = list(around.iterchildren())  # questions and answers take turns as neighbours
    starts = [_first(children, children.index(block)) for block in blocks]
    for start, end in zip(starts, [*starts[1:], len(children)], strict=True):
        yield _tree(children[start:end])


def _block(element: Element, holds: Counter[Element]) -> Element:
    """The largest element around a question that holds no other."""
    while (above := element.getparent()) is not None and holds[above] == 1 and above.getparent() is not None:
        element = above
    return element


def _tree(children: list[Element]) -> Element:
    part = html.Element("div")
    part.extend(deepcopy(child) for child in children)
    part[-1].tail = None
    return part


def _first(children: list[Element], place: int) -> int:
    """Where the part begins whose question stands in `children[place]`: with the title right above it."""
    while place and _opens_title(children[place - 1]):
        place -= 1
    return place


def _opens_title(element: Element) -> bool:
    names = {field_opened(part) for part in element.iter()} - {""}
    return bool(names) and names <= {"title", "dropped"}
