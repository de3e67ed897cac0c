"""Addresses keep the page and lose the person (safeguard S2)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.addresses import public_url


@pytest.mark.parametrize(
    ("url", "public"),
    [
        ("https://www.example.gov.cn/art/2026/3/1/art_5.html", "https://www.example.gov.cn/art/2026/3/1/art_5.html"),
        ("http://bbs.example.com:8080/thread-12-1-1.html", "http://bbs.example.com:8080/thread-12-1-1.html"),
        ("https://bbs.example.com/forum.php?mod=viewthread&tid=5&authorid=77", "https://bbs.example.com/forum.php?mod=viewthread&tid=5"),
        ("https://bbs.example.com/home.php?mod=space&uid=77&do=thread", "https://bbs.example.com/home.php?mod=space&do=thread"),
        ("https://bbs.example.com/space-uid-77.html", "https://bbs.example.com"),
        ("https://bbs.example.com/u/123/posts/9", "https://bbs.example.com/posts/9"),
        ("https://example.com/user/zhangsan?from_uid=3&id=8", "https://example.com?id=8"),
        ("https://example.com/@zhangsan/9", "https://example.com/9"),
        ("https://zhang:secret@example.com/a", "https://example.com/a"),
        ("https://example.com/a;jsessionid=1F?utm_source=x&b=1", "https://example.com/a?b=1"),
        ("https://example.com/a?q=%B9%AB%C2%B7&username=%D5%C5", "https://example.com/a?q=%B9%AB%C2%B7"),
        ("https://example.com/a#pid77", "https://example.com/a"),
        ("https://example.com/#/letter/5?uid=3", "https://example.com/#/letter/5"),
        ("https://example.com/信箱/1.html", "https://example.com/%E4%BF%A1%E7%AE%B1/1.html"),
        ("javascript:alert(1)", ""),
        ("file:///etc/passwd", ""),
        ("/relative", ""),
        ("http://[bad", ""),
        ("", ""),
    ],
)  # fmt: skip
def test_the_page_stays_and_the_person_goes(url: str, public: str) -> None:
    assert public_url(url) == public


@given(st.text(max_size=60))
def test_any_text_gives_a_web_address_or_nothing(text: str) -> None:
    for url in (text, f"https://example.com/{text}"):
        public = public_url(url)
        assert public == "" or public.startswith(("http://", "https://"))
        assert public_url(public) == public
