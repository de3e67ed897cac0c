"""The taxonomy as data: what ships, what an office may change, what it may not."""

from classify.labels import NONE, load_taxonomy, read_taxonomy


def test_the_shipped_list_has_seven_duties_and_none_in_order_of_decision():
    taxonomy = load_taxonomy()
    assert taxonomy.codes == (
        "superior_directed",
        "clarification",
        "emergency",
        "moral_line",
        "credibility",
        "policy",
        "public_interest",
        NONE,
    )
    assert taxonomy.evidence == "reconstructed"
    for label in taxonomy.labels:
        assert label.name
        assert label.duty
        assert label.source


def test_every_label_but_none_starts_a_clock():
    assert [label.code for label in load_taxonomy().labels if not label.rule] == [NONE]


def test_the_first_that_fits_decides():
    taxonomy = load_taxonomy()
    assert taxonomy.primary({"public_interest", "emergency", "policy"}) == "emergency"
    assert taxonomy.primary(set()) == NONE


def test_an_office_pastes_the_official_wording_and_divides_a_kind(tmp_path):
    file = tmp_path / "labels.toml"
    file.write_text(
        """version = "苏政办发〔2017〕151号"
evidence = "official"
[[label]]
code = "policy"
name = "重大决策部署和政策措施"
division = [{ name = "公证", words = ["公证", "遗嘱"] }, { name = "法律援助", words = ["法律援助"] }]
""",
        encoding="utf-8",
    )
    taxonomy, problems = read_taxonomy(file)
    assert not problems
    assert taxonomy.version == "苏政办发〔2017〕151号"
    assert taxonomy.evidence == "official"
    assert taxonomy["policy"].name == "重大决策部署和政策措施"
    assert taxonomy["policy"].rule == load_taxonomy()["policy"].rule
    assert taxonomy.names["policy"] == load_taxonomy()["policy"].short
    assert taxonomy.division("policy", "公证处周末不办遗嘱了吗") == "公证"
    assert taxonomy.division("credibility", "公证处周末不办遗嘱了吗") == ""
    assert taxonomy.division("policy", "路灯坏了") == ""
    assert taxonomy["none"] == load_taxonomy()["none"]


def test_a_changed_code_and_other_mistakes_are_reported_together(tmp_path):
    file = tmp_path / "labels.toml"
    file.write_text(
        'titel = "x"\ndivision = [3]\n[[label]]\ncode = "gossip"\nrule = "x"\n'
        '[[label]]\ncode = "policy"\nname = 3\ndivision = [{ name = "空" }]\n',
        encoding="utf-8",
    )
    taxonomy, problems = read_taxonomy(file)
    text = "\n".join(map(str, problems))
    assert taxonomy == load_taxonomy()
    for part in ("titel", "[[division]]", "gossip", "rule", "name 应是文字", "子类缺少"):
        assert part in text


def test_a_sub_category_may_cut_across_all_labels(tmp_path):
    file = tmp_path / "labels.toml"
    file.write_text('[[division]]\nname = "监狱"\nwords = ["监狱", "探监"]\n', encoding="utf-8")
    taxonomy, problems = read_taxonomy(file)
    assert not problems
    assert [taxonomy.division(code, "探监预约总是满的") for code in ("policy", "none")] == ["监狱", "监狱"]


def test_a_broken_file_is_one_problem(tmp_path):
    file = tmp_path / "labels.toml"
    file.write_text("[[label", encoding="utf-8")
    assert len(read_taxonomy(file)[1]) == 1


def test_a_missing_office_file_means_the_shipped_list(tmp_path):
    assert read_taxonomy(tmp_path / "labels.toml") == (load_taxonomy(), [])
