"""`huiying review`: open cases and promises one at a time, the most urgent first, a keystroke a step.

A step opens the form that the command line has, and goes through the same choke point; the keys offered are those whose
state and role fit, and the guards still have the last word.
"""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from crawlers.clock import stamp
from crawlers.database import BusyDatabase
from crawlers.office import Person
from crawlers.workspace import Problem
from ledger.dialog import GivenUp, ask
from ledger.fields import Desk
from ledger.forms import Form, forms_of
from ledger.record import cases, commitments, course, proposals
from ledger.record.cases import Case
from ledger.record.commitments import Commitment
from ledger.record.ids import table_of
from ledger.record.states import CASE_OPEN, COMMITMENT_OPEN
from ledger.record.transitions import RULES
from ledger.telling.looks import outcome_view
from ledger.telling.looks_review import card_view, evidence_view, help_view
from ledger.telling.today import SECTIONS
from ledger.telling.waiting import LISTS
from ledger.told import USAGE, Told

NEXT, BACK, EVIDENCE, HELP, QUIT = "n", "p", "e", "?", "q"
# What a terminal sends for keys that mean the same.
_SAME = {" ": NEXT, "\r": NEXT, "\n": NEXT, "\x1b[C": NEXT, "\x1b[B": NEXT, "\x1b[D": BACK, "\x1b[A": BACK,
         "\x1b": QUIT}  # fmt: skip
KEYS: Mapping[str, Mapping[str, str]] = {
    "case": {
        "s": "assess", "g": "assign", "k": "acknowledge", "b": "return", "a": "respond", "o": "no-commitment",
        "d": "dismiss", "f": "close",
    },
    "commitment": {
        "r": "register", "x": "reject", "w": "start", "u": "done", "c": "claim", "v": "verify", "t": "extend",
        "m": "missed", "z": "reopen",
    },
}  # fmt: skip
YES, NO = "y", "j"  # a second person's answer to what waits for one
_SOON = timedelta(hours=24)
_OTHERS = "其余在办"


@dataclass(frozen=True, slots=True)
class Card:
    """One matter to look at, and why it lies on the table."""

    subject: str
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Offer:
    """What a key opens: a form, and the fields that are known already."""

    form: Form
    given: Mapping[str, Any]


def review(desk: Desk, *, unit: str = "") -> Told:
    """A sitting at the terminal over everything open (with `unit`: what that unit owes); what was looked at and done.

    Refuses in words where nobody sits at the terminal.
    """
    if not desk.at_terminal:
        remedy = "脚本请用 huiying today --json、case list --json、commitment list --json，办理用各自的命令"
        return Told(problems=(Problem("逐件过", "", "要在终端里逐条按键", remedy),), code=USAGE)
    actor, db = desk.actor, desk.ledger()
    cards = queue(db, stamp(desk.now), stamp(desk.now + _SOON), unit=unit)
    if not cards:
        return Told({"cards": 0, "seen": 0, "done": []}, "没有在办的舆情和未了的承诺")
    table = _Table(desk, db, actor, cards)
    table.sit()
    said = f"看了 {len(table.seen)} 件（共 {len(cards)} 件），办了 {len(table.done)} 步"
    return Told({"cards": len(cards), "seen": len(table.seen), "done": table.done}, said)


def queue(db: sqlite3.Connection, now: str, soon: str, *, unit: str = "") -> list[Card]:
    """Everything that needs somebody, as `today` orders it, then what else is open, soonest first."""
    why: dict[str, list[str]] = {}
    values = {"now": now, "soon": soon, "unit": unit}
    for code in (code for code in SECTIONS if code in LISTS and code != "stuck"):
        columns, rest = LISTS[code]
        for row in db.execute(f"SELECT {columns} {rest}", values):
            why.setdefault(row["subject"], []).append(SECTIONS[code][0])
    for row in db.execute(_OPEN, values):
        why.setdefault(row["id"], [_OTHERS])
    return [Card(subject, tuple(dict.fromkeys(names))) for subject, names in why.items()]


_STATES = {name: ", ".join(map(repr, sorted(states))) for name, states in
           (("cases", CASE_OPEN), ("promises", COMMITMENT_OPEN))}  # fmt: skip
_OPEN = f"""
    SELECT id, (SELECT min(due_at) FROM deadlines WHERE subject = id AND current = 1 AND stopped IS NULL) AS due
    FROM (
        SELECT id FROM cases WHERE status IN ({_STATES["cases"]})
        AND (:unit = '' OR id IN (SELECT case_id FROM case_units WHERE unit = :unit))
        UNION ALL SELECT id FROM commitments WHERE status IN ({_STATES["promises"]})
        AND (:unit = '' OR id IN (SELECT commitment_id FROM owners WHERE unit = :unit))
    ) ORDER BY due IS NULL, due, id
"""


def offers(db: sqlite3.Connection, matter: Case | Commitment, actor: Person) -> dict[str, Offer]:
    """The keys that lead anywhere: state and role fit. Whether a step may be done is still the guards' to say."""
    group = "case" if isinstance(matter, Case) else "commitment"
    found: dict[str, Offer] = {}
    for key, verb in KEYS[group].items():
        form = forms_of(group)[verb]
        rule = RULES[form.command]
        if set(rule.who) & set(actor.roles) and (not rule.before or matter.status in rule.before):
            found[key] = Offer(form, {group: matter.id})
    return found | _second(db, matter, actor)


def _second(db: sqlite3.Connection, matter: Case | Commitment, actor: Person) -> dict[str, Offer]:
    """Yes and no to the first thing on this matter that waits for a second person."""
    roles = set(actor.roles)
    for proposal in proposals.read(db, subject=matter.id):
        if roles & set(proposal.deciders):
            given = {"proposal": proposal.id}
            forms = forms_of("proposal")
            return {YES: Offer(forms["confirm"], given), NO: Offer(forms["decline"], given)}
    asked = isinstance(matter, Commitment) and any(
        one.state == "requested" for one in commitments.extensions(db, matter.id)
    )
    if asked and roles & {"approver", "superior"}:
        forms, known = forms_of("commitment"), {"commitment": matter.id}
        return {YES: Offer(forms["approve-extension"], known), NO: Offer(forms["refuse-extension"], known)}
    return {}


@dataclass
class _Table:
    """The table as it stands: which card lies on top, what was seen and done."""

    desk: Desk
    db: sqlite3.Connection
    actor: Person
    cards: list[Card]
    place: int = 0
    seen: set[str] = field(default_factory=set)
    done: list[str] = field(default_factory=list)

    def sit(self) -> None:
        """Until the last card has been passed or the person leaves; Ctrl-C and Ctrl-D leave too."""
        shown = False
        while self.place < len(self.cards):
            try:
                if not shown:
                    self._show()
                key = _SAME.get(pressed := self.desk.key(), pressed)
                if key == QUIT:
                    return
                shown = self._turn(key)
            except (KeyboardInterrupt, EOFError):
                return
        self.desk.say("都看过了")

    def _turn(self, key: str) -> bool:
        """Do what a key means; whether the card on top still lies there as it was shown."""
        card = self.cards[self.place]
        if key in (NEXT, BACK):
            self.place = max(0, self.place + (1 if key == NEXT else -1))
            return False
        if key == EVIDENCE:
            self._evidence(card)
        elif offer := self._offers(card).get(key):
            return not self._fill(offer)
        elif key == HELP:
            self.desk.show(help_view({key: offer.form.help for key, offer in self._offers(card).items()}))
        else:
            self.desk.say("这里没有这个键，按 ? 看说明")
        return True

    def _show(self) -> None:
        card = self.cards[self.place]
        matter = self._matter(card)
        self.seen.add(card.subject)
        keys = {key: offer.form.verb for key, offer in self._offers(card).items()}
        place = f"{self.place + 1}/{len(self.cards)}　{'、'.join(card.why)}"
        self.desk.show(card_view(matter, place, keys, now=self.desk.now))

    def _matter(self, card: Card) -> Case | Commitment:
        read = cases.get if table_of(card.subject) == "cases" else commitments.get
        found = read(self.db, card.subject)
        assert found is not None, card.subject  # nothing is ever deleted from the record
        return found

    def _offers(self, card: Card) -> dict[str, Offer]:
        return offers(self.db, self._matter(card), self.actor)

    def _evidence(self, card: Card) -> None:
        """Its whole course, and what waits for a verifier beside the page as it is now."""
        if table_of(card.subject) == "cases":
            self.desk.show(evidence_view(course.of_case(self.db, card.subject), now=self.desk.now))
            return
        self.desk.show(evidence_view(course.of_commitment(self.db, card.subject), now=self.desk.now))
        if any(claim.commitment_id == card.subject for claim in commitments.waiting_claims(self.db)):
            self._compare(card.subject)

    def _compare(self, number: str) -> None:
        from ledger.fill import checklist  # what fetches pages and reads wordings is loaded when a step is taken
        from ledger.telling.show import checklist_view

        found = checklist(number, self.desk)
        if isinstance(found, list):
            self._tell(found)
        else:
            self.desk.show(checklist_view(found))

    def _fill(self, offer: Offer) -> bool:
        """Open the form and hand it in; whether the record has changed. A verifier sees the comparison first."""
        from ledger.fill import carry_out

        if offer.form.verb == "verify":
            self._compare(str(offer.given["commitment"]))
        try:
            typed = ask(offer.form, self.desk, offer.given)
            self.desk.say("y 提交，其他键放弃")
            if self.desk.key() != "y":
                raise GivenUp
        except GivenUp:
            self.desk.say("没有提交")
            return False
        try:
            outcome = carry_out(offer.form, typed, self.desk, dry_run=False)
        except BusyDatabase as busy:
            self.desk.say(f"没有办成：{busy}")
            return False
        if isinstance(outcome, list):
            self._tell(outcome)
            return False
        if outcome.refusal or outcome.conflict:
            self.desk.say(f"没有办成：{outcome.refusal or outcome.conflict}")
            return False
        self.done += [f"{event.stream} {event.type}" for event in outcome.events]
        self.desk.show(outcome_view(outcome, dry_run=False))
        return True

    def _tell(self, problems: list[Problem]) -> None:
        for problem in problems:
            self.desk.say(f"没有办成：{problem}")
