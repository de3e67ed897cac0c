"""Cold start is tested by what is imported: people type these commands all day, cron runs them every five minutes."""

import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = ["scrapy", "twisted", "sklearn", "scipy", "numpy", "sqlite_utils", "jieba", "rjieba", "textual", "trafilatura",
         "lxml", "jinja2", "urllib3", "pandas", "opencc", "warcio", "python_calamine", "feedparser"]  # fmt: skip
PROBE = """
import sys
from click.testing import CliRunner
import cli
result = CliRunner().invoke(cli.huiying, sys.argv[2:])
assert result.exit_code == int(sys.argv[1]), (result.exit_code, result.output, result.exception)
print(" ".join(sorted({name.split(".")[0] for name in sys.modules})))
"""


def loaded(code: int, *args: str, home: Path) -> set[str]:
    command = [sys.executable, "-c", PROBE, str(code), "--workspace", str(home), *args]
    return set(subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()[-1].split())


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace whose ledger has been opened once, so that no migration is pending."""
    from click.testing import CliRunner

    import cli

    root = tmp_path_factory.mktemp("home") / "data"
    for command in (["init"], ["today"]):
        CliRunner().invoke(cli.huiying, ["--workspace", str(root), *command], catch_exceptions=False)
    return root


@pytest.mark.parametrize("args", [["--help"], ["case", "--help"], ["today"], ["today", "--json"]], ids=" ".join)
def test_what_is_typed_all_day_loads_nothing_heavy(args: list[str], home: Path) -> None:
    assert loaded(0, *args, home=home) & {*HEAVY, "pydantic", "rich"} == set()


def test_the_alert_of_cron_loads_nothing_heavy(home: Path) -> None:
    assert loaded(0, "alert", home=home) & {*HEAVY, "pydantic", "filelock", "smtplib", "ssl", "rich"} == set()


def test_help_needs_neither_database_nor_tables(home: Path) -> None:
    assert loaded(0, "--help", home=home) & {"sqlite3", "rich", "tomllib"} == set()


def test_one_post_is_classified_without_scikit_learn(home: Path, tmp_path: Path) -> None:
    post = tmp_path / "post.jsonl"
    post.write_text('{"id": "1", "text": "小区停水三天没人管"}\n', "utf-8")
    modules = loaded(0, "classify", str(post), home=home)
    assert modules & {"scrapy", "sklearn", "scipy", "sqlite_utils", "trafilatura", "lxml"} == set()
    assert "numpy" in modules  # the probe sees what is loaded


BARE = """
import sys
from cli import main
try:
    main()
except SystemExit as end:
    print(end.code or 0, *sorted(sys.modules))
"""


def test_one_post_is_classified_without_what_only_slows_the_start(tmp_path: Path) -> None:
    post = tmp_path / "post.jsonl"
    post.write_text('{"id": "1", "text": "小区停水三天没人管"}\n', "utf-8")
    command = [sys.executable, "-c", BARE, "classify", str(post)]
    tag, modules = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    assert '"label"' in tag
    code, *loaded_ = modules.split()
    assert code == "0"
    assert set(loaded_) & {"importlib.resources", "tempfile", "tomllib", "numpy.ma", "pydantic", "rich"} == set()
