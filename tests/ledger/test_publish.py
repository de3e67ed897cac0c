"""The public site: what is first, what is never in it, and that it can be read, checked and published again."""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any

import feedparser
import pytest
from lxml import html

from crawlers.clock import CHINA
from ledger.record.commands import ApproveExtension, Confirm, RecordRecheck, RequestExtension, Withdraw
from ledger.record.head import head
from ledger.record.parts import Clock
from ledger.telling.disclosure import Disclosed, disclosed
from ledger.telling.publish import CSV_COLUMNS, MENU, PublishRefused, as_rows, publish, site_files
from ledger.telling.sheets import as_csv

APRIL = datetime(2026, 4, 1, tzinfo=CHINA)
POINTS = {"quote": "设立2个公证服务点", "words": "我局将设立2个公证服务点。"}
RULES = {"quote": "修订法律援助指引", "words": "我局将修订法律援助指引。"}


def tell(record) -> dict[str, str]:
    """A kept promise, a late one, one extended, one given up, one due soon; at the end it is 10 April."""
    kept = record.promised(APRIL)
    late = record.promised(APRIL, **POINTS)
    extended = record.promised(APRIL, quote="改造3个接待大厅", words="我局将改造3个接待大厅。")
    given_up = record.promised(datetime(2026, 12, 31, tzinfo=CHINA), **RULES)
    soon = record.promised(
        datetime(2026, 5, 1, tzinfo=CHINA), quote="公布全市公证收费标准", words="我局将公布全市公证收费标准。"
    )
    record.later(days=10)
    record.verified(kept, record.claimed(kept))
    notice = record.page("/gg/yanqi", "<p>接待大厅改造工期延至6月底，特此公告</p>")
    later = {"due_at": "2026-07-01T00:00:00+08:00", "due_date": "2026-06-30", "certainty": "firm", "kind": "date"}
    record.do(RequestExtension(commitment=extended, clock=Clock(name="fulfil", deadline=later), reason="施工图未批",
                               notice=notice.snapshot("联络员")), "联络员")  # fmt: skip
    record.do(ApproveExtension(commitment=extended), "审批人")
    page = record.page("/gg/chexiao", "<p>法律援助指引由省厅统一修订，本局不再单独修订</p>")
    record.do(Withdraw(commitment=given_up, reason="省厅统一修订", explanation=page.snapshot("联络员")), "联络员")
    record.do(Confirm(proposal=record.db.execute("SELECT max(id) FROM proposals").fetchone()[0]), "督办员")
    record.case(summary="政务服务处：可能影响政府形象和公信力，1 条反映，来自信箱", label="credibility",
                about_units=("政务服务处",))  # fmt: skip
    record.now = datetime(2026, 4, 10, 10, 0, tzinfo=CHINA)
    return {"kept": kept, "late": late, "extended": extended, "given_up": given_up, "soon": soon}


@dataclass(frozen=True)
class Told:
    """A story told once and published once; read only."""

    record: Any
    site: Path
    ids: dict[str, str]

    def page(self, path: str) -> html.HtmlElement:
        """A published page."""
        return html.document_fromstring((self.site / path).read_text("utf-8"))

    def pages(self) -> Iterator[tuple[Path, html.HtmlElement]]:
        """Every published page."""
        for path in self.site.rglob("*.html"):
            yield path, html.document_fromstring(path.read_text("utf-8"))


@pytest.fixture(scope="module")
def told(lasting) -> Told:
    ids = tell(lasting)
    site = lasting.store.parent / "public"
    publish(lasting.db, lasting.office, site, now=lasting.now)
    return Told(lasting, site, ids)


@pytest.fixture
def public(record) -> Path:
    return record.store.parent / "public"


def out(record, into: Path, **more: object):
    return publish(record.db, record.office, into, now=record.now, **more)  # type: ignore[arg-type]


def promises_on(tree: html.HtmlElement) -> list[str]:
    return [article.get("id") for article in tree.iter("article")]


def test_an_empty_record_makes_a_whole_site(record, public: Path) -> None:
    done = out(record, public)
    assert done.promises == 0
    for path, _ in MENU:
        assert (public / path).is_file()
    assert "目前没有未兑现、逾期或依据失效的承诺。" in (public / "index.html").read_text("utf-8")


class TestOrder:
    def test_what_was_not_kept_comes_first(self, told: Told) -> None:
        tree, ids = told.page("index.html"), told.ids
        assert promises_on(tree) == [ids["late"], ids["soon"], ids["kept"]]
        headings = [heading.text_content() for heading in tree.iter("h2")]
        assert headings == ["没有做到的", "快到期的", "最近做到的", "数字"]

    def test_every_list_has_its_own(self, told: Told) -> None:
        lists = {name: promises_on(told.page(f"{name}.html")) for name in ("broken", "open", "kept", "apart")}
        ids = told.ids
        assert lists == {
            "broken": [ids["late"]], "open": [ids["soon"], ids["extended"]], "kept": [ids["kept"]],
            "apart": [ids["given_up"]],
        }  # fmt: skip

    def test_proof_that_failed_goes_back_to_the_front(self, record, public: Path) -> None:
        promise = record.promised(APRIL)
        record.verified(promise, record.claimed(promise))
        url, sha = record.db.execute("SELECT url, snapshot FROM claims").fetchone()
        gone = RecordRecheck(subject=promise, url=url, original=sha, result="gone", note="2026年3月2日不在")
        record.do(gone, "sys:recheck")
        out(record, public)
        broken = html.document_fromstring((public / "broken.html").read_text("utf-8"))
        assert promises_on(broken) == [promise]
        assert "2026-03-02：网页不在了" in (public / f"p/{promise}.html").read_text("utf-8")

    def test_long_lists_are_divided(self, told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("ledger.telling.publish._PER_PAGE", 1)
        pages = dict(site_files(told.record.db, told.record.office, now=told.record.now))
        first, second = (html.document_fromstring(pages[path].decode()) for path in ("open.html", "open-2.html"))
        assert (promises_on(first), promises_on(second)) == ([told.ids["soon"]], [told.ids["extended"]])
        assert first.xpath("//nav[@aria-label='分页']//a/@href") == ["open.html", "open-2.html"]


class TestPromisePage:
    def test_a_kept_promise_shows_words_link_and_who_checked(self, told: Told) -> None:
        tree = told.page(f"p/{told.ids['kept']}.html")
        text = " ".join(tree.text_content().split())
        assert "“我局将于3月底前在东区新增3个法律援助工作站”" in text
        assert "2026-03-13 由办公室重新打开网页核查，该单位不是责任单位。" in text
        links = tree.xpath("//a/@href")
        assert told.record.site.url(f"/gk/{told.ids['kept']}") in links
        assert told.record.site.url("/dafu/YQ-2026-0001") in links

    def test_a_moved_date_shows_the_first_and_the_notice(self, told: Told) -> None:
        tree = told.page(f"p/{told.ids['extended']}.html")
        text = tree.text_content()
        assert "2026-06-30（原话：3月底前）；原定 2026-03-31" in text
        assert "延期：由 2026-03-31 延至 2026-06-30" in text
        assert told.record.site.url("/gg/yanqi") in tree.xpath("//a/@href")

    def test_one_given_up_shows_the_public_explanation(self, told: Told) -> None:
        tree = told.page(f"p/{told.ids['given_up']}.html")
        assert "撤销承诺的公开说明" in tree.text_content()
        assert told.record.site.url("/gg/chexiao") in tree.xpath("//a/@href")

    def test_not_checked_is_not_not_done(self, told: Told) -> None:
        assert "还没有检查过（不等于没有做到）" in told.page(f"p/{told.ids['late']}.html").text_content()

    def test_a_returned_claim_proves_nothing_in_public(self, record, public: Path) -> None:
        promise = record.promised(APRIL)
        record.verified(promise, record.claimed(promise), decision="returned", reason="partial")
        out(record, public)
        text = (public / f"p/{promise}.html").read_text("utf-8")
        assert f"/gk/{promise}" not in text
        assert "申报经核查退回" in text


class TestNothingElseIsPublic:
    def test_no_names_reasons_summaries_or_hidden_cases(self, told: Told) -> None:
        everything = "\n".join(path.read_text("utf-8-sig") for path in told.site.rglob("*") if path.is_file())
        for person in told.record.office.people:
            assert person.name not in everything
        for words in ("施工图未批", "省厅统一修订", "1 条反映", "政务服务处"):
            assert words not in everything

    def test_the_fields_are_a_closed_list(self) -> None:
        assert set(Disclosed.__dataclass_fields__) == {
            "id", "standing", "state", "quote", "matter", "lead", "responsible", "source", "promised", "due_raw", "due",
            "due_note", "first_due", "explanation", "progress", "proof_url", "proof", "verified", "verifier_unit",
            "checked", "extensions", "reopened", "single_person", "notices", "looks", "updated",
        }  # fmt: skip

    def test_drafts_stay_drafts(self, record, public: Path) -> None:
        record.promised(APRIL)
        record.db.execute("UPDATE commitments SET status = 'proposed'")
        assert out(record, public).promises == 0


class TestPages:
    def test_no_script_and_nothing_from_elsewhere(self, told: Told) -> None:
        for _, tree in told.pages():
            assert tree.get("lang") == "zh-CN"
            assert not tree.xpath("//script | //iframe | //img | //object | //form")
            assert not [link for link in tree.xpath("//link/@href") if "://" in link]
        style = (told.site / "style.css").read_text("utf-8")
        assert not [word for word in ("@import", "url(") if word in style]

    def test_links_between_pages_lead_somewhere(self, told: Told) -> None:
        for path, tree in told.pages():
            for link in [*tree.xpath("//a/@href"), *tree.xpath("//link/@href")]:
                if "://" not in link and not link.startswith("#"):
                    assert (path.parent / link.partition("#")[0]).resolve().is_file(), (path, link)

    def test_they_can_be_used_without_seeing_or_pointing(self, told: Told) -> None:
        for _, tree in told.pages():
            assert len(tree.xpath("//h1")) == 1
            assert tree.xpath("//main[@id='main']")
            assert tree.xpath("//body/a[1]/@href") == ["#main"]
            assert all(cell.get("scope") for cell in tree.iter("th"))
            levels = [int(heading.tag[1]) for heading in tree.iter("h1", "h2", "h3", "h4")]
            assert all(after <= before + 1 for before, after in pairwise(levels))

    def test_hostile_words_stay_words(self, record, public: Path) -> None:
        record.promised(APRIL, quote="设立<b>2个</b>&服务点", words="我局将设立&lt;b&gt;2个&lt;/b&gt;&amp;服务点。")
        out(record, public)
        text = (public / "open.html").read_text("utf-8")
        assert "设立&lt;b&gt;2个&lt;/b&gt;&amp;服务点" in text
        assert "<b>2个" not in text
        assert not feedparser.parse((public / "feed.xml").read_bytes()).bozo


class TestChecking:
    def test_the_head_is_on_the_pages(self, told: Told) -> None:
        for path in ("index.html", "broken.html", "figures.html", "check.html"):
            assert head(told.record.db).hash in (told.site / path).read_text("utf-8")

    def test_the_manifest_names_every_file(self, told: Told) -> None:
        manifest = json.loads((told.site / "data/manifest.json").read_text("utf-8"))
        files = {str(path.relative_to(told.site)) for path in told.site.rglob("*") if path.is_file()}
        assert set(manifest["files"]) == files - {"data/manifest.json"}
        for path, digest in manifest["files"].items():
            assert sha256((told.site / path).read_bytes()).hexdigest() == digest
        assert manifest["head"]["count"] == head(told.record.db).count

    def test_the_data_say_what_the_pages_say(self, told: Told) -> None:
        listed = {one["id"]: one for one in json.loads((told.site / "data/promises.json").read_text("utf-8"))}
        assert {name: listed[number]["standing"] for name, number in told.ids.items()} == {
            "kept": "kept", "late": "late", "extended": "open", "given_up": "apart", "soon": "soon",
        }  # fmt: skip
        rows = list(csv.DictReader(io.StringIO((told.site / "data/promises.csv").read_text("utf-8-sig"))))
        assert {row["编号"] for row in rows} == set(told.ids.values())
        rates = json.loads((told.site / "data/statistics.json").read_text("utf-8"))["rates"]
        assert all({"numerator", "denominator"} <= set(rate) for rate in rates)

    @pytest.mark.parametrize("words", ["=HYPERLINK(1)", "+1", "-1", "@x", "\t=1", " =1"])
    def test_no_cell_is_a_formula(self, told: Told, words: str) -> None:
        one = replace(disclosed(told.record.db, now=told.record.now)[0], quote=words)
        (row,) = csv.DictReader(
            io.StringIO(as_csv([name for _, name in CSV_COLUMNS], as_rows([one])).decode("utf-8-sig"))
        )
        assert row["承诺原文"] == f"'{words}"

    def test_the_feed_is_valid_and_its_ids_stay(self, told: Told) -> None:
        def feed(days: int) -> feedparser.FeedParserDict:
            now, base = told.record.now + timedelta(days=days), "https://sfj.example.gov.cn/chengnuo/"
            return feedparser.parse(
                dict(site_files(told.record.db, told.record.office, now=now, base_url=base))["feed.xml"]
            )

        first, second = feed(0), feed(1)
        assert not first.bozo
        assert len(first.entries) == len(told.ids)
        assert first.entries[0].link.startswith("https://sfj.example.gov.cn/chengnuo/p/")
        assert all(entry.id.startswith("tag:127.0.0.1,2026:huiying/CN-") for entry in first.entries)
        assert [entry.id for entry in first.entries] == [entry.id for entry in second.entries]


class TestAgain:
    def test_publishing_twice_changes_nothing(self, record, public: Path) -> None:
        record.promised(APRIL)
        first = out(record, public)
        assert len(first.written) == first.files
        again = out(record, public)
        assert (again.written, again.removed) == ((), ())

    def test_a_day_later_promise_pages_stay_as_they_were(self, told: Told) -> None:
        record = told.record
        done = publish(record.db, record.office, told.site, now=record.now + timedelta(days=1), dry_run=True)
        assert "index.html" in done.written
        assert not [path for path in done.written if path.startswith("p/")]

    def test_what_is_no_longer_part_of_it_goes_and_only_that(self, record, public: Path) -> None:
        promise = record.promised(APRIL)
        out(record, public)
        (public / "robots.txt").write_text("User-agent: *\n")
        record.db.execute("UPDATE commitments SET status = 'rejected' WHERE id = ?", [promise])
        assert out(record, public).removed == (f"p/{promise}.html",)
        assert not (public / f"p/{promise}.html").exists()
        assert (public / "robots.txt").exists()

    def test_a_manifest_cannot_reach_outside(self, record, public: Path) -> None:
        out(record, public)
        victim = public.parent / "victim.txt"
        victim.write_text("keep")
        manifest = json.loads((public / "data/manifest.json").read_text("utf-8"))
        manifest["files"] |= {"../victim.txt": "", str(victim): ""}
        (public / "data/manifest.json").write_text(json.dumps(manifest), "utf-8")
        assert out(record, public).removed == ()
        assert victim.exists()

    def test_somebody_elses_directory_is_refused(self, record, public: Path) -> None:
        public.mkdir()
        (public / "index.html").write_text("mine")
        with pytest.raises(PublishRefused, match="已有别的文件"):
            out(record, public)
        assert (public / "index.html").read_text() == "mine"

    def test_a_trial_run_writes_nothing(self, record, public: Path) -> None:
        record.promised(APRIL)
        assert out(record, public, dry_run=True).promises == 1
        assert not public.exists()

    def test_a_one_person_office_says_so(self, record) -> None:
        alone = replace(record.office, four_eyes=False)
        pages = dict(site_files(record.db, alone, now=record.now))
        assert "已关闭两人复核" in pages["index.html"].decode()


def test_hundreds_of_promises(record, public: Path) -> None:
    record.promised(APRIL)
    (promise,) = disclosed(record.db, now=record.now + timedelta(days=40))
    rows = record.db.execute("SELECT * FROM commitments").fetchone()
    names = [name for name in rows.keys() if name not in ("id", "quote")]  # noqa: SIM118 - a Row is no mapping
    columns = ", ".join(names)
    record.db.execute("BEGIN")
    for number in range(500):
        record.db.execute(
            f"INSERT INTO commitments (id, quote, {columns}) SELECT ?, ?, {columns} FROM commitments WHERE id = ?",
            [f"CN-2026-9{number:04}-1", f"设立第{number}个服务点", promise.id],
        )
    record.db.execute("COMMIT")
    assert out(record, public).promises == 501
