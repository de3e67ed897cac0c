"""Plans laid out as tables: cells separated by | or tabs, or one to a line under a header of known columns."""

import re

from ledger.promises.plan_rows import Row

# What a header calls its columns, without spaces and brackets; the longest name that occurs in a cell decides.
COLUMNS: dict[str, tuple[str, ...]] = {
    "number": ("序号", "编号", "项号"),
    "text": ("工作任务", "任务内容", "主要任务", "重点任务", "工作内容", "任务", "事项", "项目"),
    "detail": ("具体要求", "工作要求", "工作措施", "具体措施", "要求", "措施", "目标"),
    "lead": ("牵头科室", "牵头处室", "牵头部门", "牵头单位", "牵头", "主办"),
    "responsible": (
        "责任科室", "责任处室", "责任部门", "责任单位", "责任人", "配合部门", "配合单位", "落实处室", "落实部门",
        "承办单位", "责任", "配合", "落实",
    ),
    "deadline": ("完成时限", "时限要求", "完成时间", "办理时限", "时间节点", "进度安排", "时限", "期限"),
}  # fmt: skip
NUMBER = re.compile(r"^[（(]?(\d{1,3}|[一二三四五六七八九十]{1,3})[)）、.．]?")
RULE = re.compile(r"^[\s|:+\-—─┼]+$")
CHINESE = {name: value for value, name in enumerate("一二三四五六七八九十", 1)}
ONE_A_LINE = 3  # so many known column names on lines of their own make a header


def column(cell: str) -> str | None:
    """Which column a header cell names, or None."""
    plain = re.sub(r"[(（].*?[)）]|\s", "", cell)
    found = [(len(name), key) for key, names in COLUMNS.items() for name in names if name in plain]
    return max(found)[1] if found and len(plain) <= 10 else None


def table_rows(lines: list[str]) -> tuple[list[Row], list[int]]:
    """The rows of the first table in `lines`, and the lines in it that have another number of cells; [] if none."""
    for place, line in enumerate(lines):
        cells = _cells(line)
        header = [column(cell) for cell in cells]
        if len(cells) >= 3 and header.count(None) <= len(cells) // 3 and "text" in header:
            return _separated(lines, place, header)
        stacked = _stacked_header(lines, place)
        if stacked:
            return _stacked(lines, place + len(stacked), stacked)
    return [], []


def _cells(line: str) -> list[str]:
    line = line.strip().lstrip(">").strip()
    separator = "|" if "|" in line else "\t" if "\t" in line else ""
    if not separator:
        return []
    return [cell.strip() for cell in line.strip("|").split(separator)] if separator == "|" else line.split("\t")


def _separated(lines: list[str], place: int, header: list[str | None]) -> tuple[list[Row], list[int]]:
    rows: list[Row] = []
    leftovers: list[int] = []
    for number, line in enumerate(lines[place + 1 :], place + 2):
        cells = [cell.strip() for cell in _cells(line)]
        if RULE.match(line) or not line.strip():
            continue
        if not cells:
            leftovers.append(number)
        elif len(cells) == len(header):
            rows.append(_row(cells, header, number, len(rows)))
        elif rows:
            leftovers.append(number)
    return rows, leftovers


def _stacked_header(lines: list[str], place: int) -> list[str | None]:
    header: list[str | None] = []
    for line in lines[place:]:
        name = column(line) if line.strip() else None
        if name is None:
            break
        header.append(name)
    return header if len(header) >= ONE_A_LINE and "text" in header else []


def _stacked(lines: list[str], place: int, header: list[str | None]) -> tuple[list[Row], list[int]]:
    cells = [(number, line.strip()) for number, line in enumerate(lines[place:], place + 1) if line.strip()]
    rows: list[Row] = []
    size = len(header)
    whole = len(cells) - len(cells) % size
    for start in range(0, whole, size):
        part = cells[start : start + size]
        rows.append(_row([text for _, text in part], header, part[0][0], len(rows)))
    return rows, [number for number, _ in cells[whole:]]


def _row(cells: list[str], header: list[str | None], line: int, before: int) -> Row:
    values: dict[str, str] = {}
    for name, cell in zip(header, cells, strict=True):
        if name and cell and cell not in {"-", "—", "/", "无"}:
            values[name] = f"{values[name]}；{cell}" if name in values else cell
    text = values.pop("text", "")
    detail = values.pop("detail", "")
    number = _number(values.pop("number", "") or text) or before + 1
    if text.isdigit():
        text = ""  # the number stands in the column of the task
    return Row(number, "：".join(part for part in (text, detail) if part), values, line)


def _number(text: str) -> int | None:
    match = NUMBER.match(text)
    if not match:
        return None
    if match[1].isdigit():
        return int(match[1])
    tens, _, ones = match[1].rpartition("十")
    if "十" not in match[1]:
        return CHINESE.get(match[1])
    return (CHINESE.get(tens, 1)) * 10 + CHINESE.get(ones, 0)
