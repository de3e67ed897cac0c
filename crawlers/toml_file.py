"""Read a TOML file against a pydantic model and report everything wrong with it at once, with line numbers."""

import difflib
import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from crawlers.workspace import Problem

if TYPE_CHECKING:
    from pydantic import BaseModel
    from pydantic_core import ErrorDetails

    M = TypeVar("M", bound=BaseModel)

_HEADER = re.compile(r"^\s*(\[\[?)\s*([^\[\]]+?)\s*\]\]?")
_KEY = re.compile(r"^\s*([\w\u4e00-\u9fff-]+|\"[^\"]+\")\s*=")
_POSITION = re.compile(r"\(at line (\d+), column (\d+)\)")

# pydantic's machine codes; what is missing here falls back to the code itself.
_MESSAGES = {
    "missing": ("缺少这一项", "请补上"),
    "extra_forbidden": ("不认识这一项", "请删去或改正拼写"),
    "literal_error": ("取值不在允许范围内：{input}", "只能取 {expected}"),
    "string_type": ("应为文字，现为 {input}", "请用引号括起来"),
    "string_too_short": ("不能为空", "请填写"),
    "string_pattern_mismatch": ("写法不对：{input}", "请参照本文件中的注释"),
    "int_type": ("应为整数，现为 {input}", "请写成不带引号的整数"),
    "int_parsing": ("应为整数，现为 {input}", "请写成不带引号的整数"),
    "float_type": ("应为数字，现为 {input}", "请写成不带引号的数字"),
    "float_parsing": ("应为数字，现为 {input}", "请写成不带引号的数字"),
    "bool_type": ("应为 true 或 false，现为 {input}", "请改正"),
    "bool_parsing": ("应为 true 或 false，现为 {input}", "请改正"),
    "list_type": ("应为列表，现为 {input}", '请写成 ["甲", "乙"]'),
    "tuple_type": ("应为列表，现为 {input}", '请写成 ["甲", "乙"]'),
    "model_type": ("应为一个表", "请参照本文件中的注释"),
    "date_type": ("应为日期，现为 {input}", "请写成 2026-01-01"),
    "date_from_datetime_parsing": ("应为日期，现为 {input}", "请写成 2026-01-01"),
    "greater_than_equal": ("数值太小：{input}", "不得小于 {ge}"),
    "less_than_equal": ("数值太大：{input}", "不得大于 {le}"),
}


def read_toml(path: Path, model: "type[M]") -> "tuple[M | None, list[Problem]]":
    """The file as `model`, or None and every problem in it. A missing or broken file is a problem too."""
    from pydantic import ValidationError

    try:
        text = path.read_bytes().decode("utf-8")
        return model.model_validate(tomllib.loads(text)), []
    except FileNotFoundError:
        return None, [Problem(path.name, "", "没有这个文件", "请先运行 huiying init")]
    except UnicodeDecodeError:
        return None, [Problem(path.name, "", "不是 UTF-8 编码", "请在编辑器中另存为 UTF-8")]
    except tomllib.TOMLDecodeError as error:
        return None, [_syntax_problem(path.name, error)]
    except ValidationError as error:
        return None, [_problem(path.name, text, detail, model) for detail in error.errors(include_url=False)]


def line_of(text: str, location: tuple[int | str, ...]) -> int | None:
    """The 1-based line of the key or table at `location`, e.g. ("unit", 2, "name"); None where it is unknown."""
    table: tuple[int | str, ...] = ()
    seen: dict[str, int] = {}
    best: tuple[int, int] | None = None  # (depth matched, line)
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            name = header[2].strip('" ')
            table = tuple(name.split("."))
            if header[1] == "[[":
                seen[name] = seen.get(name, -1) + 1
                table = (*table, seen[name])
            here = table
        elif key := _KEY.match(line):
            here = (*table, key[1].strip('"'))
        else:
            continue
        if location[: len(here)] == here and (best is None or len(here) > best[0]):
            best = (len(here), number)
    return best[1] if best else None


def _syntax_problem(name: str, error: tomllib.TOMLDecodeError) -> Problem:
    position = _POSITION.search(str(error))
    place = f"第 {position[1]} 行第 {position[2]} 列" if position else "末尾"
    return Problem(name, place, "TOML 语法有误", "请检查此处的引号、括号和等号")


def _problem(name: str, text: str, detail: "ErrorDetails", model: "type[BaseModel]") -> Problem:
    location = detail["loc"]
    line = line_of(text, location)
    message, remedy = _MESSAGES.get(detail["type"], (f"{detail['type']}：{{input}}", "请参照本文件中的注释"))
    if detail["type"] == "value_error":  # our own validators speak Chinese already
        message, remedy = str(detail["ctx"]["error"]), "请改正"
    values: dict[str, Any] = {"input": _brief(detail["input"]), **detail.get("ctx", {})}
    values["expected"] = str(values.get("expected", "")).replace(" or ", "、").replace(", ", "、")
    if detail["type"] == "extra_forbidden" and (guess := _similar(model, location)):
        remedy = f"是不是 {guess}？"
    key = ".".join(str(part + 1) if isinstance(part, int) else part for part in location)
    place = f"第 {line} 行「{key}」" if line else f"「{key}」"
    return Problem(name, place, message.format_map(values), remedy.format_map(values))


def _brief(value: object) -> str:
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= 40 else text[:40] + "…"


def _similar(model: "type[BaseModel]", location: tuple[int | str, ...]) -> str | None:
    """The known key closest to a misspelt one, looked for in all tables of the file."""
    known: set[str] = set()
    for definition in [model.model_json_schema(), *model.model_json_schema().get("$defs", {}).values()]:
        known |= set(definition.get("properties", {}))
    matches = difflib.get_close_matches(str(location[-1]), sorted(known), n=1)
    return matches[0] if matches else None
