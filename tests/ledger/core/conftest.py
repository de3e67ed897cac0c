"""Fixtures of the ledger's core: an office with a person for every role, and a book that keeps its own clock."""

import shutil
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from crawlers.clock import CHINA, stamp
from crawlers.office import Office, Person, Unit
from ledger.record import cases, commitments, proposals
from ledger.record import commands as c
from ledger.record.cases import Case
from ledger.record.database import open_ledger
from ledger.record.desk import Outcome, apply
from ledger.record.parts import Clock, Quote, Snapshot
from ledger.record.refusals import Refusal, system
from ledger.record.states import RUBRIC, RUBRIC_VERSION

HOST = "sfj.jiangzhou.example"


class Book:
    """A ledger with its office and its own clock: five minutes pass before every command."""

    def __init__(self, path: Path, office: Office) -> None:
        self.path, self.office = path, office
        self.now = datetime(2026, 9, 1, 9, tzinfo=CHINA)
        self.db = open_ledger(path)
        self.db.execute("PRAGMA synchronous = OFF")  # these tests cut no power, and syncing is half of their time

    def who(self, name: str) -> Person:
        """A declared person, or a job for "sys:…"."""
        return system(name[4:]) if name.startswith("sys:") else self.office.person(name) or Person(name, "", ())

    def later(self, **much: float) -> datetime:
        """Let time pass."""
        self.now += timedelta(**much)
        return self.now

    def try_(self, command: c.Command, by: str, **more) -> Outcome:
        """Whatever becomes of the command."""
        self.later(minutes=5)
        return apply(self.db, command, actor=self.who(by), office=self.office, now=self.now, **more)

    def do(self, command: c.Command, by: str, **more) -> str:
        """Carry it out and return its subject; a refusal fails the test."""
        outcome = self.try_(command, by, **more)
        assert outcome.done, str(outcome.refusal or outcome.conflict)
        return outcome.subject

    def refused(self, command: c.Command, by: str, **more) -> Refusal:
        """The refusal; anything else fails the test."""
        before = self.db.execute("SELECT count(*) FROM events").fetchone()[0]
        outcome = self.try_(command, by, **more)
        assert outcome.refusal is not None, [event.type for event in outcome.events]
        assert self.db.execute("SELECT count(*) FROM events").fetchone()[0] == before
        return outcome.refusal

    def clock(
        self, name: str = "response", *, hours: float | None = 48, start: datetime | None = None, **more
    ) -> Clock:
        """A deadline as its engine would hand it over; None hours: no date."""
        due = None if hours is None else stamp((start or self.now) + timedelta(hours=hours))
        kind, certainty = ("none", "none") if due is None else ("hours", "firm")
        found = {"kind": kind, "certainty": certainty, "raw": "限期", "due_at": due, "explanation": ["由测试给出"]}
        calendar = {"calendar": more.pop("calendar", "2026")}
        found |= {"certainty": more.pop("certainty", certainty)} | calendar
        return Clock(name=name, deadline=found, **more)

    def page(self, path: str = "/answer", *, by: str = "", body: str = "", at: datetime | None = None) -> Snapshot:
        """A page of the office's own site as fetched now (or `at`); the same path and body have the same bytes."""
        digest = sha256(f"{path}{body}".encode()).hexdigest()
        url = f"https://{HOST}{path}"
        return Snapshot(
            sha256=digest, url_asked=url, url_final=url, status=200, fetched_at=at or self.now, text_sha256=digest,
            size=len(body), fetched_by=by,
        )  # fmt: skip

    def opening(self, **more) -> c.OpenCase:
        """A case as the sweep opens it."""
        given = {
            "summary": "多名群众反映法律援助窗口排队时间过长", "labels": ("public_interest",), "taxonomy": "1",
            "clock_start": self.now, "clock_basis": "detected", "origin": "sweep", "clocks": (self.clock(),),
        }  # fmt: skip
        return c.OpenCase(**(given | more))

    def opened(self, by: str = "sys:sweep", **more) -> str:
        """An open case."""
        return self.do(self.opening(**more), by)

    def answered(self, **more) -> str:
        """A case that has been assigned, taken and answered in public on /answer."""
        case = self.opened(**more)
        self.do(c.AssignCase(case=case, lead=("公共法律服务处",)), "研判员甲")
        self.do(c.Acknowledge(case=case), "联络员")
        page = self.page(f"/answer/{case}")
        self.do(c.Respond(case=case, kind="written", published_at=self.now, snapshot=page), "联络员")
        return case

    def proposing(self, case: str, text: str = "9月底前增设两个窗口", *, hours: float | None = 480, **more):
        """A promise quoted from the answer of a case."""
        anchor = self.page(f"/answer/{case}").sha256
        given = {
            "quote": Quote(exact=text, anchor="snapshot", sha256=anchor), "origin": "answer", "strength": "hard",
            "case": case, "clock": self.clock("fulfil", hours=hours),
        }  # fmt: skip
        return c.ProposeCommitment(**(given | more))

    def registering(self, commitment: str, **more) -> c.RegisterCommitment:
        """The second person's acceptance."""
        given = {"criterion": "公告两个窗口已经启用", "lead": ("公共法律服务处",)}
        return c.RegisterCommitment(commitment=commitment, **(given | more))

    def promised(self, case: str | None = None, *, text: str = "9月底前增设两个窗口", **more) -> str:
        """A registered commitment of an answered case."""
        hours = more.pop("hours", 480)
        promise = self.do(self.proposing(case or self.answered(), text, hours=hours), "研判员甲")
        return self.do(self.registering(promise, **more), "研判员乙")

    def claiming(self, commitment: str, path: str = "/proof", **more) -> c.ClaimFulfilment:
        """The owner's claim."""
        given = {"snapshot": self.page(path), "quote": "两个新窗口今日启用"}
        return c.ClaimFulfilment(commitment=commitment, **(given | more))

    def claimed(self, commitment: str, path: str = "/proof", by: str = "联络员", **more) -> int:
        """An open claim; its id."""
        self.do(self.claiming(commitment, path, **more), by)
        return commitments.claims(self.db, commitment)[-1].id

    def verifying(self, commitment: str, claim: int, path: str = "/proof", by: str = "核查员", **more):
        """The verifier's acceptance, with a fetch of his own."""
        given = {
            "decision": "accepted", "rubric": RUBRIC_VERSION, "checklist": dict.fromkeys(RUBRIC, "yes"),
            "snapshot": self.page(path, by=by, at=self.now + timedelta(minutes=5)),
        }  # fmt: skip
        return c.VerifyFulfilment(commitment=commitment, claim=claim, **(given | more))

    def fulfilled(self, commitment: str | None = None, **more) -> str:
        """A commitment that has been publicly fulfilled."""
        commitment = commitment or self.promised()
        claim = self.claimed(commitment, **more)
        return self.do(self.verifying(commitment, claim), "核查员")

    def confirm(self, by: str, **more) -> str:
        """The second person's yes to the newest open proposal."""
        return self.do(c.Confirm(proposal=proposals.read(self.db)[-1].id, **more), by)

    def case(self, number: str) -> Case:
        """The case as it is now."""
        found = cases.get(self.db, number)
        assert found is not None
        return found

    def responded(self, case: str, kind: str, by: str = "研判员甲") -> str:
        """Another public answer of that kind."""
        page = self.page(f"/{kind}/{case}")
        return self.do(c.Respond(case=case, kind=kind, published_at=self.now, snapshot=page), by)

    def status(self, commitment: str) -> str:
        """The state of a commitment in Chinese."""
        found = commitments.get(self.db, commitment)
        assert found is not None
        return found.state


@pytest.fixture(scope="session")
def office() -> Office:
    """A bureau of several units with one person for every role."""
    return Office(
        name="江州市司法局",
        contact="0000-1234567",
        domains=(HOST,),
        superior="江省司法厅",
        supervision="派驻纪检监察组",
        units=(
            Unit("办公室"),
            Unit("宣传教育处", aliases=("宣教处",)),
            Unit("公共法律服务处", aliases=("公服处",)),
            Unit("法律援助中心", parent="公共法律服务处"),
            Unit("政务服务处"),
            Unit("业务处室", members=("公共法律服务处", "政务服务处")),
            Unit("法制宣传处", valid_to=date(2026, 6, 30), successor="宣传教育处"),
        ),
        people=(
            Person("研判员甲", "宣传教育处", ("analyst",)),
            Person("研判员乙", "宣传教育处", ("analyst",)),
            Person("值班负责人", "宣传教育处", ("duty_head",)),
            Person("联络员", "公共法律服务处", ("liaison",)),
            Person("援助联络员", "法律援助中心", ("liaison",)),
            Person("政务联络员", "政务服务处", ("liaison",)),
            Person("核查员", "办公室", ("verifier",)),
            Person("本处核查员", "公共法律服务处", ("verifier",)),
            Person("审批人", "办公室", ("approver", "verifier")),
            Person("督办员", "江省司法厅", ("superior",)),
            Person("旁观者", "办公室", ("viewer",)),
        ),
    )


@pytest.fixture(scope="session")
def start(tmp_path_factory: pytest.TempPathFactory, office: Office) -> Callable[[Path], Book]:
    """Make a book at a path; the empty file is migrated once and copied."""
    blank = tmp_path_factory.mktemp("blank") / "ledger.db"
    open_ledger(blank).close()

    def make(path: Path) -> Book:
        shutil.copy(blank, path)
        return Book(path, office)

    return make


@pytest.fixture
def book(tmp_path: Path, start: Callable[[Path], Book]) -> Iterator[Book]:
    """An empty ledger."""
    found = start(tmp_path / "ledger.db")
    yield found
    found.db.close()
