"""What is said of replies, beginnings, introductions, and of what is not seen."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from report.text.signals import (
    awaited_line,
    blind_line,
    brought_line,
    introduced_line,
    owed_because,
    owed_line,
)
from scoring.signals.coverage import CoverageGap, CoverageKind
from scoring.signals.owed import ReplyAwaited, ReplyOwed

TODAY = date(2026, 11, 23)
ON = date(2026, 11, 14)
SINCE = datetime(2026, 11, 14, 9, tzinfo=UTC)


def owed(came_back_after: int | None, answered: int = 0, letters: int = 0) -> ReplyOwed:
    return ReplyOwed(1, SINCE, 9, came_back_after, answered, letters)


def test_a_reply_owed_says_what_speaks_for_it() -> None:
    assert owed_because(owed(4)) == "they came back to that thread after 4 days"
    some = "you have answered 9 of 10 of their letters within two days"
    assert owed_because(owed(None, 9, 10)) == some
    assert "answered all 10 of their letters" in owed_because(owed(None, 10, 10))
    assert owed_line(owed(4), "Grace", ON, TODAY) == (
        "Grace wrote on 14 Nov, 9 days ago, and may wait for a reply: "
        "they came back to that thread after 4 days."
    )


def test_an_answer_awaited_is_told_and_nobody_is_to_be_chased() -> None:
    said = awaited_line(ReplyAwaited(1, SINCE, 9, 9, 10), "Grace", ON, TODAY)
    assert said == (
        "Your letter of 14 Nov, 9 days ago, has no answer yet; "
        "Grace answered 9 of 10 of your letters within two days."
    )


def test_who_brought_whom() -> None:
    assert introduced_line("Grace", date(2025, 3, 3), TODAY) == (
        "Grace introduced you two on 3 Mar 2025."
    )
    assert brought_line("Grace", ["Ilka"], 1, 3) == (
        "Grace brought you Ilka, with whom you are still in touch."
    )
    assert brought_line("Grace", ["Ilka", "Bo", "Cleo"], 2, 150) == (
        "Grace brought you 3 people (Ilka, Bo and Cleo), 2 of whom you are still in touch with; "
        "your last word to Grace was 5 months ago."
    )
    many = brought_line("Grace", list("abcd"), 0, None)
    assert many == "Grace brought you 4 people."


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (CoverageKind.MEETINGS, "27 of the 30 days seen of you two are meetings"),
        (CoverageKind.GROUPS, "On 27 of the 30 days seen of you two there were always others"),
        (CoverageKind.OWNER, "On 27 of the 30 days seen of you two only you wrote"),
        (CoverageKind.THEY, "On 27 of the 30 days seen of you two only they wrote"),
    ],
)
def test_what_little_is_seen_is_owned_up_to(kind: CoverageKind, said: str) -> None:
    assert blind_line(CoverageGap(kind, 27, 30)).startswith(said)


def test_names_are_made_harmless() -> None:
    wild = "Gr\u202eace\n"
    for line in (
        owed_line(owed(4), wild, ON, TODAY),
        introduced_line(wild, ON, TODAY),
        brought_line(wild, [wild, wild], 0, None),
        brought_line(wild, [wild], 0, None),
    ):
        assert "\u202e" not in line
        assert "\n" not in line
