"""The three tables of commands: every row can be carried out, every field lands somewhere."""

from dataclasses import MISSING, fields

import pytest

from ledger.fill import _COMPLETE
from ledger.forms import FORMS, Form
from ledger.jobs import JOBS
from ledger.telling import looks, show
from ledger.views import VIEWS, View

# What `fill` adds by itself: the page a quotation stands on, the claim that waits, clocks from rules.
FILLED = {"claim", "snapshot", "checklist", "rubric", "origin", "taxonomy", "clock_basis", "quote", "strength"}
FILLED |= {"latest", "law"}  # what the rule of a clock says


# What `fill` turns into something else: a page into its quotation, what a letter was and when it came into clocks.
SPENT = {"snapshot", "channel", "received", "inquiry", "which"}


def name(row: Form | View) -> str:
    return f"{row.group} {row.verb}".strip()


@pytest.mark.parametrize("form", FORMS, ids=name)
def test_every_field_of_a_form_is_a_field_of_its_command(form: Form) -> None:
    known = {one.name for one in fields(form.command)}
    assert {one.name for one in form.fields} - known <= SPENT


@pytest.mark.parametrize("form", FORMS, ids=name)
def test_nothing_a_command_needs_is_left_out(form: Form) -> None:
    needed = {f.name for f in fields(form.command) if f.default is MISSING and f.default_factory is MISSING}
    typed = {one.name for one in form.fields}
    assert needed - typed <= (FILLED if form.command in _COMPLETE else set())


@pytest.mark.parametrize("view", VIEWS, ids=name)
def test_every_view_knows_how_it_looks(view: View) -> None:
    module, function = view.render.split(".")
    assert callable(getattr({"looks": looks, "show": show}[module], function))


def test_no_two_rows_share_a_name() -> None:
    names = [(row.group, row.verb) for table in (FORMS, VIEWS, JOBS) for row in table]
    assert len(names) == len(set(names))
