"""Bytes to text for pages whose header, meta tag and body disagree: right or reported, never mojibake.

Order of belief: byte order mark, HTTP header, meta tag or XML declaration, then UTF-8, GB18030, Big5, UTF-16.
gb2312 and gbk are widened to gb18030, as browsers do. A declaration is believed only if the bytes decode
without error *and* the result reads like Chinese (or holds no Chinese at all); otherwise the best reading wins.
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_CHARSET = re.compile(r"charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
_META = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
_XML = re.compile(rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']\s*([\w.:-]+)", re.IGNORECASE)
_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
# Letters of scripts that two-byte UTF-8 covers and a Chinese page does not use: the trace of GBK read as UTF-8.
_STRANGE = re.compile(r"[\u0100-\u07ff]")
# Private use and unassigned corners that only a wrong table reaches in any number.
_PRIVATE = re.compile(r"[\ue000-\uf8ff\x80-\x9f]")
_WIDER = {
    "gb2312": "gb18030", "gbk": "gb18030", "x-gbk": "gb18030", "gb_2312-80": "gb18030", "cp936": "gb18030",
    "csgb2312": "gb18030", "euc-cn": "gb18030", "chinese": "gb18030", "gb18030": "gb18030",
    "big5": "big5hkscs", "big5-hkscs": "big5hkscs", "x-x-big5": "big5hkscs", "cn-big5": "big5hkscs",
    "utf8": "utf-8", "utf-8": "utf-8", "unicode": "utf-16-le", "utf-16": "utf-16-le",
    "utf-16le": "utf-16-le", "utf-16be": "utf-16-be",
}  # fmt: skip
# Servers send these by default whatever the page is, so they count only when nothing else fits.
_WEAK = {"iso-8859-1", "latin1", "latin-1", "us-ascii", "ascii", "windows-1252", "cp1252"}
_SAMPLE = 100_000  # characters judged; enough for a share, cheap on a large page
_HEADS, _ENOUGH = (600, 2_000), 200  # characters of a page's head, and Han characters in it that need no second look
_FEW = 8  # Han characters below which a share means nothing
_READS_LIKE_CHINESE = 0.3  # share of frequent characters: right tables give 0.5 and more, wrong ones under 0.15


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text and how it was read. `doubt` (Chinese, "" if none) means: do not store this without a person."""

    text: str
    encoding: str
    doubt: str = ""


def decode(body: bytes, content_type: str = "") -> Decoded:
    """The text of a page or feed. `content_type` is the HTTP header's value, "" where unknown."""
    for mark, encoding in _BOMS:
        if body.startswith(mark):
            return _replaced(body[len(mark) :], encoding)
    declared = list(_declared(body, content_type))
    for encoding in [*declared, "utf-8"]:
        text = _strict(body, encoding)
        if text is not None and _believable(text, encoding):
            return Decoded(text, encoding)
    return _best(body, declared)


def _declared(body: bytes, content_type: str) -> Iterator[str]:
    """Encodings named by the header and the first bytes, weak ones left out, without repeats."""
    head = body[:4096].replace(b"\0", b"")  # a UTF-16 page still shows its tags this way
    labels = [match[1] for match in [_CHARSET.search(content_type)] if match]
    labels += [match[1].decode("ascii", "ignore") for match in (_XML.match(head.lstrip()), _META.search(head)) if match]
    seen: set[str] = set()
    for label in labels:
        encoding = _known(label)
        if encoding and encoding not in seen:
            seen.add(encoding)
            yield encoding


def _known(label: str) -> str:
    """The codec for a label, "" for weak or unknown labels."""
    label = label.strip().lower()
    if label in _WEAK:
        return ""
    try:
        return _WIDER.get(label) or codecs.lookup(label).name
    except LookupError:
        return ""


def _strict(body: bytes, encoding: str) -> str | None:
    try:
        return body.decode(encoding)
    except (UnicodeDecodeError, ValueError):
        return None


def _believable(text: str, encoding: str) -> bool:
    """Whether a strict decoding needs no second opinion."""
    if "\0" in text:
        return False
    han = _han(text)
    if han and not (encoding == "utf-8" and len(han) < _FEW):  # even three Han characters are no accident in UTF-8
        return _share(han) >= _READS_LIKE_CHINESE
    # No Chinese: plain ASCII and Western pages are fine, a page of Cyrillic and Hebrew letters is GBK in disguise.
    return encoding == "utf-8" and not (_STRANGE.search(text) and not re.search(r"[\u0800-\uffff]", text))


def _best(body: bytes, declared: list[str]) -> Decoded:
    """The most Chinese of all readings; where none is convincing, the reading comes with a doubt."""
    tried = list(dict.fromkeys([*declared, "utf-8", "gb18030", "big5hkscs", *_wide(body)]))
    readings = [(_score(text := body.decode(encoding, "replace")), encoding, text) for encoding in tried]
    score, encoding, text = max(readings, key=lambda reading: reading[0])
    if score >= _READS_LIKE_CHINESE:
        return _judged(text, encoding)
    for name in [
        *_wide(body),
        "utf-8",
        *declared,
    ]:  # too little Chinese to judge by: what fits without an error is believed
        plain = _strict(body, name)
        if plain is not None and len(_han(plain)) < _FEW and "\0" not in plain and _mostly_ascii(plain, name):
            return Decoded(plain, name)
    if score < 0.1 and sum(byte > 0x7F for byte in body) * 20 < len(body):
        return _judged(body.decode("cp1252", "replace"), "cp1252")
    return Decoded(text, encoding, "无法确认网页编码，内容未采用")


def _mostly_ascii(text: str, encoding: str) -> bool:
    """UTF-16 fits almost any bytes, so it must show at least the markup that gave it away."""
    return not encoding.startswith("utf-16") or 2 * sum(map(str.isascii, text)) > len(text)


def _wide(body: bytes) -> list[str]:
    """UTF-16 without a mark: its markup leaves NUL bytes on one side of every pair."""
    sample = body[:8192]
    odd, even = sample[1::2].count(0), sample[::2].count(0)
    if odd + even < len(sample) / 20:
        return []
    return ["utf-16-le"] if odd > even else ["utf-16-be"]


def _score(text: str) -> float:
    """How Chinese a reading is, less what it costs in broken and private characters."""
    sample = text[:_SAMPLE]
    foreign = sum(not character.isascii() for character in sample) or 1
    broken = sample.count("\ufffd") + len(_PRIVATE.findall(sample))
    return _share(_han(text)) - 4 * broken / foreign - (1.0 if "\0" in text else 0.0)


def _replaced(body: bytes, encoding: str) -> Decoded:
    return _judged(body.decode(encoding, "replace"), encoding)


def _judged(text: str, encoding: str) -> Decoded:
    """A few broken bytes (a title cut in the middle of a character) are tolerable; more are reported."""
    broken = text.count("\ufffd")
    if broken > 3 and broken * 200 > len(text):
        return Decoded(text, encoding, f"有 {broken} 处字符无法识别，内容未采用")
    return Decoded(text, encoding)


def _han(text: str) -> list[str]:
    """Han characters to judge by, as few as will do: a page's head, else more of it, else the rest."""
    for size in (*_HEADS, _SAMPLE):
        if len(found := _HAN.findall(text[:size])) >= _ENOUGH:
            return found[:1000]
    return _HAN.findall(text)[:1000]


def _share(han: list[str]) -> float:
    """Share of frequent characters among `han`; 0 for none."""
    return sum(map(_frequent().__contains__, han)) / len(han) if han else 0.0


@cache
def _frequent() -> frozenset[str]:
    lines = (files("crawlers") / "data" / "frequent.txt").read_text("utf-8").splitlines()
    return frozenset("".join(line for line in lines if not line.startswith("#")))
