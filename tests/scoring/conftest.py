"""Short ways to write down a history of contact."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import numpy as np
import pytest

from scoring.ties import SECONDS_A_DAY, Ties, Way

History = Iterable[tuple[float, Way] | tuple[float, Way, int]]
Build = Callable[..., Ties]


@pytest.fixture(scope="session")
def build() -> Build:
    """`build({key: [(day, way), (day, way, size), ...]}, until=day)` gives the ties."""

    def from_days(contacts: Mapping[int, History], *, until: float = np.inf) -> Ties:
        flat = [(key, *contact) for key, history in contacts.items() for contact in history]
        return Ties.from_events(
            tie=[key for key, *_ in flat],
            at=[day * SECONDS_A_DAY for _, day, *_ in flat],
            direction=[way for _, _, way, *_ in flat],
            size=[size[0] if size else 1 for _, _, _, *size in flat],
            until=until * SECONDS_A_DAY,
        )

    return from_days
