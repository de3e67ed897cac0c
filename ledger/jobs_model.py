"""Jobs of the classifier: what is talked about, what to label next, and the office's own model."""

from datetime import timedelta

from crawlers.workspace import Problem
from ledger.fields import Desk, Field, Typed
from ledger.told import FINDINGS, Job, Told, look


def _topics(desk: Desk, typed: Typed) -> Told:
    from classify.topics import topics
    from crawlers.store import read

    since = typed["since"] or desk.now - timedelta(days=1)
    # What is usual is told by the four weeks before.
    posts = list(read(desk.posts(), since=since - timedelta(days=28)))
    found = topics(posts, now=desk.now, since=since)
    return Told([_topic_json(topic) for topic in found], look("looks_model.topics_table", found))


def _topic_json(topic: "object") -> dict[str, object]:
    from dataclasses import asdict, is_dataclass

    from classify.topics import Topic
    from crawlers.clock import stamp

    assert is_dataclass(topic)
    assert isinstance(topic, Topic)
    times = {"first": stamp(topic.first), "last": stamp(topic.last)}
    return asdict(topic) | times | {"headline": topic.headline, "growth": topic.growth}


def _next(desk: Desk, typed: Typed) -> Told:
    from dataclasses import asdict

    from classify.queue import questions
    from classify.retrain import current

    found = questions(desk.posts(), current(desk.workspace.model), limit=typed["limit"] or 10)
    return Told([asdict(question) for question in found], look("looks_model.questions_view", found))


def _label(desk: Desk, typed: Typed) -> Told:
    from ledger.label import label

    return label(desk, limit=typed["limit"] or 20)


def _train(desk: Desk, typed: Typed) -> Told:
    from dataclasses import asdict

    from classify.retrain import TooFewCorrections, retrain

    try:
        done = retrain(desk.posts(), desk.workspace.model)
    except TooFewCorrections as few:
        return Told(problems=(Problem("再训练", "", str(few), "用 huiying model next 看先标哪些"),), code=FINDINGS)
    return Told(asdict(done), str(done))


def _reset(desk: Desk, typed: Typed) -> Told:
    from classify.retrain import reset

    gone = reset(desk.workspace.model)
    return Told({"reset": gone}, "已换回随附的模型；更正仍然保留" if gone else "用的就是随附的模型")


def _show(desk: Desk, typed: Typed) -> Told:
    from classify.explain import weights_of
    from classify.labels import load_taxonomy
    from classify.model import load
    from classify.retrain import current

    model = current(desk.workspace.model) if desk.root.is_dir() else load()
    if not typed["word"]:
        taxonomy = desk.taxonomy if desk.root.is_dir() else load_taxonomy()
        value = {"version": model.version, "labels": list(model.labels), "words": len(model.words)}
        value["taxonomy"] = taxonomy.version
        return Told(value, look("looks_model.labels_table", model.version, taxonomy))
    found = weights_of(model, typed["word"])
    value = {"letter": found.letter, "headline": found.headline, "groups": list(found.groups), "shown": found.shown}
    return Told({"word": typed["word"], **value}, look("looks_model.word_view", typed["word"], found))


def _evaluate(desk: Desk, typed: Typed) -> Told:
    from classify.evaluate import as_dict, evaluate
    from classify.examples import read_examples
    from classify.model import load
    from classify.retrain import current

    try:
        examples = read_examples(typed["file"], origin=typed["file"].stem)
    except ValueError as error:
        return Told(problems=(Problem(typed["file"].name, "", str(error), "每行写 id、text、label"),), code=FINDINGS)
    report = evaluate(current(desk.workspace.model) if desk.root.is_dir() else load(), examples)
    return Told(as_dict(report), look("looks_model.report_view", report))


MODEL_JOBS = (
    Job("", "topics", "大家在说哪些事：不论来源和说法归成话题，比平常多几倍；不引原话，不涉及人。", _topics, (
        Field("since", "since", "从何时起，默认一天"),
    )),
    Job("", "label", "逐条标注最该看的内容：一键一条，可撤回、可备注；即时生效，可当场再训练。", _label, (
        Field("limit", "count", "这次最多几条，默认 20"),
    )),
    Job("model", "next", "下一步标哪些最有用：拿不准的、少见的、可能标错的，各说明为什么。", _next, (
        Field("limit", "count", "最多几条，默认 10"),
    )),
    Job("model", "train", "用本单位的更正再训练，并说明有没有更好。", _train),
    Job("model", "reset", "换回随附的模型。", _reset),
    Job("model", "show", "七类各引起什么义务；给一个词，看它把判断推向哪一类。", _show, (
        Field("word", "text", "[词]", positional=True),
    )),
    Job("model", "evaluate", "用标好的 JSONL（id、text、label）评一评模型。", _evaluate, (
        Field("file", "file", "文件", required=True, positional=True),
    )),
)  # fmt: skip
