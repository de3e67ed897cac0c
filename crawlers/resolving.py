"""DNS for the sweep: a public name that points into a private network is not followed (server-side request forgery)."""

from collections.abc import Sequence

from scrapy.resolver import CachingThreadedResolver
from twisted.internet.defer import Deferred
from twisted.internet.error import DNSLookupError

from crawlers.pages.links import is_private


class PublicResolver(CachingThreadedResolver):
    """Scrapy's resolver without private answers. A private source is named by its address or as localhost."""

    def getHostByName(self, name: str, timeout: Sequence[int] = ()) -> "Deferred[str]":
        """The address of `name`; fails for a public name with a private address."""
        return super().getHostByName(name, timeout).addCallback(self._public, name)

    @staticmethod
    def _public(address: str, name: str) -> str:
        if is_private(address) and not is_private(name):
            raise DNSLookupError(f"private address behind {name}")
        return address
