"""The starter corpus: well-formed, varied, free of near copies and of anything the mask would remove."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

CORPUS = Path(__file__).parents[2] / "classify" / "data" / "corpus"
LABELS = (
    "policy",
    "public_interest",
    "credibility",
    "emergency",
    "moral_line",
    "clarification",
    "superior_directed",
    "none",
)
KINDS = {"board", "forum", "headline", "news", "notice"}
FEWEST_TEXTS = 60
FEWEST_KINDS = 3
GRAM = 8
# Two independent texts on one subject share set phrases (about 0.05); a rewrite of the same text passes 0.3.
NEAR = 0.2


@cache
def lines() -> tuple[dict[str, Any], ...]:
    """Every line of every file of the corpus, in file order."""
    return tuple(
        json.loads(line)
        for label in LABELS
        for line in (CORPUS / f"{label}.jsonl").read_text(encoding="utf-8").splitlines()
    )


def squeeze(text: str) -> str:
    """The text without punctuation and white space, for comparing wording alone."""
    return re.sub(r"[\W_]+", "", text).lower()


def grams(text: str) -> frozenset[str]:
    """The set of character 8-grams of the squeezed text (the whole text if it is shorter)."""
    bare = squeeze(text)
    return frozenset(bare[i : i + GRAM] for i in range(max(1, len(bare) - GRAM + 1)))


def test_no_other_files_lie_in_the_corpus() -> None:
    assert {path.name for path in CORPUS.iterdir()} == {f"{label}.jsonl" for label in LABELS}


@pytest.mark.parametrize("label", LABELS)
def test_a_file_holds_its_own_label_in_the_agreed_form(label: str) -> None:
    rows = [row for row in lines() if row["id"].startswith(f"{label}-")]
    assert len(rows) >= FEWEST_TEXTS
    for row in rows:
        assert set(row) == {"id", "kind", "text", "label", "secondary"}
        assert row["label"] == label
        assert row["kind"] in KINDS
        assert row["text"] == row["text"].strip()
        assert len(row["text"]) >= 8


def test_ids_are_unique_and_every_line_is_counted() -> None:
    ids = [row["id"] for row in lines()]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[a-z_]+-\d{3,4}", one) for one in ids)


def test_secondary_labels_are_other_kinds_without_repeats() -> None:
    for row in lines():
        others = row["secondary"]
        assert set(others) <= set(LABELS) - {row["label"], "none"}, row["id"]
        assert len(set(others)) == len(others), row["id"]


@pytest.mark.parametrize("label", LABELS)
def test_no_label_is_known_by_its_channel(label: str) -> None:
    kinds = Counter(row["kind"] for row in lines() if row["label"] == label)
    assert len(kinds) >= FEWEST_KINDS
    assert max(kinds.values()) <= 0.75 * kinds.total()


def test_no_two_texts_say_the_same_words() -> None:
    seen = Counter(squeeze(row["text"]) for row in lines())
    assert [text for text, times in seen.items() if times > 1] == []


def test_no_two_texts_are_near_copies() -> None:
    sets = {row["id"]: grams(row["text"]) for row in lines()}
    holders: dict[str, list[str]] = defaultdict(list)
    for one, bag in sets.items():
        for gram in bag:
            holders[gram].append(one)
    shared = Counter(pair for ids in holders.values() for pair in combinations(sorted(ids), 2))
    near = [(left, right) for (left, right), common in shared.items() if common / len(sets[left] | sets[right]) > NEAR]
    assert near == []


def test_the_mask_finds_nothing_to_hide() -> None:
    mask = pytest.importorskip("crawlers.mask").mask
    changed = [row["id"] for row in lines() if mask(row["text"]) != row["text"]]
    assert changed == []
