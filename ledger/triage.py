"""Which posts become cases: pure decisions over posts and their tags.

A label that is sure enough opens a case by itself, with a neutral summary made from a template: the label, an
administrative place, how many posts, which channels, and none of the posts' words (S4). Copies and near-copies of one
matter join one case. An official answer that holds a promise makes a case whatever its label. What is in doubt is left
to a person.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

from classify.labels import NONE, Taxonomy
from crawlers.office import ClockBasis, Office
from crawlers.posts import Post
from ledger.localities import place_of
from ledger.promises.find import Found
from ledger.record.states import CASE_OPEN
from ledger.units import mentioned

CHANNELS = {"site": "网站", "forum": "论坛", "mailbox": "信箱", "feed": "订阅", "file": "工单或导出表"}
# Channels of the office itself: what is written there has reached it.
_OWN_CHANNELS = ("mailbox", "file")
_CONDUCT = "credibility"
_NO_KIND = "一般来信（答复中有承诺）"


@dataclass(frozen=True, slots=True)
class Matter:
    """A post with the tag in force and the candidate commitments of its answer."""

    post: Post
    label: str
    secondary: tuple[str, ...] = ()
    review: bool = False
    promises: tuple[Found, ...] = ()

    @property
    def kinds(self) -> tuple[str, ...]:
        """Labels that demand something, primary first."""
        return tuple(dict.fromkeys(code for code in (self.label, *self.secondary) if code != NONE))

    @property
    def sure(self) -> bool:
        """Whether its label alone opens a case."""
        return self.label != NONE and not self.review

    @property
    def answer_hash(self) -> str:
        """SHA-256 of the masked answer: what quotes of it are anchored in; "" without an answer."""
        return sha256(self.post.answer.encode()).hexdigest() if self.post.answer else ""

    @property
    def answered_at(self) -> datetime | None:
        """When it was answered; an undated answer was there at the latest when it was first seen."""
        return (self.post.answered_at or self.post.fetched_at) if self.post.answer else None


@dataclass(frozen=True, slots=True)
class Known:
    """What the record already holds: cases by fingerprint, their state, the answers on record."""

    cases: Mapping[str, str] = field(default_factory=dict)
    states: Mapping[str, str] = field(default_factory=dict)
    answers: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Opening:
    """One case to open: everything but its number and its deadlines."""

    matters: tuple[Matter, ...]
    labels: tuple[str, ...]
    summary: str
    place: str
    about_units: tuple[str, ...]
    start: datetime
    basis: ClockBasis
    received: datetime | None  # when the first letter or work order came in; None: not on such a channel

    @property
    def channel(self) -> str:
        """The channel most of its posts came by."""
        return Counter(matter.post.channel for matter in self.matters).most_common(1)[0][0]


@dataclass(frozen=True, slots=True)
class Triage:
    """What to do. `again`: ended cases that new posts speak of; a person decides whether to reopen them."""

    openings: tuple[Opening, ...] = ()
    joins: Mapping[str, tuple[Matter, ...]] = field(default_factory=dict)
    again: Mapping[str, int] = field(default_factory=dict)
    doubtful: int = 0
    left: int = 0  # posts that demand nothing of the office


def triage(
    matters: Sequence[Matter], groups: Iterable[Sequence[int]], known: Known, office: Office, taxonomy: Taxonomy
) -> Triage:
    """Decide over `matters`; `groups` holds the places of those that are copies or near-copies of each other."""
    openings: list[Opening] = []
    joins: dict[str, tuple[Matter, ...]] = {}
    again: Counter[str] = Counter()
    doubtful = left = 0
    for group in united([matter.post.fingerprint for matter in matters], groups):
        members = tuple(matters[place] for place in group)
        case = next((known.cases[m.post.fingerprint] for m in members if m.post.fingerprint in known.cases), "")
        if case and known.states.get(case) in CASE_OPEN:
            joins[case] = (*joins.get(case, ()), *members)
        elif case:
            again[case] += len(members)
        elif worthy(members):
            openings.append(opening(members, office, taxonomy))
        elif any(matter.review for matter in members):
            doubtful += len(members)
        else:
            left += len(members)
    return Triage(tuple(openings), joins, dict(again), doubtful, left)


def worthy(members: Sequence[Matter]) -> bool:
    """Whether a group opens a case by itself: one sure label is enough, and so is one promise."""
    return any(matter.sure or matter.promises for matter in members)


def opening(members: tuple[Matter, ...], office: Office, taxonomy: Taxonomy) -> Opening:
    """The case that a group of matters makes."""
    sure = [matter for matter in members if matter.sure] or list(members)
    found = {code for matter in sure for code in matter.kinds}
    primary = taxonomy.primary({matter.label for matter in sure})
    labels = (primary, *(code for code in taxonomy.codes if code in found and code != primary))
    place = _place(members)
    start, basis = clock_start(members, office.clock_basis)
    texts = [f"{matter.post.title}\n{matter.post.text}" for matter in members]
    about = dict.fromkeys(name for text in texts for name in mentioned(text, office)) if _CONDUCT in labels else ()
    received = [matter.post.posted_at for matter in members if matter.post.channel in _OWN_CHANNELS]
    return Opening(
        matters=members,
        labels=labels,
        summary=summary(taxonomy, primary, place, members),
        place=place,
        about_units=tuple(about),
        start=start,
        basis=basis,
        received=min((moment for moment in received if moment), default=None),
    )


def summary(taxonomy: Taxonomy, label: str, place: str, members: Sequence[Matter]) -> str:
    """A neutral sentence of the office: what kind, where, how many, by which channels; no word of a post."""
    kind = _NO_KIND if label == NONE else taxonomy[label].short
    channels = "、".join(dict.fromkeys(CHANNELS[matter.post.channel] for matter in members))
    return f"{place + '：' if place else ''}{kind}，{len(members)} 条反映，来自{channels}"


def clock_start(members: Sequence[Matter], wanted: ClockBasis) -> tuple[datetime, ClockBasis]:
    """When the clocks of a case start, and on which basis: the one the office chose, where it is known.

    发生: not said by a post, so its first publication stands for it. 发现: on the office's own channels when it was
    handed in, elsewhere when it was first seen. 交办 is not known before somebody assigns: 发现 until then. An answer
    that is older than the start pulls it back, since nobody answers what has not been raised.
    """
    basis: ClockBasis = "occurred" if wanted == "occurred" else "detected"
    start = min(_start(matter.post, basis) for matter in members)
    answered = [moment for matter in members if (moment := matter.answered_at)]
    if answered and min(answered) < start:
        raised = [matter.post.posted_at for matter in members if matter.post.posted_at]
        start = min([*answered, *raised])
    return start, basis


def united(fingerprints: Sequence[str], groups: Iterable[Sequence[int]]) -> list[list[int]]:
    """Places of posts that are one matter: equal fingerprints and near-copies, joined through each other."""
    parent = list(range(len(fingerprints)))

    def root(place: int) -> int:
        while parent[place] != place:
            parent[place] = parent[parent[place]]
            place = parent[place]
        return place

    first: dict[str, int] = {}
    for place, fingerprint in enumerate(fingerprints):
        parent[root(place)] = root(first.setdefault(fingerprint, place))
    for group in groups:
        for place in group[1:]:
            parent[root(place)] = root(group[0])
    made: dict[int, list[int]] = {}
    for place in range(len(fingerprints)):
        made.setdefault(root(place), []).append(place)
    return list(made.values())


def _start(post: Post, basis: ClockBasis) -> datetime:
    if basis == "occurred" or post.channel in _OWN_CHANNELS:
        return min(post.posted_at or post.fetched_at, post.fetched_at)
    return post.fetched_at


def _place(members: Sequence[Matter]) -> str:
    """The place most members name."""
    found = Counter(place for matter in members if (place := place_of(matter.post.title, matter.post.text)))
    return found.most_common(1)[0][0] if found else ""
