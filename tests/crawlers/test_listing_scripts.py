"""Lists whose pager, links or dates only a script spells out: read from its literals, never run, never guessed."""

from datetime import datetime

import pytest

from crawlers.clock import CHINA
from crawlers.pages.found import PageError
from crawlers.pages.listing import read_listing
from crawlers.pages.written import with_written

NOW = datetime(2026, 11, 21, 16, 30, tzinfo=CHINA)
URL = "https://www.example.gov.cn/bmdt/list_1.html"
TITLES = ["关于滨河路半幅封闭施工的通告", "关于供热管网冲洗试压的通知", "停水通知", "云溪市公共法律服务中心迁址公告"]


def page(row: str = '<li><a href="/bmdt/c60{n}.html">{title}</a><em>2026-11-1{n}</em></li>', after: str = "") -> str:
    rows = "".join(row.format(n=n, title=title) for n, title in enumerate(TITLES))
    menu = '<div class="top"><a href="/">首页</a><a href="/zwgk/">政务公开</a><a href="/fd/">法定主动公开内容</a></div>'
    return f"<html><body>{menu}<ul>{rows}</ul>{after}</body></html>"


LINK = '<a href="javascript:goPage(2)">下一页</a>'
FORM = (
    '<form id="f" action="list.do" method="{method}"><input type="hidden" name="cat" value="7">'
    '<input type="hidden" name="pageNo" id="pageNo" value="1">' + LINK + "</form>"
    '<script>function goPage(n){{document.getElementById("pageNo").value=n;document.f.submit();}}</script>'
)
START = "https://www.example.gov.cn/bmdt/"
PAGERS = {
    "a function": (
        LINK + '<script>var t=9;function goPage(n){if(n>t){return;} location.href="list_"+n+".html";}</script>',
        "list_2.html",
    ),
    "one less": (
        LINK + '<script>function goPage(n){ window.location = "index_" + (n-1) + ".html"; }</script>',
        "index_1.html",
    ),
    "onclick": (
        (
            '<a href="#" onclick="turn(2);return false;">下一页</a>'
            '<script>function turn(p){location.href="list.jsp?cid=12&pageNo="+p;}</script>'
        ),
        "list.jsp?cid=12&pageNo=2",
    ),
    "a global prefix": (
        LINK + '<script>var base="/bmdt/p";goPage=function(n){location.assign(base+n+".html")};</script>',
        "p2.html",
    ),
    "a form": (FORM.format(method="get"), "list.do?cat=7&pageNo=2"),
    "layui": (
        (
            '<script>laypage.render({elem:"p",count:98,limit:15,curr:1,'
            'jump:function(o,f){if(!f){location.href="/bmdt/list?page="+o.curr;}}});</script>'
        ),
        "list?page=2",
    ),
    "counted from 0": (
        (
            "<script>\nvar currentPage = 1;\nvar countPage = 7;//共几页\nvar nextPage = currentPage+1;\n"
            'document.write("<a href=\\"index_"+nextPage+".html\\">下一页</a>");</script>'
        ),
        "index_2.html",
    ),
    "a choice of numbers": (
        (
            '<select onchange="location.href=this.value"><option value="list_1.html" selected>1</option>'
            '<option value="list_2.html">2</option></select>'
        ),
        "list_2.html",
    ),
    "written": ('<script>var n = 8; document.write("<a href=\\"list_2.html\\">下一页</a>");</script>', "list_2.html"),
    "numbers, none marked": (
        '<div><span>1</span> <a href="list_2.html">2</a> <a href="list_3.html">3</a></div>',
        "list_2.html",
    ),
}


@pytest.mark.parametrize(("pager", "onward"), PAGERS.values(), ids=PAGERS)
def test_a_pager_is_followed_where_the_script_shows_its_address(pager: str, onward: str) -> None:
    listing = read_listing(page(after=pager), url=URL, now=NOW)
    assert listing.next_url == START + onward
    assert not listing.unread_pager


UNREAD = {
    "no function": LINK,
    "computed": LINK + "<script>function goPage(n){location.href=build(n);}</script>",
    "a posted form": FORM.format(method="post"),
    "no argument": '<a href="javascript:next()">下一页</a><script>function next(){location.href="x"+cur}</script>',
    "another site": LINK + '<script>function goPage(n){location.href="https://elsewhere.example/"+n;}</script>',
}


@pytest.mark.parametrize("pager", UNREAD.values(), ids=UNREAD)
def test_any_other_script_is_not_guessed_at_but_told(pager: str) -> None:
    listing = read_listing(page(after=pager), url=URL, now=NOW)
    assert (listing.next_url, listing.unread_pager) == (None, True)


def test_the_last_page_tells_nothing() -> None:
    for pager in (
        '<a href="javascript:;">下一页</a>',
        '<a href="javascript:void(0)">下一页</a>',
        "<span>下一页</span>",
    ):
        assert not read_listing(page(after=pager), url=URL, now=NOW).unread_pager
    counted = '<script>var currentPage = 6;\nvar countPage = 7;\nx("<a href=\\"index_"+nextPage+".html\\">");</script>'
    assert read_listing(page(after=counted), url=URL, now=NOW).next_url is None
    drawn = "<script>laypage.render({count:30,limit:15,curr:2,jump:function(o){location.href='?p='+o.curr}});</script>"
    assert read_listing(page(after=drawn), url=URL, now=NOW).next_url is None


def test_links_that_a_function_opens_lead_where_it_says() -> None:
    row = """<li><a href="javascript:void(0)" onclick="openDetail('ab{n}f')">{title}</a><em>2026-11-1{n}</em></li>"""
    script = '<script>function openDetail(id){window.open("/hdjl/view?uuid="+id);}</script>'
    listing = read_listing(page(row, script), url=URL, now=NOW)
    assert [link.url for link in listing.links] == [
        f"https://www.example.gov.cn/hdjl/view?uuid=ab{n}f" for n in range(4)
    ]
    with pytest.raises(PageError, match="没有认出列表"):  # without the function an id is no address
        read_listing(page(row).replace("/fd/", "#"), url=URL, now=NOW)


def test_rows_that_a_script_makes_links_are_links() -> None:
    row = """<li onclick="location.href='/bszn/13{n}.html'"><h4>{title}</h4><em>2026-11-1{n}</em></li>"""
    links = read_listing(page(row), url=URL, now=NOW).links
    assert [link.title for link in links] == TITLES
    assert [link.url for link in links] == [f"https://www.example.gov.cn/bszn/13{n}.html" for n in range(4)]


def test_dates_that_a_script_writes_are_read() -> None:
    date = '<script>document.write("2026-11-1{n} 09:00".substr(0,10));</script>'
    row = f'<li><a href="/c60{{n}}.html">{{title}}</a><i>{date}</i></li>'
    links = read_listing(page(row), url=URL, now=NOW).links
    assert [f"{link.posted_at:%m-%d}" for link in links] == ["11-10", "11-11", "11-12", "11-13"]


@pytest.mark.parametrize(
    "code",
    ["if (x) { document.write('2026-11-20'); }", "document.write(mask('张三'))", "document.write(unknown)",
     "document.write('<script src=a.js>')", "var a = f(); document.write('x')"],
)  # fmt: skip
def test_scripts_that_do_more_than_write_literals_are_left_alone(code: str) -> None:
    text = f"<p><script>{code}</script></p>"
    assert with_written(text) == text


ROWS = {
    "date before the title": '<li><a href="/c60{n}.html">[2026-11-1{n}] {title}</a></li>',
    "date behind the title": '<li><a href="/c60{n}.html">{title}（2026-11-1{n}）</a></li>',
    "boxes inside the link": '<a href="/c60{n}.html"><span><em>11/1{n}</em><i>2026</i></span><b>{title}</b></a>',
    "day above": '<h4>2026-11-1{n}</h4><p><a href="/c60{n}.html">{title}</a></p>',
}


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_titles_and_dates_are_told_apart(row: str) -> None:
    links = read_listing(
        page(row).replace("<ul>", "<div class=list>").replace("</ul>", "</div>"), url=URL, now=NOW
    ).links
    assert [(link.title, f"{link.posted_at:%m-%d}") for link in links] == [
        (t, f"11-1{n}") for n, t in enumerate(TITLES)
    ]


ABROAD = '<li><a href="https://paper.example.com/s/{n}7/2026.html">{title}</a><em>2026-11-1{n}</em></li>'


def test_matters_on_another_site_are_named_and_followed_only_where_it_is_declared() -> None:
    with pytest.raises(PageError, match=r'paper\.example\.com.*hosts = \["paper\.example\.com"\]'):
        read_listing(page(ABROAD), url=URL, now=NOW)
    listing = read_listing(page(ABROAD), url=URL, now=NOW, sites=frozenset(["paper.example.com"]))
    assert [link.title for link in listing.links] == TITLES
    with pytest.raises(PageError, match="微信是个人账号平台"):
        read_listing(page(ABROAD.replace("paper.example.com", "mp.weixin.qq.com")), url=URL, now=NOW)


def test_a_list_of_both_gives_its_own_and_names_the_others() -> None:
    mixed = page().replace("/bmdt/c600.html", "https://paper.example.com/600.html")
    listing = read_listing(mixed, url=URL, now=NOW)
    assert [link.title for link in listing.links] == TITLES[1:]
    assert listing.elsewhere == ("paper.example.com",)


def test_friendly_links_are_no_list() -> None:
    links = "".join(f'<li><a href="https://w{n}.example.org/">某某省人民政府门户网站</a></li>' for n in range(30))
    listing = read_listing(page(after=f"<ul class=links>{links}</ul>"), url=URL, now=NOW)
    assert [link.title for link in listing.links] == TITLES


def test_what_others_wrote_beside_a_list_is_a_sidebar() -> None:
    side = ABROAD.format(n=7, title="媒体报道云溪发展的长文标题") * 6
    listing = read_listing(page(after=f"<div class=side><ul>{side}</ul></div>"), url=URL, now=NOW)
    assert [link.title for link in listing.links] == TITLES
    assert listing.elsewhere == ()


@pytest.mark.parametrize("tip", ["{title}", "标题：{title}&#10;发布日期：2026-11-01", "{title} 发布时间：2026-11-01"])
def test_a_tooltip_gives_the_title_alone(tip: str) -> None:
    row = '<li><a href="/c60{n}.html" title="' + tip + '">{title:.6}</a><em>2026-11-1{n}</em></li>'
    assert [link.title for link in read_listing(page(row), url=URL, now=NOW).links] == TITLES


def test_an_error_page_in_place_of_a_list_is_named() -> None:
    text = "<html><title>404 您访问的页面不存在</title><body><h1>您访问的页面不存在</h1></body></html>"
    with pytest.raises(PageError, match="对方返回的是出错"):
        read_listing(text, url=URL, now=NOW)
