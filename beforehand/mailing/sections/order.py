"""Which sections a report has, and in which order.

A new section is a module beside this one, a line in `SECTIONS`, and its words in `report/text/`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from beforehand.mailing.sections import (
    addresses,
    hello,
    network,
    newcomers,
    past,
    replies,
    to_write_to,
)
from beforehand.mailing.sections.inputs import SectionInputs
from report.sections import Section


class SectionEntry(NamedTuple):
    """How a section is built, and what `report --json` has in a week without it."""

    build: Callable[[SectionInputs], Section | None]
    absent: object


SECTIONS: Mapping[str, SectionEntry] = MappingProxyType(
    {
        "past": SectionEntry(past.build, absent=[]),
        "people": SectionEntry(to_write_to.build, absent=[]),
        "owed": SectionEntry(replies.build, absent=[]),
        "met": SectionEntry(newcomers.build, absent=[]),
        "hello": SectionEntry(hello.build, absent=None),
        "changes": SectionEntry(addresses.build, absent=[]),
        "network": SectionEntry(network.build, absent=[]),
    }
)
"""All sections from top to bottom, by their key in `report --json`."""


def build(inputs: SectionInputs) -> dict[str, Section]:
    """The sections that have something to say this week, in order."""
    built = ((key, entry.build(inputs)) for key, entry in SECTIONS.items())
    return {key: section for key, section in built if section is not None}


def facts(shown: Mapping[str, Section]) -> dict[str, object]:
    """What programs get of every section, whether it is shown or not."""
    return {
        key: shown[key].facts if key in shown else entry.absent for key, entry in SECTIONS.items()
    }
