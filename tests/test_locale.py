"""click's own messages are Chinese too, and the compiled catalogue matches its source."""

import io
from pathlib import Path

from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po

CATALOGUE = Path(__file__).parents[1] / "crawlers" / "data" / "locale" / "zh_CN" / "LC_MESSAGES" / "messages.po"


def test_the_compiled_catalogue_is_that_of_the_source() -> None:
    with CATALOGUE.open("rb") as source:
        buffer = io.BytesIO()
        write_mo(buffer, read_po(source, locale="zh_CN"))
    compiled = read_mo(io.BytesIO(CATALOGUE.with_suffix(".mo").read_bytes()))
    fresh = read_mo(io.BytesIO(buffer.getvalue()))
    assert [(m.id, m.string) for m in compiled if m.id] == [(m.id, m.string) for m in fresh if m.id]
