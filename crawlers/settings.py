"""All Scrapy settings, in code: politeness is no option (S1).

Scrapy's library defaults would ignore robots.txt, send cookies, open two control ports on the machine, accept any
certificate and fetch as fast as it can. Nothing of that can be switched on from a configuration file.
"""

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from crawlers.office import Office
from crawlers.pages.links import site_of
from crawlers.sources import Source

AGENT = "huiying"  # the name robots.txt files may use for us
MAX_BYTES = 6 * 2**20  # of a page, after decompression
TIMEOUT = 30  # seconds for one page, from connecting to its last byte
REFUSALS = {
    401: "要求登录", 403: "拒绝访问", 407: "要求代理认证", 412: "拒绝访问（412）", 429: "要求降低频率（429）",
    451: "因法律原因拒绝访问", 521: "拒绝访问（521）",
}  # fmt: skip
# The server speaks about us, not about one address: every source on that host stops.
HOST_REFUSALS = frozenset({407, 412, 429, 521})
RETRIED = (500, 502, 503, 504, 522, 524, 408)


def user_agent(office: Office) -> str:
    """Who visits and whom to call, in the comment of the product (RFC 9110, 10.1.5).

    The Chinese name is percent-encoded: a header is ASCII, and some firewalls take anything else for an attack.
    """
    owner, contact = (quote(text, safe=" +@.:/-") for text in (office.name, office.contact))
    return f"{AGENT}/0.1 ({owner}; {contact})"


def slot_of(url: str) -> str:
    """The queue of a host: everything on one host and port waits in one line."""
    return site_of(url)


def settings(agent: str, sources: Sequence[Source], *, workers: int = 1, timeout: float = TIMEOUT) -> dict[str, Any]:
    """Settings for one of `workers` processes that sweep `sources` under the user agent `agent`."""
    delays: dict[str, float] = {}
    for source in sources:
        for host in source.sites:
            delays[host] = max(delays.get(host, 0.0), source.delay_seconds * workers)
    return {
        "USER_AGENT": agent,
        "ROBOTSTXT_OBEY": True,
        "ROBOTSTXT_USER_AGENT": AGENT,
        "COOKIES_ENABLED": False,
        "HTTPPROXY_ENABLED": False,
        "REMOTE_CONTROL_ENABLED": False,
        "TELNETCONSOLE_ENABLED": False,
        "SCHEDULER": "crawlers.scheduler.LeaseScheduler",
        "CONCURRENT_REQUESTS": 16,
        "CONCURRENT_REQUESTS_PER_DOMAIN": 1,
        "CONCURRENT_ITEMS": 4,  # the default of 100 costs a third of the processor time of every page
        "DOWNLOAD_DELAY": 2.0,
        "DOWNLOAD_DELAY_JITTER": _JITTER,
        "DOWNLOAD_SLOTS": {host: slot(delay) for host, delay in delays.items()},
        "DOWNLOAD_TIMEOUT": timeout,
        "DOWNLOAD_MAXSIZE": MAX_BYTES,
        "DOWNLOAD_WARNSIZE": 0,
        "DOWNLOAD_VERIFY_CERTIFICATES": True,
        "DNS_TIMEOUT": 15,
        "TWISTED_DNS_RESOLVER": "crawlers.resolving.PublicResolver",
        "REDIRECT_MAX_TIMES": 5,
        "METAREFRESH_ENABLED": False,
        "RETRY_TIMES": 2,
        "RETRY_HTTP_CODES": list(RETRIED),
        "URLLENGTH_LIMIT": 2000,
        "HTTPERROR_ALLOWED_CODES": [304, 404, 410],
        "REFERER_ENABLED": False,
        "DEFAULT_REQUEST_HEADERS": {
            "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
            "Accept-Language": "zh-CN,zh;q=0.9",
        },
        "DOWNLOADER_MIDDLEWARES": {
            "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,
            "scrapy.downloadermiddlewares.httpauth.HttpAuthMiddleware": None,
            "scrapy.downloadermiddlewares.redirect.RedirectMiddleware": None,
            "scrapy.downloadermiddlewares.retry.RetryMiddleware": None,
            "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
            "crawlers.polite.Guard": 50,
            "crawlers.polite.Robots": 100,
            "crawlers.polite.Backoff": 550,
            "crawlers.polite.Refusal": 570,
            "crawlers.polite.Redirect": 600,
        },
        "SPIDER_MIDDLEWARES": {"scrapy.spidermiddlewares.depth.DepthMiddleware": None},
        "EXTENSIONS": {"crawlers.polite.CrawlDelay": 0, "scrapy.extensions.logstats.LogStats": None},
        "LOG_LEVEL": "ERROR",
        "STATS_DUMP": False,
        "WARN_ON_GENERATOR_RETURN_VALUE": False,  # it reads the source of every callback to say nothing
    }


# Scrapy varies a delay both ways; ours may only grow, so the middle is moved up by as much as it may shrink.
_JITTER = 0.2
# With no delay at all, Scrapy 2.19 starts every request of a queue before it counts the first as running, whatever
# the concurrency: its loop hands them to coroutines that only begin later.
_LEAST = 0.001


def slot(delay: float) -> dict[str, float]:
    """Settings of one host's queue: never sooner than `delay` seconds, up to half as long again."""
    return {"concurrency": 1, "delay": max(delay, _LEAST) / (1 - _JITTER), "jitter": _JITTER}
