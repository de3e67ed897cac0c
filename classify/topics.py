"""Posts on one matter, across sources and wordings: how many, since when, where, in which words, and whether it grows.

Posts become TF-IDF vectors of words (names of persons left out). Each looks for neighbours through its most telling
words only; neighbours are joined into components; then every member must resemble its component's centre, or it is let
go, so that chains do not grow into topics. A topic shows terms and places, never a sentence of a post, nobody.
"""

import re
from array import array
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import import_module
from math import log
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classify.tags import wording
from classify.words import cut, is_name, is_word
from crawlers.posts import Post

FEWEST = 3
"""Posts that make a topic."""

_TELLING = 20  # words of a post by which it looks for neighbours
_COMMON, _CROWD = 0.05, 2_000  # a word in more than this share, or in more posts than this, finds nobody
_ALIKE = 0.22  # cosine from which two posts are neighbours
_CENTRE = 0.30  # cosine a member must have with the centre of its topic
_BLOCK = 250  # rows compared at once: bounds the memory
_TERMS = 6
# A place in words: what stands before the kind of place, up to the last word that cannot belong to a name.
_PLACE = re.compile(
    r"(?:.*(?:我[们是]?|你|咨询|请问|问问|关于|反映|投诉|举报|建议|希望|请求|住在|位于|来自|[在到从对将把和与及为的了是请问]))?"
    r"(?P<name>[一-鿿A-Z0-9]{1,6}?(?:街道|社区|小区|花园|广场|大道|[县区镇乡村路]))"
)
_CLAUSE = re.compile(r"[一-鿿A-Z0-9]{2,16}?(?:街道|社区|小区|花园|广场|大道|[县区镇乡村路])")

Reals = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Topic:
    """One matter. Times are aware; `usual` is what the time before `since` leads one to expect in an equal span."""

    ids: tuple[str, ...]  # the posts, nearest to the centre first
    count: int
    terms: tuple[str, ...]
    places: tuple[str, ...]
    first: datetime
    last: datetime
    sources: tuple[str, ...]
    usual: float | None  # None: no earlier posts to compare with

    @property
    def growth(self) -> float | None:
        """How many times the usual number; None where that is unknown."""
        return None if self.usual is None else round(self.count / max(self.usual, 1.0), 1)

    @property
    def headline(self) -> str:
        """Places and terms, in Chinese, without quoting anybody."""
        return "".join(self.places[:1]) + ("：" if self.places else "") + "、".join(self.terms[:4])


def topics(posts: Sequence[Post], *, now: datetime, since: datetime) -> list[Topic]:
    """The topics among posts of `since` … `now`, largest first; earlier posts tell what is usual.

    ValueError if `since` is not before `now`.
    """
    if since >= now:
        raise ValueError("since must be before now")
    recent = [post for post in posts if since <= _time(post) <= now]
    earlier = [post for post in posts if _time(post) < since]
    if len(recent) < FEWEST:
        return []
    vectors = _Vectors([*recent, *earlier])
    matrix = vectors.matrix[: len(recent)]
    found = []
    for members in _groups(matrix):
        centre = np.asarray(matrix[members].mean(axis=0)).ravel()
        usual = _usual(vectors.matrix[len(recent) :], centre, earlier, now - since)
        found.append(_topic([recent[place] for place in members], centre, vectors.words, usual))
    return sorted(found, key=lambda topic: (-topic.count, topic.last, topic.ids))


def _time(post: Post) -> datetime:
    return post.posted_at or post.fetched_at


class _Vectors:
    """TF-IDF rows of length one over the words of all posts."""

    def __init__(self, posts: Sequence[Post]) -> None:
        sparse = import_module("scipy.sparse")  # half a second to load, and only topics need it
        column: dict[str, int] = {}
        # Flat arrays, not a bag a post: a hundred thousand bags of words would take a gigabyte.
        ends, columns, values = array("q", [0]), array("i"), array("f")
        for post in posts:
            for word, times in Counter(_telling(wording(post.title, post.text))).items():
                columns.append(column.setdefault(word, len(column)))
                values.append(1 + log(times))
            ends.append(len(columns))
        self.words = list(column)
        parts = (np.array(values, np.float32), np.array(columns, np.int32), np.array(ends, np.int64))
        matrix = sparse.csr_matrix(parts, shape=(len(posts), len(column)))
        spread = np.bincount(matrix.indices, minlength=len(column))
        # A word of one post finds nobody and would only lengthen its row.
        idf = np.where(spread > 1, np.log((1 + len(posts)) / (1 + spread)) + 1, 0).astype(np.float32)
        matrix = (matrix @ sparse.diags(idf)).tocsr()
        matrix.eliminate_zeros()
        matrix.sort_indices()
        length = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
        self.matrix = (sparse.diags(1 / np.maximum(length, 1e-9)) @ matrix).tocsr()


_KNOWN: dict[str, bool] = {}


def _telling(text: str) -> list[str]:
    """Words that may stand for a matter: of two characters or more, not the name of a person."""
    return [word for word in cut(text) if len(word) > 1 and _is_telling(word)]


def _is_telling(word: str) -> bool:
    if word not in _KNOWN:
        chinese = all("一" <= char <= "鿿" for char in word)
        _KNOWN[word] = chinese and not is_name(word) and (len(word) > 2 or is_word(word))
    return _KNOWN[word]


def _groups(matrix: Any) -> list[list[int]]:
    """Places of the posts of each topic, nearest to its centre first."""
    csgraph = import_module("scipy.sparse.csgraph")
    number, component = csgraph.connected_components(_neighbours(matrix), directed=False)
    order = np.argsort(component, kind="stable")
    edges = np.searchsorted(component[order], np.arange(number + 1))
    found = []
    for start, end in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        if end - start >= FEWEST:
            found += _cores(matrix, order[start:end])
    return found


def _neighbours(matrix: Any) -> Any:
    """Pairs of posts that are alike, found by their most telling words, as a sparse graph."""
    sparse = import_module("scipy.sparse")
    telling = _most_telling(matrix)
    rows, columns = [], []
    turned = telling.T.tocsc()
    for start in range(0, matrix.shape[0], _BLOCK):
        block = (telling[start : start + _BLOCK] @ turned).tocoo()
        near = (block.data >= _ALIKE) & (block.col > block.row + start)
        rows.append(block.row[near] + start)
        columns.append(block.col[near])
    pairs = (np.concatenate(rows), np.concatenate(columns))
    size = matrix.shape[0]
    return sparse.csr_matrix((np.ones(len(pairs[0]), dtype=np.int8), pairs), shape=(size, size))


def _most_telling(matrix: Any) -> Any:
    """Each row's strongest words, without those that stand everywhere; lengths stay those of the whole row."""
    sparse = import_module("scipy.sparse")
    spread = np.bincount(matrix.indices, minlength=matrix.shape[1])
    common = spread > max(min(_COMMON * matrix.shape[0], _CROWD), 20)
    pointers, columns, values = [0], [], []
    for row in range(matrix.shape[0]):
        span = slice(matrix.indptr[row], matrix.indptr[row + 1])
        mine = np.flatnonzero(~common[matrix.indices[span]])
        best = mine[np.argsort(-matrix.data[span][mine], kind="stable")[:_TELLING]]
        columns.append(matrix.indices[span][best])
        values.append(matrix.data[span][best])
        pointers.append(pointers[-1] + len(best))
    arrays = (np.concatenate(values), np.concatenate(columns), np.array(pointers))
    return sparse.csr_matrix(arrays, shape=matrix.shape)


def _cores(matrix: Any, members: NDArray[np.int64]) -> list[list[int]]:
    """A component's members near its centre; what is left over is tried again by itself."""
    found: list[list[int]] = []
    left = members
    while len(left) >= FEWEST:
        centre = np.asarray(matrix[left].mean(axis=0)).ravel()
        # A wide component has no middle: start from its densest post, not from the average of everything.
        densest = matrix[left[int(np.argmax(matrix[left] @ centre))]]
        near = left[np.asarray((matrix[left] @ densest.T).todense()).ravel() >= _ALIKE]
        centre = np.asarray(matrix[near].mean(axis=0)).ravel()
        likeness = matrix[left] @ (centre / max(float(np.linalg.norm(centre)), 1e-9))
        core = likeness >= _CENTRE
        if core.sum() < FEWEST:
            return found
        found.append(left[core][np.argsort(-likeness[core], kind="stable")].tolist())
        left = left[~core]
    return found


def _usual(earlier: Any, centre: Reals, posts: Sequence[Post], span: timedelta) -> float | None:
    """How many earlier posts resemble the centre, in a span as long as the one looked at."""
    if not posts:
        return None
    likeness = earlier @ (centre / max(float(np.linalg.norm(centre)), 1e-9))
    times = [_time(post) for post in posts]
    length = max((max(times) - min(times)) / span, 1.0)
    return round(float(np.count_nonzero(likeness >= _CENTRE)) / float(length), 2)


def _topic(posts: list[Post], centre: Reals, words: list[str], usual: float | None) -> Topic:
    best = [words[place] for place in np.argsort(-centre, kind="stable")[: 3 * _TERMS] if centre[place] > 0]
    places = Counter(place for post in posts for place in _places(wording(post.title, post.text)[:200]))
    named = tuple(place for place, times in places.most_common(3) if 3 * times >= len(posts))
    terms = tuple(word for word in best if not any(word in place for place in named))[:_TERMS]
    times = sorted(map(_time, posts))
    return Topic(
        ids=tuple(post.id for post in posts),
        count=len(posts),
        terms=terms,
        places=named,
        first=times[0],
        last=times[-1],
        sources=tuple(sorted({post.source for post in posts})),
        usual=usual,
    )


def _places(text: str) -> set[str]:
    found = (_PLACE.match(clause) for clause in _CLAUSE.findall(text))
    return {match["name"] for match in found if match and len(match["name"]) > 1}
