"""The options of a sync: from when on mail is read, and under which quota."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from connectors.google.http.quota import Prices


@dataclass(frozen=True, slots=True)
class SyncOptions:
    """What a full or partial sync reads.

    `since` is an aware datetime: older mail is not read. With `read_bulk`, mail in the bulk tabs
    is read too where the owner never answered it.
    """

    since: datetime
    units_per_minute: int
    read_bulk: bool

    @property
    def prices(self) -> Prices:
        """The prices of API methods under this quota."""
        return Prices.for_quota(self.units_per_minute)
