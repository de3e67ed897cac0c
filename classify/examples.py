"""Labelled texts to learn from: the project's own corpus, annotated data, an analyst's corrections."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from crawlers.mask import mask


@dataclass(frozen=True, slots=True)
class Example:
    """One text with its primary label; `secondary` labels are acceptable too. The text is masked on construction."""

    id: str
    text: str
    label: str
    secondary: tuple[str, ...] = ()
    origin: str = ""  # "corpus", "labels", "corrections"
    kind: str = ""  # board, forum, headline, notice, news; "" where unknown

    def __post_init__(self) -> None:
        """No name may become a feature (safeguard S3), so an unmasked example cannot exist."""
        object.__setattr__(self, "text", mask(self.text))


def read_examples(path: Path, *, origin: str) -> list[Example]:
    """The examples of one JSONL file ({"id", "text", "label", "secondary"?, "kind"?}); ValueError names a bad line."""
    examples = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            secondary = tuple(row.get("secondary") or ())
            examples.append(Example(row["id"], row["text"], row["label"], secondary, origin, row.get("kind", "")))
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(f"{path.name} 第 {number} 行：{error}") from error
    return examples


def corpus() -> list[Example]:
    """The texts that were written for this project and ship with it, in the order of their file names."""
    folder = Path(str(files("classify").joinpath("data/corpus")))
    return [example for path in sorted(folder.glob("*.jsonl")) for example in read_examples(path, origin="corpus")]


def digest(examples: Iterable[Example]) -> str:
    """A fingerprint of texts and labels, to tell whether a figure was measured on the same data."""
    sha = hashlib.sha256()
    for example in examples:
        sha.update(f"{example.id}\t{example.label}\t{'|'.join(example.secondary)}\t{example.text}\n".encode())
    return sha.hexdigest()[:16]
