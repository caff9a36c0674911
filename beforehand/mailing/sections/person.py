"""What the signals say of one person, beside how their tie is judged."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import tzinfo

from beforehand.analysis.signals import Signals, concerning
from beforehand.mailing.sections import addresses
from report.text.signals import (
    awaited_line,
    blind_line,
    brought_line,
    introduced_line,
    met_since,
    owed_line,
)


def beside(signals: Signals, person_id: int) -> str:
    """What a report adds of somebody it names: whom they brought, and how little is seen.

    Who brought people that have all gone quiet is named for themselves alone.
    """
    gap = signals.coverage_gap(person_id)
    lines = [] if gap is None else [blind_line(gap)]
    if any(map(signals.snapshot.in_touch, signals.brought(person_id))):
        lines.insert(0, _brought_line(signals, person_id, None))
    return " ".join(lines)


def lines(signals: Signals, person_id: int, zone: tzinfo) -> list[str]:
    """All that is to be said of one person, a sentence or two each; dates are of `zone`."""
    return list(_lines(signals, person_id, zone))


def _lines(signals: Signals, person_id: int, zone: tzinfo) -> Iterator[str]:
    people = signals.snapshot.people
    name = people[person_id].name
    today = signals.snapshot.at.astimezone(zone).date()
    for owed in concerning(person_id, signals.owed):
        yield owed_line(owed, name, owed.since.astimezone(zone).date(), today)
    for awaited in concerning(person_id, signals.awaited):
        yield awaited_line(awaited, name, awaited.since.astimezone(zone).date(), today)
    for begun in concerning(person_id, signals.encounters):
        yield met_since(begun.at.astimezone(zone).date(), today, wrote=not begun.met)
    if (introduced := signals.introduction_of(person_id)) is not None:
        on = introduced.at.astimezone(zone).date()
        yield introduced_line(people[introduced.by].name, on, today)
    if signals.brought(person_id):
        yield _brought_line(signals, person_id, signals.snapshot.silent_days(person_id))
    yield from addresses.lines(signals.addresses.about(person_id), zone)
    if (gap := signals.coverage_gap(person_id)) is not None:
        yield blind_line(gap)


def _brought_line(signals: Signals, person_id: int, silent_days: int | None) -> str:
    brought, people = signals.brought(person_id), signals.snapshot.people
    names = [people[number].name for number in brought]
    in_touch = sum(map(signals.snapshot.in_touch, brought))
    return brought_line(people[person_id].name, names, in_touch, silent_days)
