"""Readable text of a piece of HTML, such as a feed's summary: by pattern where that is safe, else by the parser."""

import re
from html import unescape

from crawlers.pages.dom import BLOCKS, UNREAD, parse, text_of
from crawlers.pages.found import PageError

_TAG = re.compile(r"<(/?[a-zA-Z][^\s<>/]*)([^<>]*)>")
_COMMENT = re.compile(r"<!--(?!-?>).*?-->", re.DOTALL)
# How attributes hide an element, by the word that must be there for it; in lower case.
_HIDES = {
    "hidden": re.compile(r"hidden(?<![\w-]hidden)(?![\w-])"),
    "display": re.compile(r"display\s*:\s*none"),
    "font-size": re.compile(r"font-size\s*:\s*0(?:px|pt|r?em|%)?\s*(?:[;!\"']|$)"),
}
_INLINE = ("a", "b", "code", "em", "font", "i", "img", "small", "span", "strong", "sub", "sup", "u")
_BREAKS = {f"{end}{name}": "\n" for name in BLOCKS | {"br"} for end in ("", "/")}  # what a tag leaves in plain text
_USUAL = {f"{end}{name}": "" for name in _INLINE for end in ("", "/")} | _BREAKS
_USUAL = {name: left for name, left in _USUAL.items() if name.strip("/") not in UNREAD | {"pre"}}
_INTRICATE = UNREAD | {"pre"}  # elements whose content is not read, or not read like the rest
_EMPTY = frozenset(
    ["area", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"]
)
_ENTITIES = (("&nbsp;", "\xa0"), ("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&#39;", "'"), ("&#x27;", "'"))
_FAR = 10**6  # deeper than any text nests: an element in <pre> that the quick way cannot tell


def text_of_html(fragment: str) -> str:
    """Readable text of a piece of HTML, such as a feed's summary; plain text passes through.

    Summaries are mostly paragraphs and breaks: those are read by pattern, many times faster; anything that may hide
    or nest text goes through the parser.
    """
    if "<" in fragment:
        plain = _without_tags(fragment)
        if plain is None:
            return _parsed_text(fragment)
        fragment = plain
    if "&" in fragment:
        fragment = _unescaped(fragment)
    if "\n" not in fragment:
        return " ".join(fragment.split())
    return "\n".join([flat for line in fragment.split("\n") if (flat := " ".join(line.split()))])


def _unescaped(text: str) -> str:
    """As `html.unescape`, which calls back for each; a page of code holds thousands of these few."""
    for entity, character in _ENTITIES:
        text = text.replace(entity, character)
    return unescape(text) if "&" in text else text


def _without_tags(fragment: str) -> str | None:
    """`fragment` with line breaks for tags that break lines; None for hidden parts and broken markup."""
    if "<!--" in fragment:
        fragment = _COMMENT.sub("", fragment)
    pieces = _TAG.split(fragment)  # text, name, attributes, text, name, attributes … text
    names = pieces[1::3]
    attributes = "".join(pieces[2::3])
    # Any other angle bracket is broken markup, or part of an attribute, so that a tag did not end where it seemed.
    if not len(names) == fragment.count("<") == fragment.count(">") or _may_hide(attributes):
        return None
    breaks = [_USUAL.get(name, "?") for name in names]
    texts = pieces[::3]
    if "\n" in fragment or "\r" in fragment:
        texts = [text.replace("\n", " ").replace("\r", " ") for text in texts]
    if "?" in breaks:
        names = [name.lower() for name in names]
        if not _INTRICATE.isdisjoint(names) and not _read_through(names, texts, pieces[::3]):
            return None
        breaks = [_BREAKS.get(name, "") for name in names]
    joined = [""] * (2 * len(texts) - 1)
    joined[::2], joined[1::2] = texts, breaks
    return "".join(joined)


def _may_hide(attributes: str) -> bool:
    lowered = attributes.lower()
    return any(word in lowered and pattern.search(lowered) for word, pattern in _HIDES.items())


def _read_through(names: list[str], texts: list[str], raw: list[str]) -> bool:
    """Empty what is not read, names and texts, and put back the lines of <pre>; False where elements do not match up.

    `texts[n + 1]` follows the tag `names[n]`; its line breaks are spaces already, in `raw` they are as written.
    """
    number, steps = 0, {name: _step(name) for name in set(names)}
    while number < len(names):
        name = names[number]
        if name == "pre":
            number = _pre(names, steps, texts, raw, number)
        elif name in UNREAD and name not in _EMPTY:
            end = _end(names, number)
            if end == len(names):
                return False
            texts[number + 1 : end + 1] = [""] * (end - number)
            names[number : end + 1] = [""] * (end + 1 - number)
            number = end
        if number == len(names) or name == "head":  # misplaced, a head is no element but its content is text
            return False
        number += 1
    return True


def _step(name: str) -> int:
    """What a tag adds to the depth of nesting inside <pre>."""
    if name in _EMPTY:
        return 0
    return _FAR if name in _INTRICATE else -1 if name.startswith("/") else 1


def _pre(names: list[str], steps: dict[str, int], texts: list[str], raw: list[str], start: int) -> int:
    """Put back the lines of text directly in the <pre> at `start`; where it ends, past the end if it does not."""
    depth = 1
    texts[start + 1] = raw[start + 1]
    for number in range(start + 1, len(names)):
        depth += steps[names[number]]
        if depth == 1:
            texts[number + 1] = raw[number + 1]
        elif not depth:
            return number if names[number] == "/pre" else len(names)
    return len(names)


def _end(names: list[str], start: int) -> int:
    """Where the element ends that begins at `start`, past the end if it does not."""
    level, name = 0, names[start]
    for number in range(start, len(names)):
        level += (names[number] == name) - (names[number] == f"/{name}")
        if not level:
            return number
    return len(names)


def _parsed_text(fragment: str) -> str:
    try:
        return text_of(parse(f"<body><div>{fragment}</div></body>"))
    except PageError:
        return ""
