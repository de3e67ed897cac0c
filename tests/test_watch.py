"""Emergency mode, by the command line and a clock that only moves when the command waits."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import cli
from crawlers.clock import CHINA
from crawlers.sources import Source
from ledger.watch import planned, span

START = datetime(2026, 11, 21, 9, 0, tzinfo=CHINA)
OFFICE = '[office]\nname = "云溪市司法局"\ncontact = "0000-00000000"\n'


class Clock:
    """Stands still until somebody sleeps; then what was planned for the time in between happens."""

    def __init__(self) -> None:
        self.now = START
        self.slept: list[float] = []
        self.plans: list[Callable[[], object]] = []

    def __call__(self) -> datetime:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += timedelta(seconds=seconds)
        if self.plans:
            self.plans.pop(0)()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr("ledger.watch._sleep", made.sleep)
    return made


@pytest.fixture
def home(tmp_path: Path, loopback: Any) -> Path:
    """A workspace that watches two feeds on loopback."""
    (tmp_path / "huiying.toml").write_text(OFFICE, "utf-8")
    entries = "".join(
        f'[[source]]\nname = "{name}"\nkind = "feed"\nurl = "{loopback.url}{path}"\ndelay_seconds = 0\n'
        for name, path in (("晚报", "/evening.xml"), ("日报", "/daily.xml"))
    )
    (tmp_path / "sources.toml").write_text(entries, "utf-8")
    publish(loopback, "/evening.xml", 2)
    publish(loopback, "/daily.xml", 1)
    return tmp_path


def publish(loopback: Any, path: str, count: int) -> None:
    items = "".join(
        f"<item><title>第 {n} 号通报</title><link>{loopback.url}/{n}</link><guid>{n}</guid>"
        f"<description>东城第 {n} 处积水点已经排干。</description></item>"
        for n in range(count)
    )
    loopback.pages[path] = f'<rss version="2.0"><channel><title>报</title>{items}</channel></rss>'


def stop() -> None:
    raise KeyboardInterrupt


def huiying(home: Path, clock: Clock, *words: str) -> Result:
    args = ["--workspace", str(home), *words]
    return CliRunner().invoke(cli.huiying, args, obj=cli.Door(clock=clock), catch_exceptions=False)


def test_rounds_come_at_the_interval_and_each_says_what_it_brought(home: Path, clock: Clock, loopback: Any) -> None:
    clock.plans = [lambda: publish(loopback, "/evening.xml", 5), lambda: None, stop]
    result = huiying(home, clock, "sweep", "--every", "5m", "--only", "晚报")
    assert result.stdout.splitlines() == [
        "11-21 09:00 第 1 轮　读到 2，新 2；新的在晚报 2 条",
        "11-21 09:05 第 2 轮　读到 5，新 3，已有 2；新的在晚报 3 条",
        "11-21 09:10 第 3 轮　读到 5，新 0，已有 5",
        "已停下，共 3 轮（11-21 09:00 至 11-21 09:15）：读到 12，新 5，已有 7，立件 0 件",
    ]
    assert result.exit_code == 0
    assert clock.slept == [300, 300, 300]
    assert set(loopback.asked) == {"/evening.xml"}  # only what was chosen


def test_it_stops_by_itself_when_the_time_is_over(home: Path, clock: Clock) -> None:
    result = huiying(home, clock, "sweep", "--every", "5m", "--for", "12m", "--only", "晚报", "日报", "--json")
    *rounds, total = map(json.loads, result.stdout.splitlines())
    assert [(one["round"], one["at"], one["new"]) for one in rounds] == [
        (1, "2026-11-21T09:00:00+08:00", 3),
        (2, "2026-11-21T09:05:00+08:00", 0),
        (3, "2026-11-21T09:10:00+08:00", 0),
    ]
    assert set(rounds[0]["sources"]) == {"晚报", "日报"}
    assert (total["rounds"], total["new"], total["interrupted"]) == (3, 3, False)
    assert result.exit_code == 0


def test_a_trouble_is_told_once_and_the_exit_code_remembers_it(home: Path, clock: Clock, loopback: Any) -> None:
    loopback.pages["/evening.xml"] = "<html>改版了</html>"
    clock.plans = [lambda: None, lambda: None, lambda: publish(loopback, "/evening.xml", 1), lambda: None, stop]
    result = huiying(home, clock, "sweep", "--every", "1m", "--only", "晚报")
    said = result.stdout.splitlines()
    assert "晚报：1 页未取到，不是订阅源，请核对地址" in said[0]
    assert "没有到时间的来源" in said[1]  # a source that fails is asked less and less often
    assert sum("不是订阅源" in line for line in said) == 1
    assert result.exit_code == 1


def test_a_host_that_asks_for_time_gets_it(home: Path, clock: Clock, loopback: Any) -> None:
    def later(handler: Any) -> None:
        handler.send_response(503)
        handler.send_header("Retry-After", "1800")
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    loopback.pages["/evening.xml"] = later
    result = huiying(home, clock, "sweep", "--every", "5m", "--for", "20m", "--only", "晚报")
    assert loopback.asked == ["/evening.xml"]
    assert "对方请稍后再来（1800 秒后）" in result.stdout
    again = huiying(home, clock, "sweep", "--only", "晚报")
    assert "晚报：对方请 11-21 09:30 以后再来，本次没有采集" in again.stdout
    assert loopback.asked == ["/evening.xml"]


def test_stopped_in_the_middle_of_a_round_what_was_read_is_kept(
    home: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("ledger.sweep.tag_new", interrupted)
    result = huiying(home, clock, "sweep", "--every", "5m", "--only", "晚报")
    assert result.stdout.startswith("已停下，共 0 轮")
    assert result.exit_code == 0
    monkeypatch.undo()
    after = huiying(home, clock, "sweep", "--only", "晚报", "--json")
    assert json.loads(after.stdout)["tagged"]["tagged"] == 2


def test_another_sweep_under_way_costs_one_round(home: Path, clock: Clock) -> None:
    from filelock import FileLock

    lock = FileLock(home / "crawl.lock")
    lock.acquire()
    clock.plans = [lock.release, stop]
    result = huiying(home, clock, "sweep", "--every", "5m", "--only", "晚报")
    assert "第 1 轮　本轮跳过：本工作区正在采集" in result.stdout
    assert "第 2 轮　读到 2，新 2" in result.stdout


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--every", "很快"], 2, "「很快」：不是时长"),
        (["--every", "5m", "--for", "0h"], 2, "「0h」：不是时长"),
        (["--for", "2h"], 2, "请同时写 --every"),
        (["--every", "5m", "--only", "没有"], 1, "没有登记来源「没有」"),
    ],
)
def test_what_cannot_be_done_is_said(home: Path, clock: Clock, words: list[str], code: int, said: str) -> None:
    result = huiying(home, clock, "sweep", *words)
    assert (result.exit_code, said in result.stderr) == (code, True), result.output


def test_without_any_source_there_is_nothing_to_watch(home: Path, clock: Clock) -> None:
    (home / "sources.toml").write_text("", "utf-8")
    result = huiying(home, clock, "sweep", "--every", "5m")
    assert (result.exit_code, "还没有登记来源" in result.stderr) == (1, True)


def test_a_trial_says_how_often_each_source_would_be_asked(home: Path, clock: Clock, loopback: Any) -> None:
    result = huiying(home, clock, "sweep", "--every", "20s", "--dry-run")
    assert "「晚报」改为每 1 分钟一次：最密一分钟一次" in result.stdout
    assert loopback.asked == []


def test_an_interval_is_raised_to_what_courtesy_allows_and_why_is_said() -> None:
    public = Source("信箱", "mailbox", "https://www.example.gov.cn/xx/", delay_seconds=2.0)
    slow = Source("论坛", "forum", "https://bbs.example.cn/", engine="discuz", delay_seconds=200.0, max_pages=3)
    beside = Source("专栏", "feed", "https://bbs.example.cn/rss", delay_seconds=200.0)
    plan = planned([public, slow, beside], timedelta(minutes=1))
    assert [source.every_minutes for source in plan.sources] == [5, 14, 14]  # 4 pages of one host, 200 s each
    assert plan.every == timedelta(minutes=5)
    assert plan.notes[0] == "「信箱」改为每 5 分钟一次：公开网站不得更密"
    assert "走完一轮就要这么久" in plan.notes[1]
    unhurried = planned([public], timedelta(minutes=30))
    assert (unhurried.sources[0].every_minutes, unhurried.notes) == (30, ())


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("5m", 300), ("90s", 90), ("2h", 7200), ("1.5h", 5400), ("1d", 86400), ("10分钟", 600), ("2小时", 7200)],
)
def test_spans_are_read_as_people_write_them(text: str, seconds: float) -> None:
    assert span(text) == timedelta(seconds=seconds)
