"""What is said of the network as a whole: how evenly contact is spread, and the mirror."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from report.phrases import count, day, plain

# Up to here, half an organisation more or less is a difference; above, people count whole ones.
_FEW = 3


def number(amount: float) -> str:
    """An effective number as people say it: "2.4", "7"."""
    return f"{amount:.1f}".removesuffix(".0") if amount < _FEW else f"{amount:,.0f}"


def percent(share: float) -> str:
    """A share of a whole: "34 %", "< 1 %"."""
    return f"{share * 100:.0f} %" if share >= 0.01 else "< 1 %"  # noqa: PLR2004 - one in a hundred


def spread_line(organisations: float) -> str:
    """On how many equal organisations contact would be spread as evenly."""
    if number(organisations) == "1":
        return "Your contact is as good as all with one organisation"
    return (
        f"Your contact is spread as if over {number(organisations)} equal organisations "
        "(whoever is of none counts as one)"
    )


def without_line(organisation: str, left: int, live: int, *, own: bool = False) -> str:
    """What is left without an organisation: "without acme.example you keep 23 of 41 live ties"."""
    whose = "your own " if own else ""
    return f"without {whose}{plain(organisation)} you keep {left:,} of {_ties(live)}"


def nobody_large_line(live: int) -> str:
    """That no organisation falls with more than one tie."""
    return f"none of them holds more than one of your {_ties(live)}"


def year_ago_line(organisations: float, before: float) -> str:
    """What the number was a year ago: "A year ago it was as if over 9."."""
    if number(organisations) == number(before):
        return "A year ago it was the same."
    if number(before) == "1":
        return "A year ago it was as good as all with one."
    return f"A year ago it was as if over {number(before)}."


def mirror_line(words: int, most: int, first: date, last: date, *, burst: bool, today: date) -> str:
    """How the owner's first words to quiet ties fell in the year: together, or spread."""
    text = f"In the last year you had the first word to a tie long quiet {count(words, 'time')}"
    if not burst:
        return f"{text}, spread over the year."
    if first == last:
        return f"{text}; {most:,} of them on {day(first, today)}."
    return f"{text}; {most:,} of them from {day(first, last)} to {day(last, today)}."


def section(spread: str, largest: str, year_ago: str, mirror: str) -> tuple[str, ...]:
    """The sentences of the report's section; what is empty is left out."""
    first = f"{spread}; {largest}." if largest else f"{spread}."
    return tuple(line for line in (f"{first} {year_ago}".strip(), mirror) if line)


def _ties(live: int) -> str:
    return count(live, "live tie")


TOO_LITTLE = "There has been no contact yet to speak of."
BY_THEMSELVES = (
    "Contact halves every 180 days. People at a mail provider are of no organisation; further "
    "providers are named in the configuration, as [network] mail_hosts."
)
BY_MONTH = "The same, month by month:"
NO_MIRROR = (
    "Too few first words to ties long quiet are known of the last year to see a pattern in them."
)


def people_clause(people: float) -> str:
    """The same counted by people, to go on with: "or over 12 equal people"."""
    return (
        "or with one person" if number(people) == "1" else f"or over {number(people)} equal people"
    )


def counts_line(live: int, contacts: int) -> str:
    """How many ties live, and how many people there ever was contact with."""
    known = count(contacts, "person", "people")
    return f"You have {_ties(live)}; contact with {known} is known."


def mirror_explained(most: int, words: int, *, burst: bool) -> str:
    """What stands behind the mirror: the fullest fortnight, and whether chance does as much."""
    text = f"Within any fortnight there were at most {most:,} of the {words:,}; by chance alone "
    if burst:
        return f"{text}so many fall together in fewer than 1 in 20 years."
    return f"{text}as many often fall together."


def months_head(days: Sequence[date]) -> list[str]:
    """The months of a row of figures, three letters each."""
    return [day(one).split()[1] for one in days]
