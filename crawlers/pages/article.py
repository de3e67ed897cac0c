"""An article page to one matter: the source's rule, government meta tags, known containers, the densest prose.

trafilatura is asked last, where a page shows no prose by itself.

国办发〔2017〕47号 (政府网站发展指引) obliges government pages to carry `ArticleTitle`, `PubDate`, `ColumnName` and
`ContentSource`, so they are believed before anything that has to be guessed.
"""

import json
import re
import tomllib
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any

from lxml import etree

from crawlers.clock import CHINA
from crawlers.pages.dates import find_published, parse_date
from crawlers.pages.density import densest, junk, measure
from crawlers.pages.dom import Element, loose_text, meta, one_line, parse, text_of
from crawlers.pages.found import Found, LoginRequired, PageError, PageGone
from crawlers.pages.links import canonical
from crawlers.pages.rule import Rule, select, select_first
from crawlers.pages.titles import title_of

_ENOUGH = 30  # characters: a shorter container is an empty shell, a shorter extraction a failure
_DATES = (
    "pubdate", "article:published_time", "publishdate", "og:release_date", "datepublished", "weibo:article:create_at",
    "bytedance:published_time", "publication_date", "dc.date.issued", "apub:time",
)  # fmt: skip
# Lines that name writers and editors (S2), and buttons and share bars that templates leave in the body.
_LEFT_OUT = re.compile(
    r"^[\[（(【\s]*(?:(?:责任|执行|值班|本期|网络)?编\s*辑|责\s*编|作\s*者|记\s*者|通讯员|撰\s*稿|供\s*稿|摄\s*影|审\s*[核校]|校\s*对|"
    r"编\s*审|初审|复审|终审|监\s*制|发布人|发布者|录入)\s*[:：丨|/].{0,60}$"
    r"|^(?:扫一扫|分享到|分享|打印(?:本页)?|【?关闭(?:窗口|本页)?】?|返回顶部|字\s*[体号][:：]?.{0,12}|点击(?:次数|数|率)[:：].*"
    r"|(?:上|下)一[篇条].*|浏览(?:次数|量)?[:：].*|收藏|大\s*中\s*小|图集|关注|\+1|返回.{2,8}首页[>》]*"
    r"|评论\s*[（(]?\s*\d*\s*[）)]?|我要(?:跟帖|评论)|已输入\d+字|发表|相关推荐)$"
    # The names at the end of a report: 新京报记者 某某, 编辑 某某 校对 某某, （文/图 某某）.
    r"|^[\[（(【]?(?=.{0,40}$)(?:[\u4e00-\u9fff]{0,10}(?:记者|通讯员|实习生)\s+[\u4e00-\u9fff]{2,4}(?:[\s、]+[\u4e00-\u9fff]{2,4})*"
    r"|(?:编辑|校对|采写|摄影|文/图|图/文|文|图|供稿)[\s/／]+[\u4e00-\u9fff\s/／、]{2,34})[\]）)】]?$"
)
# "2026-10-15 08:30　来源：云溪晚报　记者：…" above a text.
_HEAD_LINE = re.compile(
    r"^(?=.{0,100}$)(?=.*(?:来源|作者|记者|编辑|浏览|阅读|点击|发布时间|字号)\s*[:：])(?=.*20\d\d[-/.年])"
)
_HEAD = 600  # characters at the beginning of a body in which a template may show its date
_SECONDS = re.compile(r"\b(?:ct|create_time|createTime|publish_time)\s*[=:]\s*['\"]?(1[0-9]{9})\b")
_GONE = re.compile(
    r"(?:页面|文章|内容|信息|网页|帖子)[^。\n]{0,8}(?:不存在|已被?删除|已下线|找不到)|404\s*not\s*found", re.IGNORECASE
)
_MEMBERS = re.compile(r"(?:请|需要?|必须)先?(?:登录|登陆)(?:后|才)?(?:查看|浏览|访问|可见|阅读)?")


def read_article(text: str, *, url: str, now: datetime, rule: Rule | None = None) -> Found:
    """The matter on an article page. Raises `PageError` where there is no body, with the reason."""
    tree = parse(text)
    tags = meta(tree)
    ruled = _by_rule(tree, rule) if rule and rule.body else None
    body, container = (text_of(ruled), ruled) if ruled is not None else _prose(tree)
    title = title_of(tree, tags, rule, container)
    body = tidy(_without_title(body, title))
    if len(body) < _ENOUGH and ruled is None:
        # A one-line notice is a whole article; a shell that a script would fill is not.
        body = max(_without_title(_generic(tree), title), body, key=len)
    if not body:
        _explain(tree, title)
    return Found(
        url=url, title=title, text=body, locator=canonical(url),
        posted_at=_date(tree, tags, rule, container, now=now),
    )  # fmt: skip


def tidy(body: str) -> str:
    """`body` without by-lines, share bars and the like, line by line."""
    lines = [line for line in body.split("\n") if not _LEFT_OUT.match(line)]
    while lines and _HEAD_LINE.match(lines[0]):
        lines.pop(0)
    return "\n".join(lines)


def _by_rule(tree: Element, rule: Rule) -> Element | None:
    return max(select(tree, rule.body), key=lambda element: len(text_of(element)), default=None)


def _prose(tree: Element) -> tuple[str, Element | None]:
    """The text of the known container, else of the densest block, and that block."""
    container = _container(tree)
    if container is None:
        container = densest(tree, measure(tree))
    if container is None:
        return "", None
    held = measure(container)
    return text_of(container, without=junk(container, held)), container


def _container(tree: Element) -> Element | None:
    """The first known container that holds text; of several with one name, the fullest."""
    marked: dict[tuple[str, str], list[Element]] = {}
    known = _containers()
    for element in tree.xpath("//*[@id or @class]"):
        keys = [("id", element.get("id") or "")] + [("class", name) for name in (element.get("class") or "").split()]
        for key in keys:
            if key in known:
                marked.setdefault(key, []).append(element)
    for key in sorted(marked, key=known.__getitem__):
        best = max(marked[key], key=lambda element: len(element.text_content()))
        if len(text_of(best)) >= _ENOUGH:
            return best
    return None


@cache
def _containers() -> dict[tuple[str, str], int]:
    entries = tomllib.loads((files("crawlers") / "data" / "containers.toml").read_text("utf-8"))["container"]
    return {next(iter(entry.items())): rank for rank, entry in enumerate(entries)}


def _generic(tree: Element) -> str:
    """trafilatura's reading: precise first, wide where that finds nothing."""
    import trafilatura  # half a second, and most pages need it not

    for precise in (True, False):
        found = trafilatura.extract(
            etree.tostring(tree, encoding="unicode", method="html"), favor_precision=precise, include_comments=False,
            include_tables=True, deduplicate=False,
        )  # fmt: skip
        body = tidy(found or "")
        if len(body) >= _ENOUGH:
            return body
    return ""


def _date(
    tree: Element, tags: dict[str, str], rule: Rule | None, body: Element | None, *, now: datetime
) -> datetime | None:
    if rule and rule.date:
        return parse_date(one_line(select_first(tree, rule.date)), now=now)
    given = [tags[name] for name in _DATES if name in tags] + list(_json_dates(tree))
    given += [str(element.get("datetime")) for element in tree.xpath("//time[@datetime]")[:1]]
    for text in given:
        if moment := parse_date(text, now=now):
            return moment
    if moment := _scripted_date(tree, now):
        return moment
    head = loose_text(body)[:_HEAD] if body is not None else ""
    return find_published(loose_text(tree, without=body), head=head, now=now)


def _scripted_date(tree: Element, now: datetime) -> datetime | None:
    """The seconds since 1970 that a WeChat article's script writes into its empty date line."""
    if not any(mark.get("id") == "publish_time" for mark in tree.iter("em")):
        return None
    for script in tree.iter("script"):
        if match := _SECONDS.search(script.text or ""):
            moment = datetime.fromtimestamp(int(match[1]), CHINA)
            return moment if moment <= now else None
    return None


def _json_dates(tree: Element) -> Iterator[str]:
    """`datePublished` of JSON-LD blocks; nothing else of them is read, least of all their `author`."""
    for script in tree.iter("script"):
        if script.get("type") != "application/ld+json":
            continue
        try:
            data: Any = json.loads(script.text or "")
        except (ValueError, RecursionError):
            continue
        for item in data if isinstance(data, list) else [data]:
            for name in ("datePublished", "pubDate"):
                if isinstance(item, dict) and isinstance(item.get(name), str):
                    yield item[name]


def _without_title(body: str, title: str) -> str:
    head, _, rest = body.partition("\n")
    return rest if rest and head == title else body


def _explain(tree: Element, title: str) -> None:
    """Say why a page has no body."""
    words = f"{title}\n{text_of(tree)[:2000]}"
    if _GONE.search(words):
        raise PageGone("网页说明内容已删除或不存在")
    if _MEMBERS.search(words):
        raise LoginRequired("需要登录才能看，不是公开渠道")
    raise PageError("没有找到正文")
