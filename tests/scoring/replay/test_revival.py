"""What came after a flag that was sent."""

from __future__ import annotations

import numpy as np
import pytest

from scoring.contact import Contact, Way
from scoring.days import SECONDS_A_DAY
from scoring.replay.revival import Revival, revival

DAY = SECONDS_A_DAY
NOW = 1_000 * DAY


def after(*events: tuple[float, Way], horizon: int = 28, when: float = 900.5) -> Revival:
    """What is counted of one flag on somebody, with these events (day, way) around it."""
    return revival(
        Contact(
            person=[3] * len(events),
            at=[day * DAY for day, _ in events],
            way=[way for _, way in events],
            size=1,
        ),
        flagged=[3],
        when=[when * DAY],
        horizon=[horizon],
        now=NOW,
    )


@pytest.mark.parametrize(
    ("way", "who"), [(Way.OUT, "owner"), (Way.IN, "they"), (Way.MUTUAL, "met")]
)
def test_whoever_was_first_after_the_flag_began(way: Way, who: str) -> None:
    found = after((910, Way.IN), (910, Way.OUT), (901, way), (899, Way.MUTUAL))
    assert found == Revival(times=1, people=1, **{who: 1})
    assert (found.again, found.silent) == (1, 0)


def test_contact_counts_after_the_flag_and_within_the_horizon() -> None:
    silent = Revival(times=1, people=1)
    assert after((900.5, Way.OUT), (928.5, Way.OUT)) == silent
    assert after((900.4, Way.OUT)) == silent
    assert silent.silent == 1
    assert after((928.4, Way.OUT)).owner == 1


def test_a_horizon_that_is_not_over_is_open() -> None:
    assert after(when=990) == Revival(times=1, people=1, open=1)
    assert after((1_005, Way.OUT), when=990).open == 1  # that is not known yet
    assert after((995, Way.OUT), when=990).owner == 1


def test_neither_began_where_both_spoke_in_one_second() -> None:
    assert after((901, Way.OUT), (901, Way.IN)).met == 1


def test_each_flag_counts_and_each_person_once() -> None:
    found = revival(
        Contact(person=[1, 2], at=[905 * DAY, 940 * DAY], way=[Way.OUT, Way.IN], size=1),
        flagged=[1, 1, 2, 9],
        when=np.array([900, 930, 930, 930]) * DAY,
        horizon=[21, 21, 21, 21],
        now=NOW,
    )
    assert found == Revival(times=4, people=3, owner=1, they=1)
    assert found.silent == 2


def test_no_flags_are_no_revival() -> None:
    nothing: list[int] = []
    contact = Contact(person=[1], at=[5], way=Way.OUT, size=1)
    found = revival(contact, flagged=nothing, when=nothing, horizon=nothing, now=NOW)
    assert found == Revival()


def test_columns_of_several_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="one length"):
        revival(
            Contact(person=[1], at=[5], way=Way.OUT, size=1),
            flagged=[1],
            when=[],
            horizon=[],
            now=NOW,
        )
