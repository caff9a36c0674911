"""The words in and under the pictures of a replay: axes with their units, titles, captions."""

from __future__ import annotations

from collections.abc import Sequence

from report.replay.findings import Past
from report.replay.text import RIVALS, in_100
from report.text.language import gettext as _
from report.text.language import ngettext
from report.text.phrases import listed, number
from scoring.replay.hindsight import Calibration, Quarter

# Days of silence at which the curve is read out.
_READ = (30, 60, 90)


def axes() -> dict[str, str]:
    """The title of each axis."""
    return {
        "precision": _("of 100 named"),
        "in_time": _("of 100 lapses"),
        "lead_days": _("days before the lapse"),
        "value": _("of 100 parts of strength"),
        "said": _("chance that was said, in 100"),
        "came": _("fell silent, of 100"),
        "day": _("days since the last contact"),
        "named": _("lapses named so far, of 100"),
        "quarter": _("quarter of the reports"),
        "names": _("names in the reports"),
    }


def silent() -> str:
    """Those named who fell silent."""
    return _("then fell silent")


def heard() -> str:
    """Those named who did not."""
    return _("were heard of")


def beside(past: Past, figure: str) -> tuple[str, str]:
    """Title and caption of a picture that sets the rules side by side."""
    # NOTE: the names of rules, within a caption: "these reports 71, 90 days for everyone 60".
    names = (
        _("90 days for everyone"),
        _("longest silence first"),
        _("likeliest to lapse"),
        _("a random pick"),
    )
    grades = {_("these reports"): past.found.report}
    grades |= {name: past.found.rivals[key].grade for key, name in zip(RIVALS, names, strict=True)}
    values = []
    for name, grade in grades.items():
        estimate = getattr(grade.figures, figure)
        if estimate is not None:
            value = (
                number(round(estimate.value)) if figure == "lead_days" else in_100(estimate.value)
            )
            values.append(f"{name} {value}")
    match figure:
        case "precision":
            title, caption = _("How many of those named fell silent"), _("Of 100 named: {rules}.")
        case "in_time":
            title, caption = _("How many lapses were named in time"), _("Of 100 lapses: {rules}.")
        case "lead_days":
            title = _("How long before the lapse they were named")
            caption = _("Days before the lapse: {rules}.")
        case _value:
            title = _("How much of what fell silent was on the list")
            caption = _("Of 100 parts of strength: {rules}.")
    return title, caption.format(rules=listed(values))


def calibration(measured: Calibration) -> tuple[str, str]:
    """Title and caption of the reliability diagram."""
    low, high = measured.bins[0], measured.bins[-1]
    caption = _(
        "On the dashed line, what was said is what came; below it, the chance was too high. Of "
        "the lowest chances, {low_said} in 100 on average, {low_came} came; of the highest, "
        "{high_said}, {high_came}."
    )
    return _("Were the chances true?"), caption.format(
        low_said=in_100(low.said),
        low_came=in_100(low.came.value),
        high_said=in_100(high.said),
        high_came=in_100(high.came.value),
    )


def by_silence(past: Past) -> tuple[str, str]:
    """Title and caption of the curve of lapses by day of silence."""
    ours = past.found.report.by_silence
    line = past.found.rivals["line_for_all"].grade.by_silence
    # NOTE: as in "named 15 by day 30, 30 by day 60 and 45 by day 90 of the silence".
    text = _("{share} by day {day}")
    shares = [text.format(share=in_100(ours[day]), day=number(day)) for day in _READ]
    caption = _(
        "Of 100 lapses these reports named {shares} of the silence. 90 days for everyone names "
        "nobody until then, and {last}."
    )
    last = text.format(share=in_100(line[-1]), day=number(len(line) - 1))
    return _("How early lapses were named"), caption.format(shares=listed(shares), last=last)


def quarters(measured: Sequence[Quarter]) -> tuple[str, str]:
    """Title and caption of the bars by quarter."""
    named, lapsed = (
        sum(quarter.named for quarter in measured),
        sum(quarter.lapsed for quarter in measured),
    )
    fullest = max(measured, key=lambda quarter: quarter.named)
    quiet = sum(not quarter.named for quarter in measured)
    within = ngettext("in {number} quarter", "in {number} quarters", len(measured))
    # NOTE: {within} is "in 9 quarters".
    text = ngettext(
        "{number} name {within}, {lapsed} of which fell silent; at most {most}, in quarter "
        "{quarter} of {year}.",
        "{number} names {within}, {lapsed} of which fell silent; at most {most}, in quarter "
        "{quarter} of {year}.",
        named,
    ).format(
        number=number(named),
        within=within.format(number=number(len(measured))),
        lapsed=number(lapsed),
        most=number(fullest.named),
        quarter=fullest.quarter,
        year=fullest.year,
    )
    nobody = ngettext("{number} quarter named nobody.", "{number} quarters named nobody.", quiet)
    return _("Names by quarter"), f"{text} {nobody.format(number=number(quiet))}"
