"""What can be run: one job a command that does one thing and tells what came of it.

`Told` is the whole answer: JSON for scripts, something to look at for people, problems, and the exit code.
Every import stands inside its job, because this table is on the path of `--help`.
"""

import os
from dataclasses import asdict
from itertools import islice
from typing import TYPE_CHECKING

from crawlers.workspace import Problem, Workspace
from ledger.fields import Desk, Field, Typed
from ledger.jobs_model import MODEL_JOBS
from ledger.jobs_timing import TIMING_JOBS
from ledger.told import DAMAGED, FINDINGS, REFUSED, USAGE, Job, Told, look

if TYPE_CHECKING:
    from ledger.record.verify import Verdict


def _init(desk: Desk, typed: Typed) -> Told:
    from crawlers.workspace import lay_out

    done = lay_out(Workspace(desk.root), dry_run=typed["dry_run"])
    after = "下一步：填好 huiying.toml（单位、联系电话、官方域名、人员），再运行 huiying doctor"
    return Told({"done": done}, "\n".join([*done, after]))


def _doctor(desk: Desk, typed: Typed) -> Told:
    from ledger.doctor import examine

    found = examine(desk.workspace, now=desk.now)
    code = FINDINGS if any(not one.fine for one in found) else 0
    return Told([one.as_json() for one in found], "\n".join(map(str, found)), code=code)


def _add_source(desk: Desk, typed: Typed) -> Told:
    from dataclasses import replace

    from crawlers.probe import entry_of, probe
    from crawlers.register import add

    found = probe(typed["url"], desk.office, now=desk.now, hosts=typed["host"], tell=desk.say)
    if found.source is None:
        return Told(
            problems=(Problem(typed["url"], "", found.reason, "；".join(found.hints) or "换一个网址"),), code=FINDINGS
        )
    source = replace(found.source, name=typed["name"] or found.source.name)
    problems = [] if typed["dry_run"] else add(desk.workspace.sources, source)
    value = {"entry": entry_of(source), "reason": found.reason, "posts": [post.as_json() for post in found.posts]}
    view = look("looks.probe_view", found, source, written=not typed["dry_run"] and not problems)
    return Told(value, view, problems=tuple(problems), code=FINDINGS if problems else 0)


def _remove_source(desk: Desk, typed: Typed) -> Told:
    from crawlers.register import remove

    problems = remove(desk.workspace.sources, typed["name"])
    said = None if problems else f"已从 sources.toml 去掉「{typed['name']}」；采到的内容按期限保存，不受影响"
    return Told({"removed": not problems}, said, problems=tuple(problems), code=FINDINGS if problems else 0)


def _opml_in(desk: Desk, typed: Typed) -> Told:
    from crawlers.opml import read_opml
    from crawlers.register import add
    from ledger.sweep import chosen

    known, problems = chosen(desk.workspace.sources)
    found, more = ([], []) if problems else read_opml(typed["file"], known=known)
    problems += more
    for source in () if typed["dry_run"] else found:
        problems += add(desk.workspace.sources, source)
    said = f"{'将添加' if typed['dry_run'] else '添加了'} {len(found)} 个订阅源"
    names = [source.name for source in found]
    return Told({"added": names}, said, problems=tuple(problems), code=FINDINGS if problems else 0)


def _opml_out(desk: Desk, typed: Typed) -> Told:
    from crawlers.opml import write_opml
    from ledger.sweep import chosen

    sources, problems = chosen(desk.workspace.sources)
    text = write_opml(sources, title=f"{desk.office.name}订阅源")
    return Told({"opml": text}, text.rstrip(), problems=tuple(problems), code=FINDINGS if problems else 0)


def _check_sources(desk: Desk, typed: Typed) -> Told:
    from crawlers.health import check
    from crawlers.visits import open_visits
    from ledger.sweep import chosen
    from ledger.telling.looks import health_json

    sources, problems = chosen(desk.workspace.sources)
    db = desk.posts()
    open_visits(db, now=desk.now)
    found = check(db, sources, now=desk.now)
    bad = [health for health in found if health.state not in ("fine", "untried")]
    value = [health_json(health) for health in found]
    return Told(
        value, look("looks.health_table", found), problems=tuple(problems), code=FINDINGS if bad or problems else 0
    )


def _sweep(desk: Desk, typed: Typed) -> Told:
    from ledger.sweep import chosen, sweep

    sources, problems = chosen(desk.workspace.sources, [*typed["names"], *typed["only"]])
    if problems:
        return Told(problems=tuple(problems), code=FINDINGS)
    if typed["every"]:
        from ledger.watch import emergency

        return emergency(desk, typed, sources)
    if typed["lasting"]:
        return Told(
            problems=(Problem("--for", "", "只在反复采集时有用", "请同时写 --every，如 --every 5m"),), code=USAGE
        )
    if typed["dry_run"]:
        names = [source.name for source in sources]
        return Told({"sources": names}, "将采集：" + ("、".join(names) or "（没有登记来源）"))
    result = sweep(desk, sources, due_only=typed["due"])
    silent = typed["quiet"] and not result.problems
    return Told(
        result.as_json(), None if silent else look("looks.run_view", result), problems=result.problems, code=result.code
    )


def _import(desk: Desk, typed: Typed) -> Told:
    from ledger.sweep import bring_in

    result = bring_in(desk, typed["files"], source=typed["source"] or "", dry_run=typed["dry_run"])
    return Told(result.as_json(), look("looks.run_view", result), problems=result.problems, code=result.code)


def _purge(desk: Desk, typed: Typed) -> Told:
    from crawlers.purge import purge

    office = desk.office
    days = {"keep_days": office.keep_days, "keep_irrelevant_days": office.keep_irrelevant_days}
    done = purge(desk.posts(), now=desk.now, dry_run=typed["dry_run"], **days)
    said = (
        f"{'将清除' if done.dry_run else '已清除'}到期的 {done.expired} 条、不属七类的 {done.irrelevant} 条，"
        f"留下 {done.kept} 条，归还 {done.freed / 2**20:.1f} MB"
    )
    return Told(asdict(done), None if typed["quiet"] else said)


def _label(desk: Desk, typed: Typed) -> Told:
    from classify.tags import UnknownPost, correct
    from crawlers.store import full_id
    from ledger.sweep import look_again

    db = desk.posts()
    number, codes = full_id(db, typed["number"]), desk.taxonomy.codes
    if number is None:
        return Told(problems=(Problem("标注", "", "编号不唯一或没有", "用 huiying posts list 查"),), code=USAGE)
    if typed["code"] not in codes:
        return Told(problems=(Problem("标注", "", "没有这个标签", "、".join(codes)),), code=USAGE)
    try:
        tag = correct(db, number, typed["code"], now=desk.now, note=typed["note"] or "", taxonomy=desk.taxonomy)
    except UnknownPost as unknown:
        return Told(problems=(Problem("标注", "", str(unknown), "先运行 huiying sweep"),), code=FINDINGS)
    lines = look_again(desk, db)
    said = [f"{number} 由 {tag.proposed} 更正为 {tag.label}", *lines]
    return Told({"post": number, "label": tag.label, "proposed": tag.proposed}, "\n".join(said))


def _classify(desk: Desk, typed: Typed) -> Told:
    # A text's matrices are small: more threads would start, spin and help nothing.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from classify.model import load
    from classify.stream import classify_lines

    said = classify_lines(
        typed["file"], load(), report=lambda problem: desk.say(str(problem)), explain=not typed["brief"]
    )
    # A hundred at once: what is shown is flushed line by line, which costs a good part of what judging costs.
    return Told(lines=("\n".join((line, *islice(said, 99))) for line in said))


def _today(desk: Desk, typed: Typed) -> Told:
    from ledger.telling.today import today

    found = today(desk.ledger(), now=desk.now, posts=desk.workspace.posts)
    return Told(found.as_json(), look("today_text.today_text", found))


def _review(desk: Desk, typed: Typed) -> Told:
    from ledger.review import review

    return review(desk, unit=typed["unit"] or "")


def _find(desk: Desk, typed: Typed) -> Told:
    from ledger.promises.find import find_lines

    return Told(lines=find_lines(typed["file"], report=lambda problem: desk.say(str(problem))))


def _checklist(desk: Desk, typed: Typed) -> Told:
    from ledger.fill import checklist

    found = checklist(typed["number"], desk)
    if isinstance(found, list):
        return Told([], problems=tuple(found), code=FINDINGS)
    return Told([asdict(line) for line in found], look("show.checklist_view", found))


def _plan(desk: Desk, typed: Typed) -> Told:
    from ledger.fill import propose_plan
    from ledger.promises.plans import read_plan_file
    from ledger.timing.in_force import calendar_in_force

    calendar, broken = calendar_in_force(desk.root)
    if broken:
        return Told([], problems=tuple(broken), code=FINDINGS)
    plan = read_plan_file(typed["file"], calendar=calendar)
    items, code = [item.as_json() for item in plan.items], FINDINGS if plan.problems else 0
    if typed["dry_run"]:
        return Told(items, look("looks.plan_table", plan), problems=tuple(plan.problems), code=code)
    outcomes = propose_plan(plan, desk, typed["file"].read_bytes())
    refused = [str(outcome.refusal) for outcome in outcomes if outcome.refusal]
    said = f"读到 {len(items)} 项，登记为待确认的承诺 {sum(outcome.done for outcome in outcomes)} 条"
    lines = [said, *(f"没有登记：{reason}" for reason in dict.fromkeys(refused))]
    return Told(items, "\n".join(lines), problems=tuple(plan.problems), code=REFUSED if refused else code)


def _alert(desk: Desk, typed: Typed) -> Told:
    import os

    from ledger.telling.alerts import alert
    from ledger.telling.channels import one_run_at_a_time
    from ledger.timing.in_force import calendar_in_force

    out, office, (calendar, broken) = desk.workspace.out, desk.office, calendar_in_force(desk.root)
    told = {"env": os.environ, "out": out, "dry_run": typed["dry_run"], "calendar": calendar}
    with one_run_at_a_time(desk.workspace.root / "alert.lock"):
        done = alert(desk.ledger(), office, now=desk.now, **told)
    said = "\n\n".join(message.text for message in done.messages)
    remedy = "检查 huiying.toml 的 [[alert]] 和环境变量"
    problems = (*broken, *(Problem("提醒", "", error, remedy) for error in done.errors))
    return Told(done.as_json(), said or None, problems=problems, code=FINDINGS if done.overdue or problems else 0)


def _reconcile(desk: Desk, typed: Typed) -> Told:
    from ledger.proof.fetch import Visitor
    from ledger.proof.reconcile import reconcile

    done = reconcile(
        desk.ledger(),
        Visitor(desk.office),
        store=desk.workspace.evidence,
        now=desk.now,
        posts=desk.posts(),
        unseen_since=typed["since"],
        progress=lambda number, total: desk.progress("对照检查", number, total),
    )
    found = done.evidence_found or done.refused
    said = [*done.lines, f"对照检查 {done.checked} 条承诺：{done.evidence_found} 条找到疑似证据，请责任单位申报"]
    quiet = typed["quiet"] and not found
    return Told(done.as_json(), None if quiet else "\n".join(said), code=FINDINGS if found else 0)


def _report(desk: Desk, typed: Typed) -> Told:
    from ledger.telling.document import Format, content
    from ledger.telling.reports import report

    form: Format = typed["format"] or "md"
    kind, day = typed["kind"], (typed["day"] or desk.now).date()
    made = report(desk.ledger(), desk.office, kind=kind, day=day, now=desk.now)
    written, into = content(made, form), typed["out"]
    if into is None and form in ("docx", "xlsx"):
        into = desk.workspace.out / f"{kind}-{day}.{form}"
    if into is None:
        return Told(made.as_json(), written.decode().rstrip("\n"))
    into.parent.mkdir(parents=True, exist_ok=True)
    into.write_bytes(written)
    return Told(made.as_json(), f"写好 {into}")


def _publish(desk: Desk, typed: Typed) -> Told:
    from ledger.telling.publish import PublishRefused, publish

    base = typed["base_url"] or ""
    try:
        done = publish(desk.ledger(), desk.office, typed["into"], now=desk.now, base_url=base, dry_run=typed["dry_run"])
    except PublishRefused as refused:
        return Told(problems=(Problem(str(typed["into"]), "", str(refused), "换一个空目录"),), code=REFUSED)
    news = f"新写 {len(done.written)} 个、删去 {len(done.removed)} 个" if done.written or done.removed else "没有变化"
    said = f"公开网站 {typed['into']}：{done.promises} 条承诺，{done.files} 个文件，{news}；{done.head}"
    return Told(done.as_json(), said)


def _export(desk: Desk, typed: Typed) -> Told:
    from ledger.export import ExportRefused, export

    into, sealed = typed["into"], bool(typed["sealed"])
    try:
        done = export(desk.ledger(), desk.office, into, now=desk.now, sealed=sealed, dry_run=typed["dry_run"])
    except ExportRefused as refused:
        return Told(problems=(Problem("导出", "", str(refused), "换一个空目录"),), code=REFUSED)
    value = {"path": str(done.path), "count": done.head.count, "hash": done.head.hash, "files": list(done.files)}
    verb = "将导出" if typed["dry_run"] else "已导出"
    whole = "只有链，没有内容" if sealed else "含没有公开的内容，只交给有权核查的人"
    return Told(value, f"{verb}到 {done.path}：{done.head}，{len(done.files)} 个文件（{whole}）")


def _verify(desk: Desk, typed: Typed) -> Told:
    from ledger.record.exported import verify_export

    verdict = (
        verify_export(typed["file"], witness=typed["witness"]) if typed["file"] else _verify_workspace(desk, typed)
    )
    codes = {"ok": 0, "unverifiable": FINDINGS}
    return Told(verdict.as_json(), str(verdict), code=codes.get(verdict.status, DAMAGED))


def _verify_workspace(desk: Desk, typed: Typed) -> "Verdict":
    from ledger.proof.snapshots import SnapshotError, read
    from ledger.record.verify import verify_file

    store = desk.workspace.evidence

    def page(digest: str) -> bytes | None:
        try:
            return read(store, digest).body
        except SnapshotError:
            return None

    level = int(typed["level"] or 2)
    return verify_file(desk.workspace.ledger, level, witness=typed["witness"], pages=page)


def _witness(desk: Desk, typed: Typed) -> Told:
    from ledger.record.witness import witness

    done = witness(desk.ledger(), typed["file"], now=desk.now)
    said = f"{'已有这一点' if done.repeated else '见证'}：{done.point}" if done.point else None
    value = {"point": str(done.point) if done.point else None, "repeated": done.repeated}
    return Told(value, said, problems=done.problems, code=DAMAGED if done.problems else 0)


def _rebuild(desk: Desk, typed: Typed) -> Told:
    from ledger.record.projections import rebuild

    found = rebuild(desk.ledger(), check=typed["check"])
    said = "\n".join(map(str, found)) or ("状态表与事件一致" if typed["check"] else "状态表已由事件重建")
    return Told({"differences": [str(one) for one in found]}, said, code=FINDINGS if found else 0)


def _backup(desk: Desk, typed: Typed) -> Told:
    from ledger.backup import backup

    done = backup(desk.workspace, typed["into"], now=desk.now)
    value = {"path": str(done.path), "count": done.head.count, "hash": done.head.hash, "files": done.files}
    return Told(value, f"已备份到 {done.path}：{done.head}，{done.files} 个文件。群众的话不进备份")


def _restore(desk: Desk, typed: Typed) -> Told:
    from ledger.backup import RestoreRefused, restore

    workspace = Workspace(desk.root)
    try:
        done = restore(workspace, typed["copy"], reason=typed["reason"] or "", now=desk.now)
    except RestoreRefused as refused:
        return Told(problems=(Problem("恢复", "", str(refused), "现有台账没有改动"),), code=REFUSED)
    value = {"path": str(done.path), "count": done.head.count, "hash": done.head.hash, "files": done.files}
    return Told(value, f"已恢复：{done.head}，{done.files} 个文件。原来的文件留在 replaced-… 目录")


_JSONL = Field("file", "input", "文件|-", required=True, positional=True)
_QUIET = Field("quiet", "flag", "没有事就不出声")

JOBS = (
    Job("", "init", "建立工作目录，写好带注释的 huiying.toml 和 sources.toml。", _init, writes=True),
    Job("", "doctor", "检查配置、来源、数据库、日历、模型和磁盘；有问题退出码为 1。", _doctor),
    Job("source", "add", "给一个网址：礼貌地访问，认出类型，给你看头几条，写入来源表。", _add_source, (
        Field("url", "text", "网址", required=True, positional=True),
        Field("name", "text", "名称，默认取网页标题"),
        Field("host", "texts", "正文所在的别的公开网站，可写多次"),
    ), writes=True),
    Job("source", "remove", "从来源表里去掉一个来源。", _remove_source, (
        Field("name", "text", "名称", required=True, positional=True),
    )),
    Job("source", "import", "从 OPML 文件添加订阅源。", _opml_in, (
        Field("file", "file", "OPML 文件", required=True, positional=True),
    ), writes=True),
    Job("source", "export", "把订阅源写成 OPML，打印在标准输出。", _opml_out),
    Job("source", "check", "每个来源的状况：上次成功、最近一条、是否安静或被拒，该怎么办。", _check_sources),
    Job("", "sweep", "采集 → 分类 → 立件 → 小结。可以随时中断，再运行会接着做。", _sweep, (
        Field("names", "texts", "[来源]…", positional=True),
        Field("only", "texts", "只采这些来源，可写多次"),
        Field("every", "span", "应急：每隔这么久再采一轮，如 5m，直到按 Ctrl-C；过密的自动放宽"),
        Field("lasting", "span", "反复采集多久，如 2h，到时自己停下", option="for"),
        Field("due", "flag", "只采到了时间的来源，供定时任务用"), _QUIET,
    ), writes=True),
    Job("", "import", "导入 12345、留言板的导出表（xlsx、xls、csv、jsonl）；作者各列不读入。", _import, (
        Field("files", "files", "文件…", required=True, positional=True),
        Field("source", "text", "来源名称，默认按表头认出（12345工单、信箱、留言板）"),
    ), writes=True),
    Job("posts", "label", "更正一条内容的标签：立刻生效，优先于模型，该立件的随即立件。", _label, (
        Field("number", "text", "编号", required=True, positional=True),
        Field("code", "text", "标签代码", required=True, positional=True),
        Field("note", "text", "备注"),
    )),
    Job("", "purge", "清除到期的内容，只留不可还原的标记；空间真正归还。", _purge, (_QUIET,), writes=True),
    Job("", "classify", "给 JSONL（每行 id、text）标七类，逐行输出；不需要工作目录。", _classify, (
        _JSONL, Field("brief", "flag", "不写依据，成批时快一倍"),
    )),
    Job("", "today", "现在需要我做什么：逾期、将到期、待确认、待核查。", _today),
    Job("", "review", "在终端里逐件过：一键看依据、登记、申报、核查、不予回应……最急的在前。", _review, (
        Field("unit", "text", "只看这个单位欠着的"),
    )),
    Job("", "alert", "供定时任务用：该提醒的只说一次；有逾期时退出码为 1。", _alert, writes=True),
    Job("", "reconcile", "逐一对照检查：每条未了的承诺，看有没有公开证据；已销号的按期复查。", _reconcile, (
        Field("since", "since", "这之后查过的不再查，供中断后接着做"), _QUIET,
    )),
    Job("", "report", "报表和成绩单：没做到的在前，每个比率写明分子分母，页脚有头部指纹。", _report, (
        Field("kind", "choice", "daily|weekly|monthly|annual|scorecard", required=True, positional=True,
              choices=("daily", "weekly", "monthly", "annual", "scorecard")),
        Field("format", "choice", "格式，默认 md；docx、xlsx 写到文件", choices=("md", "html", "json", "docx", "xlsx")),
        Field("day", "moment", "报哪一天（周、月、年含这一天），默认今天"),
        Field("out", "path", "写到文件；docx、xlsx 默认写到工作目录的 out/"),
    )),
    Job("", "publish", "生成公开网站：没兑现的承诺排在最前；只有机关自己的话。", _publish, (
        Field("into", "directory", "目录", required=True, positional=True),
        Field("base_url", "text", "将来挂出的网址，供订阅源使用"),
    ), writes=True),
    Job("", "backup", "备份台账、证据、配置和密钥到一个目录，并核验备份。", _backup, (
        Field("into", "directory", "目录", required=True, positional=True),
    )),
    Job("", "restore", "从备份恢复；比现有台账旧的备份须写明理由。", _restore, (
        Field("copy", "directory", "备份目录", required=True, positional=True),
        Field("reason", "text", "为什么要恢复较旧的备份"),
    )),
    Job("ledger", "verify", "从存下的字节重新核验台账：链、守卫、状态表、快照、见证；也核验导出的文件。", _verify, (
        Field("file", "file", "[导出文件]", positional=True),
        Field("level", "choice", "核验到哪一级，默认 2", choices=("0", "1", "2", "3", "4")),
        Field("witness", "path", "见证文件"),
    )),
    Job("ledger", "witness", "把条数和头部指纹记进别人保管的见证文件。", _witness, (
        Field("file", "path", "文件", required=True, positional=True),
    )),
    Job("ledger", "export", "导出全部事件和状态表，外人不用本程序也能核验。", _export, (
        Field("into", "directory", "目录", required=True, positional=True),
        Field("sealed", "flag", "只导出链，不导出内容：能核验，不泄露"),
    ), writes=True),
    Job("ledger", "rebuild", "由事件重建状态表；--check 只比较不改动。", _rebuild, (
        Field("check", "flag", "只比较"),
    )),
    Job("commitment", "find", "从答复（JSONL：id、replied_at、reply）里找承诺，逐行输出。", _find, (_JSONL,)),
    Job("commitment", "checklist", "核查前先看：承诺与所申报网页逐项比对，不作决定。", _checklist, (
        Field("number", "text", "承诺编号", required=True, positional=True),
    )),
    Job("plan", "import", "读出工作要点的每一项（牵头、责任、完成时限），登记为待确认的承诺。", _plan, (
        Field("file", "file", "文件", required=True, positional=True),
    ), writes=True),
)  # fmt: skip


def jobs_of(group: str) -> dict[str, Job]:
    """The jobs of one command group by verb; "" is the top level."""
    return {job.verb: job for job in (*JOBS, *MODEL_JOBS, *TIMING_JOBS) if job.group == group}
