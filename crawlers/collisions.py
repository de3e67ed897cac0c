"""One number, two matters: tickets of another system must not overwrite those that are here.

A post from a file is known by the kind of its system and its number there. Two systems of one kind may count alike:
where the question under a known number is another one altogether, the new one is kept beside it and reported.
"""

import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from json import dumps
from typing import NamedTuple

from crawlers.clean import skeleton
from crawlers.clock import stamp
from crawlers.posts import Post, post_id
from crawlers.workspace import Problem

# Share of the shorter question's pairs of characters that the other one holds. On 2,816 real messages, pairs of
# different ones share 0.04 in the middle and 0.14 at most in 99 of 100.
_ALIKE = 0.3
_NAMED = 3


class _Said(NamedTuple):
    pairs: frozenset[str]
    posted_at: str | None


def keep_apart(
    db: sqlite3.Connection, posts: Sequence[Post], *, key: bytes, file: str
) -> tuple[list[Post], list[Problem]]:
    """`posts` with ids of their own where their number is already another matter's, and the report of those.

    Reads the store only. The new id depends on the question, so that importing the file again finds it again.
    """
    known = _stored(db, posts)
    kept, moved = [], []
    for post in posts:
        said = _said(post.title, post.text, stamp(post.posted_at) if post.posted_at else None)
        if _is_other(known.setdefault(post.id, said), said):
            locator = f"{post.id} {skeleton(post.title)} {skeleton(post.text)}"
            post = replace(post, id=post_id(key, post.source, locator))
            moved.append(post)
        kept.append(post)
    return kept, [_problem(file, moved)] if moved else []


def _stored(db: sqlite3.Connection, posts: Sequence[Post]) -> dict[str, _Said]:
    ids = dumps([post.id for post in posts])
    rows = db.execute(
        "SELECT id, title, text, posted_at FROM posts WHERE id IN (SELECT value FROM json_each(?))", [ids]
    )
    return {row["id"]: _said(row["title"], row["text"], row["posted_at"]) for row in rows}


def _said(title: str, text: str, posted_at: str | None) -> _Said:
    body = skeleton(f"{title}{text}")
    return _Said(frozenset(map("".join, pairwise(body))), posted_at)


def _is_other(one: _Said, other: _Said) -> bool:
    """Whether two questions have nothing to do with each other; asked at one moment, they are one that was edited."""
    if one.posted_at is not None and one.posted_at == other.posted_at:
        return False
    shorter = min(len(one.pairs), len(other.pairs))
    return shorter > 0 and len(one.pairs & other.pairs) < _ALIKE * shorter


def _problem(file: str, moved: Sequence[Post]) -> Problem:
    named = "".join(f"「{post.title or post.text[:20]}」" for post in moved[:_NAMED]) + (
        "等" if len(moved) > _NAMED else ""
    )
    return Problem(
        file,
        "",
        f"有 {len(moved)} 条的编号与另一条相同，问题却完全不同：{named}",
        "没有覆盖，已另存；如果出自另一个系统，请加 --source 系统名称 导入，以后才能按编号更新",
    )
