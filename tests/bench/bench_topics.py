"""Topics of ten thousand posts: processor seconds and memory, in a process of its own.

Posts are pieces of the project's corpus strung together, so that vocabulary and length are those of letters and few
are copies of each other.
"""

import random
import resource
import subprocess
import sys
import time
from datetime import datetime, timedelta

from classify.examples import corpus
from classify.topics import topics
from crawlers.clock import CHINA
from crawlers.posts import Post

POSTS = 10_000
NOW = datetime(2026, 11, 21, 9, tzinfo=CHINA)


def rows() -> list[tuple[str, float, str]]:
    """(name, value, unit) of every figure."""
    told = subprocess.run([sys.executable, __file__, str(POSTS)], capture_output=True, text=True, check=True)
    seconds, memory = map(float, told.stdout.split())
    return [(f"topics of {POSTS:,} posts", seconds, "CPU s"), (f"memory for {POSTS:,} posts", memory, "MB")]


def _posts(number: int) -> list[Post]:
    chance = random.Random(7)
    texts = [example.text for example in corpus()]
    made = []
    for place in range(number):
        text = "。".join(chance.choice(texts) for _ in range(3))[:350]
        at = NOW - timedelta(hours=chance.random() * 480)
        made.append(
            Post(id=f"{place:032x}", source="信箱", channel="mailbox", url="", title=text[:15], text=text,
                 posted_at=at, fetched_at=at, fingerprint=f"{place:032x}")
        )  # fmt: skip
    return made


if __name__ == "__main__":
    posts = _posts(int(sys.argv[1]))
    start = time.process_time()
    topics(posts, now=NOW, since=NOW - timedelta(days=25))
    used = time.process_time() - start
    print(round(used, 2), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)  # the bench's own result
