"""The whole ledger against a small oracle: random people try random commands; what is accepted, and what is then the
case, must agree at every step, and the state tables must equal a rebuild.

A few hundred steps in the suite, 10,000 with HUIYING_SOAK=1. The oracle and the steps about cases stand in oracle.py.
"""

import copy
import importlib.util
import os
import shutil
import tempfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule, run_state_machine_as_test

from ledger.record import cases, commitments, proposals
from ledger.record import commands as c
from ledger.record.parts import Quote
from ledger.record.projections import rebuild

SOAK = bool(os.environ.get("HUIYING_SOAK"))
_spec = importlib.util.spec_from_file_location("oracle", Path(__file__).with_name("oracle.py"))
oracle = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(oracle)
Oracle, PEOPLE, DECLARED, TEXTS, DECIDES = oracle.Oracle, oracle.PEOPLE, oracle.DECLARED, oracle.TEXTS, oracle.DECIDES
OPEN, OWED, ENDED, DESK, below = oracle.OPEN, oracle.OWED, oracle.ENDED, oracle.DESK, oracle.below
who, pick, unit = oracle.who, oracle.pick, oracle.unit


class LedgerMachine(oracle.CaseSteps):
    """The steps about promises, second persons, undoing and time, and what must be so at every step."""

    @initialize()
    def open_book(self):
        self.home = Path(tempfile.mkdtemp())
        self.book = type(self).make_book(self.home / "ledger.db")
        self.oracle = Oracle()
        self.number = 0
        # A beginning that random steps would hardly reach: two answered cases, one with two promises registered.
        for _ in range(2):
            self.open_case_("sys:job", None, False)
        for n in range(2):
            self.assign_(n, "研判员甲", "公共法律服务处")
            self.respond_(n, "联络员")
        self.propose_(0, "研判员甲", TEXTS[0], 480)
        self.propose_(0, "研判员甲", TEXTS[1], 48)
        self.register_(0, "研判员乙", "公共法律服务处", None)
        self.register_(1, "研判员乙", "法律援助中心", "政务服务处")

    def teardown(self):
        if hasattr(self, "book"):
            assert rebuild(self.book.db, check=True) == []
            self.book.db.close()
            shutil.rmtree(self.home)

    # promises

    @rule(n=pick, by=who, text=st.sampled_from(TEXTS), hours=st.sampled_from([48, 480, 480, None]))
    def propose(self, n, by, text, hours):
        self.propose_(n, by, text, hours)

    def propose_(self, n, by, text, hours):
        if sum("case" in one for one in self.oracle.subjects.values()) >= 8:
            return

        def anchors(name):
            return [anchor for key in self.oracle.family(name) for _, anchor in self.case(key)["answers"]]

        def may(name, by):
            same = [one for one in self.oracle.promises(name) if one["text"] == text and one["status"] != "rejected"]
            entitled = self.oracle.roles(by) & (DESK | {"verifier", "system"})
            return entitled and self.case(name)["status"] in OPEN and anchors(name) and not same

        name, by, expected = self.aim(n, by, False, may)
        if not name:
            return
        quote = Quote(exact=text, anchor="snapshot", sha256=(anchors(name) or ["0" * 64])[0])
        command = self.book.proposing(name, text, hours=hours, quote=quote)
        done = self.tried(command, by, expected, touched=[name])
        if done:
            self.oracle.subjects[done.subject] = {
                "status": "proposed", "case": name, "text": text, "by": by, "owners": {}, "parts": False, "claims": {},
                "requests": [], "extensions": 0, "reopened": 0, "asked": {}, "due": command.clock.due_at,
                "dated": command.clock is not None, "stopped": None, "approvers": set(),
            }  # fmt: skip

    @rule(n=pick, by=who, first=unit, second=st.sampled_from([None, None, "政务服务处"]))
    def register(self, n, by, first, second):
        self.register_(n, by, first, second)

    def register_(self, n, by, first, second):
        owners = list(dict.fromkeys([first, *([second] if second else [])]))

        def may(name, by):
            return self.second_reader(name, by) and DECLARED.issuperset(owners)

        name, by, expected = self.aim(n, by, True, may)
        command = self.book.registering(name or "", lead=(), responsible=tuple(owners))
        if name and self.tried(command, by, expected, undo=True):
            self.promise(name).update(status="registered", owners=dict.fromkeys(owners, False), parts=len(owners) > 1)

    def second_reader(self, name, by):
        promise = self.promise(name)
        entitled = self.oracle.roles(by) & (DESK | {"verifier"}) and by != promise["by"]
        return entitled and promise["status"] == "proposed"

    @rule(n=pick, by=who)
    def reject(self, n, by):
        name, by, expected = self.aim(n, by, True, self.second_reader)
        if name and self.tried(c.RejectProposal(commitment=name, reason="不是承诺"), by, expected, undo=True):
            self.promise(name).update(status="rejected", stopped="rejected")

    @rule(n=pick, by=who, done=st.booleans())
    def work(self, n, by, done):
        def may(name, by):
            states = ("registered", "working") if done else ("registered",)
            return self.owner(name, by) and self.promise(name)["status"] in states

        name, by, expected = self.aim(n, by, True, may)
        command = c.ReportDone(commitment=name or "", note="已办") if done else c.StartWork(commitment=name or "")
        if name and self.tried(command, by, expected, undo=True):
            self.promise(name)["status"] = "done_unpublished" if done else "working"

    def owner(self, name, by):
        return "liaison" in self.oracle.roles(by) and self.oracle.mine(by, self.promise(name)["owners"])

    @rule(n=pick, by=who, part=st.sampled_from([None, 0, 1]))
    def claim(self, n, by, part):
        def which(name):
            owners = list(self.promise(name)["owners"])
            return owners[part % len(owners)] if part is not None and owners else ""

        def may(name, by):
            promise, own = self.promise(name), which(name)
            waiting = [one["part"] for one in promise["claims"].values() if one["state"] is None]
            fits = not own and not waiting
            if promise["parts"]:
                open_part = own and not promise["owners"][own] and own not in waiting
                fits = open_part and self.oracle.mine(by, [own])
            return self.owner(name, by) and promise["status"] in OWED and fits

        name, by, expected = self.aim(n, by, True, may)
        if not name:
            return
        path, own = f"/proof/{self.number}", which(name)
        command = self.book.claiming(name, path, scope="part" if own else "whole", part=own)
        done = self.tried(command, by, expected, undo=True)
        if done:
            said = {"by": by, "state": None, "part": own, "path": path}
            self.promise(name)["claims"][done.events[0].seq] = said
            self.promise(name)["status"] = "claimed"

    @rule(n=pick, by=who, accept=st.booleans())
    def verify(self, n, by, accept):
        def waiting(name):
            return [key for key, one in self.promise(name)["claims"].items() if one["state"] is None]

        def may(name, by):
            promise = self.promise(name)
            involved = {one["by"] for one in promise["claims"].values()} | promise["approvers"]
            independent = by not in involved and not self.oracle.mine(by, promise["owners"])
            return "verifier" in self.oracle.roles(by) and promise["status"] == "claimed" and independent

        name, by, expected = self.aim(n, by, True, may)
        if not name:
            return
        number = (waiting(name) or [10**6])[0]
        claim = self.promise(name)["claims"].get(number, {"path": "/none"})
        command = self.book.verifying(name, number, claim["path"], by)
        if not accept:
            command = replace(command, decision="returned", reason="partial", snapshot=None)
        others = len(waiting(name)) > 1
        if self.tried(command, by, expected):
            claim["state"] = "accepted" if accept else "returned"
            self.verified(self.promise(name), claim, accept, others)

    def verified(self, promise, claim, accept, others):
        promise["status"] = "claimed" if others else "working"
        if accept and claim["part"]:
            promise["owners"][claim["part"]] = True
        if accept and (not promise["parts"] or all(promise["owners"].values())):
            promise |= {"status": "fulfilled", "stopped": promise["stopped"] or "met"}

    @rule(n=pick, by=who, hours=st.sampled_from([24, 900, 2000]), answered=st.booleans())
    def ask_extension(self, n, by, hours, answered):
        clock = self.book.clock("fulfil", hours=hours)

        def may(name, by):
            promise = self.promise(name)
            later = promise["due"] and self.soon < promise["due"] < clock.due_at
            free = promise["extensions"] < 2 and not [one for one in promise["requests"] if one["state"] is None]
            return self.owner(name, by) and promise["status"] in OWED and later and free

        name, by, expected = self.aim(n, by, True, may)
        page = self.book.page("/notice")
        command = c.RequestExtension(commitment=name or "", clock=clock, reason="缺货", notice=page)
        if name and self.tried(command, by, expected, undo=True):
            self.promise(name)["requests"].append({"by": by, "state": None, "due": clock.due_at})
            if answered:  # in good time; chance alone seldom comes before the date
                self.decide_extension_(n, "*", True)

    @rule(n=pick, by=who, approve=st.booleans())
    def decide_extension(self, n, by, approve):
        self.decide_extension_(n, by, approve)

    def decide_extension_(self, n, by, approve):
        def waiting(name):
            return [one for one in self.promise(name)["requests"] if one["state"] is None]

        def may(name, by):
            promise = self.promise(name)
            entitled = self.oracle.roles(by) & {"approver", "superior"} and promise["status"] in OWED
            second = waiting(name) and by != waiting(name)[0]["by"]
            return entitled and second and (not approve or self.soon < promise["due"])

        name, by, expected = self.aim(n, by, True, may)
        if not name:
            return
        command = c.ApproveExtension(commitment=name)
        if not approve:
            command = c.RefuseExtension(commitment=name, reason="不同意")
        if self.tried(command, by, expected):
            promise, request = self.promise(name), waiting(name)[0]
            request["state"] = approve
            if approve:
                promise |= {"extensions": promise["extensions"] + 1, "due": request["due"], "stopped": None}
                promise["approvers"].add(by)

    @rule(n=pick, by=who)
    def withdraw(self, n, by):
        def may(name, by):
            promise = self.promise(name)
            asked = self.oracle.pending(promise, "withdraw")
            return self.owner(name, by) and promise["status"] in OWED and not asked

        name, by, expected = self.aim(n, by, True, may)
        command = c.Withdraw(commitment=name or "", reason="政策调整", explanation=self.book.page("/why"))
        done = name and self.tried(command, by, expected, undo=True)
        if done:
            self.promise(name)["asked"][done.events[0].seq] = {"kind": "withdraw", "by": by, "state": "open"}

    @rule(n=pick, by=who, days=st.sampled_from([0, 15]))
    def missed(self, n, by, days):
        self.book.later(days=days)

        def may(name, by):
            promise = self.promise(name)
            over = promise["due"] and self.soon >= promise["due"] + timedelta(days=10)
            entitled = self.oracle.roles(by) & {"duty_head", "superior"}
            return entitled and promise["status"] in OWED - {"claimed"} and over

        name, by, expected = self.aim(n, by, True, may)
        if name and self.tried(c.MarkMissed(commitment=name, reason="未办"), by, expected):
            self.promise(name).update(status="missed", stopped="missed")

    @rule(n=pick, by=who)
    def reopen_promise(self, n, by):
        def may(name, by):
            entitled = self.oracle.roles(by) & {"duty_head", "verifier", "superior"}
            return entitled and self.promise(name)["status"] in ENDED

        name, by, expected = self.aim(n, by, True, may)
        if name and self.tried(c.Reopen(commitment=name, cause="other", reason="再办"), by, expected):
            self.reopened(self.promise(name))

    def reopened(self, promise):
        promise |= {
            "status": "proposed" if promise["status"] == "rejected" else "working", "stopped": None,
            "reopened": promise["reopened"] + 1, "owners": dict.fromkeys(promise["owners"], False),
        }  # fmt: skip
        case = self.case(promise["case"])
        if case["status"] == "closed":
            case["status"] = "responded"

    @precondition(lambda self: any(one["status"] == "fulfilled" for one in self.oracle.subjects.values()))
    @rule(n=pick)
    def page_gone(self, n):
        names = [name for name, one in self.oracle.subjects.items() if one["status"] == "fulfilled"]
        name = names[n % len(names)]
        page = self.book.page("/proof")
        command = c.RecordRecheck(subject=name, url=page.url_final, original=page.sha256, result="gone")
        waiting = self.oracle.pending(self.promise(name), "reopen")
        done = self.tried(command, "sys:job", True)
        assert len(done.events) == (1 if waiting else 2)
        if waiting:
            self.oracle.log[-1]["touches"] = set()  # in passing
        else:
            self.promise(name)["asked"][done.events[1].seq] = {"kind": "reopen", "by": "sys:job", "state": "open"}

    # second persons

    @rule(n=pick, by=who, agree=st.booleans())
    def decide(self, n, by, agree):
        asked = [
            (name, key)
            for name, one in self.oracle.subjects.items()
            for key in one["asked"]
            if one["asked"][key]["state"] == "open" or n == 0
        ]
        if not asked:
            return
        name, key = asked[n % len(asked)]
        subject, proposal = self.oracle.subjects[name], self.oracle.subjects[name]["asked"][key]

        def may(by):
            entitled = self.oracle.roles(by) & DECIDES[proposal["kind"]] and by != proposal["by"]
            possible = not agree or self.still_possible(name, subject, proposal, by)
            return entitled and proposal["state"] == "open" and possible

        by = next((one for one in sorted(PEOPLE) if may(one)), "旁观者") if by == "*" else by
        command = c.Confirm(proposal=key) if agree else c.Decline(proposal=key, reason="不同意")
        undo = not agree or proposal["kind"] != "reopen"
        touched = [proposal["into"]] if agree and proposal["kind"] == "merge" else []
        if self.tried(command, by, may(by), undo=undo, touched=touched):
            proposal["state"] = "confirmed" if agree else "declined"
            if agree:
                self.carried_out(subject, proposal)

    def still_possible(self, name, subject, proposal, by):
        kind = proposal["kind"]
        if kind == "dismiss":
            return self.dismissable(name) and not self.oracle.conflicted(by, subject)
        if kind == "merge":
            possible = subject["status"] in OPEN and not self.oracle.conflicted(by, subject)
            return possible and self.mergeable(name, self.oracle.canonical(proposal["into"]), by)
        return subject["status"] in (OWED if kind == "withdraw" else ENDED)

    def carried_out(self, subject, proposal):
        if proposal["kind"] == "dismiss":
            subject |= {"status": "dismissed", "stopped": subject["stopped"] or "dismissed"}
        elif proposal["kind"] == "withdraw":
            subject |= {"status": "withdrawn", "stopped": subject["stopped"] or "withdrawn"}
        elif proposal["kind"] == "reopen":
            self.reopened(subject)
        else:
            self.absorb(subject, self.oracle.canonical(proposal["into"]))

    def absorb(self, case, target):
        other = self.case(target)
        other["about"] |= case["about"]
        other["major"] |= case["major"]
        if case["stopped"] is None and case["due"] < other["due"]:
            answered = any(round == other["round"] for round, _ in other["answers"])
            other |= {"due": case["due"], "stopped": "met" if answered else None}
        case |= {"status": "merged", "into": target, "stopped": case["stopped"] or "merged"}

    @rule(by=who)
    def undo(self, by):
        by = self.oracle.log[-1]["by"] if by == "*" and self.oracle.log else "旁观者" if by == "*" else by
        own = [one for one in self.oracle.log if one["by"] == by and not one["undone"] and one["kind"] == "do"]
        last = own[-1] if own else None
        blocked = last and any(
            later["touches"] & last["writes"] and not later["undone"] and later["kind"] == "do"
            for later in self.oracle.log
            if later["n"] > last["n"]
        )
        expected = last and last["undo"] and not blocked and not self.oracle.roles(by) & {"system", "viewer"}
        if self.tried(c.Undo(), by, expected):
            self.oracle.log[-1]["kind"] = "undo"
            last["undone"] = True
            for name, before in last["before"].items():
                self.oracle.subjects[name] = copy.deepcopy(before)

    @rule(days=st.sampled_from([0.1, 1, 3, 12]))
    def time_passes(self, days):
        self.book.later(days=days)

    # what must be so at every step

    @invariant()
    def states_agree(self):
        if not hasattr(self, "oracle"):
            return
        found = {case.id: case for case in cases.read(self.book.db)}
        promises = {one.id: one for one in commitments.read(self.book.db)}
        assert found.keys() | promises.keys() == self.oracle.subjects.keys()
        for name, case in found.items():
            said = self.oracle.subjects[name]
            (due,) = case.dues
            assert (case.status, case.merged_into, case.round) == (said["status"], said["into"], said["round"]), name
            assert {one.unit: one.acknowledged_at is not None for one in case.units} == said["units"], name
            assert (due.due_at, due.stopped) == (said["due"], said["stopped"]), name
            assert (set(case.about_units), case.no_commitment_at is not None) == (said["about"], said["none"]), name
        for name, one in promises.items():
            said = self.oracle.subjects[name]
            (due,) = one.dues
            assert (one.status, one.extensions, one.reopened) == (said["status"], said["extensions"], said["reopened"])
            assert (due.due_at, due.stopped) == (said["due"], said["stopped"]), name
            assert {owner.unit: owner.verified_at is not None for owner in one.owners} == said["owners"], name
        waiting = {one.id for one in proposals.read(self.book.db)}
        assert waiting == {key for one in self.oracle.subjects.values() for key, asked in one["asked"].items()
                           if asked["state"] == "open"}  # fmt: skip

    @invariant()
    def fulfilled_means_independently_verified(self):
        for one in commitments.read(self.book.db, state="fulfilled") if hasattr(self, "book") else ():
            accepted = [
                check for check in commitments.verifications(self.book.db, one.id) if check.decision == "accepted"
            ]
            assert accepted
            claims = {claim.id: claim for claim in commitments.claims(self.book.db, one.id)}
            for check in accepted:
                assert check.verifier != claims[check.claim].claimed_by
                assert check.unit not in {low for owner in one.owners for low in below(owner.unit)}
                assert check.snapshot is not None


@pytest.fixture(autouse=True)
def makes_books(start):
    LedgerMachine.make_book = staticmethod(start)


def test_the_ledger_agrees_with_the_oracle():
    LedgerMachine.accepted.clear()
    steps = settings(
        max_examples=100 if SOAK else 8, stateful_step_count=100 if SOAK else 60, deadline=None,
        suppress_health_check=list(HealthCheck), derandomize=not SOAK, database=None,
        phases=[Phase.generate],  # a failure is told step by step as it is; shrinking it would take minutes
    )  # fmt: skip
    deep = {"VerifyFulfilment", "ApproveExtension", "MarkMissed", "Reopen", "CloseCase", "ReopenCase", "Confirm"}
    for _ in range(4 if SOAK else 1):  # on until what only a long history reaches was really reached
        run_state_machine_as_test(LedgerMachine, settings=steps)
        if deep <= set(LedgerMachine.accepted):
            break
    assert not SOAK or deep <= set(LedgerMachine.accepted)


def test_the_comparison_can_fail():
    oracle = Oracle()
    assert oracle.mine("联络员", ["政务服务处"]) == []
    assert oracle.mine("援助联络员", ["公共法律服务处"]) == ["公共法律服务处"]
    assert oracle.conflicted("援助联络员", {"about": {"公共法律服务处"}})
