"""What one deadline wording comes to, before it is dressed as a Deadline."""

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Literal

Kind = Literal["hours", "working_days", "natural_days", "months", "date", "period", "recurring", "none"]
Certainty = Literal["firm", "provisional", "ambiguous", "none"]
Basis = Literal["published", "received"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """A day (`last`) or a moment (`at`), or neither; how sure, and the steps in Chinese."""

    kind: Kind
    last: date | None = None
    at: datetime | None = None
    first: date | None = None  # where the span of a vague place begins
    clock: time | None = None
    certainty: Certainty = "firm"
    steps: tuple[str, ...] = ()
    not_before: date | None = None
    every: str = ""
    event: str = ""
    waits: bool = False
    passed: date | None = None  # the nearest day of that name, where it had passed
