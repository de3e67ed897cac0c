"""How topics, labels and the model's figures look on a terminal."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Group
from rich.text import Text

from crawlers.clock import stamp
from ledger.telling.looks import table

if TYPE_CHECKING:
    from classify.evaluate import Report
    from classify.explain import WordWeights
    from classify.labels import Taxonomy
    from classify.queue import Question
    from classify.topics import Topic


def topics_table(topics: "Sequence[Topic]") -> object:
    """Topics, the largest first: terms, never a sentence of a post."""
    if not topics:
        return "这段时间没有成群的话题"
    made = table("条数#", "比平常", "话题", "地点", "来源", "起止")
    for topic in topics:
        growth = "—" if topic.growth is None else f"{topic.growth:g} 倍"
        span = f"{stamp(topic.first)[5:10]} 至 {stamp(topic.last)[5:10]}"
        words = (Text("、".join(part)) for part in (topic.terms, topic.places, topic.sources[:3]))
        made.add_row(str(topic.count), growth, *words, span)
    return made


def questions_view(questions: "Sequence[Question]") -> object:
    """Posts whose label would teach most, each with the reason why it is asked."""
    if not questions:
        return "没有需要标注的内容"
    parts: list[Any] = []
    for question in questions:
        terms = "、".join(term for term, _ in question.terms[:4]) or "—"
        head = Text(f"{question.post_id[:10]}　{question.title}", style="bold")
        told = f"现为 {question.label}（{question.score:.0%}，依据：{terms}）　{question.why}"
        parts += [head, Text(told, style="dim"), Text(question.text[:120]), Text("")]
    return Group(*parts, Text("用 huiying posts label 编号 代码 更正", style="dim"))


def labels_table(version: str, taxonomy: "Taxonomy") -> object:
    """The labels with the duty that follows from each, and its source."""
    note = f"（{taxonomy.note}）" if taxonomy.note else ""
    made = table("代码", "名称", "义务", "出处", title=f"模型 {version}　分类表 {taxonomy.version}{note}")
    for label in taxonomy.labels:
        made.add_row(label.code, *(Text(text or "—") for text in (label.name, label.duty, label.source)))
    return made


def word_view(word: str, found: "WordWeights") -> object:
    """Which way one word pushes, in letters and in headlines."""
    made = table("标签", "信件#", "标题#", title=f"「{word}」把判断推向哪一类（正数支持，负数反对）")
    for code, weight in sorted(found.letter.items(), key=lambda pair: -pair[1]):
        style = "green" if weight > 0 else "dim"
        made.add_row(Text(code, style=style), f"{weight:+.3f}", f"{found.headline[code]:+.3f}")
    groups = f"属于线索词组：{'、'.join(found.groups)}" if found.groups else "不在线索词表里"
    return Group(made, Text(groups, style="dim"))


def report_view(report: "Report") -> object:
    """Figures by label, then as a whole."""
    made = table("标签", "条数#", "准确率#", "召回率#", "F1#")
    for code, one in report.labels.items():
        made.add_row(code, str(one.texts), f"{one.precision:.3f}", f"{one.recall:.3f}", f"{one.f1:.3f}")
    figures = f"宏平均 F1 {report.macro_f1:.3f}　主类或次类认可 {report.accepted:.3f}　校准误差 {report.ece:.3f}"
    return Group(made, Text(figures, style="bold"), Text(f"模型 {report.model}，{report.texts} 条", style="dim"))
