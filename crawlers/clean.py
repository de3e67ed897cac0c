"""Make collected text harmless to terminals, databases and readers, without changing what it says."""

import re
import unicodedata

# Terminal sequences (ECMA-48): CSI; OSC, DCS, SOS, PM and APC strings; two-byte escapes; in 7- and 8-bit forms.
_TERMINAL = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*+[ -/]*+[@-~]?"
    r"|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c\n]*+(?:\x07|\x1b\\|\x9c)?"
    r"|\x1b[ -/]*+[0-~]?"
)
_BREAKS = re.compile(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]")
# Control characters; bidi controls (they can make a text show the reverse of what it holds); zero-width characters,
# joiners, variation selectors, Hangul fillers and tag characters (they hide a telephone number from a pattern).
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
# Those of them that Python counts as printable: letters, marks and variation selectors that show nothing.
_BLANK = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]")
# A lone surrogate cannot be written as UTF-8, so no database would take it.
_SURROGATES = re.compile("[\ud800-\udfff]")
_SPACES = re.compile(r"[^\S\n]+")
_MARGINS = re.compile(r" ?\n ?")
_GAPS = re.compile(r"\n{3,}")
_UNTIDY = re.compile(r"[^\S \n]|  | \n|\n |\n\n\n")


def clean(text: str) -> str:
    """`text` in NFC without control, escape, bidi or invisible characters; spaces single, newlines kept (two at most).

    Never NFKC: what is stored must stay what was written (㎡ stays ㎡, （ stays （). Idempotent.
    """
    # Most texts hold nothing but printable characters and line breaks, and finding that out costs a third.
    if not text.replace("\n", "").isprintable() or _BLANK.search(text):
        text = _strip(text)
        if _UNTIDY.search(text):
            text = _tidy(text)
        return text.strip(" \n")
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    # All that is left of spacing are plain spaces and line breaks.
    if "  " in text or " \n" in text or "\n " in text or "\n\n\n" in text:
        text = _tidy(text)
    return text.strip(" \n")


def _tidy(text: str) -> str:
    return _GAPS.sub("\n\n", _MARGINS.sub("\n", _SPACES.sub(" ", text)))


def _strip(text: str) -> str:
    if "\x1b" in text or "\x9b" in text or "\x9d" in text or "\x90" in text:
        text = _TERMINAL.sub("", text)
    text = _INVISIBLE.sub("", _BREAKS.sub("\n", text))
    return unicodedata.normalize("NFC", _SURROGATES.sub("\ufffd", text))


# How forums and news sites mark a copy; only at the front, where it hides that two texts are one.
_REPOST = re.compile(
    r"^(?:\s|[【\[(（]?(?:转发|转载|转贴|转帖|转自|转|原创|分享|搬运|扩散|求扩散)(?:微博|文章|帖子)?"
    r"(?:[】\])）][:：\s]?|[:：\s])"
    r"|转(?:载|贴|发)?自[^\n:：]{1,20}[:：]|//|回复|@[^\s:：@]{1,30}[:：\s]|(?:RT|Re|Fw|Fwd)[:：\s])+",
    re.IGNORECASE,
)
_NOT_WORD = re.compile(r"[\W_]+")


def skeleton(text: str) -> str:
    """`text` as copies of it look alike: no repost prefix, NFKC, one case, letters and digits only."""
    folded = unicodedata.normalize("NFKC", _REPOST.sub("", text)).casefold()
    return _NOT_WORD.sub("", folded)
