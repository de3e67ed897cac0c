"""Web addresses without the people in them: profile segments and user parameters never reach the disk."""

import re
from urllib.parse import quote, unquote_plus, urlsplit, urlunsplit

# Parameters that name a person, a session or a sharer, as Discuz!, phpBB, WordPress and mailbox systems spell them.
_PERSONAL = re.compile(
    r"^(?:u|uid|uids|user|users|userid|user_id|username|user_name|uname|nick|nickname|author|authorid|author_id|author_name"
    r"|fromuid|from_uid|fromuser|touid|spaceuid|space|member|memberid|member_id|mid_user|account|openid|unionid|owner|poster"
    r"|highlightuser|phone|mobile|tel|email|mail|idcard|sharer|sharerid|share_uid|share_user|sharer_\w+|invite\w*|inviter"
    r"|ref_?user|token|access_token|ticket|session|sessionid|jsessionid|phpsessid|sid|ip|clientip|utm_\w+)$",
    re.IGNORECASE,
)
_SEGMENT = re.compile(
    r"/(?:u|uid|user|users|people|profile|profiles|member|members|author|authors|space|uc|accounts?)[/-](?=[^/]+)[^/]+"
    r"|/space-(?:uid|username)-[^/]+|/@[^/]+|/~[^/]+|;jsessionid=[^/?#]*",
    re.IGNORECASE,
)


def public_url(url: str) -> str:
    """`url` without credentials, user segments and user parameters; "" for anything but http and https.

    A person's page itself (`home.php?mod=space&uid=1`) loses its person and so points nowhere in particular: wanted.
    """
    try:
        parts = urlsplit(url.strip())
        host = parts.hostname or ""
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not host:
        return ""
    host = f"[{host}]" if ":" in host else host
    path = quote(_SEGMENT.sub("", parts.path), safe="/%:@!$&'()*+,;=~-._")
    # A fragment is a place in a page, except where it is a route of a one-page site.
    fragment = _SEGMENT.sub("", parts.fragment) if parts.fragment.startswith(("/", "!")) else ""
    return urlunsplit((parts.scheme, host + port, path, _public_query(parts.query), fragment.split("?")[0]))


def _public_query(query: str) -> str:
    """What is kept stays byte for byte: percent-encoded GBK must not be decoded and encoded again."""
    pairs = re.split(r"[&;]", query)
    return "&".join(pair for pair in pairs if pair and not _PERSONAL.match(unquote_plus(pair.split("=", 1)[0])))
