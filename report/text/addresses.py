"""What is said of addresses: one that died, and one that may be another's successor.

Both say what was seen and leave the rest to the owner, who alone knows.
"""

from __future__ import annotations

import shlex
from datetime import date

from report.text.language import gettext as _
from report.text.language import ngettext
from report.text.phrases import day, number, plain


def title() -> str:
    """The title above what is said of addresses."""
    return _("Addresses")


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
    """Sentence that two people listed may be one, why, and what to type if so.

    `last` is when the first address was last heard from, `bounced` when mail to it first came back
    since, `began` when the second one was first seen. `today` lets dates of this year go without
    their year.
    """
    if bounced is not None:
        # NOTE: of two addresses; follows "Ada may have moved from ... to ...: ".
        text = _("mail to the first came back on {day}").format(day=day(bounced, today))
    elif last is not None:
        text = _("the first was last heard from on {day}").format(day=day(last, today))
    else:
        text = _("the first never answered")
    if plain(old_name) == plain(new_name):
        who = _("{name} may have moved from {old} to {new}").format(
            name=plain(old_name), old=plain(old_address), new=plain(new_address)
        )
    else:
        who = _("{old} may be {new}").format(
            old=_mailbox(old_name, old_address), new=_mailbox(new_name, new_address)
        )
    # NOTE: {who} is "Ada may have moved from ... to ...", {first} "the first never answered".
    return _("{who}: {first}, the second began on {day}. If so: {command}").format(
        who=who,
        first=text,
        day=day(began, today),
        command=f"`beforehand merge {shlex.quote(old_address)} {shlex.quote(new_address)}`",
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
    """Sentence that mail to an address comes back, so that a silence there may be none.

    `bounces` is how often it came back, `bounced` the day of the last time, `last` the day of the
    last sign of life from it before.
    """
    if bounces == 1:
        text = _("Mail to {mailbox} came back on {day}")
    elif bounces == 2:  # noqa: PLR2004 - "2 times"
        text = _("Mail to {mailbox} came back twice, the last time on {day}")
    else:
        text = ngettext(
            "Mail to {mailbox} came back {number} time, the last time on {day}",
            "Mail to {mailbox} came back {number} times, the last time on {day}",
            bounces,
        )
    came_back = text.format(
        mailbox=_mailbox(name, address), number=number(bounces), day=day(bounced, today)
    )
    if last is None:
        # NOTE: {came_back} is "Mail to ada@a.example came back on 3 Oct".
        return _("{came_back}. They may be reached elsewhere.").format(came_back=came_back)
    return _(
        "{came_back}; the last sign of life from there was on {day}. They may be reached elsewhere."
    ).format(came_back=came_back, day=day(last, today))


def _mailbox(name: str, address: str) -> str:
    """A name with its address; the address alone where there is no other name."""
    return plain(address) if name in {"", address} else f"{plain(name)} <{plain(address)}>"
