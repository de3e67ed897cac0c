"""Every guard refuses in turn and says who may: the transition table walked whole, then the story of one record."""

from dataclasses import fields, replace
from datetime import timedelta

import pytest

from crawlers.office import ROLES, Person
from ledger.record import cases, commitments, guards
from ledger.record import commands as c
from ledger.record.facts import Facts, load
from ledger.record.parts import Quote
from ledger.record.proposals import read as proposals
from ledger.record.refusals import Scene, system, who_may
from ledger.record.states import (
    CASE_ENDED,
    CASE_OPEN,
    CASE_STATES,
    COMMITMENT_ENDED,
    COMMITMENT_OPEN,
    COMMITMENT_STATES,
    DECIDES,
    PROPOSALS,
)
from ledger.record.transitions import RULES, UNDOABLE

COMMANDS = list(c.Command.__args__)


def test_every_command_has_its_row_in_the_table():
    assert set(RULES) == set(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.__name__)
def test_rows_speak_of_states_and_roles_that_exist(command):
    rule = RULES[command]
    assert rule.who
    assert set(rule.who) <= set(ROLES)
    assert "viewer" not in rule.who
    assert rule.before <= set(CASE_STATES) | set(COMMITMENT_STATES)
    assert rule.after is None or rule.after in set(CASE_STATES) | set(COMMITMENT_STATES)


def test_states_are_open_or_ended():
    assert set(CASE_STATES) == CASE_OPEN | CASE_ENDED
    assert not CASE_OPEN & CASE_ENDED
    assert COMMITMENT_OPEN | COMMITMENT_ENDED | {"proposed"} == set(COMMITMENT_STATES)
    assert set(DECIDES) == set(PROPOSALS)


def test_what_would_flatter_the_record_cannot_be_undone():
    """S8: nothing that counts against the office, and no decision of a second person that others rely on."""
    flattering = {
        "case.opened", "case.reopened", "case.resumed", "case.severity_set", "case.assessed", "deadline.added",
        "commitment.proposed", "commitment.verified", "commitment.missed", "commitment.reopened",
        "commitment.checked", "extension.approved", "extension.refused", "evidence.rechecked", "payload.erased",
        "calendar.loaded", "run.recorded", "alert.queued", "alert.tried", "command.undone",
    }  # fmt: skip
    assert not flattering & UNDOABLE


@pytest.fixture(scope="module")
def walked(tmp_path_factory, start):
    """A book that the table tests only read."""
    book = start(tmp_path_factory.mktemp("walked") / "ledger.db")
    yield book
    book.db.close()


@pytest.fixture(scope="module")
def sample(walked):
    """A command of every class that would pass but for role and state."""
    book = walked
    case = book.answered()
    other = book.opened()
    promise = book.promised(case)
    claim = book.claimed(promise)
    page = book.page("/notice")
    made = {
        c.OpenCase: book.opening(), c.JoinPosts: c.JoinPosts(case=case, fingerprints=("n",), posts=1),
        c.AssessCase: c.AssessCase(case=case, place="东区"),
        c.AssignCase: c.AssignCase(case=case, lead=("政务服务处",)), c.ReturnCase: c.ReturnCase(case=case, reason="r"),
        c.Acknowledge: c.Acknowledge(case=case),
        c.Respond: c.Respond(case=case, kind="written", published_at=book.now, snapshot=page),
        c.RecordAnswer: c.RecordAnswer(case=case, answered_at=book.now, answer_hash="ab" * 32),
        c.NoCommitment: c.NoCommitment(case=case), c.Dismiss: c.Dismiss(case=other, code="not_ours", reason="r"),
        c.MergeCases: c.MergeCases(case=other, into=case, reason="r"),
        c.UnmergeCase: c.UnmergeCase(case=other, reason="r"),
        c.CloseCase: c.CloseCase(case=case),
        c.ReopenCase: c.ReopenCase(case=case, cause="other", reason="r", clock_start=book.now),
        c.SetSeverity: c.SetSeverity(case=case, severity="major", reason="r"),
        c.ExtendCase: c.ExtendCase(
            case=case, clock=book.clock(hours=72), latest=book.now, law="某条", reason="r", told="今日电话告知"
        ),
        c.AddDeadline: c.AddDeadline(subject=case, clock=book.clock("reply"), cause="rule"),
        c.ProposeCommitment: book.proposing(case, "另一句承诺"),
        c.RegisterCommitment: book.registering(promise),
        c.RejectProposal: c.RejectProposal(commitment=promise, reason="r"),
        c.StartWork: c.StartWork(commitment=promise), c.ReportDone: c.ReportDone(commitment=promise, note="n"),
        c.ClaimFulfilment: book.claiming(promise), c.VerifyFulfilment: book.verifying(promise, claim),
        c.RequestExtension: c.RequestExtension(
            commitment=promise, clock=book.clock("fulfil", hours=999), reason="r", notice=page
        ),
        c.ApproveExtension: c.ApproveExtension(commitment=promise),
        c.RefuseExtension: c.RefuseExtension(commitment=promise, reason="r"),
        c.Withdraw: c.Withdraw(commitment=promise, reason="r", explanation=page),
        c.Supersede: c.Supersede(commitment=promise, by=promise, reason="r", explanation=page),
        c.MarkMissed: c.MarkMissed(commitment=promise, reason="r"),
        c.Reopen: c.Reopen(commitment=promise, cause="other", reason="r"),
        c.RecordRecheck: c.RecordRecheck(subject=promise, url=page.url_final, original="c" * 64, result="gone"),
        c.MarkChecked: c.MarkChecked(commitment=promise, result="no_evidence"),
        c.Undo: c.Undo(), c.ErasePayload: c.ErasePayload(seq=1, fields=("summary",), reason="r"),
        c.LoadCalendar: c.LoadCalendar(version="2027", year=2027, notice="国办发明电〔2026〕1号"),
        c.RecordRun: c.RecordRun(job="sweep", started_at=book.now, finished_at=book.now),
        c.QueueAlert: c.QueueAlert(key="k", channel="stdout", level="owner", title="t", body="b"),
        c.RecordDelivery: c.RecordDelivery(key="k", delivered=True),
    }  # fmt: skip
    book.do(made[c.Dismiss], "研判员甲")
    asked = proposals(book.db)[0].id
    return made | {c.Confirm: c.Confirm(proposal=asked), c.Decline: c.Decline(proposal=asked, reason="r")}


def in_state(facts: Facts, state: str) -> Facts:
    """The same facts with the subject in another state."""
    if facts.commitment:
        return replace(facts, commitment=replace(facts.commitment, status=state))
    return replace(facts, case=replace(facts.case, status=state)) if facts.case else facts


@pytest.mark.parametrize("kind", COMMANDS, ids=lambda command: command.__name__)
def test_the_whole_transition_table_refuses_roles_and_states(walked, sample, kind):
    """Pure guards, so every role and every state can be tried: outside its row a command is refused, and told why."""
    command, rule = sample[kind], RULES[kind]
    facts = load(walked.db, command, "甲")
    allowed = DECIDES["dismiss"] if kind in (c.Confirm, c.Decline) else rule.who
    for role in ROLES:
        person = Person("甲", "公共法律服务处", (role,))
        office = replace(walked.office, people=(*walked.office.people, person))
        states = (COMMITMENT_STATES if facts.commitment else CASE_STATES) if rule.before else {facts.status}
        for state in states:
            refusal = guards.check(command, in_state(facts, state), Scene(person, office, walked.now)).refusal
            if role not in allowed:
                assert refusal.code == "role", (role, state)
                assert all(ROLES[other] in refusal.who for other in allowed)
            elif rule.before and state not in rule.before:
                assert refusal.code == "state", (role, state)
            else:
                assert refusal is None or refusal.code not in ("role", "actor"), (role, state, refusal)


@pytest.mark.parametrize("kind", COMMANDS, ids=lambda command: command.__name__)
def test_jobs_do_only_what_the_table_lets_them(walked, sample, kind):
    command = sample[kind]
    ruling = guards.check(command, load(walked.db, command, "sys:x"), Scene(system("x"), walked.office, walked.now))
    if RULES[kind].system:
        assert ruling.refusal is None or ruling.refusal.code != "actor"
    else:
        assert ruling.refusal.code == "actor"


@pytest.mark.parametrize(
    "kind", [kind for kind in COMMANDS if {"case", "commitment", "subject"} & {f.name for f in fields(kind)}],
    ids=lambda command: command.__name__,
)  # fmt: skip
def test_a_subject_that_does_not_exist_is_named(walked, sample, kind):
    if kind in (c.ProposeCommitment, c.QueueAlert):
        return
    name = next(name for name in ("case", "commitment", "subject") if hasattr(sample[kind], name))
    wrong = "CN-2026-0099-1" if name == "commitment" else "YQ-2026-0099"
    command = replace(sample[kind], **{name: wrong})
    boss = Person("总管", "办公室", tuple(ROLES))
    office = replace(walked.office, people=(boss,))
    refusal = guards.check(command, load(walked.db, command, "总管"), Scene(boss, office, walked.now)).refusal
    assert refusal.code == "subject"
    assert wrong in refusal.reason


def test_who_may_names_the_people(office):
    assert who_may(("analyst", "duty_head"), office, but={"研判员甲"}) == "研判员（研判员乙）、值班负责人（值班负责人）"
    assert who_may(("superior",), replace(office, people=())) == "上级督办（尚未登记合适的人）"


def test_a_record_from_a_post_to_public_fulfilment_with_every_guard_in_the_way(book):
    """One case and one promise; at every step somebody tries what he may not, and is told who may."""
    told = []

    def refused(command, by, code, *words, **more):
        refusal = book.refused(command, by, **more)
        assert refusal.code == code, str(refusal)
        assert all(word in str(refusal) for word in words), str(refusal)
        told.append(str(refusal))

    refused(book.opening(summary=""), "研判员甲", "text", "摘要")
    refused(book.opening(summary="字" * 301), "研判员甲", "text", "不要粘贴原文")
    refused(book.opening(summary="联系电话13812345678，请速处理"), "研判员甲", "text", "个人信息")
    refused(book.opening(clock_start=book.now + timedelta(days=1)), "研判员甲", "date", "晚于现在")
    refused(book.opening(detected_at=book.now - timedelta(hours=9)), "研判员甲", "date", "依据")
    refused(book.opening(labels=()), "研判员甲", "incomplete", "标签")
    refused(book.opening(), "核查员", "role", "研判员甲")
    case = book.opened(fingerprints=("f1",), posts=1)
    refused(book.opening(fingerprints=("f1",), posts=1), "sys:sweep", "duplicate", case)
    refused(c.JoinPosts(case=case, fingerprints=("f1",), posts=1), "sys:sweep", "duplicate")

    refused(c.AssignCase(case=case), "研判员甲", "incomplete", "牵头")
    refused(c.AssignCase(case=case, lead=("公服处",)), "研判员甲", "unit", "公共法律服务处")
    refused(c.AssignCase(case=case, lead=("业务处室",)), "研判员甲", "unit", "逐一写明", "政务服务处")
    refused(c.AssignCase(case=case, lead=("法制宣传处",)), "研判员甲", "unit", "宣传教育处")
    refused(c.AssignCase(case=case, lead=("公共法律服务处",)), "联络员", "role", "研判员甲")
    refused(c.Acknowledge(case=case), "联络员", "state", "待研判", "已交办")
    book.do(c.AssignCase(case=case, lead=("公共法律服务处",)), "研判员甲")
    refused(c.Acknowledge(case=case), "政务联络员", "unit", "公共法律服务处的联络员")
    refused(c.ReturnCase(case=case, reason=""), "联络员", "text", "退回理由")
    book.do(c.Acknowledge(case=case), "援助联络员")  # a unit below answers for the unit above
    refused(c.Acknowledge(case=case), "联络员", "state", "已经签收")

    answer = c.Respond(case=case, kind="written", published_at=book.now, snapshot=book.page(f"/answer/{case}"))
    refused(c.CloseCase(case=case), "研判员甲", "state", "已回应")
    refused(answer, "政务联络员", "unit", "公共法律服务处的联络员")
    blog = replace(answer.snapshot, url_final="https://blog.example.org/1", url_asked="https://blog.example.org/1")
    refused(replace(answer, snapshot=blog), "联络员", "page", "官方域名")
    refused(replace(answer, snapshot=replace(answer.snapshot, status=403)), "联络员", "page", "403")
    refused(replace(answer, published_at=book.now + timedelta(days=2)), "联络员", "date", "晚于现在")
    book.do(answer, "联络员")
    refused(answer, "联络员", "duplicate", "登记过")

    refused(c.CloseCase(case=case), "研判员甲", "incomplete", "无承诺")
    foreign = Quote(exact="9月底前增设两个窗口", anchor="snapshot", sha256="0" * 64)
    refused(book.proposing(case, quote=foreign), "研判员甲", "page", "登记过的公开答复")
    promise = book.do(book.proposing(case), "研判员甲")
    refused(book.proposing(case), "研判员乙", "duplicate", promise)
    refused(c.NoCommitment(case=case), "研判员甲", "state", promise)
    refused(c.CloseCase(case=case), "研判员甲", "state", promise, "待确认")
    refused(book.registering(promise), "研判员甲", "four_eyes", "研判员乙")
    refused(c.RejectProposal(commitment=promise, reason="不是承诺"), "研判员甲", "four_eyes", "研判员乙")
    refused(book.registering(promise, criterion=" "), "研判员乙", "text", "标准")
    refused(book.registering(promise, lead=()), "研判员乙", "incomplete", "责任单位")
    refused(book.registering(promise, kind="quota"), "研判员乙", "incomplete", "次数")
    refused(book.registering(promise, lead=("江州市司法局",)), "研判员乙", "unit", "不是登记的单位")
    book.do(book.registering(promise), "研判员乙")

    refused(c.StartWork(commitment=promise), "政务联络员", "unit", "公共法律服务处的联络员")
    refused(c.MarkMissed(commitment=promise, reason="未办"), "值班负责人", "date", "10 天")
    later = c.RequestExtension(
        commitment=promise, clock=book.clock("fulfil", hours=900), reason="设备未到", notice=book.page("/notice")
    )
    refused(replace(later, clock=book.clock("fulfil", hours=100)), "联络员", "date", "晚于现行期限")
    refused(replace(later, notice=replace(later.notice, status=404)), "联络员", "page", "404")
    refused(c.ApproveExtension(commitment=promise), "审批人", "subject", "没有待批准")
    book.do(later, "联络员")
    refused(later, "联络员", "duplicate", "等批准")
    refused(c.ApproveExtension(commitment=promise), "联络员", "role", "审批人")
    book.do(c.ApproveExtension(commitment=promise), "审批人")

    claim = book.claiming(promise)
    refused(claim, "政务联络员", "unit", "公共法律服务处")
    refused(replace(claim, quote="9月底前增设两个窗口"), "联络员", "page", "承诺本身")
    refused(replace(claim, snapshot=book.page(f"/answer/{case}")), "联络员", "page", "承诺本身")
    refused(replace(claim, snapshot=book.page("/proof", at=book.now - timedelta(days=2))), "联络员", "page", "24 小时")
    refused(replace(claim, scope="count", count=1), "联络员", "incomplete", "不是次数")
    refused(book.verifying(promise, 1), "核查员", "state", "已报落实")
    number = book.claimed(promise)
    refused(book.claiming(promise, "/proof2"), "联络员", "duplicate", "等核查")
    check = book.verifying(promise, number)
    refused(check, "联络员", "role", "核查员")
    refused(replace(check, claim=number + 1), "核查员", "subject", "没有待核查")
    refused(replace(check, checklist={"public": "yes"}), "核查员", "incomplete", "逐项")
    refused(replace(check, rubric="0"), "核查员", "incomplete", "第 1 版")
    refused(replace(check, snapshot=None), "核查员", "page", "重新打开")
    refused(replace(check, snapshot=book.page("/proof", by="联络员", at=book.now)), "核查员", "page", "本人")
    old = book.page("/proof", by="核查员", at=book.now - timedelta(hours=5))
    refused(replace(check, snapshot=old), "核查员", "page", "申报之后")
    refused(replace(check, snapshot=book.page("/other", by="核查员", at=book.now)), "核查员", "page", "不是所申报")
    no = {**check.checklist, "numbers": "no"}
    check = book.verifying(promise, number)
    refused(replace(check, checklist=no), "核查员", "state", "数量", "退回")
    refused(replace(check, checklist={**check.checklist, "public": "na"}), "核查员", "incomplete", "不登录")
    refused(replace(check, decision="returned"), "核查员", "incomplete", "退回须写明原因")
    refused(book.verifying(promise, number, by="本处核查员"), "本处核查员", "four_eyes", "责任单位", "核查员（核查员）")
    refused(book.verifying(promise, number, by="审批人"), "审批人", "four_eyes", "批准过延期", "核查员（核查员）")
    refused(c.CloseCase(case=case), "研判员甲", "state", "已报落实")
    book.do(book.verifying(promise, number), "核查员")
    assert book.status(promise) == "已公开落实"
    refused(c.Withdraw(commitment=promise, reason="算了", explanation=book.page("/x")), "联络员", "state", "已公开落实")
    book.do(c.CloseCase(case=case), "研判员甲")
    refused(c.Dismiss(case=case, code="other", reason="不必"), "研判员甲", "state", "已办结")
    refused(c.CloseCase(case=case), "研判员甲", "state", "已办结")
    refused(
        c.ReopenCase(case=case, cause="other", reason="再办", clock_start=book.now), "研判员甲", "role", "值班负责人"
    )
    refused(c.Confirm(proposal=999), "值班负责人", "subject", "999")
    assert len(set(told)) > 50
    assert cases.get(book.db, case).state == "已办结"
    assert commitments.get(book.db, promise).extensions == 1
