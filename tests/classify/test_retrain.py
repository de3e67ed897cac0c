"""The office's own model: corrections move it, nothing else does, and it can be left behind."""

import time

import pytest

from classify.model import load
from classify.retrain import TooFewCorrections, corrections, current, model_file, reset, retrain
from classify.tags import correct, tag_new
from crawlers.store import save

STREETS = ("城东", "城西", "河滨", "学府", "车站", "老街", "工农", "胜利", "新建", "人民", "文化", "解放")


def notary_letters(post, number, moment):
    """Letters of one family each about a notary's window: this office counts them as matters of conduct."""
    return [
        post(
            n,
            "公证处窗口咨询",
            f"我想去{STREETS[n % 12]}路的公证处办委托书公证，排号机第{n}天没有放号，请问怎么预约？",
            moment,
        )
        for n in range(number)
    ]


@pytest.fixture
def corrected(db, model, post, now):
    save(db, notary_letters(post, 40, now), now=now)
    tag_new(db, model, now=now)
    for (id,) in db.execute("SELECT id FROM posts").fetchall():
        correct(db, id, "credibility", now=now)
    return db


def test_the_office_teaches_its_own_reading(corrected, model, tmp_path):
    question = "公证处排号机又没有放号，我想办遗嘱公证怎么预约"
    other = "小区停水三天，物业和自来水公司互相推，一千多户没法做饭"
    assert model.codes([question]) != ["credibility"]
    done = retrain(corrected, tmp_path / "model")
    assert (done.corrections, done.before < 0.5 < done.after) == (40, True)
    own = current(tmp_path / "model")
    assert own.version == done.version != model.version
    assert own.codes([question]) == ["credibility"]
    assert own.codes([other]) == model.codes([other])
    told = own.predict([question])[0]
    assert told.model == done.version
    # Its own reading is no stranger to it: what it was taught forty times it is sure of.
    assert (told.score > 0.8, told.review) == (True, False)


def test_reset_goes_back_to_the_shipped_model(corrected, model, tmp_path):
    folder = tmp_path / "model"
    retrain(corrected, folder)
    assert reset(folder)
    assert current(folder).version == model.version
    assert not reset(folder)


def test_the_same_corrections_give_the_same_model(corrected, tmp_path):
    assert retrain(corrected, tmp_path / "a").version == retrain(corrected, tmp_path / "b").version


def test_a_retraining_takes_seconds(corrected, tmp_path):
    start = time.perf_counter()
    retrain(corrected, tmp_path / "model")
    assert time.perf_counter() - start < 10


def test_too_few_corrections_say_how_many_are_missing(db, model, post, tmp_path, now):
    save(db, notary_letters(post, 3, now), now=now)
    tag_new(db, model, now=now)
    assert corrections(db) == []
    with pytest.raises(TooFewCorrections, match="至少要 20 条"):
        retrain(db, tmp_path / "model")
    assert not model_file(tmp_path / "model").exists()


def test_without_a_workspace_the_shipped_model_speaks(model):
    assert current(None).version == model.version == load().version
