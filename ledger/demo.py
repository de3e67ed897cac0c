"""The whole pipeline on the bundled sample city: every step is a command that a person would type.

The city is served on loopback while the walk lasts; the workspace stays, to be looked at afterwards.
"""

import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from crawlers.city import City, serve
from crawlers.workspace import Problem, Workspace

MARK = ".demo"  # only a directory that a demo made is ever cleared by the next one

_ENOUGH = 20  # characters that tell a promise from every other one of the city

Type = Callable[..., int]  # types `huiying …` and returns its exit code
Ask = Callable[..., Any]  # types `huiying … --json` without showing it and returns the value
Tell = Callable[[str], None]


def prepare(root: Path) -> Problem | None:
    """Clear what an earlier demo left; a problem if the directory is somebody's own."""
    if root.exists() and any(root.iterdir()) and not (root / MARK).exists():
        return Problem(str(root), "", "目录不是演示留下的，不能清空", "用 --dir 换一个位置")
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir(parents=True)
    (root / MARK).touch()
    return None


def walk(root: Path, *, now: datetime, type_: Type, ask: Ask, tell: Tell) -> int:
    """Serve the city and walk through it; the exit code of the first step that went wrong, else 0."""
    workspace = Workspace(root)
    with serve(now) as city:
        workspace.config.write_text(city.office_toml(), "utf-8")
        workspace.sources.write_text(city.sources_toml(), "utf-8")
        workspace.key()
        tell(f"样例城市已在本机开张：门户 {city.portal_url}，论坛 {city.forum_url}（都是虚构的）")
        for step in (_collect, _look, _keep_a_promise, _break_a_promise, _record):
            if code := step(city, type_, ask, tell):
                return code
        tell("六、公开给所有人看：没兑现的排在最前。")
        if code := type_("publish", str(root / "site")):
            return code
    _next(root, tell)
    return 0


def _collect(city: City, type_: Type, ask: Ask, tell: Tell) -> int:
    tell("一、采集 → 分类 → 立件。个人信息在落盘之前遮蔽，作者一概不收。")
    if code := type_("sweep"):
        return code
    tell("再采一次：城市没有变化，什么也不会重复。")
    return type_("sweep")


def _look(city: City, type_: Type, ask: Ask, tell: Tell) -> int:
    tell("二、采到了什么，现在该做什么。")
    for words in (("posts", "search", "法律援助", "--limit", "5"), ("today",), ("case", "list", "--limit", "8")):
        if code := type_(*words):
            return code
    return 0


def _keep_a_promise(city: City, type_: Type, ask: Ask, tell: Tell) -> int:
    story = city.story
    tell(f"三、盯住一句承诺，直到公开落实。信箱里有人问「{story.question_title}」，答复里承诺：「{story.quote}」。")
    number = _promise(ask, story.quote)
    criterion = "门户网站公布 10 个开通周末窗口的司法所名单"
    steps: tuple[tuple[str, int, tuple[str, ...]], ...] = (
        ("第二个人确认，并写下外人凭什么看出它兑现了：", 0, (
            "--as", "研判员甲", "commitment", "register", number, "--criterion", criterion,
            "--responsible", story.unit)),
        ("责任单位申报，要拿出官方公开网页和原话：", 0, (
            "--as", "联络员丙", "commitment", "claim", number, "--url", story.proof_url, "--quote", story.proof_quote)),
        ("申报的人想自己通过，规则不允许：", 5, (
            "--as", "联络员丙", "commitment", "verify", number, "--decision", "accepted", "--check", "all=yes")),
        ("核查员先看承诺与网页逐项比对：", 0, ("--as", "核查员乙", "commitment", "checklist", number)),
        ("核查员另行取一次网页，逐项核对后通过：", 0, (
            "--as", "核查员乙", "commitment", "verify", number, "--decision", "accepted", "--check", "all=yes")),
        ("这条承诺的全过程：", 0, ("commitment", "show", number)),
    )  # fmt: skip
    for said, expected, words in steps:
        tell(said)
        if (code := type_(*words)) != expected:
            return code or 1
    return 0


def _break_a_promise(city: City, type_: Type, ask: Ask, tell: Tell) -> int:
    broken = city.broken
    tell(f"四、另一句承诺已经过期，没有任何公开网页证明：「{broken.quote}」。逾期是算出来的，谁也改不了。")
    number = _promise(ask, broken.quote)
    criterion = "门户网站公示改造结果"
    words = ("--as", "研判员甲", "commitment", "register", number, "--criterion", criterion, "--lead", broken.unit)
    return type_(*words) or type_("commitment", "list", "--overdue", "--limit", "3")


def _promise(ask: Ask, quote: str) -> str:
    """The number of the commitment that the sweep found in the official answer."""
    found = ask("commitment", "list")
    return next(str(row["id"]) for row in found if quote[:_ENOUGH] in row["quote"])


def _record(city: City, type_: Type, ask: Ask, tell: Tell) -> int:
    tell("五、台账记下了什么。每条记录都接着上一条的散列，改一个字都查得出。")
    for words in (("ledger", "log", "--limit", "8"), ("ledger", "verify")):
        if code := type_(*words):
            return code
    return 0


def _next(root: Path, tell: Tell) -> None:
    lines = (
        "演示完了，工作目录留在这里。接着可以试试：",
        f"  huiying -w {root} today                       现在该做什么",
        f"  huiying -w {root} commitment list --overdue   哪些承诺过期了",
        f"  huiying -w {root} posts search 供热            检索",
        f"  浏览器打开 {root}/site/index.html             对外公开的样子",
        '  huiying due "3个工作日内" --from 2026-09-30     算一个时限',
        "  huiying init                                  给自己的单位建一个工作目录",
    )
    tell("\n".join(lines))
