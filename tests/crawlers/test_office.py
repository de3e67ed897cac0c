"""huiying.toml: a shipped file that is right, and every mistake reported at once with its line."""

import copy
import subprocess
import sys
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from crawlers.office import Office
from crawlers.office_file import plainly, read_office
from crawlers.office_model import checked

BAD = """\
[office]
name = "云溪市司法局"
contakt = "0000-1234567"
four_eyes = "maybe"

[[unit]]
name = "宣传处"
aliases = "宣教处"

[[person]]
name = "研判员甲"
unit = "宣传处"
roles = ["boss"]
"""


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "huiying.toml"
    path.write_text(text, "utf-8")
    return path


def test_the_shipped_file_is_valid(tmp_path: Path) -> None:
    text = (files("crawlers") / "data" / "huiying.toml").read_text("utf-8")
    office, problems = read_office(write(tmp_path, text))
    assert problems == []
    assert office is not None
    assert office.four_eyes
    assert office.person("研判员甲") is not None
    assert office.person("没有这个人") is None


def test_every_mistake_is_named_with_its_line(tmp_path: Path) -> None:
    office, problems = read_office(write(tmp_path, BAD))
    assert office is None
    shown = "\n".join(map(str, problems))
    assert "第 3 行「office.contakt」：不认识这一项。是不是 contact？" in shown
    assert "第 4 行「office.four_eyes」：应为 true 或 false" in shown
    assert "第 8 行「unit.1.aliases」：应为列表" in shown
    assert "第 13 行「person.1.roles.1」：取值不在允许范围内：'boss'。只能取 'analyst'、" in shown
    assert len(problems) == 5  # and the missing contact


def test_names_must_resolve(tmp_path: Path) -> None:
    text = '[office]\nname = "局"\ncontact = "1"\n[[unit]]\nname = "甲处"\nparent = "乙处"\n[[unit]]\nname = "甲处"\n'
    office, problems = read_office(write(tmp_path, text))
    assert office is None
    assert "单位「甲处」提到了未登记的单位「乙处」" in str(problems[0])
    assert "登记了不止一次" in str(problems[0])


def test_missing_broken_and_misencoded_files_are_problems(tmp_path: Path) -> None:
    missing = read_office(tmp_path / "huiying.toml")[1]
    assert "没有这个文件" in str(missing[0])
    broken = read_office(write(tmp_path, "[office]\nname = 半\n"))[1]
    assert "第 2 行" in str(broken[0])
    path = tmp_path / "gbk.toml"
    path.write_bytes('[office]\nname = "司法局"'.encode("gb18030"))
    assert "不是 UTF-8" in str(read_office(path)[1][0])


FULL: dict[str, Any] = {
    "office": {"name": "云溪市司法局", "contact": "0000-1234567", "domains": ["sfj.example.gov.cn", "127.0.0.1:8000"],
               "accounts": ["云溪司法"], "superior": "江南省司法厅", "four_eyes": True, "clock_basis": "assigned"},
    "unit": [
        {"name": "公证处", "aliases": ["公证"], "valid_to": date(2025, 1, 1), "successor": "公共法律服务处"},
        {"name": "公共法律服务处", "members": [], "parent": "云溪市司法局"},
    ],
    "person": [{"name": "研判员甲", "unit": "公证处", "roles": ["analyst", "verifier"]}],
    "retention": {"keep_days": 90, "keep_irrelevant_days": 0},
    "alert": [{"kind": "wecom", "secret_env": "HUIYING_HOOK", "unit": "公证处"}, {"kind": "stdout"}],
}  # fmt: skip
MORE = ["unit", "parent", "members", "unknown"]
PLACES = [
    (table, 0 if isinstance(rows, list) else None, key)
    for table, rows in FULL.items()
    for key in [*(rows[0] if isinstance(rows, list) else rows), *MORE]
]
VALUES = ["", "甲", "公证处", "analyst", "occurred", "A_B", "a-b", "a.example:99999", 0, 1, 730, 731, -1, 1.0, True,
          date(2026, 1, 1), [], ["analyst"], ["boss"], ["甲"], [""], [1], {}, "true", "2026-01-01", "180"]  # fmt: skip


def fully(tables: dict[str, Any]) -> Office | None:
    try:
        return checked(tables)
    except ValidationError:
        return None


def test_a_right_file_is_read_without_pydantic() -> None:
    program = """
import sys
from pathlib import Path
from crawlers.office_file import read_office
assert read_office(Path(sys.argv[1]))[0] is not None
assert "pydantic" not in sys.modules
"""
    shipped = str(files("crawlers") / "data" / "huiying.toml")
    subprocess.run([sys.executable, "-c", program, shipped], check=True, cwd=Path(__file__).parents[2])
    assert plainly(FULL) is not None
    assert plainly(FULL) == fully(FULL)


@given(st.lists(st.tuples(st.sampled_from(PLACES), st.sampled_from(VALUES), st.booleans()), min_size=1, max_size=3))
def test_the_plain_reading_accepts_nothing_that_the_full_one_would_not(changes: list[Any]) -> None:
    tables = copy.deepcopy(FULL)
    for (table, row, key), value, away in changes:
        place = tables[table] if row is None else tables[table][row]
        if away:
            place.pop(key, None)
        else:
            place[key] = value
    found = plainly(tables)
    assert found is None or found == fully(tables)
