"""Public mailboxes: list pages lead to letters with their answers; message boards show them right there."""

from crawlers.pages.board import read_board, read_letters
from crawlers.pages.links import canonical
from crawlers.pages.listing import read_pager
from crawlers.spiders.site import follow, listed, start
from crawlers.spiders.task import Page, Task, Visit, Walk

__all__ = ["start", "walk"]


def walk(visit: Visit, task: Task, page: Page) -> Walk:
    """From a list page its letters and the next list page; from a letter, or a board of them, their matters."""
    rule = visit.source.rule
    if task.step != "list":
        yield from read_letters(page.text, url=task.url, now=visit.now, rule=rule)
    elif letters := read_board(page.text, url=page.url, now=visit.now, rule=rule):
        yield from letters
        yield from follow(visit, task, read_pager(page.text, url=page.url, rule=rule), canonical)
    else:
        yield from follow(visit, task, listed(visit, page), canonical)
