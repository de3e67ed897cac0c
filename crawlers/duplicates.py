"""The same story in several places: exact copies by their skeleton, near copies by MinHash over character triples.

Texts are compared by what they say, never by who said it. Signatures are 64 minima in 32 bands of two: a pair that
shares half its triples meets in some band with a chance above 99.9 %; every pair that meets is then compared exactly.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from crawlers.clean import skeleton

Hashes = NDArray[np.uint64]

ALIKE = 0.5  # share of triples in common (Jaccard) from which two texts are one matter
_PERMUTATIONS, _BANDS = 64, 32
_CHUNK = 2_000  # texts hashed at once; bounds the memory
_CROWD = 64  # texts of one band compared with each other; more are compared with the first only
_RANDOM = np.random.default_rng(20161112)  # fixed: the same texts always make the same groups
_FACTORS = _RANDOM.integers(1, 2**63, _PERMUTATIONS, dtype=np.uint64) | np.uint64(1)
_OFFSETS = _RANDOM.integers(0, 2**63, _PERMUTATIONS, dtype=np.uint64)
_MIX = np.uint64(0x9E3779B97F4A7C15)


def groups(texts: Sequence[str]) -> list[list[int]]:
    """The places of texts that are copies or near copies of each other, each group sorted, two or more a group.

    Texts with fewer than three letters or digits are copies only if they are equal.
    """
    skeletons = [skeleton(text) for text in texts]
    kinds: dict[str, list[int]] = {}
    for place, bare in enumerate(skeletons):
        kinds.setdefault(bare, []).append(place)
    distinct = [bare for bare in kinds if len(bare) >= 3]
    parent = list(range(len(distinct)))
    for one, other in _near(distinct):
        _unite(parent, one, other)
    found: dict[str, list[int]] = {}
    for number, bare in enumerate(distinct):
        found.setdefault(distinct[_root(parent, number)], []).extend(kinds[bare])
    short = [places for bare, places in kinds.items() if 0 < len(bare) < 3]
    return sorted(sorted(places) for places in [*found.values(), *short] if len(places) > 1)


def _near(texts: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Pairs of texts that share at least `ALIKE` of their triples."""
    shingles: list[Hashes] = []
    signatures = np.empty((len(texts), _PERMUTATIONS), dtype=np.uint32)
    for start in range(0, len(texts), _CHUNK):
        chunk = [_shingles(text) for text in texts[start : start + _CHUNK]]
        signatures[start : start + len(chunk)] = _signatures(chunk)
        shingles += chunk
    seen: set[tuple[int, int]] = set()
    for pair in _meetings(signatures):
        if pair not in seen:
            seen.add(pair)
            if _jaccard(shingles[pair[0]], shingles[pair[1]]) >= ALIKE:
                yield pair


def _shingles(text: str) -> Hashes:
    """The distinct hashes of every three neighbouring characters, sorted."""
    codes = np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32).astype(np.uint64)
    triples = (codes[:-2] << np.uint64(42)) ^ (codes[1:-1] << np.uint64(21)) ^ codes[2:]
    return np.unique(triples * _MIX)


def _signatures(chunk: Sequence[Hashes]) -> NDArray[np.uint32]:
    """For each text, the least value of its shingles under each permutation."""
    every = np.concatenate(chunk)
    starts = np.cumsum([0, *(len(one) for one in chunk[:-1])])
    rows = np.empty((len(chunk), _PERMUTATIONS), dtype=np.uint32)
    for number in range(_PERMUTATIONS):
        values = ((every * _FACTORS[number] + _OFFSETS[number]) >> np.uint64(32)).astype(np.uint32)
        rows[:, number] = np.minimum.reduceat(values, starts)
    return rows


def _meetings(signatures: NDArray[np.uint32]) -> Iterator[tuple[int, int]]:
    """Pairs of rows that agree in a whole band."""
    for band in signatures.reshape(len(signatures), _BANDS, _PERMUTATIONS // _BANDS).swapaxes(0, 1):
        keys = (band[:, 0].astype(np.uint64) << np.uint64(32)) | band[:, 1]
        order = np.argsort(keys, kind="stable")
        breaks = np.flatnonzero(np.diff(keys[order])) + 1
        for bucket in np.split(order, breaks):
            if len(bucket) > 1:
                yield from _pairs(bucket.tolist())


def _pairs(bucket: list[int]) -> Iterator[tuple[int, int]]:
    if len(bucket) > _CROWD:
        yield from ((bucket[0], other) for other in bucket[1:])
        return
    for place, one in enumerate(bucket):
        yield from ((one, other) for other in bucket[place + 1 :])


def _jaccard(one: Hashes, other: Hashes) -> float:
    common = len(np.intersect1d(one, other, assume_unique=True))
    return common / (len(one) + len(other) - common)


def _root(parent: list[int], place: int) -> int:
    while parent[place] != place:
        parent[place] = parent[parent[place]]
        place = parent[place]
    return place


def _unite(parent: list[int], one: int, other: int) -> None:
    one, other = _root(parent, one), _root(parent, other)
    parent[max(one, other)] = min(one, other)
