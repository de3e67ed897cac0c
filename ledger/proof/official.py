"""Which addresses count as official, read so strictly that no two parsers can disagree about the host.

Pure and cheap: the guards of the ledger ask here too. Whether a page is really there is for `fetch`.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import urldefrag, urljoin

# No user part, no backslash, no control character or space anywhere, an ASCII host: what is left is
# unambiguous.
_URL = re.compile(r"(https?)://([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)\.?(?::(\d{1,5}))?([/?][^\s\\\x00-\x1f\x7f]*)?", re.I)
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Address:
    """The parts of a web address that a connection needs; `target` is path and query, never empty."""

    scheme: str
    host: str
    port: int
    target: str

    @property
    def authority(self) -> str:
        """`host`, with the port where it is not the scheme's own."""
        return self.host if self.port == _PORTS[self.scheme] else f"{self.host}:{self.port}"

    @property
    def origin(self) -> str:
        """Scheme, host and port as one text."""
        return f"{self.scheme}://{self.authority}"

    def __str__(self) -> str:
        """The address in its plain form."""
        return self.origin + self.target


def address(url: str) -> Address | None:
    """The parts of an http(s) address without its fragment; None for anything unusual."""
    match = _URL.fullmatch(urldefrag(url.strip()).url)
    if match is None:
        return None
    scheme = match[1].lower()
    port = int(match[3] or _PORTS[scheme])
    target = match[4] or "/"
    return (
        Address(scheme, match[2].lower(), port, target if target[0] == "/" else f"/{target}") if port < 65536 else None
    )


def redirected(at: Address, location: str) -> Address | None:
    """Where a Location header leads from `at`; None where that is not a plain http(s) address."""
    return address(urljoin(str(at), location.strip()))


def official(url: str, domains: Iterable[str]) -> bool:
    """Whether a page under this address counts as official.

    A domain covers its subdomains; where it names a port, only that very port counts.
    """
    at = address(url)
    return at is not None and any(_covers(domain, at) for domain in domains)


def names_exactly(at: Address, domains: Iterable[str]) -> bool:
    """Whether the list holds this very host and port, the only way in which a private address may be
    visited.
    """
    return f"{at.host}:{at.port}" in {domain.lower() for domain in domains}


def is_public(ip: str) -> bool:
    """Whether an IP address is on the public internet, also where it is wrapped into an IPv6 one."""
    found = ip_address(ip.partition("%")[0])
    return _unwrapped(found).is_global and not found.is_multicast


def _covers(domain: str, at: Address) -> bool:
    host, _, port = domain.lower().partition(":")
    return (at.host == host or at.host.endswith(f".{host}")) and port in ("", str(at.port))


def _unwrapped(ip: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    if isinstance(ip, IPv4Address):
        return ip
    nat64 = IPv4Address(int(ip) & 0xFFFFFFFF) if ip.packed[:12] == bytes.fromhex("0064ff9b0000000000000000") else None
    return ip.ipv4_mapped or ip.sixtofour or nat64 or ip
