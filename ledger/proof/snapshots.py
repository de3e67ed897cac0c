"""The evidence store: bytes of public official pages, one WARC file for each content, named by its SHA-256.

A file is written aside, synced, renamed, and its directory synced: a snapshot that an event names is on the disk.
Archived pages are never rendered; they are read back as bytes and checked against their name.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Literal

from warcio.archiveiterator import ArchiveIterator
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from ledger.proof.fetch import Page

# What belongs to one connection or one visitor is not part of the page.
_LEFT_OUT = {"transfer-encoding", "content-encoding", "content-length", "connection", "keep-alive", "set-cookie"}


@dataclass(frozen=True, slots=True)
class Stored:
    """A stored page: its bytes, where they came from, and the declared type that `page_text` needs."""

    sha256: str
    url: str
    fetched_at: str  # RFC 3339 in UTC, of the first time this content was seen
    content_type: str
    body: bytes


class SnapshotError(Exception):
    """The stored file is missing or no longer what its name says; the message is in Chinese."""


def keep(store: Path, page: Page) -> str:
    """Write the page's bytes unless they are there already; the SHA-256 that names them."""
    digest = sha256(page.body).hexdigest()
    target = path_of(store, digest)
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        _write(target, _warc(page, digest))
        _sync(target.parent)
        _sync(store)
    return digest


def path_of(store: Path, digest: str) -> Path:
    """Where the content of that hash lies, or would lie."""
    if len(digest) != 64 or not set(digest) <= set("0123456789abcdef"):
        raise ValueError("a snapshot is named by 64 lower-case hex digits")
    return store / digest[:2] / f"{digest}.warc.gz"


def read(store: Path, digest: str) -> Stored:
    """The stored page, its bytes checked against the hash. Raises `SnapshotError`."""
    path = path_of(store, digest)
    if not path.exists():
        raise SnapshotError(f"证据文件缺失：{path.name}")
    try:
        with path.open("rb") as file:
            found = next(record for record in ArchiveIterator(file) if record.rec_type == "response")
            body = found.content_stream().read()
    except Exception as error:  # warcio raises whatever it stumbles over in a damaged record, AttributeError included
        raise SnapshotError(f"证据文件已损坏，无法读取：{path.name}") from error
    if sha256(body).hexdigest() != digest:
        raise SnapshotError(f"证据文件内容与其指纹不符，可能被改动：{path.name}")
    head = found.rec_headers
    kind = found.http_headers.get_header("Content-Type") if found.http_headers else None
    return Stored(
        digest, head.get_header("WARC-Target-URI") or "", head.get_header("WARC-Date") or "", kind or "", body
    )


def check(store: Path, digest: str) -> Literal["ok", "missing", "damaged"]:
    """Whether the stored bytes still are what their name says."""
    if not path_of(store, digest).exists():
        return "missing"
    try:
        read(store, digest)
    except SnapshotError:
        return "damaged"
    return "ok"


def stored(store: Path) -> Iterator[str]:
    """The hashes of every content in the store, sorted; those no event names are harmless orphans."""
    yield from sorted(path.name.removesuffix(".warc.gz") for path in store.glob("??/*.warc.gz"))


def _warc(page: Page, digest: str) -> bytes:
    """One WARC/1.1 response record. warcio would write SHA-1 digests, so ours are given."""
    out = BytesIO()
    headers = [(name, value) for name, value in page.headers if name.lower() not in _LEFT_OUT]
    headers.append(("Content-Length", str(len(page.body))))
    http = StatusAndHeaders(f"{page.status} OK", headers, protocol="HTTP/1.1")
    http.compute_headers_buffer()
    described = {
        "WARC-Date": page.fetched_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "WARC-Payload-Digest": f"sha256:{digest}",
        "WARC-Block-Digest": f"sha256:{sha256(http.headers_buff + page.body).hexdigest()}",
    }
    writer = WARCWriter(out, gzip=True, warc_version="1.1")
    writer.write_record(
        writer.create_warc_record(
            page.url_final,
            "response",
            payload=BytesIO(page.body),
            length=len(page.body),
            http_headers=http,
            warc_headers_dict=described,
        )
    )
    return out.getvalue()


def _write(target: Path, content: bytes) -> None:
    aside = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with aside.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(target)
    finally:
        aside.unlink(missing_ok=True)


def _sync(directory: Path) -> None:
    """Make the directory entry durable, or the rename may be lost with the power."""
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
