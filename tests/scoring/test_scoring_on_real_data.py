"""The hazard against what came next, on real contact data that is not part of the project.

Looks in `$BEFOREHAND_SHARED`, or `../shared` beside the checkout; skips where it is absent.
"""

from __future__ import annotations

import csv
import gzip
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from scoring.contact import Contact, Way
from scoring.days import SECONDS_A_DAY
from scoring.lapse import p_lapse
from scoring.ties import Ties

BESIDE = Path(__file__).resolve().parents[3] / "shared"
RHYTHM = Path(os.environ.get("BEFOREHAND_SHARED", BESIDE)) / "data" / "rhythm"
SETS = ("enron", "mips")
HORIZON = 60

pytestmark = pytest.mark.skipif(
    not all((RHYTHM / f"{name}.queries.csv.gz").is_file() for name in SETS),
    reason=f"no contact data in {RHYTHM}; set BEFOREHAND_SHARED to where it is",
)

Graded = tuple[npt.NDArray[np.bool_], npt.NDArray[np.float64], npt.NDArray[np.float64]]


def rows(path: Path) -> Iterator[dict[str, str]]:
    with gzip.open(path, "rt", newline="") as lines:
        yield from csv.DictReader(lines)


def auc(lapsed: npt.NDArray[np.bool_], score: npt.NDArray[np.float64]) -> float:
    """The chance that a tie which lapsed has the higher score; equal scores count half."""
    _, group, count = np.unique(score, return_inverse=True, return_counts=True)
    rank = (np.cumsum(count) - (count - 1) / 2)[group]
    hits = int(lapsed.sum())
    return float((rank[lapsed].sum() - hits * (hits + 1) / 2) / (hits * (lapsed.size - hits)))


def score(name: str) -> Graded:
    """Whether each queried tie lapsed, its p_lapse, and its days of silence."""
    ids: dict[tuple[str, str], int] = {}
    events = list(rows(RHYTHM / f"{name}.events.csv.gz"))
    ways = {"out": Way.OUT, "in": Way.IN}
    contact = Contact(
        person=[ids.setdefault((row["owner"], row["counterpart"]), len(ids)) for row in events],
        at=[float(row["ts"]) for row in events],
        way=[ways[row["dir"]] for row in events],
        size=[int(float(row["n_recipients"])) for row in events],
    )
    ties = Ties.from_contact(contact.capped(10))
    queries = [
        row for row in rows(RHYTHM / f"{name}.queries.csv.gz") if row[f"counts_{HORIZON}"] == "True"
    ]
    day = np.array([int(row["day"]) for row in queries])
    key = np.array([ids[row["owner"], row["counterpart"]] for row in queries])
    row_of = np.searchsorted(ties.keys, key)
    chance, silent = np.empty(day.size), np.empty(day.size)
    for each in np.unique(day):
        asked = day == each
        now = float(each * SECONDS_A_DAY)
        chance[asked] = p_lapse(ties, now, HORIZON)[row_of[asked]]
        silent[asked] = each - ties.before(now).last_day(default=0)[row_of[asked]]
    lapsed = np.array([row[f"lapsed_{HORIZON}"] == "True" for row in queries])
    return lapsed, chance, silent


@pytest.fixture(scope="module")
def graded() -> list[Graded]:
    return [score(name) for name in SETS]


def test_lapses_are_told_from_returns(graded: list[Graded]) -> None:
    assert np.mean([auc(lapsed, chance) for lapsed, chance, _ in graded]) >= 0.75


def test_it_beats_counting_the_days_of_silence(graded: list[Graded]) -> None:
    better = [auc(lapsed, chance) - auc(lapsed, silent) for lapsed, chance, silent in graded]
    assert np.mean(better) >= 0.02


def test_the_chance_means_what_it_says(graded: list[Graded]) -> None:
    for lapsed, chance, _ in graded:
        assert abs(lapsed.mean() - chance.mean()) < 0.1
