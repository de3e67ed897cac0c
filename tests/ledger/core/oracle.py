"""The oracle, and the steps of the machine that are about cases; loaded by test_machine.py."""

import copy
from collections import Counter
from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from ledger.record import commands as c

OPEN = {"new", "assessed", "assigned", "handling", "responded"}
OWED = {"registered", "working", "done_unpublished", "claimed"}
ENDED = {"fulfilled", "missed", "withdrawn", "superseded", "rejected"}
DESK = {"analyst", "duty_head"}
PEOPLE = {
    "研判员甲": ({"analyst"}, "宣传教育处"), "研判员乙": ({"analyst"}, "宣传教育处"),
    "值班负责人": ({"duty_head"}, "宣传教育处"), "联络员": ({"liaison"}, "公共法律服务处"),
    "援助联络员": ({"liaison"}, "法律援助中心"), "政务联络员": ({"liaison"}, "政务服务处"),
    "核查员": ({"verifier"}, "办公室"), "本处核查员": ({"verifier"}, "公共法律服务处"),
    "审批人": ({"approver", "verifier"}, "办公室"), "督办员": ({"superior"}, "江省司法厅"),
    "旁观者": ({"viewer"}, "办公室"), "sys:job": ({"system"}, ""),
}  # fmt: skip
# What stands under a unit; a person below speaks for the unit above, and a complaint bars all of it.
DECLARED = {"公共法律服务处", "法律援助中心", "政务服务处", "办公室", "宣传教育处"}
UNDER = {"公共法律服务处": {"公共法律服务处", "法律援助中心"}, "江州市司法局": {"江州市司法局", *DECLARED}}
UNITS = ["公共法律服务处", "法律援助中心", "政务服务处", "派驻纪检监察组", "业务处室", "江州市司法局"]
MAY_HEAR = {
    "公共法律服务处": {"江州市司法局", "江省司法厅", "派驻纪检监察组"},
    "法律援助中心": {"公共法律服务处", "江州市司法局", "江省司法厅", "派驻纪检监察组"},
}
DECIDES = {
    "dismiss": {"duty_head", "approver", "superior"}, "merge": {"analyst", "duty_head", "superior"},
    "withdraw": {"superior"}, "reopen": {"duty_head", "verifier", "superior"},
}  # fmt: skip
TEXTS = ["年内增设两个窗口", "9月底前公布办事指南"]

# "*" stands for somebody who may, if there is anybody: without it, deep states would hardly ever be reached.
who = st.sampled_from([*sorted(PEOPLE), *["*"] * len(PEOPLE)])
pick = st.integers(0, 7)
unit = st.sampled_from(UNITS)


def below(name):
    return UNDER.get(name, {name})


class Oracle:
    """The rules once more, as plainly as possible. `subjects` holds one dictionary a case or promise."""

    def __init__(self):
        self.subjects = {}
        self.log = []  # one entry a command: who, what it wrote, what it named, whether it may be undone

    def roles(self, by):
        return PEOPLE[by][0]

    def mine(self, by, units):
        return [name for name in units if PEOPLE[by][1] in below(name)]

    def conflicted(self, by, case):
        return any(PEOPLE[by][1] in below(name) for name in case["about"])

    def canonical(self, name):
        while self.subjects[name]["into"]:
            name = self.subjects[name]["into"]
        return name

    def family(self, name):
        return [key for key, one in self.subjects.items() if "about" in one and self.canonical(key) == name]

    def promises(self, name):
        family = self.family(name)
        return [one for one in self.subjects.values() if one.get("case") in family]

    def pending(self, subject, *kinds):
        return [
            one for one in subject["asked"].values() if one["state"] == "open" and (not kinds or one["kind"] in kinds)
        ]

    def unsettled(self, name):
        return [one for one in self.promises(name) if one["status"] not in ENDED]

    def write(self, by, number, names, *, undo, before, touched=(), kind="do"):
        self.log.append({
            "by": by, "n": number, "writes": set(names), "touches": set(names) | set(touched), "undo": undo,
            "before": {name: before.get(name) for name in names}, "undone": False, "kind": kind,
        })  # fmt: skip


class CaseSteps(RuleBasedStateMachine):
    """Each rule says what the oracle expects, tries it for real, and brings the oracle up to date."""

    make_book = None
    accepted: Counter = Counter()

    # plumbing

    def aim(self, number, by, promise, may):
        """Which subject and who: the numbered one and the named one, or for "*" a pair that may; and whether it may."""
        names = [name for name, one in self.oracle.subjects.items() if ("case" in one) == promise]
        if not names:
            return None, by, False
        names = names[number % len(names) :] + names[: number % len(names)]
        if by == "*":
            people = sorted(PEOPLE)[number:] + sorted(PEOPLE)[:number]
            able = ((name, one) for name in names for one in people if may(name, one))
            name, by = next(able, (names[0], people[0]))
        else:
            name = names[0]
        return name, by, bool(may(name, by))

    def tried(self, command, by, expected, *, undo=False, touched=()):
        """Try it; the outcome must be the expected one. Returns the outcome if it was done, and notes the step."""
        self.number += 1
        before = copy.deepcopy(self.oracle.subjects)
        outcome = self.book.try_(command, by)
        assert outcome.done == bool(expected), (type(command).__name__, by, expected, str(outcome.refusal))
        if outcome.done:
            self.accepted[type(command).__name__] += 1
            names = sorted({event.stream for event in outcome.events})
            self.oracle.write(by, self.number, names, undo=undo, before=before, touched=touched)
        return outcome if outcome.done else None

    def case(self, name):
        return self.oracle.subjects[name]

    def promise(self, name):
        return self.oracle.subjects[name]

    @property
    def soon(self):
        return self.book.now + timedelta(minutes=5)  # when the next command will be tried

    # cases

    @rule(by=who, about=st.sampled_from([None, None, "公共法律服务处", "法律援助中心"]), major=st.booleans())
    def open_case(self, by, about, major):
        self.open_case_(by, about, major)

    def open_case_(self, by, about, major):
        if sum("about" in one for one in self.oracle.subjects.values()) >= 5:
            return
        by = "sys:job" if by == "*" else by
        origin = "sweep" if by.startswith("sys:") else "hand"
        labels = ("credibility",) if about else ("public_interest",)
        command = self.book.opening(origin=origin, labels=labels, about_units=(about,) if about else (), major=major)
        done = self.tried(command, by, self.oracle.roles(by) & (DESK | {"system"}))
        if done:
            self.oracle.subjects[done.subject] = {
                "status": "new" if origin == "sweep" else "assessed", "about": {about} if about else set(),
                "major": major, "units": {}, "answers": [], "none": False, "into": None, "round": 1, "asked": {},
                "due": command.clocks[0].due_at, "stopped": None,
            }  # fmt: skip

    @rule(n=pick, by=who, to=unit)
    def assign(self, n, by, to):
        self.assign_(n, by, to)

    def assign_(self, n, by, to):
        def may(name, by):
            case = self.case(name)
            allowed = set.intersection(*(MAY_HEAR[about] for about in case["about"])) if case["about"] else {to}
            barred = {low for about in case["about"] for low in below(about)}
            entitled = self.oracle.roles(by) & DESK and case["status"] in OPEN
            return entitled and to != "业务处室" and to in allowed - barred

        name, by, expected = self.aim(n, by, False, may)
        if name and self.tried(c.AssignCase(case=name, lead=(to,)), by, expected, undo=True):
            case = self.case(name)
            case["units"] = {to: case["units"].get(to, False)}
            case["status"] = "responded" if case["status"] == "responded" else "assigned"

    @rule(n=pick, by=who)
    def acknowledge(self, n, by):
        def may(name, by):
            case = self.case(name)
            mine = self.oracle.mine(by, case["units"])
            entitled = "liaison" in self.oracle.roles(by) and not self.oracle.conflicted(by, case)
            waits = mine and not all(case["units"][one] for one in mine)
            return entitled and case["status"] in ("assigned", "handling") and waits

        name, by, expected = self.aim(n, by, False, may)
        if name and self.tried(c.Acknowledge(case=name), by, expected, undo=True):
            case = self.case(name)
            case["units"] |= dict.fromkeys(self.oracle.mine(by, case["units"]), True)
            case["status"] = "handling"

    @rule(n=pick, by=who)
    def respond(self, n, by):
        self.respond_(n, by)

    def respond_(self, n, by):
        def may(name, by):
            case, roles = self.case(name), self.oracle.roles(by)
            entitled = roles & DESK or ("liaison" in roles and self.oracle.mine(by, case["units"]))
            return entitled and case["status"] in OPEN

        name, by, expected = self.aim(n, by, False, may)
        page = self.book.page(f"/{name}/{self.number}")
        command = c.Respond(case=name or "", kind="written", published_at=self.book.now, snapshot=page)
        if name and self.tried(command, by, expected, undo=True):
            case = self.case(name)
            case |= {"status": "responded", "none": False, "stopped": case["stopped"] or "met"}
            case["answers"].append((case["round"], page.sha256))

    @rule(n=pick, by=who)
    def no_commitment(self, n, by):
        def may(name, by):
            found = [one for one in self.oracle.promises(name) if one["status"] != "rejected"]
            entitled = self.oracle.roles(by) & (DESK | {"verifier"})
            return entitled and self.case(name)["status"] == "responded" and not found

        name, by, expected = self.aim(n, by, False, may)
        if name and self.tried(c.NoCommitment(case=name), by, expected, undo=True):
            self.case(name)["none"] = True

    @rule(n=pick, by=who)
    def dismiss(self, n, by):
        def may(name, by):
            case = self.case(name)
            entitled = self.oracle.roles(by) & (DESK | {"superior"}) and not self.oracle.conflicted(by, case)
            waiting = self.oracle.pending(case, "dismiss")
            return entitled and not waiting and self.dismissable(name)

        name, by, expected = self.aim(n, by, False, may)
        done = name and self.tried(c.Dismiss(case=name, code="other", reason="不属本局"), by, expected, undo=True)
        if done:
            self.case(name)["asked"][done.events[0].seq] = {"kind": "dismiss", "by": by, "state": "open"}

    def dismissable(self, name):
        case = self.case(name)
        return case["status"] in OPEN - {"responded"} and not case["major"] and not self.oracle.unsettled(name)

    @rule(n=pick, m=pick, by=who)
    def merge(self, n, m, by):
        into, _, _ = self.aim(m, "sys:job", False, lambda name, by: False)

        def may(name, by):
            case = self.case(name)
            entitled = self.oracle.roles(by) & (DESK | {"superior"}) and not self.oracle.conflicted(by, case)
            free = case["status"] in OPEN and not self.oracle.pending(case, "merge")
            return entitled and free and self.mergeable(name, self.oracle.canonical(into), by)

        name, by, expected = self.aim(n, by, False, may)
        command = c.MergeCases(case=name or "", into=into or "", reason="同一件事")
        done = name and self.tried(command, by, expected, undo=True)
        if done:
            target = self.oracle.canonical(into)
            self.case(name)["asked"][done.events[0].seq] = {"kind": "merge", "by": by, "state": "open", "into": target}

    def mergeable(self, name, target, by):
        case, other = self.case(name), self.case(target)
        barred = {low for about in case["about"] | other["about"] for low in below(about)}
        possible = target != name and other["status"] in OPEN and not barred & set(other["units"])
        return possible and not self.oracle.conflicted(by, other)

    @rule(n=pick, by=who)
    def close(self, n, by):
        def may(name, by):
            case, oracle = self.case(name), self.oracle
            entitled = oracle.roles(by) & (DESK | {"superior", "verifier"}) and not oracle.conflicted(by, case)
            kept = [one for one in oracle.promises(name) if one["status"] != "rejected"]
            over = case["stopped"] and not oracle.unsettled(name) and not oracle.pending(case)
            return entitled and case["status"] == "responded" and over and (kept or case["none"])

        name, by, expected = self.aim(n, by, False, may)
        if name and self.tried(c.CloseCase(case=name), by, expected, undo=True):
            self.case(name)["status"] = "closed"

    @rule(n=pick, by=who)
    def reopen_case(self, n, by):
        def may(name, by):
            entitled = self.oracle.roles(by) & {"duty_head", "verifier", "superior"}
            return entitled and self.case(name)["status"] in ("closed", "dismissed")

        name, by, expected = self.aim(n, by, False, may)
        clock = self.book.clock()
        command = c.ReopenCase(
            case=name or "", cause="other", reason="再办", clock_start=self.book.now, clocks=(clock,)
        )
        if name and self.tried(command, by, expected):
            case = self.case(name)
            case |= {"status": "assessed", "round": case["round"] + 1, "none": False}
            case |= {"due": clock.due_at, "stopped": None}
