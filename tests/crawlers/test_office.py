"""huiying.toml: a shipped file that is right, and every mistake reported at once with its line."""

from importlib.resources import files
from pathlib import Path

from crawlers.office_file import read_office

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
