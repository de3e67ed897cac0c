"""Posts on one matter, across sources and wordings: how many, since when, where, in which words, and whether it grows.

Posts become TF-IDF vectors of words (names of persons left out). Each looks for neighbours through its most telling
words only. The post with the most neighbours is the seed of a topic, and every member must resemble the centre of the
seed's neighbourhood, so that chains do not grow into topics. A topic shows terms and places, never a sentence of a
post, nobody.
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
from classify.words import cut, is_empty, is_name, is_word
from crawlers.posts import Post

FEWEST = 3
"""Posts that make a topic."""

_TELLING = 20  # words of a post by which it looks for neighbours
_COMMON, _CROWD = 0.05, 2_000  # a word in more than this share, or in more posts than this, finds nobody
_ALIKE = 0.18  # cosine from which two posts are neighbours
_CENTRE = 0.34  # cosine a member must have with the sum of the others of its topic
_ROUNDS = 2  # times a topic is gathered around its centre
_BLOCK = 250  # rows compared at once: bounds the memory
_TERMS = 6
# A place in words: what stands before the kind of place, up to the last word that cannot belong to a name.
_PLACE = re.compile(
    r"(?:.*(?:我[们是]?|你|咨询|请问|问问|关于|反映|投诉|举报|建议|希望|请求|住在|位于|来自|附近|周边|距离|同一|延长|造成|用于|整个"
    r"|[一二两三几每这那该本全][个条]|[在到从对将把和与及为的了是请问而现无该本同全这那]))?"
    r"(?P<name>(?:[一-鿿]{2,6}?|[一-鿿]{0,4}[A-Z0-9]{1,4})(?:街道|社区|小区|花园|广场|大道|[县区镇乡村路]))"
)
# Kinds of places, not names of places.
_GENERIC = re.compile(r"(?:断头|[一这那]条|[线铁道]|这个)路$|农村$|(?:住宅|新|们|在|目前.*)小区$")
_CLAUSE = re.compile(r"[一-鿿A-Z0-9]{2,16}?(?:街道|社区|小区|花园|广场|大道|[县区镇乡村路])")

Ints = NDArray[np.int64]
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
        centre = _sum(matrix[members]) / len(members)
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
    """Places of the posts of each topic, nearest to its centre first.

    Star clustering: the post with the most neighbours that is left is the seed, it and its neighbours give a centre,
    and what is near that centre, among them and their neighbours, is a topic.
    """
    graph = _neighbours(matrix)
    free = np.ones(graph.shape[0], dtype=bool)
    found = []
    for seed in np.argsort(-np.diff(graph.indptr), kind="stable").tolist():
        star = _free(graph, np.array([seed]), free) if free[seed] else np.zeros(0, dtype=np.int64)
        for _ in range(_ROUNDS):
            if len(star) < FEWEST:
                break
            around = _free(graph, star, free)
            likeness = _likeness(matrix, around, star)
            star, likeness = around[likeness >= _CENTRE], likeness[likeness >= _CENTRE]
        if len(star) >= FEWEST:
            found.append(star[np.argsort(-likeness, kind="stable")].tolist())
            free[star] = False
    return found


def _free(graph: Any, places: Ints, free: NDArray[np.bool_]) -> Ints:
    """`places` and their neighbours that belong to no topic yet, in order."""
    near: Ints = np.unique(np.concatenate([places, graph[places].indices])).astype(np.int64)
    return near[free[near]]


def _likeness(matrix: Any, around: Ints, star: Ints) -> Reals:
    """Cosine of each post of `around` with the sum of `star`, itself left out: of three posts that have nothing in
    common each would still resemble their middle."""
    middle = _sum(matrix[star])
    dot, square = matrix[around] @ middle, float(middle @ middle)
    own = np.isin(around, star)
    length = np.where(own, square - 2 * dot + 1, square)  # rows have length one
    likeness: Reals = np.where(own, dot - 1, dot) / np.sqrt(np.maximum(length, 1e-9))
    return likeness


def _sum(rows: Any) -> Reals:
    """The sum of rows, over what is not zero only: the width is the whole vocabulary's."""
    return np.bincount(rows.indices, weights=rows.data, minlength=rows.shape[1]).astype(np.float64)


def _neighbours(matrix: Any) -> Any:
    """Pairs of posts that are alike, found by their most telling words, as a sparse graph."""
    sparse = import_module("scipy.sparse")
    telling = _most_telling(matrix)
    rows, columns = [], []
    turned = telling.T.tocsr()
    for start in range(0, matrix.shape[0], _BLOCK):
        block = (telling[start : start + _BLOCK] @ turned).tocoo()
        near = (block.data >= _ALIKE) & (block.col > block.row + start)
        rows.append(block.row[near] + start)
        columns.append(block.col[near])
    one, other = np.concatenate(rows), np.concatenate(columns)
    both = (np.concatenate([one, other]), np.concatenate([other, one]))
    size = matrix.shape[0]
    return sparse.csr_matrix((np.ones(len(both[0]), dtype=np.int8), both), shape=(size, size))


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


def _usual(earlier: Any, centre: Reals, posts: Sequence[Post], span: timedelta) -> float | None:
    """How many earlier posts resemble the centre, in a span as long as the one looked at."""
    if not posts:
        return None
    likeness = earlier @ (centre / max(float(np.linalg.norm(centre)), 1e-9))
    times = [_time(post) for post in posts]
    length = max((max(times) - min(times)) / span, 1.0)
    return round(float(np.count_nonzero(likeness >= _CENTRE)) / float(length), 2)


def _topic(posts: list[Post], centre: Reals, words: list[str], usual: float | None) -> Topic:
    strong = [words[place] for place in np.argsort(-centre, kind="stable")[: 6 * _TERMS] if centre[place] > 0]
    best = [word for word in strong if not is_empty(word)]
    places = Counter(place for post in posts for place in _places(wording(post.title, post.text)[:200]))
    often = [place for place, times in places.most_common(9) if 3 * times >= len(posts) and times > 1]
    # Of 「A市A3区」 and 「A3区」, or 「距A3区」, the shorter is the name.
    named = tuple(place for place in often if not any(place != one and place.endswith(one) for one in often))[:3]
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
    return {match["name"] for match in found if match and not _GENERIC.search(match["name"])}
