"""Build the model that comes with the program: `python -m classify.ship DIRECTORY-OF-LABELS`.

It is learnt from the project's corpus and from annotated data that is not part of the project; only figures and
dictionary words get into the file. The same inputs give the same bytes.
"""

import argparse
from pathlib import Path

from classify.annotated import annotated, settled
from classify.examples import Example, corpus, read_examples
from classify.labels import load_taxonomy
from classify.model import shipped
from classify.train import save, train


def material(labels: Path) -> list[Example]:
    """Everything the shipped model learns from.

    `labels` holds `train.jsonl`; `dev.jsonl` beside it is never read. `board` and `pages`, whose texts were annotated
    for this project, lie beside `labels`.
    """
    given = settled(read_examples(labels / "train.jsonl", origin="labels"))
    return corpus() + given + annotated(labels.parent)


def ship(labels: Path, path: Path) -> str:
    """Train and write the model file at `path`; returns its version."""
    return save(train(material(labels), load_taxonomy()), path)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="重新训练随程序附带的模型")
    parser.add_argument("labels", type=Path, help="存有 train.jsonl 的目录；board、pages 在它旁边")
    parser.add_argument("--to", type=Path, default=shipped(), help="写到哪里（默认覆盖随附的模型）")
    options = parser.parse_args()
    ship(options.labels, options.to)
