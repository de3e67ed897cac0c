"""A command's own words as an event: what most commands come down to."""

from typing import cast

from ledger.record import commands as c
from ledger.record.canonical import plain
from ledger.record.commands import Command
from ledger.record.events import Draft
from ledger.record.parts import Json
from ledger.record.transitions import RULES

# Streams of what is about no case and no commitment.
_STREAMS: dict[type, str] = {
    c.LoadCalendar: "calendar",
    c.RecordRun: "run",
    c.QueueAlert: "alert",
    c.RecordDelivery: "alert",
    c.ErasePayload: "record",
}
_NAMES_OTHERS = (c.ProposeCommitment, c.QueueAlert)  # their `case` or `subject` is not their own stream


def words(command: Command) -> dict[str, Json]:
    """The fields of a command as JSON, without the one that names its subject."""
    content = cast(dict[str, Json], plain(command))
    if not isinstance(command, _NAMES_OTHERS):
        for name in ("case", "commitment", "subject"):
            content.pop(name, None)
    return content


def own_words(command: Command, subject: str, **more: Json) -> Draft:
    """The words of a command under its event type, in the state that the transition table gives; `more` wins."""
    rule = RULES[type(command)]
    state: dict[str, Json] = {} if rule.after is None else {"state": rule.after}
    return Draft(_STREAMS.get(type(command), subject), rule.event, {**words(command), **state, **more})


def proposal(kind: str, reason: str, subject: str, **body: Json) -> Draft:
    """Something that waits for a second person."""
    return Draft(subject, "proposal.made", {"kind": kind, "reason": reason, "body": body})
