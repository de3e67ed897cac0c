"""How a post to be labelled looks, and which key means what."""

from typing import TYPE_CHECKING

from rich.console import Group
from rich.panel import Panel
from rich.text import Text

from classify.labelling import keys
from classify.labels import NONE
from ledger.telling.looks import table

if TYPE_CHECKING:
    from classify.labels import Taxonomy
    from classify.queue import Question

_LONGEST = 700  # characters of a post shown; `huiying posts show` has all


def question_view(question: "Question", place: int, total: int, taxonomy: "Taxonomy") -> object:
    """One post: its words, what the model thinks and why, and the keys."""
    terms = "、".join(term for term, _ in question.terms[:5]) or "—"
    more = "" if len(question.text) <= _LONGEST else f"\n…（共 {len(question.text)} 字，huiying posts show 看全文）"
    now = taxonomy[question.label].short
    thought = "" if question.label == question.proposed else f"，模型现在认为是{taxonomy[question.proposed].short}"
    head = Text(f"{place + 1}/{total}　{question.title or '（无标题）'}", style="bold")
    told = Text(f"现为{now}（把握 {question.score:.0%}，依据：{terms}）{thought}", style="cyan")
    why = Text(f"为什么问：{question.why}", style="dim")
    body = Panel(Text(question.text[:_LONGEST] + more), title=head, title_align="left")
    return Group(Text(""), body, told, why, _keys(taxonomy))


def _keys(taxonomy: "Taxonomy") -> Text:
    shown = Text()
    for key, code in keys(taxonomy.codes).items():
        shown.append(f" {key} ", style="reverse").append(f"{taxonomy[code].short} ")
    shown.append("\n")
    for key, meaning in (("回车", "模型说得对"), ("s", "跳过"), ("u", "撤回"), ("?", "说明"), ("q", "结束")):
        shown.append(f" {key} ", style="reverse dim").append(f"{meaning}  ", style="dim")
    return shown


def help_view(taxonomy: "Taxonomy") -> object:
    """Each label with what belongs to it, what does not, and the remaining keys."""
    made = table("键", "标签", "属于", "不属于")
    for key, code in keys(taxonomy.codes).items():
        one = taxonomy[code]
        made.add_row(key, Text(one.short), Text(one.belongs), Text(one.excludes or "—"))
    rule = Text(f"几类都符合时取排在前面的（上表的次序）；0 是{taxonomy[NONE].name}。", style="dim")
    rest = Text("n 写备注，随下一个标签记下；t 立刻用人工标签再训练；标签即时生效，结束时才立件。", style="dim")
    return Group(made, rule, rest)
