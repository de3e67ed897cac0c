"""Platforms of personal accounts and timelines: no source and no further host of one may lie there (S1)."""

import tomllib
from functools import cache
from importlib.resources import files
from urllib.parse import urlsplit


def platform_of(url: str) -> str:
    """The name of the platform of personal accounts that `url` belongs to, "" for none."""
    host = (urlsplit(url).hostname or "").lower()
    return next((name for domain, name in _platforms().items() if f".{host}".endswith(f".{domain}")), "")


@cache
def _platforms() -> dict[str, str]:
    table: dict[str, str] = tomllib.loads((files("crawlers") / "data" / "platforms.toml").read_text("utf-8"))
    return table
