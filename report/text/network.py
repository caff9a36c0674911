"""What is said of the network as a whole: how evenly contact is spread, and the mirror."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from babel.dates import format_skeleton

from report.text import phrases
from report.text.language import current, ngettext
from report.text.language import gettext as _
from report.text.phrases import day, plain, tenths

# Up to here, half an organisation more or less is a difference; above, people count whole ones.
_FEW = 3
# Shares below are not told apart.
_LEAST = 0.01


def title() -> str:
    """The title above what is said of the whole network."""
    return _("Your network")


def number(amount: float) -> str:
    """An effective number as people say it: "2.4", "7"."""
    return tenths(amount) if amount < _FEW else phrases.number(round(amount))


def percent(share: float) -> str:
    """A share of a whole: "34%", "< 1%"."""
    return phrases.percent(share) if share >= _LEAST else f"< {phrases.percent(_LEAST)}"


def spread_line(organisations: float) -> str:
    """Over how many equal organisations contact would be spread as evenly."""
    if _is_one(organisations):
        return _("Your contact is as good as all with one organisation")
    # NOTE: no full stop here, for more follows. {number} may be "2.4".
    return _(
        "Your contact is spread as if over {number} equal organisations "
        "(whoever is of none counts as one)"
    ).format(number=number(organisations))


def without_line(organisation: str, left: int, live: int, *, own: bool = False) -> str:
    """What is left without an organisation: "without acme.example you keep 23 of 41 live ties"."""
    # NOTE: follows "Your contact is spread as if over 7 equal organisations; ".
    text = (
        ngettext(
            "without your own {organisation} you keep {left} of {number} live tie",
            "without your own {organisation} you keep {left} of {number} live ties",
            live,
        )
        if own
        else ngettext(
            "without {organisation} you keep {left} of {number} live tie",
            "without {organisation} you keep {left} of {number} live ties",
            live,
        )
    )
    return text.format(
        organisation=plain(organisation), left=phrases.number(left), number=phrases.number(live)
    )


def nobody_large_line(live: int) -> str:
    """Clause that no organisation holds more than one tie."""
    # NOTE: follows "Your contact is spread as if over 7 equal organisations; ".
    return ngettext(
        "none of them holds more than one of your {number} live tie",
        "none of them holds more than one of your {number} live ties",
        live,
    ).format(number=phrases.number(live))


def year_ago_line(organisations: float, before: float) -> str:
    """What the number was a year ago: "A year ago it was as if over 9."."""
    if number(organisations) == number(before):
        return _("A year ago it was the same.")
    if _is_one(before):
        return _("A year ago it was as good as all with one.")
    return _("A year ago it was as if over {number}.").format(number=number(before))


def _is_one(amount: float) -> bool:
    return round(amount, 1) == 1


def mirror_line(words: int, most: int, first: date, last: date, *, burst: bool, today: date) -> str:
    """How the owner's first words to quiet ties fell in the year: together, or spread."""
    if not burst:
        text = ngettext(
            "In the last year you had the first word to a tie long quiet {number} time, "
            "spread over the year.",
            "In the last year you had the first word to a tie long quiet {number} times, "
            "spread over the year.",
            words,
        )
    elif first == last:
        text = ngettext(
            "In the last year you had the first word to a tie long quiet {number} time; "
            "{most} of them on {last}.",
            "In the last year you had the first word to a tie long quiet {number} times; "
            "{most} of them on {last}.",
            words,
        )
    else:
        text = ngettext(
            "In the last year you had the first word to a tie long quiet {number} time; "
            "{most} of them from {first} to {last}.",
            "In the last year you had the first word to a tie long quiet {number} times; "
            "{most} of them from {first} to {last}.",
            words,
        )
    return text.format(
        number=phrases.number(words),
        most=phrases.number(most),
        first=day(first, last),
        last=day(last, today),
    )


def paragraphs(spread: str, largest: str, year_ago: str, mirror: str) -> tuple[str, ...]:
    """The sentences of the report's section; what is empty is left out."""
    first = f"{spread}; {largest}." if largest else f"{spread}."
    return tuple(line for line in (f"{first} {year_ago}".strip(), mirror) if line)


def favours_line(helped: int, asked: int) -> str:
    """How many favours the owner did and asked for in a year; empty where none is known."""
    if not helped and not asked:
        return ""
    return _("Favours in the last 12 months: {helped} done for others, {asked} asked for.").format(
        helped=helped, asked=asked
    )


def too_little() -> str:
    """Sentence that there is nothing to show yet."""
    return _("There has been no contact yet to speak of.")


def by_themselves() -> str:
    """How contact is weighed, and who is of no organisation."""
    return _(
        "Contact halves every 180 days. People at a mail provider are of no organisation; further "
        "providers are named in the configuration, as [network] mail_hosts."
    )


def by_month() -> str:
    """What stands above the row of the year."""
    return _("The same, month by month:")


def no_mirror() -> str:
    """Sentence that there is no mirror."""
    return _(
        "Too few first words to ties long quiet are known of the last year to see a pattern in "
        "them."
    )


def people_clause(people: float) -> str:
    """The same counted by people, to go on with: "or over 12 equal people"."""
    if _is_one(people):
        return _("or with one person")
    # NOTE: follows "Your contact is spread as if over 7 equal organisations, ".
    return _("or over {number} equal people").format(number=number(people))


def counts_line(live: int, contacts: int) -> str:
    """Number of living ties, and of people with whom there ever was contact."""
    known = ngettext(
        "contact with {number} person is known", "contact with {number} people is known", contacts
    ).format(number=phrases.number(contacts))
    # NOTE: {known} is "contact with 300 people is known".
    text = ngettext(
        "You have {number} live tie; {known}.", "You have {number} live ties; {known}.", live
    )
    return text.format(number=phrases.number(live), known=known)


def mirror_explained(most: int, words: int, *, burst: bool) -> str:
    """What stands behind the mirror: the fullest fortnight, and whether chance does as much."""
    text = (
        _(
            "Within any fortnight there were at most {most} of the {number}; by chance alone "
            "so many fall together in fewer than 1 in 20 years."
        )
        if burst
        else _(
            "Within any fortnight there were at most {most} of the {number}; by chance alone "
            "as many often fall together."
        )
    )
    return text.format(most=phrases.number(most), number=phrases.number(words))


def months_head(days: Sequence[date]) -> list[str]:
    """Short names of months, as heads of columns."""
    return [format_skeleton("MMM", one, locale=current()) for one in days]
