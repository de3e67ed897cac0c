"""Articles: the cascade's order, names of writers left out, and a floor of quality on real pages."""

import logging
from collections import Counter
from datetime import datetime
from pathlib import Path
from statistics import mean

import pytest

from crawlers.clock import CHINA
from crawlers.pages.article import read_article, tidy
from crawlers.pages.found import LoginRequired, PageError, PageGone
from crawlers.pages.rule import Rule

NOW = datetime(2026, 11, 21, 16, 30, tzinfo=CHINA)
PROSE = "供水管网改造期间，滨河路半幅封闭施工，请过往车辆绕行，由此带来的不便，敬请谅解。"


def read(html: str, rule: Rule | None = None) -> tuple[str, str, str]:
    found = read_article(html, url="https://www.example.gov.cn/a/1.html", now=NOW, rule=rule)
    return found.title, found.text, f"{found.posted_at:%Y-%m-%d}" if found.posted_at else ""


def test_the_cascade_believes_rule_then_meta_then_container_then_prose() -> None:
    page = (
        '<html><head><title>网页名_某网</title><meta name="ArticleTitle" content="通告甲">'
        '<meta name="PubDate" content="2026-11-01">'
        f'</head><body><h1>通告乙</h1><b class="t">通告丙</b><i>2026-11-03</i><div id="zoom"><p>{PROSE}一</p></div>'
        f'<div class="x"><p>{PROSE}二</p><p>{PROSE}三</p></div></body></html>'
    )
    ruled = read(page, Rule(title="b.t", body="div.x", date="i"))
    assert ruled == ("通告丙", f"{PROSE}二\n{PROSE}三", "2026-11-03")
    assert read(page) == ("通告甲", f"{PROSE}一", "2026-11-01")
    unknown = page.replace(' id="zoom"', ' class="y"')
    assert read(unknown)[1] == f"{PROSE}二\n{PROSE}三"


BY_LINES = [
    "责任编辑：某某",
    "编 辑：某某",
    "作者：某某 某某",
    "记者：某某",
    "通讯员：某某",
    "审核：某某",
    "来源：云溪晚报　记者：某某　2026-11-20 08:00",
    "2026-11-20 09:12 来源：云溪发布 作者：某某 浏览：3",
    "扫一扫",
    "打印本页",
]


@pytest.mark.parametrize("line", BY_LINES)
def test_by_lines_and_buttons_are_no_text(line: str) -> None:
    assert tidy(f"{line}\n{PROSE}\n{line}").split("\n")[0] == PROSE


def test_a_sentence_that_begins_like_a_by_line_stays() -> None:
    sentence = "编辑部收到读者来信，反映学校门口交通拥堵，希望有关部门尽快研究解决，还孩子们一条平安的上学路。"
    assert tidy(sentence) == sentence


@pytest.mark.parametrize(
    ("html", "error"),
    [
        ("<p>您访问的页面不存在</p>", PageGone),
        ("<p>请登录后查看全文</p>", LoginRequired),
        ("<div id=app></div><script>render()</script>", PageError),
        ("", PageError),
    ],
)
def test_a_page_without_a_body_says_why(html: str, error: type[PageError]) -> None:
    with pytest.raises(error):
        read(html)


def test_no_date_is_better_than_a_guess() -> None:
    assert (
        read(f"<html><body><h1>通告</h1><div id=zoom><p>2025年，{PROSE}</p></div><p>2025年度</p></body></html>")[2]
        == ""
    )


def grams(text: str) -> Counter[str]:
    bare = "".join(text.split())
    return Counter(bare[n : n + 4] for n in range(len(bare) - 3))


@pytest.mark.data
def test_bodies_of_real_pages_are_what_readability_finds_too(shared_data: Path) -> None:
    """A floor, not a proof: F1 of character 4-grams on sixty pages, and no page lost altogether."""
    from lxml.html import fromstring

    readability = pytest.importorskip("readability")
    logging.disable(logging.CRITICAL)
    scores = {}
    for path in sorted((shared_data / "pages" / "articles").glob("*/*.html")):
        page = path.read_text("utf-8", "replace")
        mine = grams(read(page)[1])
        theirs = grams(fromstring(readability.Document(page).summary()).text_content())
        shared = (mine & theirs).total()
        scores[path] = 2 * shared / ((mine.total() + theirs.total()) or 1)
    logging.disable(logging.NOTSET)
    assert len(scores) == 60
    assert mean(scores.values()) > 0.93
    assert sum(score < 0.5 for score in scores.values()) <= 2


TITLES = [
    ("供热管网改造通告-云溪新闻网", "<div>供热管网改造通告</div>", "供热管网改造通告"),
    ("供热管网改造通告 区住建局_云溪网", "<p>供热管网改造通告</p>", "供热管网改造通告"),
    ("今日要闻--云溪供热管网改造今起施工", "<div>云溪供热管网改造今起施工</div>", "云溪供热管网改造今起施工"),
    ("要闻--云溪新闻网", "<h3>首页 - 要闻</h3><h5>云溪供热管网改造今起施工</h5>", "云溪供热管网改造今起施工"),
    ("要闻--云溪新闻网", '<div class="news title">云溪供热管网改造今起施工</div>', "云溪供热管网改造今起施工"),
]


@pytest.mark.parametrize(("whole", "shown", "title"), TITLES)
def test_a_title_is_what_the_page_shows_of_it(whole: str, shown: str, title: str) -> None:
    body = f"<body><a>要闻</a>{shown}<div id=zoom><p>{PROSE}</p></div></body>"
    page = f"<html><head><title>{whole}</title></head>{body}</html>"
    assert read(page)[0] == title


def test_the_title_and_the_date_inside_the_body_are_no_text() -> None:
    head = "<p>供热管网改造通告</p><p>2026-11-03 10:20　来源：云溪日报</p>"
    page = f"<html><head><title>供热管网改造通告_云溪网</title></head><body><div id=zoom>{head}<p>{PROSE}</p></div>"
    assert read(page + "<p>相关链接 供暖须知</p></body></html>") == ("供热管网改造通告", PROSE, "2026-11-03")


def test_a_labelled_date_in_the_body_beats_a_bare_one_beside_it() -> None:
    links = "<ul><li><a href=/1>云溪停水通知2026年10月1日</a></li></ul>"
    page = f"<html><body>{links}<div id=zoom><p>发布时间： 2026-11-03 10:09:11</p><p>{PROSE}</p></div></body></html>"
    assert read(page)[2] == "2026-11-03"
    event = f"<html><body><div id=zoom><p>2026年11月2日，{PROSE}</p></div></body></html>"
    assert read(event)[2] == ""


def test_the_date_of_an_official_account_is_in_its_script() -> None:
    page = (
        '<html><body><h1>供热答复来了</h1><em id="publish_time">昨天</em>'
        f'<div id="js_content"><p>{PROSE}</p><ul class="list-paddingleft-2"><li><p>周一至周五上门</p></li></ul></div>'
        '<script>var ct = "1795000000"; var svr = 1;</script></body></html>'
    )
    title, text, date = read(page)
    assert (title, date) == ("供热答复来了", "2026-11-18")
    assert text.endswith("周一至周五上门")


SIGNATURES = [
    "云溪日报记者 某某 某某",
    "编辑 某某 校对 某某",
    "（文/图 某某）",
    "采写 某某",
    "评论（12）",
    "+1",
    "图集",
]


@pytest.mark.parametrize("line", SIGNATURES)
def test_names_and_buttons_at_the_end_are_no_text(line: str) -> None:
    assert tidy(f"{PROSE}\n{line}") == PROSE
