"""Short ways to write down a history of contact."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import numpy as np
import pytest

from scoring.contact import Contact, Way
from scoring.days import SECONDS_A_DAY
from scoring.ties import Ties

History = Iterable[tuple[float, Way] | tuple[float, Way, int]]
Build = Callable[..., Ties]
CAP = 10


@pytest.fixture(scope="session")
def build() -> Build:
    """`build({key: [(day, way), (day, way, size), ...]}, until=day)` gives the ties."""

    def from_days(contacts: Mapping[int, History], *, until: float = np.inf) -> Ties:
        flat = [(key, *contact) for key, history in contacts.items() for contact in history]
        contact = Contact(
            person=[key for key, *_ in flat],
            at=[day * SECONDS_A_DAY for _, day, *_ in flat],
            way=[way for _, _, way, *_ in flat],
            size=[size[0] if size else 1 for _, _, _, *size in flat],
        )
        return Ties.from_contact(contact.capped(CAP), until=until * SECONDS_A_DAY)

    return from_days
