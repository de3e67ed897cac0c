"""Public mailboxes: list pages lead to letters with their answers."""

from crawlers.pages.links import canonical
from crawlers.pages.mailbox import read_letter
from crawlers.spiders.site import follow, listed, start
from crawlers.spiders.task import Page, Task, Visit, Walk

__all__ = ["start", "walk"]


def walk(visit: Visit, task: Task, page: Page) -> Walk:
    """From a list page its letters and the next list page; from a letter its matter."""
    if task.step == "list":
        listing = listed(visit, page)
        yield from follow(visit, task, listing, canonical)
    else:
        yield read_letter(page.text, url=task.url, now=visit.now, rule=visit.source.rule)
