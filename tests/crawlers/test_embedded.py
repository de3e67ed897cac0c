"""Articles that a page carries only as JSON for its script."""

import json
from datetime import datetime

import pytest

from crawlers.clock import CHINA
from crawlers.pages.article import read_article
from crawlers.pages.found import PageError

NOW = datetime(2026, 11, 21, 16, 30, tzinfo=CHINA)
URL = "https://m.example.cn/detail/88"
BODY = "<p>城南农贸市场搬迁工作进入收尾阶段，三百个摊位将于月底前全部到位。</p><p>新市场设停车位。</p>"
ARTICLE = {
    "title": "城南农贸市场搬迁",
    "content": BODY,
    "publish_time": 1793586600000,
    "author": "邹某某",
    "nickName": "晚归人",
}
OTHER = {
    "title": "另一则新闻",
    "content": "<p>" + "另一则新闻的正文，说的是别的事情。" * 20 + "</p>",
    "pubTime": "2026-01-01",
}


def page(script: str, title: str = "城南农贸市场搬迁_云溪网") -> str:
    return f"<html><head><title>{title}</title></head><body><div id=app>加载中</div>{script}</body></html>"


def state(*items: object) -> str:
    return json.dumps({"props": {"list": [{"data": item} for item in items]}}, ensure_ascii=False)


CARRIED = {
    "next": '<script id="__NEXT_DATA__" type="application/json">{}</script>',
    "state": "<script>window.__INITIAL_STATE__ = {};(function(){{}})()</script>",
    "nuxt": "<script>__NUXT_DATA__={}</script>",
}


@pytest.mark.parametrize("form", CARRIED.values(), ids=CARRIED)
def test_the_article_of_the_title_is_read_and_nothing_of_its_author(form: str) -> None:
    found = read_article(page(form.format(state(OTHER, ARTICLE))), url=URL, now=NOW)
    assert found.title == "城南农贸市场搬迁"
    assert found.text.split("\n")[1] == "新市场设停车位。"
    assert found.posted_at == datetime.fromtimestamp(1793586600, CHINA)
    assert "邹某某" not in repr(found)
    assert "晚归人" not in repr(found)


def test_without_a_title_to_go_by_the_longest_is_the_article() -> None:
    found = read_article(page(CARRIED["next"].format(state(ARTICLE, OTHER)), title="云溪网"), url=URL, now=NOW)
    assert found.title == "另一则新闻"


@pytest.mark.parametrize(
    "script",
    ["<script>window.__INITIAL_STATE__ = {broken</script>", CARRIED["next"].format("[]"),
     CARRIED["next"].format(state({"title": "没有正文"})), CARRIED["next"].format("[" * 5000)],
)  # fmt: skip
def test_data_without_an_article_is_no_article(script: str) -> None:
    with pytest.raises(PageError, match="没有找到正文"):
        read_article(page(script), url=URL, now=NOW)
