"""The sections of a report that is really composed: what is shown, flagged and told to programs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from beforehand import work
from beforehand.app import App
from beforehand.mailing import weekly
from beforehand.mailing.sections import order
from beforehand.mailing.sections.order import SectionEntry
from beforehand.mailing.sections.week import Week
from report import render
from report.kinds import LAPSE, REPLY
from report.sections import Flag, Section
from tests.support.owner import OpenApp, SettableClock

LINE = "Something was made up."


def made_up(week: Week) -> Section:
    """A section of a line about somebody, with a flag."""
    person_id = min(week.snapshot.people)
    return Section(
        "Made up",
        lines=(LINE,),
        verdict="1 thing to do",
        subject="1 thing",
        flags=(Flag("made_up", person_id),),
        facts=[LINE],
    )


@pytest.fixture
def app(opened: OpenApp) -> Iterator[App]:
    """Ada's application, her mail read."""
    with opened() as found:
        work.sync_source(found, found.config.source("mail"))
        yield found


@pytest.fixture
def _one_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        order, "SECTIONS", {**order.SECTIONS, "made_up": SectionEntry(made_up, absent=[])}
    )


@pytest.mark.usefixtures("_one_more")
def test_a_builder_and_a_line_in_the_list_are_a_section(app: App) -> None:
    written = weekly.compose(app)
    assert f"\n\nMADE UP\n\n{LINE}\n\n---" in render.text(written.view)
    assert LINE in render.html(written.view)
    assert written.view.verdict.endswith(", 1 thing to do.")
    assert written.facts()["made_up"] == [LINE]
    assert [one.kind for one in written.flags][-1] == "made_up"
    assert work.report_owner(app).sent


@pytest.mark.usefixtures("_one_more")
def test_nothing_is_said_and_nobody_flagged_while_mail_is_not_seen(
    app: App, clock: SettableClock
) -> None:
    shown = weekly.compose(app).facts()
    clock.advance(days=4)
    written = weekly.compose(app)
    assert written.view.sections == {}
    assert written.flags == ()
    assert written.facts().keys() == shown.keys()
    assert written.facts()["made_up"] == written.facts()["people"] == []


def test_whoever_has_a_row_is_flagged_with_the_chance_of_a_lapse_where_one_is_stated(
    app: App,
) -> None:
    written = weekly.compose(app)
    flagged = {one.kind: one for one in written.flags}
    rows = [row.name for one in written.view.sections.values() for row in one.rows]
    assert len(rows) == len(written.flags)
    assert flagged.keys() <= {LAPSE, REPLY}
    for kind, flag in flagged.items():
        assert (flag.p_lapse is not None) == (kind == LAPSE)
