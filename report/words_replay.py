"""All words of a replay: what the past shows, beside simpler rules, and what it cannot show."""

from __future__ import annotations

from collections.abc import Iterator

from report.past import Past
from report.phrases import count, day, listed, span
from scoring.replay.hindsight import Figures, Grade, Rival
from scoring.replay.measures import Estimate

# Fewer ties than this behind a figure, and the brackets would pretend.
LEAST_TIES = 10
# Brackets wider than this say little.
_WIDE = 0.3
_FEW_NAMED, _FEW_LAPSES = 30, 10

TOO_LITTLE = (
    "There is too little history yet: it takes half a year of contact before the first week, "
    "and some months after it, to see what came."
)
OURS = "These reports"
RIVALS = {
    "line_for_all": "90 days for everyone",
    "days_silent": "Longest silence first",
    "chance_alone": "Likeliest to lapse",
    "random": "A random pick",
}
_RULES = {
    "line_for_all": "Names whoever has been silent for more than 90 days, once a silence",
    "days_silent": "Names those who have been silent for longest",
    "chance_alone": "Names those with the highest chance of a lapse, however slight the tie",
    "random": "Names anybody, each with the same chance",
}
COLUMNS = ("named", "fell silent", "in time", "days ahead", "value")


def span_of(past: Past) -> str:
    """What was walked: "Week by week from 7 Jun 2004 to 8 Jul 2019, ..."."""
    away = ""
    if past.away:
        left = "is" if past.away == 1 else "are"
        away = f" {count(past.away, 'week')} in which you were away {left} left out."
    return (
        f"Week by week from {day(past.first)} to {day(past.last)}, as if it were then: "
        f"{count(past.weeks, 'report')} of at most {count(past.people, 'person', 'people')}, made "
        "with what was known on their day, and compared with what came." + away
    )


def verdict(past: Past) -> str:
    """The whole in one sentence."""
    said = past.found.report.figures.precision
    if said is None:
        return f"In {count(past.weeks, 'week')} nobody would have been named."
    start = (
        f"Of every 100 people these reports would have named, {in_100(said.value)} then fell silent"
    )
    other = past.found.rivals["line_for_all"]
    theirs, minus = other.grade.figures.precision, other.report_minus.precision
    if theirs is None or minus is None:
        return f"{start}."
    if settled(minus):
        more = "more" if minus.value > 0 else "fewer"
        by = f"than by 90 days for everyone ({in_100(theirs.value)})"
        return f"{start}, {more} {by}."
    return f"{start}; whether 90 days for everyone ({in_100(theirs.value)}) does better is open."


def weighed(past: Past) -> str:
    """The same by strength and by time, where that differs from 90 days for everyone; or empty."""
    other = past.found.rivals["line_for_all"]
    ours, theirs, minus = past.found.report.figures, other.grade.figures, other.report_minus
    parts = []
    if ours.value and theirs.value and minus.value and settled(minus.value):
        parts.append(
            f"Weighed by the strength of the ties, {in_100(ours.value.value)} in 100 of what fell "
            f"silent stood on their lists ({in_100(theirs.value.value)} by 90 days)."
        )
    if minus.lead_days and settled(minus.lead_days):
        when = "earlier" if minus.lead_days.value > 0 else "later"
        days = count(max(round(abs(minus.lead_days.value)), 1), "day")
        parts.append(f"Of the lapses that they named, the middle one was named {days} {when}.")
    return " ".join(parts)


def settled(minus: Estimate) -> bool:
    """Whether a difference is more than luck: ten ties behind it, and 0 outside its interval."""
    return minus.ties >= LEAST_TIES and not minus.low <= 0 <= minus.high


def compared(past: Past) -> list[tuple[str, str]]:
    """Each rule, what it does, and what the paired differences settle against it or leave open."""
    return [(name, f"{_RULES[key]}. {_compared(past, key)}") for key, name in RIVALS.items()]


def _compared(past: Past, key: str) -> str:
    rival: Rival = past.found.rivals[key]
    ahead: list[str] = []
    behind: list[str] = []
    unsettled: list[str] = []
    for figure, called in _CALLED.items():
        minus: Estimate | None = getattr(rival.report_minus, figure)
        if minus is None or not settled(minus):
            unsettled.append(f'"{called}"')
        else:
            (ahead if minus.value > 0 else behind).append(_by(figure, called, minus))
    parts = [
        f"{where} in {listed(some)}"
        for where, some in (("ahead of it", ahead), ("behind it", behind))
        if some
    ]
    if not parts:
        return "These reports are neither ahead of it nor behind it, as far as this history tells."
    rest = f"; {listed(unsettled)}: not settled." if unsettled else "."
    return f"These reports are {', and '.join(parts)}{rest}"


_CALLED = dict(zip(("precision", "in_time", "lead_days", "value"), COLUMNS[1:], strict=True))


def _by(figure: str, called: str, minus: Estimate) -> str:
    off, *bounds = (abs(one) for one in (minus.value, minus.low, minus.high))
    low, high = sorted(bounds)
    if figure == "lead_days":
        return f'"{called}" (by {_plain(off)}, {_plain(low)} to {_plain(high)})'
    off, low, high = 100 * off, 100 * low, 100 * high
    return f'"{called}" (by {_plain(off)} in 100, {_plain(low)} to {_plain(high)})'


def _plain(number: float) -> str:
    """A whole number; under 1 with one figure after the point, for 0 would say too much."""
    return f"{number:.0f}" if number >= 1 else f"{max(number, 0.1):.1f}"


def rows(past: Past) -> list[tuple[str, ...]]:
    """The table: a name and the figures of `COLUMNS`, the reports first."""
    grades = {OURS: past.found.report}
    grades |= {name: past.found.rivals[key].grade for key, name in RIVALS.items()}
    return [(name, *_row(one)) for name, one in grades.items()]


def _row(one: Grade) -> Iterator[str]:
    figures: Figures = one.figures
    yield f"{one.named:,.0f}"
    yield _share(figures.precision)
    yield _share(figures.in_time)
    yield _days(figures.lead_days)
    yield _share(figures.value)


def _share(one: Estimate | None) -> str:
    if one is None:
        return "-"
    return _bracketed(one, *(in_100(x) for x in (one.value, one.low, one.high)))


def _days(one: Estimate | None) -> str:
    if one is None:
        return "-"
    return _bracketed(one, *(f"{x:.0f}" for x in (one.value, one.low, one.high)))


def _bracketed(one: Estimate, value: str, low: str, high: str) -> str:
    return f"{value} (few)" if one.ties < LEAST_TIES else f"{value} ({low}-{high})"


def in_100(share: float) -> str:
    """A share as so many in 100."""
    return f"{100 * share:.0f}"


def legend(past: Past) -> list[tuple[str, str]]:
    """What each column says, term and meaning."""
    ahead = (
        "four of the tie's usual gaps, within 21 to 120 days"
        if past.horizon == "own"
        else f"{past.horizon} days"
    )
    return [
        ("named", "how often somebody was named, over all weeks."),
        ("fell silent", f"of 100 named, how many were not heard of within {ahead}."),
        (
            "in time",
            (
                f"of 100 lapses ({past.found.lapses:,} in all), how many were named before. A "
                "lapse is a silence of more than five usual gaps, and of 120 days at least; so a "
                "name at 90 days is always in time."
            ),
        ),
        ("days ahead", "how many days before the lapse they were first named: the middle one."),
        (
            "value",
            (
                "of the strength of all ties that then fell silent, how many parts in 100 were in "
                "that week's list or the three before it."
            ),
        ),
    ]


def brackets(past: Past) -> list[str]:
    """What the brackets mean, and how far they can be trusted."""
    lines = [
        "In brackets: where 95 in 100 figures would lie, had your ties been others of their kind."
    ]
    named, figure = round(past.found.report.named), past.found.report.figures.precision
    if figure is not None:
        lines.append(
            f"These reports' {count(named, 'name')} are {count(figure.ties, 'person', 'people')}: "
            "whoever stays silent is named again after three weeks, and once more after six."
        )
    shown = rows(past)
    if any("(few)" in cell for row in shown for cell in row):
        lines.append(
            f'"few": fewer than {LEAST_TIES} people are behind the figure, too few for brackets.'
        )
    found = past.found
    wide = figure is not None and figure.high - figure.low > _WIDE
    if named < _FEW_NAMED or found.lapses < _FEW_LAPSES or wide:
        lines.append(
            f"This history is small ({count(named, 'name')} in the reports, "
            f"{count(found.lapses, 'lapse')}), so the brackets are wide: do not build on them yet."
        )
    return lines


def calibration(past: Past) -> list[str]:
    """How true the chances were."""
    found = past.found.calibration
    if found is None:
        return ["No chance was said of anybody, so there is none to be checked."]
    said, came = in_100(found.said), _share(found.came)
    lines = [
        (
            f"Every fourth week each tie was given a chance of falling silent, {found.chances:,} "
            f"in all. On average {said} in 100 was said, and {came} in 100 came."
        )
    ]
    if found.came.ties < LEAST_TIES:
        lines.append("That is too few ties to say whether the chances are true.")
    elif found.came.low <= found.said <= found.came.high:
        lines.append("As far as this history can tell, the chances were neither too high nor low.")
    else:
        off = "low" if found.said < found.came.low else "high"
        lines.append(f"So the chances were too {off}.")
    lines.append(
        f"Sorted from low to high and cut into {len(found.bins)} groups, a chance was off by "
        f"{in_100(found.error)} in 100 on average; luck alone makes it off by a little."
    )
    return lines


def sent(past: Past) -> list[str]:
    """What came after flags that were really sent."""
    told = past.sent
    if not told.times:
        return [
            (
                "No report that names somebody has been sent yet, so there is nothing to say of "
                "flags that were acted on."
            )
        ]
    began = [
        f"{who} {number:,} times" if number > 1 else f"{who} once"
        for who, number in (("you", told.owner), ("they", told.they))
        if number
    ]
    if told.met:
        began.append(f"{count(told.met, 'time')} you met" if told.met > 1 else "once you met")
    people = count(told.people, "person", "people")
    text = f"Reports that were really sent named {people}, {count(told.times, 'time')} in all. "
    text += f"After {told.again:,} of these you were in touch again within the horizon"
    text += f" ({listed(began)}; whoever is named first began)" if began else ""
    text += f"; after {told.silent:,} nothing came" if told.silent else ""
    text += f"; for {told.open:,} it is too early to tell" if told.open else ""
    left = (
        "A flag that you acted on would look like a false alarm here. So everything above leaves "
        f"these ties out, from a horizon before such a flag to {span(120)} after it"
    )
    left += f": {count(past.apart, 'name')} in the reports." if past.apart else "."
    return [f"{text}.", "Some of them would have come back alone: nobody can know.", left]


def limits(past: Past) -> list[str]:
    """What a replay cannot know."""
    return [
        (
            "A flag that was never sent changes nothing. This says how well lapses are foreseen, "
            "and nothing of how many a word would have kept."
        ),
        (
            "What Beforehand does not see counts as silence. Nothing after "
            f"{day(past.known)} is known, so the weeks end where there was time to see what came."
        ),
        (
            "Who is one person, and who is a machine, is taken as it is known today. What you said "
            "of people since, and meetings that lay ahead then, held nobody back here."
        ),
        (
            "All rules choose among the same ties, name no more people a week than these reports "
            "did, and let whoever was named rest as long."
        ),
    ]
