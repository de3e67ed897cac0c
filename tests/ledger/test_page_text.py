"""What a reader sees on a page, and pages that are none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.proof.page_text import normalised, read_text, sign

HTML = "text/html; charset=utf-8"
LONG = "法律援助窗口自十二月一日起延长服务时间，" * 30


def words(html: str) -> str:
    return read_text(html.encode(), HTML).text


def test_visible_words_in_order() -> None:
    html = (
        "<html><head><title>公告</title></head><body><h1>关于延时服务</h1><p>自<b>12</b>月起</p>周六开放</body></html>"
    )
    page = read_text(html.encode(), HTML)
    assert (page.title, page.text, page.doubt) == ("公告", "关于延时服务 自12月起 周六开放", "")


@pytest.mark.parametrize(
    "hidden",
    [
        "<script>三条道路</script>",
        "<style>.x{}</style>",
        "<!-- 三条道路 -->",
        '<p style="display:none">三条道路</p>',
        '<p style="color:red; visibility : hidden">三条道路</p>',
        '<span style="font-size:0">三条道路</span>',
        "<div hidden>三条道路</div>",
        "<noscript>三条道路</noscript>",
        "<template>三条道路</template>",
        '<input value="三条道路">',
        "<nav>三条道路</nav>",
    ],
)
def test_what_nobody_can_see_is_not_there(hidden: str) -> None:
    assert words(f"<body>前{hidden}后</body>") == "前后"


def test_half_sizes_are_still_seen() -> None:
    assert words('<p style="font-size:0.9em;opacity:0.8">小字</p>') == "小字"


def test_counters_and_dates_of_the_visit_are_not_text() -> None:
    page = "<p>浏览次数：{}　字体：【大 中 小】</p><p>今天是2026年11月{}日 星期五</p><p>窗口周六开放</p>"
    assert words(page.format("1,024", 20)) == words(page.format("9", 21))
    assert "窗口周六开放" in words(page.format(1, 2))


def test_full_width_and_half_width_are_one() -> None:
    assert normalised("（３）条\u3000道路\u200b，\n\t完成") == "(3)条 道路, 完成"


def test_gb_pages_are_read() -> None:
    page = read_text("<meta charset=gb2312><p>司法局公告：增设窗口，方便群众办事</p>".encode("gb18030"), "text/html")
    assert "增设窗口" in page.text
    assert page.encoding == "gb18030"


def test_a_pdf_is_left_to_a_person() -> None:
    page = read_text(b"%PDF-1.7", "application/pdf")
    assert page.text == ""
    assert "核查员" in page.doubt


@pytest.mark.parametrize("html", ["", "   ", "<!-- x -->", "<?xml version='1.0' encoding='utf-8'?><html/>"])
def test_pages_without_words_are_empty(html: str) -> None:
    page = read_text(html.encode(), HTML)
    assert page.text == ""
    assert sign(html.encode(), page) is not None


def test_bytes_of_no_encoding_are_left_to_a_person() -> None:
    page = read_text(bytes(range(128, 256)) * 20, "text/html")
    assert (page.text, bool(page.doubt)) == ("", True)


def test_deeply_nested_pages_do_not_break() -> None:
    assert words("<div>" * 5000 + "深" + "</div>" * 5000) in ("深", "")


@pytest.mark.parametrize(
    ("html", "kind"),
    [
        ("<title>404</title><p>抱歉，您访问的页面不存在，请返回首页</p>", "gone"),
        ("<p>该信息已被删除，如有疑问请联系网站管理员，谢谢</p>", "gone"),
        ("<p>系统检测到您的请求异常，请完成验证后继续访问本站</p>", "challenge"),
        ("<p>本页内容仅向注册用户开放，请登录后查看全部内容</p>", "challenge"),
        ("<script>var a='acw_sc__v2';</script><p>正在为您跳转到所请求的页面请稍候</p>", "challenge"),
        ("<div id='app'></div><script src='app.js'></script>", "empty"),
    ],
)
def test_pages_that_are_none_although_they_answer(html: str, kind: str) -> None:
    found = sign(html.encode(), read_text(html.encode(), HTML))
    assert found is not None
    assert found[0] == kind


def test_an_article_may_speak_of_missing_pages() -> None:
    html = f"<p>{LONG}有群众反映网站显示页面不存在，已修复，登录不再需要验证码。</p>"
    assert sign(html.encode(), read_text(html.encode(), HTML)) is None


@given(st.text(max_size=200))
def test_normalising_twice_changes_nothing(text: str) -> None:
    assert normalised(normalised(text)) == normalised(text)
