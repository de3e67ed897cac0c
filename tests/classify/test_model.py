"""The model file and what it may hold: figures and dictionary words, the same bytes each time, no names."""

import io
import json
import zipfile

import numpy as np
import pytest

from classify.archive import ModelFileError, read_archive, write_archive
from classify.examples import Example, corpus, read_examples
from classify.explain import weights_of
from classify.labels import load_taxonomy
from classify.model import load, shipped
from classify.ship import ship
from classify.train import OPENING, Lessons, Targets, first_half, save, train

NAMES = ("欧阳秋実", "司马长庚", "王建国", "李秀英", "张桂花")


@pytest.fixture(scope="module")
def few():
    """Twenty texts of each label: enough to train on in a second."""
    kept = {}
    for example in corpus():
        kept.setdefault(example.label, []).append(example)
    return [example for examples in kept.values() for example in examples[:20]]


def test_the_same_examples_give_the_same_bytes(few, tmp_path):
    first = save(train(few, load_taxonomy()), tmp_path / "a.npz")
    second = save(train(few, load_taxonomy()), tmp_path / "b.npz")
    assert first == second
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


def test_planted_names_are_not_in_the_model_file(few, tmp_path):
    planted = [
        Example(e.id, f"我叫{name}，联系人：{name}。{e.text}{name}说，{name}到场。", e.label)
        for e in few
        for name in [NAMES[len(e.text) % len(NAMES)]]
    ]
    save(train(planted, load_taxonomy()), tmp_path / "model.npz")
    with zipfile.ZipFile(tmp_path / "model.npz") as archive:
        content = b"".join(archive.read(name) for name in archive.namelist())
    for name in NAMES:
        for encoding in ("utf-8", "utf-16-le", "utf-32-le", "gb18030", "unicode_escape"):
            assert name.encode(encoding) not in content
    tags = load(tmp_path / "model.npz").predict([e.text for e in planted])
    shown = {term for tag in tags for term, _ in tag.terms}
    assert not {term for term in shown for name in NAMES if name in term or term in name}


@pytest.mark.parametrize(
    ("letter", "opening"),
    [
        (
            "城东菜场的排水沟堵了两个月。\n污水漫到人行道上，路过的人都绕着走，请派人看看。",
            "城东菜场的排水沟堵了两个月。",
        ),
        ("您好！城东菜场的排水沟堵了两个月！污水漫到人行道上，请派人看看。", "您好！城东菜场的排水沟堵了两个月！"),
        ("城东菜场排水沟堵塞的投诉 污水漫到人行道上，路过的人都绕着走，请派人看看", "城东菜场排水沟堵塞的投诉 "),
        ("城东菜场的排水沟堵了两个月，污水漫到人行道上，路过的人都绕着走，请派人看看。", None),
        ("城东菜场的排水沟堵了两个月。请派人看看。", None),
    ],
)
def test_the_opening_of_a_letter_is_its_first_sentence_or_line(letter, opening):
    found = OPENING.match(letter)
    assert (found and found[0]) == opening


def test_the_first_half_of_a_letter_is_half_its_sentences_and_two_at_least():
    half = "城东菜场的排水沟堵了两个月。污水漫到人行道上。路过的人都绕着走！"
    assert first_half(f"{half}我们打过三次电话。每次都说在排队。请领导派人去看看。") == half
    assert first_half("您好！城东菜场的排水沟堵了两个月。污水漫到人行道上。请领导派人去看看。") == (
        "城东菜场的排水沟堵了两个月。污水漫到人行道上。"
    )
    assert first_half("城东菜场的排水沟堵了两个月。污水漫到人行道上。") == ""


def test_a_part_is_never_learnt_from_without_its_letter():
    # Else cross-validated figures would be those of texts half seen.
    targets = Targets(np.array([0, 1, 2, 1]), np.zeros((4, 3), dtype=bool), np.array([1, 1, 1, 0.8]))
    lessons = Lessons(np.arange(8).reshape(4, 2), targets, np.array([0, 1, 2, 1]))
    features, seen = lessons.of(np.array([0, 2]))
    assert features.tolist() == [[0, 1], [4, 5]]
    features, seen = lessons.of(np.array([1, 2]))
    assert features.tolist() == [[2, 3], [4, 5], [6, 7]]
    assert seen.primary.tolist() == [1, 2, 1]


GRAVE = (
    "昨天半夜我们厂区隔壁的仓库突然爆炸，整栋楼都在晃，玻璃全碎了，现在还有人没找到，周围居民要不要撤离？",
    "今天早上七点多农贸市场二楼煤气罐爆炸，好几个摊主被烧伤送去医院，火还没有完全扑灭，请尽快派人处置并公布情况。",
    "我们村后山连续下雨已经塌方三次，昨晚又下来几十方泥石，压垮了两户的猪圈，山脚还住着十几户老人，请马上转移。",
    "河堤昨晚决口，下游三个村都进水了，电也停了，手机信号断断续续，请问救援什么时候到？村里还有走不动的老人。",
    "高速路口刚发生大巴侧翻，有人被压在下面，附近群众在救，请快派救护车，去的路上堵得厉害，再晚就来不及了。",
)


def test_a_letter_about_a_disaster_is_known_although_real_boards_hold_hardly_one(model):
    assert [tag.label for tag in model.predict(GRAVE)] == ["emergency"] * len(GRAVE)


def test_only_listed_words_are_shown_as_reasons(model):
    allowed = set(model.words) | set(model.cues.lexicon.cues)
    tags = model.predict([example.text for example in corpus()[::9]])
    assert {term for tag in tags for term, _ in tag.terms} <= allowed


def test_reasons_are_in_the_text_and_strongest_first(model):
    text = "昨夜城东一化工厂爆炸起火，消防正在搜救被困工人"
    (tag,) = model.predict([text])
    assert tag.label == "emergency"
    assert all(term in text for term, _ in tag.terms)
    weights = [weight for _, weight in tag.terms]
    assert weights == sorted(weights, reverse=True)
    assert weights[-1] > 0
    assert {"爆炸", "起火"} & {term for term, _ in tag.terms}


def test_a_word_tells_what_it_speaks_for(model):
    found = weights_of(model, "爆炸")
    assert max(found.letter, key=found.letter.get) == "emergency"
    assert max(found.headline, key=found.headline.get) == "emergency"
    assert found.groups == ("火灾爆炸",)
    assert found.shown
    assert sum(found.letter.values()) == pytest.approx(0, abs=0.05)


def test_a_words_weight_is_what_it_adds_in_a_usual_letter(model):
    # A letter of usual length, with and without the word: the difference is near what is shown for it.
    rest = "我们这里住了很多年" * 22
    with_word, without = (np.log(row) for row in model.probabilities([f"{rest}听说爆炸了", f"{rest}听说没事了"]))
    change = (with_word - without) - (with_word - without).mean()
    shown = np.array(list(weights_of(model, "爆炸").letter.values()))
    assert model.labels[int(change.argmax())] == model.labels[int(shown.argmax())] == "emergency"
    assert 0.3 < shown.max() / change.max() < 3


def test_an_unknown_word_says_nothing(model):
    found = weights_of(model, "鼋鼍")
    assert (found.groups, found.shown) == ((), False)


def test_too_few_examples_of_a_label_are_refused(few):
    with pytest.raises(ValueError, match="moral_line"):
        train([example for example in few if example.label != "moral_line"], load_taxonomy())


def test_a_damaged_or_foreign_file_is_refused_in_chinese(tmp_path):
    path = tmp_path / "model.npz"
    with pytest.raises(ModelFileError, match="没有模型文件"):
        load(path)
    path.write_bytes(b"not a zip")
    with pytest.raises(ModelFileError, match="已损坏"):
        load(path)
    write_archive(path, {"weights": np.zeros(1)}, {"format": 0})
    with pytest.raises(ModelFileError, match="格式与本程序不符"):
        load(path)


def test_a_pickle_in_the_file_is_not_loaded(tmp_path):
    path = tmp_path / "model.npz"
    hidden = io.BytesIO()
    np.save(hidden, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("model.json", json.dumps({"format": 2}))
        archive.writestr("weights.npy", hidden.getvalue())
    with pytest.raises(ModelFileError, match="已损坏"):
        read_archive(path)


def test_a_text_that_names_someone_is_masked_before_training():
    assert "13800138000" not in Example("1", "我叫王建国，电话13800138000", "none").text


def test_a_bad_line_of_examples_is_named(tmp_path):
    path = tmp_path / "more.jsonl"
    path.write_text('{"id": "1", "text": "路灯", "label": "none"}\n\n{"id": "2"}\n', encoding="utf-8")
    with pytest.raises(ValueError, match=r"more\.jsonl 第 3 行"):
        read_examples(path, origin="labels")


@pytest.mark.data
def test_the_shipped_model_is_what_the_corpus_and_the_labels_give(data, tmp_path):
    path = tmp_path / "model.npz"
    ship(data / "labels", path)
    assert path.read_bytes() == shipped().read_bytes(), "run: python -m classify.ship <labels>, then raise the floors"
