"""Addresses that the scripts of a page open, from what they say in plain literals. Nothing is ever run.

A script is read only where that is no guess: every value it uses is a string or a number written in the page itself,
or the argument of the call in the link. Anything that is computed otherwise is left alone.
"""

import re
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from urllib.parse import urlencode

from crawlers.pages.dom import Element
from crawlers.pages.written import SET, STRING, literal

_CALL = re.compile(r"(?:javascript\s*:\s*)?(?:return\s+)?(?P<name>[A-Za-z_$][\w$]*)\s*\((?P<arguments>[^()]*)\)")
_FUNCTION = re.compile(
    r"(?<![\w$])(?:function\s+(?P<name>[A-Za-z_$][\w$]*)\s*|(?P<set>[A-Za-z_$][\w$]*)\s*[=:]\s*function\s*)"
    r"\((?P<parameters>[^()]*)\)\s*\{"
)
_OPENS = re.compile(
    r"(?:window\s*\.\s*open\s*\(|\blocation(?:\s*\.\s*href)?\s*=(?!=)|\blocation\s*\.\s*(?:assign|replace)\s*\()\s*"
)
_TERM = re.compile(
    rf"\s*(?:(?P<text>{STRING})|(?P<number>\d+)"
    r"|\(?\s*(?:(?:parseInt|Number|encodeURI(?:Component)?|escape)\s*\(\s*)?(?P<name>[A-Za-z_$][\w$]*)(?P<member>(?:\.\w+)?)\s*\)?"
    r"(?:\s*(?P<sign>[+-])\s*(?P<by>\d{1,3})\s*\))?)\s*"
)
_VALUE_OF = re.compile(
    r"(?:getElementById\s*\(\s*['\"](?P<id>[\w-]+)['\"]\s*\)\s*\.\s*value|(?P<member>[A-Za-z_][\w]*)\s*\.\s*value)\s*=\s*"
    r"(?P<set>[A-Za-z_$][\w$]*)\b|\(\s*['\"][#]?(?P<query>[\w-]+)['\"]\s*\)\s*\.\s*val\s*\(\s*(?P<put>[A-Za-z_$][\w$]*)\s*\)"
)
_SUBMIT = re.compile(r"\.submit\s*\(\s*\)")
_ALL = 300_000  # characters of a page's scripts that are looked through
_FUNCTIONS = 500  # of a page
_BODY = 1500  # characters of a function that leads to a page
# layui and its like: laypage.render({count: 98, limit: 15, curr: 1, jump: function (o) { location = … + o.curr }}).
_RENDER = re.compile(
    r"\b(?:laypage|pagination|Page|paging)\w*\s*(?:\.\s*\w+\s*)?\(\s*(?:[^{}()]{0,80},\s*)?"
    r"\{(?P<options>.{0,1500}?)\}\s*\)",
    re.DOTALL,
)
_COUNTED = re.compile(
    r"href\s*=\s*\\?[\"']?(?P<prefix>[\w./-]{1,80})[\"']\s*\+\s*\(?\s*(?:nextPage|currentPage\s*\+\s*1)\s*\)?\s*\+\s*"
    r"[\"'](?P<suffix>\.\w{3,5})"
)
_NUMBERED = re.compile(
    r"\b(?P<name>count|total|limit|curr|current|pages|pageSize|pageIndex)\s*:\s*['\"]?(?P<value>\d+)"
)


@dataclass(frozen=True, slots=True)
class _Function:
    parameters: tuple[str, ...]
    body: str


class Scripts:
    """The scripts of one page, read once they are needed."""

    def __init__(self, tree: Element) -> None:
        self._tree = tree

    @cached_property
    def code(self) -> str:
        """All inline scripts in page order."""
        return "\n".join(script.text for script in self._tree.iter("script") if script.text)[:_ALL]

    @cached_property
    def functions(self) -> dict[str, _Function]:
        """The functions the page defines, by name."""
        found: dict[str, _Function] = {}
        for match in islice(_FUNCTION.finditer(self.code), _FUNCTIONS):
            parameters = tuple(name.strip() for name in match["parameters"].split(",") if name.strip())
            body = _block(self.code[match.end() : match.end() + _BODY])
            found.setdefault(match["name"] or match["set"], _Function(parameters, body))
        return found

    @cached_property
    def globals(self) -> dict[str, str]:
        """Names that are set to one literal and never to anything else."""
        found: dict[str, str] = {}
        for match in SET.finditer(self.code):
            name, value = match["name"], literal(match["value"])
            found[name] = value if found.get(name, value) == value else ""
        return {name: value for name, value in found.items() if value}

    def called(self, call: str) -> str | None:
        """The address, as written, that `goPage(2)` or `openDetail('ab')` opens by a function of this page."""
        match = _CALL.search(call)
        function = self.functions.get(match["name"]) if match else None
        if match is None or function is None:
            return None
        given = [argument.strip() for argument in match["arguments"].split(",") if argument.strip()]
        if not given or not all(re.fullmatch(rf"{STRING}|\d+", argument) for argument in given):
            return None
        values = dict(zip(function.parameters, map(literal, given), strict=False))
        return self._opened(function.body, values) or self._submitted(function.body, values)

    def rendered_next(self) -> str | None:
        """The address of the next page by a pager that a script draws, None on the last page or where it is unclear."""
        for match in _RENDER.finditer(self.code):
            options = match["options"]
            numbers = {found["name"]: int(found["value"]) for found in _NUMBERED.finditer(options)}
            current = numbers.get("curr") or numbers.get("current") or numbers.get("pageIndex")
            size = numbers.get("limit") or numbers.get("pageSize")
            total = numbers.get("count") or numbers.get("total")
            pages = numbers.get("pages") or (-(-total // size) if total and size else None)
            if current and pages and current < pages:
                onward = str(current + 1)
                return self._opened(options, {}, members={"curr": onward, "current": onward})
        return None

    def counted_next(self) -> str | None:
        """The next page of 拓尔思 portals: currentPage from 0, countPage, "index_" + nextPage + ".html"."""
        match, known = _COUNTED.search(self.code), self.globals
        current, pages = known.get("currentPage", ""), known.get("countPage", "")
        if match is None or not (current.isdecimal() and pages.isdecimal()) or int(current) + 1 >= int(pages):
            return None
        return f"{match['prefix']}{int(current) + 1}{match['suffix']}"

    def _opened(self, body: str, values: dict[str, str], members: dict[str, str] | None = None) -> str | None:
        """The first address the body opens that depends on what was given."""
        for match in _OPENS.finditer(body):
            made = self._sum(body, match.end(), values, members or {})
            if made is not None:
                return made
        return None

    def _sum(self, body: str, place: int, values: dict[str, str], members: dict[str, str]) -> str | None:
        """A sum of literals and known names, None for any other expression and for one that nothing given enters."""
        parts: list[str] = []
        given = False
        while term := _TERM.match(body, place):
            name, place = term["name"], term.end()
            if not name:
                parts.append(literal(term["text"]) if term["text"] else term["number"])
            else:
                value = members.get(term["member"][1:]) if term["member"] else values.get(name)
                given = given or value is not None
                if value is None and (local := self._local(body, name, place, values)):
                    value, given = local, True
                value = value if value is not None else self.globals.get(name)
                if value is None or (term["by"] and not value.isdecimal()):
                    return None
                shift = int(term["by"] or 0) * (-1 if term["sign"] == "-" else 1)
                parts.append(str(int(value) + shift) if term["by"] else value)
            if body[place : place + 1] != "+":
                break
            place += 1
        ended = body[place : place + 1] in ("", ";", ")", ",", "}", "\n", "'", '"')
        return "".join(parts) if given and parts and ended else None

    def _local(self, body: str, name: str, place: int, values: dict[str, str]) -> str | None:
        """What a name was set to earlier in the same function, where that is a sum of its own."""
        known = rf"(?<![\w$.]){re.escape(name)}\s*=(?!=)\s*"
        match = re.search(known, body[:place]) if name not in values else None
        return self._sum(body, match.end(), values, {}) if match and match.end() < place else None

    def _submitted(self, body: str, values: dict[str, str]) -> str | None:
        """Where a form that is sent by GET leads once the function has put its argument into one of the fields."""
        match = _VALUE_OF.search(body)
        value = values.get(match["set"] or match["put"]) if match else None
        if match is None or value is None or not _SUBMIT.search(body):
            return None
        return self._form(match["id"] or match["query"] or match["member"], value)

    def _form(self, field: str, value: str) -> str | None:
        for form in self._tree.iter("form"):
            inputs = [part for part in form.iter("input") if (part.get("type") or "text").lower() in ("hidden", "text")]
            chosen = next((part for part in inputs if field in (part.get("id"), part.get("name"))), None)
            if chosen is None or not chosen.get("name"):
                continue
            if (form.get("method") or "get").lower() != "get":
                return None  # a form that is posted has no address
            pairs = [
                (part.get("name"), value if part is chosen else part.get("value") or "")
                for part in inputs
                if part.get("name") and (part is chosen or part.get("value"))
            ]
            return f"{(form.get('action') or '').partition('?')[0]}?{urlencode(pairs)}"
        return None


def _block(code: str) -> str:
    """`code` up to the brace that closes the block it begins in; strings are not counted."""
    depth = 1
    for match in re.finditer(rf"{STRING}|[{{}}]", code):
        depth += {"{": 1, "}": -1}.get(match[0], 0)
        if not depth:
            return code[: match.start()]
    return code
