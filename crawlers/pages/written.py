"""Words that scripts of literals write into a page: `document.write("2026-03-05")`. Nothing is ever run.

A script is read only where that is no guess: it does nothing but set names to literals and write literals or names.
"""

import re

STRING = r"\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'"
_CUT = r"(?:\s*\.\s*(?:substr|substring|slice)\s*\(\s*0\s*,\s*(?P<length>\d{1,3})\s*\))?"
SET = re.compile(
    rf"(?:\b(?:var|let|const)\s+)?(?<![\w$.])(?P<name>[A-Za-z_$][\w$]*)\s*=\s*(?P<value>{STRING}|\d+)"
    r"\s*(?:;|(?=\n|$))\s*"
)
_WRITE = re.compile(
    rf"document\.write(?:ln)?\s*\(\s*(?P<value>{STRING}|[A-Za-z_$][\w$]*){_CUT}\s*\)\s*(?:;|(?=\n|$))\s*"
)
# Bounded: a script that only writes a date or a link is short.
_SCRIPT = re.compile(r"<script(?:\s[^<>]*)?>(?P<code>(?:[^<]|<(?!/script)){0,2000})</script\s*>", re.IGNORECASE)
_LOUD = re.compile(r"<\s*(?:script|iframe|object|embed|style|img)", re.IGNORECASE)  # adverts and counters


def with_written(text: str) -> str:
    """The page with the words that scripts of literals write in place of these scripts."""
    if "document.write" not in text:
        return text
    return _SCRIPT.sub(lambda script: _written(script["code"]) or script[0], text)


def _written(code: str) -> str:
    """What a script writes that does nothing but set and write literals; "" for any other."""
    code = code.strip().removeprefix("<!--").removesuffix("//-->").strip()
    known: dict[str, str] = {}
    words: list[str] = []
    place = 0
    while place < len(code):
        if write := _WRITE.match(code, place):
            value = write["value"]
            words_of = literal(value) if value[0] in "'\"" else known.get(value)
            if words_of is None:
                return ""
            words.append(words_of[: int(write["length"])] if write["length"] else words_of)
        elif not (write := SET.match(code, place)):
            return ""
        else:
            known[write["name"]] = literal(write["value"])
        place = write.end()
    said = "".join(words)
    return "" if _LOUD.search(said) else said


def literal(value: str) -> str:
    """What a literal of a script stands for, without its quotes."""
    return re.sub(r"\\(.)", r"\1", value[1:-1]) if value[0] in "'\"" else value
