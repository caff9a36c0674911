"""What a mailbox is read for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from connectors.google.http.quota import Prices


@dataclass(frozen=True, slots=True)
class Aim:
    """All mail since a moment (aware), at a pace in units, with or without unanswered bulk."""

    since: datetime
    units_per_minute: int
    read_bulk: bool

    @property
    def prices(self) -> Prices:
        """What calls cost under this quota."""
        return Prices.under(self.units_per_minute)
