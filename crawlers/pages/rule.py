"""CSS selectors that an office may give for a source whose pages no engine recognises."""

from dataclasses import dataclass, fields
from functools import cache

from cssselect import HTMLTranslator, SelectorError
from lxml import etree

from crawlers.pages.dom import Element


@dataclass(frozen=True, slots=True)
class Rule:
    """Where things stand on the pages of one source; an empty selector means: find it yourself."""

    item: str = ""  # on a list page: the links (or the blocks that hold one link each) to the matters
    next: str = ""  # on a list page: the link to the next page
    title: str = ""
    body: str = ""
    date: str = ""
    answer: str = ""  # from here on: mailboxes only
    asked: str = ""
    answered: str = ""
    office: str = ""

    def problems(self) -> list[tuple[str, str]]:
        """Fields whose selector is not CSS, each with the selector."""
        given = [(field.name, getattr(self, field.name)) for field in fields(self)]
        return [(name, css) for name, css in given if css and not _valid(css)]


def select(tree: Element, css: str) -> list[Element]:
    """The elements a selector finds, in document order; none for an empty selector."""
    return list(_compiled(css)(tree)) if css else []


def select_first(tree: Element, css: str) -> Element | None:
    """The first element a selector finds."""
    return next(iter(select(tree, css)), None)


def _valid(css: str) -> bool:
    try:
        _compiled(css)
    except (SelectorError, etree.XPathError):
        return False
    return True


@cache
def _compiled(css: str) -> etree.XPath:
    return etree.XPath(HTMLTranslator().css_to_xpath(css))
