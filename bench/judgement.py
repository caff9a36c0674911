"""How good the judgements are, on real contact data that is not part of the project.

    python bench/judgement.py

Looks for `data/rhythm` in $BEFOREHAND_SHARED, or in `../shared` beside the checkout; says so and
stops where it is absent.

The first tables are about ranks: AUC (0.5 is chance), the mean AUC within an owner, and the share
of lapses among the five highest of an owner's day (P@5), for `beforehand replay`, for the hazard
alone (one tie at a time, the same for everyone), for its five published terms, for tie decay
(half-life 30 days) and for days of silence. The next say how true the chances are: Brier score and
calibration error, of the five terms, of the hazard, with the owner's whole contact, and scaled by
the owner's past as well. The last replays
weeks, owner by owner, looking ahead as far as each tie's own rhythm asks: how often a report would
name somebody, how many people a week, and how many of those named did lapse.
"""

from __future__ import annotations

import csv
import gzip
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from beforehand.analysis.replay import score
from beforehand.analysis.tables import EventTable, QueryTable, read_events, read_queries
from scoring import lapse
from scoring.arrays import Bools, Floats, Ints
from scoring.attention import LEAST_ATTENTION, select
from scoring.calibration import Horizon, calibrate, from_logit
from scoring.days import SECONDS_A_DAY
from scoring.decay import contact_now
from scoring.judgement import State
from scoring.lapse import hazard
from scoring.moments import Moments
from scoring.replay.measures import auc, auc_by_owner, brier, calibration_error, hits_at
from scoring.rhythm import Rhythm
from scoring.ties import Ties
from sync.bulk import CAP

BESIDE = Path(__file__).resolve().parents[2] / "shared"
RHYTHM = Path(os.environ.get("BEFOREHAND_SHARED", BESIDE)) / "data" / "rhythm"
SETS = ("enron", "eucore", "mips")
HORIZONS: dict[str, Horizon] = {"60": 60, "90": 90, "own": "own"}
LEASTS = (0.0, LEAST_ATTENTION, 0.1)
# A week counts for an owner seen for half a year before it and for two months after it.
SEEN_BEFORE, SEEN_AFTER = 180, 60
EVERY_DAYS = 84


@dataclass(frozen=True)
class Set:
    """One set: its tables, its ties (of all owners together) and the owner of each tie."""

    name: str
    events: EventTable
    queries: QueryTable
    ties: Ties
    owner: Ints
    answers: list[dict[str, str]]


Grade = Callable[["Asked", Floats], float]


def present() -> bool:
    """Whether the data are there; where they are not, it says so."""
    there = all((RHYTHM / f"{name}.queries.csv.gz").is_file() for name in SETS)
    if not there:
        print(f"no contact data in {RHYTHM}; set BEFOREHAND_SHARED to where they are")
    return there


def load(name: str) -> Set:
    """Read one set."""
    events = read_events(RHYTHM / f"{name}.events.csv.gz")
    path = RHYTHM / f"{name}.queries.csv.gz"
    with gzip.open(path, "rt", newline="") as lines:
        answers = list(csv.DictReader(lines))
    ties = Ties.from_contact(events.contact.capped(CAP))
    ids: dict[str, int] = {}
    owner = np.array([ids.setdefault(one, len(ids)) for one, _ in events.pairs])
    return Set(name, events, read_queries(path), ties, owner[ties.keys], answers)


@dataclass(frozen=True)
class Asked:
    """The questions of a set that count at a horizon, and several answers to each."""

    owner: Ints
    day: Ints
    lapsed: Bools
    ranks: dict[str, Floats]
    chances: dict[str, Floats]


def ask(data: Set, horizon: str) -> Asked:
    """Answer the questions that count."""
    counts = np.array([row[f"counts_{horizon}"] == "True" for row in data.answers])
    lapsed = np.array([row[f"lapsed_{horizon}"] == "True" for row in data.answers])
    said = score(data.events, data.queries, HORIZONS[horizon])
    tie = np.array([data.events.pairs[pair] for pair in data.queries.pairs])
    moments = Moments(data.ties, np.searchsorted(data.ties.keys, tie), data.queries.day)
    own = np.array([round(float(row["own_horizon"])) for row in data.answers])
    alone, five, recent = np.zeros(tie.size), np.zeros(tie.size), np.zeros(tie.size)
    for piece, then in moments.chunks():
        ahead = own[piece] if horizon == "own" else np.full(len(then), int(horizon))
        rhythm = Rhythm.of(then)
        alone[piece] = hazard(then, 0, ahead, rhythm)
        five[piece] = from_logit(five_terms(then, ahead, rhythm))
        recent[piece] = contact_now(then, 0, 30)
    ranks = {
        "replay": said.score,
        "hazard": alone,
        "five terms": five,
        "decay": -recent,
        "silent": moments.silence(),
    }
    chances = {
        "five terms": five,
        "hazard": alone,
        "+ contact": said.score,
        "+ past": said.p_lapse,
    }
    return Asked(
        data.owner[moments.row[counts]],
        moments.day[counts],
        lapsed[counts],
        {name: column[counts] for name, column in ranks.items()},
        {name: column[counts] for name, column in chances.items()},
    )


def five_terms(then: Ties, ahead: Ints, rhythm: Rhythm) -> Floats:
    """(n,) the logit of the five published terms alone, of ties cut at day 0."""
    silence = np.maximum(-then.last_day(default=0).astype(np.float64), 0.5)
    return (
        lapse.INTERCEPT
        + lapse.PER_LN_SILENCE * np.log(silence)
        + lapse.PER_LN_RECENT * np.log(contact_now(then, 0, lapse.RECENT_HALF_LIFE) + 0.1)
        + lapse.PER_LN_STANDING * np.log(contact_now(then, 0, lapse.STANDING_HALF_LIFE) + 0.3)
        + lapse.PER_IRREGULARITY * rhythm.irregularity
        + lapse.PER_LN_HORIZON * np.log(ahead)
    )


def top(asked: Asked, rank: Floats) -> float:
    """The share of lapses among the five highest of an owner's day, averaged over owners."""
    means = []
    for one in np.unique(asked.owner):
        mine = asked.owner == one
        hits = hits_at(asked.day[mine], asked.lapsed[mine], rank[mine])
        if hits.size:
            means.append(hits.mean())
    return float(np.mean(means)) if means else float("nan")


def weeks(data: Set) -> list[tuple[float, float, float, float]]:
    """For each of LEASTS: weeks that name somebody, people named a week, and shares that lapsed.

    Lapsed is no contact within the tie's own horizon: of those named, and of all LIVING ties.
    """
    count = 0
    some, named, hits = np.zeros(len(LEASTS)), np.zeros(len(LEASTS)), np.zeros(len(LEASTS))
    living: list[Bools] = []
    for one in np.unique(data.owner):
        ties = mine(data, one)
        for day in range(
            int(ties.day.min()) + SEEN_BEFORE, int(ties.day.max()) - SEEN_AFTER, EVERY_DAYS
        ):
            judged = calibrate(ties, float(day * SECONDS_A_DAY))
            if judged.in_state(State.SLIGHT).all():
                continue  # nobody yet, or nobody any more, of whom a report could speak
            rows = np.searchsorted(ties.keys, judged.key)
            ahead = Moments(ties, rows, np.full(rows.size, day)).quiet_until()
            lapsed = ahead >= judged.horizon_days
            living.append(lapsed[judged.in_state(State.LIVING)])
            count += 1
            for at, least in enumerate(LEASTS):
                flags = [flag.key for flag in select(judged, least=least).flags]
                some[at] += bool(flags)
                named[at] += len(flags)
                hits[at] += lapsed[np.searchsorted(judged.key, flags)].sum() if flags else 0
    share = float(np.concatenate(living).mean())
    return [
        (some[at] / count, named[at] / count, hits[at] / max(named[at], 1), share)
        for at in range(len(LEASTS))
    ]


def mine(data: Set, owner: int) -> Ties:
    """One owner's ties."""
    return Ties.from_contact(
        data.events.contact.of(data.ties.keys[data.owner == owner]).capped(CAP)
    )


RANKED: dict[str, Grade] = {
    "AUC": lambda asked, rank: auc(asked.lapsed, rank),
    "AUC within an owner": lambda asked, rank: auc_by_owner(asked.owner, asked.lapsed, rank),
    "P@5": top,
}
SAID: dict[str, Grade] = {
    "Brier": lambda asked, chance: brier(asked.lapsed, chance),
    "calibration error": lambda asked, chance: calibration_error(asked.lapsed, chance),
}


def table(
    figure: str,
    asked: dict[tuple[str, str], Asked],
    columns: Callable[[Asked], dict[str, Floats]],
    grade: Grade,
) -> None:
    """Print one figure of several answers, for each set and horizon."""
    names = list(columns(next(iter(asked.values()))))
    print(f"{figure:24}{'rows':>7}{'lapsed':>8}{''.join(f'{name:>11}' for name in names)}")
    figures: dict[str, list[list[float]]] = {}
    for (name, horizon), one in asked.items():
        row = [grade(one, columns(one)[each]) for each in names]
        figures.setdefault(horizon, []).append(row)
        shown = "".join(f"{x:11.3f}" for x in row)
        print(f"{name:16}{horizon:>8}{one.day.size:7}{one.lapsed.mean():8.3f}{shown}")
    for horizon, rows in figures.items():
        shown = "".join(f"{x:11.3f}" for x in np.nanmean(rows, axis=0))
        print(f"{'mean':16}{horizon:>8}{'':15}{shown}")
    print()


def main() -> None:
    """Print the tables, or say that the data are absent."""
    if not present():
        return
    sets = [load(name) for name in SETS]
    asked = {(data.name, horizon): ask(data, horizon) for data in sets for horizon in HORIZONS}
    for figure, grade in RANKED.items():
        table(figure, asked, lambda one: one.ranks, grade)
    for figure, fits in SAID.items():
        table(figure, asked, lambda one: one.chances, fits)
    print(f"{'set':8}{'least':>8}{'weeks':>8}{'people':>8}{'lapsed':>8}{'living that lapsed':>20}")
    for data in sets:
        for least, (some, people, hits, others) in zip(LEASTS, weeks(data), strict=True):
            print(f"{data.name:8}{least:8.2f}{some:8.2f}{people:8.2f}{hits:8.2f}{others:20.2f}")


if __name__ == "__main__":
    main()
