"""Letters on pages without any label, where a line names who speaks and the words stand below."""

import re
from datetime import datetime
from itertools import pairwise, takewhile

from crawlers.organisations import office_name
from crawlers.pages.article import tidy
from crawlers.pages.dates import only_date
from crawlers.pages.dom import text_of
from crawlers.pages.found import Found
from crawlers.pages.links import canonical
from crawlers.pages.mailbox import STOP, date_beside, heading_of, page_tree, sentences_before

_ASKER = re.compile(
    r"^(?:网友|市民|群众|网民|居民)\s*[“\"「【]?[^，。；]{0,20}?[”\"」】]?\s*(?:留言|提问|来信|咨询|问)?[:：]$"
)


def read_dialogue(text: str, *, url: str, now: datetime) -> Found | None:
    """A question and its answer as two speakers: 网友, a time, words; an office, a time, words. None for other pages.

    Elsewhere than in a mailbox that may be an article and who published it.
    """
    tree = page_tree(text)
    heading = heading_of(tree)
    lines = text_of(tree, without=frozenset(tree.iter("nav", "header", "footer"))).split("\n")
    if spoken := _spoken(lines):
        question, by, said = spoken
        return Found(
            url=url, title=heading, text=question, locator=canonical(url), answer=said,
            posted_at=date_beside(tree, question, now), answered_by=by if said else "",
        )  # fmt: skip
    for place, (office, line) in enumerate(pairwise(lines)):
        moment = only_date(line, now=now, year=True) if ":" in line else None
        question = sentences_before(lines[:place], heading) if moment and office_name(office) == office else ""
        if not question:
            continue
        answer = list(takewhile(STOP.search, lines[place + 2 :]))
        beside = date_beside(tree, question, now)
        return Found(
            url=url, title=heading, text=question, locator=canonical(url), posted_at=beside, answer="\n".join(answer),
            answered_at=moment if answer else None, answered_by=office if answer else "",
        )  # fmt: skip
    return None


def _spoken(lines: list[str]) -> tuple[str, str, str] | None:
    """(question, office, answer) where lines name the speakers: 网友“…”： and 某某局：."""
    asked = next((place for place, line in enumerate(lines) if _ASKER.match(line)), len(lines))
    for place in range(asked + 1, len(lines)):
        office = lines[place].rstrip(":： ")
        if office != lines[place] and office_name(office) == office:
            question, answer = lines[asked + 1 : place], takewhile(STOP.search, lines[place + 1 :])
            return (tidy("\n".join(question)), office, tidy("\n".join(answer))) if question else None
    return None
