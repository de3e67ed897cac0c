"""Fixtures of the ledger room: a real web site on loopback that counts as official."""

import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from crawlers.office import Office, Person, Unit


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


@pytest.fixture
def site() -> Iterator[Site]:
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
def bureau(site: Site) -> Office:
    """A small bureau whose official site is `site`."""
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
