"""A post has no author and no unmasked text, by construction (safeguards S2, S3)."""

import ast
import sqlite3
from collections.abc import Callable
from dataclasses import FrozenInstanceError, fields, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crawlers.organisations import office_name, signing_office
from crawlers.posts import Post, fingerprint, post_id
from crawlers.store import get, save

MakePost = Callable[..., Post]


def test_the_fields_of_a_post_are_these_and_none_can_hold_an_author() -> None:
    """Whoever adds a field must come here and say that it cannot name the person who wrote."""
    assert [field.name for field in fields(Post)] == [
        "id", "source", "channel", "url", "title", "text", "posted_at", "fetched_at",
        "answer", "answered_at", "answered_by", "views", "replies", "likes", "fingerprint",
    ]  # fmt: skip


def test_every_text_is_cleaned_and_masked(make_post: MakePost) -> None:
    post = make_post(
        title="请联系\x1b[31m13912345678",
        text="我叫张建国，住5栋2单元501室。",
        answer="网友“山间的小溪”您好！",
        answered_by="市民政局（李科长 13912345678）",
        url="https://bbs.example.com/space-uid-77.html?tid=5&uid=9#pid3",
    )
    assert post.title == "请联系〔电话〕"
    assert post.text == "我叫〔姓名〕，住〔住址〕。"
    assert post.answer == "网友“〔网友〕”您好！"
    assert post.answered_by == "市民政局"
    assert post.url == "https://bbs.example.com?tid=5"


def test_replacing_a_text_masks_it_too(make_post: MakePost) -> None:
    assert replace(make_post(), text="电话13912345678").text == "电话〔电话〕"


def test_a_post_cannot_be_changed(make_post: MakePost) -> None:
    with pytest.raises(FrozenInstanceError):
        make_post().text = "电话13912345678"  # type: ignore[misc]


def test_only_the_store_makes_posts_without_masking() -> None:
    """`Post.stored` skips the masks because rows were masked when written; nobody else may call it."""
    root = Path(__file__).parents[2]
    users = {
        path.relative_to(root).as_posix()
        for room in ("crawlers", "classify", "ledger")
        for path in (root / room).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr == "stored" and ast.unparse(node.value) == "Post"
    }
    assert users == {"crawlers/store.py", "crawlers/search.py", "ledger/docket.py", "ledger/views.py"}  # all read rows


def test_a_row_comes_back_as_the_post_it_was(store: sqlite3.Connection, make_post: MakePost, now: datetime) -> None:
    post = make_post(text="电话13912345678，山路3号", answer="已办。", answered_at=now, posted_at=None, views=0)
    save(store, [post], now=now)
    assert get(store, post.id) == post


def test_times_must_be_aware_and_the_channel_known(make_post: MakePost) -> None:
    with pytest.raises(ValueError, match="aware"):
        make_post(posted_at=datetime(2026, 1, 1))  # noqa: DTZ001  # the naive time is what is tested
    with pytest.raises(ValueError, match="channel"):
        make_post(channel="weibo")


def test_json_has_china_time_and_all_fields(make_post: MakePost) -> None:
    json = make_post(posted_at=datetime(2026, 9, 16, 1, 30, tzinfo=UTC)).as_json()
    assert list(json) == [field.name for field in fields(Post)]
    assert json["posted_at"] == "2026-09-16T09:30:00+08:00"
    assert json["answered_at"] is None


def test_ids_are_keyed_and_parted_by_source(key: bytes) -> None:
    one = post_id(key, "市长信箱", "https://a.example/1")
    assert one == post_id(key, "市长信箱", "https://a.example/1")
    assert (
        len({one, post_id(key, "论坛", "https://a.example/1"), post_id(b"other", "市长信箱", "https://a.example/1")})
        == 3
    )
    assert post_id(key, "甲", "乙丙") != post_id(key, "甲乙", "丙")


def test_copies_share_a_fingerprint_and_the_key_hides_it(key: bytes) -> None:
    assert fingerprint(key, "小区停水三天。") == fingerprint(key, "【转发】小区停水三天！")
    assert fingerprint(key, "小区停水三天。") != fingerprint(key, "小区停电三天。")
    assert fingerprint(key, "小区停水三天。") != fingerprint(b"other", "小区停水三天。")


@pytest.mark.parametrize(
    ("text", "office"),
    [
        ("市城市管理局", "市城市管理局"),
        ("滨河街道办事处（经办人：李明）", "滨河街道办事处"),
        ("滨河派出所 张警官", "滨河派出所"),
        ("A7县教育局", "A7县教育局"),
        ("王局", ""),
        ("张副局", ""),
        ("李明", ""),
        ("信访科李科长", ""),
        ("滨河小学王老师", ""),
        ("网友", ""),
        ("", ""),
    ],
)
def test_only_an_office_is_an_office(text: str, office: str) -> None:
    assert office_name(text) == office


@pytest.mark.parametrize(
    ("answer", "office"),
    [
        ("您反映的问题已办理。滨河区住房和城乡建设局 2026年3月1日", "滨河区住房和城乡建设局"),
        ("已转相关单位。\n滨河区人民政府办公室\n二〇二六年三月一日", "滨河区人民政府办公室"),
        ("网友您好！市公安局回复如下：已调查。", "市公安局"),
        ("已办。感谢您的支持！", ""),
        ("请到社区服务中心办理。", ""),
        ("", ""),
    ],
)
def test_the_signature_of_an_answer_names_the_office(answer: str, office: str) -> None:
    assert signing_office(answer) == office
