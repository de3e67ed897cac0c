"""Annotations made for this project on texts that do not travel with it: only where each text is, and its labels.

`data/annotations.jsonl` holds one judgement a line: {"ref", "label", "secondary"}. A ref says where the text is found
in the folder of development data: `board/附件3/188006` (a message by its number), `headline/3f2a…` (the words of a link
in a page, by the beginning of their SHA-256), `labels/0051ece571` (an example of `labels/train.jsonl` that a second
reader judged otherwise; the label is the one that a third settled on). Each was read by a large language model with
the codebook in hand, once; none of the texts of `labels/dev.jsonl` is among them.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path

from classify.examples import Example

ORIGIN = "annotations"
_KINDS = {"board": "board", "headline": "headline"}


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one text was judged to be."""

    ref: str
    label: str
    secondary: tuple[str, ...]


def judgements() -> list[Judgement]:
    """All annotations, in the order of the file."""
    text = files("classify").joinpath("data/annotations.jsonl").read_text(encoding="utf-8")
    rows = map(json.loads, text.splitlines())
    return [Judgement(row["ref"], row["label"], tuple(row["secondary"])) for row in rows]


def annotated(data: Path) -> list[Example]:
    """The annotated texts that are found in `data` (`board/`, `pages/`), in the order of the annotations.

    Raises FileNotFoundError with the missing refs: a model must not be learnt from a part by mistake.
    """
    wanted = {one.ref: one for one in judgements() if not one.ref.startswith("labels/")}
    texts = {ref: text for ref, text in (*_messages(data / "board"), *_headlines(data / "pages")) if ref in wanted}
    missing = [ref for ref in wanted if ref not in texts]
    if missing:
        raise FileNotFoundError(f"{data} 里找不到 {len(missing)} 条标注过的文字，如 {missing[0]}")
    return [
        Example(ref, texts[ref], one.label, one.secondary, ORIGIN, _KINDS[ref.partition("/")[0]])
        for ref, one in wanted.items()
    ]


def settled(examples: list[Example]) -> list[Example]:
    """The examples of `labels/`, those that two readers judged differently with the label a third settled on."""
    other = {one.ref: one for one in judgements() if one.ref.startswith("labels/")}
    return [
        replace(example, label=one.label, secondary=one.secondary)
        if (one := other.get(f"labels/{example.id}"))
        else example
        for example in examples
    ]


def headline_ref(text: str) -> str:
    """The ref of a headline: the beginning of the SHA-256 of its words, spaces squeezed."""
    return "headline/" + hashlib.sha256(" ".join(text.split()).encode()).hexdigest()[:16]


def _messages(folder: Path) -> Iterator[tuple[str, str]]:
    from crawlers.tables import read_tables

    for path in sorted(folder.glob("*.xlsx")):
        for table in read_tables(path)[0]:
            (_, head), *rows = table.rows
            number, title, body = (head.index(name) for name in ("留言编号", "留言主题", "留言详情"))
            for _, cells in rows:
                place = str(cells[number]).partition(".")[0]
                yield f"board/{path.stem}/{place}", " ".join(f"{cells[title]} {cells[body]}".split())


def _headlines(folder: Path) -> Iterator[tuple[str, str]]:
    from lxml import html

    for path in sorted(folder.rglob("*.html")):
        page = html.fromstring(path.read_bytes(), parser=html.HTMLParser(encoding="utf-8"))
        for link in page.iter("a"):
            words = " ".join((link.get("title") or link.text_content()).split())
            yield headline_ref(words), words
