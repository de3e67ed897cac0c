"""The doctor names what is wrong and what to do, and touches nothing."""

import sqlite3
from datetime import datetime
from pathlib import Path

import pytest

from crawlers.clock import CHINA
from crawlers.workspace import Workspace, lay_out
from ledger.doctor import crontab, examine
from ledger.record.database import open_ledger

NOW = datetime(2026, 11, 21, 9, tzinfo=CHINA)
GOOD = '[office]\nname = "云溪市司法局"\ncontact = "0000-1234567"\ndomains = ["sfj.example.gov.cn"]\n'


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    made = Workspace(tmp_path / "data")
    lay_out(made)
    made.config.write_text(GOOD, "utf-8")
    open_ledger(made.ledger).close()
    return made


def wrong(workspace: Workspace, now: datetime = NOW) -> str:
    return "\n".join(str(found) for found in examine(workspace, now=now) if not found.fine)


def test_a_new_workspace_in_order_has_nothing_wrong(workspace: Workspace) -> None:
    before = {path: path.read_bytes() for path in workspace.root.iterdir()}
    assert wrong(workspace) == ""
    assert {path: path.read_bytes() for path in workspace.root.iterdir()} == before


def test_the_shipped_configuration_wants_to_be_filled_in(workspace: Workspace) -> None:
    workspace.config.unlink()
    lay_out(workspace)
    assert "没有登记官方域名" in wrong(workspace)
    assert "联系电话还是样例" in wrong(workspace)


def test_mistakes_in_both_files_are_told(workspace: Workspace) -> None:
    workspace.config.write_text("[office]\n", "utf-8")
    workspace.sources.write_text('[[source]]\nname = "甲"\n', "utf-8")
    assert "huiying.toml" in wrong(workspace)
    assert "sources.toml" in wrong(workspace)


def test_a_readable_key_is_told(workspace: Workspace) -> None:
    (workspace.root / "key").chmod(0o644)
    assert "chmod 600" in wrong(workspace)


def test_a_broken_ledger_is_told(workspace: Workspace) -> None:
    workspace.ledger.write_bytes(b"SQLite format 3\0" + b"\xff" * 4000)
    assert "ledger.db" in wrong(workspace)


def test_a_tampered_ledger_is_told(workspace: Workspace) -> None:
    db = sqlite3.connect(workspace.ledger)
    db.execute("DROP TRIGGER events_keep")
    db.close()
    assert "被改动" in wrong(workspace)


def test_a_broken_model_is_told(workspace: Workspace) -> None:
    workspace.model.mkdir()
    (workspace.model / "model.npz").write_bytes(b"PK half")
    assert "换回随附的模型" in wrong(workspace)


def test_a_year_without_its_notice_is_told_when_it_is_late(workspace: Workspace) -> None:
    assert "没有 2027 年的放假安排" in wrong(workspace, datetime(2026, 12, 20, tzinfo=CHINA))
    assert "没有 2027 年的放假安排" in wrong(workspace, datetime(2027, 1, 2, tzinfo=CHINA))


def test_the_crontab_is_lines_of_cron() -> None:
    lines = crontab(Path("bin/huiying"), Path("data")).splitlines()
    assert all(len(line.split(maxsplit=5)) == 6 for line in lines if line[0] in "*0123456789")


def test_a_broken_store_is_told_once_and_stops_nothing(workspace: Workspace) -> None:
    workspace.posts.write_bytes(b"SQLite format 3\0" + b"\xff" * 4000)
    assert "posts.db" in wrong(workspace)
    assert any(found.area == "磁盘" for found in examine(workspace, now=NOW))


def test_a_channel_that_cannot_send_is_told(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    unit = '[[unit]]\nname = "公证处"\n'
    channel = '[[alert]]\nkind = "wecom"\nsecret_env = "HUIYING_HOOK"\nunit = "公证处"\n'
    workspace.config.write_text(GOOD + unit + channel, "utf-8")
    monkeypatch.delenv("HUIYING_HOOK", raising=False)
    assert "第 1 个 [[alert]]（wecom@公证处）环境变量 HUIYING_HOOK 没有设置" in wrong(workspace)
    monkeypatch.setenv("HUIYING_HOOK", "https://hook.example.com/x")
    assert wrong(workspace) == ""


def test_a_channel_for_a_unit_nobody_declared_is_told(workspace: Workspace) -> None:
    workspace.config.write_text(GOOD + '[[alert]]\nkind = "stdout"\nunit = "公正处"\n', "utf-8")
    assert "提醒渠道「stdout」提到了未登记的单位「公正处」" in wrong(workspace)


def test_a_wrong_wording_of_the_labels_is_named(workspace: Workspace) -> None:
    workspace.labels.write_text('[[label]]\ncode = "gossip"\n', "utf-8")
    assert "gossip" in wrong(workspace)
    workspace.labels.write_text('version = "自定一"\n', "utf-8")
    assert wrong(workspace) == ""
    assert "本机关的 自定一" in "\n".join(map(str, examine(workspace, now=NOW)))
