"""The statutory calendar against its oracles, its overlay, and what it says about years not announced yet."""

from datetime import date, timedelta
from pathlib import Path

import holidays
import pytest
from chinese_calendar import is_workday as library_says

from ledger.timing.calendar import default_calendar, load_calendar

CALENDAR = default_calendar()
EVERY_DAY = [date(2004, 1, 1) + timedelta(days=n) for n in range((date(2027, 1, 1) - date(2004, 1, 1)).days)]
DISPUTED = date(2005, 12, 31)


def test_every_day_of_2004_to_2026_equals_the_holidays_package() -> None:
    oracle = holidays.country_holidays("CN", years=range(2003, 2028))
    assert [day for day in EVERY_DAY if bool(CALENDAR.is_workday(day)) != oracle.is_working_day(day)] == []


def test_chinesecalendar_differs_on_one_day_only_and_the_notice_decides_it() -> None:
    differing = [day for day in EVERY_DAY if bool(CALENDAR.is_workday(day)) != library_says(day)]
    assert differing == [DISPUTED]
    # 国办发明电〔2005〕35号: 「12月31日（星期六）上班」
    assert CALENDAR.is_workday(DISPUTED).reason == "补班"


def test_every_announced_year_names_its_notice() -> None:
    assert sorted(CALENDAR.notices) == list(range(2004, 2027))
    assert all(notice.number.startswith("国办发明电〔") for notice in CALENDAR.notices.values())


def test_make_up_days_and_holidays_say_why() -> None:
    assert CALENDAR.is_workday(date(2026, 9, 20)).reason == "补班"
    assert CALENDAR.is_workday(date(2026, 10, 7)).reason == "国庆节放假"
    assert CALENDAR.is_workday(date(2026, 11, 21)).reason == "星期六"
    assert CALENDAR.is_workday(date(2018, 12, 31)).reason == "元旦放假"  # arranged by the notice for 2019


def test_an_unannounced_year_is_weeks_and_statutory_days_and_says_so() -> None:
    assert CALENDAR.is_workday(date(2027, 1, 1)).works is False
    assert CALENDAR.is_workday(date(2027, 2, 5)).reason == "春节放假"  # 除夕, a statutory day since 2025
    assert CALENDAR.is_workday(date(2027, 3, 1)) == CALENDAR.is_workday(date(2027, 3, 2))
    assert CALENDAR.is_workday(date(2027, 3, 1)).certainty == "provisional"
    assert CALENDAR.is_workday(date(2026, 3, 2)).certainty == "firm"


def test_an_overlay_makes_its_year_firm_and_leaves_the_rest(tmp_path: Path) -> None:
    file = tmp_path / "2027.toml"
    file.write_text(
        '[notice.2027]\nnumber = "甲〔2026〕1号"\noff = "元旦:0101-0103"\nwork = "20261226 0109"\n', "utf-8"
    )
    calendar, problems = load_calendar(file)
    assert problems == []
    assert calendar.is_workday(date(2026, 12, 26)).reason == "补班"  # moved by the next year's notice
    assert calendar.is_workday(date(2027, 1, 9)).certainty == "firm"
    assert calendar.version != CALENDAR.version
    assert calendar.is_workday(date(2025, 10, 8)) == CALENDAR.is_workday(date(2025, 10, 8))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[notice.2027]\noff = ", "TOML"),
        ("", "没有任何"),
        ('[notice.2027]\noff = "元旦:0101-0103"\n', "读不懂"),
        ('[notice.2027]\noff = "元旦:0199"\nwork = ""\n', "读不懂"),
        ('[notice.2027]\noff = "元旦:0103-0101"\nwork = ""\n', "早于"),
        ('[notice.2027]\noff = "元旦:0103"\nwork = "0103"\n', "既放假又上班"),
        ('[notice.2027]\noff = "元旦:0101"\nwork = "0104"\n', "不是周末"),
    ],
)
def test_a_bad_overlay_is_reported_and_changes_nothing(tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "notice.toml"
    file.write_text(text, "utf-8")
    calendar, problems = load_calendar(file)
    assert calendar is CALENDAR
    assert says in str(problems[0])
    assert problems[0].remedy


def test_a_missing_overlay_is_reported(tmp_path: Path) -> None:
    assert "找不到" in str(load_calendar(tmp_path / "none.toml")[1][0])


def test_neighbours_of_a_day() -> None:
    assert CALENDAR.workday_on_or_before(date(2018, 12, 31)) == date(2018, 12, 29)
    assert CALENDAR.workday_on_or_before(date(2021, 1, 1)) == date(2020, 12, 31)
    assert CALENDAR.workday_on_or_after(date(2026, 10, 1)) == date(2026, 10, 8)
    assert CALENDAR.holiday("国庆节", 2025) == (date(2025, 10, 1), date(2025, 10, 8))
    assert CALENDAR.holiday("泼水节", 2025) is None
    with pytest.raises(ValueError, match="at least 1"):
        CALENDAR.add_workdays(date(2026, 1, 1), 0)
