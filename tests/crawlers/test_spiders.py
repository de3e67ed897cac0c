"""A forum, a mailbox, a site and a feed that live: edits, new answers, deletions, new pages, validators."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from crawlers import store
from crawlers.crawl import run
from crawlers.office import Office
from crawlers.pages.rule import Rule
from crawlers.posts import Post
from crawlers.sources import Source
from crawlers.tally import CrawlSummary
from crawlers.workspace import Workspace

OFFICE = Office("云溪市司法局", "0000-00000000", accounts=("政务机构",))


class Desk:
    """A workspace that is swept again and again, minutes apart."""

    def __init__(self, root: Path, now: datetime) -> None:
        self.workspace, self.now = Workspace(root), now

    def sweep(self, *sources: Source, minutes: int = 30) -> CrawlSummary:
        self.now += timedelta(minutes=minutes)
        return run(self.workspace, OFFICE, sources, now=self.now)

    def posts(self) -> dict[str, Post]:
        db = store.open_posts(self.workspace.posts)
        try:
            return {post.title: post for post in store.read(db)}
        finally:
            db.close()


@pytest.fixture
def desk(tmp_path: Path, now: datetime) -> Desk:
    return Desk(tmp_path, now)


def row(tid: int, title: str, replies: int) -> str:
    return (
        f'<tbody id="normalthread_{tid}"><tr><th><a href="thread-{tid}-1-1.html" class="s xst">{title}</a></th>'
        '<td class="by"><cite>某人</cite><em><span>2026-9-1</span></em></td>'
        f'<td class="num"><a class="xi2">{replies}</a><em>9</em></td>'
        f'<td class="by"><em><a>2026-9-{replies + 2} 08:00</a></em></td></tr></tbody>'
    )


def floor(pid: int, group: str, text: str) -> str:
    return (
        f'<div id="post_{pid}"><div class="authi"><a class="xw1">某人</a></div>'
        f'<p><em><a href="?ac=usergroup">{group}</a></em></p>'
        f'<em id="authorposton{pid}">发表于 2026-9-2 09:0{pid % 10}</em>'
        f'<table><tr><td class="t_f" id="postmessage_{pid}">{text}</td></tr></table></div>'
    )


def thread(title: str, *floors: tuple[str, str]) -> str:
    said = "".join(floor(n, *one) for n, one in enumerate(floors, start=10))
    return f'<html><body><h1 class="ts"><span id="thread_subject">{title}</span></h1>{said}</body></html>'


GONE = '<html><body><div id="messagetext"><p>抱歉，指定的主题不存在或已被删除或正在被审核</p></div></body></html>'
ASKED = ("新手上路", "楼道的灯坏了一个月，老人摔倒了两次，到底归谁修？")


def test_edits_new_answers_and_deletions_of_a_forum_are_followed(loopback: Any, desk: Desk) -> None:
    board = Source("论坛", "forum", f"{loopback.url}/forum-2-1.html", engine="discuz", delay_seconds=0)
    rows = [row(1, "楼道灯坏了没人修", 1), row(2, "夜间施工扰民", 0), row(3, "求推荐理发店", 2)]
    loopback.pages |= {"/forum-2-1.html": f"<html><body><table>{''.join(rows)}</table></body></html>"}
    loopback.pages |= {
        "/thread-1-1-1.html": thread("楼道灯坏了没人修", ASKED, ("新手上路", "同问，我们楼也是")),
        "/thread-2-1-1.html": thread("夜间施工扰民", ("新手上路", "工地半夜两点还在打桩，睡不着觉。")),
        "/thread-3-1-1.html": thread("求推荐理发店", ("新手上路", "附近哪家理发店手艺好？"), ("新手上路", "东门那家")),
    }
    first = desk.sweep(board).sources["论坛"]
    assert (first.new, first.changed) == (3, 0)
    assert desk.posts()["楼道灯坏了没人修"].answer == ""

    answered = ("政务机构", "您好，路灯已报修，将于9月10日前修复。")
    loopback.pages["/thread-1-1-1.html"] = thread("楼道灯坏了没人修", ASKED, ("新手上路", "同问"), answered)
    loopback.pages["/thread-2-1-1.html"] = thread(
        "夜间施工扰民", ("新手上路", "工地半夜两点还在打桩，已连续一周，睡不着觉。")
    )
    loopback.pages["/thread-3-1-1.html"] = GONE
    rows = [row(1, "楼道灯坏了没人修", 2), row(2, "夜间施工扰民", 0)]
    loopback.pages["/forum-2-1.html"] = f"<html><body><table>{''.join(rows)}</table></body></html>"
    second = desk.sweep(board).sources["论坛"]
    assert (second.new, second.changed, second.deleted, second.failed) == (0, 2, 1, 0)
    posts = desk.posts()
    assert posts["楼道灯坏了没人修"].answer == "您好，路灯已报修，将于9月10日前修复。"
    assert "已连续一周" in posts["夜间施工扰民"].text
    assert "求推荐理发店" not in posts
    assert "同问" not in "".join(post.text + post.answer for post in posts.values())

    loopback.pages["/thread-3-1-1.html"] = thread("求推荐理发店", ("新手上路", "附近哪家理发店手艺好？"))
    loopback.pages["/forum-2-1.html"] = (
        f"<html><body><table>{''.join([*rows, row(3, '求推荐理发店', 5)])}</table></body></html>"
    )
    third = desk.sweep(board).sources["论坛"]
    assert third.refused == 1  # what was deleted does not return
    assert "求推荐理发店" not in desk.posts()


def test_a_site_with_its_own_selectors_pagination_and_validators(loopback: Any, desk: Desk) -> None:
    rule = Rule(item="div.x > a", next="a.more", title="b.t", body="div.text", date="i.d")
    site = Source("栏目", "site", f"{loopback.url}/p1", rule=rule, delay_seconds=0, max_pages=2)
    for page in (1, 2, 3):
        loopback.pages[f"/p{page}"] = (
            f'<html><body><div class="x"><a href="/m/{page}">第{page}则</a></div>'
            f'<a class="more" href="/p{page + 1}">更多</a></body></html>'
        )
        loopback.pages[f"/m/{page}"] = (
            f'<html><body><b class="t">第{page}则</b><i class="d">2026-09-0{page}</i>'
            f'<div class="text">短讯{page}。</div>'
            "<p>别处的文字不属于正文，尽管它要长得多，也说得更像一篇文章。</p></body></html>"
        )
        loopback.headers[f"/m/{page}"] = {"ETag": f'"v{page}"'}
    first = desk.sweep(site).sources["栏目"]
    assert (first.new, first.fetched) == (2, 4)
    posts = desk.posts()
    assert (posts["第1则"].text, posts["第1则"].posted_at) == ("短讯1。", datetime(2026, 9, 1, tzinfo=desk.now.tzinfo))
    desk.sweep(site)
    assert [headers.get("If-None-Match") for headers in loopback.seen[-2:]] == ['"v1"', '"v2"']


def test_an_unanswered_letter_is_asked_for_again_when_its_list_changes(loopback: Any, desk: Desk) -> None:
    box = Source("信箱", "mailbox", f"{loopback.url}/xx/", delay_seconds=0)

    def lay(status: str, answer: str) -> None:
        loopback.pages["/xx/"] = (
            "<table><tr><th>标题</th><th>时间</th><th>状态</th></tr>"
            f'<tr><td><a href="show.jsp?id=1">窗口周末能否开放</a></td>'
            f"<td>2026-08-01</td><td>{status}</td></tr></table>"
        )
        loopback.pages["/xx/show.jsp?id=1"] = (
            "<table><tr><th>来信内容</th><td>上班族工作日请不了假，周末能不能办理？</td></tr>"
            f"<tr><th>来信时间</th><td>2026-08-01</td></tr>{answer}</table>"
        )

    lay("办理中", "")
    desk.sweep(box)
    desk.sweep(box, minutes=60 * 24 * 40)  # nothing changed for forty days: its page is left in peace
    assert loopback.asked.count("/xx/show.jsp?id=1") == 1
    lay(
        "已答复",
        "<tr><th>答复内容</th><td>自10月起周六上午开放。</td></tr><tr><th>答复时间</th><td>2026-09-20</td></tr>",
    )
    summary = desk.sweep(box)
    assert summary.sources["信箱"].changed == 1
    assert desk.posts()["窗口周末能否开放"].answer == "自10月起周六上午开放。"


def test_a_feed_is_asked_with_its_validators_and_read_again_only_when_it_changed(loopback: Any, desk: Desk) -> None:
    feed = Source("订阅", "feed", f"{loopback.url}/rss.xml", delay_seconds=0)
    item = "<item><title>第{0}条</title><link>/a/{0}</link><pubDate>2026-09-0{0} 08:00</pubDate></item>"
    loopback.pages["/rss.xml"] = f"<rss><channel><title>t</title>{item.format(1)}</channel></rss>"
    loopback.headers["/rss.xml"] = {"Last-Modified": "Tue, 01 Sep 2026 00:00:00 GMT", "Content-Type": "text/xml"}
    assert desk.sweep(feed).sources["订阅"].new == 1
    loopback.pages["/rss.xml"] = f"<rss><channel><title>t</title>{item.format(2)}{item.format(1)}</channel></rss>"
    second = desk.sweep(feed).sources["订阅"]
    assert (second.new, second.known) == (1, 1)
    assert loopback.seen[-1]["If-Modified-Since"] == "Tue, 01 Sep 2026 00:00:00 GMT"


def test_a_list_that_led_to_a_failure_is_not_taken_as_read(loopback: Any, desk: Desk) -> None:
    site = Source("栏目", "site", f"{loopback.url}/list", delay_seconds=0)
    loopback.pages["/list"] = '<ul><li><a href="/a/1001.html">关于第一件事情的公告</a><span>2026-09-01</span></li></ul>'
    loopback.headers["/list"] = {"ETag": '"list"'}
    loopback.pages["/a/1001.html"] = "<html><body></body></html>"
    assert desk.sweep(site).sources["栏目"].failed == 1
    desk.sweep(site)
    asked = [headers for path, headers in zip(loopback.asked, loopback.seen, strict=True) if path == "/list"]
    assert [headers.get("If-None-Match") for headers in asked] == [None, None]


def test_a_forum_that_speaks_json_is_read_to_the_end_of_its_threads(loopback: Any, desk: Desk) -> None:
    def said(number: int, group: str, text: str) -> dict[str, Any]:
        at = f"2026-09-0{1 + number // 20}T00:00:00Z"
        return {
            "post_number": number,
            "username": "某人",
            "primary_group_name": group,
            "created_at": at,
            "cooked": text,
        }

    topics = [{"id": 7, "title": "社区食堂涨价", "posts_count": 22, "created_at": "2026-09-01T00:00:00Z"}]
    first = [said(1, "", "<p>社区老年食堂从八元涨到十五元，吃不起了。</p>"), *(said(n, "", "顶") for n in range(2, 21))]
    second = [said(21, "政务机构", "<p>已协调恢复老年人八元套餐。</p>"), said(22, "", "谢谢")]
    about = {"id": 7, "title": "社区食堂涨价", "posts_count": 22, "views": 90}
    pages = {
        "/c/life/3.json": {"topic_list": {"topics": topics}},
        "/t/7.json": about | {"post_stream": {"posts": first}},
        "/t/7.json?page=2": about | {"post_stream": {"posts": second}},
    }
    loopback.pages |= {path: json.dumps(data, ensure_ascii=False) for path, data in pages.items()}
    loopback.headers |= {path: {"Content-Type": "application/json"} for path in pages}
    summary = desk.sweep(Source("论坛", "forum", f"{loopback.url}/c/life/3", engine="discourse", delay_seconds=0))
    assert summary.sources["论坛"].new == 1
    post = desk.posts()["社区食堂涨价"]
    assert (post.answer, post.replies, post.url) == ("已协调恢复老年人八元套餐。", 21, f"{loopback.url}/t/7")
    assert "谢谢" not in post.text + post.answer
