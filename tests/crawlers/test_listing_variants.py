"""Lists in the markup of real portals: rows, cards, data islands, links that scripts open, pagers of every kind."""

from datetime import datetime

import pytest

from crawlers.clock import CHINA
from crawlers.pages.listing import read_listing

NOW = datetime(2026, 11, 21, 16, 30, tzinfo=CHINA)
URL = "https://www.example.gov.cn/col/col1/index.html"
ITEMS = [
    ("关于滨河路半幅封闭施工的通告", "2026-11-20"),
    ("关于供热管网冲洗试压的通知", "2026-11-19"),
    ("云溪市公共法律服务中心迁址公告", "2026-11-18"),
    ("关于开展冬季安全检查的通知", "2026-11-17"),
]
MENU = "".join(f'<li><a href="/c{n}/">栏目名称{n}</a></li>' for n in range(12))


def page(row: str, *, before: str = "", after: str = "", pager: str = "") -> str:
    """A page with one `row` an item; it may hold {url}, {title}, {date}, {year}, {month}, {day}."""
    rows = []
    for number, (title, date) in enumerate(ITEMS):
        year, month, day = date.split("-")
        values = {
            "url": f"/art/art_1_{number}.html",
            "title": title,
            "date": date,
            "year": year,
            "month": month,
            "day": day,
        }
        rows.append(row.format(**values))
    return f"<html><body><ul class=nav>{MENU}</ul>{before}{''.join(rows)}{after}{pager}</body></html>"


NEXT_GROUP = '<nextgroup><![CDATA[<a href="/jpage/dataproxy.jsp?page=2&amp;appid=1"></a>]]></nextgroup>'
CARD = (
    '<div class="card"><h3><a href="{url}">{title}</a></h3><p>摘要，摘要。</p><b>{day}</b><i>{year}-{month}</i></div>'
)
OPENED = """<li><a href="javascript:void(0)" onclick="window.open('{url}')">{title}</a><i>{date}</i></li>"""
RECORD = '<record><![CDATA[<li><a href="{url}" title="{title}">{title}</a><span>{date}</span></li>]]></record>'
ROWS = {
    "list": ('<li><a href="{url}">{title}</a><span>{date}</span></li>', "", ""),
    "cut titles in a table": (
        '<tr><td><a href="{url}" title="{title}">{title:.2}…</a></td><td>[{date}]</td></tr>',
        "<table>",
        "</table>",
    ),
    "day over month": (CARD, "", ""),
    "cards that are links": ('<a href="{url}"><div>{title}</div><p>摘要，摘要。</p><i>{date}</i></a>', "", ""),
    "opened by script": (OPENED, "", ""),
    "terms": ('<dt><a href="{url}">{title}</a></dt><dd>{date}</dd>', "<dl>", "</dl>"),
    "date first, no year": ('<li><span>{month}-{day}</span><a href="{url}">{title}</a></li>', "", ""),
    "data island": (
        RECORD,
        f'<script type="text/xml"><datastore>{NEXT_GROUP}<recordset>',
        "</recordset></datastore></script>",
    ),
}


@pytest.mark.parametrize(("row", "before", "after"), ROWS.values(), ids=ROWS)
def test_every_markup_gives_the_same_list(row: str, before: str, after: str) -> None:
    listing = read_listing(page(row, before=before, after=after), url=URL, now=NOW)
    assert [(link.title, link.posted_at and f"{link.posted_at:%Y-%m-%d}") for link in listing.links] == ITEMS
    assert [link.url for link in listing.links] == [f"https://www.example.gov.cn/art/art_1_{n}.html" for n in range(4)]


def test_a_data_island_leads_to_its_next_group_and_that_is_read_too() -> None:
    row, before, after = ROWS["data island"]
    onward = "https://www.example.gov.cn/jpage/dataproxy.jsp?page=2&appid=1"
    assert read_listing(page(row, before=before, after=after), url=URL, now=NOW).next_url == onward
    records = page(row).partition("</ul>")[2].removesuffix("</body></html>")
    xml = f'<?xml version="1.0" encoding="utf-8"?><datastore><recordset>{records}</recordset></datastore>'
    listing = read_listing(xml, url=onward, now=NOW)
    assert [link.title for link in listing.links] == [title for title, _ in ITEMS]
    assert listing.next_url is None


PAGERS = {
    "words": '<a href="index_2.html">下一页</a>',
    "title": '<a href="index_2.html" title="下一页">&gt;&gt;</a>',
    "picture": '<a href="index_2.html"><img src="n.gif" alt="下一页"></a>',
    "arrow": '<a class="next" href="index_2.html">›</a>',
    "link": '<link rel="next" href="index_2.html">',
    "numbers": '<div><span class="current">1</span><a href="index_2.html">2</a><a href="index_3.html">3</a></div>',
    "numbers in a list": '<ul><li class="active"><a href="#">1</a></li><li><a href="index_2.html">2</a></li></ul>',
}


@pytest.mark.parametrize("pager", PAGERS.values(), ids=PAGERS)
def test_every_pager_leads_on(pager: str) -> None:
    listing = read_listing(page(ROWS["list"][0], pager=pager), url=URL, now=NOW)
    assert listing.next_url == "https://www.example.gov.cn/col/col1/index_2.html"


@pytest.mark.parametrize(
    "pager",
    [
        '<a href="javascript:goPage(2)">下一页</a>',
        '<div><a href="index_1.html">1</a><span class="current">2</span></div>',
        '<a href="https://elsewhere.example/2.html">下一页</a>',
        '<a class="next" href="/art/art_1_0.html">下一篇通告的标题</a>',
    ],
)
def test_what_is_no_pager_leads_nowhere(pager: str) -> None:
    assert read_listing(page(ROWS["list"][0], pager=pager), url=URL, now=NOW).next_url is None
