"""`huiying source add URL`: any address becomes a source with its first posts, or a reason and a next step."""

import gzip
from collections.abc import Callable, Iterator
from datetime import datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from crawlers.city import City, serve
from crawlers.clock import CHINA
from crawlers.office import Office
from crawlers.pages.dom import parse
from crawlers.pages.found import PageError
from crawlers.pages.titles import board_title
from crawlers.probe import Probe, engine_of, entry_of, probe
from crawlers.sources import Source, read_sources
from crawlers.visitor import Visitor

NOW = datetime(2026, 11, 21, 16, 30, tzinfo=CHINA)
OFFICE = Office("云溪市司法局", "sfj@yunxi.example", accounts=("政务机构",))


@pytest.fixture(scope="module")
def city() -> Iterator[City]:
    with serve(NOW) as city:
        yield city


def look(url: str) -> Probe:
    return probe(url, OFFICE, now=NOW)


@pytest.mark.parametrize(
    ("host", "path", "kind", "engine"),
    [
        ("portal", "/tzgg/", "site", ""),
        ("portal", "/zcjd/", "site", ""),
        ("portal", "/jzxx/", "mailbox", ""),
        ("portal", "/zxly/", "mailbox", ""),
        ("portal", "/atom.xml", "feed", ""),
        ("forum", "/forum-2-1.html", "forum", "discuz"),
        ("media", "/", "feed", ""),
        ("media", "/rss.xml", "feed", ""),
    ],
)
def test_every_channel_of_the_city_is_recognised(city: City, host: str, path: str, kind: str, engine: str) -> None:
    found = look(getattr(city, host).url + path)
    assert found.source is not None, found
    assert (found.source.kind, found.source.engine) == (kind, engine)
    assert len(found.posts) == 5
    assert all(post.title and post.posted_at for post in found.posts)


def test_what_it_writes_is_a_valid_entry(city: City, tmp_path: Path) -> None:
    entries = [look(city.portal_url + "/jzxx/").entry, look(city.forum_url + "/forum-2-1.html").entry]
    odd = Source('带"引号"\\的', "site", "https://www.example.gov.cn/gg/", every_minutes=30, max_pages=5)
    (tmp_path / "sources.toml").write_text("\n".join([*entries, entry_of(odd)]), "utf-8")
    sources, problems = read_sources(tmp_path / "sources.toml")
    assert problems == []
    assert [source.kind for source in sources] == ["mailbox", "forum", "site"]
    assert sources[2] == odd


def test_what_it_shows_is_masked_and_what_it_does_is_said(city: City) -> None:
    said: list[str] = []
    found = probe(city.portal_url + "/jzxx/", OFFICE, now=NOW, tell=said.append)
    assert said[0] == f"正在看 {city.portal_url}/jzxx/"
    assert "199 0000 4321" not in "".join(post.text for post in found.posts)
    assert city.trap_hits == 0


def test_a_front_page_and_a_thread_lead_to_the_board(city: City) -> None:
    for path in ("/", "/thread-1001-1-1.html"):
        found = look(city.forum_url + path)
        assert found.source is None
        assert "请填写公共事务版块的网址" in found.reason
        assert found.hints[0] == f"可选版块：民生在线 {city.forum_url}/forum-2-1.html"


def test_a_refusal_and_robots_are_answers(city: City) -> None:
    assert "请与对方联系" in look(city.portal_url + "/nbgg/").reason
    assert look(city.portal_url + "/internal/contacts.html").reason == "robots.txt 不允许访问该网址"


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("weibo.com/somebody", "微博是个人账号平台"),
        ("ftp://example.cn/", "不是 http"),
        ("http://127.0.0.1:9/", "对方主机拒绝连接"),
    ],
)
def test_what_cannot_be_a_source_says_why(url: str, reason: str) -> None:
    found = look(url)
    assert found.source is None
    assert found.entry == ""
    assert reason in found.reason


def moved(target: str) -> Callable[[BaseHTTPRequestHandler], None]:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(302)
        handler.send_header("Location", target)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return answer


def test_feeds_at_the_usual_places_and_redirects_are_found(loopback: Any) -> None:
    loopback.pages |= {
        "/": moved("/index.html"),
        "/index.html": "<html><title>云溪新闻</title><body><div id='app'></div></body></html>",
    }
    found = look(loopback.url)
    assert "没有认出列表" in found.reason
    assert "靠脚本显示内容的网页读不到" in found.hints[0]
    loopback.pages["/"] = "<html><title>云溪新闻</title><body></body></html>"
    item = "<item><title>一则新闻</title><link>/a/1</link><pubDate>2026-11-20 08:00</pubDate></item>"
    loopback.pages["/feed"] = f"<?xml version='1.0'?><rss><channel><title>云溪新闻网</title>{item}</channel></rss>"
    found = look(loopback.url)
    assert found.source == Source("云溪新闻网", "feed", f"{loopback.url}/feed", delay_seconds=0.0)


def test_a_site_that_moved_away_is_not_followed(loopback: Any) -> None:
    loopback.pages["/"] = moved("http://other.example/")
    assert "已跳转到别的网站（http://other.example/）" in look(loopback.url + "/").reason
    loopback.pages["/"] = moved("/")
    assert look(loopback.url + "/").reason == "跳转次数过多"


def test_articles_on_another_site_are_read_where_it_is_named(loopback: Any, tmp_path: Path) -> None:
    other = loopback.url.replace("127.0.0.1", "localhost")
    rows = "".join(
        f'<li><a href="{other}/a/2026{n}.html">关于滨河路第{n}段施工的通告</a><i>2026-11-1{n}</i></li>'
        for n in range(4)
    )
    loopback.pages["/tzgg/"] = f"<html><title>通知公告</title><body><ul>{rows}</ul></body></html>"
    text = "<p>滨河路本段自即日起半幅封闭施工，请过往车辆绕行，施工预计持续两个月。</p>"
    loopback.pages |= {f"/a/2026{n}.html": f"<html><body><h1>关于滨河路第{n}段施工的通告</h1>{text}" for n in range(4)}
    found = look(f"{loopback.url}/tzgg/")
    host = other.removeprefix("http://")
    assert found.source is None
    assert f'hosts = ["{host}"]' in found.reason
    found = probe(f"{loopback.url}/tzgg/", OFFICE, now=NOW, hosts=[f"{other}/"])
    assert found.source is not None
    assert len(found.posts) == 4
    (tmp_path / "sources.toml").write_text(found.entry, "utf-8")
    assert read_sources(tmp_path / "sources.toml")[0][0].hosts == (host,)
    loopback.pages["/robots.txt"] = "User-agent: *\nDisallow: /a/"  # the other site's own rules
    assert probe(f"{loopback.url}/tzgg/", OFFICE, now=NOW, hosts=[other]).source is None
    assert "个人账号平台" in probe(f"{loopback.url}/tzgg/", OFFICE, now=NOW, hosts=["mp.weixin.qq.com"]).reason


def test_the_visitor_keeps_the_rules_of_a_sweep(loopback: Any) -> None:
    pauses: list[float] = []
    loopback.pages["/robots.txt"] = "User-agent: huiying\nCrawl-delay: 7\nDisallow: /no"
    loopback.pages |= {"/a": "x", "/b": "y", "/bomb": gzip.compress(b"0" * 20_000_000)}
    loopback.headers["/bomb"] = {"Content-Encoding": "gzip"}
    visitor = Visitor(loopback.url, OFFICE, pause=pauses.append)
    visitor.page(f"{loopback.url}/a")
    visitor.page(f"{loopback.url}/b")
    assert 6.5 < pauses[0] <= 7
    with pytest.raises(PageError, match=r"robots.txt 不允许"):
        visitor.page(f"{loopback.url}/no")
    with pytest.raises(PageError, match="网页过大"):
        visitor.page(f"{loopback.url}/bomb")
    with pytest.raises(PageError, match="不在本来源的网站上"):
        visitor.page("http://other.example/")
    assert all("Cookie" not in headers for headers in loopback.seen)
    outside = Visitor("https://www.example.gov.cn/", OFFICE)
    outside.sites = frozenset({"localhost"})
    with pytest.raises(PageError, match="内部网络"):
        outside.page("http://localhost/")


MARKS = [
    ("discuz", '<meta name="generator" content="Discuz! X3.4">'),
    ("phpbb", '<body id="phpbb" class="nojs">'),
    ("discourse", '<meta name="generator" content="Discourse 3.4.0">'),
    ("flarum", '<div id="flarum-loading">'),
    ("mybb", "var my_post_key = '';"),
    ("nodebb", '<script src="/assets/nodebb.min.js"></script>'),
    (None, "<title>云溪市人民政府</title>"),
]


@pytest.mark.parametrize(("engine", "page"), MARKS)
def test_forum_software_is_told_by_its_marks(engine: str | None, page: str) -> None:
    assert engine_of(page) == engine


def test_an_address_that_leads_to_a_login_is_no_public_channel(loopback: Any) -> None:
    def moved(handler: Any) -> None:
        handler.send_response(302)
        handler.send_header("Location", "/passport/login?from=1")
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    loopback.pages["/inside/"] = moved
    assert look(f"{loopback.url}/inside/").reason.startswith("需要登录才能看，不是公开渠道。请与对方联系")


@pytest.mark.parametrize(
    "page",
    [
        (
            "<title>市民诉求 -  云溪论坛 -  Powered by Discuz!</title><h1><a href='/b'>市民诉求</a></h1>"
            "<p>Powered by</p>"
        ),
        "<title>云溪论坛 - 市民诉求</title><h1>云溪论坛</h1><h2><a href='/b'>市民诉求</a></h2>",
        "<title>云溪论坛 - 市民诉求</title><table><tr><td class='thead'><strong>市民诉求</strong></td></tr></table>",
        "<title>市民诉求 | 云溪论坛</title><p>没有标题的版块</p>",
        "<title>市民诉求 | 云溪论坛</title><meta property='og:site_name' content='云溪论坛'><h1>云溪论坛</h1>",
    ],
)
def test_a_board_goes_by_its_own_name_wherever_its_title_has_it(page: str) -> None:
    assert board_title(parse(page)) == "市民诉求"


def test_what_comes_packed_and_in_chunks_is_unpacked(loopback: Any) -> None:
    def packed(handler: Any) -> None:
        body = gzip.compress("<title>云溪论坛</title><p>南门路灯不亮，请尽快派人修。</p>".encode() * 50)
        handler.send_response(200)
        for name, value in {"Content-Encoding": "gzip", "Transfer-Encoding": "chunked"}.items():
            handler.send_header(name, value)
        handler.end_headers()
        for piece in (body[:60], body[60:]):
            handler.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
        handler.wfile.write(b"0\r\n\r\n")

    loopback.pages["/a"] = packed
    assert "南门路灯不亮" in Visitor(loopback.url, OFFICE).page(f"{loopback.url}/a").text


def _board(*threads: int) -> str:
    rows = "".join(
        f"<div><a href='/user/u{n}'>住户{n}</a> <a href='/topic/{n}'>南门外第{n}盏路灯不亮半个月了</a></div>"
        for n in threads
    )
    return f"<title>市民诉求 - 云溪社区</title><h1>市民诉求</h1><div>{rows}</div>"


def _thread(number: int, answer: str = "已派人去修，今晚八点前恢复。") -> str:
    floors = [
        (f"住户{number}", f"南门外第{number}盏路灯半个月不亮了，请派人看看。"),
        ("政务机构", answer),
        ("小李", "盼着。"),
    ]
    said = "".join(
        f"<li><a href='/user/{name}'>{name}</a> <time datetime='2026-11-20T09:0{n}+08:00'></time><div>{text}</div></li>"
        for n, (name, text) in enumerate(floors)
    )
    return f"<title>第{number}盏路灯 - 云溪社区</title><h1>第{number}盏路灯</h1><ul>{said}</ul>"


def test_a_forum_of_unknown_software_is_read_as_one(loopback: Any) -> None:
    loopback.pages |= {"/b": _board(1, 2, 3)} | {f"/topic/{n}": _thread(n) for n in (1, 2, 3)}
    loopback.headers["/topic/3"] = {"Content-Type": "image/png"}
    found = look(f"{loopback.url}/b")
    assert found.source is not None
    assert (found.source.kind, found.source.engine, found.source.name) == ("forum", "other", "市民诉求")
    assert [(post.text, post.answer) for post in found.posts[:1]] == [
        ("南门外第1盏路灯半个月不亮了，请派人看看。", "已派人去修，今晚八点前恢复。")
    ]
    assert all(loopback.asked.count(path) == 1 for path in loopback.asked)


def test_news_with_comments_stay_news(loopback: Any) -> None:
    news = '<meta name="ArticleTitle" content="路灯已修好">'
    loopback.pages |= {"/b": _board(1, 2, 3)} | {f"/topic/{n}": news + _thread(n) for n in (1, 2, 3)}
    found = look(f"{loopback.url}/b")
    assert found.source is None or found.source.kind == "site"


def test_a_thread_of_unknown_software_leads_to_its_board(loopback: Any) -> None:
    trail = "<div class='breadcrumb'><a href='/'>云溪社区</a><a href='/b'><i>label</i> 市民诉求</a></div>"
    loopback.pages |= {"/topic/1": trail + _thread(1), "/b": _board(1, 2), "/": "<h1>云溪社区</h1>"}
    found = look(f"{loopback.url}/topic/1")
    assert (found.source, found.reason) == (None, "这是一个主题（或带评论的文章），不是列表；请填写版块、栏目的网址")
    assert f"可选版块：市民诉求 {loopback.url}/b" in found.hints


def test_a_forum_that_closes_its_interface_is_read_by_its_pages(loopback: Any) -> None:
    mark = "<div id='flarum-loading'></div>"
    loopback.pages |= {"/b": _board(1, 2) + mark} | {f"/topic/{n}": _thread(n) for n in (1, 2)}
    loopback.pages["/b"] = loopback.pages["/b"].replace("'flarum-loading'", '"flarum-loading"')
    found = look(f"{loopback.url}/b")
    assert found.source is not None
    assert (found.source.engine, len(found.posts)) == ("other", 2)
