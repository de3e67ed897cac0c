"""The evidence store: written whole or not at all, and honest about damage."""

import gzip
import os
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator

from ledger.proof.fetch import Page
from ledger.proof.snapshots import SnapshotError, check, keep, path_of, read, stored

AT = datetime(2026, 11, 20, 1, 2, 3, tzinfo=UTC)


def page(body: bytes, url: str = "https://sfj.example.gov.cn/a") -> Page:
    headers = (("Content-Type", "text/html; charset=gbk"), ("Set-Cookie", "visitor=1"), ("Content-Encoding", "gzip"))
    return Page(url, url, (), 200, AT, "text/html; charset=gbk", headers, body)


def test_a_page_comes_back_as_it_was(tmp_path: Path) -> None:
    body = "公告".encode("gbk")
    digest = keep(tmp_path, page(body))
    assert digest == sha256(body).hexdigest()
    found = read(tmp_path, digest)
    assert (found.body, found.content_type, found.url) == (
        body,
        "text/html; charset=gbk",
        "https://sfj.example.gov.cn/a",
    )
    assert found.fetched_at == "2026-11-20T01:02:03Z"
    assert check(tmp_path, digest) == "ok"
    assert list(stored(tmp_path)) == [digest]


def test_the_file_is_a_warc_others_can_read_without_the_visitors_cookie(tmp_path: Path) -> None:
    digest = keep(tmp_path, page(b"x"))
    with path_of(tmp_path, digest).open("rb") as file:
        record = next(iter(ArchiveIterator(file, check_digests="raise")))
        assert record.rec_headers.get_header("WARC-Payload-Digest") == f"sha256:{digest}"
        assert record.http_headers.get_header("Set-Cookie") is None
        assert record.content_stream().read() == b"x"


def test_the_same_content_is_stored_once_and_never_rewritten(tmp_path: Path) -> None:
    digest = keep(tmp_path, page(b"x"))
    before = path_of(tmp_path, digest).stat()
    assert keep(tmp_path, page(b"x", "https://sfj.example.gov.cn/other")) == digest
    assert path_of(tmp_path, digest).stat().st_mtime_ns == before.st_mtime_ns
    assert len(list(tmp_path.rglob("*.gz"))) == 1


def test_a_full_disk_leaves_nothing_half_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_space(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", no_space)
    with pytest.raises(OSError, match="No space"):
        keep(tmp_path, page(b"x"))
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_missing_and_exchanged_files_are_told_apart(tmp_path: Path) -> None:
    one, two = keep(tmp_path, page(b"one")), keep(tmp_path, page(b"two"))
    path_of(tmp_path, one).write_bytes(path_of(tmp_path, two).read_bytes())
    assert check(tmp_path, one) == "damaged"
    with pytest.raises(SnapshotError, match="指纹不符"):
        read(tmp_path, one)
    path_of(tmp_path, two).unlink()
    assert check(tmp_path, two) == "missing"


def test_only_hashes_name_files(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="hex"):
        path_of(tmp_path, "../../etc/passwd")


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_no_changed_byte_of_the_content_goes_unseen(tmp_path: Path, data: st.DataObject) -> None:
    """Any edit either leaves the very same body, or is reported; never another body, never a crash."""
    body = "核查：三条道路已完工。".encode() * 3
    digest = keep(tmp_path, page(body))
    path = path_of(tmp_path, digest)
    original = path.read_bytes()
    plain = bytearray(gzip.decompress(original))
    place = data.draw(st.integers(0, len(plain) - 1))
    plain[place] ^= data.draw(st.integers(1, 255))
    path.write_bytes(gzip.compress(bytes(plain)))
    try:
        state = check(tmp_path, digest)
        assert state == "damaged" or read(tmp_path, digest).body == body
    finally:
        path.write_bytes(original)
