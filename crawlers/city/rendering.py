"""Pages from templates: text becomes bytes in the encoding that a column really uses."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from hashlib import blake2b
from importlib.resources import files
from urllib.parse import parse_qsl, urlencode, urlsplit

from jinja2 import Environment, FunctionLoader

from crawlers.city.items import Item

_CAME_FROM = re.compile(r"^(/thread-\d+-\d+)-\d+\.html")


@dataclass(frozen=True, slots=True)
class Page:
    """What one address answers. `modified` (aware) is its Last-Modified."""

    body: bytes
    content_type: str
    modified: datetime
    status: int = 200

    @property
    def etag(self) -> str:
        """A strong validator: it changes with the bytes."""
        return f'"{blake2b(self.body, digest_size=8).hexdigest()}"'


def render(template: str, charset: str = "utf-8", **values: object) -> bytes:
    """The template filled with escaped `values`, as bytes.

    Characters that `charset` lacks become numeric references, which is what forums on GBK do with emoji.
    """
    return _templates().get_template(template).render(values).encode(charset, "xmlcharrefreplace")


def page_of(entries: Sequence[Item], number: int, size: int) -> Sequence[Item]:
    """The entries of page `number` (from 1)."""
    return entries[(number - 1) * size : number * size]


def page_count(entries: Sequence[object], size: int) -> int:
    """How many pages `entries` fill; one, if there are none."""
    return max(1, -(-len(entries) // size))


def address(path: str) -> str:
    """One spelling for each page: parameters sorted, those dropped that change nothing (`extra`, page 1).

    The last number of a thread's address is the list page a reader came from.
    """
    parts = urlsplit(_CAME_FROM.sub(r"\1-1.html", path))
    pairs = sorted(pair for pair in parse_qsl(parts.query) if pair[0] != "extra" and pair != ("page", "1"))
    return f"{parts.path}?{urlencode(pairs)}" if pairs else parts.path


@cache
def _templates() -> Environment:
    folder = files("crawlers.city") / "data" / "templates"
    loader = FunctionLoader(lambda name: (folder / name).read_text("utf-8"))
    environment = Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True)
    environment.filters["minute"] = lambda moment: f"{moment:%Y-%m-%d %H:%M}"
    environment.filters["day"] = lambda moment: f"{moment:%Y-%m-%d}"
    return environment
