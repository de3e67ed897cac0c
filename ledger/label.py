"""`huiying label`: the analyst judges the posts that teach most, a keystroke each.

`classify.labelling` says what a key means; here it is done. Judgements are in force at once; cases they call for are
opened when the sitting ends, so that one taken back leaves no trace in the record.
"""

import sqlite3
from dataclasses import asdict, dataclass, field, replace

from classify.labelling import Sitting, Step
from classify.labels import Taxonomy
from classify.queue import questions
from classify.retrain import FEWEST, TooFewCorrections, corrections, current, retrain
from classify.tags import StoredTag, UnknownPost, correct, put_back, tag_of
from crawlers.workspace import Problem
from ledger.fields import Desk
from ledger.sweep import look_again
from ledger.telling.looks_label import help_view, question_view
from ledger.told import USAGE, Told


def label(desk: Desk, *, limit: int) -> Told:
    """A sitting at the terminal over at most `limit` posts; how many were judged, changed, and what came of it."""
    if not desk.at_terminal:
        remedy = "脚本请用 huiying model next --json 取待标内容，用 huiying posts label 编号 代码 更正"
        return Told(problems=(Problem("标注", "", "要在终端里逐条按键", remedy),), code=USAGE)
    posts = desk.posts()
    model = current(desk.workspace.model)
    desk.say("正在挑选最该看的内容…")
    asked = questions(posts, model, limit=limit)
    if not asked:
        return Told({"judged": 0, "changed": 0}, "没有需要标注的内容：模型拿得准，人工标签也没有疑点")
    taxonomy = desk.taxonomy
    table = _Table(desk, posts, taxonomy, Sitting(tuple(asked), taxonomy.codes))
    table.sit()
    return table.told()


@dataclass
class _Table:
    """The analyst's table: the sitting as it stands, and what each judgement replaced."""

    desk: Desk
    posts: sqlite3.Connection
    taxonomy: Taxonomy
    sitting: Sitting
    before: dict[str, StoredTag] = field(default_factory=dict)
    trained: bool = False

    def sit(self) -> None:
        """Ask until the queue is done or the analyst leaves; Ctrl-C and Ctrl-D leave too."""
        shown = -1
        while (question := self.sitting.question) is not None:
            if shown != self.sitting.place:
                shown = self.sitting.place
                self.desk.show(question_view(question, shown, len(self.sitting.asked), self.taxonomy))
            try:
                step = self.sitting.read(self.desk.key())
                if step.kind == "quit":
                    return
                done = self._do(step)  # a note changes the sitting itself
                self.sitting = self.sitting.after(done)
            except (KeyboardInterrupt, EOFError):
                return

    def _do(self, step: Step) -> Step:
        """Carry it out; what came of it: a post that is gone is skipped, not judged."""
        match step.kind:
            case "judge":
                return self._judge(step)
            case "undo":
                self._undo(step)
            case "nothing":
                self.desk.say("没有可撤回的")
            case "note":
                self.sitting = replace(self.sitting, note=self.desk.line("备注（随下一个标签记下）"))
            case "train":
                self.desk.say(self._train())
            case "skip":
                self.desk.say("跳过")
            case _:
                self.desk.show(help_view(self.taxonomy))
        return step

    def _judge(self, step: Step) -> Step:
        tag, note = tag_of(self.posts, step.post_id), self.sitting.note
        if tag is None:
            self.desk.say("这一条刚刚到期清除，跳过")
            return Step("skip")
        correct(self.posts, step.post_id, step.label, now=self.desk.now, note=note, taxonomy=self.taxonomy)
        self.before[step.post_id] = tag
        self.desk.say(f"→ {self.taxonomy[step.label].short}" + (f"（{note}）" if note else ""))
        return step

    def _undo(self, step: Step) -> None:
        try:
            put_back(self.posts, self.before.pop(step.post_id), taxonomy=self.taxonomy)
        except UnknownPost:
            self.desk.say("上一条刚刚到期清除")
            return
        self.desk.say("已撤回上一条")

    def _train(self) -> str:
        try:
            done = retrain(self.posts, self.desk.workspace.model)
        except TooFewCorrections as few:
            return str(few)
        self.trained = True
        return str(done)

    def told(self) -> Told:
        """What the sitting came to."""
        judged, changed = len(self.sitting.given), self.sitting.changed
        lines = look_again(self.desk, self.posts) if judged else []
        said = [f"看了 {judged} 条，其中改动 {changed} 条", *lines]
        have = len(corrections(self.posts))
        if judged and not self.trained and have >= FEWEST:
            said.append(f"已有 {have} 条人工标签，可用 huiying model train 再训练")
        value = {"judged": judged, "changed": changed, "given": [asdict(one) for one in self.sitting.given]}
        return Told(value, "\n".join(said))
