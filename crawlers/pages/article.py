"""An article page to one matter: the source's rule, government meta tags, known containers, the densest prose.

trafilatura is asked last, where a page shows no prose by itself.

国办发〔2017〕47号 (政府网站发展指引) obliges government pages to carry `ArticleTitle`, `PubDate`, `ColumnName` and
`ContentSource`, so they are believed before anything that has to be guessed.
"""

import re
import tomllib
from datetime import datetime
from functools import cache
from importlib.resources import files

from lxml import etree

from crawlers.pages.density import densest, junk, measure
from crawlers.pages.dom import Element, meta, parse, pieces, text_of
from crawlers.pages.embedded import embedded_article
from crawlers.pages.found import Found, LoginRequired, PageError, PageGone
from crawlers.pages.links import canonical, is_attachment
from crawlers.pages.published import STAMPED, Page, published
from crawlers.pages.rule import Rule, select
from crawlers.pages.titles import title_of
from crawlers.pages.written import with_written

_ENOUGH = 30  # characters: a shorter container is an empty shell, a shorter extraction a failure
# Lines that name writers and editors (S2), and buttons and share bars that templates leave in the body.
_LEFT_OUT = re.compile(
    r"^[\[（(【\s]*(?:(?:责任|执行|值班|本期|网络)?编\s*辑|责\s*编|作\s*者|记\s*者|通讯员|撰\s*稿|供\s*稿|摄\s*影|审\s*[核校]|校\s*对|"
    r"编\s*审|初审|复审|终审|监\s*制|发布人|发布者|录入)\s*[:：丨|/].{0,60}$"
    r"|^(?:扫一扫|分享到|分享|打印(?:本页)?|【?关闭(?:窗口|本页)?】?|返回顶部|字\s*[体号][:：]?.{0,12}|点击(?:次数|数|率)[:：].*"
    r"|(?:上|下)一[篇条].*|浏览(?:次数|量)?[:：].*|收藏|大\s*中\s*小|图集|关注|\+1|返回.{2,8}首页[>》]*"
    r"|评论\s*[（(]?\s*\d*\s*[）)]?|(?:点赞|阅读|浏览|转发|在看)\s*[\d.]+\s*[万wWkK+]*|我要(?:跟帖|评论)|已输入\d+字|发表|相关推荐)$"
    # The names at the end of a report: 新京报记者 某某, 编辑 某某 校对 某某, （文/图 某某）.
    r"|^[\[（(【]?(?=.{0,40}$)(?:[\u4e00-\u9fff]{0,10}(?:记者|通讯员|实习生)\s+[\u4e00-\u9fff]{2,4}(?:[\s、]+[\u4e00-\u9fff]{2,4})*"
    r"|(?:编辑|校对|采写|摄影|文/图|图/文|文|图|供稿)[\s/／]+[\u4e00-\u9fff\s/／、]{2,34})[\]）)】]?$"
)
# 本报讯（记者 某某 通讯员 某某）: who wrote a report stands inside its first sentence, too.
_SIGNED = re.compile(
    r"[（(]\s*(?:本报|本网|本台)?(?:全媒体|融媒体|见习|实习|首席|特约)?(?:记者|通讯员)(?!提问|采访|会|注|问|节)"
    r"[\s:：]*[\u4e00-\u9fff]{2,4}(?:[\s、,，/]+(?:文/图|摄影报道|通讯员|记者|[\u4e00-\u9fff]{2,4}))*\s*[）)]"
)
# "2026-10-15 08:30　来源：云溪晚报　记者：…" above a text.
_HEAD_LINE = re.compile(
    r"^(?=.{0,100}$)(?=.*(?:来源|作者|记者|编辑|浏览|阅读|点击|发布时间|字号)\s*[:：])(?=.*20\d\d[-/.年])"
)
_DATE_LINE = re.compile(
    r"^(?:(?:发布|发表|更新)(?:时间|日期)\s*[:：].{0,60}|[\[【（(]?20\d\d[-/.年]\d{1,2}[-/.月]\d{1,2}日?(?:\s+\d{1,2}:\d{2}(?::\d{2})?)?[\]】）)]?)$"
)
_TITLE_LINES = 3  # lines over which a heading may run
_NUMBER_LINE = re.compile(r"^[\u4e00-\u9fff]{2,12}[〔\[（(]20\d\d[〕\]）)]\s*\d{1,4}\s*号$")
_GONE = re.compile(
    r"(?:页面|文章|内容|信息|网页|帖子)[^。\n]{0,8}(?:不存在|已经?被?删除|已下线|找不到)|404\s*not\s*found",
    re.IGNORECASE,
)
# What servers show instead of a page, with the status of a good one.
_ERROR_TITLE = re.compile(
    r"^\W*(?:404|403|50[0234]|error|出错|错误)(?!\w)|页面.{0,6}(?:找不到|不存在|出错|丢失)|HTTP Status \d"
    r"|Not Found|Bad Gateway|Server Error|Service Unavailable|Forbidden|访问.{0,4}(?:被拦截|被阻断|被拒绝|出错)",
    re.IGNORECASE,
)
_ERROR_TEXT = re.compile(
    r"^.{0,40}(?:(?:访问|查看|浏览|请求)的(?:页面|网页|内容|信息|文章)[^。]{0,12}(?:不存在|删除|找不到|下线|失效)"
    r"|正在跳转|自动跳转|访问被(?:阻断|拦截|拒绝)|enable JavaScript|(?:开启|启用|打开)\s*JavaScript"
    r"|\.NullPointerException|(?:网站|系统|站点|平台)正在(?:升级|维护))",
    re.IGNORECASE,
)
_EXCUSE = "对方返回的是出错、维护或跳转页面"
_ERROR_LENGTH = 300  # characters; no error page says more
_MEMBERS = re.compile(r"(?:请|需要?|必须)先?(?:登录|登陆)(?:后|才)?(?:查看|浏览|访问|可见|阅读)?")


def read_article(text: str, *, url: str, now: datetime, rule: Rule | None = None) -> Found:
    """The matter on an article page. Raises `PageError` where there is no body, with the reason."""
    tree = parse(with_written(text))
    tags = meta(tree)
    ruled = _by_rule(tree, rule) if rule and rule.body else None
    body, container = (text_of(ruled), ruled) if ruled is not None else _prose(tree)
    shown = pieces(tree)
    title = title_of(tree, tags, rule, container, shown)
    body = _without_stamp(tidy(_without_title(body, title)))
    if len(body) < _ENOUGH and ruled is None and (carried := embedded_article(tree, now=now)):
        return Found(
            url=url, title=carried.title, text=tidy(carried.text), locator=canonical(url),
            posted_at=carried.posted_at or published(Page(tree, tags, container, shown), rule, now=now),
        )  # fmt: skip
    if len(body) < _ENOUGH and ruled is None:
        # A one-line notice is a whole article; a shell that a script would fill is not.
        body = max(_without_title(_generic(tree), title), body, key=len)
    if not body or _is_error(title, body):
        _explain(tree, title)
    return Found(
        url=url, title=title, text=body, locator=canonical(url),
        posted_at=published(Page(tree, tags, container, shown), rule, now=now),
    )  # fmt: skip


def tidy(body: str) -> str:
    """`body` without by-lines, share bars and the like, line by line."""
    lines = [_SIGNED.sub("", line) for line in body.split("\n") if not _LEFT_OUT.match(line)]
    numbers = lines[: int(bool(lines and _NUMBER_LINE.match(lines[0])))]  # 云政发〔2026〕2号 above the date line
    lines = lines[len(numbers) :]
    while lines and (_HEAD_LINE.match(lines[0]) or _DATE_LINE.match(lines[0])):
        lines.pop(0)
    return "\n".join([*numbers, *lines])


def _without_stamp(body: str) -> str:
    """`body` without the line of office, minute and counts that some templates keep inside it, above the text."""
    lines = body.split("\n")
    place = next((place for place, line in enumerate(lines[:3]) if STAMPED.match(line)), None)
    return "\n".join(lines[:place] + lines[place + 1 :]) or body if place is not None else body


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


def _container(tree: Element, *, least: int = _ENOUGH) -> Element | None:
    """The first known container that holds `least` characters; of several with one name, the fullest."""
    marked: dict[tuple[str, str], list[Element]] = {}
    known = _containers()
    for element in tree.xpath("//*[@id or @class]"):
        keys = [("id", element.get("id") or "")] + [("class", name) for name in (element.get("class") or "").split()]
        for key in keys:
            if key in known:
                marked.setdefault(key, []).append(element)
    for key in sorted(marked, key=known.__getitem__):
        best = max(marked[key], key=lambda element: len(element.text_content()))
        if len(text_of(best)) >= least:
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


def _without_title(body: str, title: str) -> str:
    """`body` without the title at its head, on one line or on several."""
    lines = body.split("\n")
    for count in range(1, min(len(lines), _TITLE_LINES + 1)):
        if "".join(lines[:count]).replace(" ", "") == title.replace(" ", ""):
            return "\n".join(lines[count:]) or body
    return body


def _is_error(title: str, body: str) -> bool:
    """Whether this is a server's excuse and no article: short, and called or beginning like one."""
    return len(body) < _ERROR_LENGTH and bool(_ERROR_TITLE.search(title) or _ERROR_TEXT.match(body))


def _explain(tree: Element, title: str) -> None:
    """Say why a page has no body."""
    words = f"{title}\n{text_of(tree)[:2000]}"
    if _GONE.search(words):
        raise PageGone("网页说明内容已删除或不存在")
    if _MEMBERS.search(words):
        raise LoginRequired("需要登录才能看，不是公开渠道")
    if _ERROR_TITLE.search(title) or _ERROR_TEXT.match(text_of(tree)):
        raise PageError(_EXCUSE)
    raise PageError(_without_text(tree))


def excuse(tree: Element) -> str:
    """What to say of a page that a server shows instead of a list; "" for any other."""
    title = " ".join((next((found.text for found in tree.iter("title")), "") or "").split())
    return _EXCUSE if _is_error(title, text_of(tree)) else ""


def _without_text(tree: Element) -> str:
    """What there is instead of text."""
    if next(tree.iter("frame"), None) is not None:
        return "是框架页，请改登记框架里的网址"
    if any(is_attachment(str(part.get("src") or part.get("href"))) for part in tree.iter("iframe", "embed", "a")):
        return "正文是附件，没有可读的文字"
    container = _container(tree, least=0)
    if container is not None and next(container.iter("img"), None) is not None:
        return "正文是图片，没有可读的文字"
    return "没有找到正文"
