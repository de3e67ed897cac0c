"""Senders against real loopback services: only the body of the answer is believed, and no secret leaks."""

import base64
import hashlib
import hmac
import json
import socketserver
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.clock import CHINA
from crawlers.office import AlertChannel
from ledger.telling.senders import LIMITS, Message, Receipt, check_channels, clipped, send

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=CHINA)
DUE = Message("2 件舆情逾期", "YQ-2026-0042 公开回应 逾期 3 小时\n台账 128 条，头部指纹 ab12")


@dataclass
class Robot:
    """A chat robot: answers what it is told to, remembers what it got."""

    url: str = ""
    status: int = 200
    answer: bytes = b'{"errcode":0,"errmsg":"ok"}'
    got: list[tuple[str, dict[str, object]]] = field(default_factory=list)


@pytest.fixture
def robot() -> Iterator[Robot]:
    made = Robot()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            made.got.append((self.path, json.loads(body)))
            self.send_response(made.status)
            self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", str(len(made.answer)))
            self.end_headers()
            self.wfile.write(made.answer)

        def log_message(self, *_: object) -> None:
            """Silent."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        made.url = f"http://127.0.0.1:{server.server_port}/send?key=s3cret"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        yield made
        server.shutdown()
        thread.join()


def said(kind: str, secret: str, message: Message = DUE, target: str = "") -> Receipt:
    channel = AlertChannel(kind, target=target, secret_env="HUIYING_HOOK")
    return send(channel, message, now=NOW, env={"HUIYING_HOOK": secret})


@pytest.mark.parametrize(
    ("kind", "answer"),
    [
        ("wecom", {"errcode": 0, "errmsg": "ok"}),
        ("dingtalk", {"errcode": 0, "errmsg": "ok"}),
        ("feishu", {"code": 0, "msg": "success"}),
        ("feishu", {"StatusCode": 0, "StatusMessage": "success"}),
        ("webhook", {}),
        ("webhook", {"ok": True}),
    ],
)
def test_an_accepted_message(robot: Robot, kind: str, answer: dict[str, object]) -> None:
    robot.answer = json.dumps(answer).encode()
    assert said(kind, robot.url) == Receipt(True)
    assert "YQ-2026-0042" in json.dumps(robot.got[0][1], ensure_ascii=False)


@pytest.mark.parametrize(
    ("kind", "answer"),
    [
        ("wecom", {"errcode": 40058, "errmsg": "content exceed max length"}),
        ("wecom", {"errcode": 93000, "errmsg": "invalid webhook url"}),
        ("dingtalk", {"errcode": 310000, "errmsg": "关键词不匹配"}),
        ("feishu", {"code": 19024, "msg": "Key Words Not Found"}),
        ("wecom", {}),
        ("webhook", {"code": 500}),
        ("webhook", {"ok": False}),
        ("webhook", {"success": False}),
    ],
)
def test_http_200_with_a_refusal_in_the_body_is_a_failure(robot: Robot, kind: str, answer: dict[str, object]) -> None:
    robot.answer = json.dumps(answer).encode()
    receipt = said(kind, robot.url)
    assert not receipt.delivered
    assert "拒收" in receipt.error


@pytest.mark.parametrize(("status", "answer"), [(500, b"{}"), (302, b"{}"), (200, b"<html>login</html>"), (200, b"")])
def test_an_answer_that_is_no_acceptance_is_a_failure(robot: Robot, status: int, answer: bytes) -> None:
    robot.status, robot.answer = status, answer
    assert not said("wecom", robot.url).delivered
    assert len(robot.got) == 1


def test_dingtalk_is_signed(robot: Robot) -> None:
    assert said("dingtalk", f"{robot.url} SECxyz").delivered
    asked = parse_qs(urlsplit(robot.got[0][0]).query)
    moment = asked["timestamp"][0]
    assert moment == str(int(NOW.timestamp() * 1000))
    expected = hmac.new(b"SECxyz", f"{moment}\nSECxyz".encode(), hashlib.sha256).digest()
    assert asked["sign"] == [base64.b64encode(expected).decode()]


def test_feishu_is_signed(robot: Robot) -> None:
    robot.answer = b'{"code":0}'
    assert said("feishu", f"{robot.url} key9").delivered
    body = robot.got[0][1]
    expected = hmac.new(f"{body['timestamp']}\nkey9".encode(), b"", hashlib.sha256).digest()
    assert body["sign"] == base64.b64encode(expected).decode()


def test_a_long_digest_fits_the_limit_in_bytes(robot: Robot) -> None:
    long = Message("逾期", "逾期事项很多" * 1000)
    assert said("wecom", robot.url, long).delivered
    content = robot.got[0][1]["text"]["content"]  # type: ignore[index]
    assert len(content.encode()) <= LIMITS["wecom"]
    assert content.endswith("查看）")


@given(st.text(max_size=400), st.integers(80, 600))
def test_clipping_never_breaks_a_character_nor_the_limit(text: str, limit: int) -> None:
    cut = clipped(text.encode("utf-8", "ignore").decode(), limit)
    assert len(cut.encode()) <= limit


def test_the_secret_comes_from_the_environment_and_is_never_told(robot: Robot) -> None:
    channel = AlertChannel("wecom", secret_env="HUIYING_HOOK")
    assert send(channel, DUE, now=NOW, env={}) == Receipt(False, "环境变量 HUIYING_HOOK 没有设置")
    for secret in ("http://127.0.0.1:9/send?key=s3cret", "https://no-such-host.invalid/?key=s3cret", "s3cret"):
        receipt = send(channel, DUE, now=NOW, env={"HUIYING_HOOK": secret})
        assert not receipt.delivered
        assert receipt.error
        assert "s3cret" not in receipt.error


@pytest.mark.parametrize("url", ["http://hook.example/", "http://127.0.0.1.attacker.example/", "ftp://x/", "hook"])
def test_secrets_do_not_travel_in_the_clear(url: str) -> None:
    assert said("webhook", url) == Receipt(False, "地址须以 https:// 开头")


def test_a_file_gets_one_json_line_a_message(tmp_path: Path) -> None:
    channel = AlertChannel("file", target="alerts.jsonl")
    for _ in range(2):
        assert send(channel, DUE, now=NOW, env={}, out=tmp_path / "out").delivered
    lines = (tmp_path / "out" / "alerts.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line)["title"] for line in lines] == ["2 件舆情逾期"] * 2


def test_a_folder_that_cannot_be_written_is_a_failure(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    receipt = send(AlertChannel("file", target="a.jsonl"), DUE, now=NOW, env={}, out=tmp_path / "out")
    assert not receipt.delivered
    assert "写入失败" in receipt.error


def test_stdout_is_left_to_the_command_line() -> None:
    assert send(AlertChannel("stdout"), DUE, now=NOW, env={}).delivered


@pytest.fixture
def mail_server() -> Iterator[tuple[int, list[str], dict[str, str]]]:
    """A minimal SMTP server: remembers the message; `replies` override what it says to a command."""
    mails: list[str] = []
    replies: dict[str, str] = {}

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(b"220 ready\r\n")
            while line := self.rfile.readline():
                verb = line.split()[0].upper().decode() if line.split() else ""
                if verb == "DATA":
                    self.wfile.write(b"354 go on\r\n")
                    mails.append("".join(iter(lambda: self.rfile.readline().decode(), ".\r\n")))
                self.wfile.write(replies.get(verb, "250 ok").encode() + b"\r\n")
                if verb == "QUIT":
                    return

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        yield server.server_address[1], mails, replies
        server.shutdown()
        thread.join()


def test_mail(mail_server: tuple[int, list[str], dict[str, str]]) -> None:
    port, mails, _ = mail_server
    receipt = said("smtp", f"smtp://127.0.0.1:{port}?from=ledger@sfj.example.gov.cn", target="duty@sfj.example.gov.cn")
    assert receipt == Receipt(True)
    assert "To: duty@sfj.example.gov.cn" in mails[0]
    assert "=?utf-8?" in mails[0]


def test_a_mail_server_that_refuses(mail_server: tuple[int, list[str], dict[str, str]]) -> None:
    port, _, replies = mail_server
    replies["RCPT"] = "550 no such user s3cret"
    receipt = said("smtp", f"smtp://127.0.0.1:{port}?from=a@b.example", target="x@y.example")
    assert not receipt.delivered
    assert "s3cret" not in receipt.error


def test_a_mail_address_must_be_one() -> None:
    assert "smtp://" in said("smtp", "mail.example", target="x@y.example").error


def test_what_doctor_is_told() -> None:
    channels = (
        AlertChannel("stdout"),
        AlertChannel("wecom"),
        AlertChannel("dingtalk", secret_env="MISSING"),
        AlertChannel("file"),
        AlertChannel("feishu", secret_env="THERE"),
    )
    problems = check_channels(channels, {"THERE": "https://open.example/hook"})
    assert [problem.message for problem in problems] == [
        "没有写明 secret_env",
        "环境变量 MISSING 没有设置",
        "没有写明 target",
    ]
