"""Fixtures of the ledger room: a real web site on loopback that counts as official."""

import sqlite3
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from crawlers.clock import CHINA, stamp
from crawlers.office import Office, Person, Unit
from ledger.proof.evidence import Evidence, capture
from ledger.proof.fetch import Limits, Visitor
from ledger.record.commands import (
    AssessCase,
    AssignCase,
    ClaimFulfilment,
    Command,
    OpenCase,
    ProposeCommitment,
    RegisterCommitment,
    Respond,
    VerifyFulfilment,
)
from ledger.record.database import open_ledger
from ledger.record.desk import Outcome, apply
from ledger.record.parts import Clock
from ledger.record.refusals import system
from ledger.record.states import RUBRIC, RUBRIC_VERSION

PROMISE = "我局将于3月底前在东区新增3个法律援助工作站"
ANSWER = f"您反映的法律援助窗口少的问题收悉。{PROMISE}，并在官方网站公布开放时间。感谢您的监督。"
PROOF = "截至3月20日，东区新增的3个法律援助工作站已全部开放，由公共法律服务处负责管理"


@dataclass
class Site:
    """Pages by path; `seen` holds what was asked, with its headers. A page may be a function that writes itself."""

    domain: str = ""
    pages: dict[str, tuple[int, dict[str, str], bytes] | Callable[[BaseHTTPRequestHandler], None]] = field(
        default_factory=dict
    )
    seen: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def url(self, path: str) -> str:
        """The full address of a path."""
        return f"http://{self.domain}{path}"

    def put(self, path: str, body: str | bytes, *, status: int = 200, **headers: str) -> str:
        """Serve `body` at `path` and return its address; header names take `_` for `-`."""
        raw = body.encode() if isinstance(body, str) else body
        named = {"Content-Type": "text/html; charset=utf-8"} | {k.replace("_", "-"): v for k, v in headers.items()}
        self.pages[path] = (status, named, raw)
        return self.url(path)

    def asked(self, path: str) -> int:
        """How often a path was asked for."""
        return sum(seen == path for seen, _ in self.seen)


@contextmanager
def serving() -> Iterator[Site]:
    """An official web site on loopback; unknown paths are 404."""
    served = Site()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            served.seen.append((self.path, dict(self.headers)))
            page = served.pages.get(self.path, (404, {"Content-Type": "text/html"}, b"not found"))
            if callable(page):
                page(self)
                return
            status, headers, body = page
            self.send_response(status)
            for name, value in ({"Content-Length": str(len(body))} | headers).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    served.domain = f"127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield served
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def site() -> Iterator[Site]:
    """An official web site on loopback."""
    with serving() as served:
        yield served


@pytest.fixture
def bureau(site: Site) -> Office:
    """A small bureau whose official site is `site`."""
    return bureau_at(site)


def bureau_at(site: Site) -> Office:
    """The bureau with that site as its only official domain."""
    return Office(
        name="江州市司法局",
        contact="0000-1234567",
        domains=(site.domain,),
        superior="江省司法厅",
        supervision="派驻纪检监察组",
        units=(
            Unit("办公室"),
            Unit("宣传教育处", aliases=("宣教处",)),
            Unit("公共法律服务处", aliases=("公服处",)),
            Unit("法律援助中心", parent="公共法律服务处"),
            Unit("政务服务处"),
        ),
        people=(
            Person("研判员甲", "宣传教育处", ("analyst",)),
            Person("研判员乙", "宣传教育处", ("analyst",)),
            Person("值班负责人", "宣传教育处", ("duty_head",)),
            Person("联络员", "公共法律服务处", ("liaison",)),
            Person("核查员", "办公室", ("verifier",)),
            Person("审批人", "办公室", ("approver",)),
            Person("督办员", "江省司法厅", ("superior",)),
        ),
    )


@pytest.fixture
def tls_site(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """An HTTPS site on loopback and the file of the authority that vouches for it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    begin = datetime(2020, 1, 1, tzinfo=UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(begin)
        .not_valid_after(begin.replace(year=2070))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem, private = tmp_path / "site.pem", tmp_path / "site.key"
    pem.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/" else 404)
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, *_: object) -> None:
            """Silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem, private)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]  # a refused handshake is the point here
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield f"localhost:{server.server_port}", pem
    server.shutdown()
    server.server_close()
    thread.join()


@dataclass
class Record:
    """A ledger with an office, a clock that tests move, and short ways to do what people do."""

    db: sqlite3.Connection
    office: Office
    site: Site
    store: Path
    now: datetime = datetime(2026, 3, 2, 9, 0, tzinfo=CHINA)

    def do(self, command: Command, by: str) -> Outcome:
        """Carry out a command; `by` is a declared person, or a job as "sys:name". Fails the test if refused."""
        actor = system(by.removeprefix("sys:")) if by.startswith("sys:") else self.office.person(by)
        assert actor is not None
        outcome = apply(self.db, command, actor=actor, office=self.office, now=self.now)
        assert outcome.done, outcome.refusal
        return outcome

    def later(self, **span: float) -> datetime:
        """Move the clock on."""
        self.now += timedelta(**span)
        return self.now

    def page(self, path: str, words: str, *, title: str = "情况通报", published: datetime | None = None) -> Evidence:
        """Publish a page on the official site and take it as evidence."""
        day = (published or self.now).astimezone(CHINA).strftime("%Y-%m-%d %H:%M")
        html = (
            f'<html><head><title>{title}</title><meta name="PubDate" content="{day}"></head><body>{words}</body></html>'
        )
        return self.fetch(self.site.put(path, html))

    def fetch(self, url: str) -> Evidence:
        """Take the page at `url` as evidence now."""
        found = capture(Visitor(self.office, limits=Limits(delay=0, whole=3)), url, store=self.store, now=self.now)
        assert isinstance(found, Evidence), found
        return found

    def case(
        self, days: float = 2, *, label: str = "public_interest", start: datetime | None = None, **more: Any
    ) -> str:
        """A case with one running clock of `days` from `start` (now, where not given)."""
        begun = start or self.now
        deadline = {
            "due_at": stamp(begun + timedelta(days=days)),
            "certainty": "firm",
            "kind": "hours",
            "raw": "48小时内",
        }
        told = {"summary": "东区：涉及公众切身利益，3 条反映，来自信箱", "posts": 3, "sources": ("信箱",)} | more
        command = OpenCase(
            labels=(label,), taxonomy="codebook-1", clock_start=begun, clock_basis="detected", detected_at=begun,
            origin="sweep", clocks=(Clock(name="response", deadline=deadline),), **told,
        )  # fmt: skip
        return self.do(command, "sys:triage").subject

    def answered(self, days: float = 2, *, words: str = ANSWER, **more: Any) -> tuple[str, Evidence]:
        """A case that has been assigned and answered on a public page."""
        number = self.case(days, **more)
        self.do(AssessCase(case=number), "研判员甲")
        self.do(AssignCase(case=number, lead=("公共法律服务处",)), "研判员甲")
        self.later(hours=5)
        page = self.page(f"/dafu/{number}", f"<h1>答复</h1><p>{words}</p>", title="来信答复")
        answer = Respond(case=number, kind="written", published_at=self.now, snapshot=page.snapshot("研判员甲"),
                         unit="公共法律服务处")  # fmt: skip
        self.do(answer, "研判员甲")
        return number, page

    def promised(self, due: datetime | None, *, words: str = ANSWER, quote: str = PROMISE, **more: Any) -> str:
        """A registered promise of an answered case, owed by 公共法律服务处; `due`: the first instant after its date."""
        number, page = self.answered(words=words, **more)
        found = page.quote(quote)
        assert found is not None
        dated = {"due_at": stamp(due), "due_date": (due - timedelta(seconds=1)).date().isoformat()} if due else {}
        review = {} if due else {"review_at": stamp(self.now + timedelta(days=14))}
        deadline = (
            {"due_at": None, "certainty": "firm" if due else "none", "kind": "date", "raw": "3月底前"} | dated | review
        )
        proposal = ProposeCommitment(
            quote=found, origin="answer", strength="hard", case=number, unit="公服处", promised_at=self.now,
            clock=Clock(name="fulfil", deadline=deadline), score=930,
        )  # fmt: skip
        promise = self.do(proposal, "研判员甲").subject
        registered = RegisterCommitment(
            commitment=promise, criterion="官方网站公布3个工作站已开放", lead=("公共法律服务处",), joint=True
        )
        self.do(registered, "研判员乙")
        return promise

    def claimed(self, promise: str, *, words: str = PROOF) -> str:
        """The owner claims that a new public page proves a promise; its address."""
        page = self.page(f"/gk/{promise}", f"<h1>工作站开放情况</h1><p>{words}</p><p>公共法律服务处</p>")
        claim = ClaimFulfilment(commitment=promise, snapshot=page.snapshot("联络员"), quote=words)
        self.do(claim, "联络员")
        return page.url_final

    def verified(self, promise: str, url: str, *, decision: str = "accepted", reason: str | None = None) -> None:
        """The verifier fetches the claimed page again and decides."""
        claim = self.db.execute(
            "SELECT id FROM claims WHERE commitment_id = ? AND decision IS NULL", [promise]
        ).fetchone()
        check = VerifyFulfilment(
            commitment=promise, claim=claim["id"], decision=decision, snapshot=self.fetch(url).snapshot("核查员"),
            checklist=dict.fromkeys(RUBRIC, "yes"), rubric=RUBRIC_VERSION, reason=reason,
        )  # fmt: skip
        self.do(check, "核查员")


@pytest.fixture
def record(tmp_path: Path, bureau: Office, site: Site) -> Iterator[Record]:
    """A fresh ledger of the small bureau, on Monday 2 March 2026, 09:00."""
    db = open_ledger(tmp_path / "ledger.db")
    yield Record(db, bureau, site, tmp_path / "evidence")
    db.close()


@pytest.fixture(scope="module")
def lasting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Record]:
    """Such a ledger for all tests of a module; they may only read what was told once."""
    path = tmp_path_factory.mktemp("record")
    with serving() as served:
        db = open_ledger(path / "ledger.db")
        yield Record(db, bureau_at(served), served, path / "evidence")
        db.close()
