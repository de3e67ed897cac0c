"""What can be looked at: one view a `list`, `show` or `search` of the command line — a table of readings.

A reading gets the desk (who, where, when) and the typed options, and returns rows that know `as_json()`.
How rows look on a terminal is `ledger.telling.show`; the command line turns this table into commands.
"""

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Protocol

from ledger.fields import Desk, Field, Typed
from ledger.record.states import CASE_STATES, COMMITMENT_STATES

if TYPE_CHECKING:
    from crawlers.posts import Post
    from crawlers.sources import Source
    from ledger.judged import Judged
    from ledger.record.course import CaseCourse
    from ledger.record.events import Event
    from ledger.record.head import Head


class Row(Protocol):
    """Anything that can be printed as one JSON object."""

    def as_json(self) -> dict[str, Any]:
        """A JSON object with stable keys."""


@dataclass(frozen=True, slots=True)
class View:
    """`huiying <group> <verb>`. A view of one thing says in `missing` what to do when it is not found."""

    group: str
    verb: str
    help: str
    read: Callable[[Desk, Typed], Iterable[Row]]
    render: str  # "show.cases_table": a function from the list of rows (and `now`, if timed) to a renderable
    fields: tuple[Field, ...] = ()
    missing: str = ""
    timed: bool = False  # whether how it looks depends on the time
    named: bool = False  # whether it shows kinds of concern, by the names the office gave them

    @property
    def single(self) -> bool:
        """Whether it shows one thing, so that nothing found is a failure."""
        return bool(self.missing)

    def context(self, desk: Desk) -> Typed:
        """What `render` is told beside the rows."""
        now = {"now": desk.now} if self.timed else {}
        return now | ({"names": desk.taxonomy.names} if self.named else {})


_ALL = 1_000_000  # what --limit 0 means to the search


def _limit(typed: Typed) -> int | None:
    """How many rows: 50 unless told, all for 0."""
    return 50 if typed["limit"] is None else typed["limit"] or None


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A registered channel as `huiying source list` lists it."""

    source: "Source"

    def as_json(self) -> dict[str, Any]:
        """The keys of its table in sources.toml."""
        return {key: value for key, value in asdict(self.source).items() if value not in (None, "", ())}


def _sources(desk: Desk, typed: Typed) -> Iterable[Row]:
    from crawlers.sources import read_sources

    return [SourceRow(source) for source in read_sources(desk.workspace.sources)[0]]


def _posts(desk: Desk, typed: Typed) -> Iterable[Row]:
    from crawlers.store import read

    chosen = {key: typed[key] for key in ("since", "label", "source")}
    return _with_tags(desk, read(desk.posts(), limit=_limit(typed), **chosen))


def _with_tags(desk: Desk, posts: "Iterable[Post]") -> "Iterable[Judged]":
    from ledger.judged import judged

    return judged(desk.posts(), posts, desk.taxonomy)


def _search(desk: Desk, typed: Typed) -> Iterable[Row]:
    from crawlers.store import search

    return _with_tags(desk, search(desk.posts(), typed["words"], limit=_limit(typed) or _ALL))


def _post(desk: Desk, typed: Typed) -> Iterable[Row]:
    from classify.tags import tag_of
    from crawlers.store import full_id, get
    from ledger.judged import Opened

    db = desk.posts()
    number = full_id(db, typed["number"])
    post = get(db, number) if number else None
    return [Opened(post, tag_of(db, post.id), desk.taxonomy)] if post else []


def _cases(desk: Desk, typed: Typed) -> Iterable[Row]:
    from ledger.record import cases

    chosen = {key: typed[key] for key in ("state", "label", "overdue")}
    return cases.read(desk.ledger(), now=desk.now, limit=_limit(typed), **chosen)


def _doubtful(desk: Desk, typed: Typed) -> Iterable[Row]:
    """Posts that the model is not sure about, the least sure first."""
    from crawlers.posts import Post

    rows = desk.posts().execute(
        "SELECT posts.* FROM posts JOIN tags ON tags.post_id = posts.id WHERE review = 1 ORDER BY score, seq LIMIT ?",
        [_limit(typed) or -1],
    )
    return _with_tags(desk, map(Post.stored, rows))


@dataclass(frozen=True, slots=True)
class CaseFile:
    """A case with the posts that speak of it, as far as they still live; the record itself knows only fingerprints."""

    course: "CaseCourse"
    posts: "tuple[Judged, ...]"

    def as_json(self) -> dict[str, Any]:
        """The course alone: what is exported is the office's record, never posts (S6)."""
        return self.course.as_json()


def _case(desk: Desk, typed: Typed) -> Iterable[Row]:
    from crawlers.posts import Post
    from ledger.record import course

    db = desk.ledger()
    found = course.of_case(db, typed["number"])
    if found is None:
        return []
    prints = [row[0] for row in db.execute("SELECT fingerprint FROM case_posts WHERE case_id = ?", [found.case.id])]
    marks = ", ".join("?" * len(prints))
    rows = desk.posts().execute(f"SELECT * FROM posts WHERE fingerprint IN ({marks}) ORDER BY seq", prints)
    return [CaseFile(found, tuple(_with_tags(desk, map(Post.stored, rows))))]


def _commitments(desk: Desk, typed: Typed) -> Iterable[Row]:
    from ledger.record import commitments

    chosen = {key: typed[key] for key in ("state", "unit", "overdue")}
    return commitments.read(desk.ledger(), now=desk.now, limit=_limit(typed), **chosen)


def _commitment(desk: Desk, typed: Typed) -> Iterable[Row]:
    from ledger.record import course

    found = course.of_commitment(desk.ledger(), typed["number"])
    return [found] if found else []


def _proposals(desk: Desk, typed: Typed) -> Iterable[Row]:
    from ledger.record import proposals

    return proposals.read(desk.ledger(), state=None if typed["all"] else "open")


@dataclass(frozen=True, slots=True)
class LogLine:
    """An event as `huiying ledger log` lists it."""

    event: "Event"
    head: "Head"  # of the whole record when it was read

    def as_json(self) -> dict[str, Any]:
        """Without salt and payload hash; an erased payload is null."""
        from ledger.record.course import event_json

        return event_json(self.event)


def _log(desk: Desk, typed: Typed) -> Iterable[Row]:
    from ledger.record.events import read
    from ledger.record.head import head

    db = desk.ledger()
    last, limit = head(db), _limit(typed)
    after = max(0, last.count - limit) if limit and not typed["subject"] else 0
    return [LogLine(event, last) for event in read(db, stream=typed["subject"], after=after)]


_NUMBER = Field("number", "text", "编号", required=True, positional=True)
_CASE_STATE = Field("state", "choice", "只看这种状态", choices=("open", *CASE_STATES.values(), "跟踪承诺"))
_PROMISE_STATE = Field("state", "choice", "只看这种状态", choices=("open", *COMMITMENT_STATES.values()))
_OVERDUE = Field("overdue", "flag", "只看逾期的")
_LIMIT = Field("limit", "count", "最多几条，默认 50；0 为全部")

VIEWS = (
    View("source", "list", "列出登记的公开渠道。", _sources, "looks.sources_table"),
    View("posts", "list", "列出采集到的内容，新的在前。", _posts, "looks.posts_table", (
        Field("label", "text", "只看这一类"),
        Field("source", "text", "只看这个来源"),
        Field("since", "since", "从何时起，如 2026-11-01、3d、12h"),
        _LIMIT,
    )),
    View("posts", "search", "按原词检索，一两个字的词也准。", _search, "looks.posts_table", (
        Field("words", "text", "要找的词", required=True, positional=True), _LIMIT,
    )),
    View("posts", "doubtful", "列出分类拿不准、等人看的内容。", _doubtful, "looks.posts_table", (_LIMIT,)),
    View("posts", "show", "查看一条内容和它的标签依据。", _post, "looks.post_view", (_NUMBER,), "可能已到期清除"),
    View("case", "list", "列出舆情，最急的在前。", _cases, "show.cases_table", (
        _CASE_STATE, Field("label", "text", "只看这一类"), _OVERDUE, _LIMIT,
    ), timed=True, named=True),
    View("case", "show", "查看一件舆情的全过程：时限、单位、回应、承诺、事件。", _case, "looks.case_view", (_NUMBER,),
         "用 huiying case list 查编号", timed=True, named=True),
    View("commitment", "list", "列出承诺，最急的在前。", _commitments, "show.commitments_table", (
        _PROMISE_STATE, Field("unit", "text", "只看这个单位的"), _OVERDUE, _LIMIT,
    ), timed=True),
    View("commitment", "show", "查看一条承诺的原话、标准、各版时限、申报与核查。", _commitment, "show.commitment_view",
         (_NUMBER,), "用 huiying commitment list 查编号", timed=True),
    View("proposal", "list", "列出等第二人决定的提议。", _proposals, "looks.proposals_table", (
        Field("all", "flag", "连已经决定的一起列出"),
    )),
    View("ledger", "log", "列出台账里的事件，旧的在前。", _log, "looks.log_view", (
        Field("subject", "text", "只看这件舆情或承诺"), _LIMIT,
    )),
)  # fmt: skip


def views_of(group: str) -> dict[str, View]:
    """The views of one command group, by verb."""
    return {view.verb: view for view in VIEWS if view.group == group}
