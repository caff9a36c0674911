"""What is said beside a replay of flags that were really sent, and of what came after them."""

from __future__ import annotations

from report.replay.findings import Past
from report.replay.text import names_given, people_named
from report.text.language import gettext as _
from report.text.language import ngettext
from report.text.phrases import listed, number, span


def sent(past: Past) -> list[str]:
    """What came after flags that were really sent."""
    revival = past.sent
    if not revival.times:
        return [
            _(
                "No report that names somebody has been sent yet, so there is nothing to say of "
                "flags that were acted on."
            )
        ]
    # NOTE: {people} is "7 people".
    named = ngettext(
        "Reports that were really sent named {people}, {number} time in all.",
        "Reports that were really sent named {people}, {number} times in all.",
        revival.times,
    ).format(people=people_named(revival.people), number=number(revival.times))
    left = _(
        "A flag that you acted on would look like a false alarm here. So everything above leaves "
        "these ties out, from a horizon before such a flag to {span} after it."
    )
    if past.apart:
        # NOTE: {names} is "9 names".
        left = _(
            "A flag that you acted on would look like a false alarm here. So everything above "
            "leaves these ties out, from a horizon before such a flag to {span} after it: {names} "
            "in the reports."
        )
    return [
        f"{named} {_came(past)}",
        _("Some of them would have come back alone: nobody can know."),
        left.format(span=span(120), names=names_given(past.apart)),
    ]


def _came(past: Past) -> str:
    """What came after the flags that were sent: a clause for each outcome there is."""
    revival = past.sent
    began = []
    if revival.owner:
        # NOTE: who began, in brackets: "you 3 times, they once and once you met".
        began.append(ngettext("you once", "you {number} times", revival.owner))
    if revival.they:
        began.append(ngettext("they once", "they {number} times", revival.they))
    if revival.met:
        began.append(ngettext("once you met", "{number} times you met", revival.met))
    counts = (one for one in (revival.owner, revival.they, revival.met) if one)
    said = [one.format(number=number(count)) for one, count in zip(began, counts, strict=True)]
    clauses = [
        _(
            "After {again} of these you were in touch again within the horizon ({began}; whoever "
            "is named first began)"
        ).format(again=number(revival.again), began=listed(said))
        if said
        else _("After {again} of these you were in touch again within the horizon").format(
            again=number(revival.again)
        )
    ]
    if revival.silent:
        # NOTE: clauses that follow "After 5 of these you were in touch again".
        clauses.append(_("after {number} nothing came").format(number=number(revival.silent)))
    if revival.open:
        clauses.append(
            _("for {number} it is too early to tell").format(number=number(revival.open))
        )
    return "; ".join(clauses) + "."
