"""The words of a page as a reader sees them, normalised so that a changed banner or counter is not a changed text.

Hidden elements are left out: a sentence nobody can see on the page proves nothing. The extractor is ours and pinned,
because the hash of its output is evidence: any change of output gets a new number in `EXTRACTOR`.
"""

import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from importlib.resources import files
from typing import Any, Literal

import lxml.etree
import lxml.html

from crawlers.pages.decode import decode
from ledger.proof.quotes import normalised

EXTRACTOR = "huiying-text/1"
_TEXT_TYPES = ("text/html", "application/xhtml+xml", "text/plain", "text/xml", "application/xml", "")
_UNSEEN = {
    "script", "style", "noscript", "template", "iframe", "object", "svg", "select", "button", "textarea", "input",
    "nav", "footer", "aside", "head",
}  # fmt: skip
_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?![.\d])|opacity\s*:\s*0(?![.\d])", re.I
)
_BLOCKS = {
    "address", "article", "blockquote", "br", "caption", "dd", "div", "dl", "dt", "fieldset", "figcaption", "figure",
    "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "ol", "p", "pre", "section", "table", "tbody",
    "td", "tfoot", "th", "thead", "tr", "ul",
}  # fmt: skip
_XML_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")


@dataclass(frozen=True, slots=True)
class PageText:
    """Normalised words of a page. `doubt` (Chinese) says why there are none that a program may rely on."""

    title: str
    text: str
    encoding: str
    doubt: str = ""
    dated: str = ""  # the date as the page's meta tags write it, "" if they give none

    @property
    def digest(self) -> str:
        """SHA-256 of the normalised text."""
        return sha256(self.text.encode()).hexdigest()


def read_text(body: bytes, content_type: str) -> PageText:
    """The visible words of a response body; empty with a doubt where its type or encoding gives no text."""
    mime = content_type.partition(";")[0].strip().lower()
    if mime not in _TEXT_TYPES:
        return PageText("", "", "", f"{mime} 文件不能自动取得文字，须由核查员打开原件核对")
    decoded = decode(body, content_type)
    if decoded.doubt:
        return PageText("", "", decoded.encoding, decoded.doubt)
    if mime == "text/plain":
        return PageText("", normalised(decoded.text), decoded.encoding)
    title, text, dated = _visible(decoded.text)
    return PageText(normalised(title), normalised(text), decoded.encoding, dated=dated)


def sign(html: bytes, page: PageText) -> tuple[Literal["gone", "challenge", "empty"], str] | None:
    """Whether a page with status 200 is none: a "does not exist" page, a challenge, or nothing to read.

    Such pages are short; a long article that merely speaks of 页面不存在 is a page.
    """
    signs = _signs()
    raw = html[:65536].decode("latin-1")
    if len(page.text) < signs["short"]:
        for mark in signs["challenge"]:
            if mark["bytes"] in raw:
                return "challenge", f"网站要求验证访问者（{mark['what']}），不作绕过"
        for words in signs["verify"]:
            if words in page.text or words in page.title:
                return "challenge", f"网站要求验证访问者（页面写着“{words}”），不作绕过"
        for words in signs["absent"]:
            if words in page.text or words in page.title:
                return "gone", f"页面虽能打开，但写着“{words}”"
    if not page.doubt and len(page.text) < signs["readable"]:
        return "empty", "页面没有可读的文字（可能要靠脚本显示），不登录、不运行脚本的访问者看不到内容"
    return None


def _visible(html: str) -> tuple[str, str, str]:
    """Title, words and the meta tags' date."""
    html = _XML_DECLARATION.sub("", html)
    if not html.strip():
        return "", "", ""
    try:
        tree = lxml.html.document_fromstring(html)
    except (lxml.etree.ParserError, ValueError):  # nothing but comments, or characters that XML forbids
        return "", "", ""
    title = tree.findtext(".//title") or ""
    pieces: list[str] = []
    _collect(tree, pieces)
    return title, "".join(pieces), _dated(tree)


def _dated(tree: Any) -> str:
    """国办发〔2017〕47号 obliges government pages to carry `PubDate`; other pages use the open graph's name."""
    tags = {
        (tag.get("name") or tag.get("property") or "").lower(): tag.get("content") or "" for tag in tree.iter("meta")
    }
    return next((tags[name] for name in ("pubdate", "article:published_time", "publishdate") if tags.get(name)), "")


def _collect(root: Any, pieces: list[str]) -> None:
    """Text in document order, with a break around blocks; an explicit stack, since pages nest without limit."""
    stack: list[Any] = [root]
    while stack:
        node = stack.pop()
        if isinstance(node, str):
            pieces.append(node)
            continue
        seen = isinstance(node.tag, str) and not _is_hidden(node)
        if node.tail and node is not root:
            stack.append(node.tail)
        if not seen:
            continue
        edge = "\n" if node.tag in _BLOCKS else ""
        stack.append(edge)
        stack.extend(reversed(node))
        stack.append(edge + (node.text or ""))


def _is_hidden(node: Any) -> bool:
    if node.tag in _UNSEEN or "hidden" in node.attrib:
        return True
    return bool(_HIDDEN.search(node.get("style") or ""))


@lru_cache(maxsize=1)
def _signs() -> dict[str, Any]:
    return tomllib.loads((files("ledger.proof") / "page_signs.toml").read_text("utf-8"))
