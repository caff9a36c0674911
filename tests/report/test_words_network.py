"""What is said of the network as a whole."""

from __future__ import annotations

from datetime import date

import pytest

from report.text import network as words

TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("amount", "said"),
    [(1.0, "1"), (1.44, "1.4"), (2.0, "2"), (2.96, "3"), (7.4, "7"), (1e4, "10,000")],
)
def test_a_number_is_said_as_finely_as_it_means_something(amount: float, said: str) -> None:
    assert words.number(amount) == said


def test_how_contact_is_spread_is_said_in_organisations_of_one_size() -> None:
    assert words.spread_line(7.2) == (
        "Your contact is spread as if over 7 equal organisations (whoever is of none counts as one)"
    )
    assert words.spread_line(1.04) == "Your contact is as good as all with one organisation"


def test_what_is_left_without_the_largest_is_said_with_both_numbers() -> None:
    assert words.without_line("acme.example", 23, 41) == (
        "without acme.example you keep 23 of 41 live ties"
    )
    assert words.without_line("winter.example", 0, 1, own=True) == (
        "without your own winter.example you keep 0 of 1 live tie"
    )


def test_nobodys_domain_acts_on_the_text() -> None:
    said = words.without_line("\u202eelpmaxe\n.example", 1, 2)
    assert said == "without elpmaxe .example you keep 1 of 2 live ties"


def test_a_year_ago_is_said_as_a_number_only_where_it_differs() -> None:
    assert words.year_ago_line(7.4, 9.1) == "A year ago it was as if over 9."
    assert words.year_ago_line(7.4, 1.0) == "A year ago it was as good as all with one."
    assert words.year_ago_line(7.4, 7.1) == "A year ago it was the same."


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        (date(2026, 3, 2), date(2026, 3, 15), "; 9 of them from 2 Mar to 15 Mar."),
        (date(2026, 3, 2), date(2026, 3, 2), "; 9 of them on 2 Mar."),
        (date(2025, 12, 27), date(2026, 1, 3), "; 9 of them from 27 Dec 2025 to 3 Jan."),
        (date(2025, 12, 20), date(2025, 12, 29), "; 9 of them from 20 Dec to 29 Dec 2025."),
    ],
)
def test_the_mirror_says_when_words_came_together(first: date, last: date, said: str) -> None:
    line = words.mirror_line(12, 9, first, last, burst=True, today=TODAY)
    assert line == f"In the last year you had the first word to a tie long quiet 12 times{said}"


def test_the_mirror_says_that_they_were_spread_and_names_no_day_then() -> None:
    line = words.mirror_line(12, 2, TODAY, TODAY, burst=False, today=TODAY)
    assert line.endswith("the first word to a tie long quiet 12 times, spread over the year.")


def test_the_section_leaves_out_what_is_not_known() -> None:
    assert words.paragraphs("A", "b", "C.", "D.") == ("A; b. C.", "D.")
    assert words.paragraphs("A", "", "", "") == ("A.",)


@pytest.mark.parametrize(("share", "said"), [(0.344, "34%"), (1.0, "100%"), (0.002, "< 1%")])
def test_a_share_is_said_in_hundredths(share: float, said: str) -> None:
    assert words.percent(share) == said
