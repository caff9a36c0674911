"""The report in other languages: words from one catalogue, dates and numbers by locale."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date, datetime, timedelta
from itertools import product
from zoneinfo import ZoneInfo

import pytest

from report import render
from report.answers import text
from report.answers.verbs import Verb
from report.kinds import REPLY
from report.text import (
    addresses,
    language,
    network,
    notices,
    past,
    phrases,
    signals,
    ties,
    weekly,
    why,
)
from report.text.language import use_locale
from report.view import ReportView
from scoring.judgement import Judgement, Spoke, State
from scoring.signals.coverage import CoverageGap, CoverageKind
from scoring.signals.owed import ReplyAwaited, ReplyOwed
from tests.support import sample_reports
from tests.support.pseudo_language import pseudo_language, untranslated, visible_text

TODAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 7, 30, tzinfo=ZoneInfo("Europe/Berlin"))
MakeJudgement = Callable[..., Judgement]
# Whoever and whatever the gallery's reports name.
NAMES = (
    *("Bo Lindgren", "Cleo Marsh", "Freja Nørgaard", "Hana Ito", "Dai Okafor", "Eli Braun"),
    *("Henrik Sommer", "Élodie Martin", "Yara Clairmont", "Gunnar Brack", "Ines Cruz", "Jon Ek"),
    *(
        "Kim Ray",
        "Lea Roth",
        "Mo Diaz",
        "Nia Roy",
        "Ole Vik",
        sample_reports.LONG,
        "Mail",
        "Calendar",
    ),
    *(
        phrases.short(sample_reports.LONG),
        phrases.plain(sample_reports.LONG),
        "Google asks for your permission",
    ),
    *("again: run",),
)


@pytest.mark.parametrize(
    ("locale", "said"),
    [
        (
            "en_GB",
            "3 Oct; 3 Oct 2025; 16-22 Nov 2026; 07:30; 1,234; 34%; 2.4; a, b and c",
        ),
        (
            "en_US",
            "Oct 3; Oct 3, 2025; Nov 16 - 22, 2026; 7:30 AM; 1,234; 34%; 2.4; a, b, and c",
        ),
        (
            "de_DE",
            "3. Okt.; 3. Okt. 2025; 16.-22. Nov. 2026; 07:30; 1.234; 34 %; 2,4; a, b und c",
        ),
    ],
)
def test_dates_numbers_and_lists_are_those_of_the_locale(locale: str, said: str) -> None:
    with use_locale(locale):
        found = (
            phrases.day(date(2026, 10, 3), TODAY),
            phrases.day(date(2025, 10, 3), TODAY),
            weekly.week(date(2026, 11, 16), TODAY),
            phrases.clock(NOW),
            phrases.number(1234),
            phrases.percent(0.344),
            phrases.tenths(2.44),
            phrases.listed(["a", "b", "c"]),
        )
    # Which spaces and dashes is no matter here: narrow ones, fixed ones.
    assert " ".join("; ".join(found).replace("\N{EN DASH}", "-").split()) == said


def test_the_same_report_in_english_and_in_german() -> None:
    english = render.text(sample_reports.month())
    assert "Bo Lindgren\n  You two usually write every 9 days; it has been 31. You wrote" in english
    with use_locale("de_DE"):
        view = sample_reports.month()
    german = render.text(view)
    assert view.subject == "Deine Leute, 23. Nov.: an 2 schreiben"
    assert german.startswith("An 2 Leute schreiben.\nDeine Leute, 16.")
    assert (
        "SCHREIB MAL WIEDER\n\nBo Lindgren\n  Ihr schreibt euch sonst alle 9 Tage; jetzt" in german
    )
    assert "sonst etwa alle 4 Wochen; jetzt sind es 3 Monate." in german
    assert "55 %, auf lange Sicht zwischen 38 % und 71 %." in german.replace(
        "\N{NO-BREAK SPACE}", " "
    )
    assert "116 lebendige Verbindungen, 26 stiller als sonst, 73 eingeschlafen." in german
    assert '<html lang="de-DE">' in render.html(view)
    assert '<html lang="en-GB">' in render.html(sample_reports.month())


def test_a_report_stays_in_its_language_wherever_it_is_written_out() -> None:
    with use_locale("de_DE"):
        view = sample_reports.usual()
    there: list[str] = []
    thread = threading.Thread(target=lambda: there.append(render.text(view)))
    thread.start()
    thread.join()
    assert "OFFENE ANTWORTEN" in there[0]
    assert language.current() == "en_GB"


@pytest.mark.parametrize("kind", sample_reports.KINDS)
def test_no_sentence_of_a_german_report_ends_twice_or_lost_a_placeholder(kind: str) -> None:
    with use_locale("de_DE"):
        view = sample_reports.KINDS[kind]()
    for said in (render.text(view), visible_text(render.html(view)), view.subject):
        assert ".." not in said
        assert "{" not in said
        assert "%(" not in said


def verdict(count: int) -> str:
    counts = (ties.count_to_write_to, signals.count_owed, signals.count_new)
    return weekly.verdict([one(count) for one in counts])


def test_counts_of_one_and_of_more_are_right_in_german(judgement: MakeJudgement) -> None:
    with use_locale("de_DE"):
        assert [phrases.ago(n) for n in (0, 1, 2, 21, 400)] == [
            "heute",
            "gestern",
            "vor 2 Tagen",
            "vor 3 Wochen",
            "vor 13 Monaten",
        ]
        assert [phrases.every(n) for n in (1, 7, 9, 21, 365)] == [
            "alle ein, zwei Tage",
            "etwa jede Woche",
            "alle 9 Tage",
            "etwa alle 3 Wochen",
            "etwa einmal im Jahr",
        ]
        assert verdict(1) == ("An 1 Person schreiben, 1 Antwort offen, 1 neue Bekanntschaft.")
        assert verdict(2) == ("An 2 Leute schreiben, 2 Antworten offen, 2 neue Bekanntschaften.")
        assert why.why(judgement(), "Grace", today=TODAY)[:2] == [
            (
                "Deine Verbindung mit Grace wird leiser: Mehr als 14 Tage Stille sind für euch "
                "ungewöhnlich, und nach 120 Tagen gilt sie als eingeschlafen."
            ),
            (
                "Ihr schreibt euch sonst alle 9 Tage: Das ist der mittlere eurer Abstände "
                "(9 Tage), wobei lange und jüngste mehr zählen."
            ),
        ]


def test_a_language_without_a_catalogue_is_english() -> None:
    with use_locale("fr_FR"):
        assert weekly.quiet() == "A quiet week: nobody needs a word from you now."


# That all words are in the catalogue


@pytest.mark.parametrize("kind", sample_reports.KINDS)
def test_no_word_of_a_report_stands_outside_the_catalogue(kind: str) -> None:
    with pseudo_language():
        view: ReportView = sample_reports.KINDS[kind]()
        assert untranslated(view.subject, *NAMES) == set()
        assert untranslated(render.text(view), *NAMES) == set()
        assert untranslated(visible_text(render.html(view)), *NAMES) == set()


def test_no_word_about_a_tie_stands_outside_the_catalogue(judgement: MakeJudgement) -> None:
    said: list[str] = []
    with pseudo_language():
        for state, spoke, wished in product(State, Spoke, (None, 1, 30)):
            for gap, silence, away in ((None, 1, 0), (1.0, 0, 0), (9.0, 1, 0), (9.0, 31, 4)):
                one = judgement(
                    state=state,
                    last_spoke=spoke,
                    wished_days=wished,
                    usual_gap_days=gap,
                    silence_days=silence,
                    away_days=away,
                    unanswered=2 if state is State.SLIGHT else 0,
                )
                said += [*why.why(one, "Grace", today=TODAY), ties.sentence(one.reasons)]
        for gap in (7.2, 11.0, 21.0, 100.0, 365.0, 900.0):
            said.append(ties.sentence(judgement(usual_gap_days=gap, silence_days=500).reasons))
        said += [phrases.chance(p) for p in (0.01, 0.42, 0.5, 0.99)]
        said += [ties.kept("Grace", days, tags) for days, tags in product((0, 9), ([], ["x"]))]
        said.append(ties.sentence(judgement(usual_gap_days=None, contact_days=1).reasons))
        said.append(phrases.plain("\N{ZERO WIDTH JOINER}"))
    assert untranslated("\n".join(said), "Grace") == set()


def test_no_word_of_sources_notices_and_answers_stands_outside_the_catalogue() -> None:
    said: list[str] = []
    names = ("Grace", "Ilka", "Bo", "mail")
    with pseudo_language():
        for ago in (None, timedelta(), timedelta(days=9)):
            last = None if ago is None else NOW - ago
            said += [weekly.seen("mail", last, NOW), weekly.notice("mail", last, "", NOW)]
            said += [*weekly.blind(last, NOW), notices.text("mail", last, "")]
            said += [notices.text_unread([("mail", last, "")])]
        said += [notices.subject("mail"), notices.subject_of_the_report()]
        said += [notices.subject_unread(["mail"]), notices.subject_unsent()]
        said += [weekly.partly("mail", NOW, NOW), *weekly.early()]
        said += [weekly.standing(0, 0, 0), notices.ask_doctor()]
        for verb in Verb:
            said += [text.label(verb), text.confirmed(verb, "Bo", TODAY, TODAY)]
        said += [text.label(Verb.MET, REPLY), past.heading(date(2026, 10, 1), TODAY)]
        said += [notices.trouble("mail", "English", access=one) for one in (True, False)]
    assert untranslated("\n".join(said), *names, "Mail") == set()


def test_no_word_of_signals_and_the_network_stands_outside_the_catalogue() -> None:
    said: list[str] = []
    with pseudo_language():
        owed, awaited = ReplyOwed(1, NOW, 9, None, 9, 10), ReplyAwaited(1, NOW, 9, 9, 9)
        said += [signals.owed_line(owed, "Grace", TODAY, TODAY)]
        said += [signals.awaited_line(awaited, "Grace", TODAY, TODAY)]
        said += [signals.introduced_line("Grace", TODAY, TODAY)]
        for people, in_touch, silent in product(
            (["Bo"], ["Bo", "Ilka"], ["Bo"] * 4), (0, 1), (3, 99)
        ):
            said.append(signals.brought_line("Grace", people, in_touch, silent))
        said += [signals.blind_line(CoverageGap(kind, 27, 30)) for kind in CoverageKind]
        for bounces, last in product((1, 2, 3), (None, TODAY)):
            said.append(
                addresses.died_line("Bo", "bo@x.example", bounces=bounces, bounced=TODAY, last=last)
            )
        for new, last, bounced in (("Bo", None, None), ("Ilka", TODAY, None), ("Bo", None, TODAY)):
            said.append(
                addresses.moved_line(
                    "Bo",
                    "bo@x.example",
                    new,
                    "b@y.example",
                    last=last,
                    bounced=bounced,
                    began=TODAY,
                )
            )
        said += [network.spread_line(n) for n in (1.0, 2.4, 7.0)]
        said += [network.people_clause(n) for n in (1.0, 7.0)]
        said += [network.year_ago_line(7.0, n) for n in (1.0, 7.0, 9.0)]
        said += [network.without_line("x.example", 1, 2, own=own) for own in (True, False)]
        said += [network.nobody_large_line(9), network.counts_line(3, 9)]
        for burst, first in product((True, False), (TODAY, date(2026, 3, 2))):
            said.append(network.mirror_line(12, 9, first, TODAY, burst=burst, today=TODAY))
            said.append(network.mirror_explained(9, 12, burst=burst))
        said += [
            network.too_little(),
            network.by_themselves(),
            network.by_month(),
        ]
        said += [network.no_mirror(), *network.months_head([TODAY])]
    assert untranslated("\n".join(said), "Grace", "Ilka", "Bo") == set()


def test_no_line_is_broken_before_the_sign_of_a_percentage() -> None:
    with use_locale("de_DE"):
        text = f"{'a' * 68} {phrases.percent(0.34)} x"
    assert [line.split()[0][0] for line in render.wrap(text).splitlines()] == ["a", "3"]
