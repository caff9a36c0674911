"""Replay: what would have been said at past days, of any table of ties or of the owner's own."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import numpy as np

from beforehand.analysis.snapshot import Snapshot, open_snapshot
from beforehand.analysis.tables import (
    EventTable,
    QueryTable,
    read_events,
    read_queries,
    write_scores,
)
from beforehand.app import App
from beforehand.config import DAYS
from connectors.api import Progress, no_progress
from report.kinds import LAPSE
from report.replay.findings import Past
from scoring.attention import judge
from scoring.calibration import Horizon
from scoring.contact import ContactDays, Way
from scoring.days import as_date, today
from scoring.replay.hindsight import grade_weeks
from scoring.replay.questions import Replayed, replay
from scoring.replay.revival import Revival, revival
from scoring.replay.weeks import walk
from scoring.rhythm import LONGEST_HORIZON
from scoring.ties import Ties
from sync.bulk import CAP


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
    ties = Ties.from_contact(events.contact.capped(CAP))
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


def look_back(app: App, horizon: Horizon = "own", progress: Progress = no_progress) -> Past | None:
    """Judge the owner's own past week by week, and grade it by what came; None without a week.

    A week is judged on the day of the report, at 00:00 UTC. Nothing is written.
    """
    with open_snapshot(app) as snapshot:
        reader = snapshot.reader
        sent_flags = reader.sent_flags.of_kind(LAPSE)
        sent = _revival(snapshot, sent_flags, horizon)
    until = _known_until(snapshot.days, snapshot.now)
    weeks = walk(
        snapshot.judgements.ties,
        snapshot.absences,
        until=until,
        people=app.config.report.people,
        horizon=horizon,
        weekday=DAYS.index(app.config.report.day),
        progress=progress,
    )
    if weeks is None:
        return None
    day = [today(at.timestamp()) for _, at in sent_flags]
    left = weeks.without([key for key, _ in sent_flags], day)
    return Past(
        first=as_date(weeks.first),
        last=as_date(weeks.last),
        known=as_date(until - 1),
        weeks=weeks.count,
        away=weeks.away,
        people=app.config.report.people,
        horizon=horizon,
        ties=weeks.keys.size,
        apart=int(weeks.looks.named.sum() - left.looks.named.sum()),
        found=grade_weeks(left),
        sent=sent,
    )


def _known_until(days: ContactDays, now: float) -> int:
    """The UTC day before which all contact is known: that after the newest mail that was read.

    An archive, or a source that has not been read for months, knows nothing of silence since. A
    meeting says less, as calendars reach ahead; it counts where nothing else is known.
    """
    mail = days.last[days.way != Way.MUTUAL]
    newest = max((mail if mail.size else days.last).tolist(), default=0)
    return min(today(newest) + 1, today(now))


def _revival(snapshot: Snapshot, flags: list[tuple[int, datetime]], horizon: Horizon) -> Revival:
    """What came after the flags that were sent, each within the horizon that it had that day."""
    ahead = []
    by_time = {
        at: judge(
            snapshot.judgements.ties,
            at.timestamp(),
            horizon,
            clock=snapshot.absences.clock(today(at.timestamp())),
        )
        for at in {at for _, at in flags}
    }
    for key, at in flags:
        judged = by_time[at].find(key)
        # Somebody whose mail is gone, or who counts as nobody by now, has no rhythm to go by.
        ahead.append(judged.horizon_days if judged is not None else LONGEST_HORIZON)
    contact = snapshot.reader.contact({key for key, _ in flags})
    return revival(
        contact.of(snapshot.humans).capped(CAP),
        flagged=[key for key, _ in flags],
        when=[at.timestamp() for _, at in flags],
        horizon=ahead,
        now=snapshot.now,
    )
