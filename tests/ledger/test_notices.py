"""The State Council's text as a calendar: every form it has used, and every slip in copying it."""

from pathlib import Path

import pytest

from ledger.new_calendar import merged, read_notice
from ledger.timing.calendar import default_calendar, laid_over, read_notices
from ledger.timing.notices import Announced, checked, entry, read_text

SHIPPED = default_calendar().notices[2026]
TEXT = """国务院办公厅关于2026年部分节假日安排的通知
国办发明电〔2025〕7号
各省、自治区、直辖市人民政府：
一、元旦：1月1日（周四）至3日（周六）放假调休，共3天。1月4日（周日）上班。
二、春节：2月15日（农历腊月二十八、周日）至23日（农历正月初七、周一）放假调休，共9天。2月14日（周六）、2月28日（周六）上班。
三、清明节：4月4日（周六）至6日（周一）放假，共3天。
四、劳动节：5月1日（周五）至5日（周二）放假调休，共5天。5月9日（周六）上班。
五、端午节：6月19日（周五）至21日（周日）放假，共3天。
六、中秋节：9月25日（周五）至27日（周日）放假，共3天。
七、国庆节：10月1日（周四）至7日（周三）放假调休，共7天。9月20日（周日）、10月10日（周六）上班。
节假日期间，各地区、各部门要妥善安排好值班。
"""


def read(text: str, **more: object) -> Announced:
    return checked(read_text(text, file="通知.txt", **more), "通知.txt")  # type: ignore[arg-type] # number and year


def test_the_text_gives_the_days_that_the_program_ships() -> None:
    found = read(TEXT)
    assert (found.problems, found.doubts) == ((), ())
    assert found.notices == {2026: SHIPPED}


@pytest.mark.parametrize(
    "text",
    [
        TEXT.replace("\n", ""),  # copied from a page without its line ends
        TEXT.translate({code: code + 0xFEE0 for code in range(0x30, 0x3A)}),  # full-width digits
        TEXT.replace("周", "星期").replace("星期日", "星期天"),
        TEXT.replace("4月4日（周六）至6日（周一）放假，共3天", "4月4日至6日放假调休，共3天"),
        TEXT.replace("1月1日（周四）至3日", "2026年1月1日（周四）至2026年1月3日"),
    ],
)
def test_other_ways_of_writing_the_same(text: str) -> None:
    assert read(text).notices == {2026: SHIPPED}


def test_a_holiday_that_begins_in_december() -> None:
    text = TEXT.replace(
        "1月1日（周四）至3日（周六）放假调休，共3天。1月4日（周日）上班",
        "12月31日至1月3日放假调休，共4天。12月28日（周日）上班",
    )
    notice = read(text).notices[2026]
    assert sorted(map(str, notice.off))[0] == "2025-12-31"
    assert "2025-12-28" in map(str, notice.work)
    assert 'off = "元旦:20251231-0103 ' in entry(notice)
    assert 'work = "20251228 0214' in entry(notice)


def test_two_holidays_in_one_item() -> None:
    text = TEXT.replace("六、中秋节：9月25日（周五）至27日（周日）放假，共3天。\n", "").replace(
        "七、国庆节", "六、国庆节、中秋节"
    )
    assert not [problem for problem in read(text).problems if "没有“中秋节”" in problem.message]


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("3日（周六）放假调休", "3日（周五）放假调休", 4, "1月3日是周六，通知却写周五"),
        ("共9天", "共8天", 5, "写的是共8天，起止日期却有9天"),
        ("4月4日（周六）至6日", "4月4日（周六）至36日", 6, "不是一个日期"),
        ("5月9日（周六）上班", "5月8日（周五）上班", None, "2026-05-08 是周五，不是周末"),
        ("三、清明节：4月4日（周六）至6日（周一）放假，共3天。\n", "", None, "没有“清明节”"),
        ("6月19日（周五）至21日", "6月20日（周六）至22日", None, "2026-06-19 是法定的“端午节”"),
        ("9月20日（周日）", "8月2日（周日）", None, "离哪个节日都很远"),
        ("国办发明电〔2025〕7号", "", None, "没有写文号"),
        ("放假，共3天。\n四", "，共3天。\n四", 6, "没有写明放假还是上班"),
    ],
)
def test_a_slip_is_told_with_its_place(old: str, new: str, line: int | None, says: str) -> None:
    assert old in TEXT
    told = [problem for problem in read(TEXT.replace(old, new)).problems if says in problem.message]
    assert told
    assert told[0].remedy
    assert told[0].place == (f"第 {line} 行" if line else "[notice.2026]")


def test_a_make_up_day_left_out_is_doubted() -> None:
    found = read(TEXT.replace("、2月28日（周六）上班", "上班"))
    assert found.problems == ()
    assert "平日放假 19 天、补班 5 天，按法定 13 天应补班 6 天" in found.doubts[0]


def test_what_is_no_notice() -> None:
    assert "哪一年" in str(read("放假通知").problems[0])
    assert "没有读到" in str(read("放假通知", year=2027).problems[0])
    assert read(TEXT.replace("2026年部分", "部分"), year=2026).notices == {2026: SHIPPED}


def test_files_of_both_kinds(tmp_path: Path) -> None:
    text, old, table, other = (tmp_path / name for name in ("a.txt", "b.txt", "c.toml", "d.docx"))
    text.write_text(TEXT, "utf-8-sig")
    old.write_bytes(TEXT.encode("gb18030"))
    table.write_text(entry(SHIPPED), "utf-8")
    other.write_bytes(b"PK\x03\x04\xff\xff\xff")
    assert [read_notice(path).notices for path in (text, old, table)] == [{2026: SHIPPED}] * 3
    assert "另存为文本" in str(read_notice(other).problems[0])


def test_only_the_year_announced_is_replaced_in_the_workspace_file() -> None:
    mine = '# 本市另有安排\n[notice.2025]\nnumber = \'x\'\noff = "元旦:0101"\nwork = ""\n\n' + entry(SHIPPED).replace(
        "7号", "8号"
    )
    done = merged(mine, {2026: SHIPPED})
    assert done.startswith("# 本市另有安排\n[notice.2025]")
    assert read_notices(done.encode(), "x")[0][2026] == SHIPPED
    assert merged(done, {2026: SHIPPED}) == done  # again changes nothing
    assert laid_over(done.encode(), "x")[1] == []
