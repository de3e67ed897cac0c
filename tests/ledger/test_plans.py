"""Work plans: items, owners and deadlines in every layout we have met. Plans are our own; the seeds when present."""

import os
from datetime import date
from pathlib import Path

import pytest

from ledger.promises.plan_units import split_units
from ledger.promises.plans import Plan, parse_plan, read_plan, read_plan_file

SEEDS = Path(os.environ.get("HUIYING_DATA") or Path(__file__).parents[2].parent / "shared" / "data").parent / "seeds"

ANNOTATED = """某县司法局2026年度政务公开工作要点
时间：2026-02-10  浏览次数：5

一、加强目录管理

1、编制公开事项目录，写明法定办理时限、承诺办结时限等信息。

（牵头部门：法制科  办公室  责任部门：公证处、律师科和各司法所  完成时限：3月底前）

2、开展一次开放日活动。
责任部门：宣教科，完成时限6月份前)

3培训联络员。

（责任部门：政治处 完成时限：定期）

二、做好解读

4.制定解读细则，年内组织两次座谈。（牵头部门：办公室、人民参与和促进法治科）
5.配合做好检查。
"""


def brief(plan: Plan) -> list[tuple[int, str, str]]:
    return [(item.number, item.deadline, str(item.due_date)) for item in plan.items]


def test_numbered_paragraphs_with_an_annotation() -> None:
    plan = parse_plan(ANNOTATED)
    assert (plan.dated, plan.year) == (date(2026, 2, 10), 2026)
    assert brief(plan) == [
        (1, "3月底前", "2026-03-31"),
        (2, "6月份前", "2026-05-31"),
        (3, "定期", "None"),
        (4, "", "None"),
        (5, "", "None"),
    ]
    first = plan.items[0]
    assert first.text == "编制公开事项目录，写明法定办理时限、承诺办结时限等信息。"
    assert (first.lead, first.responsible) == (("法制科", "办公室"), ("公证处", "律师科", "各司法所"))
    assert plan.items[1].certainty == "ambiguous"
    assert plan.items[3].lead == ("办公室", "人民参与和促进法治科")
    assert [problem.message for problem in plan.problems] == ["第5项没有注明牵头部门、责任部门"]
    assert plan.problems[0].place == "第 20 行"


def test_the_contract_of_an_item() -> None:
    item = read_plan(ANNOTATED)[0].as_json()
    assert item == {
        "number": 1,
        "text": "编制公开事项目录，写明法定办理时限、承诺办结时限等信息。",
        "lead": ["法制科", "办公室"],
        "responsible": ["公证处", "律师科", "各司法所"],
        "deadline": "3月底前",
        "due_date": "2026-03-31",
        "certainty": "firm",
    }


def test_an_annotation_without_keys() -> None:
    plan = parse_plan(
        "2026年任务分解\n1.清理文件（办公室牵头，法制科、宣教科配合，9月底前完成）。\n2.建立台账（法制科负责）"
    )
    assert (plan.items[0].lead, plan.items[0].responsible) == (("办公室",), ("法制科", "宣教科"))
    assert (plan.items[0].text, plan.items[0].deadline) == ("清理文件", "9月底前完成")
    assert str(plan.items[0].due_date) == "2026-09-30"
    assert (plan.items[1].lead, plan.items[1].responsible) == ((), ("法制科",))


TABLE = """2026年主要任务分解表
| 序号 | 工作任务 | 具体要求 | 落实科室(部门) | 完成时限 |
|---|---|---|---|---|
| 1 | 公开财务信息 | 公开预算和决算。 | 财务科牵头，办公室配合，信息中心技术保障 | 办公室7月底前；各科室11月底前 |
| 2 | 更新指南 | 及时更新。 | 办公室 | 持续推进 |
| 3 | 只有三格 | 办公室 |
"""


def test_a_table_with_bars() -> None:
    plan = parse_plan(TABLE)
    assert [item.text for item in plan.items] == ["公开财务信息：公开预算和决算。", "更新指南：及时更新。"]
    assert (plan.items[0].lead, plan.items[0].responsible) == (("财务科",), ("办公室", "信息中心"))
    assert str(plan.items[0].due_date) == "2026-07-31"
    assert plan.items[0].due is not None
    assert plan.items[0].due.others == ("11月底前",)
    assert [problem.place for problem in plan.problems] == ["第 5 行", "第 6 行"]
    assert "“持续推进”没有日期" in plan.problems[0].message


def test_a_table_with_tabs() -> None:
    plan = parse_plan("2026年\n工作任务\t牵头科室\t责任科室\t工作要求\n（一）公开清单\t法制科\t各科室\t按时公开\n")
    item = plan.items[0]
    assert (item.number, item.text, item.lead, item.responsible) == (
        1,
        "（一）公开清单：按时公开",
        ("法制科",),
        ("各科室",),
    )


def test_a_table_with_one_cell_to_a_line() -> None:
    cells = [
        "2026年安排",
        "序号",
        "工作任务",
        "责任科室",
        "时限要求",
        "1",
        "清理文件",
        "办公室",
        "年底前",
        "2",
        "解读政策",
    ]
    plan = parse_plan("\n".join([*cells, "各科室", "每季度", "多余的一格"]))
    assert brief(plan) == [(1, "年底前", "2026-12-31"), (2, "每季度", "2026-03-31")]
    assert [problem.message for problem in plan.problems] == ["“多余的一格”不属于任何一项"]


def test_a_month_lies_in_the_plans_own_year() -> None:
    plan = parse_plan("2026年工作要点\n发布日期：2026-07-19\n1.梳理清单（责任部门：办公室 完成时限：3月底）\n")
    assert str(plan.items[0].due_date) == "2026-03-31"  # passed when the plan came out, and shown as passed
    assert plan.items[0].due is not None
    assert plan.items[0].due.explanation[0] == "计划所属年度为2026年"


def test_what_is_missing_is_reported_together() -> None:
    plan = parse_plan(
        "工作安排\n1.甲事（责任部门：办公室 完成时限：3月底）\n3.乙事（责任部门：办公室）\n一、说明\n散落的一行\n"
    )
    assert [problem.message for problem in plan.problems] == [
        "编号从1到3不连续",
        "看不出计划属于哪一年",
        "“散落的一行”不属于任何一项",
    ]


def test_a_plan_without_owners_says_so_once() -> None:
    plan = parse_plan("2026年要点\n1.甲事。\n2.乙事。\n扫一扫在手机打开当前页\n")
    assert [item.text for item in plan.items] == ["甲事。", "乙事。"]
    assert [problem.message for problem in plan.problems] == ["2项都没有注明牵头部门、责任部门"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_files_of_either_encoding(tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "plan.txt"
    file.write_bytes(ANNOTATED.replace("\n", "\r\n").encode(encoding))
    assert [item.as_json() for item in read_plan_file(file).items] == [item.as_json() for item in read_plan(ANNOTATED)]


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    binary = tmp_path / "plan.doc"
    binary.write_bytes(b"\xd0\xcf\x11\xe0\xff\xff")
    assert "不是文本文件" in str(read_plan_file(binary).problems[0])
    assert "打不开" in str(read_plan_file(tmp_path / "none.txt").problems[0])
    empty = tmp_path / "empty.txt"
    empty.write_text("", "utf-8")
    assert "没有读到编号的事项" in str(read_plan_file(empty).problems[0])


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("办公室  12348中心", ("办公室", "12348中心")),
        ("监狱局、戒毒局和各相关处室单位", ("监狱局", "戒毒局", "各相关处室单位")),
        ("人民参与和促进法治处", ("人民参与和促进法治处",)),
        ("律师处、法律援助中心等有关处室局", ("律师处", "法律援助中心", "有关处室局")),
        ("办公室，办公室；", ("办公室",)),
        ("", ()),
    ],
)
def test_units_are_split_as_written(text: str, names: tuple[str, ...]) -> None:
    assert split_units(text) == names


def seed(prefix: str) -> Plan:
    found = sorted(SEEDS.glob(f"{prefix}*"))
    if not found:
        pytest.skip("没有种子文件 shared/seeds")
    return read_plan_file(found[0])


@pytest.mark.data
def test_the_jiangsu_plan_of_2018() -> None:
    plan = seed("001")
    assert [item.number for item in plan.items] == list(range(1, 40))
    assert [item.number for item in plan.items if not item.deadline] == [16, 26, 29, 39]
    assert len({item.deadline for item in plan.items if item.deadline}) == 16
    assert sum(not item.lead for item in plan.items) == 12
    assert sum(len(item.lead) == 2 for item in plan.items) == 7
    assert [item.number for item in plan.items if not item.responsible] == [19, 39]
    assert all(item.due_date for item in plan.items if item.deadline not in {"", "定期", "按期"})


@pytest.mark.data
def test_the_plans_without_deadlines() -> None:
    plan = seed("000")
    assert len(plan.items) == 16
    assert sum(bool(item.lead) for item in plan.items) == 13
    assert all(item.responsible for item in plan.items)
    assert (len(seed("002").items), len(seed("004").items)) == (14, 12)
