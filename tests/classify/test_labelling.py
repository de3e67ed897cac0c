"""What each keystroke of a labelling sitting means."""

import pytest

from classify.labelling import Sitting, keys
from classify.labels import load_taxonomy
from classify.queue import Question

CODES = load_taxonomy().codes
LETTERS = tuple(
    Question(number, "标题", "正文", label, proposed, 0.5, (), "拿不准")
    for number, label, proposed in (("a", "none", "policy"), ("b", "policy", "policy"), ("c", "none", "none"))
)


def pressed(*typed: str) -> tuple[Sitting, list[str]]:
    sitting, kinds = Sitting(LETTERS, CODES), []
    for key in typed:
        step = sitting.read(key)
        kinds.append(step.kind)
        sitting = sitting.after(step)
    return sitting, kinds


def test_seven_keys_in_order_of_decision_and_zero_for_none():
    assert list(keys(CODES)) == [*"1234567", "0"]
    assert keys(CODES)["1"] == "superior_directed"
    assert keys(CODES)["0"] == "none"


def test_a_key_judges_and_goes_on():
    sitting, kinds = pressed("5", "\r", "0")
    assert kinds == ["judge"] * 3
    assert [(one.post_id, one.label) for one in sitting.given] == [("a", "credibility"), ("b", "policy"), ("c", "none")]
    assert sitting.question is None
    assert sitting.changed == 1


def test_enter_and_space_agree_with_the_model():
    assert [pressed(key)[0].given[0].label for key in ("\r", "\n", " ")] == ["policy"] * 3


def test_what_was_taken_back_is_asked_again():
    sitting, kinds = pressed("5", "s", "4", "u")
    assert kinds[-1] == "undo"
    assert sitting.question is LETTERS[2]
    sitting, _ = pressed("5", "s", "u")
    assert sitting.question is LETTERS[0]
    assert sitting.given == ()
    assert pressed("u")[1] == ["nothing"]


@pytest.mark.parametrize(
    ("key", "kind"),
    [("q", "quit"), ("\x03", "quit"), ("\x1b", "quit"), ("Q", "quit"), ("？", "help"), ("t", "train"), ("n", "note")],
)
def test_other_keys(key: str, kind: str):
    assert pressed(key)[1] == [kind]


@pytest.mark.parametrize("key", ["8", "9", "x", "好", ""])
def test_a_key_without_a_meaning_changes_nothing(key: str):
    sitting, kinds = pressed(key)
    assert kinds == ["unknown"]
    assert sitting.place == 0


def test_after_the_last_post_only_leaving_and_taking_back_are_left():
    sitting, _ = pressed("0", "0", "0")
    assert [sitting.read(key).kind for key in ("1", "s", "\r", "u", "q")] == ["unknown"] * 3 + ["undo", "quit"]
