"""Learning the finder's weights: our own answers are well formed, and what is learnt from them finds promises."""

import pytest

from ledger.promises.find import Weights, found_in
from ledger.promises.find_train import THRESHOLD, example, learn, overlap, own_answers
from ledger.promises.segments import read


def test_our_own_answers_quote_themselves() -> None:
    answers = own_answers()
    assert len(answers) >= 40
    assert all("【" not in answer["reply"] for answer in answers)
    assert all(one["quote"] in answer["reply"] for answer in answers for one in answer["commitments"])
    assert {one["strength"] for answer in answers for one in answer["commitments"]} == {"hard", "soft"}
    assert any(not answer["commitments"] for answer in answers)


def test_every_annotation_is_a_run_of_clauses() -> None:
    for answer in own_answers():
        one = example(answer)
        starts = {part.start for part in one.reading.clauses}
        ends = {part.end for part in one.reading.clauses}
        assert all(start in starts and end in ends for start, end, _ in one.gold), answer["reply"]


def test_weights_learnt_from_our_answers_find_their_promises() -> None:
    examples = [example(answer) for answer in own_answers()]
    table = learn(examples, strictness=1.0)
    learnt = Weights(table["commitment"], table["strength"], THRESHOLD)
    found = [{(each.start, each.end) for each in found_in(one.reading, learnt)} for one in examples]
    wanted = [{(start, end) for start, end, _ in one.gold} for one in examples]
    right = sum(len(mine & gold) for mine, gold in zip(found, wanted, strict=True))
    assert right >= 0.8 * sum(map(len, wanted))
    assert found_in(read("感谢您的来信。", examples[0].reading.deadlines[0][1].due_at), learnt) == []  # type: ignore[arg-type]


def test_an_answer_without_a_readable_time_is_refused() -> None:
    with pytest.raises(ValueError, match="replied_at"):
        example({"id": 1, "replied_at": "昨天", "reply": "", "commitments": []})


@pytest.mark.parametrize(
    ("one", "other", "share"), [((0, 4), (2, 6), 1 / 3), ((0, 2), (2, 4), 0.0), ((1, 3), (1, 3), 1.0)]
)
def test_overlap_is_intersection_over_union(one: tuple[int, int], other: tuple[int, int], share: float) -> None:
    assert overlap(one, other) == pytest.approx(share)
