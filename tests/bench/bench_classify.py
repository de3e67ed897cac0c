"""Bulk tagging, explanations and cold start against the obvious pipeline, in the same run on one core.

The obvious pipeline is TfidfVectorizer(tokenizer=jieba.lcut) + LinearSVC, loaded with joblib. Texts are the
project's own corpus, strung together to the length of a letter.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from classify.examples import corpus
from classify.model import load

TEXTS = 3_000
SLOW_TEXTS = 600
ROUNDS = 3


def rows() -> list[tuple[str, float, str]]:
    """(name, value, unit) of every figure."""
    texts, labels = _material()
    vectors, machine = _obvious(texts[:SLOW_TEXTS], labels[:SLOW_TEXTS])
    model = load()
    model.predict(texts[:200])
    ratios = [
        (
            _seconds(lambda: machine.predict(vectors.transform(texts[:SLOW_TEXTS]))) / SLOW_TEXTS,
            _seconds(lambda: model.codes(texts)) / TEXTS,
            _seconds(lambda: model.predict(texts)) / TEXTS,
        )
        for _ in range(ROUNDS)
    ]
    cold, obvious_cold = _cold(vectors, machine)
    return [
        ("text to label, one core, × jieba TF-IDF LinearSVC", median(a / b for a, b, _ in ratios), "×"),
        ("text to label with explanation, × jieba TF-IDF LinearSVC", median(a / c for a, _, c in ratios), "×"),
        ("labels a second on one core", median(1 / b for _, b, _ in ratios), "posts/s"),
        ("explained tags a second on one core", median(1 / c for _, _, c in ratios), "posts/s"),
        ("cold start to one tag", cold, "s"),
        ("cold start to one tag, × joblib + scikit-learn + jieba", obvious_cold / cold, "×"),
    ]


def _material() -> tuple[list[str], list[str]]:
    letters = [example for example in corpus() if example.kind == "board"]
    examples = letters[:: len(letters) // SLOW_TEXTS]
    texts = [example.text for example in examples]
    joined = ["。".join(texts[(n + k * 7) % len(texts)] for k in range(4))[:350] for n in range(TEXTS)]
    return joined, [examples[n % len(examples)].label for n in range(TEXTS)]


def _obvious(texts: list[str], labels: list[str]):  # type: ignore[no-untyped-def]  # scikit-learn carries no types
    import jieba
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.svm import LinearSVC

    jieba.setLogLevel(60)
    jieba.dt.tmp_dir = tempfile.gettempdir()
    vectors = TfidfVectorizer(tokenizer=jieba.lcut, token_pattern=None)
    return vectors, LinearSVC().fit(vectors.fit_transform(texts), labels)


def _seconds(work: Callable[[], object]) -> float:
    """Processor time, which a busy neighbour disturbs less than the clock on the wall."""
    start = time.process_time()
    work()
    return time.process_time() - start


_POST = "小区停水三天，物业和自来水公司互相推，一千多户没法做饭"
_OURS = """
import sys
from cli import main
sys.argv[1:1] = ["classify"]
main()
"""
_OBVIOUS = """
import sys, joblib
vocabulary, idf, machine = joblib.load(sys.argv[1])
import jieba
from sklearn.feature_extraction.text import TfidfVectorizer
vectors = TfidfVectorizer(tokenizer=jieba.lcut, token_pattern=None, vocabulary=vocabulary)
vectors.idf_ = idf
machine.predict(vectors.transform([sys.argv[2]]))
"""


def _cold(vectors, machine) -> tuple[float, float]:  # type: ignore[no-untyped-def]
    import joblib

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "model.joblib"
        joblib.dump((vectors.vocabulary_, vectors.idf_, machine), file)
        post = Path(folder) / "post.jsonl"
        post.write_text(json.dumps({"id": "1", "text": _POST}), encoding="utf-8")
        ours = median(_run(_OURS, str(post)) for _ in range(9))
        return ours, median(_run(_OBVIOUS, str(file), _POST) for _ in range(5))


def _run(code: str, *arguments: str) -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", code, *arguments], check=True, capture_output=True)
    return time.perf_counter() - start
