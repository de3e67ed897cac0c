"""Markup that real forums show beside the default theme: phones, other themes, hidden floors, forged badges."""

import json
from datetime import datetime

import pytest

from crawlers.clock import CHINA
from crawlers.pages import discourse, discuz, flarum, mybb, nodebb, other, phpbb
from crawlers.pages.found import Listing, PageGone
from crawlers.pages.officials import Officials
from crawlers.pages.thread import ThreadPage, plain_words

NOW = datetime(2026, 11, 21, 16, 30, tzinfo=CHINA)
OFFICIALS = Officials(frozenset(["云溪市城管局", "政务机构", "政务认证"]), frozenset(["云溪市城管局"]))
THREAD = "https://bbs.example.cn/thread-77-1-1.html"
MEMBER = '<p><em><a href="home.php?mod=spacecp&amp;ac=usergroup&amp;gid=10">注册会员</a></em></p>'


def said(body: str, number: int = 1) -> str:
    return f'<div class="t_fsz"><table><tr><td class="t_f" id="postmessage_{number}">{body}</td></tr></table></div>'


def floor(number: int, name: str, body: str, *, group: str = MEMBER, ordinal: str = "") -> str:
    """A floor in the markup of Discuz! X3.4."""
    return (
        f'<div id="post_{number}"><table id="pid{number}" class="plhin"><tr><td class="pls" rowspan="2">'
        f'<div class="pls favatar"><div class="authi"><a href="space-uid-7.html" class="xw1">{name}</a></div></div>'
        f'{group}</td><td class="plc"><strong><a id="postnum{number}"><em>{ordinal or number}</em></a></strong>'
        f'<div class="authi"><em id="authorposton{number}">发表于 '
        f'<span title="2026-11-20 09:05:11">昨天&nbsp;09:05</span></em></div>'
        f'<div class="pcb">{body}</div></td></tr></table></div>'
    )


def thread(*floors: str, head: str = "", title: str = '<span id="thread_subject">路灯坏了</span>') -> ThreadPage:
    posts = f"<div id='postlist'>{title}{''.join(floors)}<div id='post_new'></div></div>"
    page = f"<html><head>{head}</head><body>{posts}</body></html>"
    return discuz.read_thread(page, url=THREAD, now=NOW, officials=OFFICIALS)


def opening(page: ThreadPage) -> str:
    assert page.opening is not None
    return page.opening.text


def answers(page: ThreadPage) -> list[str]:
    return [answer.text for answer in page.answers]


OPENING = floor(1, "甲某", said("路灯坏了半个月。"))


@pytest.mark.parametrize(
    "group",
    [
        "<p><em>政务机构</em></p>",
        '<p class="xg1"><img src="gov.gif" alt="政务认证" title="政务认证"></p>',
        '<p><a href="home.php?ac=profile&amp;op=verify&amp;vid=1"><img src="v.png" title="政务认证"></a></p>',
    ],
)
def test_an_office_is_known_by_its_group_or_badge(group: str) -> None:
    assert answers(thread(OPENING, floor(2, "某账号", said("已办理。", 2), group=group))) == ["已办理。"]


def test_a_badge_in_a_message_is_nobodys() -> None:
    forged = '<a href="//x/?ac=usergroup">政务机构</a><img class="authicn" alt="政务认证"> 已解决，散了吧'
    assert answers(thread(OPENING, floor(2, "乙某", said(forged, 2)))) == []


@pytest.mark.parametrize(
    ("beside", "answer"),
    [
        ('<span class="user-rank">政务机构</span>', ["已办理，路灯今晚全部恢复。"]),
        ('<span class="badge"><img src="gov.png" alt="政务认证"></span>', ["已办理，路灯今晚全部恢复。"]),
        ('<span class="location">政务机构</span>', []),
        ("<p>政务机构</p>", []),
    ],
)
def test_in_forums_of_unknown_software_only_what_the_forum_gives_makes_an_office(
    beside: str, answer: list[str]
) -> None:
    def post(number: int, name: str, beside: str, words: str) -> str:
        return (
            f'<article class="post"><div class="side"><a class="username" href="/user/{number}">{name}</a>'
            f'{beside}</div><time datetime="2026-11-20T09:0{number}:00+08:00"></time>'
            f'<div class="post-body"><p>{words}</p></div></article>'
        )

    page = post(1, "甲某", "", "东门大街的路灯坏了半个月。") + post(2, "某账号", beside, "已办理，路灯今晚全部恢复。")
    read = other.read_thread(
        f"<html><body><h1>路灯</h1>{page}</body></html>", url="https://bbs.example.cn/t/7", now=NOW, officials=OFFICIALS
    )
    assert [message.text for message in read.answers] == answer


def test_an_account_mentioned_in_a_message_does_not_speak() -> None:
    def post(number: int, name: str, body: str) -> str:
        return (
            f'<div id="p{number}" class="post"><p class="author"><a class="username">{name}</a> » 2026-11-20 09:05</p>'
            f'<div class="content">{body}</div></div>'
        )

    page = f"<h2 class=topic-title>路灯</h2>{post(1, '甲某', '路灯坏了。')}"
    mention = post(2, "乙某", '问过 <a class="username-coloured">云溪市城管局</a> 了')
    answer = post(3, "云溪市城管局", "已办理。")
    read = phpbb.read_thread(
        f"<body>{page}{mention}{answer}</body>", url="https://f.example/viewtopic.php?t=7", now=NOW, officials=OFFICIALS
    )
    assert answers(read) == ["已办理。"]


NAMING = [
    "本帖最后由 甲某 于 2026-11-20 23:50 编辑",
    "[i=s] 本帖最后由 甲某 于 2026-11-20 23:50 编辑 [/i]",
    "此帖由甲某在2026-11-20 23:50修改",
    "最后由 甲某 编辑于 2026年11月20日 23:50，总共编辑 1 次",
    "回复 1# 甲某",
    "回复 第3楼 甲某 的帖子",
    "甲某 发表于 2026-11-20 23:41",
    "甲某 写道：",
]


@pytest.mark.parametrize("line", NAMING)
def test_lines_that_name_members_are_left_out(line: str) -> None:
    assert plain_words(f"{line}\n路灯坏了半个月。") == "路灯坏了半个月。"
    assert opening(thread(floor(1, "甲某", said(f"{line}<br><br>路灯坏了半个月。")))) == "路灯坏了半个月。"


def test_a_sentence_about_answers_stays() -> None:
    sentence = "回复了三次都说在办，信访件由街道办理，2026年10月发表于本地论坛的帖子也没有人看。"
    assert plain_words(sentence) == sentence


def test_what_asks_for_a_reply_is_no_text() -> None:
    locked = '路灯坏了半个月。<div class="locked">游客，如果您要查看本帖隐藏内容请<a href="#">回复</a></div>'
    assert opening(thread(floor(1, "甲某", said(locked)))) == "路灯坏了半个月。"


def test_a_thread_whose_opening_was_hidden_is_gone() -> None:
    hidden = '<div class="locked">提示: <em>作者被禁止或删除 内容自动屏蔽</em></div>'
    with pytest.raises(PageGone):
        thread(floor(1, "甲某", hidden), floor(2, "乙某", said("跟帖", 2)))


def test_the_opening_is_found_where_the_newest_stands_first() -> None:
    newest = floor(9, "云溪市城管局", said("已办理。", 9), ordinal="2")
    page = thread(newest, floor(1, "甲某", said("路灯坏了半个月。"), ordinal="1"))
    assert (opening(page), answers(page)) == ("路灯坏了半个月。", ["已办理。"])


def test_the_title_of_the_page_serves_where_no_heading_does() -> None:
    head = "<title>路灯坏了 - 民生在线 - 云溪论坛 - Powered by Discuz!</title>"
    assert thread(OPENING, head=head, title="").title == "路灯坏了"


def touch(number: int, by: str, body: str) -> str:
    return (
        f'<div class="plc cl" id="pid{number}"><div class="display pi"><ul class="authi">{by}</ul>'
        f'<div class="message">{body}</div></div></div>'
    )


PHONES = {
    "X3.4": '<div class="postlist"><h2><a href="#">[投诉]</a> 路灯坏了</h2>'
    + touch(1, '<li class="grey"><em>楼主</em><b><a href="home.php?mod=space&uid=5">甲某</a></b></li>'
            '<li class="grey rela">2026-11-20 09:05:11</li>', "路灯坏了半个月。")
    + touch(3, '<li class="grey"><em>板凳</em><b><a href="home.php?mod=space&uid=8">云溪市城管局</a></b></li>'
            '<li class="grey rela">发表于 6 小时前</li>', "已办理。")
    + '</div><div class="page"><a href="forum.php?mod=viewthread&tid=77&page=2&mobile=2">下一页</a></div>',
    "X3.5": '<div class="viewthread"><div class="view_tit"><em>[投诉]</em> 路灯坏了</div>'
    + touch(1, '<li class="mtit"><span class="z"><a href="home.php?mod=space&uid=5">甲某</a></span></li>'
            '<li class="mtime">2026-11-20 09:05:11</li>', "路灯坏了半个月。")
    + touch(3, '<li class="mtit"><span class="z"><a href="home.php?mod=space&uid=8">云溪市城管局</a></span></li>'
            '<li class="mtime">2026-11-21 10:30</li>', "已办理。")
    + '</div><div class="page"><a href="forum.php?mod=viewthread&tid=77&page=2&mobile=2">下一页</a></div>',
}  # fmt: skip


@pytest.mark.parametrize("page", PHONES.values(), ids=PHONES)
def test_a_thread_as_phones_see_it(page: str) -> None:
    url = "https://bbs.example.cn/forum.php?mod=viewthread&tid=77&mobile=2"
    read = discuz.read_thread(f"<body>{page}</body>", url=url, now=NOW, officials=OFFICIALS)
    assert (read.title, opening(read), answers(read)) == ("路灯坏了", "路灯坏了半个月。", ["已办理。"])
    assert read.opening is not None
    assert (read.opening.posted_at, read.answers[0].posted_at) == (
        datetime(2026, 11, 20, 9, 5, 11, tzinfo=CHINA),
        datetime(2026, 11, 21, 10, 30, tzinfo=CHINA),
    )
    assert read.next_url == "https://bbs.example.cn/forum.php?mod=viewthread&tid=77&page=2&mobile=2"


BOARDS = {
    "手机 X3.4": '<div class="threadlist"><ul><li><a href="forum.php?mod=viewthread&amp;tid=77&amp;mobile=2">'
    '路灯坏了半个月<span class="by">甲某</span></a><span class="num">3</span></li></ul></div>',
    "手机 X3.5": '<div class="threadlist_box"><div class="threadlist cl"><ul><li class="list"><div class="muser"><h3>'
    '<a href="home.php?mod=space&uid=5">甲某</a></h3><span class="mtime">2026-11-20 09:05</span></div>'
    '<a href="forum.php?mod=viewthread&tid=77"><div class="threadlist_tit"><em>路灯坏了半个月</em></div></a>'
    '<a href="forum.php?mod=viewthread&tid=77"><div class="threadlist_mes">摘要</div></a></li></ul></div></div>',
    "图文": '<ul id="waterfall"><li><a href="forum.php?mod=viewthread&tid=77"><img></a><h3 class="xw0">'
    '<a href="forum.php?mod=viewthread&tid=77" title="路灯坏了半个月">路灯…</a></h3>'
    '<a href="space-uid-5.html">甲某</a></li></ul>',
}


@pytest.mark.parametrize("page", BOARDS.values(), ids=BOARDS)
def test_a_board_without_rows_is_read_by_its_links(page: str) -> None:
    board: Listing = discuz.read_board(f"<body>{page}</body>", url="https://bbs.example.cn/forum-2-1.html", now=NOW)
    assert [(link.url, link.title) for link in board.links] == [
        ("https://bbs.example.cn/forum.php?mod=viewthread&tid=77", "路灯坏了半个月")
    ]


def test_nested_quotes_of_discourse_go_whole() -> None:
    quoted = (
        '<aside class="quote"><blockquote><aside class="onebox"><p>链接</p></aside><p>乙某的话</p></blockquote></aside>'
    )
    outer = f'<aside class="quote no-group"><blockquote>{quoted}<p>丙某的话</p></blockquote></aside><p>已办理。</p>'
    posts = [
        {"post_number": 1, "username": "a", "cooked": "<p>路灯坏了。</p>", "created_at": "2026-11-20T01:05:11Z"},
        {"post_number": 2, "username": "b", "primary_group_name": "政务机构", "cooked": outer},
        {
            "post_number": 3,
            "username": "b",
            "primary_group_name": "政务机构",
            "cooked": "<p>撤回</p>",
            "deleted_at": "x",
        },
    ]
    page = json.dumps({"title": "路灯", "posts_count": 3, "post_stream": {"posts": posts}})
    read = discourse.read_thread(page, url="https://f.example/t/7.json", now=NOW, officials=OFFICIALS)
    assert answers(read) == ["已办理。"]


def test_nested_quotes_of_nodebb_go_whole() -> None:
    inner = "<blockquote><blockquote>乙某的话</blockquote>丙某的话</blockquote><p>已办理。</p>"
    posts = [
        {"index": 0, "content": "<p>路灯坏了。</p>", "user": {"username": "a"}},
        {"index": 1, "content": inner, "user": {"username": "b", "selectedGroups": [{"name": "政务机构"}]}},
    ]
    page = json.dumps({"title": "路灯", "postcount": 2, "posts": posts})
    read = nodebb.read_thread(page, url="https://f.example/api/topic/7/x", now=NOW, officials=OFFICIALS)
    assert answers(read) == ["已办理。"]


def test_flarum_drops_the_message_that_is_answered() -> None:
    quote = '<blockquote><p><a class="PostMention" href="/d/7/1">甲某</a> 甲某的话</p></blockquote>'
    own = "<blockquote><p>《城市照明管理规定》第二十条</p></blockquote>"
    user = {"relationships": {"user": {"data": {"id": "1"}}}}
    posts = [
        {
            "type": "posts",
            "id": "1",
            "attributes": {"number": 1, "contentType": "comment", "contentHtml": f"{own}路灯坏了。"},
        },
        {
            "type": "posts",
            "id": "2",
            "attributes": {"number": 2, "contentType": "comment", "contentHtml": f"{quote}已办理。"},
        }
        | user,
    ]
    users = [{"type": "users", "id": "1", "attributes": {"displayName": "云溪市城管局"}}]
    page = json.dumps({"data": {"attributes": {"title": "路灯"}}, "included": [*posts, *users]})
    read = flarum.read_thread(page, url="https://f.example/api/discussions/7", now=NOW, officials=OFFICIALS)
    assert opening(read) == "《城市照明管理规定》第二十条\n路灯坏了。"
    assert answers(read) == ["已办理。"]


def test_mybb_edit_notes_name_nobody() -> None:
    def post(number: int, name: str, body: str) -> str:
        return (
            f'<div id="post_{number}"><div class="author_information"><strong><a>{name}</a></strong></div>'
            f'<span class="post_date">2026-11-20, 09:05 AM</span><div id="pid_{number}">{body}</div></div>'
        )

    edited = post(1, "甲某", "最后编辑：甲某 于 2026-11-20<br>路灯坏了。")
    page = f"<title>路灯</title>{edited}{post(2, '云溪市城管局', '已办理。')}"
    read = mybb.read_thread(
        f"<body>{page}</body>", url="https://f.example/showthread.php?tid=7", now=NOW, officials=OFFICIALS
    )
    assert (opening(read), answers(read)) == ("路灯坏了。", ["已办理。"])


def test_an_opening_that_its_writer_deleted_is_gone() -> None:
    gone = {"post_number": 1, "cooked": "<p>（话题已由作者删除）</p>", "user_deleted": True}
    pages = [
        (discourse, "https://f.example/t/7.json", {"title": "路灯", "post_stream": {"posts": [gone]}}),
        (nodebb, "https://f.example/api/topic/7", {"title": "路灯", "posts": [{"index": 0, "deleted": True}]}),
        (
            flarum,
            "https://f.example/api/discussions/7",
            {
                "data": {"attributes": {"title": "路灯"}},
                "included": [
                    {
                        "type": "posts",
                        "id": "1",
                        "attributes": {"number": 1, "contentType": "comment", "isHidden": True},
                    }
                ],
            },
        ),
    ]
    for engine, url, data in pages:
        with pytest.raises(PageGone):
            engine.read_thread(json.dumps(data), url=url, now=NOW, officials=OFFICIALS)


def test_a_phpbb_topic_is_dated_by_its_own_time() -> None:
    row = (
        '<ul><li class="row"><dl><dt><a href="./viewtopic.php?t=77" class="topictitle">路灯坏了</a>'
        '<div class="responsive-show">最后发表 <time datetime="2026-11-20T01:05:11+00:00">x</time></div>'
        '<div class="topic-poster">甲某 » <time datetime="2026-11-18T01:05:11+00:00">x</time></div></dt></dl></li></ul>'
    )
    [link] = phpbb.read_board(f"<body>{row}</body>", url="https://f.example/viewforum.php?f=4", now=NOW).links
    assert link.posted_at == datetime(2026, 11, 18, 9, 5, 11, tzinfo=CHINA)


def test_an_unread_mybb_thread_is_called_by_its_title() -> None:
    row = (
        '<table><tr><td><span id="tid_77"><a href="showthread.php?tid=77&amp;action=newpost">→</a> '
        '<a href="showthread.php?tid=77">路灯坏了半个月</a></span></td></tr></table>'
    )
    [link] = mybb.read_board(f"<body>{row}</body>", url="https://f.example/forumdisplay.php?fid=2", now=NOW).links
    assert (link.url, link.title) == ("https://f.example/showthread.php?tid=77", "路灯坏了半个月")


def test_the_link_to_the_thread_modes_of_mybb_is_no_subject() -> None:
    page = (
        "<html><head><title>南门路灯</title></head><body><table><tr><td class='thead'><div class='float_right'>"
        "<span class='smalltext'><strong><a href='javascript:void(0)' id='thread_modes'>主题模式</a></strong></span>"
        "</div><div><strong>南门路灯不亮</strong></div></td></tr></table>"
        "<div id='post_1'><div class='post_body' id='pid_1'>半个月了。</div></div></body></html>"
    )
    read = mybb.read_thread(page, url="https://f.example/showthread.php?tid=7", now=NOW, officials=OFFICIALS)
    assert (read.title, opening(read), read.replies) == ("南门路灯不亮", "半个月了。", 0)


def test_counts_that_nodebb_hands_out_as_text_are_counts() -> None:
    page = json.dumps({"title": "路灯", "postcount": "4", "viewcount": "31", "posts": [{"index": 0, "content": "坏"}]})
    read = nodebb.read_thread(page, url="https://f.example/api/topic/7", now=NOW, officials=OFFICIALS)
    assert (read.replies, read.views) == (3, 31)
