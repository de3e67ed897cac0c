"""The record stays small: a real board export leaves each deadline, with its explanation, once in the file."""

import os
from datetime import datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

import cli
from crawlers.clock import CHINA
from ledger.record.database import open_ledger

DATA = Path(os.environ.get("HUIYING_DATA") or Path(__file__).parents[2].parent / "shared" / "data")
BOARD = DATA / "board" / "附件4.xlsx"
NOW = datetime(2026, 11, 21, 9, tzinfo=CHINA)


@pytest.mark.data
@pytest.mark.skipif(not os.environ.get("HUIYING_SOAK"), reason="导入两千多件要半分钟，用 HUIYING_SOAK=1 运行")
def test_a_case_of_a_real_board_takes_less_than_ten_kilobytes(tmp_path: Path) -> None:
    if not BOARD.exists():
        pytest.skip(f"没有 {BOARD.name}")
    root = tmp_path / "data"
    for words in (("init",), ("import", str(BOARD))):
        args = ["--workspace", str(root), *words]
        result = CliRunner().invoke(cli.huiying, args, obj=cli.Door(clock=lambda: NOW), prog_name="huiying")
        assert result.exit_code == 0, result.output
    with open_ledger(root / "ledger.db") as db:
        cases = db.execute("SELECT count(*) FROM cases").fetchone()[0]
        deadlines = db.execute("SELECT sum(pgsize) FROM dbstat WHERE name = 'deadlines'").fetchone()[0]
    assert cases > 2_000
    assert (root / "ledger.db").stat().st_size / cases < 10_000  # 13.8 kB with a copy of each deadline, 8.8 without
    assert deadlines / cases < 1_000
