"""What is said of addresses that died and of people who may have moved."""

from __future__ import annotations

from datetime import date

from report.text.addresses import died_line, moved_line

TODAY = date(2026, 11, 23)
MAREK = ("Marek Quist", "marek@a.example", "Marek Quist", "m.quist@b.example")


def test_a_move_is_said_with_what_to_type_if_it_is_one() -> None:
    said = moved_line(
        *MAREK,
        last=date(2026, 4, 28),
        bounced=date(2026, 5, 3),
        began=date(2026, 5, 1),
        today=TODAY,
    )
    assert said == (
        "Marek Quist may have moved from marek@a.example to m.quist@b.example: "
        "mail to the first came back on 3 May, the second began on 1 May. "
        "If so: `beforehand merge marek@a.example m.quist@b.example`"
    )


def test_two_names_are_both_said() -> None:
    said = moved_line(
        "Quist, M.", "marek@a.example", "Marek Quist", "m.quist@b.example",
        last=None, bounced=None, began=TODAY,
    )  # fmt: skip
    assert said.startswith("Quist, M. <marek@a.example> may be Marek Quist <m.quist@b.example>: ")


def test_without_a_bounce_the_last_word_is_said() -> None:
    said = moved_line(*MAREK, last=date(2025, 4, 28), bounced=None, began=TODAY, today=TODAY)
    assert "the first was last heard from on 28 Apr 2025, the second" in said
    said = moved_line(*MAREK, last=None, bounced=None, began=TODAY)
    assert "the first never answered, the second began on 23 Nov 2026." in said


def test_a_dead_address_is_said_without_blame() -> None:
    said = died_line(
        "Marek Quist",
        "marek@a.example",
        bounces=1,
        bounced=date(2026, 5, 3),
        last=date(2026, 4, 28),
        today=TODAY,
    )
    assert said == (
        "Mail to Marek Quist <marek@a.example> came back on 3 May; the last sign of life from "
        "there was on 28 Apr. They may be reached elsewhere."
    )
    for bounces, times in ((2, "twice"), (3, "3 times")):
        said = died_line("", "m@a.example", bounces=bounces, bounced=TODAY, last=None)
        assert said == (
            f"Mail to m@a.example came back {times}, the last time on 23 Nov 2026. "
            "They may be reached elsewhere."
        )


def test_nobodys_name_or_address_acts_on_the_text_or_the_shell() -> None:
    said = moved_line(
        "\u202eEvil\nName", "$(rm)@a.example", "b@b.example", "b@b.example",
        last=None, bounced=TODAY, began=TODAY,
    )  # fmt: skip
    assert said.startswith("Evil Name <$(rm)@a.example> may be b@b.example: ")
    assert said.endswith("`beforehand merge '$(rm)@a.example' b@b.example`")
