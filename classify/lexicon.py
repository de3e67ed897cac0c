"""The cue words of the codebook, grouped by meaning: a group is one feature, whatever word of it stands in a text."""

import tomllib
from dataclasses import dataclass
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Lexicon:
    """`cues[i]` belongs to concept `owner[i]`; concepts come first among the features, then pairs of concepts."""

    version: str
    concepts: tuple[str, ...]
    pairs: tuple[tuple[str, int, int], ...]
    cues: tuple[str, ...]
    owner: tuple[int, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """One name a feature: the concepts, then the pairs."""
        return self.concepts + tuple(name for name, _, _ in self.pairs)


def load_lexicon() -> Lexicon:
    """The shipped lexicon (`classify/data/lexicon.toml`)."""
    table = tomllib.loads(files("classify").joinpath("data/lexicon.toml").read_text(encoding="utf-8"))
    concepts = tuple(table["concept"])
    place = {name: index for index, name in enumerate(concepts)}
    pairs = tuple((name, place[a], place[b]) for name, (a, b) in table["pair"].items())
    found = [
        (cue, place[name]) for name, cues in table["concept"].items() for cue in dict.fromkeys(cues) if len(cue) > 1
    ]
    return Lexicon(table["version"], concepts, pairs, tuple(c for c, _ in found), tuple(o for _, o in found))
