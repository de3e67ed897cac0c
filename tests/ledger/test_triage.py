"""Which posts become cases, and that no word of a post goes with them."""

import time
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classify.labels import load_taxonomy
from crawlers.clock import CHINA
from crawlers.office import Office
from crawlers.posts import Post
from ledger.localities import place_of
from ledger.triage import Known, Matter, Triage, clock_start, triage, united

KEY = b"k" * 32
SEEN = datetime(2026, 11, 20, 9, 0, tzinfo=CHINA)
TAXONOMY = load_taxonomy()
WATER = "海陵街道老旧小区停水三天，一千多户没法做饭，物业和自来水公司互相推，请尽快解决"


@dataclass(frozen=True)
class Found:
    quote: str
    start: int = 0
    end: int = 0


def post(text: str = WATER, *, channel: str = "mailbox", days: float = 2, locator: str = "", **more: object) -> Post:
    told = {"title": "", "url": "", "posted_at": SEEN - timedelta(days=days), "fetched_at": SEEN} | more
    return Post.make(KEY, source="信箱", locator=locator or text, channel=channel, text=text, **told)  # type: ignore[arg-type]


def matter(text: str = WATER, label: str = "public_interest", **more: object) -> Matter:
    own = {name: more.pop(name) for name in ("review", "secondary", "promises") if name in more}
    return Matter(post(text, **more), label, **own)  # type: ignore[arg-type]


def decided(matters: list[Matter], office: Office, *, groups: list[list[int]] = [], known: Known = Known()) -> Triage:  # noqa: B006 - never changed
    return triage(matters, groups, known, office, TAXONOMY)


def test_a_sure_label_opens_a_case_with_a_neutral_summary(bureau: Office) -> None:
    (one,) = decided([matter()], bureau).openings
    assert one.labels == ("public_interest",)
    assert one.summary == "海陵街道：切身利益，1 条反映，来自信箱"
    assert one.place == "海陵街道"


def test_doubt_and_everyday_matters_open_nothing(bureau: Office) -> None:
    found = decided([matter(review=True), matter("我家的证什么时候能办下来", "none")], bureau)
    assert (found.openings, found.doubtful, found.left) == ((), 1, 1)


def test_a_promise_makes_a_case_whatever_its_label(bureau: Office) -> None:
    answer = {"answer": "将于3月底前办结", "answered_at": SEEN - timedelta(days=1)}
    promised = matter("我家的证什么时候能办下来", "none", promises=(Found("将于3月底前办结"),), **answer)
    (one,) = decided([promised], bureau).openings
    assert one.labels == ("none",)
    assert "答复中有承诺" in one.summary
    doubtful = replace(promised, review=True)
    assert len(decided([doubtful], bureau).openings) == 1


def test_copies_and_near_copies_join_one_case(bureau: Office) -> None:
    copies = [
        matter(channel="forum", locator="a"),
        matter(WATER.replace("，", " "), channel="mailbox", locator="b"),
        matter("海陵街道停水三天了，一千多户没法做饭，求解决", channel="forum", locator="c", review=True),
    ]
    (one,) = decided(copies, bureau, groups=[[0, 2]]).openings
    assert len(one.matters) == 3
    assert "3 条反映，来自论坛、信箱" in one.summary
    assert one.channel == "forum"


def test_an_open_case_absorbs_what_it_already_holds(bureau: Office) -> None:
    one, other = matter(locator="a"), matter("另一件停水的事，同一个小区，请尽快处理", locator="b", review=True)
    known = Known({one.post.fingerprint: "YQ-2026-0001"}, {"YQ-2026-0001": "assigned"})
    found = decided([one, other], bureau, groups=[[0, 1]], known=known)
    assert found.openings == ()
    assert found.joins == {"YQ-2026-0001": (one, other)}


@pytest.mark.parametrize("state", ["closed", "dismissed"])
def test_an_ended_case_is_left_to_a_person(bureau: Office, state: str) -> None:
    known = Known({matter().post.fingerprint: "YQ-2026-0001"}, {"YQ-2026-0001": state})
    found = decided([matter()], bureau, known=known)
    assert (found.openings, found.joins, found.again) == ((), {}, {"YQ-2026-0001": 1})


def test_the_label_that_decides_comes_first(bureau: Office) -> None:
    pair = [matter(locator="a", secondary=("policy",)), matter(locator="b", label="emergency")]
    (one,) = decided(pair, bureau).openings
    assert one.labels == ("emergency", "policy", "public_interest")


def test_a_complaint_on_conduct_names_the_units_it_speaks_of(bureau: Office) -> None:
    text = "去公服处下面的法律援助中心盖章，工作人员让我明天再来，已经跑了四趟"
    (one,) = decided([matter(text, "credibility")], bureau).openings
    assert one.about_units == ("公共法律服务处", "法律援助中心")
    (other,) = decided([matter(text, "public_interest")], bureau).openings
    assert other.about_units == ()


class TestClock:
    def test_a_letter_counts_from_when_it_was_handed_in(self) -> None:
        assert clock_start([matter()], "detected") == (SEEN - timedelta(days=2), "detected")

    def test_a_forum_post_counts_from_when_it_was_seen(self) -> None:
        assert clock_start([matter(channel="forum")], "detected") == (SEEN, "detected")

    def test_or_from_its_publication_if_the_office_chose_so(self) -> None:
        assert clock_start([matter(channel="forum")], "occurred") == (SEEN - timedelta(days=2), "occurred")

    def test_until_somebody_assigns_it_counts_from_being_seen(self) -> None:
        assert clock_start([matter(channel="forum")], "assigned") == (SEEN, "detected")

    def test_the_earliest_of_several(self) -> None:
        pair = [matter(locator="a", days=1), matter(locator="b", days=9)]
        assert clock_start(pair, "detected")[0] == SEEN - timedelta(days=9)

    def test_an_old_answer_pulls_the_start_back(self) -> None:
        answered = matter(channel="site", days=400, answer="已经处理", answered_at=SEEN - timedelta(days=390))
        assert clock_start([answered], "detected")[0] == SEEN - timedelta(days=400)
        undated = matter(channel="site", posted_at=None, answer="已经处理", answered_at=SEEN - timedelta(days=390))
        assert clock_start([undated], "detected")[0] == SEEN - timedelta(days=390)

    def test_a_date_in_the_future_is_not_believed(self) -> None:
        assert clock_start([matter(days=-5)], "occurred")[0] == SEEN


@pytest.mark.parametrize(
    ("title", "place"),
    [
        ("咨询东山区户籍迁移问题", "东山区"),
        ("举报海陵街道乱收费", "海陵街道"),
        ("建议在梅岭镇增设公证窗口", "梅岭镇"),
        ("X2县道路破损无人维修", "X2县"),
        ("小区停水三天没人管", ""),
        ("我市社区矫正人员管理问题", ""),
        ("老城区道路拥堵", ""),
        ("生活区垃圾没有人清理", ""),
        ("联系人张伟区别对待", ""),
        ("X2县清河镇道路破损", "X2县"),
        ("请问由于镇政府一直没有答复", ""),
        ("这条乡村道路谁来修", ""),
        ("棚户区和居民区环境问题", ""),
        ("创建文明城市期间的扰民问题", ""),
        ("希望市里整改街道摊贩", ""),
        ("沿河村村民用水困难", ""),
        ("", ""),
    ],
)
def test_places_no_finer_than_a_township(title: str, place: str) -> None:
    assert place_of(title) == place


@given(st.text(alphabet="甲乙丙丁戊己庚辛壬癸", min_size=20, max_size=60), st.sampled_from(TAXONOMY.codes[:-1]))
def test_no_words_of_a_post_reach_the_summary(words: str, label: str) -> None:
    office = Office("局", "1")
    (one,) = decided([matter(words, label, title=words[:18])], office).openings
    assert not any(words[place : place + 4] in one.summary for place in range(len(words) - 3))


@given(st.lists(st.sampled_from("abcdef"), max_size=12), st.lists(st.lists(st.integers(0, 11), min_size=1), max_size=5))
def test_every_post_is_in_exactly_one_group(fingerprints: list[str], groups: list[list[int]]) -> None:
    inside = [kept for group in groups if (kept := [place for place in group if place < len(fingerprints)])]
    found = united(fingerprints, inside)
    assert sorted(place for group in found for place in group) == list(range(len(fingerprints)))
    of = {place: number for number, group in enumerate(found) for place in group}
    assert all(len({of[place] for place in group}) == 1 for group in inside)
    assert all(of[a] == of[b] for a in of for b in of if fingerprints[a] == fingerprints[b])


def test_three_thousand_letters_in_seconds(bureau: Office) -> None:
    matters = [matter(f"{WATER}，第{n}号楼", locator=str(n), title=f"咨询东山区第{n}个问题") for n in range(3000)]
    started = time.perf_counter()
    found = decided(matters, bureau)
    assert len(found.openings) == 3000
    assert time.perf_counter() - started < 10
