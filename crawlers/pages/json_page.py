"""Forums that answer in JSON: parse it or say what came instead."""

import json
import re
from datetime import datetime
from typing import Any

from crawlers.pages.dates import parse_feed_date
from crawlers.pages.found import LoginRequired, PageError, PageGone


def read_json(text: str, engine: str) -> dict[str, Any]:
    """The object of an API answer. Raises `PageError` for anything else, by what the object says of itself."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise PageError(f"没有得到 {engine} 的数据接口内容") from error
    if not isinstance(data, dict):
        raise PageError(f"没有得到 {engine} 的数据接口内容")
    errors = [data[name] for name in ("errors", "error_type", "error") if data.get(name)]
    if errors:
        said = json.dumps(errors, ensure_ascii=False).lower()
        if "not_found" in said or "404" in said or "deleted" in said:
            raise PageGone("主题已删除或不存在")
        if "access" in said or "permission" in said or "not_logged_in" in said or "403" in said:
            raise LoginRequired("需要登录才能看，不是公开渠道")
        raise PageError(f"{engine} 的数据接口报错")
    return data


# How the interfaces of NodeBB, Discourse and Flarum say that visitors may not see a matter; deleted ones they call so.
_WITHDRAWN = re.compile(
    rb"not-authorized|no-privileges|not-logged-in|invalid_access|not_logged_in|not_authenticated|permission_denied"
)


def withdrawn(status: int, content_type: str, body: bytes) -> bool:
    """Whether a forum's interface says that one matter is not public any more, rather than refusing the visitor."""
    return status in (401, 403) and "json" in content_type and len(body) < 4_000 and bool(_WITHDRAWN.search(body))


def moment(value: object, *, now: datetime) -> datetime | None:
    """An ISO time of an API, None for anything else."""
    return parse_feed_date(value, now=now) if isinstance(value, str) else None


def words(*values: object) -> tuple[str, ...]:
    """The texts among `values`."""
    return tuple(value for value in values if isinstance(value, str) and value)


def items(value: object) -> list[dict[str, Any]]:
    """The objects of a list; none for anything that is no list."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def number(value: object) -> int | None:
    """A count, None for anything else. Forums on Redis hand out their counts as text."""
    if isinstance(value, str) and value.isascii() and value.isdecimal():
        return int(value[:12])
    return value if isinstance(value, int) and not isinstance(value, bool) else None
