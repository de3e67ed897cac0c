"""What tests of several rooms share: a web server on loopback whose pages a test writes."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest


@dataclass
class Loopback:
    """A web server whose pages a test writes: path → body, or a function of the request handler that answers itself."""

    url: str
    pages: dict[str, str | bytes | Callable[[BaseHTTPRequestHandler], None]] = field(default_factory=dict)
    headers: dict[str, dict[str, str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)  # paths in order of arrival, robots.txt left out
    seen: list[dict[str, str]] = field(default_factory=list)  # the request headers that came with them


class _Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 10
    site: Loopback

    def do_GET(self) -> None:
        """Answer with what the test laid out; 404 for everything else."""
        if self.path != "/robots.txt":
            self.site.asked.append(self.path)
            self.site.seen.append(dict(self.headers.items()))
        page = self.site.pages.get(self.path)
        if callable(page):
            page(self)
            return
        body = page.encode() if isinstance(page, str) else page or b"<h1>404</h1>"
        headers = {"Content-Type": "text/html; charset=utf-8"} | self.site.headers.get(self.path, {})
        self.send_response(404 if page is None else 200)
        for name, value in (headers | {"Content-Length": str(len(body))}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing on the terminal."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64


@pytest.fixture
def loopback() -> Iterator[Loopback]:
    """An empty web server on loopback."""
    handler = type("Answers", (_Answers,), {})
    with _Server(("127.0.0.1", 0), handler) as server:
        site = Loopback(f"http://127.0.0.1:{server.server_port}")
        handler.site = site  # type: ignore[attr-defined]  # one handler class a server
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield site
        finally:
            server.shutdown()
            thread.join()
