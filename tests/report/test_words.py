"""Words: what a person reads about a tie."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from report.text import phrases, ties, weekly, why
from scoring.judgement import Judgement, Reasons, Spoke, State

MakeReasons = Callable[..., Reasons]
MakeJudgement = Callable[..., Judgement]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "You two usually write every 9 days; it has been 31. You wrote last."),
        (
            {"last_spoke": Spoke.THEY, "usual_gap_days": 21.3, "silence_days": 74},
            "You two usually write about every 3 weeks; it has been 2 months. They wrote last.",
        ),
        (
            {"last_spoke": Spoke.BOTH, "usual_gap_days": 1.0, "silence_days": 16},
            (
                "You two usually write every day or two; it has been 16 days. "
                "Last time, word went both ways."
            ),
        ),
        (
            {"meeting_days": 50, "usual_gap_days": 7.2, "silence_days": 40},
            (
                "You two are usually in touch about every week; it has been 6 weeks. "
                "The last word was yours."
            ),
        ),
        (
            {"meeting_days": 50, "usual_gap_days": 100, "silence_days": 800, "last_spoke": "they"},
            (
                "You two are usually in touch about every 3 months; it has been 2 years. "
                "The last word was theirs."
            ),
        ),
        (
            {"usual_gap_days": 9.0, "silence_days": 400},
            "You two usually write every 9 days; it has been 13 months. You wrote last.",
        ),
        (
            {"usual_gap_days": 365, "silence_days": 0},
            "You two usually write about once a year; you were in touch today. You wrote last.",
        ),
        (
            {"silence_days": 1},
            "You two usually write every 9 days; you were in touch yesterday. You wrote last.",
        ),
        (
            {"usual_gap_days": None, "contact_days": 2, "meeting_days": 0, "silence_days": 12},
            "You two were in touch on 2 days; the last was 12 days ago. You wrote last.",
        ),
        (
            {"usual_gap_days": None, "contact_days": 1, "meeting_days": 0, "silence_days": 1},
            "You two were in touch once, yesterday. You wrote last.",
        ),
    ],
)
def test_one_sentence_says_the_rhythm_the_silence_and_who_wrote_last(
    reasons: MakeReasons, changes: dict[str, object], said: str
) -> None:
    if "last_spoke" in changes:
        changes = changes | {"last_spoke": Spoke(str(changes["last_spoke"]))}
    assert ties.sentence(reasons(**changes)) == said


def any_reasons() -> st.SearchStrategy[dict[str, object]]:
    few = st.integers(min_value=0, max_value=3000)
    return st.fixed_dictionaries(
        {
            "contact_days": st.integers(min_value=1, max_value=5000),
            "out_days": few,
            "in_days": few,
            "meeting_days": few,
            "silence_days": st.integers(min_value=0, max_value=12000),
            "usual_gap_days": st.none() | st.floats(min_value=1, max_value=5000),
            "last_spoke": st.sampled_from(Spoke),
            "unanswered": st.integers(min_value=0, max_value=40),
        }
    )


WRONG_PLURALS = re.compile(r"(?<![.\d])1 (days|weeks|months|years|replies|people|times)\b")
BAD_SINGULARS = re.compile(r"(?<![.\d])([02-9]|\d\d+) (day|week|month|year|reply|person)\b")


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    changes=any_reasons(),
    state=st.sampled_from(State),
    p_lapse=st.floats(min_value=0, max_value=1),
)
def test_whatever_the_numbers_the_english_is_right_and_shows_no_score(
    judgement: MakeJudgement, changes: dict[str, object], state: State, p_lapse: float
) -> None:
    one = judgement(state=state, p_lapse=p_lapse, **changes)
    lines = [*why.why(one, "Grace"), ties.sentence(one.reasons)]
    text = "\n".join(lines)
    assert all(line.endswith(".") and ".." not in line for line in lines)
    assert not WRONG_PLURALS.search(text)
    assert not BAD_SINGULARS.search(text)
    for score in ("0.12", "0.56", "0.97", "12%", "score", "None", "nan", "e+", "  "):
        assert score not in text
    assert " 0 days ago" not in text
    assert "-" not in text


def test_why_gives_each_word_with_the_number_behind_it(judgement: MakeJudgement) -> None:
    said = why.why(judgement(), "Grace Hopper", today=date(2026, 11, 23))
    assert said == [
        (
            "Your tie with Grace Hopper is fading: a silence of more than 14 days is unusual for "
            "you two, and after 120 days it counts as asleep."
        ),
        (
            "You two usually write every 9 days: that is the middle one of your gaps (9 days), "
            "long and recent ones weighing more."
        ),
        "The last contact was on 23 Oct, 31 days ago: 3.4 times your usual gap.",
        "The last word was yours.",
        (
            "Seen so far: contact on 66 days since 4 Mar 2024, over 3 years; you wrote on 40 days, "
            "Grace Hopper wrote on 31 days and you met on 4 days."
        ),
        "Days in touch per month, oldest first: 3, 4, 2, 5, 3, 4, 3, 2, 4, 3, 1, 0.",
        "Of silences like this one, about 4 in 10 go on without a word for the next 60 days.",
        (
            "Any word between you, from either side, starts the count afresh. If you two talk "
            "where Beforehand cannot see, the silence is not real: what it does not see, it "
            "cannot count."
        ),
    ]


def test_why_promises_no_chance_for_a_tie_without_a_rhythm(judgement: MakeJudgement) -> None:
    said = "\n".join(
        why.why(judgement(state=State.SLIGHT, usual_gap_days=None, contact_days=2), "Grace")
    )
    assert "too little between you and Grace" in said
    assert "no usual gap is known" in said
    assert "in 10" not in said
    assert "A few more days with contact" in said


def test_why_never_asks_for_more_after_two_unanswered_words(judgement: MakeJudgement) -> None:
    said = "\n".join(why.why(judgement(unanswered=2), "Grace"))
    assert "You wrote on 2 days since Grace was last heard" in said
    assert "no need to write again" in said


@pytest.mark.parametrize(
    ("p", "said"),
    [
        (0.0, "fewer than 1 in 20"),
        (0.06, "about 1 in 10"),
        (0.42, "about 4 in 10"),
        (0.5, "about half"),
        (0.94, "about 9 in 10"),
        (0.99, "more than 19 in 20"),
    ],
)
def test_a_chance_is_said_as_people_say_it(p: float, said: str) -> None:
    assert phrases.chance(p) == said


def test_a_date_shows_its_year_only_where_it_is_another() -> None:
    today = date(2026, 11, 23)
    assert phrases.day(date(2026, 10, 3), today) == "3 Oct"
    assert phrases.day(date(2024, 10, 3), today) == "3 Oct 2024"
    assert phrases.day(date(2026, 10, 3)) == "3 Oct 2026"


def test_a_moment_is_told_in_the_owners_own_zone() -> None:
    now = datetime(2026, 11, 23, 7, 30, tzinfo=ZoneInfo("Europe/Berlin"))
    today = weekly.seen("mail", datetime(2026, 11, 22, 23, 30, tzinfo=UTC), now)
    assert today == "Mail: last seen today at 00:30"
    before = weekly.seen("mail", datetime(2026, 11, 22, 22, 30, tzinfo=UTC), now)
    assert before == "Mail: last seen 22 Nov at 23:30"


@pytest.mark.parametrize(
    ("start", "end", "said"),
    [
        (date(2026, 11, 16), date(2026, 11, 23), "16\N{EN DASH}22 Nov 2026"),
        (
            date(2026, 10, 26),
            date(2026, 11, 2),
            "26 Oct\N{THIN SPACE}\N{EN DASH}\N{THIN SPACE}1 Nov 2026",
        ),
        (
            date(2026, 12, 28),
            date(2027, 1, 4),
            "28 Dec 2026\N{THIN SPACE}\N{EN DASH}\N{THIN SPACE}3 Jan 2027",
        ),
        (date(2026, 11, 22), date(2026, 11, 23), "22 Nov 2026"),
    ],
)
def test_a_week_is_said_with_its_last_day_in_it(start: date, end: date, said: str) -> None:
    assert weekly.week(start, end) == said


@settings(max_examples=100)
@given(days=st.floats(min_value=0, max_value=20000))
def test_a_span_is_never_off_by_more_than_half_of_its_unit(days: float) -> None:
    number, unit = phrases.span(days).split()
    size = {"day": 1, "week": 7, "month": 30.44, "year": 365.25}[unit.removesuffix("s")]
    assert abs(int(number) * size - days) <= size / 2 + 1e-6
    assert (unit.endswith("s")) == (number != "1")


@pytest.mark.parametrize(
    ("given_name", "shown"),
    [
        ("Grace  Hopper\t", "Grace Hopper"),
        ("Grace\r\nBcc: eve@example.org", "Grace Bcc: eve@example.org"),
        ("\u202egnirts\u2066 a\u200e", "gnirts a"),
        ("👩\u200d👩\u200d👧 Family", "👩\u200d👩\u200d👧 Family"),
        ("שלום", "שלום"),
        ("W" * 300, "W" * 59 + "…"),
        ("田" * 300, "田" * 29 + "…"),
        ("A\ud800B", "A B"),
    ],
)
def test_a_name_is_shown_harmless_and_otherwise_as_it_is(given_name: str, shown: str) -> None:
    assert phrases.plain(given_name) == shown


def test_where_no_name_is_left_the_address_is_shown() -> None:
    assert phrases.plain("\u200b\n", otherwise="grace@example.org") == "grace@example.org"
    assert phrases.plain("\u200d", otherwise="\x00") == "somebody without a name"


@settings(max_examples=100)
@given(name=st.text(max_size=400))
def test_any_name_is_one_line_narrow_enough_and_the_same_when_done_twice(name: str) -> None:
    shown = phrases.plain(name)
    assert 0 < phrases.columns(shown) <= 60
    assert len(shown.splitlines()) == 1
    assert phrases.plain(shown) == shown
