"""Exports of tickets and message boards: recognised, stripped of people, imported; faults are named with their row."""

import json
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from crawlers.clock import CHINA
from crawlers.collisions import keep_apart
from crawlers.imports import Export, read_export
from crawlers.store import SaveCounts, open_posts, save

Read = Callable[[Path], Export]
HEADER = [
    "工单编号",
    "来电人",
    "联系电话",
    "诉求标题",
    "诉求内容",
    "来电时间",
    "答复单位",
    "答复内容",
    "答复时间",
    "点赞数",
]
ROWS: list[list[Any]] = [
    [
        "GD001", "张三丰", "13912345678", "路灯不亮", "滨河路的路灯坏了半个月。", "2026/5/12 13:49:27",
        "市城市管理局", "已修复。", "2026年5月20日", "3",
    ],
    ["GD002", "李四光", "13987654321", "供热不足", "滨河花园室温只有十四度。", "2026年1月6日", "", "", "", "12"],
    ["GD003", "王五", "0531-86123456", "咨询落户", "大专毕业能落户吗？", "2026-03-01 08:00", "", "", "", ""],
]  # fmt: skip


@pytest.fixture
def read(key: bytes, now: datetime) -> Read:
    """Read a file as the source 热线."""
    return lambda path: read_export(path, source="热线", key=key, now=now)


def write_xlsx(path: Path, rows: list[list[Any]], *, start: int = 0) -> Path:
    book = xlsxwriter.Workbook(str(path), {"default_date_format": "yyyy/m/d hh:mm:ss"})
    sheet = book.add_worksheet()
    for number, row in enumerate(rows, start=start):
        sheet.write_row(number, 0, row)
    book.close()
    return path


def csv_text(rows: list[list[Any]]) -> str:
    return "\r\n".join(",".join(f'"{cell}"' for cell in row) for row in rows)


def assert_ordinary(export: Export) -> None:
    assert export.problems == []
    assert export.rows == 3
    assert export.dropped == ["来电人", "联系电话"]
    assert export.columns["诉求内容"] == "text"
    first, second, third = export.posts
    assert (first.title, first.text, first.channel) == ("路灯不亮", "滨河路的路灯坏了半个月。", "file")
    assert first.posted_at == datetime(2026, 5, 12, 13, 49, 27, tzinfo=CHINA)
    assert (first.answer, first.answered_by, first.likes) == ("已修复。", "市城市管理局", 3)
    assert first.answered_at == datetime(2026, 5, 20, tzinfo=CHINA)
    assert (second.posted_at, second.answer, second.answered_at) == (datetime(2026, 1, 6, tzinfo=CHINA), "", None)
    assert third.likes is None
    assert "张三丰" not in repr(export)
    assert "13912345678" not in repr(export)


def test_xlsx(tmp_path: Path, read: Read) -> None:
    assert_ordinary(read(write_xlsx(tmp_path / "a.xlsx", [HEADER, *ROWS])))


def test_the_name_of_the_file_does_not_matter(tmp_path: Path, read: Read) -> None:
    write_xlsx(tmp_path / "a.xlsx", [HEADER, *ROWS]).rename(tmp_path / "a.csv")
    assert_ordinary(read(tmp_path / "a.csv"))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_csv_in_any_encoding(tmp_path: Path, read: Read, encoding: str) -> None:
    (tmp_path / "a.csv").write_bytes(csv_text([HEADER, *ROWS]).encode(encoding))
    assert_ordinary(read(tmp_path / "a.csv"))


def test_csv_with_tabs(tmp_path: Path, read: Read) -> None:
    text = "\n".join("\t".join(map(str, row)) for row in [HEADER, *ROWS])
    (tmp_path / "a.txt").write_text(text, encoding="utf-8")
    assert_ordinary(read(tmp_path / "a.txt"))


@pytest.mark.parametrize("encoding", ["utf-8", "gbk"])
def test_xls_that_is_an_html_table(tmp_path: Path, read: Read, encoding: str) -> None:
    rows = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in [HEADER, *ROWS])
    page = f'<html><head><meta charset="{encoding}"></head><body><table>{rows}</table></body></html>'
    (tmp_path / "a.xls").write_bytes(page.encode(encoding))
    assert_ordinary(read(tmp_path / "a.xls"))


def test_xls_that_is_xml(tmp_path: Path, read: Read) -> None:
    rows = "".join(
        "<Row>" + "".join(f'<Cell><Data ss:Type="String">{cell}</Data></Cell>' for cell in row) + "</Row>"
        for row in [HEADER, *ROWS]
    )
    space = "urn:schemas-microsoft-com:office:spreadsheet"
    sheet = f"<Worksheet><Table>{rows}</Table></Worksheet>"
    text = f'<?xml version="1.0"?><Workbook xmlns="{space}" xmlns:ss="{space}">{sheet}</Workbook>'
    (tmp_path / "a.xls").write_text(text, encoding="utf-8")
    assert_ordinary(read(tmp_path / "a.xls"))


@pytest.mark.parametrize("lines", [True, False])
def test_json(tmp_path: Path, read: Read, lines: bool) -> None:
    records = [dict(zip(HEADER, row, strict=True)) for row in ROWS]
    text = "\n".join(map(json.dumps, records)) if lines else json.dumps(records, ensure_ascii=False)
    (tmp_path / "a.json").write_text(text, encoding="utf-8")
    assert_ordinary(read(tmp_path / "a.json"))


def test_a_header_below_titles_a_total_and_a_repeated_header(tmp_path: Path, read: Read) -> None:
    rows = [
        ["12345热线工单一览"],
        ["统计周期：2026年1月至5月"],
        [],
        HEADER,
        *ROWS[:2],
        HEADER,
        ROWS[2],
        ["合计", "", 3],
    ]
    assert_ordinary(read(write_xlsx(tmp_path / "a.xlsx", rows)))


def test_dates_and_numbers_as_a_spreadsheet_stores_them(tmp_path: Path, read: Read) -> None:
    stored = datetime(2026, 2, 28, 11, 25, 5)  # noqa: DTZ001 - a spreadsheet knows no zone
    rows = [["编号", "标题", "内容", "时间"], [188006, "甲", "一", stored], [188007, "乙", "二", 46023.5]]
    rows += [
        [188008, "丙", "三", date(2026, 1, 6)],
        ["188009", "丁", "四", "20260106093000"],
        [188010, "戊", "五", "昨晚"],
    ]
    export = read(write_xlsx(tmp_path / "a.xlsx", rows))
    assert [post.posted_at for post in export.posts] == [
        datetime(2026, 2, 28, 11, 25, 5, tzinfo=CHINA),
        datetime(2026, 1, 1, 12, tzinfo=CHINA),
        datetime(2026, 1, 6, tzinfo=CHINA),
        datetime(2026, 1, 6, 9, 30, tzinfo=CHINA),
        None,
    ]
    [problem] = export.problems
    assert str(problem).startswith("a.xlsx 第 6 行「时间」列：时间看不懂")


def test_a_number_is_the_same_number_in_any_format(tmp_path: Path, read: Read) -> None:
    header = ["编号", "标题", "内容"]
    as_number = read(write_xlsx(tmp_path / "a.xlsx", [header, [188006, "甲", "一"], [188007, "乙", "二"]]))
    (tmp_path / "b.csv").write_text('编号,标题,内容\n"188006",甲,一\n="188007",乙,二\n', encoding="utf-8")
    as_text = read(tmp_path / "b.csv")
    assert [post.id for post in as_number.posts] == [post.id for post in as_text.posts]


def test_rounded_numbers_are_reported_and_replaced(tmp_path: Path, read: Read) -> None:
    rows = [["编号", "标题", "内容"], [20261120000123456, "甲", "一"], ["2.0261120E+16", "乙", "二"]]
    rows.append(["20261120000123458", "丙", "三"])
    export = read(write_xlsx(tmp_path / "a.xlsx", rows))
    assert [problem.place for problem in export.problems] == ["第 2–3 行「编号」列"]
    assert "四舍五入" in export.problems[0].message
    assert len({post.id for post in export.posts}) == 3


def test_rows_without_number_are_told_apart_and_found_again(tmp_path: Path, read: Read) -> None:
    rows = [["标题", "内容"], ["停水", "停水了"], ["停水", "停水了"], ["停电", "停电了"]]
    first = read(write_xlsx(tmp_path / "a.xlsx", rows))
    assert len({post.id for post in first.posts}) == 3
    answered = [
        ["标题", "内容", "答复内容"],
        ["停水", "停水了", "已恢复"],
        ["停水", "停水了", ""],
        ["停电", "停电了", ""],
    ]
    assert [post.id for post in read(write_xlsx(tmp_path / "b.xlsx", answered)).posts] == [p.id for p in first.posts]


def test_a_number_that_repeats_is_no_number(tmp_path: Path, read: Read) -> None:
    rows = [["编号", "标题", "内容"], *[["1", f"第{n}件", f"内容{n}"] for n in range(9)]]
    export = read(write_xlsx(tmp_path / "a.xlsx", rows))
    assert len({post.id for post in export.posts}) == 9
    assert "重复" in export.problems[0].message


def test_a_column_of_telephones_is_dropped_whatever_its_name(tmp_path: Path, read: Read) -> None:
    rows = [["编号", "标题", "内容", "备注二"], *[[n, f"标题{n}", f"内容{n}", f"1391234567{n}"] for n in range(5)]]
    export = read(write_xlsx(tmp_path / "a.xlsx", rows))
    assert export.dropped == ["备注二"]
    assert "备注二" not in export.columns


def test_a_nameless_message_column_is_recognised(tmp_path: Path, read: Read) -> None:
    long = "这里写着很长的一段话，讲的是路灯、井盖和公交站。" * 2
    rows = [["标题", "说说", "何时"], *[[f"标题{n}", long, "2026/1/2 8:00"] for n in range(3)]]
    export = read(write_xlsx(tmp_path / "a.xlsx", rows))
    assert export.columns == {"标题": "title", "说说": "text", "何时": "posted_at"}


def test_the_office_is_read_from_the_end_of_an_answer(tmp_path: Path, read: Read) -> None:
    answers = [
        "您好！已安排维修。滨河区城市管理局\n2026年3月1日",
        "您好，已安排。张建国",
        "滨河街道办事处答复如下：已办。",
    ]
    rows = [["编号", "标题", "内容", "答复内容"], *[[n, "甲", f"内容{n}", answer] for n, answer in enumerate(answers)]]
    export = read(write_xlsx(tmp_path / "a.xlsx", rows))
    assert [post.answered_by for post in export.posts] == ["滨河区城市管理局", "", "滨河街道办事处"]


def test_a_person_is_no_answering_office(tmp_path: Path, read: Read) -> None:
    rows = [
        ["编号", "标题", "内容", "答复单位", "答复内容"],
        [1, "甲", "一", "王科长", "已办。"],
        [2, "乙", "二", "市教育局（李老师）", "已办。"],
    ]
    export = read(write_xlsx(tmp_path / "a.xlsx", rows))
    assert [post.answered_by for post in export.posts] == ["", "市教育局"]


def test_importing_twice_adds_nothing_and_later_answers_arrive(tmp_path: Path, read: Read, now: datetime) -> None:
    db = open_posts(tmp_path / "posts.db")
    path = write_xlsx(tmp_path / "a.xlsx", [HEADER, *ROWS])
    assert save(db, read(path).posts, now=now) == SaveCounts(new=3)
    assert save(db, read(path).posts, now=now) == SaveCounts(known=3)
    later = [ROWS[0], [*ROWS[1][:6], "市热力公司", "已调节阀门。", "2026年1月9日", "12"], ROWS[2]]
    assert save(db, read(write_xlsx(tmp_path / "b.xlsx", [HEADER, *later])).posts, now=now) == SaveCounts(
        known=2, changed=1
    )
    db.close()


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        (["工单编号", "诉求标题", "诉求内容"], "12345工单"),
        (["编号", "来电人", "标题", "内容"], "12345工单"),
        (["留言编号", "留言主题", "留言详情"], "留言板"),
        (["信件编号", "标题", "内容", "受理单位"], "信箱"),
        (["编号", "标题", "内容"], "导入"),
    ],
)
def test_columns_tell_the_kind_of_system(
    tmp_path: Path, key: bytes, now: datetime, header: list[str], kind: str
) -> None:
    path = write_xlsx(tmp_path / "十一月.xlsx", [header, ["A1", "甲", "一", "二"][: len(header)]])
    export = read_export(path, key=key, now=now)
    assert export.source == kind
    assert {post.source for post in export.posts} == {kind}
    assert read_export(path, source="滨河区热线", key=key, now=now).source == "滨河区热线"


def test_the_same_tickets_in_a_file_of_another_name_are_updated(tmp_path: Path, key: bytes, now: datetime) -> None:
    db = open_posts(tmp_path / "posts.db")
    answered = [ROWS[0], [*ROWS[1][:6], "市热力公司", "已调节阀门。", "2026年1月9日", "12"], ROWS[2]]
    for name, rows, counts in (
        ("十月.xlsx", ROWS, SaveCounts(new=3)),
        ("十一月 (1).xlsx", answered, SaveCounts(known=2, changed=1)),
    ):
        export = read_export(write_xlsx(tmp_path / name, [HEADER, *rows]), key=key, now=now)
        kept, problems = keep_apart(db, export.posts, key=key, file=name)
        assert problems == []
        assert save(db, kept, now=now) == counts
    db.close()


def test_rows_without_number_are_known_in_a_file_of_another_name(tmp_path: Path, key: bytes, now: datetime) -> None:
    header = ["标题", "内容", "来电时间", "答复内容"]
    rows = [["停水", "停水了", "2026-03-01 08:00", ""], ["停水", "停水了", "2026-03-02 08:00", ""]]
    first = read_export(write_xlsx(tmp_path / "a.xlsx", [header, *rows]), key=key, now=now)
    rows[1][3] = "已恢复"
    second = read_export(write_xlsx(tmp_path / "b.xlsx", [header, rows[1], rows[0]]), key=key, now=now)
    assert [post.id for post in second.posts] == [post.id for post in reversed(first.posts)]


def test_another_matter_under_a_known_number_is_kept_apart_and_reported(
    tmp_path: Path, key: bytes, now: datetime
) -> None:
    db = open_posts(tmp_path / "posts.db")
    header = ["工单编号", "标题", "内容", "答复内容"]
    ours = [["7", "路灯不亮", "滨河路的路灯坏了半个月，晚上看不清路。", ""], ["8", "停水", "三天没有水了。", ""]]
    theirs = [["7", "供热不足", "云溪花园室温只有十四度，老人受不了。", ""], ["9", "噪音", "工地半夜还在施工。", ""]]

    def bring(name: str, rows: list[list[Any]]) -> tuple[SaveCounts, list[str]]:
        export = read_export(write_xlsx(tmp_path / name, [header, *rows]), key=key, now=now)
        kept, problems = keep_apart(db, export.posts, key=key, file=name)
        return save(db, kept, now=now), [str(problem) for problem in problems]

    assert bring("a.xlsx", ours) == (SaveCounts(new=2), [])
    saved, [problem] = bring("b.xlsx", theirs)
    assert saved == SaveCounts(new=2)
    assert "有 1 条的编号与另一条相同，问题却完全不同：「供热不足」" in problem
    assert "--source" in problem
    theirs[0][3] = "已调节阀门。"
    assert bring("c.xlsx", theirs)[0] == SaveCounts(known=1, changed=1)
    ours[0][2] += "补充：老人昨晚摔了一跤。"
    assert bring("d.xlsx", ours) == (SaveCounts(known=1, changed=1), [])
    db.close()


def test_one_number_twice_in_a_file_loses_neither_matter(tmp_path: Path, read: Read, key: bytes, now: datetime) -> None:
    db = open_posts(tmp_path / "posts.db")
    rows = [["编号", "标题", "内容"], *[[n, f"第{n}件事", f"内容是{n}号楼停水"] for n in range(5)]]
    rows.append([3, "噪音扰民", "工地半夜还在施工，老人睡不着。"])
    kept, problems = keep_apart(db, read(write_xlsx(tmp_path / "a.xlsx", rows)).posts, key=key, file="a.xlsx")
    assert save(db, kept, now=now) == SaveCounts(new=6)
    assert len(problems) == 1
    db.close()


def test_rows_without_words_are_named_and_the_rest_imported(tmp_path: Path, read: Read) -> None:
    rows = [["编号", "标题", "内容"], [1, "", ""], [2, "甲", "一"], [3, "", " "], [4, "", ""]]
    export = read(write_xlsx(tmp_path / "a.xlsx", rows))
    assert (export.rows, len(export.posts)) == (4, 1)
    assert [str(problem) for problem in export.problems] == [
        "a.xlsx 第 2、4–5 行「内容」列：既没有标题也没有内容。这些行没有导入"
    ]


BROKEN = {
    "空文件": (b"", "文件是空的"),
    "没有表头": ("甲,乙\n一,二\n".encode(), "找不到表头"),
    "不是表格的网页": ("<html><body>请先登录</body></html>".encode(), "没有表格"),
    "半个压缩包": (b"PK\x03\x04" + b"\0" * 40, "损坏"),
    "半个旧版文件": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "损坏"),
    "半行 JSON": ('{"标题": "甲", "内容": "一"}\n{"标题": "乙", "内'.encode(), "不是一个 JSON 对象"),
    "引号断了": ('标题,内容\n甲,一\n乙,"二'.encode(), "引号不成对"),
    "乱码": (bytes(range(128, 256)) * 20, ""),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_a_problem(tmp_path: Path, read: Read, name: str) -> None:
    body, message = BROKEN[name]
    (tmp_path / "a.xls").write_bytes(body)
    export = read(tmp_path / "a.xls")
    assert message in export.problems[0].message
    assert export.problems[0].file == "a.xls"
    assert export.problems[0].remedy


def test_a_missing_file_is_a_problem(tmp_path: Path, read: Read) -> None:
    assert "打不开" in read(tmp_path / "none.xlsx").problems[0].message


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9, 0.99])
def test_a_truncated_workbook_is_a_problem(tmp_path: Path, read: Read, share: float) -> None:
    body = write_xlsx(tmp_path / "a.xlsx", [HEADER, *ROWS * 50]).read_bytes()
    (tmp_path / "b.xlsx").write_bytes(body[: int(len(body) * share)])
    assert "损坏" in read(tmp_path / "b.xlsx").problems[0].message


def test_a_sheet_that_would_fill_the_memory_is_refused(tmp_path: Path, read: Read) -> None:
    path = write_xlsx(tmp_path / "a.xlsx", [HEADER, *ROWS])
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet()
    sheet.write(0, 0, "标题")
    sheet.write(1_048_575, 16_383, "远处的一个字")
    book.close()
    assert "1048576 行 16384 列" in read(path).problems[0].message


def test_an_archive_that_unpacks_to_gigabytes_is_refused(
    tmp_path: Path, read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crawlers.tables.MAX_UNPACKED", 1_000_000)
    path = write_xlsx(tmp_path / "a.xlsx", [HEADER, *ROWS])
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet2.xml", b" " * 2_000_000)
    assert "过大" in read(path).problems[0].message


@pytest.mark.data
def test_no_injected_value_survives_an_import(shared_data: Path, tmp_path: Path, read: Read, now: datetime) -> None:
    db = open_posts(tmp_path / "posts.db")
    for name, rows in (("附件3.xlsx", 4326), ("附件4.xlsx", 2816)):
        export = read(shared_data / "board" / name)
        assert (export.rows, len(export.posts), export.problems, export.dropped) == (rows, rows, [], ["留言用户"])
        save(db, export.posts, now=now)
    db.close()
    disk = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    planted = map(json.loads, (shared_data / "board" / "injected.jsonl").read_text(encoding="utf-8").splitlines())
    assert [item for item in planted if item["value"].encode() in disk] == []
