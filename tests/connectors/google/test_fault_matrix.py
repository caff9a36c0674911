"""Whatever Google and the network do, the store ends with the truth.

`bench/faults.py` tries each kind of fault by itself, on more mail and several worlds.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from connectors.standin import FaultKind
from connectors.standin.faults.mix import ALL
from tests.support.google_owner import household, lately
from tests.support.google_truth import differences, held, wanted

END = date(2026, 11, 23)
DAYS = 30
OF_PARTS = {k for k in ALL if k.name.startswith("PART_")}
AT_THE_DOOR = {
    FaultKind.RETRY_AFTER,
    FaultKind.SERVER,
    FaultKind.SLOW,
    FaultKind.DROP,
    FaultKind.TORN,
    FaultKind.GARBAGE,
}
# Our calendar asks with no sync token.
# These fit few calls: a second page, a poll, a question for changes.
RARE = {FaultKind.TOKEN, FaultKind.HISTORY_GONE, FaultKind.CHANGES_GONE}
OF_LISTS = set(ALL) - OF_PARTS - AT_THE_DOOR - {FaultKind.EVENTS_GONE}


@pytest.mark.parametrize(
    "kinds",
    [OF_PARTS, AT_THE_DOOR, OF_LISTS, set(ALL) - {FaultKind.EVENTS_GONE}],
    ids=["of parts", "at the door", "of lists", "all together"],
)
def test_under_faults_a_reading_and_a_following_end_with_the_truth(
    tmp_path: Path, kinds: set[FaultKind]
) -> None:
    met: set[FaultKind] = set()
    with household(lately(END, DAYS + 10), tmp_path, days=DAYS, seed=3) as app:
        app.google.faults.mix(0.2, kinds, seed=3)
        assert not app.sync().trouble
        met |= app.google.faults.met.keys()
        app.google.faults.mix(0.2, kinds, seed=4)
        assert not app.follow(rounds=6, steps=15).trouble
        met |= app.google.faults.met.keys()
        app.google.faults.mix(0.2, kinds - {FaultKind.CHURN}, seed=5)
        assert not app.sync().trouble
        assert not app.trouble()
    assert kinds - met <= RARE


def test_the_comparison_notices_what_is_lost_changed_or_too_much(tmp_path: Path) -> None:
    with household(lately(END, 10), tmp_path, days=10, seed=1) as app:
        app.sync()
        assert not app.trouble()
        [truth] = app.truths.values()
        must = wanted(app.world)
        mine = held(app.app)
        key = next(iter(mine["interactions"].keys() & {("mail", ref) for ref in must}))
        row = mine["interactions"].pop(key)
        assert "is missing" in differences(mine, truth, must)
        mine["interactions"][key] = [*row[:-1], []]
        assert ", not [" in differences(mine, truth, must)
        mine["interactions"][key] = row
        mine["interactions"]["mail", "more"] = row
        assert "is too much" in differences(mine, truth, must)
        del mine["interactions"]["mail", "more"]
        mine["uids"][row[2]] += 1
        assert "stands more than once" in differences(mine, truth, must)
