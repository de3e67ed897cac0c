"""Deliver a message and believe only the body of the answer.

企业微信, 钉钉 and 飞书 answer HTTP 200 and put the refusal into the body, so a status proves nothing. Addresses and
keys come from the environment by the name that `huiying.toml` gives; they are never written down, logged or shown.
"""

import json
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from crawlers.clock import stamp
from crawlers.office import AlertChannel
from crawlers.workspace import Problem

if TYPE_CHECKING:
    import smtplib

# Bytes of UTF-8 that a text message may have: 企业微信 2,048; 钉钉 and 飞书 about 20 KB (a digest needs far less).
LIMITS = {"wecom": 2048, "dingtalk": 18000, "feishu": 18000}
_TIMEOUT = 10.0
_HERE = ("localhost", "127.0.0.1", "::1")  # a relay on this machine may be spoken to without TLS
_CUT = "…（内容过长，已截断，请用 huiying today 查看）"


@dataclass(frozen=True, slots=True)
class Message:
    """What is to be said: the office's words only, never a post's."""

    title: str
    body: str

    @property
    def text(self) -> str:
        """Title and body as one text."""
        return f"{self.title}\n{self.body}" if self.body else self.title


@dataclass(frozen=True, slots=True)
class Receipt:
    """Whether a message was accepted; `error` (Chinese) says why not and holds no secret."""

    delivered: bool
    error: str = ""


Environment = Mapping[str, str]


def send(
    channel: AlertChannel, message: Message, *, now: datetime, env: Environment | None = None, out: Path | None = None
) -> Receipt:
    """Deliver through one channel. `env` holds the secrets (default: the process's), `out` the folder for "file".

    "stdout" is delivered by the command line, which prints what it is told; here it always succeeds.
    """
    secrets = os.environ if env is None else env
    if channel.secret_env and not secrets.get(channel.secret_env):
        return Receipt(False, f"环境变量 {channel.secret_env} 没有设置")
    try:
        return _SENDERS[channel.kind](channel, message, secrets.get(channel.secret_env, ""), now, out)
    except (OSError, ValueError) as error:
        return Receipt(False, _without_secret(error))


def check_channels(channels: tuple[AlertChannel, ...], env: Environment) -> list[Problem]:
    """What is missing before anything can be sent: for `doctor`."""
    problems = []
    for number, channel in enumerate(channels, 1):
        place = f"第 {number} 个 [[alert]]（{channel.label}）"
        needs_secret = channel.kind in ("wecom", "dingtalk", "feishu", "webhook", "smtp")
        if needs_secret and not channel.secret_env:
            problems.append(Problem("huiying.toml", place, "没有写明 secret_env", "请写存放地址或口令的环境变量名"))
        elif channel.secret_env and not env.get(channel.secret_env):
            remedy = "请在运行 huiying 的环境中设置它，不要写进配置文件"
            problems.append(Problem("huiying.toml", place, f"环境变量 {channel.secret_env} 没有设置", remedy))
        if channel.kind in ("file", "smtp") and not channel.target:
            problems.append(Problem("huiying.toml", place, "没有写明 target", "请写文件名，或收件人"))
    return problems


def clipped(text: str, limit: int) -> str:
    """`text` in at most `limit` bytes of UTF-8, cut between characters, with a note that something is missing."""
    if len(text.encode()) <= limit:
        return text
    room = limit - len(_CUT.encode())
    return text.encode()[: max(0, room)].decode("utf-8", "ignore") + _CUT


def _stdout(channel: AlertChannel, message: Message, secret: str, now: datetime, out: Path | None) -> Receipt:
    return Receipt(True)


def _file(channel: AlertChannel, message: Message, secret: str, now: datetime, out: Path | None) -> Receipt:
    """One JSON line appended; the folder is the workspace's `out/` for a bare name."""
    path = Path(channel.target or "alerts.jsonl")
    path = path if path.is_absolute() or out is None else out / path
    path.parent.mkdir(parents=True, exist_ok=True)
    line = json.dumps({"at": stamp(now), "title": message.title, "body": message.body}, ensure_ascii=False)
    with path.open("a", encoding="utf-8") as file:
        file.write(line + "\n")
        file.flush()
        os.fsync(file.fileno())
    return Receipt(True)


def _wecom(channel: AlertChannel, message: Message, secret: str, now: datetime, out: Path | None) -> Receipt:
    content = clipped(message.text, LIMITS["wecom"])
    answer = _post(secret, {"msgtype": "text", "text": {"content": content}})
    return _judged(answer, "errcode", "errmsg", "企业微信")


def _dingtalk(channel: AlertChannel, message: Message, secret: str, now: datetime, out: Path | None) -> Receipt:
    """The secret is the robot's address, or address and signing key apart with a space (加签)."""
    url, _, key = secret.partition(" ")
    content = clipped(message.text, LIMITS["dingtalk"])
    answer = _post(url + _dingtalk_signature(key, now), {"msgtype": "text", "text": {"content": content}})
    return _judged(answer, "errcode", "errmsg", "钉钉")


def _feishu(channel: AlertChannel, message: Message, secret: str, now: datetime, out: Path | None) -> Receipt:
    """The secret is the robot's address, or address and signing key apart with a space (签名校验)."""
    url, _, key = secret.partition(" ")
    body: dict[str, Any] = {"msg_type": "text", "content": {"text": clipped(message.text, LIMITS["feishu"])}}
    if key:
        import base64
        import hashlib
        import hmac

        seconds = str(int(now.timestamp()))
        # 飞书 signs an empty message with "timestamp\\nkey" as the key.
        digest = hmac.new(f"{seconds}\n{key}".encode(), b"", hashlib.sha256).digest()
        body |= {"timestamp": seconds, "sign": base64.b64encode(digest).decode()}
    answer = _post(url, body)
    code = "code" if "code" in answer else "StatusCode"
    return _judged(answer, code, "msg" if "msg" in answer else "StatusMessage", "飞书")


def _webhook(channel: AlertChannel, message: Message, secret: str, now: datetime, out: Path | None) -> Receipt:
    """Any service that takes JSON. If its body carries a code, the code has the say; else its status did."""
    answer = _post(secret, {"title": message.title, "body": message.body, "at": stamp(now)}, any_body=True)
    for code in ("errcode", "code", "error_code", "StatusCode"):
        if code in answer and answer[code] not in (0, "0", 200, "200"):
            return Receipt(False, f"对方拒收（{code}={str(answer[code])[:20]}）")
    if answer.get("success") is False or answer.get("ok") is False:
        return Receipt(False, "对方拒收")
    return Receipt(True)


def _smtp(channel: AlertChannel, message: Message, secret: str, now: datetime, out: Path | None) -> Receipt:
    """The secret is smtp://user:password@host:port?from=address (smtps:// for TLS from the start)."""
    import smtplib
    from email.message import EmailMessage

    at = urlsplit(secret)
    if at.scheme not in ("smtp", "smtps") or not at.hostname:
        return Receipt(False, "邮件服务器地址应为 smtp://用户:口令@主机:端口 或 smtps://…")
    mail = EmailMessage()
    mail["Subject"] = " ".join(message.title.split())
    mail["From"] = at.query.removeprefix("from=") or at.username or "huiying"
    mail["To"] = channel.target
    mail.set_content(message.text)
    server = _mail_server(at.scheme, at.hostname, at.port)
    try:
        if at.username:
            server.login(at.username, at.password or "")
        refused = server.send_message(mail)
        with suppress(smtplib.SMTPException):  # the mail is accepted; a clumsy farewell must not send it twice
            server.quit()
    finally:
        server.close()
    return Receipt(not refused, f"{len(refused)} 个收件人被拒" if refused else "")


def _mail_server(scheme: str, host: str, port: int | None) -> "smtplib.SMTP":
    """A connection on which the password may be said: TLS wherever the host is not this machine."""
    import smtplib
    import ssl

    context = ssl.create_default_context()
    if scheme == "smtps":
        return smtplib.SMTP_SSL(host, port or 465, timeout=_TIMEOUT, context=context)
    server = smtplib.SMTP(host, port or 25, timeout=_TIMEOUT)
    if host not in _HERE:
        server.starttls(context=context)
    return server


def _post(url: str, body: Mapping[str, Any], *, any_body: bool = False) -> dict[str, Any]:
    """POST JSON; the JSON object of the answer. Raises ValueError for anything that is not an acceptance."""
    import urllib3

    at = urlsplit(url)
    if at.scheme != "https" and not (at.scheme == "http" and at.hostname in _HERE):
        raise ValueError("地址须以 https:// 开头")
    headers = {"Content-Type": "application/json; charset=utf-8"}
    raw = json.dumps(body, ensure_ascii=False).encode()
    try:
        answer = urllib3.PoolManager(cert_reqs="CERT_REQUIRED").request(
            "POST", url, body=raw, headers=headers, timeout=_TIMEOUT, retries=False, redirect=False
        )
    except urllib3.exceptions.HTTPError as error:
        raise ValueError(f"连接失败（{type(error).__name__}）") from error
    if not 200 <= answer.status < 300:
        raise ValueError(f"HTTP {answer.status}")
    try:
        found = json.loads(answer.data)
    except ValueError as error:
        if any_body:
            return {}
        raise ValueError("对方的回复不是约定的格式") from error
    return found if isinstance(found, dict) else {}


def _judged(answer: Mapping[str, Any], code: str, words: str, name: str) -> Receipt:
    if answer.get(code) == 0:
        return Receipt(True)
    said = " ".join(str(answer.get(words, ""))[:80].split())
    return Receipt(False, f"{name}拒收（{code}={str(answer.get(code, '无'))[:12]}）{said}")


def _dingtalk_signature(key: str, now: datetime) -> str:
    if not key:
        return ""
    import base64
    import hashlib
    import hmac

    moment = str(int(now.timestamp() * 1000))
    digest = hmac.new(key.encode(), f"{moment}\n{key}".encode(), hashlib.sha256).digest()
    return f"&timestamp={moment}&sign={quote(base64.b64encode(digest), safe='')}"


def _without_secret(error: Exception) -> str:
    """What went wrong in words of ours where the library's own might repeat an address or a password."""
    import smtplib

    if isinstance(error, smtplib.SMTPAuthenticationError):
        return "邮件服务器不接受用户名或口令"
    if isinstance(error, smtplib.SMTPException):
        return f"邮件服务器拒收（{type(error).__name__}）"
    if isinstance(error, OSError):
        return f"连接或写入失败（{error.strerror or type(error).__name__}）"
    return str(error)


_SENDERS: Mapping[str, Callable[[AlertChannel, Message, str, datetime, Path | None], Receipt]] = {
    "stdout": _stdout,
    "file": _file,
    "wecom": _wecom,
    "dingtalk": _dingtalk,
    "feishu": _feishu,
    "webhook": _webhook,
    "smtp": _smtp,
}
