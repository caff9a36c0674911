"""The owner of the stand-in's mailbox and calendar: made up, with reserved domains."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose mailbox and calendar it is."""

    name: str = "Ada Winter"
    addresses: tuple[str, ...] = (
        "ada.winter@example.org",
        "ada@winter-studio.example",
        "adawinter@example.com",
        "ada.winter+news@example.org",
    )
    timezone: str = "Europe/Berlin"

    @property
    def private(self) -> str:
        """The address for friends; also the account's name."""
        return self.addresses[0]

    @property
    def work(self) -> str:
        """The address for clients."""
        return self.addresses[1]

    @property
    def old(self) -> str:
        """The address that friends used long ago, and some still do."""
        return self.addresses[2]

    @property
    def news(self) -> str:
        """The address given to shops and newsletters."""
        return self.addresses[3]
