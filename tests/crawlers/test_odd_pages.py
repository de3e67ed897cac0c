"""Pages as careless templates and unwell servers send them: the right date, the right title, or a named reason."""

from datetime import datetime

import pytest

from crawlers.clock import CHINA
from crawlers.pages.article import read_article
from crawlers.pages.challenge import challenge_name
from crawlers.pages.found import Found, PageError, PageGone

NOW = datetime(2026, 11, 21, 16, 30, tzinfo=CHINA)
P = "供水管网改造期间，滨河路半幅封闭施工，请过往车辆绕行，由此带来的不便，敬请谅解。"
BODY = f"<div id=zoom><p>{P}</p><p>{P}</p></div>"


def read(body: str = BODY, *, title: str = "施工通告_云溪市人民政府", above: str = "", head: str = "") -> Found:
    page = f"<html><head><meta charset=utf-8><title>{title}</title>{head}</head><body>{above}{body}</body></html>"
    return read_article(page, url="https://www.example.gov.cn/a/1.html", now=NOW)


FOOT = '<div class="footer">版权所有 2015-2026 ICP备案时间：2019年3月1日 网站更新时间：2026-11-21</div>'
GRAPH = '<script type="application/ld+json">{"@graph":[{"datePublished":"2026-11-20T09:05:00+08:00"}]}</script>'
DATES = {
    "labelled": ("<p>发布时间：2026年11月20日 09:05　来源：市住建局</p>", "", "2026-11-20 09:05"),
    "numerals": ("<p>发布日期：二〇二六年十一月二十日</p>", "", "2026-11-20 00:00"),
    "numerals without label": ("<p>二○二六年十一月二十日</p>", "", "2026-11-20 00:00"),
    "yesterday": ("<span>发布时间：昨天 09:05</span>", "", "2026-11-20 09:05"),
    "hours ago": ("<span>发布于 3小时前</span>", "", "2026-11-21 13:30"),
    "hours ago without label": ('<span class="time">3小时前</span>', "", "2026-11-21 13:30"),
    "yesterday without label": ('<span class="pub-time">昨天 09:05</span>', "", "2026-11-20 09:05"),
    "no year": ('<span class="date">11-20 09:05</span>', "", "2026-11-20 09:05"),
    "year and day in boxes": ('<div class="date"><span>2026</span><b>11-20</b></div>', "", "2026-11-20 00:00"),
    "boxes with a clock": (
        '<div class="header-time"><em>2026</em><em>11</em>/<em>20</em><i>09:05:11</i></div>', "", "2026-11-20 09:05"
    ),
    "clock of the site": ('<div class="date">今天是2026年11月21日 星期六</div>', "", ""),
    "imprint": ("", FOOT, ""),
    "imprint below a date": ("<i>2026-11-20</i>", FOOT, "2026-11-20 00:00"),
    "updated and published": ("<p>更新时间：2026-11-21 发布时间：2026-11-20</p>", "", "2026-11-20 00:00"),
    "signed and published": ("<p>成文日期：2026-11-01</p><p>公开日期：2026-11-20</p>", "", "2026-11-20 00:00"),
    "future": ("<p>发布时间：2027-11-20</p>", "", ""),
    "graph": (GRAPH, "", "2026-11-20 09:05"),
}  # fmt: skip


@pytest.mark.parametrize(("above", "below", "date"), DATES.values(), ids=DATES)
def test_the_date_is_the_pages_own(above: str, below: str, date: str) -> None:
    found = read(BODY + below, above=f"<h1>施工通告</h1>{above}")
    assert (found.posted_at.strftime("%Y-%m-%d %H:%M") if found.posted_at else "") == date


def test_a_notice_is_dated_where_it_is_signed() -> None:
    signed = f"<div id=zoom><p>{P}</p><p>云溪市住房和城乡建设局</p><p>2026年11月20日</p></div>"
    assert read(signed).posted_at == datetime(2026, 11, 20, tzinfo=CHINA)
    assert read(f"<div id=zoom><p>报名时间：2026年11月1日至2026年11月5日。{P}</p></div>").posted_at is None
    table = f"<div id=zoom><p>{P}</p><table><tr><td>滨河路</td><td>11月20日</td></tr></table></div>"
    assert read(table).posted_at is None


def test_a_date_line_is_no_text() -> None:
    soup = f"<center><font size=5>施工通告</font><br>2026-11-20</center><font size=3>{P}<br>{P}</font>"
    found = read(soup, title="施工通告")
    assert (found.text, found.posted_at) == (f"{P}\n{P}", datetime(2026, 11, 20, tzinfo=CHINA))


TITLES = [
    ("", "<h1>滨河路施工通告</h1>", "滨河路施工通告"),
    ("", '<div class="article-title">滨河路半幅封闭施工通告</div>', "滨河路半幅封闭施工通告"),
    ("&nbsp;滨河路施工通告&nbsp;-&nbsp;云溪市人民政府", "<h1>滨河路施工通告</h1>", "滨河路施工通告"),
    ("滨河路施工通告 >> 通知公告 >> 云溪", "", "滨河路施工通告"),
    ("滨河路施工通告-云溪市人民政府", "<h1>云溪市人民政府</h1><div>滨河路施工通告</div>", "滨河路施工通告"),
    ("A&amp;B段施工&lt;通告&gt;", "", "A&B段施工<通告>"),
]


@pytest.mark.parametrize(("title", "above", "expected"), TITLES)
def test_the_title_is_the_matters(title: str, above: str, expected: str) -> None:
    assert read(title=title, above=above).title == expected


INSTEAD = {
    "404": ("<h2>抱歉，您访问的页面不存在或已被删除！</h2><p>您可以返回首页，或者联系网站管理员。</p>", PageGone),
    "gone": ("<p>很抱歉，您要访问的页面可能已经删除、更名或暂时不可用，请检查网址。</p>", PageGone),
    "500": ("<h1>HTTP Status 500 – Internal Server Error</h1><p>java.lang.NullPointerException</p>", PageError),
    "blocked": ("<h1>您的访问被阻断</h1><p>由于您访问的URL有可能对网站造成安全威胁，请求编号：1。</p>", PageError),
    "maintenance": ("<p>网站正在升级维护中，暂时无法访问，给您带来不便敬请谅解，预计今晚八点恢复。</p>", PageError),
    "redirect": ("<p>正在跳转，请稍候……如果浏览器没有自动跳转，请点击此处继续访问新的地址。</p>", PageError),
    "script": ("<noscript>请开启JavaScript后再浏览本页面内容，谢谢合作。</noscript><div id=app></div>", PageError),
}  # fmt: skip


@pytest.mark.parametrize(("body", "error"), INSTEAD.values(), ids=INSTEAD)
def test_an_excuse_is_no_article(body: str, error: type[PageError]) -> None:
    with pytest.raises(error):
        read(body, title="系统提示")


def test_an_article_about_a_page_that_is_gone_is_an_article() -> None:
    text = "网传某医院停诊的信息已被删除，经核实系谣言，发布者已被批评教育，请市民不信谣、不传谣，以官方发布为准。"
    assert read(f"<div id=zoom><p>{text}</p></div>", title="关于网传信息的说明").text == text
    notice = "我局门户网站将于11月22日零时至六时升级维护，期间暂停访问，请提前安排办事时间，由此带来的不便敬请谅解。"
    assert read(f"<div id=zoom><p>{notice}</p></div>", title="系统维护公告").text == notice


WITHOUT_TEXT = {
    "图片": '<div id="zoom"><p><img src="1.jpg" alt="施工安排图"></p><p><img src="2.jpg"></p></div>',
    "附件": '<div id="zoom"><iframe src="/files/1.pdf"></iframe></div>',
}


@pytest.mark.parametrize("kind", WITHOUT_TEXT)
def test_a_page_without_text_says_what_it_holds(kind: str) -> None:
    with pytest.raises(PageError, match=f"正文是{kind}"):
        read(WITHOUT_TEXT[kind], title="一图读懂")


def test_a_frameset_says_so() -> None:
    frames = '<html><head><title>云溪</title></head><frameset cols="20%,80%"><frame src="a.htm"></frameset></html>'
    with pytest.raises(PageError, match="框架页"):
        read_article(frames, url="https://www.example.gov.cn/", now=NOW)


def test_a_firewalls_answer_is_a_refusal() -> None:
    page = "<html><title>访问被拦截</title><body><h1>您的访问被阻断</h1><p>请求编号：1</p></body></html>"
    assert challenge_name(page.encode()) == "网站防火墙"
    assert challenge_name(page.encode("gb18030")) == "网站防火墙"


BODIES = {
    "two containers": f'<div id="zoom"></div><div id="zoom"><p>{P}</p></div>',
    "preformatted": f'<pre id="content">{P}\n</pre>',
    "hidden copies": f'<div id=zoom><p>{P}</p><p style="display:none">{P}</p><p style="font-size:0px">广告</p></div>',
    "comments": f'<div class="article"><p>{P}</p></div><div class="comment-list"><p>甲：{P}{P}</p></div>',
    "nested tables": "<table><tr><td><table><tr><td><a href=1>首页</a></td></tr></table></td></tr><tr><td><table><tr>"
    f"<td>{P}</td></tr></table></td></tr></table>",
}  # fmt: skip


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_only_the_text_is_read(body: str) -> None:
    assert read(body).text == P
