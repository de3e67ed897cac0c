"""Cases: clocks, grades, merging that hides nothing, complaints that never reach their target, reopening."""

from dataclasses import replace
from datetime import timedelta

from crawlers.office import Person, Unit
from ledger.record import cases, dues, proposals
from ledger.record import commands as c
from ledger.record.parts import Clock
from ledger.record.projections import rebuild


def emergency(book, **more):
    """A major emergency with the clocks of 国办发〔2016〕80号."""
    clocks = (
        book.clock("authoritative", hours=5, met_by=("authoritative", "conference")),
        book.clock("conference", hours=24, met_by=("conference",)),
    )
    return book.opened(labels=("emergency",), major=True, severity="special", clocks=clocks, **more)


def test_an_answer_stops_the_clock_when_it_was_published(book):
    case = book.opened()
    book.later(hours=40)
    published = book.now
    book.later(days=3)  # written down late
    page = book.page("/answer")
    book.do(c.Respond(case=case, kind="written", published_at=published, snapshot=page), "研判员甲")
    (due,) = dues.of(book.db, case)
    assert (due.stopped, due.stopped_at) == ("met", published)
    assert not due.late(book.now)


def test_an_emergency_needs_information_and_a_conference(book):
    case = emergency(book)
    book.responded(case, "written")  # a letter is neither
    assert all(due.running for due in dues.of(book.db, case))
    book.responded(case, "authoritative")
    book.do(c.NoCommitment(case=case), "研判员甲")
    assert "新闻发布会" in book.refused(c.CloseCase(case=case), "研判员甲").reason
    book.later(hours=30)
    book.responded(case, "conference")
    late = {due.clock: due.late(book.now) for due in dues.of(book.db, case)}
    assert late == {"authoritative": False, "conference": True}
    assert "无承诺" in book.refused(c.CloseCase(case=case), "研判员甲").reason  # that was said of an earlier answer
    book.do(c.NoCommitment(case=case), "研判员甲")
    book.do(c.CloseCase(case=case), "研判员甲")


def test_an_answer_known_from_an_import_has_times_only(book):
    case = book.opened(clock_basis="occurred", clock_start=book.now, occurred_at=book.now)
    answer = c.RecordAnswer(
        case=case, answered_at=book.now + timedelta(hours=1), answer_hash="ab" * 32, unit="区住建局"
    )
    assert book.refused(answer, "sys:import").code == "date"
    book.later(hours=2)
    assert book.refused(replace(answer, answer_hash="kurz"), "sys:import").code == "incomplete"
    assert book.refused(replace(answer, url="https://forum.example.com/thread/1"), "sys:import").code == "page"
    assert "须给出官方网页" in book.refused(answer, "研判员甲").reason  # a person's word alone stops no clock
    book.do(answer, "sys:import")
    assert book.refused(answer, "sys:import").code == "duplicate"
    (response,) = cases.responses(book.db, [case])
    assert (response.url, response.snapshot, response.unit) == (None, None, "区住建局")
    assert response.anchor == "ab" * 32


def test_a_case_is_judged_by_a_person(book):
    case = book.opened()
    labels = ("credibility", "public_interest")
    judged = c.AssessCase(case=case, summary="东区窗口少", labels=labels, taxonomy="1", place="东区")
    book.do(replace(judged, about_units=("政务服务处",)), "研判员甲")
    found = book.case(case)
    assert (found.state, found.label, found.place, found.conduct) == ("已研判", "credibility", "东区", True)
    assert book.refused(c.AssessCase(case=case, labels=("policy",)), "研判员甲").code == "incomplete"
    assert book.opened(by="研判员甲", origin="hand") == "YQ-2026-0002"
    assert book.case("YQ-2026-0002").state == "已研判"


def test_a_unit_returns_what_is_not_its_own_within_a_day(book):
    case = book.opened()
    book.do(c.AssignCase(case=case, lead=("公共法律服务处",), responsible=("政务服务处",)), "研判员甲")
    started = book.case(case).clock_start
    book.do(c.ReturnCase(case=case, reason="属政务服务处职责"), "联络员")
    found = book.case(case)
    assert [unit.unit for unit in found.units] == ["政务服务处"]
    assert (found.state, found.clock_start) == ("已交办", started)
    assert "政务服务处的联络员" in book.refused(c.ReturnCase(case=case, reason="不是"), "联络员").who
    book.do(c.ReturnCase(case=case, reason="也不是我们的"), "政务联络员")
    assert book.case(case).state == "已研判"
    both = c.AssignCase(case=case, lead=("公共法律服务处",), responsible=("政务服务处",))
    book.do(both, "研判员甲")
    book.do(c.Acknowledge(case=case), "政务联络员")
    assert "已经签收" in book.refused(c.ReturnCase(case=case, reason="不是"), "政务联络员").reason
    book.do(c.ReturnCase(case=case, reason="不是"), "联络员")  # although the other unit has begun
    assert book.case(case).state == "回应中"
    book.do(both, "研判员甲")
    book.later(hours=25)
    assert "24 小时" in book.refused(c.ReturnCase(case=case, reason="不是"), "联络员").reason


def test_reassigning_keeps_what_a_unit_has_already_taken(book):
    case = book.opened()
    book.do(c.AssignCase(case=case, lead=("公共法律服务处",)), "研判员甲")
    book.do(c.Acknowledge(case=case), "联络员")
    taken = book.case(case).units[0].acknowledged_at
    book.do(c.AssignCase(case=case, lead=("政务服务处",), co=("公共法律服务处",)), "研判员甲")
    units = {unit.unit: (unit.role, unit.acknowledged_at) for unit in book.case(case).units}
    assert units == {"政务服务处": ("lead", None), "公共法律服务处": ("co", taken)}


# Grades


def test_a_grade_rises_by_rule_and_falls_by_a_person(book):
    case = book.opened()
    up = c.SetSeverity(case=case, severity="major", reason="多家媒体报道", rule="local:media")
    assert book.refused(replace(up, rule=""), "sys:triage").code == "role"
    book.do(up, "sys:triage")
    assert book.refused(up, "sys:triage").code == "state"
    assert book.case(case).severity_reason == "local:media"
    down = c.SetSeverity(case=case, severity="general", reason="报道已更正")
    assert "值班负责人" in book.refused(down, "研判员甲").who
    assert book.refused(down, "sys:triage").code == "role"
    assert book.refused(replace(down, reason=" "), "值班负责人").code == "text"
    assert book.refused(replace(down, rule="r"), "值班负责人").code == "role"
    book.do(down, "值班负责人")
    assert book.case(case).severity == "general"


def test_lowering_a_grade_does_not_wipe_out_a_breach(book):
    case = emergency(book)
    book.later(hours=6)  # the five hours are over
    assert "case severity" in book.refused(c.AssessCase(case=case, major=False), "研判员甲").reason
    book.do(
        c.SetSeverity(
            case=case, severity="general", reason="核实为一般事件", major=False,
            drop_clocks=("authoritative", "conference"), clocks=(book.clock("response", hours=42),),
        ),
        "值班负责人",
    )  # fmt: skip
    found = {due.clock: (due.stopped, due.late(book.now)) for due in book.case(case).dues}
    assert found == {"authoritative": ("lowered", True), "conference": ("lowered", False), "response": (None, False)}
    assert not book.case(case).major
    assert book.refused(
        c.SetSeverity(case=case, severity="special", reason="又扩大", drop_clocks=("response",)), "研判员甲"
    ).code == "state"  # fmt: skip


# Dismissing


def test_dismissing_takes_two_people(book):
    case = book.opened()
    dismissal = c.Dismiss(case=case, code="not_ours", reason="属邻市管辖，已公开告知")
    assert book.refused(replace(dismissal, reason=""), "研判员甲").code == "text"
    book.do(dismissal, "研判员甲")
    assert book.case(case).open
    assert book.refused(dismissal, "研判员乙").code == "duplicate"
    number = proposals.read(book.db)[0].id
    assert book.refused(c.Confirm(proposal=number), "研判员甲").code == "role"
    assert book.refused(c.Decline(proposal=number, reason=""), "值班负责人").code == "text"
    book.do(c.Decline(proposal=number, reason="应当回应"), "值班负责人")
    assert proposals.read(book.db) == []
    book.do(dismissal, "值班负责人")
    refusal = book.refused(c.Confirm(proposal=proposals.read(book.db)[0].id), "值班负责人")
    assert (refusal.code, "值班负责人（尚未" in refusal.who) == ("four_eyes", True)
    assert "审批人（审批人）" in refusal.who
    book.confirm("审批人", note="同意")
    found = book.case(case)
    assert (found.state, found.end_reason) == ("不予回应", "属邻市管辖，已公开告知")
    assert [due.stopped for due in found.dues] == ["dismissed"]
    assert [asked.state for asked in proposals.read(book.db, state=None)] == ["declined", "confirmed"]


def test_a_dismissed_case_that_was_overdue_stays_late(book):
    case = book.opened()
    book.later(hours=50)
    book.do(c.Dismiss(case=case, code="unfounded", reason="查无此事"), "研判员甲")
    book.confirm("值班负责人")
    assert [due.late(book.now) for due in dues.of(book.db, case)] == [True]


def test_what_is_major_cannot_be_dismissed_not_even_later(book):
    case = emergency(book)
    refusal = book.refused(c.Dismiss(case=case, code="other", reason="不便回应"), "研判员甲")
    assert "必须公开回应" in refusal.reason
    other = book.opened()
    book.do(c.Dismiss(case=other, code="other", reason="不便回应"), "研判员甲")
    book.do(c.SetSeverity(case=other, severity="major", reason="媒体报道"), "研判员乙")
    refusal = book.refused(c.Confirm(proposal=proposals.read(book.db)[0].id), "值班负责人")
    assert "重大案件不得不予回应" in refusal.reason


# Ending and beginning again


def test_a_reopened_case_is_a_new_round_and_the_old_one_stays(book):
    case = book.answered()
    book.do(c.NoCommitment(case=case, note="读过，无承诺"), "研判员乙")
    assert book.case(case).no_commitment_by == "研判员乙"
    book.do(c.CloseCase(case=case), "研判员甲")
    closed = book.case(case)
    assert (closed.state, closed.open) == ("已办结", False)
    book.later(days=20)
    again = c.ReopenCase(
        case=case, cause="new_wave", reason="又有多人反映", clock_start=book.now, clocks=(book.clock(),)
    )
    assert book.refused(replace(again, clock_start=book.now + timedelta(days=3)), "值班负责人").code == "date"
    book.do(again, "值班负责人")
    found = book.case(case)
    assert (found.state, found.round, found.responded_at, found.no_commitment_by) == ("已研判", 2, None, None)
    rows = [(due.round, due.version, due.current, due.stopped) for due in dues.of(book.db, case)]
    assert rows == [(1, 1, False, "met"), (2, 2, True, None)]
    book.responded(case, "written")
    assert book.case(case).dues[0].stopped == "met"
    assert [response.round for response in cases.responses(book.db, [case])] == [1, 2]


def test_failed_evidence_proposes_to_reopen_and_a_person_decides(book):
    case = book.answered()
    book.do(c.NoCommitment(case=case), "研判员甲")
    page = book.page(f"/answer/{case}")
    gone = c.RecordRecheck(subject=case, url=page.url_final, original=page.sha256, result="gone")
    book.do(gone, "sys:recheck")
    assert proposals.read(book.db) == []  # nothing was settled on it yet
    book.do(c.CloseCase(case=case), "研判员甲")
    assert book.refused(replace(gone, url="https://elsewhere.example.com/"), "sys:recheck").code == "page"
    assert book.refused(replace(gone, result="same"), "sys:recheck").code == "incomplete"
    book.do(gone, "sys:recheck")
    book.do(gone, "sys:recheck")  # still gone: not proposed twice
    (asked,) = proposals.read(book.db)
    assert "存在，" in asked.reason
    assert "复查时已打不开" in asked.reason
    assert book.refused(c.Confirm(proposal=asked.id), "值班负责人").code == "incomplete"  # the new clock
    book.do(c.Confirm(proposal=asked.id, clock_start=book.now, clocks=(book.clock(),)), "值班负责人")
    assert book.case(case).round == 2


def test_deadlines_move_later_only_for_a_reason_that_is_not_the_offices(book):
    case = book.opened(clocks=(book.clock(hours=48, calendar="2026"),))

    def moved(cause, hours, **more):
        return c.AddDeadline(subject=case, clock=book.clock(hours=hours, **more), cause=cause)

    for cause in ("rule", "correction", "anchor", "confirmed"):
        assert "不能这样推后" in book.refused(moved(cause, 96), "研判员甲").reason
    assert book.refused(moved("calendar", 96, calendar="2026"), "sys:calendar").code == "date"
    assert book.refused(moved("calendar", 96, calendar="2027"), "sys:calendar").code == "date"  # no notice on record
    notice = c.LoadCalendar(version="2027", year=2027, notice="国办发明电〔2026〕1号", url="https://www.gov.cn/z.htm")
    book.do(notice, "sys:calendar")
    assert book.refused(moved("correction", 24), "sys:calendar").code == "role"
    book.do(moved("correction", 24), "研判员甲")
    book.do(moved("calendar", 96, calendar="2027"), "sys:calendar")
    assert [(due.version, due.current, due.cause) for due in dues.of(book.db, case)] == [
        (1, False, "opened"), (2, False, "correction"), (3, True, "calendar"),
    ]  # fmt: skip
    book.do(c.AddDeadline(subject=case, clock=book.clock("reply", hours=120), cause="rule"), "研判员甲")
    assert {due.clock for due in book.case(case).dues} == {"response", "reply"}


def test_a_clock_is_put_off_once_by_two_people_before_its_date(book):
    case = book.opened(clocks=(book.clock("reply", hours=48, rule="disclosure"),))
    first = book.case(case).due.due_at
    start = first - timedelta(hours=48)
    most = start + timedelta(hours=96)
    asked = c.ExtendCase(
        case=case, clock=book.clock("reply", hours=96, start=start, rule="disclosure"), latest=most,
        law="某条例：至多再加两日", reason="需要核对档案", told="今日书面告知申请人",
    )  # fmt: skip
    assert (
        "最多延长到"
        in book.refused(replace(asked, clock=book.clock("reply", hours=97, start=start)), "研判员甲").reason
    )
    assert "没有规定可以延长" in book.refused(replace(asked, latest=None, law="没有规定可以延长"), "研判员甲").reason
    assert (
        "并不比原来的晚"
        in book.refused(replace(asked, clock=book.clock("reply", hours=48, start=start)), "研判员甲").reason
    )
    assert "告知" in book.refused(replace(asked, told=" "), "研判员甲").reason
    assert "没有在走的" in book.refused(replace(asked, clock=book.clock("fulfil", hours=60)), "研判员甲").reason
    assert book.refused(asked, "联络员").code == "unit"  # not assigned to that unit
    book.do(asked, "研判员甲")
    assert "已在等第二人决定" in book.refused(asked, "研判员甲").reason
    (waits,) = proposals.read(book.db, subject=case)
    refusal = book.refused(c.Confirm(proposal=waits.id), "研判员甲")
    assert (refusal.code, "审批人（审批人）" in refusal.who) == ("role", True)
    book.do(c.Confirm(proposal=waits.id, note="同意"), "审批人")
    assert [(due.version, due.due_at, due.cause, due.current) for due in dues.of(book.db, case)] == [
        (1, first, "opened", False), (2, most, "extension", True),
    ]  # fmt: skip
    assert book.refused(c.Undo(), "审批人").code == "undo"
    assert rebuild(book.db, check=True) == []


def test_a_clock_that_was_put_off_is_not_put_off_again_even_by_a_later_calendar(book):
    case = book.opened(clocks=(book.clock("reply", hours=48),))
    off = Clock(name="reply", deadline={**book.clock(hours=96).deadline, "extended": True})
    law = {"latest": book.now + timedelta(hours=200), "law": "某条", "reason": "r", "told": "已告知"}
    book.do(c.ExtendCase(case=case, clock=off, **law), "研判员甲")
    book.do(c.Confirm(proposal=proposals.read(book.db)[0].id), "审批人")
    more = c.ExtendCase(case=case, clock=book.clock("reply", hours=120), **law)
    assert book.refused(more, "研判员甲").reason == "已经延长过一次，不能再延长"


def test_no_extension_after_the_date_nor_approval(book):
    case = book.opened(clocks=(book.clock("reply", hours=48),))
    most = book.now + timedelta(hours=96)
    asked = c.ExtendCase(
        case=case, clock=book.clock("reply", hours=96), latest=most, law="某条", reason="r", told="已告知"
    )
    book.do(asked, "研判员甲")
    number = proposals.read(book.db)[0].id
    book.later(hours=49)
    assert "已经到期" in book.refused(c.Confirm(proposal=number), "审批人").reason
    book.do(c.Decline(proposal=number, reason="过期"), "审批人")
    assert "逾期照实记着" in book.refused(asked, "研判员甲").reason
    assert [due.version for due in dues.of(book.db, case)] == [1]


def test_a_unit_complained_of_does_not_put_off_its_own_case(book):
    case = book.opened(
        labels=("credibility",), about_units=("公共法律服务处",), clocks=(book.clock("reply", hours=48),)
    )
    asked = c.ExtendCase(
        case=case, clock=book.clock("reply", hours=96), latest=book.now + timedelta(hours=96), law="某条", reason="r",
        told="已告知",
    )  # fmt: skip
    assert book.refused(asked, "联络员").code in ("conduct", "unit")


def test_an_ambiguous_date_may_turn_out_later_while_it_lasts(book):
    case = book.opened(clocks=(book.clock(hours=48, certainty="ambiguous"),))
    later = c.AddDeadline(subject=case, clock=book.clock(hours=72), cause="confirmed")
    book.do(later, "研判员甲")
    assert book.case(case).due.certainty == "firm"
    assert book.refused(replace(later, clock=book.clock(hours=99)), "研判员甲").code == "date"


def test_pages_are_real_official_and_of_this_moment(book):
    case = book.opened()
    page = book.page("/answer", at=book.now + timedelta(hours=1))
    answer = c.Respond(case=case, kind="written", published_at=book.now, snapshot=page)
    assert "取证时间晚于现在" in book.refused(answer, "研判员甲").reason
    book.office = replace(book.office, domains=())
    refusal = book.refused(replace(answer, snapshot=book.page("/answer")), "研判员甲")
    assert "没有登记官方域名" in refusal.reason


def test_a_recalculation_keeps_what_was_answered_answered(book):
    case = book.answered(clocks=(book.clock(hours=48),))
    book.do(c.LoadCalendar(version="2027", year=2027, notice="国办发明电〔2026〕1号"), "sys:calendar")
    book.do(c.AddDeadline(subject=case, clock=book.clock(hours=50, calendar="2027"), cause="calendar"), "sys:calendar")
    (due,) = book.case(case).dues
    assert (due.version, due.stopped) == (2, "met")


def test_more_posts_join_without_moving_the_clock(book):
    case = book.opened(fingerprints=("f1",), posts=1, sources=("信箱",))
    start = book.case(case).clock_start
    book.do(c.JoinPosts(case=case, fingerprints=("f1", "f2"), posts=4, sources=("论坛",)), "sys:sweep")
    found = book.case(case)
    assert (found.posts, found.sources, found.clock_start, found.state) == (5, ("信箱", "论坛"), start, "待研判")
    assert cases.by_fingerprints(book.db, ["f2"]) == {"f2": case}
    assert book.refused(c.JoinPosts(case=case, fingerprints=(), posts=0), "sys:sweep").code == "incomplete"
    assert book.refused(book.opening(fingerprints=("x", "y"), posts=1), "sys:sweep").code == "incomplete"


def test_a_one_person_office_is_recorded_as_one(book):
    everything = ("analyst", "duty_head", "liaison", "verifier", "approver", "superior")
    one = Person("所长", "司法所", everything)
    book.office = replace(book.office, units=(Unit("司法所"),), people=(one,), four_eyes=False)
    case = book.opened(by="所长", origin="hand")
    assert not book.case(case).single_person
    book.do(c.Dismiss(case=case, code="not_ours", reason="不属本所"), "所长")
    outcome = book.try_(c.Confirm(proposal=proposals.read(book.db)[0].id), "所长")
    assert outcome.single_person
    assert outcome.events[0].payload["single_person"] is True
    assert book.case(case).single_person
