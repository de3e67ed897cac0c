"""Near duplicates: documents a second and recall against datasketch's MinHash LSH on the same synthetic reposts."""

import random
from time import process_time

from crawlers.clean import skeleton
from crawlers.duplicates import groups

_WORDS = (
    "停水停电小区物业道路施工噪音污水垃圾学校食堂医院挂号公交站台路灯井盖房产证拆迁补偿工资社保法律援助窗口".strip()
)


def _posts(count: int, seed: int) -> list[str]:
    chance = random.Random(seed)
    alphabet = [chr(0x4E00 + number) for number in range(3000)]
    return ["".join(chance.choice(alphabet) for _ in range(chance.randint(80, 400))) for _ in range(count)]


def _edit(text: str, share: float, chance: random.Random) -> str:
    return "".join(chance.choice(_WORDS) if chance.random() < share else char for char in text)


def _material() -> tuple[list[str], dict[str, list[tuple[int, int]]]]:
    chance = random.Random(3)
    texts = _posts(4000, 1)
    ways = {
        "截去三成": lambda text: text[: len(text) * 7 // 10],
        "加转发语": lambda text: "【转发】" + text,
        "改标点": lambda text: "，".join(text[i : i + 9] for i in range(0, len(text), 9)),
        "改一成字": lambda text: _edit(text, 0.10, chance),
    }
    pairs: dict[str, list[tuple[int, int]]] = {}
    for name, way in ways.items():
        for place in chance.sample(range(4000), 500):
            pairs.setdefault(name, []).append((place, len(texts)))
            texts.append(way(texts[place]))
    return texts, pairs


def _ours(texts: list[str]) -> dict[int, int]:
    return {place: number for number, group in enumerate(groups(texts)) for place in group}


def _theirs(texts: list[str]) -> dict[int, int]:
    from datasketch import MinHash, MinHashLSH

    lsh, hashes, found = MinHashLSH(threshold=0.5, num_perm=128), [], {}
    for number, text in enumerate(texts):
        bare = skeleton(text)
        made = MinHash(num_perm=128)
        made.update_batch([bare[i : i + 3].encode() for i in range(max(1, len(bare) - 2))])
        for other in lsh.query(made):
            if made.jaccard(hashes[other]) >= 0.5:
                found[number] = found.setdefault(other, other)
        lsh.insert(number, made)
        hashes.append(made)
    return found


def rows() -> list[tuple[str, float, str]]:
    """Speed as a ratio, recall per kind of repost for both."""
    texts, pairs = _material()
    told: list[tuple[str, float, str]] = []
    results = {}
    for name, run in (("本项目", _ours), ("datasketch", _theirs)):
        start = process_time()
        results[name] = run(texts)
        told.append((f"{name} 每秒篇数", len(texts) / (process_time() - start), "篇/CPU 秒"))
    told.append(("倍数", told[0][1] / told[1][1], "×"))
    for kind, wanted in pairs.items():
        for name, found in results.items():
            hit = sum(a in found and found.get(a) == found.get(b) for a, b in wanted)
            told.append((f"召回 {kind} {name}", hit / len(wanted), ""))
    return told
