"""Forums of any other software: messages are blocks that name a writer, carry words and repeat below one another.

Nothing here knows an engine. A writer is told by an address that names a person or by what templates call such a
place; the name is compared with the office's accounts and forgotten (S2). What cannot be told raises `PageError`.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from urllib.parse import urlsplit

from crawlers.addresses import public_url
from crawlers.pages.dates import parse_date
from crawlers.pages.dom import Element, first, meta, one_line, parse, text_of, unread
from crawlers.pages.found import Link, Listing, LoginRequired, PageError, PageGone
from crawlers.pages.links import absolute, canonical
from crawlers.pages.listing import read_rows
from crawlers.pages.officials import Officials
from crawlers.pages.pagers import next_page
from crawlers.pages.thread import Message, ThreadPage, official, plain_words
from crawlers.pages.titles import title_of

_PERSON = re.compile(
    r"(?:^|[-_]|post|comment|reply)(?:author|user|username|poster|creator|nick|nickname|member)(?:$|[-_])",
    re.IGNORECASE,
)
_BODY = re.compile(
    r"^(?:(?:post|comment|message|reply|topic|thread)[-_]*)*(?:body|content|contents|text|message|cooked|markdown\S*)$",
    re.IGNORECASE,
)
# What a forum itself says of an account. Free lines beside a name (a place, a motto) anybody can write as they like.
_GIVEN = re.compile(
    r"(?:^|[-_]|post|user|member)(?:rank|group|badges?|role|label|staff|official|verified|usertitle)(?:$|[-_])",
    re.IGNORECASE,
)
# Places of a page whose blocks look like messages and are none.
_APART = re.compile(
    r"(?:^|[-_\s])(?:related|similar|recommend\w*|suggest\w*|sidebar|hot|latest|footer|breadcrumbs?|online)(?:$|[-_\s])",
    re.IGNORECASE,
)
_NOT_SAID = (
    ".//blockquote | .//*[contains(@class,'quote') or contains(@class,'signature') or contains(@class,'edited')]"
    " | .//button | .//form"
)
_LATER = re.compile(
    r"[?&](?:page|p|pg|paged|pageno|start|offset)=(?!0*[01](?:&|$))\d|/(?:page[-/]|p)(?!0*1(?:\D|$))\d+"
)
_PAGE = re.compile(r"[?&](?:page|p|pg|paged|pageno|start|offset)=\d+|/(?:page[-/]|p)\d+(?=/?$)")
_NUMBER = re.compile(r"(?:[?&](?:page|p|pg|paged|pageno)=|/(?:page[-/]|p))(\d+)(?=/?$|&)")
_HAN, _WORD = re.compile(r"[\u3400-\u9fff]"), re.compile(r"[A-Za-z_]{2,}")
_RELATIVE = re.compile(
    r"\d+\s*(?:个|小)?\s*(?:秒|分|分钟|时|小时|天|日|周|月|年|[smhdwy])\s*(?:之?前|ago)?(?!\S)|刚刚|刚才"
)
_MOMENT = re.compile(r"\d{1,2}[:：]\d{2}|20\d\d\s*[-/.年]\s*\d|\d+\s*(?:秒|分钟|小时|天|周|个月)\s*前|昨天|前天|今天")
_CLOCK = re.compile(r"\d{1,2}[:：]\d{2}")
_BACK = re.compile(r"^[\s<‹«←\[]*(?:上一页|上页|前一页|prev(?:ious)?(?: page)?)[\s\]]*$", re.IGNORECASE)
_GONE = re.compile(
    r"(?:主题|帖子|话题|页面|内容)[^。\n]{0,10}(?:不存在|删除|找不到|隐藏)|not found|does not exist", re.IGNORECASE
)
_MEMBERS = re.compile(r"登录|登陆|没有权限|无权|log ?in|sign ?in|permission", re.IGNORECASE)
_DATED = "datePublished"
_SAYS = ("text", "articleBody", "commentText")
_WITHIN = frozenset({"p", "span", "b", "strong", "font", "em", "i", "u", "a", "li"})  # parts of a text, not texts
_PIECES = 12  # of text in an element: more is no name
_NESTED = 16  # steps from a writer's name to the block of the message
_WRITERS = 4_000  # names a page; the largest honest one has a few hundred
_SHORT = 24  # characters of a name, a title of a group, a badge
_OPENING = 12  # characters: less, apart from the replies, is a box about the thread
_SAID = 4  # characters: less is no message


@dataclass(frozen=True, slots=True)
class _Block:
    """One message: the element, where its writer is named, its words."""

    element: Element
    writer: Element
    words: int


def address(url: str) -> str:
    """Boards and threads are fetched as people link them."""
    return url


def locator(url: str) -> str:
    """A thread's address without the page of it."""
    return canonical(_PAGE.sub("", url))


def read_board(text: str, *, url: str, now: datetime) -> Listing:
    """The threads of one page of a board. Pinned to no engine, it takes the list that reads most like one."""
    tree = parse(_opened(text))
    links: dict[str, Link] = {}
    rows = list(read_rows(tree, url=url, now=now))
    titles = Counter(above for _, anchor in rows for above in anchor.iterancestors())
    for target, anchor in rows:
        row = next((above for above in reversed(list(anchor.iterancestors())) if titles[above] == 1), anchor)
        # Whether a row's date is a thread's or its last message's cannot be told: the thread's own page says.
        link = Link(_PAGE.sub("", target), one_line(anchor), None, _mark(row, now))
        links.setdefault(locator(target), link)
    if not links:
        _explain(tree, "没有认出版块的主题列表")
    return Listing(tuple(links.values()), next_page(tree, url) or _numbered(tree, url))


def read_thread(text: str, *, url: str, now: datetime, officials: Officials) -> ThreadPage:
    """One page of a thread."""
    tree = parse(_opened(text))
    blocks = _messages(tree, url)
    if not blocks:
        _explain(tree, "没有认出主题里的发言")
    messages = [_message(block, url, now) for block in blocks]
    opens, onward = not _LATER.search(url) and not _goes_back(tree), _onward(tree, url)
    if opens and not messages[0].text:
        # Nothing said is no proof of a deletion: a known post stays.
        raise PageError("没有认出主楼的内容")
    return ThreadPage(
        locator=locator(url),
        url=_PAGE.sub("", url),
        title=title_of(tree, meta(tree), None, blocks[0].element),
        opening=messages[0] if opens else None,
        answers=official(messages[1:] if opens else messages, officials),
        replies=len(messages) - 1 if opens and not onward else None,
        next_url=onward,
    )


def is_thread(text: str, *, url: str) -> bool:
    """Whether a page shows several messages of named writers one below the other."""
    return len(_messages(parse(_opened(text)), url)) > 1


def _opened(text: str) -> str:
    """`text` with what it says without scripts as its own words, where that is where its words are."""
    if 'noscript id="' not in text:
        return text
    return re.sub(r"<(/?)noscript\b", r"<\1div", text)


def _messages(tree: Element, url: str) -> list[_Block]:
    """The messages of a page in their order."""
    apart = _apart(tree)
    named = (element for element in tree.iter() if element not in apart and _names_writer(element, url))
    writers = list(islice(named, _WRITERS))
    groups: dict[tuple[Element, str], dict[Element, Element]] = defaultdict(dict)
    for writer in writers:
        for element in islice((writer, *writer.iterancestors()), _NESTED):
            above = element.getparent()
            if above is None or element.tag in ("body", "main"):
                break
            groups[above, _kind(element)].setdefault(element, writer)
    made = [blocks for group in groups.values() if (blocks := _blocks(group))]
    most = max((sum(block.words for block in blocks) for blocks in made), default=0)
    whole = [[*_apart_opening(made, blocks), *blocks] if len(blocks) > 1 else blocks for blocks in made]
    full = [blocks for blocks in whole if 2 * sum(block.words for block in blocks) >= most]
    best = max(full, key=lambda blocks: (len(blocks), _depth(blocks[-1].element)), default=[])
    return [part for block in best for part in _parted(block, made)]


def _parted(block: _Block, made: list[list[_Block]]) -> list[_Block]:
    """The messages that a block turns out to hold: a box around all replies is no message."""
    inside = [blocks for blocks in made if len(blocks) > 1 and block.element in blocks[0].element.iterancestors()]
    parts = max(inside, key=len, default=[])
    writers = {_name_of(part.writer) for part in parts}
    return parts if len(writers) > 1 and 5 * sum(part.words for part in parts) >= 3 * block.words else [block]


def _apart_opening(made: list[list[_Block]], best: list[_Block]) -> list[_Block]:
    """The opening message where a page sets it apart from the replies: the fullest block before them."""
    place = {element: number for number, element in enumerate(best[0].element.getroottree().iter())}
    start, around = place[best[0].element], frozenset(best[0].element.iterancestors())
    before = [
        blocks[0]
        for blocks in made
        if len(blocks) == 1 and blocks[0].element not in around and place[blocks[0].element] < start
        if blocks[0].words >= _OPENING
    ]
    most = max((block.words for block in before), default=0)
    return sorted((b for b in before if 10 * b.words >= 9 * most), key=lambda b: _depth(b.element))[-1:]


def _blocks(group: dict[Element, Element]) -> list[_Block]:
    made = [_Block(element, writer, _weight(element)) for element, writer in group.items()]
    return [block for block in made if block.words >= _SAID]


def _kind(element: Element) -> str:
    """An element's tag and the first of its classes, numbers aside: blocks below one another agree in both.

    Rows go by their tag alone, for the first and the last of a list are often called otherwise.
    """
    if element.tag in ("li", "tr", "article", "tbody"):
        return str(element.tag)
    names = (element.get("class") or "").split()
    return f"{element.tag}.{re.sub('[0-9]+', '', names[0]) if names else ''}"


def _depth(element: Element) -> int:
    return sum(1 for _ in element.iterancestors())


def _names_writer(element: Element, url: str) -> bool:
    """Whether an element names who wrote: by its address, its microdata, or what its class is called."""
    if not isinstance(element.tag, str):
        return False
    if element.tag == "a":
        target = absolute(url, element.get("href"))
        person = target and public_url(target) not in (target, "") and urlsplit(target).path not in ("", "/")
    else:
        person = element.get("itemprop") == "author" or any(map(_PERSON.search, (element.get("class") or "").split()))
    if not person or len(list(islice(element.itertext(), _PIECES))) == _PIECES:
        return False
    name = one_line(element)
    return 0 < len(name) <= 2 * _SHORT and (element.tag == "a" or not _MOMENT.search(name))


def _apart(tree: Element) -> frozenset[Element]:
    """The elements in the page's header and footer, in menus and in boxes of other threads."""
    found: set[Element] = set()
    for element in tree.iter():
        above = element.getparent()
        if above in found or (isinstance(element.tag, str) and _sets_apart(element)):
            found.add(element)
    return frozenset(found)


def _sets_apart(element: Element) -> bool:
    if element.tag in ("header", "footer"):  # an article may have its own, and there its writer is named
        return not any(above.tag in ("article", "li", "section", "main") for above in element.iterancestors())
    if element.tag in ("nav", "aside"):
        return True
    return element.tag != "body" and bool(_APART.search(f"{element.get('class') or ''} {element.get('id') or ''}"))


def _weight(element: Element) -> int:
    """How much is said in a block: its characters, of alphabets two a word, less links, times, quotations."""
    without = [part for part in element.iter("a", "time", "button", "form", "h1") if part is not element]
    without += element.xpath(_NOT_SAID)
    lines = text_of(element, without=frozenset(without)).split("\n")
    said = "\n".join(line for line in lines if len(line) > _SAID and not (len(line) <= _SHORT and _MOMENT.search(line)))
    return len(_HAN.findall(said)) + 2 * len(_WORD.findall(said))


def _message(block: _Block, url: str, now: datetime) -> Message:
    body = _body(block, url)
    if body is None:
        return Message("", None)
    unsaid = frozenset(body.xpath(_NOT_SAID))
    before = _before(block.element, body)
    return Message(plain_words(text_of(body, without=unsaid)), _posted(before, now), _marks(block, before, url))


def _body(block: _Block, url: str) -> Element | None:
    """The part of a block that holds what is said, never one that names the writer or several people (S2).

    It is called so by its class or microdata, else it is the innermost that holds nearly all of the words.
    """
    names: defaultdict[Element, set[str]] = defaultdict(set)
    for part in block.element.iterdescendants():
        if _names_writer(part, url):
            for above in (part, *part.iterancestors()):
                names[above].add(_name_of(part))
    inside = [
        part
        for part in block.element.iterdescendants()
        if isinstance(part.tag, str) and not unread(part)
        if len(names[part]) < 2 and _name_of(block.writer) not in names[part]
    ]
    named = [part for part in inside if part.get("itemprop") in _SAYS or _is_body(part)]
    if fitting := [part for part in named if 2 * _weight(part) >= block.words]:
        return fitting[-1]
    weights = [(_weight(part), part) for part in inside if part.tag not in _WITHIN]
    most = max((weight for weight, _ in weights), default=0)
    return next((part for weight, part in reversed(weights) if weight and 10 * weight >= 9 * most), None)


def _name_of(writer: Element) -> str:
    """What tells one writer from another on a page: the address of the person, else the name."""
    return writer.get("href") or one_line(writer)


def _is_body(element: Element) -> bool:
    return any(_BODY.match(name) for name in (element.get("class") or "").split())


def _before(element: Element, body: Element) -> list[Element]:
    """The parts of a block that come before what is said: a signature below it can claim anything."""
    above = frozenset(body.iterancestors())
    found: list[Element] = []
    for part in element.iterdescendants():
        if part is body:
            break
        if part not in above and isinstance(part.tag, str):
            found.append(part)
    return found


def _posted(parts: Iterable[Element], now: datetime) -> datetime | None:
    """When a block says it was posted: a machine's time first, then a tooltip's, then the words."""
    parts = list(parts)
    exact = [
        part.get("datetime") or (part.get("content") if part.get("itemprop") == "datePublished" else "")
        for part in parts
    ]
    tips = [part.get("title") or "" for part in parts]
    shown = [one_line(part) for part in parts]
    told = [text for text in (*tips, *shown) if text and len(text) < 80 and _MOMENT.search(text)]
    told.sort(key=lambda text: not _CLOCK.search(text))  # a day with its hour says more
    return next((moment for text in (*exact, *told) if text and (moment := parse_date(text, now=now))), None)


def _marks(block: _Block, before: list[Element], url: str) -> tuple[str, ...]:
    """The writer's name, and what is called a group, a rank or a badge; not the names of those who are answered."""
    named = [part for part in before if part.tag == "a" and _names_writer(part, url)]
    mine = {part.get("href") for part in named[:1]} | {block.writer.get("href")}
    others = {inner for part in named if part.get("href") not in mine for inner in part.iter()}
    given = {inner for part in before if _is_given(part) for inner in part.iter()}
    parts = [part for part in before if part in given and part not in others]
    lines = [line for part in parts for line in text_of(part).split("\n")]
    marks = [line for line in lines if 0 < len(line) <= _SHORT]
    marks += [tip for part in parts if part.tag == "img" for tip in (part.get("alt"), part.get("title")) if tip]
    return tuple(dict.fromkeys([one_line(block.writer), *marks]))


def _is_given(element: Element) -> bool:
    """Whether an element is called a group, a rank or a badge."""
    return any(map(_GIVEN.search, (element.get("class") or "").split()))


def _mark(row: Element, now: datetime) -> str:
    """What a row shows of its thread, less what the clock alone changes."""
    exact = [part.get("datetime") or part.get("title") or "" for part in row.iter() if isinstance(part.tag, str)]
    times = sorted(
        {stamp.isoformat() for text in exact if _MOMENT.search(text) and (stamp := parse_date(text, now=now))}
    )
    return f"{_RELATIVE.sub('', one_line(row))} {' '.join(times)}"


def _onward(tree: Element, url: str) -> str | None:
    """The next page of this thread, never another thread."""
    target = next_page(tree, url)
    if target and (_same(target, url) or _follows(canonical(target), canonical(url), _goes_back(tree))):
        return target
    return _numbered(tree, url)


def _follows(target: str, here: str, later: bool) -> bool:
    """Whether two addresses differ by the number of a page at their end: /t/48 and /t/48/2, /t/48/2 and /t/48/3."""
    head, _, number = target.rpartition("/")
    return number.isdecimal() and head == (here.rpartition("/")[0] if later else here)


def _goes_back(tree: Element) -> bool:
    """Whether a page has pages before it."""
    return any(
        (link.get("rel") or "").lower() in ("prev", "previous") or _BACK.match(link.get("title") or one_line(link))
        for link in tree.iter("a", "link")
    )


def _numbered(tree: Element, url: str) -> str | None:
    """The link to this very page with the number after its own, where a pager shows nothing but arrows."""
    here = _NUMBER.search(url)
    wanted = str(int(here[1]) + 1) if here else "2"
    for anchor in tree.iter("a"):
        target = absolute(url, anchor.get("href"))
        number = _NUMBER.search(target) if target else None
        if target and number and number[1] == wanted and _same(target, url):
            return target
    return None


def _same(target: str, url: str) -> bool:
    return locator(target) == locator(url)


def _explain(tree: Element, otherwise: str) -> None:
    words = text_of(tree)[:1500]
    if _GONE.search(words):
        raise PageGone("主题已删除或不存在")
    if first(tree, "//input[@type='password']") is not None and _MEMBERS.search(words):
        raise LoginRequired("需要登录才能看，不是公开渠道")
    raise PageError(otherwise)
