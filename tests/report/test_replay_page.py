"""What a replay is put into: claims that are settled and no others, words, a page, pictures."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from types import ModuleType
from xml.etree import ElementTree as ET

import pytest

from report.replay import page as replay_page
from report.replay import plots, sent_text, text
from report.replay.findings import Past
from report.text.language import use_locale
from scoring.replay.hindsight import Calibration, Figures, Hindsight, Quarter, Rival, RuleGrade
from scoring.replay.measures import Bin, Estimate
from scoring.replay.revival import Revival
from tests.support.pseudo_language import pseudo_language, untranslated, visible_text

NONE = Figures(None, None, None, None, None)


def share(value: float, low: float, high: float, ties: int = 40) -> Estimate:
    return Estimate(value, low, high, ties)


def grade(precision: float, named: float = 120.0) -> RuleGrade:
    return RuleGrade(
        named=named,
        figures=Figures(
            precision=share(precision, precision - 0.05, precision + 0.06),
            silent_long=share(0.6, 0.5, 0.7),
            in_time=share(0.4, 0.3, 0.5),
            lead_days=share(70, 60, 85),
            value=share(0.19, 0.15, 0.22),
        ),
        by_silence=tuple(min(day / 200, 1) for day in range(181)),
    )


def rival(precision: float, minus: Estimate) -> Rival:
    return Rival(
        grade(precision, 100),
        Figures(minus, None, share(-0.2, -0.3, -0.1), share(-5, -9, 2), share(0.1, 0.04, 0.16)),
    )


@pytest.fixture
def past() -> Past:
    """A past in which the reports are right more often than by 90 days for everyone."""
    rivals = {name: rival(0.6, share(0.11, 0.02, 0.2)) for name in text.RIVALS}
    rivals["days_silent"] = rival(0.8, share(-0.09, -0.2, -0.01))
    rivals["chance_alone"] = rival(0.7, share(0.01, -0.1, 0.1))
    return Past(
        first=date(2015, 1, 5),
        last=date(2019, 12, 30),
        known=date(2020, 5, 4),
        weeks=261,
        away=0,
        people=5,
        horizon="own",
        ties=300,
        apart=0,
        found=Hindsight(
            ties=90,
            lapses=55,
            report=grade(0.71),
            rivals=rivals,
            calibration=Calibration(
                chances=2_000,
                said=0.31,
                came=share(0.36, 0.33, 0.4),
                bins=tuple(
                    Bin(200, at / 10 + 0.05, share(at / 10 + 0.08, at / 10 + 0.02, at / 10 + 0.1))
                    for at in range(10)
                ),
                error=0.05,
                brier=share(0.2, 0.18, 0.22),
            ),
            quarters=(Quarter(2015, 1, 7, 5), Quarter(2015, 2, 0, 0), Quarter(2015, 3, 9, 4)),
        ),
        sent=Revival(),
    )


def against(past: Past, key: str, minus: Estimate) -> Past:
    """The same past with another difference from a rule."""
    changed = replace(past.found.rivals[key], report_minus=replace(NONE, precision=minus))
    rivals = {**past.found.rivals, key: changed}
    return replace(past, found=replace(past.found, rivals=rivals))


def named(past: Past, count: float, precision: Estimate | None) -> Past:
    """The same past with other figures of the reports."""
    figures = replace(past.found.report.figures, precision=precision)
    report = replace(past.found.report, named=count, figures=figures)
    return replace(past, found=replace(past.found, report=report))


def test_better_is_said_only_where_the_difference_is_settled(past: Past) -> None:
    better = "Of every 100 people these reports would have named, 71 then fell silent, more than by"
    assert text.verdict(past) == f"{better} 90 days for everyone (60)."
    open_ = "then fell silent; whether 90 days for everyone (60) does better is open."
    for unsettled in (
        share(0.11, -0.01, 0.2),
        share(0.11, 0.0, 0.2),
        share(-0.11, -0.2, 0.01),
        share(0.3, 0.2, 0.4, ties=9),
    ):
        assert text.verdict(against(past, "line_for_all", unsettled)).endswith(open_)
    worse = text.verdict(against(past, "line_for_all", share(-0.1, -0.2, -0.02)))
    assert worse.endswith("71 then fell silent, fewer than by 90 days for everyone (60).")


def test_strength_and_time_are_weighed_only_where_they_are_settled(past: Past) -> None:
    other = past.found.rivals["line_for_all"]

    def said(**minus: Estimate) -> str:
        changed = replace(other, report_minus=replace(NONE, **minus))
        rivals = {**past.found.rivals, "line_for_all": changed}
        return text.weighed(replace(past, found=replace(past.found, rivals=rivals)))

    ours, theirs = past.found.report.figures.value, other.grade.figures.value
    assert ours is not None
    assert theirs is not None
    assert said() == said(value=share(0.1, -0.1, 0.2)) == ""
    assert said(value=share(0.1, 0.05, 0.2)) == (
        f"Weighed by the strength of the ties, {100 * ours.value:.0f} in 100 of what fell silent "
        f"stood on their lists ({100 * theirs.value:.0f} by 90 days)."
    )
    earlier, later = Estimate(58, 47, 73, 30), Estimate(-58, -73, -47, 30)
    assert said(lead_days=earlier).endswith("the middle one was named 58 days earlier.")
    assert said(lead_days=later).endswith("the middle one was named 58 days later.")


def test_each_rule_is_compared_with_its_numbers(past: Past) -> None:
    said = dict(text.compared(past))
    assert said["90 days for everyone"].endswith(
        'These reports are ahead of it in "fell silent" (by 11 in 100, 2 to 20) and "value" (by 10 '
        'in 100, 4 to 16), and behind it in "in time" (by 20 in 100, 10 to 30); "days ahead": not '
        "settled."
    )
    assert 'behind it in "fell silent" (by 9 in 100, 1 to 20)' in said["Longest silence first"]
    assert '"fell silent" and "days ahead": not settled' in said["Likeliest to lapse"]
    nothing = dict(text.compared(against(past, "random", share(0.1, -0.1, 0.3))))
    assert nothing["A random pick"].endswith(
        "These reports are neither ahead of it nor behind it, as far as this history tells."
    )


def test_few_people_get_no_brackets_and_a_small_history_is_called_small(past: Past) -> None:
    assert not any("few" in line or "small" in line for line in text.brackets(past))
    few = named(past, 6, share(1.0, 0.5, 1.0, ties=5))
    assert text.rows(few)[0][1:3] == ("6", "100 (few)")
    said = " ".join(text.brackets(few))
    assert '"few": fewer than 10 people' in said
    assert "This history is small (6 names in the reports, 55 lapses)" in said
    wide = named(past, 120, share(0.5, 0.3, 0.7))
    assert "the brackets are wide" in " ".join(text.brackets(wide))


def test_weeks_away_are_said(past: Past) -> None:
    assert "away" not in text.span_of(past)
    assert "12 weeks in which you were away are left out." in text.span_of(replace(past, away=12))
    assert "1 week in which you were away is left out." in text.span_of(replace(past, away=1))


def test_a_past_that_named_nobody_is_said_to_have(past: Past) -> None:
    nobody = named(past, 0, None)
    assert text.verdict(nobody) == "In 261 weeks nobody would have been named."
    assert text.rows(nobody)[0][1:3] == ("0", "-")


def test_chances_are_called_too_low_too_high_or_neither(past: Past) -> None:
    found = past.found.calibration
    assert found is not None
    for said, says in (
        (0.31, "the chances were too low."),
        (0.45, "the chances were too high."),
        (0.36, "neither too high nor low."),
    ):
        changed = replace(past.found, calibration=replace(found, said=said))
        assert says in " ".join(text.calibration(replace(past, found=changed)))
    assert "so there is none to be checked" in " ".join(
        text.calibration(replace(past, found=replace(past.found, calibration=None)))
    )


def test_what_was_really_sent_is_counted_apart(past: Past) -> None:
    assert "No report that names somebody has been sent yet" in sent_text.sent(past)[0]
    told = replace(past, apart=9, sent=Revival(8, 7, owner=3, they=1, met=1, open=1))
    said = " ".join(sent_text.sent(told))
    assert "named 7 people, 8 times in all. After 5 of these you were in touch again" in said
    assert "(you 3 times, they once and once you met; whoever is named first began)" in said
    assert "after 2 nothing came; for 1 it is too early to tell." in said
    assert "9 names in the reports" in said


def test_the_text_fits_a_terminal(past: Past) -> None:
    wide = replace(past, found=replace(past.found, lapses=12_345))
    wide = named(wide, 12_345, share(1.0, 0.99, 1.0))
    said = replay_page.as_text(wide)
    assert max(map(len, said.splitlines())) <= 80
    assert "12,345" in said


def small(past: Past) -> Past:
    """The same, of few people, with what was sent: whatever else a replay can say."""
    away = replace(past, away=2, apart=9, sent=Revival(8, 7, owner=3, they=1, met=1, open=1))
    return named(away, 6, share(1.0, 0.5, 1.0, ties=5))


def test_no_word_of_a_replay_stands_outside_the_catalogue(past: Past) -> None:
    with pseudo_language():
        pasts = (past, small(past), named(past, 0, None))
        said = "\n".join(replay_page.as_text(one) for one in pasts)
        said += text.too_little()
    assert untranslated(said) == set()


def test_the_page_is_in_the_language_spoken(past: Past) -> None:
    pytest.importorskip("vl_convert")
    with pseudo_language():
        page = replay_page.html(past)
    assert untranslated(visible_text(page)) == set()
    with use_locale("de_DE"):
        page = replay_page.html(small(past))
    assert '<html lang="de-DE">' in page
    assert "Beforehand im Rückblick" in page
    assert "Von je 100 Leuten, die diese Berichte genannt hätten, verstummten 100" in page
    assert ".." not in visible_text(page)


@pytest.fixture
def page(past: Past) -> str:
    pytest.importorskip("vl_convert")
    return replay_page.html(past)


def test_each_picture_says_in_words_what_it_shows(past: Past, page: str) -> None:
    drawn = plots.draw(past)
    assert list(drawn) == [
        "precision",
        "in_time",
        "lead_days",
        "value",
        "calibration",
        "by_silence",
        "quarters",
    ]
    for one in drawn.values():
        root = ET.fromstring(one.svg)  # noqa: S314 - our own picture
        assert root.attrib["role"] == "img"
        assert root.attrib["aria-label"] == f"{one.title}. {one.caption}"
        assert "NaN" not in one.svg
        assert one.svg in page
    assert "these reports 71, 90 days for everyone 60" in drawn["precision"].caption
    assert "these reports named 15 by day 30, 30 by day 60" in drawn["by_silence"].caption
    assert "16 names in 3 quarters, 9 of which fell silent; at most 9" in drawn["quarters"].caption


def test_pictures_take_every_colour_from_the_page(past: Past, page: str) -> None:
    styles = set(re.findall(r"(--[a-z]+):", page))
    for one in plots.draw(past).values():
        colours = set(re.findall(r'(?:fill|stroke)="([^"]+)"', one.svg))
        assert {colour for colour in colours if colour.startswith("#")} == set()
        used = {colour[4:-1] for colour in colours if colour.startswith("var(")}
        assert used <= styles


def test_what_is_not_known_has_no_picture(past: Past) -> None:
    pytest.importorskip("vl_convert")
    bare = RuleGrade(0, NONE, ())
    found = Hindsight(
        ties=0,
        lapses=0,
        report=bare,
        rivals={name: Rival(bare, NONE) for name in text.RIVALS},
        calibration=None,
        quarters=(),
    )
    nothing = replace(past, found=found)
    assert plots.draw(nothing) == {}
    shown = replay_page.html(nothing)
    assert "In 261 weeks nobody would have been named." in shown
    assert "<svg" not in shown


@pytest.mark.parametrize("width", [320, 375, 1000])
def test_nothing_stands_out_at_the_side(picture: ModuleType, page: str, width: int) -> None:
    wide, high = picture.measure(page, width=width)
    assert wide == width
    assert high > 2000
