"""All words of a replay: what the past shows, beside simpler rules, and what it cannot show."""

from __future__ import annotations

from collections.abc import Iterator

from report.replay.findings import Past
from report.text.language import gettext as _
from report.text.language import ngettext
from report.text.phrases import day, listed, number, tenths
from scoring.replay.hindsight import Figures, Rival, RuleGrade
from scoring.replay.measures import Estimate

# Fewer ties than this behind a figure, and the brackets would pretend.
LEAST_TIES = 10
# Brackets wider than this say little.
_WIDE = 0.3
_FEW_NAMED, _FEW_LAPSES = 30, 10
# The simpler rules, in the order in which they are shown.
RIVALS = ("line_for_all", "days_silent", "chance_alone", "random")
# The figures that have a column of their own, after that of the names.
FIGURES = ("precision", "in_time", "lead_days", "value")


def too_little() -> str:
    """That there is nothing to be shown yet."""
    return _(
        "There is too little history yet: it takes half a year of contact before the first week, "
        "and some months after it, to see what came."
    )


def ours() -> str:
    """What the reports are called beside the rules."""
    return _("These reports")


def rivals() -> dict[str, str]:
    """The name of each rule, in order."""
    names = (
        _("90 days for everyone"),
        _("Longest silence first"),
        _("Likeliest to lapse"),
        _("A random pick"),
    )
    return dict(zip(RIVALS, names, strict=True))


def _rules() -> dict[str, str]:
    """What each rule does."""
    rules = (
        _("Names whoever has been silent for more than 90 days, once a silence"),
        _("Names those who have been silent for longest"),
        _("Names those with the highest chance of a lapse, however slight the tie"),
        _("Names anybody, each with the same chance"),
    )
    return dict(zip(RIVALS, rules, strict=True))


def columns() -> tuple[str, ...]:
    """The heads of the table: how often named, and one for each of `FIGURES`."""
    return (_("named"), _("fell silent"), _("in time"), _("days ahead"), _("value"))


def names_given(amount: int) -> str:
    """How many names a report gave."""
    return ngettext("{number} name", "{number} names", amount).format(number=number(amount))


def people_named(amount: int) -> str:
    """How many people these names belong to."""
    return ngettext("{number} person", "{number} people", amount).format(number=number(amount))


def _lapses(amount: int) -> str:
    return ngettext("{number} lapse", "{number} lapses", amount).format(number=number(amount))


def span_of(past: Past) -> str:
    """Which weeks were replayed: "Week by week from 7 Jun 2004 to 8 Jul 2019, ..."."""
    # NOTE: {people} is "5 people".
    walked = ngettext(
        "Week by week from {first} to {last}, as if it were then: {number} report of at most "
        "{people}, made with what was known on their day, and compared with what came.",
        "Week by week from {first} to {last}, as if it were then: {number} reports of at most "
        "{people}, made with what was known on their day, and compared with what came.",
        past.weeks,
    ).format(
        first=day(past.first),
        last=day(past.last),
        number=number(past.weeks),
        people=people_named(past.people),
    )
    if not past.away:
        return walked
    away = ngettext(
        "{number} week in which you were away is left out.",
        "{number} weeks in which you were away are left out.",
        past.away,
    )
    return f"{walked} {away.format(number=number(past.away))}"


def verdict(past: Past) -> str:
    """The result in one sentence."""
    said = past.found.report.figures.precision
    if said is None:
        return ngettext(
            "In {number} week nobody would have been named.",
            "In {number} weeks nobody would have been named.",
            past.weeks,
        ).format(number=number(past.weeks))
    other = past.found.rivals["line_for_all"]
    theirs, minus = other.grade.figures.precision, other.report_minus.precision
    if theirs is None or minus is None:
        text = _("Of every 100 people these reports would have named, {silent} then fell silent.")
    elif not settled(minus):
        text = _(
            "Of every 100 people these reports would have named, {silent} then fell silent; "
            "whether 90 days for everyone ({theirs}) does better is open."
        )
    elif minus.value > 0:
        text = _(
            "Of every 100 people these reports would have named, {silent} then fell silent, more "
            "than by 90 days for everyone ({theirs})."
        )
    else:
        text = _(
            "Of every 100 people these reports would have named, {silent} then fell silent, fewer "
            "than by 90 days for everyone ({theirs})."
        )
    return text.format(silent=in_100(said.value), theirs=in_100(theirs.value) if theirs else "")


def weighed(past: Past) -> str:
    """The same by strength and by time, where that differs from 90 days for everyone; or empty."""
    other = past.found.rivals["line_for_all"]
    ours, theirs, minus = past.found.report.figures, other.grade.figures, other.report_minus
    parts = []
    if ours.value and theirs.value and minus.value and settled(minus.value):
        text = _(
            "Weighed by the strength of the ties, {ours} in 100 of what fell silent stood on their "
            "lists ({theirs} by 90 days)."
        )
        parts.append(text.format(ours=in_100(ours.value.value), theirs=in_100(theirs.value.value)))
    if minus.lead_days and settled(minus.lead_days):
        days = max(round(abs(minus.lead_days.value)), 1)
        text = (
            ngettext(
                "Of the lapses that they named, the middle one was named {number} day earlier.",
                "Of the lapses that they named, the middle one was named {number} days earlier.",
                days,
            )
            if minus.lead_days.value > 0
            else ngettext(
                "Of the lapses that they named, the middle one was named {number} day later.",
                "Of the lapses that they named, the middle one was named {number} days later.",
                days,
            )
        )
        parts.append(text.format(number=number(days)))
    return " ".join(parts)


def settled(minus: Estimate) -> bool:
    """Whether a difference is more than luck: ten ties behind it, and 0 outside its interval."""
    return minus.ties >= LEAST_TIES and not minus.low <= 0 <= minus.high


def compared(past: Past) -> list[tuple[str, str]]:
    """Each rule, what it does, and what the paired differences settle against it or leave open."""
    rules = _rules()
    return [(name, f"{rules[key]}. {_compared(past, key)}") for key, name in rivals().items()]


def _compared(past: Past, key: str) -> str:
    rival: Rival = past.found.rivals[key]
    ahead: list[str] = []
    behind: list[str] = []
    unsettled: list[str] = []
    for figure, called in zip(FIGURES, columns()[1:], strict=True):
        minus: Estimate | None = getattr(rival.report_minus, figure)
        if minus is None or not settled(minus):
            unsettled.append(_('"{figure}"').format(figure=called))
        else:
            (ahead if minus.value > 0 else behind).append(_by(figure, called, minus))
    if ahead and behind:
        text = _("These reports are ahead of it in {ahead}, and behind it in {behind}")
    elif ahead:
        text = _("These reports are ahead of it in {ahead}")
    elif behind:
        text = _("These reports are behind it in {behind}")
    else:
        return _(
            "These reports are neither ahead of it nor behind it, as far as this history tells."
        )
    said = text.format(
        ahead=listed(ahead) if ahead else "", behind=listed(behind) if behind else ""
    )
    if not unsettled:
        return f"{said}."
    # NOTE: {compared} is "These reports are ahead of it in ...".
    return _("{compared}; {figures}: not settled.").format(compared=said, figures=listed(unsettled))


def _by(figure: str, called: str, minus: Estimate) -> str:
    off, *bounds = (abs(one) for one in (minus.value, minus.low, minus.high))
    low, high = sorted(bounds)
    # NOTE: {figure} is the head of a column; by so many, and within which bounds.
    text = _('"{figure}" (by {off}, {low} to {high})')
    if figure != "lead_days":
        off, low, high = 100 * off, 100 * low, 100 * high
        text = _('"{figure}" (by {off} in 100, {low} to {high})')
    return text.format(figure=called, off=_plain(off), low=_plain(low), high=_plain(high))


def _plain(amount: float) -> str:
    """A whole number; below 1 with one decimal, as 0 would claim too much."""
    return number(round(amount)) if amount >= 1 else tenths(max(amount, 0.1))


def rows(past: Past) -> list[tuple[str, ...]]:
    """The table: a name and the figures of `columns`, the reports first."""
    grades = {ours(): past.found.report}
    grades |= {name: past.found.rivals[key].grade for key, name in rivals().items()}
    return [(name, *_row(one)) for name, one in grades.items()]


def _row(one: RuleGrade) -> Iterator[str]:
    figures: Figures = one.figures
    yield number(round(one.named))
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
    return _bracketed(one, *(number(round(x)) for x in (one.value, one.low, one.high)))


def _bracketed(one: Estimate, value: str, low: str, high: str) -> str:
    if one.ties < LEAST_TIES:
        # NOTE: a figure that few people are behind, in a narrow column.
        return _("{value} (few)").format(value=value)
    return f"{value} ({low}-{high})"


def _is_few(past: Past) -> bool:
    """Whether few people are behind any figure of the table."""
    grades = [past.found.report, *(one.grade for one in past.found.rivals.values())]
    figures = [getattr(one.figures, figure) for one in grades for figure in FIGURES]
    return any(one is not None and one.ties < LEAST_TIES for one in figures)


def in_100(share: float) -> str:
    """A share as so many in 100."""
    return number(round(100 * share))


def legend(past: Past) -> list[tuple[str, str]]:
    """What each column says, term and meaning."""
    if past.horizon == "own":
        # NOTE: follows "within".
        ahead = _("four of the tie's usual gaps, within 21 to 120 days")
    else:
        ahead = ngettext("{number} day", "{number} days", past.horizon).format(
            number=number(past.horizon)
        )
    meanings = (
        _("how often somebody was named, over all weeks."),
        _("of 100 named, how many were not heard of within {ahead}.").format(ahead=ahead),
        ngettext(
            "of 100 lapses ({number} in all), how many were named before. A lapse is a silence of "
            "more than five usual gaps, and of 120 days at least; so a name at 90 days is always "
            "in time.",
            "of 100 lapses ({number} in all), how many were named before. A lapse is a silence of "
            "more than five usual gaps, and of 120 days at least; so a name at 90 days is always "
            "in time.",
            past.found.lapses,
        ).format(number=number(past.found.lapses)),
        _("how many days before the lapse they were first named: the middle one."),
        _(
            "of the strength of all ties that then fell silent, how many parts in 100 were in that "
            "week's list or the three before it."
        ),
    )
    return list(zip(columns(), meanings, strict=True))


def brackets(past: Past) -> list[str]:
    """What the brackets mean, and how far they can be trusted."""
    lines = [
        _(
            "In brackets: where 95 in 100 figures would lie, had your ties been others of their "
            "kind."
        )
    ]
    named, figure = round(past.found.report.named), past.found.report.figures.precision
    if figure is not None:
        # NOTE: {names} is "12 names", {people} "5 people".
        text = _(
            "These reports' {names} are {people}: whoever stays silent is named again after three "
            "weeks, and once more after six."
        )
        lines.append(text.format(names=names_given(named), people=people_named(figure.ties)))
    if _is_few(past):
        text = _('"few": fewer than {number} people are behind the figure, too few for brackets.')
        lines.append(text.format(number=number(LEAST_TIES)))
    found = past.found
    wide = figure is not None and figure.high - figure.low > _WIDE
    if named < _FEW_NAMED or found.lapses < _FEW_LAPSES or wide:
        text = _(
            "This history is small ({names} in the reports, {lapses}), so the brackets are wide: "
            "do not build on them yet."
        )
        lines.append(text.format(names=names_given(named), lapses=_lapses(found.lapses)))
    return lines


def calibration(past: Past) -> list[str]:
    """How true the chances were."""
    found = past.found.calibration
    if found is None:
        return [_("No chance was said of anybody, so there is none to be checked.")]
    text = _(
        "Every fourth week each tie was given a chance of falling silent, {number} in all. On "
        "average {said} in 100 was said, and {came} in 100 came."
    )
    lines = [
        text.format(number=number(found.chances), said=in_100(found.said), came=_share(found.came))
    ]
    if found.came.ties < LEAST_TIES:
        lines.append(_("That is too few ties to say whether the chances are true."))
    elif found.came.low <= found.said <= found.came.high:
        lines.append(
            _("As far as this history can tell, the chances were neither too high nor low.")
        )
    elif found.said < found.came.low:
        lines.append(_("So the chances were too low."))
    else:
        lines.append(_("So the chances were too high."))
    text = _(
        "Sorted from low to high and cut into {groups} groups, a chance was off by {off} in 100 "
        "on average; luck alone makes it off by a little."
    )
    lines.append(text.format(groups=number(len(found.bins)), off=in_100(found.error)))
    return lines


def limits(past: Past) -> list[str]:
    """What a replay cannot know."""
    return [
        _(
            "A flag that was never sent changes nothing. This says how well lapses are foreseen, "
            "and nothing of how many a word would have kept."
        ),
        _(
            "What Beforehand does not see counts as silence. Nothing after {day} is known, so the "
            "weeks end where there was time to see what came."
        ).format(day=day(past.known)),
        _(
            "Who is one person, and who is a machine, is taken as it is known today. What you said "
            "of people since, and meetings that lay ahead then, held nobody back here."
        ),
        _(
            "All rules choose among the same ties, name no more people a week than these reports "
            "did, and let whoever was named rest as long."
        ),
    ]
