"""Under all faults of Google and the network, the store ends equal to the truth.

`bench/faults.py` tries each kind of fault by itself, on more mail and several worlds.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from connectors.standin import FaultKind
from connectors.standin.faults.mix import ALL
from tests.support.google_owner import google_owner, recent_world
from tests.support.google_truth import contents_of, differences, must_be_read

END = date(2026, 11, 23)
DAYS = 30
PART_FAULTS = {k for k in ALL if k.name.startswith("PART_")}
CONNECTION_FAULTS = {
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
LIST_FAULTS = set(ALL) - PART_FAULTS - CONNECTION_FAULTS - {FaultKind.EVENTS_GONE}


@pytest.mark.parametrize(
    "kinds",
    [PART_FAULTS, CONNECTION_FAULTS, LIST_FAULTS, set(ALL) - {FaultKind.EVENTS_GONE}],
    ids=["of parts", "at the door", "of lists", "all together"],
)
def test_under_faults_a_reading_and_a_following_end_with_the_truth(
    tmp_path: Path, kinds: set[FaultKind]
) -> None:
    met: set[FaultKind] = set()
    with google_owner(recent_world(END, DAYS + 10), tmp_path, days=DAYS, seed=3) as owner:
        owner.server.faults.mix(0.2, kinds, seed=3)
        assert not owner.sync().failure
        met |= owner.server.faults.met.keys()
        owner.server.faults.mix(0.2, kinds, seed=4)
        assert not owner.sync_changes(rounds=6, steps=15).failure
        met |= owner.server.faults.met.keys()
        owner.server.faults.mix(0.2, kinds - {FaultKind.CHURN}, seed=5)
        assert not owner.sync().failure
        assert not owner.difference()
    assert kinds - met <= RARE


def test_the_comparison_notices_what_is_lost_changed_or_too_much(tmp_path: Path) -> None:
    with google_owner(recent_world(END, 10), tmp_path, days=10, seed=1) as owner:
        owner.sync()
        assert not owner.difference()
        [truth] = owner.truths.values()
        required = must_be_read(owner.world)
        stored = contents_of(owner.app)
        key = next(iter(stored["interactions"].keys() & {("mail", ref) for ref in required}))
        row = stored["interactions"].pop(key)
        assert "is missing" in differences(stored, truth, required)
        stored["interactions"][key] = [*row[:-1], []]
        assert ", not [" in differences(stored, truth, required)
        stored["interactions"][key] = row
        stored["interactions"]["mail", "more"] = row
        assert "is too much" in differences(stored, truth, required)
        del stored["interactions"]["mail", "more"]
        stored["uids"][row[2]] += 1
        assert "stands more than once" in differences(stored, truth, required)
