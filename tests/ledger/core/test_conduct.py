"""S7 and 国办发〔2016〕61号: a complaint never reaches its target, and several regions are answered from above."""

from dataclasses import replace

import pytest

from ledger.record import commands as c
from ledger.record import proposals


@pytest.fixture
def complaint(book):
    """A complaint about a unit of the office."""
    return book.opened(labels=("credibility",), about_units=("公共法律服务处",))


def test_a_complaint_never_goes_to_its_target(book, complaint):
    for unit in ("公共法律服务处", "法律援助中心"):  # itself, and what is below it
        refusal = book.refused(c.AssignCase(case=complaint, lead=(unit,)), "研判员甲")
        assert refusal.code == "conduct"
        assert "第三十条" in refusal.reason
        assert "派驻纪检监察组" in refusal.who
        assert "江省司法厅" in refusal.who
    hidden = c.AssignCase(case=complaint, lead=("派驻纪检监察组",), co=("法律援助中心",))
    assert book.refused(hidden, "研判员甲").code == "conduct"
    assert book.refused(c.AssignCase(case=complaint, lead=("政务服务处",)), "研判员甲").code == "conduct"
    book.do(c.AssignCase(case=complaint, lead=("派驻纪检监察组",)), "研判员甲")
    book.do(c.AssignCase(case=complaint, lead=("江州市司法局",)), "研判员甲")  # the office stands above its unit
    assert book.case(complaint).state == "已交办"


def test_a_complaint_about_a_lower_unit_may_go_to_the_unit_above(book):
    case = book.opened(labels=("credibility",), about_units=("法律援助中心",))
    assert book.refused(c.AssignCase(case=case, lead=("法律援助中心",)), "研判员甲").code == "conduct"
    book.do(c.AssignCase(case=case, lead=("公共法律服务处",)), "研判员甲")


def test_a_complaint_about_the_office_leaves_the_office(book):
    case = book.opened(labels=("credibility",), about_units=("江州市司法局",))
    for unit in ("办公室", "江州市司法局", "宣传教育处"):
        assert book.refused(c.AssignCase(case=case, lead=(unit,)), "研判员甲").code == "conduct"
    book.do(c.AssignCase(case=case, lead=("江省司法厅",)), "研判员甲")
    assert book.refused(c.SetSeverity(case=case, severity="larger", reason=" "), "研判员甲").code == "text"
    book.responded(case, "written")
    book.do(c.NoCommitment(case=case), "研判员甲")
    assert "正是被反映的单位" in book.refused(c.CloseCase(case=case), "研判员甲").reason
    book.do(c.CloseCase(case=case), "督办员")


def test_a_complaint_needs_its_target_named_before_it_is_handed_on(book):
    case = book.opened(labels=("credibility",))
    assert "写明被反映的单位" in book.refused(c.AssignCase(case=case, lead=("办公室",)), "研判员甲").reason
    book.do(c.AssessCase(case=case, about_units=("查无此处",)), "研判员甲")
    assert book.refused(c.AssignCase(case=case, lead=("办公室",)), "研判员甲").code == "conduct"
    book.do(c.AssignCase(case=case, lead=("派驻纪检监察组",)), "研判员甲")


def test_a_complaint_found_out_later_is_taken_away_from_its_target_first(book):
    case = book.opened()
    book.do(c.AssignCase(case=case, lead=("公共法律服务处",)), "研判员甲")
    refusal = book.refused(c.AssessCase(case=case, about_units=("公共法律服务处",)), "研判员甲")
    assert "请先改派再补记" in refusal.reason
    book.do(c.AssignCase(case=case, lead=("江省司法厅",)), "研判员甲")
    book.do(c.AssessCase(case=case, about_units=("公共法律服务处",)), "研判员甲")


def test_the_mark_of_a_complaint_is_not_taken_away_by_whoever_likes(book, complaint):
    unmark = c.AssessCase(case=complaint, labels=("public_interest",), taxonomy="1", about_units=())
    assert "值班负责人" in book.refused(unmark, "研判员甲").who
    case = book.opened(labels=("credibility",), about_units=("宣传教育处",))
    own = c.AssessCase(case=case, about_units=())
    assert book.refused(own, "值班负责人").code == "conduct"  # it is about his own unit
    book.do(unmark, "值班负责人")


def test_people_of_the_unit_complained_of_decide_nothing(book):
    case = book.opened(labels=("credibility",), about_units=("宣传教育处",))
    for command in (
        c.Dismiss(case=case, code="unfounded", reason="不实"),
        c.MergeCases(case=case, into=book.opened(), reason="同一件事"),
    ):
        refusal = book.refused(command, "研判员甲")
        assert "正是被反映的单位" in refusal.reason
        assert "派驻纪检监察组" in refusal.who
    book.do(c.Dismiss(case=case, code="unfounded", reason="不实"), "督办员")
    assert book.refused(c.Confirm(proposal=proposals.read(book.db)[0].id), "值班负责人").code == "conduct"
    book.confirm("审批人")


def test_a_unit_cannot_escape_by_a_new_name(book, start, tmp_path):
    """The unit complained of was merged into another: its heir is barred as well."""
    case = book.opened(labels=("credibility",), about_units=("法制宣传处",))
    refusal = book.refused(c.AssignCase(case=case, lead=("宣传教育处",)), "研判员甲")
    assert refusal.code == "conduct"


def test_several_regions_are_answered_by_the_superior(book):
    case = book.opened(cross_region=True)
    refusal = book.refused(c.AssignCase(case=case, lead=("公共法律服务处",)), "研判员甲")
    assert "上级主管部门牵头：江省司法厅" in refusal.reason
    book.do(c.AssignCase(case=case, lead=("江省司法厅",), responsible=("公共法律服务处",)), "研判员甲")
    nowhere = replace(book.office, superior="")
    book.office = nowhere
    other = book.opened(cross_region=True)
    assert "尚未登记 superior" in book.refused(c.AssignCase(case=other, lead=("办公室",)), "研判员甲").reason
