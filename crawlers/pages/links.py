"""Which links of a page may be followed: http and https only, on the source's own site, one spelling each."""

import ipaddress
import re
from urllib.parse import urljoin, urlsplit, urlunsplit

from crawlers.addresses import public_url

_PORTS = {"http": 80, "https": 443}
_LONGEST = 2000  # characters; longer ones are traps or data in disguise
# Deep repeating paths (/a/b/a/b/a/b/) come from relative links resolved against themselves.
_LOOPING = re.compile(r"(/[^/]+/[^/]+)\1\1|(/[^/]+)\2\2\2")

# An address that is in its one spelling already, as nearly all of a feed are; a path this short cannot loop.
_PLAIN = re.compile(
    r"https?://[a-z0-9][a-z0-9.-]*[a-z0-9](?:/[\w.~!$&'()*+,;=:@%-]*){1,3}(?:\?[\w./~$&+,;=:@%-]+)?", re.ASCII
)
# Where sites send those they want to log in.
LOGIN = re.compile(
    r"/(?:login|signin|passport|sso|cas|oauth2?)\b|mod=logging|action=login|/user/login|ucp\.php\?mode=login",
    re.IGNORECASE,
)
MEMBERS_ONLY = "需要登录才能看，不是公开渠道"
_ATON = re.compile(r"(?:0x[0-9a-f]*|\d+)(?:\.(?:0x[0-9a-f]*|\d+)){0,3}")


# Attachments are linked beside pages; they are left to people.
_ATTACHMENT = re.compile(
    r"\.(?:pdf|docx?|xlsx?|pptx?|wps|et|ofd|zip|rar|7z|gz|exe|apk|jpe?g|png|gif|bmp|webp|svg|mp[34]|avi|wmv|flv|css|js)$",
    re.IGNORECASE,
)


def is_attachment(url: str) -> bool:
    """Whether an address ends like a file that is no page."""
    return bool(_ATTACHMENT.search(urlsplit(url).path))


def absolute(page_url: str, href: str | None) -> str | None:
    """`href` of a page as an address that may be fetched, without its fragment; None for javascript: and file:."""
    if not href or len(href) > _LONGEST:
        return None
    if _PLAIN.fullmatch(href):
        return href
    try:
        href = href.strip()
        parts = urlsplit(href if href.startswith(("http://", "https://")) else urljoin(page_url, href))
        port = parts.port
    except ValueError:
        return None
    host = (parts.hostname or "").rstrip(".")
    if parts.scheme not in _PORTS or not host or parts.username or parts.password:
        return None
    if len(parts.path) > 1 and _LOOPING.search(parts.path):
        return None
    netloc = f"[{host}]" if ":" in host else host
    if port and port != _PORTS[parts.scheme]:
        netloc += f":{port}"
    return urlunsplit((parts.scheme, netloc, parts.path or "/", parts.query, ""))


def canonical(url: str) -> str:
    """The one spelling under which a page is known: no user or tracking parameters, http and https the same page."""
    parts = urlsplit(public_url(url))
    host = parts.netloc.removeprefix("www.")
    return f"{host}{parts.path.rstrip('/') or '/'}{'?' + parts.query if parts.query else ''}"


def site_of(url: str) -> str:
    """Host and port of `url` without a leading "www."."""
    return urlsplit(url).netloc.lower().removeprefix("www.")


def same_site(url: str, sites: frozenset[str]) -> bool:
    """Whether `url` is on one of `sites` (as `site_of` spells them) or on a subdomain of one."""
    site = site_of(url)
    return site in sites or any(site.endswith("." + allowed) for allowed in sites)


def is_private(host: str) -> bool:
    """Whether a literal address is one that the public internet does not route: loopback, LAN, link-local, metadata."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(host.strip("[]").split("%")[0])
    except ValueError:
        # Spellings that only inet_aton reads (2130706433, 127.1, 0x7f.1) have no honest use in a link.
        return bool(_ATON.fullmatch(host.lower()))
    mapped = getattr(address, "ipv4_mapped", None)
    return not (mapped or address).is_global
