"""What is said of addresses: one that died, and one that may be another's successor.

Both say what was seen and leave the rest to the owner, who alone knows.
"""

from __future__ import annotations

import shlex
from datetime import date

from report.phrases import count, day, plain


def moved_line(
    old_name: str,
    old_address: str,
    new_name: str,
    new_address: str,
    *,
    last: date | None,
    bounced: date | None,
    began: date,
    today: date | None = None,
) -> str:
    """That two who are listed may be one, why, and what to type if so.

    `last` is when the first address was last heard from, `bounced` when mail to it first came back
    since, `began` when the second one was first seen. `today` lets dates of this year go without
    their year.
    """
    if bounced is not None:
        first = f"mail to the first came back on {day(bounced, today)}"
    elif last is not None:
        first = f"the first was last heard from on {day(last, today)}"
    else:
        first = "the first never answered"
    if plain(old_name) == plain(new_name):
        who = f"{plain(old_name)} may have moved from {plain(old_address)} to {plain(new_address)}"
    else:
        who = f"{_mailbox(old_name, old_address)} may be {_mailbox(new_name, new_address)}"
    return (
        f"{who}: {first}, the second began on {day(began, today)}. "
        f"If so: `beforehand merge {shlex.quote(old_address)} {shlex.quote(new_address)}`"
    )


def died_line(
    name: str,
    address: str,
    *,
    bounces: int,
    bounced: date,
    last: date | None,
    today: date | None = None,
) -> str:
    """That mail to an address comes back, so that a silence there may be no silence.

    `bounces` says how often, `bounced` when for the last time, `last` when there was a sign of
    life from it before.
    """
    often = "came back" if bounces == 1 else f"came back {_times(bounces)}, the last time"
    text = f"Mail to {_mailbox(name, address)} {often} on {day(bounced, today)}"
    if last is not None:
        text += f"; the last sign of life from there was on {day(last, today)}"
    return f"{text}. They may be reached elsewhere."


def _mailbox(name: str, address: str) -> str:
    """A name with its address; the address alone where there is no other name."""
    return plain(address) if name in {"", address} else f"{plain(name)} <{plain(address)}>"


def _times(number: int) -> str:
    return "twice" if number == 2 else count(number, "time")  # noqa: PLR2004 - "2 times"
