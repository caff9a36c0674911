"""Where ties stand, and who is put before the owner."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

from scoring.attention import Suppression, judge, select
from scoring.contact import Way
from scoring.days import SECONDS_A_DAY
from scoring.judgement import Judgement, Spoke, State
from scoring.ties import Ties

Build = Callable[..., Ties]
DAY = SECONDS_A_DAY


def talks(days: Iterable[float]) -> list[tuple[float, Way]]:
    """The owner writes and they answer, on each of these days."""
    return [(day + part, way) for day in days for part, way in ((0.3, Way.OUT), (0.6, Way.IN))]


def one(ties: Ties, day: float, **how: Any) -> Judgement:  # noqa: ANN401 - those of `judge`
    (judgement,) = judge(ties, day * DAY, **how)
    return judgement


WEEKLY = range(0, 210, 7)  # the last talk is on day 203


@pytest.mark.parametrize(
    ("silence", "state"),
    [
        (1, State.LIVING),
        (10, State.LIVING),  # over one usual gap, but not over ten days
        (11, State.FADING),
        (120, State.FADING),  # over eight usual gaps, but not over 120 days
        (121, State.DORMANT),
    ],
)
def test_a_weekly_tie_fades_after_days_and_sleeps_after_months(
    build: Build, silence: int, state: State
) -> None:
    assert one(build({1: talks(WEEKLY)}), 203 + silence).state is state


@pytest.mark.parametrize(
    ("silence", "state"),
    [(135, State.LIVING), (136, State.FADING), (400, State.FADING), (401, State.DORMANT)],
)
def test_a_quarterly_tie_is_given_its_time(build: Build, silence: int, state: State) -> None:
    assert one(build({1: talks(range(0, 900, 90))}), 810 + silence).state is state


@pytest.mark.parametrize(
    ("silence", "state"),
    [(45, State.LIVING), (46, State.FADING), (150, State.FADING), (151, State.DORMANT)],
)
def test_a_monthly_tie_sleeps_after_five_months(build: Build, silence: int, state: State) -> None:
    assert one(build({1: talks(range(0, 900, 30))}), 870 + silence).state is state


def test_a_silence_within_the_ties_own_long_gaps_is_no_fading(build: Build) -> None:
    bursts = [burst + day for burst in range(0, 400, 50) for day in (0, 2, 4)]
    assert one(build({1: talks(bursts)}), 354 + 69).state is State.LIVING
    assert one(build({1: talks(bursts)}), 354 + 70).state is State.FADING


def test_pauses_that_take_up_much_of_the_time_are_the_ties_way(build: Build) -> None:
    days = np.cumsum([40 if turn % 7 == 0 else 5 for turn in range(34)]).tolist()
    assert one(build({1: talks(days)}), days[-1] + 40).state is State.LIVING
    assert one(build({1: talks(days)}), days[-1] + 41).state is State.FADING


def test_a_pause_of_years_excuses_no_silence_of_years(build: Build) -> None:
    days = [start + day for start in range(0, 4500, 900) for day in range(0, 60, 3)]
    ties, last = build({1: talks(days)}), max(days)
    assert one(ties, last + 90).state is State.LIVING
    assert one(ties, last + 91).state is State.FADING
    assert one(ties, last + 181).state is State.DORMANT


def test_who_is_in_touch_once_a_year_is_given_a_year_and_a_half(build: Build) -> None:
    days = list(range(0, 365 * 6, 365))
    ties, last = build({1: talks(days)}), max(days)
    assert one(ties, last + 547).state is State.LIVING
    assert one(ties, last + 548).state is State.FADING
    assert one(ties, last + 1096).state is State.DORMANT


def test_nobody_falls_asleep_without_having_been_seen_to_fade(build: Build) -> None:
    """In touch every few days, but most of the time passed in pauses of half a year."""
    days = [start + day for start in range(0, 1800, 200) for day in range(0, 60, 3)]
    ties, last = build({1: talks(days)}), max(days)
    states = [one(ties, last + silence).state for silence in range(1, 600)]
    order = [State.LIVING, State.FADING, State.DORMANT]
    assert states == sorted(states, key=order.index)
    assert states.count(State.FADING) >= states.count(State.LIVING) - 1
    assert states.index(State.DORMANT) > 120


def test_one_long_pause_now_and_then_excuses_no_silence(build: Build) -> None:
    """One gap in forty is long, a sixth of the time: not enough to be the tie's way."""
    days = np.cumsum([40 if turn % 40 == 0 else 5 for turn in range(120)]).tolist()
    assert one(build({1: talks(days)}), days[-1] + 12).state is State.FADING


SLIGHT = {
    "four days": talks([0, 40, 80, 120]),
    "they never wrote": [(day, Way.OUT) for day in WEEKLY],
    "they wrote once": [*((day, Way.OUT) for day in WEEKLY), (50, Way.IN)],
    "the owner wrote once": [*((day, Way.IN) for day in WEEKLY), (50, Way.OUT)],
    "two spans of thirty days": talks(range(0, 60, 5)),
}


@pytest.mark.parametrize("history", SLIGHT.values(), ids=SLIGHT)
def test_too_little_two_way_contact_is_slight_and_asks_for_no_attention(
    build: Build, history: list[tuple[float, Way]]
) -> None:
    judgement = one(build({1: history}), 250)
    assert judgement.state is State.SLIGHT
    assert judgement.attention == 0


@pytest.mark.parametrize("way", [Way.OUT, Way.IN])
def test_a_meeting_counts_both_ways(build: Build, way: Way) -> None:
    history = [*((day, way) for day in WEEKLY), (50.5, Way.MUTUAL), (90.5, Way.MUTUAL)]
    assert one(build({1: history}), 204).state is State.LIVING


def test_five_days_in_three_spans_are_enough(build: Build) -> None:
    ties = build({1: talks([0]), 2: talks([0, 1, 2, 30, 60])})
    states = [judgement.state for judgement in judge(ties, 61 * DAY)]
    assert states == [State.SLIGHT, State.LIVING]


def test_attention_is_the_chance_times_the_worth_and_none_for_the_dormant(build: Build) -> None:
    ties = build({1: talks(WEEKLY)})
    fading = one(ties, 233)
    assert fading.attention == fading.p_lapse * fading.worth > 0
    assert one(ties, 600).attention == 0
    assert one(ties, 600).worth > 0.5


def test_reasons_are_the_numbers_behind_it(build: Build) -> None:
    history = [(0, Way.MUTUAL), *talks([330, 340]), (350, Way.OUT), (352, Way.OUT)]
    reasons = one(build({1: history}), 360.5).reasons
    began = date(1970, 1, 1)
    assert (reasons.contact_days, reasons.out_days, reasons.in_days) == (5, 4, 2)
    assert reasons.meeting_days == 1
    assert reasons.first_contact == began
    assert reasons.last_contact == began + timedelta(days=352)
    assert reasons.silence_days == 8
    assert reasons.usual_gap_days == 330  # most of what was ever seen of them
    assert reasons.last_spoke is Spoke.OWNER
    assert reasons.unanswered == 2
    # Spans of thirty days end today: day 0 is 360 days ago, just outside the twelve.
    assert reasons.months == (0,) * 10 + (1, 3)


@pytest.mark.parametrize(
    ("history", "spoke", "unanswered"),
    [
        ([(1, Way.OUT), (2, Way.OUT)], Spoke.OWNER, 2),
        ([(1.2, Way.IN), (1.5, Way.OUT), (2, Way.OUT)], Spoke.OWNER, 2),
        ([(1.5, Way.IN), (1.2, Way.OUT), (2, Way.OUT)], Spoke.OWNER, 1),
        ([(1, Way.OUT), (2, Way.IN)], Spoke.THEY, 0),
        ([(1, Way.OUT), (2, Way.MUTUAL)], Spoke.BOTH, 0),
        ([(1, Way.MUTUAL), (2, Way.OUT)], Spoke.OWNER, 1),
        ([(1, Way.IN), (2, Way.OUT), (2, Way.IN)], Spoke.BOTH, 0),
    ],
)
def test_who_spoke_last_and_what_is_unanswered(
    build: Build, history: list[tuple[float, Way]], spoke: Spoke, unanswered: int
) -> None:
    reasons = one(build({1: history}), 9).reasons
    assert (reasons.last_spoke, reasons.unanswered) == (spoke, unanswered)


def test_an_own_horizon_looks_four_usual_gaps_ahead(build: Build) -> None:
    ties = build({1: talks(WEEKLY), 2: talks(range(0, 300, 14))})
    horizons = judge(ties, 300 * DAY, "own").horizon_days
    assert horizons.tolist() == [28, 56]


def test_a_horizon_of_no_days_is_refused(build: Build) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        judge(build({}), 0.0, 0)


def test_ties_not_yet_begun_are_left_out(build: Build) -> None:
    ties = build({1: talks(WEEKLY), 2: talks([500])})
    assert judge(ties, 210 * DAY).key.tolist() == [1]


def test_the_container_is_a_sequence_of_judgements(build: Build) -> None:
    judgements = judge(build({5: talks(WEEKLY), 3: talks([1]), 9: talks([8, 90])}), 230 * DAY)
    assert [judgement.key for judgement in judgements] == [3, 5, 9]
    assert len(judgements) == 3
    assert judgements[1] == judgements[-2] == judgements[1:][0] == judgements.find(5)
    assert judgements.find(4) is judgements.find(10) is None
    with pytest.raises(IndexError):
        judgements[3]
    assert judgements.attention.tolist() == [judgement.attention for judgement in judgements]
    assert judgements.in_state(State.FADING).tolist() == [False, True, False]


def test_nobody_gives_no_judgements_and_a_quiet_report(build: Build) -> None:
    judgements = judge(build({}), 0.0)
    assert list(judgements) == []
    assert select(judgements).flags == select(judgements).suppressed == ()


def fading_ties(build: Build) -> Ties:
    """Nine weekly ties, the higher key the older; silent since day 203; and a living one."""
    contacts = {key: talks(range(203 - 14 * key, 210, 7)) for key in range(6, 15)}
    return build({**contacts, 99: talks(range(0, 235, 3))})


def test_the_ties_most_in_need_are_flagged_at_most_five(build: Build) -> None:
    judgements = judge(fading_ties(build), 235 * DAY)
    flags = select(judgements).flags
    assert len(flags) == 5
    attention = [flag.attention for flag in flags]
    assert attention == sorted(attention, reverse=True)
    assert all(flag.state is State.FADING for flag in flags)
    others = [each.attention for each in judgements if each not in flags and each.key != 99]
    assert max(others) <= min(attention)
    assert [flag.key for flag in select(judgements, people=2).flags] == [
        flag.key for flag in flags[:2]
    ]


def test_equal_ties_are_flagged_in_order_of_key(build: Build) -> None:
    ties = build({key: talks(WEEKLY) for key in (30, -4, 17)})
    assert [flag.key for flag in select(judge(ties, 233 * DAY)).flags] == [-4, 17, 30]


def test_suppressed_ties_make_room_and_are_told_apart(build: Build) -> None:
    judgements = judge(fading_ties(build), 235 * DAY)
    first = select(judgements).flags[0].key
    chosen = select(judgements, suppressed=[first, 99])
    assert len(chosen.flags) == 5
    assert first not in {flag.key for flag in chosen.flags}
    assert [(one.judgement.key, one.reason) for one in chosen.suppressed] == [
        (first, Suppression.CALLER)
    ]


def test_nobody_is_chased_after_two_unanswered_messages(build: Build) -> None:
    once = [*talks(WEEKLY), (210, Way.OUT)]
    ties = build({1: once, 2: [*once, (217, Way.OUT)]})
    chosen = select(judge(ties, 270 * DAY))
    assert [flag.key for flag in chosen.flags] == [1]
    assert [(one.judgement.key, one.reason) for one in chosen.suppressed] == [
        (2, Suppression.TWO_UNANSWERED)
    ]


@pytest.mark.parametrize(("silence", "flagged"), [(7, False), (10, False), (24, True)])
def test_a_close_weekly_tie_is_named_within_weeks(
    build: Build, silence: int, *, flagged: bool
) -> None:
    judgements = judge(build({1: talks(WEEKLY)}), (203 + silence) * DAY, "own")
    assert bool(select(judgements).flags) is flagged


def test_a_week_without_need_stays_quiet(build: Build) -> None:
    judgements = judge(fading_ties(build), 235 * DAY)
    assert select(judgements, least=0.99).flags == ()
    company = [(*contact, 9) for contact in talks(range(0, 210, 30))]
    judgements = judge(build({1: company}), 290 * DAY)
    assert judgements[0].state is State.FADING
    assert select(judgements).flags == ()
    assert len(select(judgements, least=0.0).flags) == 1


def test_columns_hold_no_nan(build: Build) -> None:
    judgements = judge(build({1: [(1, Way.OUT)], 2: talks(WEEKLY)}), 300 * DAY)
    for column in (judgements.usual_gap_days, judgements.p_lapse, judgements.attention):
        assert not np.isnan(column).any()
