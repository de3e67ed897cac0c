"""A sitting of an analyst who labels one post after another: what a keystroke means, and what can be taken back.

Pure: the sitting says what is to be done, `ledger.label` does it. Labels are keys 1 to 7 in the order of decision of
the codebook, 0 is `none`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from classify.labels import NONE
from classify.queue import Question

AGREE, SKIP, NOTE, UNDO, TRAIN, HELP, QUIT = "\r", "s", "n", "u", "t", "?", "q"
_SAME = {"\n": AGREE, " ": AGREE, "\x03": QUIT, "\x04": QUIT, "\x1b": QUIT, "？": HELP}


@dataclass(frozen=True, slots=True)
class Given:
    """A judgement that was given: at which place of the queue, on which post, what."""

    place: int
    post_id: str
    label: str


@dataclass(frozen=True, slots=True)
class Step:
    """What a keystroke asks to be done; `unknown` if it means nothing here."""

    kind: str  # judge, undo, note, train, help, quit, skip, nothing, unknown
    post_id: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True)
class Sitting:
    """Where the analyst is. `note` goes with the next judgement."""

    asked: tuple[Question, ...]
    codes: tuple[str, ...]
    place: int = 0
    note: str = ""
    given: tuple[Given, ...] = field(default=())

    @property
    def question(self) -> Question | None:
        """The post in front of the analyst; None when the queue is done."""
        return self.asked[self.place] if self.place < len(self.asked) else None

    @property
    def changed(self) -> int:
        """How many judgements differ from the label that was in force."""
        return sum(one.label != self.asked[one.place].label for one in self.given)

    def read(self, key: str) -> Step:
        """What `key` asks for now."""
        key, question = _SAME.get(key, key.lower()), self.question
        if key == UNDO:
            return Step("undo", self.given[-1].post_id) if self.given else Step("nothing")
        if key in (TRAIN, HELP, QUIT):
            return Step({TRAIN: "train", HELP: "help", QUIT: "quit"}[key])
        if question is None:
            return Step("unknown")
        if key in (SKIP, NOTE):
            return Step({SKIP: "skip", NOTE: "note"}[key])
        label = question.proposed if key == AGREE else keys(self.codes).get(key)
        return Step("judge", question.post_id, label) if label else Step("unknown")

    def after(self, step: Step) -> "Sitting":
        """The sitting once `step` has been carried out."""
        if step.kind == "judge":
            done = Given(self.place, step.post_id, step.label)
            return replace(self, place=self.place + 1, note="", given=(*self.given, done))
        if step.kind == "skip":
            return replace(self, place=self.place + 1, note="")
        if step.kind == "undo":
            return replace(self, place=self.given[-1].place, note="", given=self.given[:-1])
        return self


def keys(codes: Sequence[str]) -> dict[str, str]:
    """Which key stands for which label."""
    named = [code for code in codes if code != NONE]
    return {str(number): code for number, code in enumerate(named, 1)} | {"0": NONE}
