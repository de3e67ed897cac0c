"""The vocabulary of states: their codes and Chinese names, the rubric of a verification, the periods that are ours.

Light on purpose: `huiying today` reads it. Which step leads where, and by whom, stands in `ledger.record.transitions`.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crawlers.office import Role

CASE_STATES = {
    "new": "待研判",
    "assessed": "已研判",
    "assigned": "已交办",
    "handling": "回应中",
    "responded": "已回应",
    "closed": "已办结",
    "dismissed": "不予回应",
    "merged": "已并案",
}
CASE_OPEN = frozenset({"new", "assessed", "assigned", "handling", "responded"})
CASE_ENDED = frozenset({"closed", "dismissed", "merged"})
CASE_UNANSWERED = CASE_OPEN - {"responded"}

COMMITMENT_STATES = {
    "proposed": "待确认",
    "registered": "已登记",
    "working": "落实中",
    "done_unpublished": "已办未公开",
    "claimed": "已报落实",
    "fulfilled": "已公开落实",
    "missed": "未兑现",
    "withdrawn": "已撤销",
    "superseded": "被替代",
    "rejected": "非承诺",
}
COMMITMENT_OPEN = frozenset({"registered", "working", "done_unpublished", "claimed"})
COMMITMENT_ENDED = frozenset({"fulfilled", "missed", "withdrawn", "superseded", "rejected"})

CLOCKS = {
    "authoritative": "权威信息",
    "conference": "新闻发布会",
    "response": "公开回应",
    "interpretation": "政策解读",
    "reply": "答复",
    "fulfil": "落实",
}
SEVERITIES = {"general": "一般", "larger": "较大", "major": "重大", "special": "特别重大"}
PROPOSALS = {
    "dismiss": "不予回应",
    "merge": "并案",
    "unmerge": "撤销并案",
    "reopen": "重新启动",
    "withdraw": "撤销承诺",
    "supersede": "替代承诺",
    "extend": "延长办理期限",
}
# Who may be the second person.
DECIDES: "Mapping[str, tuple[Role, ...]]" = {
    "dismiss": ("duty_head", "approver", "superior"),
    "merge": ("analyst", "duty_head", "superior"),
    "unmerge": ("analyst", "duty_head", "superior"),
    "reopen": ("duty_head", "verifier", "superior"),
    "withdraw": ("superior",),
    "supersede": ("approver", "superior"),
    "extend": ("approver", "superior"),
}

# What the verifier has to answer; a change of wording is a new version and never re-judges an old verification.
RUBRIC_VERSION = "1"
RUBRIC = {
    "public": "不登录即可打开",
    "quote": "落实原话确在网页上",
    "whole": "涵盖承诺的全部内容（或所申报的部分、次数）",
    "outcome": "说的是结果，不是打算、部署或试点",
    "numbers": "数量与承诺一致",
    "dates": "日期在承诺之后、申报之前",
    "owner": "落实单位与责任单位一致",
}
RUBRIC_ALWAYS = frozenset({"public", "quote", "whole", "outcome"})  # cannot be answered "na"

# Local defaults, not law.
GRACE = timedelta(days=10)  # after the due date before a promise may be called missed
MAX_EXTENSIONS = 2
RETURN_WITHIN = timedelta(hours=24)  # 误派 24 小时内退回 (a municipal 网络问政 rule; see docs)
FRESH = timedelta(hours=24)  # age of a claim's or a verifier's snapshot
CLOCK_TOLERANCE = timedelta(minutes=2)
