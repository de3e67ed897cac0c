"""kill -9 at any moment: what was acknowledged is there, chain and state tables agree. (A kill, not a power cut.)

20 rounds in the suite, 300 with HUIYING_SOAK=1.
"""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path

from ledger.record.database import open_ledger
from ledger.record.events import read
from ledger.record.verify import verify

WRITER = Path(__file__).with_name("writer.py")
ROUNDS = 300 if os.environ.get("HUIYING_SOAK") else 20
WRITERS = 2


def killed(path, name, seconds):
    """A writer that is killed `seconds` after its first acknowledgement; what it had acknowledged by then."""
    process = subprocess.Popen([sys.executable, str(WRITER), str(path), name, "100000"], stdout=subprocess.PIPE)
    first = process.stdout.readline()
    time.sleep(seconds)
    process.send_signal(signal.SIGKILL)
    rest, _ = process.communicate()
    assert process.returncode == -signal.SIGKILL
    return [line for line in [first, *rest.splitlines(keepends=True)] if line.endswith(b"\n")]


def test_what_was_acknowledged_survives_every_kill(book):
    book.opened()
    promised: dict[int, tuple[str, str]] = {}
    for number in range(ROUNDS):
        rng = random.Random(number)
        found: list[list[bytes]] = [[] for _ in range(WRITERS)]

        def run(which, number=number, rng=rng, found=found):
            found[which] = killed(book.path, f"r{number}w{which}", rng.uniform(0, 0.15))

        threads = [threading.Thread(target=run, args=(which,)) for which in range(WRITERS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for line in (line for lines in found for line in lines):
            seq, digest, _, cmd_id = line.decode().split()
            promised[int(seq)] = (digest, cmd_id)
        with closing(open_ledger(book.path)) as db:  # rolls a hot journal back, as the next command would
            stored = {event.seq: (event.hash, event.cmd_id) for event in read(db)}
            assert {seq: stored.get(seq) for seq in promised} == promised
            if number % 10 == 9:
                assert verify(db, 2).status == "ok"
    with closing(open_ledger(book.path)) as db:
        assert verify(db, 2).status == "ok"
    assert len(promised) >= ROUNDS * WRITERS
