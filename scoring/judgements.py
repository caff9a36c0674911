"""Many judgements at once, as columns, so that a million ties stay cheap."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import overload

import numpy as np
import numpy.typing as npt

from scoring.arrays import Bools, Floats, Ints
from scoring.contact import Way
from scoring.days import as_date
from scoring.judgement import Judgement, Reasons, Spoke, State
from scoring.ties import Ties

SPANS, SPAN_DAYS = 12, 30
_STATES = tuple(State)
_SPOKE = {Way.OUT: Spoke.OWNER, Way.IN: Spoke.THEY, Way.MUTUAL: Spoke.BOTH}


@dataclass(frozen=True, slots=True, eq=False)
class Judgements(Sequence[Judgement]):
    """One judgement a tie, ascending by key; `judgements[i]` and iteration give `Judgement`s.

    Every column is an array of length n; what each means stands in `scoring.judgement`.
    `state_code` indexes `tuple(State)`; `in_state` asks for one state. `usual_gap_days` is 0
    where there are fewer than two gaps, so that no column ever holds a NaN. A silence longer than
    `fades_after_days`, on the owner's active time, is FADING, and one longer than
    `sleeps_after_days` is DORMANT. `last_spoke` holds `Way` codes.
    `today` is the UTC day of the judgement, `ties` what was known of each tie.
    """

    today: int
    ties: Ties
    state_code: npt.NDArray[np.int8]
    p_lapse: Floats
    horizon_days: npt.NDArray[np.int32]
    strength: Floats
    worth: Floats
    attention: Floats
    out_days: Ints
    in_days: Ints
    meeting_days: Ints
    usual_gap_days: Floats
    fades_after_days: Floats
    sleeps_after_days: Floats
    silence_days: Ints
    away_days: Ints
    wished_days: Ints
    last_spoke: npt.NDArray[np.int8]
    unanswered: Ints

    @property
    def key(self) -> Ints:
        """(n,) the caller's keys."""
        return self.ties.keys

    @property
    def contact_days(self) -> Ints:
        """(n,) how many days with contact there were."""
        return self.ties.counts

    @property
    def at_stake(self) -> Floats:
        """(n,) of what may be lost, what a word can still keep; see `Judgement.at_stake`."""
        return self.attention * (1 - self.p_lapse)

    def in_state(self, state: State) -> Bools:
        """(n,) whether the tie stands there."""
        return np.equal(self.state_code, _STATES.index(state))

    def find(self, key: int) -> Judgement | None:
        """Return the judgement of the tie with this key, or None where there is none."""
        at = self.row(key)
        return None if at is None else self[at]

    def row(self, key: int) -> int | None:
        """Return the row of the tie with this key, or None where there is none."""
        at = int(np.searchsorted(self.key, key))
        return at if at < len(self) and self.key[at] == key else None

    def __len__(self) -> int:
        return len(self.ties)

    def __iter__(self) -> Iterator[Judgement]:
        return (self._one(i) for i in range(len(self)))

    @overload
    def __getitem__(self, index: int) -> Judgement: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Judgement]: ...
    def __getitem__(self, index: int | slice) -> Judgement | Sequence[Judgement]:
        rows = range(len(self))[index]
        return self._one(rows) if isinstance(rows, int) else [self._one(i) for i in rows]

    def _one(self, i: int) -> Judgement:
        return Judgement(
            key=int(self.key[i]),
            state=_STATES[self.state_code[i]],
            p_lapse=float(self.p_lapse[i]),
            horizon_days=int(self.horizon_days[i]),
            strength=float(self.strength[i]),
            worth=float(self.worth[i]),
            attention=float(self.attention[i]),
            reasons=self._reasons(i),
        )

    def _reasons(self, i: int) -> Reasons:
        days = self.ties.day[self.ties.first[i] : self.ties.first[i + 1]]
        spans_ago = (self.today - days[self.today - days < SPANS * SPAN_DAYS]) // SPAN_DAYS
        months = np.bincount(spans_ago, minlength=SPANS)[::-1]
        usual = float(self.usual_gap_days[i])
        return Reasons(
            contact_days=days.size,
            out_days=int(self.out_days[i]),
            in_days=int(self.in_days[i]),
            meeting_days=int(self.meeting_days[i]),
            first_contact=as_date(int(days[0])),
            last_contact=as_date(int(days[-1])),
            silence_days=int(self.silence_days[i]),
            away_days=int(self.away_days[i]),
            wished_days=int(self.wished_days[i]) or None,
            fades_after_days=int(self.fades_after_days[i]),
            sleeps_after_days=int(self.sleeps_after_days[i]),
            usual_gap_days=usual or None,
            last_spoke=_SPOKE[Way(self.last_spoke[i])],
            unanswered=int(self.unanswered[i]),
            months=tuple(months.tolist()),
        )
