"""Annotations hold where a text is and what it was judged to be, never the text; all of them are found in the data."""

import re

import pytest

from classify.annotated import annotated, headline_ref, judgements, settled
from classify.examples import Example, read_examples
from classify.labels import load_taxonomy


def test_only_places_and_labels_are_kept():
    codes = set(load_taxonomy().codes)
    refs = [one.ref for one in judgements()]
    assert len(refs) == len(set(refs)) > 4_000
    for one in judgements():
        assert re.fullmatch(r"board/附件[34]/\d+|headline/[0-9a-f]{16}|labels/[0-9a-f]{10}", one.ref)
        assert {one.label, *one.secondary} <= codes
        assert one.label not in one.secondary


def test_a_label_that_readers_disputed_is_replaced():
    one = next(one for one in judgements() if one.ref.startswith("labels/"))
    other = Example("ffffffffff", "路灯坏了", "none")
    disputed = Example(one.ref.removeprefix("labels/"), "路灯坏了", "none", kind="board")
    assert settled([disputed, other]) == [
        Example(disputed.id, "路灯坏了", one.label, one.secondary, kind="board"),
        other,
    ]


def test_a_headline_is_known_by_its_words_whatever_the_spaces():
    assert headline_ref(" 路灯  坏了\n") == headline_ref("路灯 坏了") != headline_ref("路灯坏了")


def test_learning_from_a_part_by_mistake_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match="找不到 3939 条"):
        annotated(tmp_path)


@pytest.mark.data
def test_every_annotated_text_is_found_and_none_is_of_the_held_out_set(data):
    held_out = {example.text for example in read_examples(data / "labels" / "dev.jsonl", origin="labels")}
    found = annotated(data)
    assert len(found) == sum(not one.ref.startswith("labels/") for one in judgements())
    assert not held_out & {example.text for example in found}
