"""What a tie is known by, where that is nearly one thing only."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest

from scoring.contact import Contact, Way
from scoring.days import SECONDS_A_DAY
from scoring.signals.coverage import CoverageGap, CoverageKind, coverage_gap
from scoring.ties import Ties


class Day(NamedTuple):
    """What happened on one day: the ways, and how many people besides the owner."""

    ways: tuple[Way, ...]
    size: int = 1


MET, OUT, IN = Day((Way.MUTUAL,)), Day((Way.OUT,)), Day((Way.IN,))
TALK = Day((Way.OUT, Way.IN))


def seen(*days: Day) -> Ties:
    rows = [(7, number, way, day.size) for number, day in enumerate(days) for way in day.ways]
    rows.append((9, 0, Way.IN, 1))
    tie, day, way, size = (np.array(column) for column in zip(*rows, strict=True))
    return Ties.from_contact(Contact(person=tie, at=day * SECONDS_A_DAY, way=way, size=size))


def known_by(*days: Day) -> CoverageGap | None:
    return coverage_gap(seen(*days), 7)


@pytest.mark.parametrize(
    ("kind", "day"),
    [
        (CoverageKind.MEETINGS, MET),
        (CoverageKind.GROUPS, TALK._replace(size=3)),
        (CoverageKind.OWNER, OUT),
        (CoverageKind.THEY, IN),
    ],
)
def test_four_days_in_five_of_one_thing_are_a_blind_spot(kind: CoverageKind, day: Day) -> None:
    assert known_by(*[day] * 4, TALK) == CoverageGap(kind, 4, 5)
    assert known_by(*[day] * 39, *[TALK] * 10) is None
    assert known_by(*[day] * 4) is None  # too little to say anything


def test_two_people_who_write_to_each_other_are_seen() -> None:
    assert known_by(*[TALK] * 9) is None
    assert known_by(*[TALK._replace(size=2)] * 9) is None


def test_a_day_on_which_both_wrote_is_no_day_of_one_side() -> None:
    assert known_by(*[TALK] * 3, *[OUT] * 7) is None


def test_of_a_meeting_in_a_large_company_the_meeting_is_said() -> None:
    assert known_by(*[MET._replace(size=5)] * 9) == CoverageGap(CoverageKind.MEETINGS, 9, 9)


def test_who_is_not_there_is_not_judged() -> None:
    assert coverage_gap(seen(MET), 8) is None
    assert coverage_gap(seen(MET), 10) is None
