"""Commitments: a promise closes on public proof that somebody else fetched again, and on nothing less."""

from dataclasses import replace
from datetime import timedelta

import pytest

from crawlers.office import Person, Unit
from ledger.record import cases, commitments, dues, proposals
from ledger.record import commands as c
from ledger.record.parts import Clock, Quote
from ledger.record.projections import rebuild


def promise_of(book, commitment):
    found = commitments.get(book.db, commitment)
    assert found is not None
    return found


def test_fulfilment_is_on_time_by_the_day_the_page_was_seen_public(book):
    promise = book.promised(hours=48)
    book.later(hours=40)
    claim = book.claimed(promise)
    proved = commitments.claims(book.db, promise)[0].proved_at
    book.later(days=30)  # the verifier took his time; the office was in time all the same
    assert promise_of(book, promise).overdue(book.now)  # but nobody has seen it yet
    book.do(book.verifying(promise, claim), "核查员")
    (due,) = dues.of(book.db, promise)
    assert (due.stopped, due.stopped_at, due.late(book.now)) == ("met", proved, False)
    found = promise_of(book, promise)
    assert (found.state, found.ended, found.evidence) == ("已公开落实", True, "ok")


def test_done_is_not_public(book):
    promise = book.promised(hours=48)
    assert book.refused(c.ReportDone(commitment=promise, note=" "), "联络员").code == "text"
    book.do(c.ReportDone(commitment=promise, note="窗口已设，公告待发"), "联络员")
    book.later(hours=60)
    found = promise_of(book, promise)
    assert (found.state, found.open, found.overdue(book.now)) == ("已办未公开", True, True)
    assert promise in [one.id for one in commitments.read(book.db, overdue=True, now=book.now)]


def test_a_returned_claim_leaves_the_promise_open(book):
    promise = book.promised()
    claim = book.claimed(promise)
    returned = replace(book.verifying(promise, claim), decision="returned", reason="pilot_only", note="只是试点")
    book.do(returned, "核查员")
    assert book.status(promise) == "落实中"
    assert commitments.verifications(book.db, promise)[0].reason == "pilot_only"
    again = book.claimed(promise)  # the same page may be claimed again, once it says more
    assert again != claim
    assert book.refused(book.verifying(promise, claim), "核查员").code == "subject"
    gone = replace(book.verifying(promise, again), decision="returned", reason="dead_link", snapshot=None)
    book.do(gone, "核查员")
    assert [one.decision for one in commitments.claims(book.db, promise)] == ["returned", "returned"]


def test_whoever_ever_claimed_a_promise_does_not_verify_it(book):
    both = Person("兼职员", "公共法律服务处", ("liaison", "verifier"))
    book.office = replace(book.office, people=(*book.office.people, both))
    promise = book.promised()
    claim = book.claimed(promise, by="兼职员")
    assert "申报落实的人不能自己核查" in book.refused(book.verifying(promise, claim, by="兼职员"), "兼职员").reason
    moved = replace(both, unit="办公室")  # even from another unit
    book.office = replace(book.office, people=(*book.office.people[:-1], moved))
    assert book.refused(book.verifying(promise, claim, by="兼职员"), "兼职员").code == "four_eyes"


def test_several_owners_prove_one_part_each(book):
    promise = book.promised(lead=("宣传教育处",), responsible=("公共法律服务处", "政务服务处"))
    assert [(owner.unit, owner.part) for owner in promise_of(book, promise).owners] == [
        ("宣传教育处", False), ("公共法律服务处", True), ("政务服务处", True),
    ]  # fmt: skip
    whole = book.claiming(promise)
    assert "逐家申报" in book.refused(whole, "联络员").reason
    part = replace(whole, scope="part", part="政务服务处")
    assert "只能由“政务服务处”或牵头单位" in book.refused(part, "联络员").reason
    first = book.claimed(promise, scope="part", part="公共法律服务处")
    assert book.refused(book.claiming(promise, "/x", scope="part", part="公共法律服务处"), "联络员").code == "duplicate"
    second = book.claimed(promise, "/proof2", "政务联络员", scope="part", part="政务服务处")
    book.do(book.verifying(promise, first), "核查员")
    assert book.status(promise) == "已报落实"  # the other part waits
    assert book.refused(book.claiming(promise, "/y", scope="part", part="公共法律服务处"), "联络员").code == "duplicate"
    book.do(replace(book.verifying(promise, second, "/proof2"), decision="returned", reason="partial"), "核查员")
    assert book.status(promise) == "落实中"
    third = book.claimed(promise, "/proof3", "政务联络员", scope="part", part="政务服务处")
    book.do(book.verifying(promise, third, "/proof3"), "核查员")
    assert book.status(promise) == "已公开落实"


def test_owners_may_have_one_common_proof_if_that_was_decided(book):
    promise = book.promised(responsible=("公共法律服务处", "政务服务处"), lead=(), joint=True)
    assert not any(owner.part for owner in promise_of(book, promise).owners)
    assert book.refused(book.claiming(promise, scope="part", part="政务服务处"), "联络员").code == "incomplete"
    book.fulfilled(promise)
    assert book.status(promise) == "已公开落实"


def test_a_part_of_the_whole_is_not_the_whole(book):
    promise = book.promised()
    claim = book.claimed(promise, scope="part")
    book.do(book.verifying(promise, claim), "核查员")
    assert book.status(promise) == "落实中"
    claim = book.claimed(promise, "/all")
    book.do(book.verifying(promise, claim, "/all"), "核查员")
    assert book.status(promise) == "已公开落实"


def test_a_quota_counts_verified_occurrences(book):
    """每年不少于3次."""
    promise = book.promised(kind="quota", quota=3)
    assert "证明了几次" in book.refused(book.claiming(promise), "联络员").reason
    for path, count, state in (("/first", 1, "落实中"), ("/second", 1, "落实中"), ("/third", 2, "已公开落实")):
        claim = book.claimed(promise, path, scope="count", count=count)
        repeated = replace(book.claiming(promise, path, scope="count", count=count))
        assert "已经申报过" in book.refused(repeated, "联络员").reason
        book.do(book.verifying(promise, claim, path), "核查员")
        assert book.status(promise) == state
    assert promise_of(book, promise).verified_count == 4


def test_a_recurring_promise_is_never_done_only_this_period_is(book):
    """定期公开: one period after the other."""
    promise = book.promised(kind="recurring")
    assert "哪一期" in book.refused(book.claiming(promise), "联络员").reason
    claim = book.claimed(promise, period="2026年第三季度")
    book.do(book.verifying(promise, claim), "核查员")
    found = promise_of(book, promise)
    assert (found.state, found.open, found.dues[0].stopped) == ("落实中", True, "met")
    book.do(c.AddDeadline(subject=promise, clock=book.clock("fulfil", hours=2400), cause="anchor"), "sys:sweep")
    assert promise_of(book, promise).dues[0].running


def test_what_cannot_be_checked_is_said_at_registration(book):
    case = book.answered()
    promise = book.promised(case, measurable=False, criterion="“大力推进”没有可核查的结果")
    assert book.status(promise) == "不可核查"
    assert "不可核查" in book.refused(book.claiming(promise), "联络员").reason
    book.do(c.CloseCase(case=case), "研判员甲")  # it does not hold its case open, and is never counted as kept


def test_an_ambiguous_date_is_settled_at_registration(book):
    """6月份前: before the first or by the end?"""
    proposed = replace(book.proposing(book.answered()), clock=book.clock("fulfil", hours=100, certainty="ambiguous"))
    promise = book.do(proposed, "研判员甲")
    assert "有歧义" in book.refused(book.registering(promise), "研判员乙").reason
    book.do(book.registering(promise, clock=book.clock("fulfil", hours=500)), "研判员乙")
    rows = [(due.version, due.certainty, due.current) for due in dues.of(book.db, promise)]
    assert rows == [(1, "ambiguous", False), (2, "firm", True)]


# Later dates


def extension(book, promise, *, hours=900, path="/notice"):
    clock = book.clock("fulfil", hours=hours)
    return c.RequestExtension(commitment=promise, clock=clock, reason="设备未到货", notice=book.page(path))


def test_an_extension_keeps_the_first_date_visible_and_counted(book):
    promise = book.promised(hours=480)
    first = promise_of(book, promise).due.due_at
    book.do(extension(book, promise), "联络员")
    assert promise_of(book, promise).due.due_at == first  # asking changes nothing
    book.do(c.ApproveExtension(commitment=promise, note="同意"), "审批人")
    found = promise_of(book, promise)
    assert found.extensions == 1
    assert found.due.due_at > first
    versions = dues.of(book.db, promise)
    assert [(due.version, due.cause, due.current) for due in versions] == [
        (1, "promised", False), (2, "extension", True),
    ]  # fmt: skip
    assert versions[0].due_at == first
    asked = commitments.extensions(book.db, promise)[0]
    assert (asked.state, asked.decided_by, asked.old_due) == ("approved", "审批人", first)


def test_a_passed_date_cannot_be_moved(book):
    promise = book.promised(hours=48)
    book.do(extension(book, promise), "联络员")
    book.later(hours=50)
    assert "期限已过" in book.refused(c.ApproveExtension(commitment=promise), "审批人").reason
    book.do(c.RefuseExtension(commitment=promise, reason="期限已过"), "审批人")
    assert "期限已过" in book.refused(extension(book, promise), "联络员").reason
    assert promise_of(book, promise).overdue(book.now)


def test_asking_and_approving_are_two_people(book):
    both = Person("处长", "公共法律服务处", ("liaison", "approver"))
    book.office = replace(book.office, people=(*book.office.people, both))
    promise = book.promised()
    book.do(extension(book, promise), "处长")
    for command in (c.ApproveExtension(commitment=promise), c.RefuseExtension(commitment=promise, reason="不")):
        refusal = book.refused(command, "处长")
        assert (refusal.code, "审批人（审批人）" in refusal.who) == ("four_eyes", True)
    book.do(c.RefuseExtension(commitment=promise, reason="理由不足"), "审批人")
    assert promise_of(book, promise).extensions == 0


def test_two_extensions_are_the_local_limit(book):
    promise = book.promised(hours=480)
    for number in (1, 2):
        book.do(extension(book, promise, hours=480 + 480 * number, path=f"/notice{number}"), "联络员")
        book.do(c.ApproveExtension(commitment=promise), "审批人")
    assert "至多 2 次" in book.refused(extension(book, promise, hours=5000), "联络员").reason


def test_a_promise_without_a_date_cannot_be_extended_or_missed(book):
    promise = book.promised(hours=None)
    assert "没有明确时限" in book.refused(extension(book, promise), "联络员").reason
    assert "没有明确时限" in book.refused(c.MarkMissed(commitment=promise, reason="未办"), "值班负责人").reason
    assert not promise_of(book, promise).overdue(book.now)
    assert dues.running(book.db) == [] or promise not in [due.subject for due in dues.running(book.db)]
    book.do(c.AddDeadline(subject=promise, clock=book.clock("fulfil", hours=99), cause="confirmed"), "研判员甲")
    assert promise_of(book, promise).due is not None
    wrong = c.AddDeadline(subject=promise, clock=book.clock("response", hours=9), cause="rule")
    assert book.refused(wrong, "研判员甲").code == "incomplete"


# Ends that are no fulfilment


def test_missed_is_judged_after_a_grace_and_stays_in_the_history(book):
    promise = book.promised(hours=48)
    book.later(days=5)
    missed = c.MarkMissed(commitment=promise, reason="至今未设窗口")
    assert "满 10 天" in book.refused(missed, "值班负责人").reason
    book.later(days=10)
    assert book.refused(missed, "研判员甲").code == "role"
    book.do(missed, "值班负责人")
    found = promise_of(book, promise)
    assert (found.state, found.end_reason, found.dues[0].late(book.now)) == ("未兑现", "至今未设窗口", True)
    book.do(c.Reopen(commitment=promise, cause="other", reason="单位表示仍将落实"), "值班负责人")
    found = promise_of(book, promise)
    assert (found.state, found.reopened, found.overdue(book.now)) == ("落实中", 1, True)
    assert [(due.version, due.stopped) for due in dues.of(book.db, promise)] == [(1, "missed"), (2, None)]


def test_giving_up_is_explained_in_public_and_decided_by_the_superior(book):
    promise = book.promised(lead=("公共法律服务处",), responsible=("政务服务处",))
    give_up = c.Withdraw(commitment=promise, reason="政策调整", explanation=book.page("/why"))
    assert "牵头单位" in book.refused(give_up, "政务联络员").reason
    private = replace(
        give_up.explanation, url_asked="https://intra.example.net/a", url_final="https://intra.example.net/a"
    )
    assert book.refused(replace(give_up, explanation=private), "联络员").code == "page"
    book.do(give_up, "联络员")
    assert book.status(promise) == "已登记"  # asking is not giving up
    assert book.refused(give_up, "联络员").code == "duplicate"
    number = proposals.read(book.db)[0].id
    assert "上级督办（督办员）" in book.refused(c.Confirm(proposal=number), "审批人").who
    book.do(c.Confirm(proposal=number), "督办员")
    found = promise_of(book, promise)
    assert (found.state, found.end_reason, found.dues[0].stopped) == ("已撤销", "政策调整", "withdrawn")


def test_one_promise_replaces_another(book):
    case = book.answered()
    old, new = book.promised(case), book.promised(case, text="12月底前增设三个窗口")
    replaced = c.Supersede(commitment=old, by=new, reason="改设三个", explanation=book.page("/why"))
    assert book.refused(replace(replaced, by=old), "联络员").code == "subject"
    assert book.refused(replace(replaced, by="CN-2026-0009-1"), "联络员").code == "subject"
    book.do(replaced, "联络员")
    number = proposals.read(book.db)[0].id
    book.fulfilled(new)
    assert "不能用来代替" in book.refused(c.Confirm(proposal=number), "审批人").reason
    book.do(c.Reopen(commitment=new, cause="error", reason="核查有误"), "核查员")
    book.do(c.Confirm(proposal=number), "审批人")
    found = promise_of(book, old)
    assert (found.state, found.superseded_by) == ("被替代", new)
    book.do(c.Reopen(commitment=old, cause="superior", reason="仍须落实"), "督办员")
    assert (promise_of(book, old).superseded_by, book.status(old)) == (None, "落实中")
    assert rebuild(book.db, check=True) == []


def test_a_sentence_that_is_no_promise_is_rejected_with_a_reason_and_may_come_back(book):
    case = book.answered()
    promise = book.do(book.proposing(case, "我们将高度重视"), "sys:find")
    assert book.refused(c.RejectProposal(commitment=promise, reason=""), "研判员甲").code == "text"
    book.do(c.RejectProposal(commitment=promise, reason="没有行动"), "研判员甲")
    assert promise_of(book, promise).dues[0].stopped == "rejected"
    book.do(c.NoCommitment(case=case), "研判员甲")
    book.do(c.Reopen(commitment=promise, cause="error", reason="应算承诺"), "值班负责人")
    assert book.status(promise) == "待确认"
    assert not promise_of(book, promise).overdue(book.later(days=99))  # nobody has taken it for a promise yet


# Evidence afterwards


def test_a_page_that_went_proposes_and_a_person_reopens(book):
    case = book.answered()
    promise = book.fulfilled(book.promised(case))
    book.do(c.CloseCase(case=case), "研判员甲")
    proof = commitments.claims(book.db, promise)[0]
    look = c.RecordRecheck(subject=promise, url=proof.url, original=proof.snapshot, result="unreachable")
    book.do(look, "sys:recheck")
    assert proposals.read(book.db) == []  # silence of a server proves nothing
    assert promise_of(book, promise).evidence == "unreachable"
    book.do(replace(look, result="text_same", snapshot=book.page("/proof", body="新页眉")), "sys:recheck")
    assert promise_of(book, promise).evidence == "ok"
    book.later(days=100)
    book.do(replace(look, result="changed", snapshot=book.page("/proof", body="别的")), "sys:recheck")
    assert promise_of(book, promise).evidence == "changed"
    (asked,) = proposals.read(book.db)
    assert asked.reason == "作为依据的网页 2026-09-01 存在，2026-12-10 复查时内容已改变"
    book.do(c.Confirm(proposal=asked.id, note="属实"), "核查员")
    assert book.status(promise) == "落实中"
    found = cases.get(book.db, case)
    assert (found.state, found.round, found.responded_at is None) == ("跟踪承诺", 1, False)
    assert [one.result for one in commitments.rechecks(book.db, promise)] == ["unreachable", "text_same", "changed"]
    assert rebuild(book.db, check=True) == []


def test_a_page_out_of_reach_takes_nothing_back(book):
    promise = book.fulfilled(book.promised())
    proof = commitments.claims(book.db, promise)[0]
    look = c.RecordRecheck(subject=promise, url=proof.url, original=proof.snapshot, result="gone")
    seen = []
    for result in ("unreachable", "gone", "unreachable"):
        book.do(replace(look, result=result), "sys:recheck")
        seen.append(promise_of(book, promise).evidence)
    book.do(replace(look, result="same", snapshot=book.page("/proof")), "sys:recheck")
    assert [*seen, promise_of(book, promise).evidence] == ["unreachable", "gone", "gone", "ok"]
    assert rebuild(book.db, check=True) == []


def test_a_page_that_stands_does_not_cover_one_that_went(book):
    promise = book.fulfilled(book.promised())
    proof = commitments.claims(book.db, promise)[0]
    look = c.RecordRecheck(subject=promise, url=proof.url, original=proof.snapshot, result="changed")
    book.do(look, "sys:recheck")
    other = book.page("/proof-of-the-other-part")
    beside = replace(look, url=other.url_final, original=other.sha256, result="same", snapshot=other)
    book.do(beside, "sys:recheck")
    assert promise_of(book, promise).evidence == "changed"


def test_not_checked_is_not_not_done(book):
    promise = book.promised()
    assert promise_of(book, promise).checked_at is None
    book.do(c.MarkChecked(commitment=promise, result="skipped"), "sys:reconcile")
    assert promise_of(book, promise).checked_at is None
    looked = ("https://sfj.jiangzhou.example/news",)
    book.do(c.MarkChecked(commitment=promise, result="no_evidence", looked_at=looked), "研判员甲")
    assert promise_of(book, promise).checked_by == "研判员甲"
    assert [one.id for one in commitments.read(book.db, unchecked_since=book.now)] == []
    assert [one.id for one in commitments.read(book.db, unchecked_since=book.later(days=90))] == [promise]
    assert [mark.result for mark in commitments.marks(book.db, promise)] == ["skipped", "no_evidence"]
    away = c.MarkChecked(commitment=promise, result="no_evidence", looked_at=("https://forum.example.com/",))
    assert book.refused(away, "研判员甲").code == "page"


# From a plan


def plan_item(book, number="13", text="制定舆情监测标准，4月底前出台", **more):
    given = {
        "quote": Quote(exact=text, anchor="plan", sha256="d" * 64), "origin": "plan", "strength": "hard",
        "plan": "2026年政务公开工作要点", "number": number, "lead": ("宣教处",), "responsible": ("各相关处室",),
        "clock": book.clock("fulfil", hours=999),
    }  # fmt: skip
    return c.ProposeCommitment(**(given | more))


def test_a_plan_item_is_a_promise_without_a_case(book):
    promise = book.do(plan_item(book), "sys:plan")
    assert promise == "CN-2026-P0001"
    assert promise in book.refused(plan_item(book), "sys:plan").reason  # the same plan twice
    found = promise_of(book, promise)
    assert (found.case_id, found.number, found.lead_named, found.named) == (None, "13", ("宣教处",), ("各相关处室",))
    assert book.do(plan_item(book, "26", "组织研判", clock=None), "sys:plan") == "CN-2026-P0002"
    assert book.refused(plan_item(book, plan=""), "sys:plan").code == "incomplete"
    book.do(book.registering(promise, lead=("宣传教育处",), responsible=("公共法律服务处",)), "研判员甲")
    book.do(c.StartWork(commitment=promise), "联络员")
    assert commitments.get(book.db, "P0001").id == promise
    assert [one.id for one in commitments.read(book.db, origin="plan", state="open")] == [promise]
    assert [one.id for one in commitments.read(book.db, unit="宣传教育处")] == [promise]


def test_a_quote_may_come_with_its_own_page(book):
    case = book.answered()
    page = book.page("/press")
    quote = Quote(exact="年内建成", anchor="snapshot", sha256=page.sha256)
    book.do(replace(book.proposing(case), quote=quote, snapshot=page), "研判员甲")
    other = Quote(exact="年内开工", anchor="snapshot", sha256="1" * 64)
    assert "原话不在" in book.refused(replace(book.proposing(case), quote=other, snapshot=page), "研判员甲").reason
    stray = replace(page, url_asked="http://example.org/", url_final="http://example.org/")
    assert (
        book.refused(
            replace(book.proposing(case), quote=replace(quote, exact="年内开工"), snapshot=stray), "研判员甲"
        ).code
        == "page"
    )


def test_no_promise_is_lost_over_the_words_around_it(book):
    """A window cut from a masked answer may begin in the middle of a word and look personal."""
    case = book.answered()
    anchor = book.page(f"/answer/{case}").sha256
    quote = Quote(exact="年内建成", prefix="友您好！来信收悉，", suffix="，感谢关注", anchor="snapshot", sha256=anchor)
    found = promise_of(book, book.do(replace(book.proposing(case), quote=quote), "sys:find"))
    assert (found.prefix, found.quote, found.suffix) == ("", "年内建成", "，感谢关注")
    personal = replace(quote, exact="由王小明（电话13812345678）负责")
    assert book.refused(replace(book.proposing(case), quote=personal), "sys:find").code == "text"


def test_promises_are_only_taken_from_open_cases(book):
    case = book.answered()
    book.do(c.NoCommitment(case=case), "研判员甲")
    book.do(c.CloseCase(case=case), "研判员甲")
    assert "请先重新启动" in book.refused(book.proposing(case), "研判员乙").reason
    orphan = replace(book.proposing(case), case=None)
    assert book.refused(orphan, "研判员甲").code == "subject"
    assert book.refused(replace(orphan, case="YQ-2026-0444"), "研判员甲").code == "subject"
    late = replace(book.proposing(book.answered()), promised_at=book.now + timedelta(days=2))
    assert book.refused(late, "研判员甲").code == "date"
    response_clock = replace(book.proposing(book.answered()), clock=book.clock("response"))
    assert book.refused(response_clock, "研判员甲").code == "incomplete"


def test_a_one_person_office_can_keep_promises_and_every_record_says_so(book):
    everything = ("analyst", "duty_head", "liaison", "verifier", "approver", "superior")
    one = Person("所长", "司法所", everything)
    book.office = replace(book.office, units=(Unit("司法所"),), people=(one,), four_eyes=False)
    case = book.opened(by="所长", origin="hand")
    page = book.page(f"/answer/{case}")
    book.do(c.Respond(case=case, kind="written", published_at=book.now, snapshot=page), "所长")
    promise = book.do(book.proposing(case), "所长")
    assert book.try_(book.registering(promise, lead=("司法所",)), "所长").single_person
    claim = book.claimed(promise, by="所长")
    outcome = book.try_(book.verifying(promise, claim, by="所长"), "所长")
    assert outcome.single_person
    assert commitments.verifications(book.db, promise)[0].single_person
    assert promise_of(book, promise).single_person
    again = book.try_(book.registering(promise), "所长", command_id=outcome.events[0].cmd_id)
    assert (again.repeated, again.single_person) == (True, True)


# What a caller cannot even construct


@pytest.mark.parametrize(
    "wrong",
    [{"sha256": "short"}, {"text_sha256": "A" * 64}, {"size": -1}],
    ids=lambda wrong: next(iter(wrong)),
)
def test_a_snapshot_that_no_fetch_produced(book, wrong):
    with pytest.raises(ValueError, match="snapshot"):
        replace(book.page(), **wrong)


@pytest.mark.parametrize(
    "deadline",
    [
        {},
        {"kind": "hours"},
        {"kind": "hours", "certainty": "sure"},
        {"kind": "date", "certainty": "firm", "due_at": "soon"},
    ],
)
def test_a_deadline_that_cannot_be_kept(deadline):
    with pytest.raises(ValueError):  # noqa: PT011 (the engine's own parse error for "soon", ours for the others)
        Clock(name="fulfil", deadline=deadline)


def test_floats_of_the_deadline_engine_are_spelt_out():
    quotas = [{"amount": 4.0}, {"amount": 0.5}]
    clock = Clock(name="fulfil", deadline={"kind": "date", "certainty": "firm", "quotas": quotas})
    assert clock.deadline["quotas"] == [{"amount": 4}, {"amount": "0.5"}]


def test_a_quote_is_anchored_in_a_hash():
    with pytest.raises(ValueError, match="anchored"):
        Quote(exact="年内建成", anchor="snapshot", sha256="page 3")
