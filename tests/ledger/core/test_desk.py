"""The choke point: one outcome a command, retries harmless, faster writers noticed, late clocks refused."""

from dataclasses import replace
from datetime import timedelta

import pytest

from crawlers.office import Person
from ledger.record import cases, dues
from ledger.record import commands as c
from ledger.record.cases import Case
from ledger.record.desk import apply, apply_many
from ledger.record.events import read
from ledger.record.head import head
from ledger.record.projections import rebuild
from ledger.record.refusals import system


def count(book):
    return head(book.db).count


def test_a_command_is_an_event_and_a_state(book):
    outcome = book.try_(book.opening(posts=3, fingerprints=("f1", "f2"), sources=("信箱",)), "sys:sweep")
    assert outcome.done
    assert not outcome.single_person
    assert isinstance(outcome.state, Case)
    assert (outcome.subject, outcome.state.state, outcome.state.posts) == ("YQ-2026-0001", "待研判", 3)
    (event,) = outcome.events
    assert (event.type, event.stream, event.version, event.actor) == ("case.opened", outcome.subject, 1, "sys:sweep")
    assert event.when == book.now


def test_a_retried_command_returns_its_first_outcome(book):
    case = book.opened()
    command = c.AssignCase(case=case, lead=("公共法律服务处",))
    first = book.try_(command, "研判员甲", command_id="k-1")
    book.do(c.Acknowledge(case=case), "联络员")
    again = book.try_(command, "研判员甲", command_id="k-1")
    assert again.repeated
    assert again.events == first.events
    assert count(book) == 3
    assert cases.get(book.db, case).status == "handling"  # and not assigned again


def test_a_faster_writer_is_a_conflict_that_shows_what_happened(book):
    case = book.opened()
    seen = cases.get(book.db, case).version
    book.do(c.AssignCase(case=case, lead=("公共法律服务处",)), "研判员乙")
    outcome = book.try_(c.AssignCase(case=case, lead=("政务服务处",)), "研判员甲", expected_version=seen)
    assert not outcome.done
    assert outcome.refusal is None
    assert (outcome.conflict.expected, outcome.conflict.actual) == (1, 2)
    assert [event.actor for event in outcome.conflict.since] == ["研判员乙"]
    assert "已被 研判员乙 更新到第 2 版，你看到的是第 1 版" in str(outcome.conflict)
    assert [unit.unit for unit in cases.get(book.db, case).units] == ["公共法律服务处"]
    assert book.try_(c.AssignCase(case=case, lead=("政务服务处",)), "研判员甲", expected_version=2).done


def test_a_dry_run_shows_the_outcome_and_leaves_nothing(book):
    case = book.opened()
    before = book.path.read_bytes()
    outcome = book.try_(c.AssignCase(case=case, lead=("公共法律服务处",)), "研判员甲", dry_run=True)
    assert outcome.done
    assert outcome.state.state == "已交办"
    assert cases.get(book.db, case).state == "待研判"
    assert count(book) == 1
    refused = book.try_(c.AssignCase(case=case, lead=("没有的处",)), "研判员甲", dry_run=True)
    assert "没有的处" in str(refused.refusal)
    assert book.path.read_bytes() == before


def test_a_clock_behind_the_record_is_refused_until_accepted(book):
    case = book.opened()
    book.now -= timedelta(minutes=6)  # try_ adds five
    refusal = book.try_(c.AssignCase(case=case, lead=("公共法律服务处",)), "研判员甲").refusal
    assert refusal is None  # a minute may be the difference of two machines
    book.now -= timedelta(hours=3)
    refused = book.try_(c.Acknowledge(case=case), "联络员").refusal
    assert refused.code == "clock"
    assert "早于台账最后一条记录" in refused.reason
    accepted = book.try_(c.Acknowledge(case=case), "联络员", accept_clock=True)
    assert accepted.events[0].payload["clock_accepted"] is True


def test_only_declared_people_act_and_only_as_declared(book):
    case = book.opened()
    command = c.AssignCase(case=case, lead=("公共法律服务处",))
    stranger = book.refused(command, "路过的人")
    assert stranger.code == "actor"
    assert "不是 huiying.toml 登记的人员" in stranger.reason
    raised = replace(book.office.person("旁观者"), roles=("analyst",))  # a viewer who calls himself an analyst
    outcome = apply(book.db, command, actor=raised, office=book.office, now=book.now)
    assert outcome.refusal.code == "actor"
    assert book.refused(command, "旁观者").code == "role"


def test_a_job_may_only_do_what_jobs_do(book):
    case = book.opened()
    refusal = book.refused(c.AssignCase(case=case, lead=("公共法律服务处",)), "sys:sweep")
    assert refusal.code == "actor"
    assert "系统不能代办" in refusal.reason
    assert "研判员（研判员甲、研判员乙）" in refusal.who


def test_nobody_can_be_declared_as_a_job(book, office):
    impostor = Person("sys:sweep", "宣传教育处", ("analyst", "approver"))
    taken = replace(office, people=(*office.people, impostor))
    refused = apply(book.db, c.RecordRun(job="x", started_at=book.now, finished_at=book.now), actor=impostor,
                    office=taken, now=book.now)  # fmt: skip
    assert refused.done  # what every job may do
    case = book.opened()
    outcome = apply(book.db, c.AssignCase(case=case, lead=("办公室",)), actor=impostor, office=taken, now=book.now)
    assert outcome.refusal.code == "actor"


def test_on_behalf_of_is_written_down(book):
    case = book.opened()
    book.do(c.AssignCase(case=case, lead=("公共法律服务处",)), "研判员甲", on_behalf_of="值班负责人")
    assert list(read(book.db, stream=case))[-1].on_behalf_of == "值班负责人"


def test_many_commands_go_through_the_same_guards_in_one_transaction(book):
    def many(*commands, **more):
        book.later(minutes=5)
        return apply_many(book.db, commands, actor=system("import"), office=book.office, now=book.now, **more)

    openings = [book.opening(summary=f"第{n}件", fingerprints=(f"f{n}",), posts=1) for n in (1, 2, 3)]
    tried = many(*openings, dry_run=True)
    assert [outcome.subject for outcome in tried] == ["YQ-2026-0001", "YQ-2026-0002", "YQ-2026-0003"]
    assert count(book) == 0
    answer = c.RecordAnswer(case="YQ-2026-0002", answered_at=book.now, answer_hash="ab" * 32)
    forbidden = c.AssignCase(case="YQ-2026-0001", lead=("公共法律服务处",))
    outcomes = many(*[(command, f"import-{n}") for n, command in enumerate([*openings, forbidden, answer])])
    assert [outcome.done for outcome in outcomes] == [True, True, True, False, True]
    assert outcomes[3].refusal.code == "actor"
    assert count(book) == 4
    assert cases.get(book.db, "YQ-2026-0002").state == "已回应"
    again = many(*[(command, f"import-{n}") for n, command in enumerate(openings)])
    assert all(outcome.repeated for outcome in again)
    repeated = many(openings[0])[0].refusal
    assert repeated.code == "duplicate"
    assert "YQ-2026-0001" in repeated.reason
    assert count(book) == 4


def test_a_bug_in_a_batch_takes_all_of_it_back(book):
    def commands():
        yield book.opening()
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        apply_many(book.db, commands(), actor=system("import"), office=book.office, now=book.now)
    assert count(book) == 0
    assert book.opened() == "YQ-2026-0001"


def test_ids_count_within_a_year_and_can_be_shortened(book):
    first, second = book.opened(), book.opened()
    book.later(days=150)  # into 2027
    third = book.opened()
    assert (first, second, third) == ("YQ-2026-0001", "YQ-2026-0002", "YQ-2027-0001")
    assert cases.get(book.db, "2").id == second
    assert cases.get(book.db, "2026-0001").id == first
    assert cases.get(book.db, "1") is None  # two end in it
    assert cases.get(book.db, "") is None
    assert cases.get(book.db, "YQ-2026-0099") is None


def test_overdue_is_computed_never_stored(book):
    case = book.opened()
    assert cases.read(book.db, overdue=True, now=book.now) == []
    before = book.db.execute("SELECT group_concat(hash) FROM events").fetchone()[0]
    book.later(hours=47, minutes=50)
    assert not cases.get(book.db, case).overdue(book.now)
    book.later(minutes=10)  # the first instant after the deadline
    assert cases.get(book.db, case).overdue(book.now)
    assert [found.id for found in cases.read(book.db, overdue=True, now=book.now)] == [case]
    assert [due.subject for due in dues.running(book.db, before=book.now)] == [case]
    assert book.db.execute("SELECT group_concat(hash) FROM events").fetchone()[0] == before
    assert rebuild(book.db, check=True) == []


@pytest.mark.parametrize("state", ["待研判", "new", "open"])
def test_lists_are_filtered_by_state(book, state):
    case = book.opened()
    book.opened(by="研判员甲", origin="hand")
    assert case in [found.id for found in cases.read(book.db, state=state)]
    assert cases.read(book.db, state="已办结") == []
    with pytest.raises(ValueError, match="没有这种状态"):
        cases.read(book.db, state="办好了")


def test_the_most_urgent_comes_first(book):
    slow = book.opened(clocks=(book.clock(hours=480),))
    fast = book.opened(clocks=(book.clock(hours=5),))
    none = book.opened(clocks=())
    assert [case.id for case in cases.read(book.db)] == [fast, slow, none]
    assert [case.id for case in cases.read(book.db, limit=1)] == [fast]
    assert cases.get(book.db, none).due is None


def test_an_impossible_moment_is_a_bug_of_the_caller(book):
    with pytest.raises(ValueError, match="moment"):
        cases.read(book.db, overdue=True)
