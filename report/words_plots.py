"""The words in and under the pictures of a replay: axes with their units, titles, captions."""

from __future__ import annotations

from collections.abc import Sequence

from report.past import Past
from report.phrases import count, listed
from report.words_replay import OURS, RIVALS, in_100
from scoring.replay.hindsight import Calibration, Quarter

AXES = {
    "precision": "of 100 named",
    "in_time": "of 100 lapses",
    "lead_days": "days before the lapse",
    "value": "of 100 parts of strength",
    "said": "chance that was said, in 100",
    "came": "fell silent, of 100",
    "day": "days since the last contact",
    "named": "lapses named so far, of 100",
    "quarter": "quarter of the reports",
    "names": "names in the reports",
}
SILENT, HEARD = "then fell silent", "were heard of"
_TITLES = {
    "precision": "How many of those named fell silent",
    "in_time": "How many lapses were named in time",
    "lead_days": "How long before the lapse they were named",
    "value": "How much of what fell silent was on the list",
}
# Days of silence at which the curve is read out.
_READ = (30, 60, 90)


def beside(past: Past, figure: str) -> tuple[str, str]:
    """Title and caption of a picture that sets the rules side by side."""
    grades = {OURS.lower(): past.found.report}
    grades |= {
        name if name[0].isdigit() else name.lower(): past.found.rivals[key].grade
        for key, name in RIVALS.items()
    }
    said = []
    for name, one in grades.items():
        found = getattr(one.figures, figure)
        if found is not None:
            value = f"{found.value:.0f}" if figure == "lead_days" else in_100(found.value)
            said.append(f"{name} {value}")
    return _TITLES[figure], f"{AXES[figure].capitalize()}: {listed(said)}."


def calibration(found: Calibration) -> tuple[str, str]:
    """Title and caption of the reliability diagram."""
    low, high = found.bins[0], found.bins[-1]
    return (
        "Were the chances true?",
        (
            "On the dashed line, what was said is what came; below it, the chance was too high. Of "
            f"the lowest chances, {in_100(low.said)} in 100 on average, {in_100(low.came.value)} "
            f"came; of the highest, {in_100(high.said)}, {in_100(high.came.value)}."
        ),
    )


def by_silence(past: Past) -> tuple[str, str]:
    """Title and caption of the curve of lapses by day of silence."""
    ours = past.found.report.by_silence
    line = past.found.rivals["line_for_all"].grade.by_silence
    said = listed([f"{in_100(ours[day])} by day {day}" for day in _READ])
    return (
        "How early lapses were named",
        (
            f"Of 100 lapses these reports named {said} of the silence. 90 days for everyone names "
            f"nobody until then, and {in_100(line[-1])} by day {len(line) - 1}."
        ),
    )


def quarters(found: Sequence[Quarter]) -> tuple[str, str]:
    """Title and caption of the bars by quarter."""
    named, lapsed = sum(one.named for one in found), sum(one.lapsed for one in found)
    fullest = max(found, key=lambda one: one.named)
    quiet = sum(not one.named for one in found)
    return (
        "Names by quarter",
        (
            f"{count(named, 'name')} in {count(len(found), 'quarter')}, {lapsed:,} of which fell "
            f"silent; at most {fullest.named:,}, in quarter {fullest.quarter} of {fullest.year}. "
            f"{count(quiet, 'quarter')} named nobody."
        ),
    )
