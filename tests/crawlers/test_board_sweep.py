"""Sweeps of message boards and of lists that leave something alone: nothing twice, nothing left unsaid."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from crawlers import store
from crawlers.crawl import run
from crawlers.office import Office
from crawlers.posts import Post
from crawlers.sources import Source
from crawlers.tally import SourceTally
from crawlers.workspace import Workspace

OFFICE = Office("云溪市司法局", "0000-00000000")
NEXT = '<a href="index_1.html">下一页</a>'


def letter(question: str, day: int, answer: str = "") -> str:
    said = f"<p>回复内容：{answer}</p><p>回复单位：市法律援助中心 回复时间：2026-01-{day + 1:02}</p>" if answer else ""
    return f"<div class=item><p>咨询内容：{question}</p><p>咨询时间：2026-01-{day:02}</p>{said}</div>"


def board(*letters: str, pager: str = "") -> str:
    return f"<html><title>法律援助咨询</title><body><div>{''.join(letters)}</div>{pager}</body></html>"


WAGES = letter("被拖欠工资三个月，可以申请法律援助吗？", 5, "可以，免于经济困难审查。")
DIVORCE = letter("离婚案件能否申请法律援助？", 4, "符合条件的可以。")
CHOICE = letter("援助律师可以自己挑选吗？", 3)
CHOSEN = letter("援助律师可以自己挑选吗？", 3, "由法律援助中心指派。")
FRESH = letter("公证费怎么算？", 9)


def test_letters_of_a_board_are_kept_once_while_it_grows_and_answers(
    loopback: Any, tmp_path: Path, now: datetime
) -> None:
    source = Source("咨询", "mailbox", f"{loopback.url}/zx/index.html", delay_seconds=0)
    workspace = Workspace(tmp_path)

    def sweep(hours: int) -> SourceTally:
        return run(workspace, OFFICE, [source], now=now + timedelta(hours=hours)).sources["咨询"]

    loopback.pages["/zx/index.html"] = board(WAGES, DIVORCE, pager=NEXT)
    loopback.pages["/zx/index_1.html"] = board(CHOICE, DIVORCE)
    first = sweep(0)
    assert (first.fetched, first.new, first.failed) == (2, 3, 0)
    loopback.pages["/zx/index.html"] = board(FRESH, WAGES, pager=NEXT)
    loopback.pages["/zx/index_1.html"] = board(DIVORCE, CHOSEN)
    later = sweep(24)
    assert (later.fetched, later.new, later.changed, later.deleted) == (2, 1, 1, 0)
    db = store.open_posts(workspace.posts)
    try:
        posts: dict[str, Post] = {post.title: post for post in store.read(db)}
    finally:
        db.close()
    assert {title: post.answered_by for title, post in posts.items()} == {
        "被拖欠工资三个月，可以申请法律援助吗": "市法律援助中心",
        "离婚案件能否申请法律援助": "市法律援助中心",
        "援助律师可以自己挑选吗": "市法律援助中心",
        "公证费怎么算": "",
    }


def test_what_a_list_leaves_alone_is_said(loopback: Any, tmp_path: Path, now: datetime) -> None:
    other = loopback.url.replace("127.0.0.1", "localhost")
    hosts = [loopback.url, loopback.url, loopback.url, other]
    rows = "".join(f'<li><a href="{host}/a/{n}.html">关于滨河路第{n}段施工的通告</a><i>2026-01-0{n}</i></li>'
                   for n, host in enumerate(hosts, start=1))  # fmt: skip
    pager = '<a href="javascript:turn()">下一页</a>'
    loopback.pages["/tzgg/"] = f"<html><title>通知</title><body><ul>{rows}</ul>{pager}</body></html>"
    text = "<p>滨河路本段自即日起半幅封闭施工，请过往车辆绕行，施工预计持续两个月。</p>"
    loopback.pages |= {f"/a/{n}.html": f"<html><body><h1>关于滨河路第{n}段施工的通告</h1>{text}" for n in (1, 2, 3, 4)}
    site = Source("通知", "site", f"{loopback.url}/tzgg/", delay_seconds=0)
    tally = run(Workspace(tmp_path), OFFICE, [site], now=now).sources["通知"]
    assert (tally.new, tally.failed) == (3, 0)
    assert sorted(note.partition("（")[0] for note in tally.skipped) == [
        "列表的翻页要靠脚本，后面几页没有看",
        "列表里有些文章在别的网站上",
    ]
