"""A web server on loopback for one of the city's hosts: validators, 304, and a log of what was asked."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from threading import Thread

from crawlers.city.rendering import Page, address


@dataclass(frozen=True, slots=True)
class Request:
    """One request that a host of the city answered."""

    host: str  # "127.0.0.1:40001"
    path: str
    status: int
    agent: str


@dataclass(slots=True)
class Host:
    """One host: its pages by address, the prefixes its robots.txt forbids, its log."""

    name: str = ""
    pages: dict[str, Page] = field(default_factory=dict)
    disallowed: tuple[str, ...] = ()
    requests: list[Request] = field(default_factory=list)

    def fill(self, pages: dict[str, Page], disallowed: Sequence[str] = ()) -> None:
        """Put the pages on show: only now is the port known that some of them mention."""
        self.pages = {address(path): page for path, page in pages.items()}
        self.disallowed = tuple(disallowed)

    @property
    def url(self) -> str:
        """Scheme and host, no slash at the end."""
        return f"http://{self.name}"

    @property
    def trap_hits(self) -> int:
        """How many requests went where robots.txt forbids to go."""
        return sum(request.path.startswith(self.disallowed) for request in self.requests)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    host: Host

    def server_bind(self) -> None:
        """Without HTTPServer's look-up of the machine's name, which may ask a name server."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = "127.0.0.1", self.server_address[1]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Head and body leave in two writes; with Nagle's algorithm the second waits 40 ms for an acknowledgement.
    disable_nagle_algorithm = True
    timeout = 10
    server: _Server

    def do_GET(self) -> None:
        """Answer with the page, 304 or 404."""
        page = self.server.host.pages.get(address(self.path))
        status = 404 if page is None else 304 if self._unchanged(page) else page.status
        self.server.host.requests.append(
            Request(self.server.host.name, self.path, status, self.headers.get("User-Agent", ""))
        )
        self._send(page, status)

    do_HEAD = do_GET

    def _send(self, page: Page | None, status: int) -> None:
        body = b"" if status == 304 else page.body if page else "<h1>404 页面不存在</h1>".encode()
        self.send_response(status)
        if page:
            self.send_header("ETag", page.etag)
            self.send_header("Last-Modified", format_datetime(page.modified.astimezone(UTC), usegmt=True))
        if status != 304:
            self.send_header("Content-Type", page.content_type if page else "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _unchanged(self, page: Page) -> bool:
        """RFC 9110, 13.2.2: an entity tag outranks a date."""
        if tags := self.headers.get("If-None-Match"):
            return page.etag in tags
        since = _http_date(self.headers.get("If-Modified-Since", ""))
        return since is not None and page.modified.replace(microsecond=0) <= since

    def log_message(self, format: str, *args: object) -> None:
        """Nothing on the terminal: the log is `Host.requests`."""


def _http_date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


@contextmanager
def opened() -> Iterator[Host]:
    """A host that listens on a free port of 127.0.0.1 until the block ends; it shows nothing before `fill`."""
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.host = Host(f"127.0.0.1:{server.server_port}")
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield server.host
        finally:
            server.shutdown()
            thread.join()
