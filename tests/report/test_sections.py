"""Sections: whatever the application builds is drawn by both templates, in order and in full."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from beforehand.mailing.sections import order
from report import render
from report.answers.verbs import Verb
from report.sections import Bars, Row, Section, answers
from report.view import ReportView
from tests.support.pseudo_language import visible_text
from tests.support.sample_reports import KINDS, LINKS

Build = Callable[..., ReportView]

MADE_UP = Section(
    title="Made up",
    summary=("First sentence.", "Second sentence."),
    small_print="A remark.",
    rows=(
        Row("Ada", "asked you something.", inline=True),
        Row("Bo", "A whole sentence.", address="bo@example.org"),
        Row("Cleo", "In touch.", bars=Bars((0, 1, 2), "The bars.", "3 days in 3 months")),
    ),
    lines=("A paragraph with `a command`.", "Another paragraph."),
    verdict="1 thing to do",
    subject="1 thing",
)


def test_a_section_that_no_template_knows_is_drawn_whole_in_the_text(build: Build) -> None:
    text = render.text(build(sections={"made_up": MADE_UP}))
    assert (
        "\n\nMADE UP\n\nFirst sentence.\nSecond sentence.\nA remark.\n\n"
        "Ada asked you something.\n\nBo\n  A whole sentence.\n\n"
        "Cleo\n  In touch.\n  ▁▃▅  3 days in 3 months\n\n"
        "A paragraph with `a command`.\n\nAnother paragraph.\n\n---"
    ) in text


def test_and_in_the_html_with_the_same_words_in_the_same_order(build: Build) -> None:
    page = render.html(build(sections={"made_up": MADE_UP}))
    shown = " ".join(visible_text(page.replace("<code ", "<i ").replace("</code>", "</i>")).split())
    place = 0
    for part in (
        "Made up First sentence. Second sentence. A remark.",
        "Ada asked you something.",
        "Bo A whole sentence.",
        "Write to Bo",
        "Cleo The bars. In touch. 3 days in 3 months",
        "A paragraph with a command . Another paragraph.",
    ):
        place = shown.find(part, place)
        assert place >= 0, part
    assert page.count("<b>Write</b>") == 1
    assert ">a command</code>" in page


def test_its_part_stands_in_the_verdict_and_in_the_subject(build: Build) -> None:
    view = build(sections={"made_up": MADE_UP, "other": Section("Other", lines=("Idle.",))})
    assert view.verdict == "1 thing to do."
    assert view.subject.endswith(": 1 thing")


def test_sections_stand_in_the_order_given(build: Build) -> None:
    titles = [f"Section {letter}" for letter in "CAB"]
    view = build(sections={one: Section(one, lines=("Something.",)) for one in titles})
    for shown in (render.text(view).lower(), render.html(view).lower()):
        places = [shown.index(one.lower()) for one in titles]
        assert places == sorted(places)


def test_a_row_is_answered_by_links_that_name_the_person() -> None:
    [link] = answers(LINKS, "lapse", 7, "Maximiliane Wolfeschlegelsteinhausen", [Verb.SNOOZE])
    assert (link.words, link.spoken) == ("Not now", "Not now: Maximiliane Wolfesc…")
    assert link.href.startswith("mailto:ada.winter@example.org?subject=Leave%20Maximiliane")
    assert answers(None, "lapse", 7, "Bo", [Verb.SNOOZE]) == ()


@pytest.mark.parametrize("kind", KINDS)
def test_programs_get_the_same_keys_in_every_report_ready_for_json(kind: str) -> None:
    facts = order.facts(KINDS[kind]().sections)
    assert list(facts) == list(order.SECTIONS)
    assert json.loads(json.dumps(facts)).keys() == facts.keys()
