"""A workspace: the directory that holds one office's configuration, databases and evidence."""

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong in people's data: a value to be reported with its place and remedy, never raised."""

    file: str
    place: str  # "第 12 行", "第 3 行「联系电话」列", or "" where the whole file is meant
    message: str
    remedy: str

    def __str__(self) -> str:
        """One line for a terminal."""
        where = f"{self.file} {self.place}".strip()
        return f"{where}：{self.message}。{self.remedy}"


@dataclass(frozen=True, slots=True)
class Workspace:
    """Paths of one workspace; nothing is created until something is written."""

    root: Path

    @property
    def config(self) -> Path:
        """`huiying.toml`: the office, its units and people, retention, alert channels."""
        return self.root / "huiying.toml"

    @property
    def sources(self) -> Path:
        """`sources.toml`: the public channels that are watched."""
        return self.root / "sources.toml"

    @property
    def labels(self) -> Path:
        """`labels.toml`: the office's wording of the seven kinds and its own sub-categories, if it wrote any."""
        return self.root / "labels.toml"

    @property
    def posts(self) -> Path:
        """`posts.db`: citizens' words, masked and short-lived."""
        return self.root / "posts.db"

    @property
    def ledger(self) -> Path:
        """`ledger.db`: the office's words, append-only."""
        return self.root / "ledger.db"

    @property
    def evidence(self) -> Path:
        """Snapshots of public official pages, by hash."""
        return self.root / "evidence"

    @property
    def model(self) -> Path:
        """A model retrained from the office's own corrections, if there is one."""
        return self.root / "model"

    @property
    def out(self) -> Path:
        """Reports and other output."""
        return self.root / "out"

    def key(self) -> bytes:
        """The 32 secret bytes that key post ids, fingerprints and tombstones.

        Created on first use with mode 0600. Without it nobody can test whether a given page is in the store.
        """
        import secrets  # 9 ms on the path of --help, and needed once in a workspace's life

        path = self.root / "key"
        try:
            return path.read_bytes()
        except FileNotFoundError:
            self.root.mkdir(parents=True, exist_ok=True)
        fresh = self.root / f"key.{os.getpid()}"
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_bytes(32))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(fresh, path)  # atomic: the first of two processes wins, the other reads its key
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
        return path.read_bytes()


def lay_out(workspace: Workspace, *, dry_run: bool = False) -> list[str]:
    """Write the commented files of a new workspace and its key; never overwrites. What was done, a line each."""
    from importlib.resources import files

    done = []
    for target in (workspace.config, workspace.sources):
        if target.exists():
            done.append(f"{target} 已存在，未改动")
            continue
        if not dry_run:
            workspace.root.mkdir(parents=True, exist_ok=True)
            target.write_bytes((files("crawlers") / "data" / target.name).read_bytes())
        done.append(f"{'将写' if dry_run else '写好'} {target}")
    if not dry_run:
        workspace.key()
    return done
