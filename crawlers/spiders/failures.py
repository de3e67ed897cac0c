"""Names for everything that can go wrong with a request, in the words of the summary."""

import zlib
from gzip import BadGzipFile

from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
)
from scrapy.spidermiddlewares.httperror import HttpError

from crawlers.pages.found import LoginRequired, NotAPage, PageError
from crawlers.polite import MembersOnly, NotAllowed

_NAMED: tuple[tuple[type[Exception], str], ...] = (
    (DownloadTimeoutError, "超时"),
    (CannotResolveHostError, "域名无法解析，或指向内部网络"),
    (DownloadConnectionRefusedError, "对方主机拒绝连接"),
    (DownloadCancelledError, "网页过大"),
    (ResponseDataLossError, "传输中断，内容不完整"),
    (DownloadFailedError, "连接失败"),
    (BadGzipFile, "压缩的内容损坏，解不开"),
    (zlib.error, "压缩的内容损坏，解不开"),
)
# Scrapy's own reasons to drop a request, by their English words.
_DROPPED = (("redirections", "跳转次数过多"), ("DOWNLOAD_MAXSIZE", "网页过大"))
ROBOTS = "robots.txt 不允许访问"


def left_alone(error: BaseException) -> str:
    """Why a page was left alone on purpose, "" if it failed instead."""
    if isinstance(error, NotAllowed | LoginRequired | NotAPage):
        return str(error)
    return ROBOTS if isinstance(error, IgnoreRequest) and "Forbidden by robots.txt" in str(error) else ""


def closed(error: BaseException) -> bool:
    """Whether a page is closed to the public or to robots; where it is a source's own list, the source is closed."""
    return isinstance(error, MembersOnly | LoginRequired) or left_alone(error) == ROBOTS


def reason(error: BaseException) -> str:
    """The name under which a failed page is counted."""
    if isinstance(error, HttpError):
        return f"对方服务器返回 {error.response.status}"
    if name := next((name for kind, name in _NAMED if isinstance(error, kind)), ""):
        return name
    if isinstance(error, IgnoreRequest):
        return next((name for words, name in _DROPPED if words in str(error)), str(error))
    if isinstance(error, PageError):
        return str(error)
    return f"出错（{type(error).__name__}）"
