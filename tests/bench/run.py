"""`make bench`: every benchmark beside this file, one table of figures measured in this run.

Ratios compare with the obvious alternative in the same process, because absolute times of a shared machine mean little.
`python tests/bench/run.py classify store` runs only those.
"""

import importlib.util
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

Row = tuple[str, float, str]


def benchmarks(names: list[str]) -> Iterator[tuple[str, Callable[[], list[Row]]]]:
    """The `rows` function of each bench_<topic>.py, alphabetically, or only of the topics named."""
    for path in sorted(Path(__file__).parent.glob("bench_*.py")):
        topic = path.stem.removeprefix("bench_")
        if names and topic not in names:
            continue
        spec = importlib.util.spec_from_file_location(path.stem, path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[path.stem] = module
        spec.loader.exec_module(module)
        yield topic, module.rows


def main() -> None:
    """Run and print, topic by topic."""
    console = Console(highlight=False)
    for topic, rows in benchmarks(sys.argv[1:]):
        table = Table(title=topic, title_justify="left", show_edge=False)
        for heading in ("项目", "数值", "单位"):
            table.add_column(heading, justify="right" if heading == "数值" else "left")
        for name, value, unit in rows():
            table.add_row(Text(name), f"{value:,.3f}".rstrip("0").rstrip("."), Text(unit))
        console.print(table)
        console.print()


if __name__ == "__main__":
    main()
