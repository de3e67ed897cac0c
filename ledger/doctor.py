"""Is everything in order? One small check a thing that can go wrong, each with a remedy; nothing is repaired here."""

import os
import shutil
import sqlite3
import stat
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from crawlers.database import DatabaseError, connect
from crawlers.workspace import Workspace

LOW_DISK = 500 * 2**20  # bytes; a day's sweep and a backup need less
NOTICE_MONTH = 11  # the State Council's holiday notice for the next year usually comes in November


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at."""

    area: str
    fine: bool
    message: str
    remedy: str = ""

    def __str__(self) -> str:
        """One line; a cross where something is to be done."""
        line = f"{'✓' if self.fine else '✗'} {self.area}：{self.message}"
        return f"{line}。{self.remedy}" if self.remedy else line

    def as_json(self) -> dict[str, Any]:
        """The fields under their names."""
        return asdict(self)


def examine(workspace: Workspace, *, now: datetime) -> list[Finding]:
    """Every check, in the order in which somebody setting up would meet them."""
    return [finding for check in CHECKS for finding in check(workspace, now)]


def _config(workspace: Workspace, now: datetime) -> Iterator[Finding]:
    from crawlers.office_file import read_office

    office, problems = read_office(workspace.config)
    for problem in problems:
        yield Finding("配置", False, f"{problem.file} {problem.place} {problem.message}".strip(), problem.remedy)
    if office is None:
        return
    yield Finding("配置", True, f"{office.name}，{len(office.units)} 个单位，{len(office.people)} 名人员")
    if not office.domains:
        yield Finding("配置", False, "没有登记官方域名，任何承诺都无法凭公开网页销号", "请填写 [office] 的 domains")
    if office.contact.strip("0-") == "":
        yield Finding("配置", False, "联系电话还是样例", "采集时要向对方网站表明身份，请填写真实的 contact")
    if not office.four_eyes:
        yield Finding("配置", True, "两人复核已关闭：每条有关记录和报表都会注明")


def _sources(workspace: Workspace, now: datetime) -> Iterator[Finding]:
    from crawlers.sources import read_sources

    sources, problems = read_sources(workspace.sources)
    for problem in problems:
        yield Finding("来源", False, f"{problem.file} {problem.place} {problem.message}".strip(), problem.remedy)
    if not problems:
        remedy = "" if sources else "用 huiying source add 网址 添加，或用 huiying import 导入"
        yield Finding("来源", True, f"登记了 {len(sources)} 个公开渠道", remedy)


def _labels(workspace: Workspace, now: datetime) -> Iterator[Finding]:
    from classify.labels import read_taxonomy

    taxonomy, problems = read_taxonomy(workspace.labels)
    for problem in problems:
        yield Finding("分类表", False, f"{problem.file} {problem.place} {problem.message}".strip(), problem.remedy)
    if not problems:
        own = "本机关的" if workspace.labels.exists() else "随附的"
        yield Finding("分类表", True, f"{own} {taxonomy.version}" + (f"（{taxonomy.note}）" if taxonomy.note else ""))


def _key(workspace: Workspace, now: datetime) -> Iterator[Finding]:
    path = workspace.root / "key"
    if not path.exists():
        yield Finding("密钥", True, "还没有，第一次采集或导入时生成")
    elif stat.S_IMODE(path.stat().st_mode) & 0o077:
        yield Finding("密钥", False, f"{path.name} 别的用户也能读", f"运行 chmod 600 {path}")
    elif path.stat().st_size != 32:
        yield Finding("密钥", False, "长度不对，已清除内容的标记会失效", "请从备份恢复 key 文件")
    else:
        yield Finding("密钥", True, "只有本用户能读")


def _databases(workspace: Workspace, now: datetime) -> Iterator[Finding]:
    for path, what in ((workspace.posts, "群众的话"), (workspace.ledger, "台账")):
        if not path.exists():
            yield Finding(what, True, f"还没有 {path.name}")
            continue
        yield _sound(path, what)


def _sound(path: Path, what: str) -> Finding:
    try:
        db = connect(path, read_only=True)
        try:
            (answer,) = db.execute("PRAGMA quick_check(1)").fetchone()
        finally:
            db.close()
    except (sqlite3.DatabaseError, DatabaseError) as error:
        return Finding(what, False, f"{path.name} 无法读取（{error}）", "用 huiying restore 从备份恢复")
    if answer != "ok":
        return Finding(what, False, f"{path.name} 已损坏（{answer}）", "用 huiying restore 从备份恢复")
    return Finding(what, True, f"{path.name} 完好，{path.stat().st_size / 2**20:.1f} MB")


def _chain(workspace: Workspace, now: datetime) -> Iterator[Finding]:
    if not workspace.ledger.exists():
        return
    from ledger.record.verify import verify_file

    verdict = verify_file(workspace.ledger, 1)
    fine = verdict.status == "ok"
    yield Finding("台账", fine, f"散列链{verdict}", "" if fine else "运行 huiying ledger verify 查看详情")


def _calendar(workspace: Workspace, now: datetime) -> Iterator[Finding]:
    from ledger.timing.in_force import CALENDAR, in_force

    timing, problems = in_force(workspace.root)
    calendar = timing.calendar
    for problem in problems:
        what = "日历" if problem.file == CALENDAR else "时限规则"
        yield Finding(what, False, f"{problem.file} {problem.place} {problem.message}".strip(), problem.remedy)
    if (workspace.root / CALENDAR).exists() and not problems and not _on_record(workspace, calendar.version):
        path = workspace.root / CALENDAR
        yield Finding(
            "日历",
            False,
            f"{CALENDAR} 里的安排还没有记入台账，已有的时限没有重算",
            f"运行 huiying calendar load {path}",
        )
    if timing.rules.local or timing.rules.dropped:
        told = (
            f"本地改动 {len(timing.rules.local)} 条、删去 {len(timing.rules.dropped)} 条，版本 {timing.rules.version}"
        )
        yield Finding("时限规则", True, told)
    for year in (now.year, now.year + 1):
        if calendar.announced(year):
            yield Finding("日历", True, f"{year} 年放假安排已在表中")
        elif year == now.year or now.month > NOTICE_MONTH:
            yield Finding(
                "日历", False, f"没有 {year} 年的放假安排，有关时限都是暂定", "用 huiying calendar load 通知文件 启用"
            )
        else:
            yield Finding("日历", True, f"{year} 年放假安排尚未公布，有关时限标为暂定，公布后重算")


def _on_record(workspace: Workspace, version: str) -> bool:
    """Whether a calendar of that version was put on record; no record yet, nothing to put there."""
    from contextlib import closing

    from ledger.record.database import read_ledger

    if not workspace.ledger.exists():
        return True
    with closing(read_ledger(workspace.ledger)) as db:
        return db.execute("SELECT 1 FROM calendar_notices WHERE version = ?", [version]).fetchone() is not None


def _model(workspace: Workspace, now: datetime) -> Iterator[Finding]:
    from classify.archive import ModelFileError
    from classify.model import load

    own = workspace.model / "model.npz"
    try:
        model = load(own if own.exists() else None)
    except ModelFileError as error:
        yield Finding("分类模型", False, str(error), "删去工作目录里的 model/，换回随附的模型")
        return
    yield Finding("分类模型", True, f"{'本单位再训练的' if own.exists() else '随附的'}模型 {model.version}")


def _drift(workspace: Workspace, now: datetime) -> Iterator[Finding]:
    from contextlib import closing

    from classify.archive import ModelFileError
    from classify.drift import drift
    from classify.retrain import current
    from crawlers.store import open_posts

    if not workspace.posts.exists():
        return
    try:
        with closing(open_posts(workspace.posts)) as db:
            found = drift(db, current(workspace.model), now=now)
    except (ModelFileError, DatabaseError, sqlite3.DatabaseError):
        return  # said by the checks of the model and the databases
    if found.advice:
        yield Finding("分类模型", False, found.advice, "用 huiying label 标注")
    elif found.recent:
        shares = f"近七天 {found.recent} 条，拿不准的占 {found.doubtful[1]:.0%}"
        yield Finding("分类模型", True, shares)


def _alerts(workspace: Workspace, now: datetime) -> Iterator[Finding]:
    from crawlers.office_file import read_office
    from ledger.telling.senders import check_channels

    office, _ = read_office(workspace.config)
    if office is None:
        return  # said by the check of the configuration
    problems = check_channels(office.alerts, os.environ)
    for problem in problems:
        yield Finding("提醒", False, f"{problem.place}{problem.message}", problem.remedy)
    if not office.alerts:
        yield Finding("提醒", True, "没有登记提醒渠道，到期只在 huiying today 里看得到")
    elif not problems:
        yield Finding("提醒", True, f"{len(office.alerts)} 个渠道：{'、'.join(one.label for one in office.alerts)}")


def _words(workspace: Workspace, now: datetime) -> Iterator[Finding]:
    from importlib.util import find_spec

    fast = find_spec("rjieba") is not None
    yield Finding("分词", True, "rjieba" if fast else "rjieba 不可用，退回 jieba：结果相同，慢约三十倍")


def _disk(workspace: Workspace, now: datetime) -> Iterator[Finding]:
    free = shutil.disk_usage(workspace.root).free
    writable = os.access(workspace.root, os.W_OK)
    if not writable:
        yield Finding("磁盘", False, f"{workspace.root} 不可写", "请检查目录权限")
    elif free < LOW_DISK:
        yield Finding("磁盘", False, f"只剩 {free / 2**20:.0f} MB", "清理磁盘，或运行 huiying purge")
    else:
        yield Finding("磁盘", True, f"剩余 {free / 2**30:.1f} GB")


CHECKS: tuple[Callable[[Workspace, datetime], Iterator[Finding]], ...] = (
    _config,
    _sources,
    _labels,
    _key,
    _databases,
    _chain,
    _calendar,
    _model,
    _drift,
    _alerts,
    _words,
    _disk,
)


def crontab(program: Path, home: Path) -> str:
    """Suggested crontab lines; printed, never installed."""
    command = f"{program} --workspace {home}"
    return "\n".join(
        [
            "# 每五分钟：该提醒的；每十分钟：到了时间的来源；每天早上：对照检查、日报；每天夜里：备份、清除到期内容",
            "CRON_TZ=Asia/Shanghai",
            f"*/5 * * * *  {command} alert",
            f"*/10 * * * * {command} sweep --due --quiet",
            f"30 7 * * *   {command} reconcile --quiet; {command} report daily",
            f"20 2 * * *   {command} backup {home / 'backup'}; {command} purge --quiet",
        ]
    )
