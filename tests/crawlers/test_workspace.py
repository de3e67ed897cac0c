"""The workspace key: made once, private, the same for two processes that start together."""

import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crawlers.clock import stamp, unstamp
from crawlers.workspace import Problem, Workspace


def test_the_key_is_made_once_and_private(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "new")
    key = workspace.key()
    assert len(key) == 32
    assert workspace.key() == key
    assert stat.S_IMODE((workspace.root / "key").stat().st_mode) == 0o600
    assert list(workspace.root.iterdir()) == [workspace.root / "key"]


def test_racing_processes_agree_on_the_key(tmp_path: Path) -> None:
    import os
    from unittest.mock import patch

    pids = iter(range(1000, 1064))
    with patch.object(os, "getpid", lambda: next(pids)), ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: Workspace(tmp_path).key(), range(32)))
    assert len(keys) == 1


def test_a_problem_reads_as_a_sentence() -> None:
    assert str(Problem("a.xlsx", "第 3 行", "日期无法识别", "请改成 2026-01-01")) == (
        "a.xlsx 第 3 行：日期无法识别。请改成 2026-01-01"
    )


def test_times_are_written_in_china_time_and_naive_ones_refused() -> None:
    assert stamp(datetime(2026, 9, 30, 17, 0, tzinfo=UTC)) == "2026-10-01T01:00:00+08:00"
    assert unstamp("2026-10-01T01:00:00") == unstamp("2026-10-01T01:00:00+08:00")
    with pytest.raises(ValueError, match="naive"):
        stamp(datetime(2026, 1, 1))  # noqa: DTZ001 - the naive value is the point
