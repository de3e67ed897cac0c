"""What the tests of this room share: a key, a moment, a store, a post."""

import os
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from crawlers.clock import CHINA
from crawlers.posts import Post
from crawlers.store import open_posts


@pytest.fixture
def key() -> bytes:
    """A workspace key."""
    return bytes(range(32))


@pytest.fixture
def now() -> datetime:
    """A fixed moment: a Wednesday morning."""
    return datetime(2026, 9, 16, 9, 30, tzinfo=CHINA)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """An empty posts.db on disk."""
    db = open_posts(tmp_path / "posts.db")
    yield db
    db.close()


@pytest.fixture
def make_post(key: bytes, now: datetime) -> Callable[..., Post]:
    """A post with sensible values, any of them replaceable."""

    def make(**values: Any) -> Post:
        defaults: dict[str, Any] = {
            "source": "市长信箱",
            "channel": "mailbox",
            "locator": str(values.get("title", "")) + str(values.get("text", "")),
            "url": "https://www.example.gov.cn/letter/1",
            "title": "路灯不亮",
            "text": "滨河路的路灯坏了半个月，晚上看不清路。",
            "posted_at": now,
            "fetched_at": now,
        }
        return Post.make(key, **(defaults | values))

    return make


@pytest.fixture
def shared_data() -> Path:
    """The development data beside the repository; skips where it is missing."""
    default = Path(__file__).parents[2].parent / "shared" / "data"
    path = Path(os.environ.get("HUIYING_DATA", default))
    if not path.is_dir():
        pytest.skip(f"development data not found at {path} (set HUIYING_DATA)")
    return path


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
