"""Replay: what would have been said at past days, of any table of ties or of the owner's own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from beforehand.tables import EventTable, QueryTable, read_events, read_queries, write_scores
from scoring.calibration import Horizon, history
from scoring.measures import auc, brier, calibration_error
from scoring.moments import Moments
from scoring.replay import Replayed, replay
from scoring.ties import Ties, as_date, today


def score_tables(events: Path, queries: Path, out: Path, horizon: Horizon) -> tuple[int, int]:
    """Answer the questions of one table from another and write the scores.

    Returns how many questions there were, and of how many ties among them nothing is known
    before their day. Raises ConfigError where a table is not as it should be, and OSError.
    """
    asked = read_queries(queries)
    answers = score(read_events(events), asked, horizon)
    write_scores(out, asked, answers.score, answers.p_lapse)
    return len(asked.pairs), answers.unknown


def score(events: EventTable, queries: QueryTable, horizon: Horizon) -> Replayed:
    """Judge each question as at its day; "own" looks as far ahead as the table says, if it does."""
    ties = Ties.from_events(
        tie=events.tie,
        at=events.at,
        direction=events.direction,
        size=events.size,
        until=np.inf,
    )
    names: dict[str, int] = {}
    owner = np.array([names.setdefault(one, len(names)) for one, _ in events.pairs], dtype=np.int64)
    # A pair may be in the table with mail to many alone, and is then no tie.
    row = np.full(len(events.pairs) + 1, -1, dtype=np.int64)
    row[ties.keys] = np.arange(len(ties))
    asked = np.array([events.pairs.get(pair, -1) for pair in queries.pairs], dtype=np.int64)
    return replay(
        ties,
        owner[ties.keys],
        row=row[asked],
        day=queries.day,
        horizon=horizon,
        ahead=queries.own_horizon if horizon == "own" else None,
    )


@dataclass(frozen=True, slots=True)
class Grades:
    """How the chances that would have been said compare with what came.

    questions: how often a living tie was judged, every 28th day, with its outcome known by now.
    lapsed, expected: how many had no contact within the horizon, and the sum of the chances.
    auc, auc_silence: of a lapse and a return, how often the lapse had the higher chance, and the
    longer silence; None where only one of the two occurred. off: the expected calibration error.
    """

    first: date
    last: date
    questions: int
    lapsed: int
    expected: float
    auc: float | None
    auc_silence: float | None
    brier: float
    off: float


def grade_ties(ties: Ties, now: float, horizon: Horizon = "own") -> Grades | None:
    """Replay one owner's ties up to `now` (unix seconds UTC); None where nothing could be asked.

    Each day of the replay knows only what came before it; its calibration too.
    """
    owner = np.zeros(len(ties), dtype=np.int64)
    asked = history(ties, owner, horizon, {0: today(now)})
    if not asked.day.size:
        return None
    said = replay(ties, owner, row=asked.row, day=asked.day, horizon=horizon)
    silence = Moments(ties, asked.row, asked.day).silence().astype(np.float64)
    mixed = 0 < int(asked.lapsed.sum()) < asked.lapsed.size
    return Grades(
        first=as_date(int(asked.day.min())),
        last=as_date(int(asked.day.max())),
        questions=asked.day.size,
        lapsed=int(asked.lapsed.sum()),
        expected=float(said.p_lapse.sum()),
        auc=auc(asked.lapsed, said.score) if mixed else None,
        auc_silence=auc(asked.lapsed, silence) if mixed else None,
        brier=brier(asked.lapsed, said.p_lapse),
        off=calibration_error(asked.lapsed, said.p_lapse),
    )
