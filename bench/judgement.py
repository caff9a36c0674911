"""How good the judgements are, on real contact data that is not part of the project.

    python bench/judgement.py

Looks for `data/rhythm` in $BEFOREHAND_SHARED, or in `../shared` beside the checkout; says so and
stops where it is absent. Prints two tables. The first sets the chance of a lapse against what
came next: AUC (0.5 is chance), beside plain days of silence, and the mean chance said beside the
share that did lapse. The second replays the weeks, looking ahead as far as each tie's own rhythm
asks, and shows for several values of `least` how often a report would name somebody, how many
people a week, and how many of those named did lapse.
"""

from __future__ import annotations

import csv
import gzip
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from scoring.attention import LEAST_ATTENTION, MOST_UNANSWERED, judge
from scoring.judgement import State
from scoring.lapse import p_lapse
from scoring.rhythm import Rhythm, own_horizon
from scoring.ties import SECONDS_A_DAY, Ties, Way

BESIDE = Path(__file__).resolve().parents[2] / "shared"
RHYTHM = Path(os.environ.get("BEFOREHAND_SHARED", BESIDE)) / "data" / "rhythm"
SETS = ("enron", "eucore", "mips")
HORIZONS = ("60", "90", "own")
LEASTS = (0.0, LEAST_ATTENTION, 0.1, 0.2)
PEOPLE = 5
# A week counts for an owner seen for half a year before it and for two months after it.
SEEN_BEFORE, SEEN_AFTER = 180, 60
EVERY_DAYS = 28  # one week in four is enough, and as much as can be waited for


@dataclass(frozen=True)
class Set:
    """One set: its ties (of all owners together), the owner of each, and the queries."""

    ties: Ties
    owner: npt.NDArray[np.int64]
    row: dict[tuple[str, str], int]
    queries: list[dict[str, str]]


def read(path: Path) -> Iterator[dict[str, str]]:
    """The rows of a gzipped table."""
    with gzip.open(path, "rt", newline="") as lines:
        yield from csv.DictReader(lines)


def load(name: str) -> Set:
    """Read one set."""
    ids: dict[tuple[str, str], int] = {}
    owners: dict[str, int] = {}
    events = list(read(RHYTHM / f"{name}.events.csv.gz"))
    ways = {"out": Way.OUT, "in": Way.IN}
    ties = Ties.from_events(
        tie=[ids.setdefault((row["owner"], row["counterpart"]), len(ids)) for row in events],
        at=[float(row["ts"]) for row in events],
        direction=[ways[row["dir"]] for row in events],
        size=[int(float(row["n_recipients"])) for row in events],
        until=np.inf,
    )
    of_id = np.array([owners.setdefault(owner, len(owners)) for owner, _ in ids])
    row = {pair: int(np.searchsorted(ties.keys, key)) for pair, key in ids.items()}
    return Set(ties, of_id[ties.keys], row, list(read(RHYTHM / f"{name}.queries.csv.gz")))


def auc(lapsed: npt.NDArray[np.bool_], score: npt.NDArray[np.float64]) -> float:
    """The chance that a tie which lapsed has the higher score; equal scores count half."""
    _, group, count = np.unique(score, return_inverse=True, return_counts=True)
    rank = (np.cumsum(count) - (count - 1) / 2)[group]
    hits = int(lapsed.sum())
    return float((rank[lapsed].sum() - hits * (hits + 1) / 2) / (hits * (lapsed.size - hits)))


def grade(data: Set, horizon: str) -> tuple[int, float, float, float, float]:
    """Queries, AUC of p_lapse, AUC of days silent, mean p_lapse, share that lapsed."""
    queries = [row for row in data.queries if row[f"counts_{horizon}"] == "True"]
    day = np.array([int(row["day"]) for row in queries])
    rows = np.array([data.row[row["owner"], row["counterpart"]] for row in queries])
    chance, silent = np.empty(day.size), np.empty(day.size)
    for each in np.unique(day):
        asked, now = day == each, float(each * SECONDS_A_DAY)
        known = data.ties.before(now)
        own = own_horizon(Rhythm.of(known).recent_median())
        ahead = own if horizon == "own" else int(horizon)
        chance[asked] = p_lapse(known, now, ahead)[rows[asked]]
        silent[asked] = each - known.last_day(default=0)[rows[asked]]
    lapsed = np.array([row[f"lapsed_{horizon}"] == "True" for row in queries])
    return day.size, auc(lapsed, chance), auc(lapsed, silent), chance.mean(), lapsed.mean()


def next_gap(ties: Ties, rows: npt.NDArray[np.int64], day: int) -> npt.NDArray[np.int64]:
    """Days from `day` to the next contact of these ties; very many where there is none."""
    code = ties.row << 32 | ties.day
    at = np.searchsorted(code, rows << 32 | day)
    there = at < ties.first[rows + 1]
    return np.where(there, ties.day[np.minimum(at, ties.day.size - 1)] - day, 1 << 30)


def replay(data: Set) -> list[tuple[float, float, float, float]]:
    """For each of LEASTS: weeks that name somebody, people named a week, and shares that lapsed.

    Lapsed is no contact within the tie's own horizon: of those named, and of all LIVING ties.
    """
    ties, owner = data.ties, data.owner
    begin, end = np.full(owner.max() + 1, 1 << 30), np.zeros(owner.max() + 1, dtype=np.int64)
    np.minimum.at(begin, owner[ties.row], ties.day)
    np.maximum.at(end, owner[ties.row], ties.day)
    weeks = 0
    found: list[tuple[npt.NDArray[np.int64], ...]] = []
    living: list[npt.NDArray[np.bool_]] = []
    for day in range(int(ties.day.min()) + SEEN_BEFORE, int(ties.day.max()), EVERY_DAYS):
        judgements = judge(ties, float(day * SECONDS_A_DAY), "own")
        rows = np.searchsorted(ties.keys, judgements.key)
        whose = owner[rows]
        counts = (begin[whose] <= day - SEEN_BEFORE) & (end[whose] >= day + SEEN_AFTER)
        counts &= ~judgements.in_state(State.SLIGHT)
        weeks += np.unique(whose[counts]).size
        lapsed = next_gap(ties, rows, day) >= judgements.horizon_days
        living.append(lapsed[counts & judgements.in_state(State.LIVING)])
        chosen = counts & judgements.in_state(State.FADING)
        chosen &= judgements.unanswered < MOST_UNANSWERED
        week = whose[chosen] << 32 | day
        found.append((week, judgements.attention[chosen], lapsed[chosen]))
    week, attention, lapsed = (np.concatenate(column) for column in zip(*found, strict=True))
    order = np.lexsort((-attention, week))
    week, attention, lapsed = week[order], attention[order], lapsed[order]
    table = []
    for least in LEASTS:
        above = attention >= least
        of_week = week[above]
        place = np.arange(of_week.size) - np.searchsorted(of_week, of_week)
        named = place < PEOPLE
        some = np.unique(of_week).size
        hits = float(lapsed[above][named].mean())
        table.append((some / weeks, named.sum() / weeks, hits, np.concatenate(living).mean()))
    return table


def main() -> None:
    """Print both tables, or say that the data are absent."""
    if not all((RHYTHM / f"{name}.queries.csv.gz").is_file() for name in SETS):
        print(f"no contact data in {RHYTHM}; set BEFOREHAND_SHARED to where they are")
        return
    sets = {name: load(name) for name in SETS}
    print(f"{'set':8}{'horizon':>8}{'queries':>9}{'AUC':>7}{'silent':>8}{'said':>7}{'lapsed':>8}")
    for name, data in sets.items():
        for horizon in HORIZONS:
            count, ours, plain, said, did = grade(data, horizon)
            print(f"{name:8}{horizon:>8}{count:9}{ours:7.3f}{plain:8.3f}{said:7.3f}{did:8.3f}")
    print()
    print(f"{'set':8}{'least':>8}{'weeks':>8}{'people':>8}{'lapsed':>8}{'living that lapsed':>20}")
    for name, data in sets.items():
        for least, (weeks, people, hits, others) in zip(LEASTS, replay(data), strict=True):
            print(f"{name:8}{least:8.2f}{weeks:8.2f}{people:8.2f}{hits:8.2f}{others:20.2f}")


if __name__ == "__main__":
    main()
