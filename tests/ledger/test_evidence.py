"""From an address to evidence, and the second look: never more is said than was seen."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crawlers.office import Office
from ledger.proof.evidence import Evidence, Relied, capture, recheck, words_of
from ledger.proof.fetch import Limits, Refusal, Visitor
from ledger.proof.snapshots import path_of, stored

MARCH = datetime(2026, 3, 5, 2, 0, tzinfo=UTC)
LATER = MARCH + timedelta(days=184)
QUOTE = "全市新增3个法律援助工作站，已于2月28日全部开放"
STORY = "为方便群众就近申请法律援助，市司法局会同各区司法所推进站点建设。"
PAGE = """<html><head><title>{title}</title><meta name="PubDate" content="2026-03-01 09:30"></head><body>
<nav>首页 公告 {nav}</nav><h1>法律援助工作站建设情况</h1>
<p>{before}{quote}。{after}</p><div>最新发布：{latest}</div><p>浏览次数：{views}</p></body></html>"""


def html(**changed: object) -> str:
    told = {"title": "情况通报", "nav": "", "before": STORY, "quote": QUOTE, "after": STORY, "latest": "无", "views": 7}
    return PAGE.format(**(told | changed))


@pytest.fixture
def visitor(bureau: Office) -> Visitor:
    return Visitor(bureau, limits=Limits(delay=0, whole=3))


@pytest.fixture
def relied(visitor: Visitor, site, tmp_path: Path) -> Relied:
    site.put("/gg/1", html())
    found = capture(visitor, site.url("/gg/1"), store=tmp_path, now=MARCH)
    assert isinstance(found, Evidence)
    return Relied("CN-2026-0001-1", found.url_final, found.sha256, found.text_sha256, QUOTE, MARCH)


def look(visitor: Visitor, relied: Relied, store: Path) -> tuple[str, str]:
    command = recheck(visitor, relied, store=store, now=LATER, by="sys:recheck")
    return command.result, command.note


def test_a_page_becomes_evidence(visitor: Visitor, site, tmp_path: Path) -> None:
    url = site.put("/gg/1", html())
    found = capture(visitor, url, store=tmp_path, now=MARCH)
    assert isinstance(found, Evidence)
    assert found.title == "情况通报"
    assert found.mime == "text/html"
    assert str(found.published_at) == "2026-03-01 09:30:00+08:00"
    assert found.find(QUOTE).kind == "exact"
    snapshot = found.snapshot("核查员")
    assert (snapshot.sha256, snapshot.fetched_by, snapshot.status) == (found.sha256, "核查员", 200)
    assert words_of(tmp_path, found.sha256).digest == found.text_sha256 == snapshot.text_sha256


def test_a_quote_is_anchored_only_where_it_stands(visitor: Visitor, site, tmp_path: Path) -> None:
    found = capture(visitor, site.put("/gg/1", html()), store=tmp_path, now=MARCH)
    assert isinstance(found, Evidence)
    quote = found.quote(QUOTE)
    assert quote is not None
    assert (quote.anchor, quote.sha256) == ("snapshot", found.sha256)
    assert quote.suffix.startswith("。为方便群众")
    assert found.quote("全市新增5个法律援助工作站，已于2月28日全部开放") is None


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("<p>您访问的页面不存在或者已经被删除了</p>", "gone"),
        ("<p>请完成验证后再继续访问本网站</p>", "challenge"),
        ("<script>load()</script>", "empty"),
    ],
)
def test_a_page_that_is_none_is_not_stored(visitor: Visitor, site, tmp_path: Path, body: str, why: str) -> None:
    found = capture(visitor, site.put("/x", body), store=tmp_path, now=MARCH)
    assert isinstance(found, Refusal)
    assert found.why == why
    assert list(stored(tmp_path)) == []


def test_a_pdf_is_kept_for_a_person_to_read(visitor: Visitor, site, tmp_path: Path) -> None:
    url = site.put("/a.pdf", b"%PDF-1.7 ...", Content_Type="application/pdf")
    found = capture(visitor, url, store=tmp_path, now=MARCH)
    assert isinstance(found, Evidence)
    assert "核查员" in found.doubt
    assert found.find(QUOTE).kind == "absent"
    assert list(stored(tmp_path)) == [found.sha256]


class TestSecondLook:
    def test_nothing_changed(self, visitor: Visitor, relied: Relied, tmp_path: Path) -> None:
        assert look(visitor, relied, tmp_path) == ("same", "2026年9月5日与2026年3月5日逐字节相同")

    def test_a_counter_and_a_menu_are_not_the_text(self, visitor, relied, site, tmp_path: Path) -> None:
        site.put("/gg/1", html(views=1234, nav="新栏目"))
        assert look(visitor, relied, tmp_path)[0] == "text_same"

    def test_another_corner_of_the_page_changed(self, visitor, relied, site, tmp_path: Path) -> None:
        filler = "沿线公告栏更新。" * 40
        site.put("/gg/1", html(after=STORY * 6, latest="无"))
        first = capture(visitor, relied.url, store=tmp_path, now=MARCH)
        assert isinstance(first, Evidence)
        again = Relied(relied.subject, relied.url, first.sha256, first.text_sha256, QUOTE, MARCH)
        site.put("/gg/1", html(after=STORY * 6, latest=filler))
        result, note = look(visitor, again, tmp_path)
        assert result == "text_same"
        assert "页面其他文字有变" in note

    def test_the_quotation_went(self, visitor, relied, site, tmp_path: Path) -> None:
        site.put("/gg/1", html(quote="全市新增2个法律援助工作站"))
        result, note = look(visitor, relied, tmp_path)
        assert (result, note) == ("changed", "引文2026年3月5日在该网页，2026年9月5日不在")

    def test_the_words_around_it_were_turned(self, visitor, relied, site, tmp_path: Path) -> None:
        site.put("/gg/1", html(before="网传", after="经核实，上述说法不属实，工作站建设已经暂停，恢复时间另行通知。"))
        result, note = look(visitor, relied, tmp_path)
        assert result == "changed"
        assert "须由人判断" in note

    @pytest.mark.parametrize("status", [404, 410])
    def test_the_page_went(self, visitor, relied, site, tmp_path: Path, status: int) -> None:
        site.put("/gg/1", "x", status=status)
        result, note = look(visitor, relied, tmp_path)
        assert result == "gone"
        assert note.startswith("2026年3月5日在该网址，2026年9月5日不在")

    @pytest.mark.parametrize("status", [403, 412, 500, 503])
    def test_not_reached_is_not_gone(self, visitor, relied, site, tmp_path: Path, status: int) -> None:
        site.put("/gg/1", "x", status=status)
        command = recheck(visitor, relied, store=tmp_path, now=LATER, by="sys:recheck")
        assert (command.result, command.snapshot) == ("unreachable", None)
        assert "不能据此判断" in command.note

    def test_a_lost_file_makes_a_person_look(self, visitor, relied, site, tmp_path: Path) -> None:
        path_of(tmp_path, relied.sha256).unlink()
        site.put("/gg/1", html(latest="新消息"))
        assert look(visitor, relied, tmp_path)[0] == "changed"


LETTER = """<html><head><title>局长信箱</title></head><body><table>
<tr><th>来信主题</th><td>法律援助窗口周末不开门</td></tr>
<tr><th>来信时间</th><td>2026-03-01 09:12</td></tr>
<tr><th>来信内容</th><td>我在工地上班，只有周末有空，窗口一直关着，希望能轮流开放。</td></tr>
<tr><th>答复单位</th><td>江州市司法局</td></tr>
<tr><th>答复时间</th><td>2026-03-03 16:00</td></tr>
<tr><th>答复内容</th><td>来信收悉，我局将于3月底前开放周末窗口。</td></tr>
</table></body></html>"""


def test_a_page_with_a_citizens_letter_is_never_kept(site, bureau: Office, tmp_path: Path) -> None:
    """Evidence is for good and byte for byte; a citizen's words are neither (S2, S4)."""
    url = site.put("/letter.html", LETTER)
    visitor = Visitor(bureau, limits=Limits(delay=0))
    found = capture(visitor, url, store=tmp_path / "evidence", now=MARCH)
    assert isinstance(found, Refusal)
    assert found.why == "letter"
    assert "另行发布的公告" in found.message
    assert list((tmp_path / "evidence").rglob("*.gz")) == []
