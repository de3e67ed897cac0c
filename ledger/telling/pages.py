"""Pages from the templates in `data/templates`: Jinja with autoescape, no scripts, nothing from elsewhere."""

from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jinja2 import Environment

_TEMPLATES = files("ledger.telling") / "data" / "templates"


def render(name: str, **values: object) -> str:
    """The template `name` filled with `values`; an undefined name is an error, not a blank."""
    return _environment().get_template(name).render(**values)


def style() -> str:
    """The one style sheet, written into every page so that a page can be kept by itself."""
    return (_TEMPLATES / "style.css").read_text("utf-8")


@lru_cache(maxsize=1)
def _environment() -> "Environment":
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    made = Environment(
        loader=FunctionLoader(lambda name: (_TEMPLATES / name).read_text("utf-8")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["style"] = style()
    return made
