"""What is known of each person, from which `sync.bulk` decides who is a relationship.

That decision takes only what `contact_days` holds, and for addresses that never answered the
owner, how many people write to them. What the reason for a decision names beyond that is read from
the messages, for those who are to be shown (`complete`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import numpy as np
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from connectors.api import Direction, Role
from sync.store import contact_days
from sync.store.contact import bearing, everybody_on
from sync.store.contact_days import ContactDayColumns
from sync.store.contact_fold import StoredReach
from sync.store.duplicates import all_messages, numbered, these_with_copies
from sync.store.models import handle, interaction, party, person
from sync.store.people import Override
from sync.store.rows import parts, portions


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of a person (all handles together), in numbers of interactions.

    `written`: by the owner to them, among at most `CAP` people. `met`: small meetings attended.
    `authored`: by them. `bulk`: of these, how many carry which evidence of bulk.
    `senders`: how many different people wrote mail on which they stood beside the owner.
    """

    override: Override | None = None
    written: int = 0
    met: int = 0
    authored: int = 0
    bulk: Mapping[str, int] = field(default_factory=dict)
    senders: int = 0


def evidence(
    connection: Connection, owner_id: int, until: datetime, days: ContactDayColumns | None = None
) -> dict[int, Evidence]:
    """What decides about each person whom the owner had to do with, or said a word about.

    As of `until`; `days` is the contact before it, read here where it is left out. Not in it are
    people who were only seen beside others, and what `complete` adds.
    """
    known = _counted(contact_days.load(connection, owner_id, until) if days is None else days)
    overrides = _overrides(connection, owner_id)
    for number in _seen(connection, owner_id, until, overrides.keys() - known.keys()):
        known[number] = Evidence()
    # Where nobody wrote to them nor they to anybody, no number of senders changes the decision.
    silent = [n for n, of in known.items() if of.written and not of.authored and not of.met]
    senders = _senders(connection, owner_id, until, silent)
    for number in known.keys() & (overrides.keys() | senders.keys()):
        known[number] = replace(
            known[number], override=overrides.get(number), senders=senders.get(number, 0)
        )
    return known


def complete(
    connection: Connection,
    owner_id: int,
    until: datetime,
    known: Mapping[int, Evidence],
    people: Collection[int] | None = None,
) -> dict[int, Evidence]:
    """`known` with all that the reasons name, for these people; for all who were seen, if None.

    It reads the messages on which these people are. Those of `people` who were never seen before
    `until` are left out.
    """
    wanted = _seen(connection, owner_id, until, people)
    found = {number: known.get(number, Evidence()) for number in wanted}
    overrides = _overrides(connection, owner_id)
    some = None if people is None else wanted
    bulk = _bulk(connection, owner_id, until, some)
    silent = [n for n, of in found.items() if not of.authored and not of.met]
    senders = _senders(connection, owner_id, until, silent)
    return {
        number: replace(
            of,
            override=overrides.get(number),
            bulk=bulk.get(number, {}),
            senders=senders.get(number, 0),
        )
        for number, of in found.items()
    }


def _counted(days: ContactDayColumns) -> dict[int, Evidence]:
    if not len(days):
        return {}
    people, begins = np.unique(days.person, return_index=True)
    few = days.reach != StoredReach.WIDE

    def total(chosen: contact_days.Bools) -> list[int]:
        counts: list[int] = np.add.reduceat(np.where(chosen, days.messages, 0), begins).tolist()
        return counts

    written, met = total((days.way == 1) & few), total((days.way == 0) & few)
    authored = total(days.way == -1)
    return {
        number: Evidence(written=one, met=two, authored=three)
        for number, one, two, three in zip(people.tolist(), written, met, authored, strict=True)
    }


def _overrides(connection: Connection, owner_id: int) -> dict[int, Override]:
    rows = connection.execute(
        sa.select(person.c.id, person.c.word).where(
            person.c.owner_id == owner_id, person.c.word.is_not(None)
        )
    )
    return {number: Override(text) for number, text in rows}


def _seen(
    connection: Connection, owner_id: int, until: datetime, people: Collection[int] | None
) -> set[int]:
    """Which of these people, or of all, were on anything before `until` that reached them."""
    seen: set[int] = set()
    for some in portions(people):
        rows = (
            sa.select(handle.c.person_id)
            .join_from(handle, party, party.c.handle_id == handle.c.id)
            .join(interaction, interaction.c.id == party.c.interaction_id)
            .where(
                handle.c.owner_id == owner_id,
                party.c.owner_id == owner_id,
                party.c.role != Role.FAILED.value,
                interaction.c.at < until,
            )
            .distinct()
        )
        if some is not None:
            rows = rows.where(handle.c.person_id.in_(some))
        seen.update(connection.scalars(rows))
    return seen


def _bulk(
    connection: Connection, owner_id: int, until: datetime, people: Collection[int] | None
) -> dict[int, dict[str, int]]:
    """How many messages of each of these people, or of all, carry which evidence of bulk."""
    counts: dict[int, dict[str, int]] = defaultdict(dict)
    for some in portions(people):
        messages = (
            all_messages(owner_id)
            if some is None
            else these_with_copies(owner_id, bearing(owner_id, some))
        )
        message = numbered(messages)
        rows = (
            sa.select(
                handle.c.person_id,
                message.c.bulk,
                sa.func.count(sa.distinct(message.c.first)),
            )
            .select_from(everybody_on(message))
            .where(
                message.c.at < until,
                message.c.direction == Direction.IN.value,
                message.c.bulk != "",
                party.c.role == Role.FROM.value,
            )
            .group_by(handle.c.person_id, message.c.bulk)
        )
        if some is not None:
            rows = rows.where(handle.c.person_id.in_(some))
        for number, sign, count in connection.execute(rows):
            counts[number][sign] = count
    return counts


def _senders(
    connection: Connection, owner_id: int, until: datetime, people: Sequence[int]
) -> dict[int, int]:
    """How many different people wrote inbound mail on which each of `people` was named."""
    author, writer = party.alias("author"), handle.alias("writer")
    counts: dict[int, int] = {}
    for some in parts(people):
        rows = connection.execute(
            sa.select(handle.c.person_id, sa.func.count(sa.distinct(writer.c.person_id)))
            .select_from(
                handle.join(
                    party,
                    sa.and_(party.c.owner_id == owner_id, party.c.handle_id == handle.c.id),
                )
                .join(interaction, interaction.c.id == party.c.interaction_id)
                .join(author, author.c.interaction_id == interaction.c.id)
                .join(writer, writer.c.id == author.c.handle_id)
            )
            .where(
                handle.c.person_id.in_(some),
                party.c.role.not_in([Role.FROM.value, Role.FAILED.value]),
                interaction.c.at < until,
                interaction.c.direction == Direction.IN.value,
                author.c.role == Role.FROM.value,
            )
            .group_by(handle.c.person_id)
        )
        counts.update(rows.all())
    return counts
