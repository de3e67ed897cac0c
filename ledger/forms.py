"""What can be typed: one form a verb of `huiying case`, `commitment`, `proposal` — a table, not code.

A field's `kind` says how the typed words become a value: `fill.py` resolves units, fetches pages, computes deadlines.
"""

from dataclasses import dataclass
from typing import Literal

from ledger.fields import Field
from ledger.record import commands as do
from ledger.record.states import CLOCKS


@dataclass(frozen=True, slots=True)
class Form:
    """One verb: `huiying <group> <verb>`."""

    group: Literal["case", "commitment", "proposal", "ledger"]
    verb: str
    command: type
    help: str
    fields: tuple[Field, ...] = ()


def _subject(name: str, help: str) -> Field:
    return Field(name, "text", help, required=True, positional=True)


_CASE = _subject("case", "舆情编号，如 YQ-2026-0042")
_COMMITMENT = _subject("commitment", "承诺编号，如 CN-2026-0042-1")
_REASON = Field("reason", "text", "理由", required=True)
_NOTE = Field("note", "text", "备注")
_LEAD = Field("lead", "units", "牵头单位，可多次；别名会换成全称")
_RESPONSIBLE = Field("responsible", "units", "责任单位，可多次")

FORMS = (
    Form("case", "open", do.OpenCase, "手工登记一件舆情，按规则算出各时限。", (
        Field("summary", "text", "办公室自己的中性摘要，不引群众原话", required=True),
        Field("labels", "labels", "七类标签代码，可多次，首要的在前", required=True, option="label"),
        Field("clock_start", "moment", "起算时间", required=True, option="from"),
        Field("channel", "choice", "来自留言、12345、信访、依申请公开的，各有自己的时限",
              choices=("mailbox", "hotline", "petition", "disclosure")),
        Field("received", "moment", "收到来信、工单或申请的时间"),
        Field("inquiry", "flag", "12345 工单是咨询类"),
        Field("place", "text", "地点"),
        Field("about_units", "texts", "被反映的单位，可多次（反映作风的，不会交给它）", option="about"),
        Field("cross_region", "flag", "涉及多个地方：由上级主管部门牵头"),
        Field("major", "flag", "特别重大、重大突发事件：5 小时权威信息、24 小时发布会"),
    )),
    Form("case", "assess", do.AssessCase, "研判：改写摘要、标签、地点、被反映单位。", (
        _CASE,
        Field("summary", "text", "中性摘要"),
        Field("labels", "labels", "七类标签代码，可多次", option="label"),
        Field("place", "text", "地点"),
        Field("about_units", "texts", "被反映的单位，可多次", option="about"),
        Field("cross_region", "flag", "涉及多个地方"),
        Field("major", "flag", "升为特别重大、重大突发事件"),
    )),
    Form("case", "assign", do.AssignCase, "交办给单位。反映作风的，不得交给被反映的单位及其下属。", (
        _CASE, _LEAD, _RESPONSIBLE, Field("co", "units", "协办单位，可多次"), _NOTE,
    )),
    Form("case", "return", do.ReturnCase, "责任单位退回（24 小时内），时钟不停。", (_CASE, _REASON)),
    Form("case", "acknowledge", do.Acknowledge, "责任单位签收。", (_CASE,)),
    Form("case", "respond", do.Respond, "登记公开回应：去取一次网页，存下快照。", (
        _CASE,
        Field("snapshot", "page", "官方公开网页网址", required=True, option="url"),
        Field("published_at", "moment", "公开时间", required=True, option="published"),
        Field("kind", "choice", "形式：权威信息、发布会、书面答复、评论回复、政策解读", required=True,
              choices=("authoritative", "conference", "written", "comment", "interpretation")),
        Field("quote", "text", "答复中的关键原话"),
        Field("unit", "unit", "答复单位"),
    )),
    Form("case", "no-commitment", do.NoCommitment, "读过答复，其中没有承诺：没有也要留下判断。", (_CASE, _NOTE)),
    Form("case", "dismiss", do.Dismiss, "提议不予回应，须第二人确认；重大的不行。", (
        _CASE,
        Field("code", "choice", "缘由", required=True, choices=(
            "not_ours", "not_public_matter", "duplicate", "answered_elsewhere", "unfounded", "other")),
        _REASON,
    )),
    Form("case", "merge", do.MergeCases, "提议并案：取最早的起算、最严的等级，须第二人确认。", (
        _CASE, _subject("into", "并入哪一件"), _REASON,
    )),
    Form("case", "unmerge", do.UnmergeCase, "提议撤销并案，须第二人确认。", (_CASE, _REASON)),
    Form("case", "severity", do.SetSeverity, "改等级；降级须写明理由。", (
        _CASE,
        Field("severity", "choice", "一般、较大、重大、特别重大", required=True, option="to",
              choices=("general", "larger", "major", "special")),
        _REASON,
    )),
    Form("case", "extend", do.ExtendCase, "到期前申请延长一次：规则允许、已告知对方、另一人同意；原期限照样计入。", (
        _CASE,
        Field("which", "choice", "延长哪个时限，默认是规则允许延长的那个", option="clock", choices=tuple(CLOCKS)),
        Field("clock", "deadline", "延长到何时，“10日内”从原期限届满算；不写则到规定的最长", option="to"),
        _REASON,
        Field("told", "text", "何时以何种方式告知了信访人、申请人或来信人", required=True),
    )),
    Form("case", "close", do.CloseCase, "办结：已公开回应，且每条承诺都有结果。", (_CASE, _NOTE)),
    Form("case", "reopen", do.ReopenCase, "重新启动：新的一轮、新的时钟，原来的留在统计里。", (
        _CASE,
        Field("cause", "choice", "起因", required=True,
              choices=("new_wave", "evidence_failed", "contradiction", "superior", "error", "other")),
        _REASON,
        Field("clock_start", "moment", "新一轮的起算时间", required=True, option="from"),
    )),
    Form("commitment", "add", do.ProposeCommitment, "从公开答复里登记一句承诺的原话，待第二人确认。", (
        Field("quote", "text", "原话，须与网页上一字不差", required=True),
        Field("snapshot", "page", "答复所在的官方公开网页", required=True, option="url"),
        Field("case", "text", "属于哪件舆情", required=True),
        Field("clock", "deadline", "时限原文，如“3个工作日内”；不写则从原话里找", option="deadline"),
        Field("promised_at", "moment", "承诺公开的时间", required=True, option="promised"),
        Field("unit", "text", "原文写明的责任单位"),
        Field("strength", "choice", "硬承诺或软承诺", choices=("hard", "soft")),
    )),
    Form("commitment", "register", do.RegisterCommitment, "第二人确认承诺，写下可核查的标准和责任单位。", (
        _COMMITMENT,
        Field("criterion", "text", "外人凭什么看出它兑现了", required=True),
        _LEAD, _RESPONSIBLE,
        Field("kind", "choice", "种类", choices=("action", "outcome", "quota", "threshold", "recurring")),
        Field("quota", "count", "需要核实的次数（种类为 quota）"),
        Field("joint", "flag", "几家共同出一份证明；否则各家分别核查"),
        Field("clock", "deadline", "改正后的时限原文", option="deadline"),
    )),
    Form("commitment", "reject", do.RejectProposal, "第二人说明这句为什么不是承诺。", (_COMMITMENT, _REASON)),
    Form("commitment", "start", do.StartWork, "责任单位开始落实。", (_COMMITMENT, _NOTE)),
    Form("commitment", "done", do.ReportDone, "已办但未公开：仍算未了。", (
        _COMMITMENT, Field("note", "text", "做了什么", required=True),
    )),
    Form("commitment", "claim", do.ClaimFulfilment, "责任单位申报已公开落实：给出网址和原话。", (
        _COMMITMENT,
        Field("snapshot", "page", "证明落实的官方公开网页", required=True, option="url"),
        Field("quote", "text", "网页上证明落实的原话", required=True),
        Field("scope", "choice", "全部、部分、次数", choices=("whole", "part", "count")),
        Field("part", "unit", "证明的是哪家的部分"),
        Field("count", "count", "证明了几次"),
        Field("period", "text", "哪一期，如 2026年第三季度"),
        _NOTE,
    )),
    Form("commitment", "verify", do.VerifyFulfilment, "核查员另行取证核查；申报人、责任单位、批准延期的人都不行。", (
        _COMMITMENT,
        Field("decision", "choice", "通过或退回", required=True, choices=("accepted", "returned")),
        Field("checklist", "checks", "逐项核查结果，如 --check public=yes；--check all=yes 表示逐项看过且都符合",
              option="check"),
        Field("reason", "choice", "退回原因", choices=(
            "not_public", "dead_link", "partial", "pilot_only", "numbers_differ", "date_wrong", "other")),
        _NOTE,
    )),
    Form("commitment", "extend", do.RequestExtension, "到期前申请延期：须有公开说明；第一个期限永远可见。", (
        _COMMITMENT,
        Field("clock", "deadline", "新期限原文，如“2026年12月底前”", required=True, option="to"),
        Field("notice", "page", "公开说明的网址", required=True),
        _REASON,
    )),
    Form("commitment", "approve-extension", do.ApproveExtension, "另一人批准延期。", (_COMMITMENT, _NOTE)),
    Form("commitment", "refuse-extension", do.RefuseExtension, "另一人不同意延期。", (_COMMITMENT, _REASON)),
    Form("commitment", "withdraw", do.Withdraw, "申请撤销承诺：须公开说明，上级确认，永远计入统计。", (
        _COMMITMENT, _REASON, Field("explanation", "page", "公开说明的网址", required=True),
    )),
    Form("commitment", "supersede", do.Supersede, "申请以另一条承诺代替：须公开说明，第二人确认。", (
        _COMMITMENT,
        Field("by", "text", "代替它的承诺编号", required=True),
        _REASON,
        Field("explanation", "page", "公开说明的网址", required=True),
    )),
    Form("commitment", "missed", do.MarkMissed, "到期并过宽限后，按结果记为未兑现。", (_COMMITMENT, _REASON)),
    Form("commitment", "reopen", do.Reopen, "重新打开已了结的承诺。", (
        _COMMITMENT,
        Field("cause", "choice", "起因", required=True,
              choices=("evidence_failed", "contradiction", "superior", "error", "new_period", "other")),
        _REASON,
    )),
    Form("proposal", "confirm", do.Confirm, "第二人同意一项提议（不予回应、并案、撤销承诺……）。", (
        Field("proposal", "count", "提议编号", required=True, positional=True),
        _NOTE,
        Field("clock_start", "moment", "确认重新启动时：新的起算时间", option="from"),
    )),
    Form("proposal", "decline", do.Decline, "第二人不同意一项提议。", (
        Field("proposal", "count", "提议编号", required=True, positional=True), _REASON,
    )),
    Form("ledger", "erase", do.ErasePayload, "涂销一条事件里不该写进来的文字：由审批人办，不能是写下的人；链条不断。", (
        Field("seq", "count", "事件序号，见 huiying ledger log", required=True, positional=True),
        Field("fields", "texts", "要涂销的字段，可多次，如 summary、quote.exact", required=True, option="field"),
        Field("reason", "text", "为什么涂销；不要复述涂掉的内容", required=True),
    )),
    Form("ledger", "undo", do.Undo, "撤回自己刚办的一步：追加一条更正，不删除；别人已接着办的不能撤。", (
        Field("reason", "text", "理由"),
    )),
)  # fmt: skip


def forms_of(group: str) -> dict[str, Form]:
    """The forms of one command group, by verb, in the order of the work."""
    return {form.verb: form for form in FORMS if form.group == group}
