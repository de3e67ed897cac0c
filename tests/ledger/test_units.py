"""Unit texts as offices write them, and the rule that a complaint never reaches the unit complained of."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.office import Office, Unit
from ledger.units import barred, below, heir_of, members_of, mentioned, resolve, route, superior_of

OFFICE = Office(
    name="江州市司法局",
    contact="0000-12345",
    superior="江省司法厅",
    supervision="派驻纪检监察组",
    units=(
        Unit("办公室"),
        Unit("宣传教育处", aliases=("宣教处",)),
        Unit("12348协调指挥中心", aliases=("12348中心",)),
        Unit("省监狱管理局", aliases=("监狱局", "省监狱局")),
        Unit("第一监狱", parent="监狱局"),
        Unit("第一监狱会见室", parent="第一监狱"),
        Unit("省戒毒管理局"),
        Unit("公共法律服务处"),
        Unit("法律援助中心", parent="公共法律服务处"),
        Unit("市、县司法局", aliases=("基层局",)),
        Unit("法制处", valid_to=date(2019, 3, 31), successor="法治调研处"),
        Unit("法治调研处", valid_from=date(2019, 4, 1)),
        Unit("信息科", valid_to=date(2020, 12, 31)),
        Unit("各相关处室", members=("办公室", "宣教处", "法制处")),
        Unit("监所口", aliases=("监所系统",), members=("第一监狱", "省戒毒管理局")),
    ),
)
TODAY = date(2026, 11, 20)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("办公室", ["办公室"]),
        ("监狱局", ["省监狱管理局"]),
        ("省监狱局", ["省监狱管理局"]),
        ("监狱管理局", ["省监狱管理局"]),
        ("戒毒管理局", ["省戒毒管理局"]),
        ("办公室  12348中心", ["办公室", "12348协调指挥中心"]),
        ("办公室　12348中心", ["办公室", "12348协调指挥中心"]),
        ("牵头部门：宣教处、办公室，监狱局", ["宣传教育处", "办公室", "省监狱管理局"]),
        ("宣教处和办公室", ["宣传教育处", "办公室"]),
        ("宣教处会同办公室、监狱局及戒毒管理局", ["宣传教育处", "办公室", "省监狱管理局", "省戒毒管理局"]),
        ("市司法局办公室", ["办公室"]),
        ("厅办公室（牵头）、宣教处（配合）", ["办公室", "宣传教育处"]),
        ("办公室牵头", ["办公室"]),
        ("市、县司法局、办公室", ["市、县司法局", "办公室"]),
        ("办公室/宣教处", ["办公室", "宣传教育处"]),
        ("办公室、厅办公室", ["办公室"]),
        ("办公室。", ["办公室"]),
    ],
)
def test_names_and_aliases_resolve_in_the_order_written(text: str, names: list[str]) -> None:
    named = resolve(text, OFFICE)
    assert list(named.units) == names
    assert named.settled, named.problems


def test_a_group_waits_for_a_person_and_proposes_its_members() -> None:
    named = resolve("办公室、各相关处室", OFFICE, on=TODAY)
    assert named.units == ("办公室",)
    assert named.groups == ("各相关处室",)
    assert not named.settled
    assert members_of("各相关处室", OFFICE, on=TODAY) == ("办公室", "宣传教育处", "法治调研处")


def test_a_declared_group_is_known_under_each_and_all_that_concern() -> None:
    office = replace(OFFICE, units=(*OFFICE.units, Unit("业务处室", members=("法治调研处",))))
    for words in ("各业务处室", "各相关业务处室", "有关业务处室"):
        assert resolve(words, office, on=TODAY).groups == ("业务处室",)
        assert members_of(words, office, on=TODAY) == ("法治调研处",)


def test_an_undeclared_group_is_told_from_a_misspelt_name() -> None:
    group, misspelt, strange = resolve("相关业务处室、宣传教育出、木星观测站", OFFICE).problems
    assert "没有写明是哪些单位" in group.message
    assert "宣传教育处" in misspelt.remedy
    assert "[[unit]] 登记它" in strange.remedy


@pytest.mark.parametrize("text", ["", "  ", "、，"])
def test_no_unit_is_no_problem_but_not_settled(text: str) -> None:
    named = resolve(text, OFFICE)
    assert (named.units, named.problems, named.settled) == ((), (), False)


def test_promises_pass_to_the_successor_and_never_get_lost() -> None:
    assert resolve("法制处", OFFICE, on=date(2019, 3, 31)).units == ("法制处",)
    assert resolve("法制处", OFFICE, on=date(2019, 4, 1)).units == ("法治调研处",)
    assert heir_of("法制处", OFFICE, on=TODAY) == "法治调研处"
    assert heir_of("信息科", OFFICE, on=TODAY) == OFFICE.name


def test_a_unit_outside_its_days_is_a_problem() -> None:
    assert "才成立" in resolve("法治调研处", OFFICE, on=date(2018, 1, 1)).problems[0].message
    gone = resolve("信息科", OFFICE, on=TODAY)
    assert gone.units == ()
    assert "没有登记承接单位" in gone.problems[0].message


def test_circular_successors_do_not_hang() -> None:
    ring = Office(
        "局",
        "1",
        units=(
            Unit("甲", valid_to=date(2020, 1, 1), successor="乙"),
            Unit("乙", valid_to=date(2021, 1, 1), successor="甲"),
        ),
    )
    assert heir_of("甲", ring, on=TODAY) == "甲"
    assert barred(["甲"], ring) == {"甲", "乙"}


def test_superiors_step_by_step() -> None:
    assert superior_of("第一监狱会见室", OFFICE) == "第一监狱"
    assert superior_of("第一监狱", OFFICE) == "省监狱管理局"
    assert superior_of("监狱局", OFFICE) == OFFICE.name
    assert superior_of(OFFICE.name, OFFICE) == "江省司法厅"
    assert below("省监狱管理局", OFFICE) == {"第一监狱", "第一监狱会见室"}


class TestConduct:
    """S7: never to the unit complained of, nor below it, nor to a group or successor that holds it."""

    def test_goes_to_the_superior_unit(self) -> None:
        routing = route("credibility", ["法律援助中心"], OFFICE, owner="法律援助中心")
        assert routing.to == "公共法律服务处"
        assert "不转被反映单位" in routing.reason

    def test_skips_a_superior_that_is_complained_of_too(self) -> None:
        assert route("credibility", ["第一监狱", "第一监狱会见室"], OFFICE).to == "省监狱管理局"

    def test_of_a_unit_right_under_the_office_goes_to_supervision(self) -> None:
        assert route("credibility", ["宣教处"], OFFICE, owner="宣教处").to == "派驻纪检监察组"

    @pytest.mark.parametrize("about", [[], ["江州市司法局"]])
    def test_of_the_office_itself_goes_to_its_superior(self, about: list[str]) -> None:
        assert route("credibility", about, OFFICE, owner="办公室").to == "江省司法厅"

    def test_has_nowhere_to_go_without_superior_or_supervision(self) -> None:
        routing = route("credibility", ["办公室"], Office("局", "1", units=(Unit("办公室"),)))
        assert routing.to == ""
        assert "supervision" in routing.problems[0].remedy

    def test_supervision_that_is_complained_of_is_passed_over(self) -> None:
        own = Office("局", "1", superior="上级", supervision="监督科", units=(Unit("监督科"),))
        assert route("credibility", ["监督科"], own).to == "上级"

    def test_successors_and_groups_are_barred(self) -> None:
        assert {"法制处", "法治调研处", "各相关处室"} <= barred(["法制处"], OFFICE)
        assert "监所口" in barred(["省监狱管理局"], OFFICE)

    @given(
        st.lists(st.sampled_from([unit.name for unit in OFFICE.units]), min_size=1, max_size=4),
        st.text(max_size=5),
    )
    def test_whatever_is_complained_of_is_never_the_receiver(self, about: list[str], owner: str) -> None:
        routing = route("credibility", about, OFFICE, owner=owner)
        assert routing.to
        assert routing.to not in routing.barred
        assert set(about) <= routing.barred


def test_several_regions_are_the_superiors_to_answer() -> None:
    routing = route("public_interest", [], OFFICE, owner="办公室", regions=("东区", "西区"))
    assert routing.to == "江省司法厅"
    assert route("public_interest", [], OFFICE, owner="办公室", regions=("东区", "东区")).to == "办公室"
    assert route("public_interest", [], Office("局", "1"), regions=("东区", "西区")).problems


def test_an_ordinary_matter_goes_to_its_owner_or_waits() -> None:
    assert route("policy", ["宣教处"], OFFICE, owner="宣教处").to == "宣传教育处"
    assert route("policy", [], OFFICE).to == ""
    assert route("policy", [], OFFICE, owner="宣教出").problems


def test_units_mentioned_in_a_text_longest_name_first() -> None:
    text = "在第一监狱会见室排队两小时，打12348中心没人接"
    assert mentioned(text, OFFICE) == ("第一监狱会见室", "12348协调指挥中心")
