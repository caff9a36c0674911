"""The words about what needs the owner's hand: a source that cannot be read, a report not sent.

Sources explain their trouble in English. A reader of another language is told what to do in
theirs, and where to find the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from babel.dates import format_skeleton

from report.text.language import code, current
from report.text.language import gettext as _
from report.text.phrases import clock, listed, plain


def subject(label: str) -> str:
    """The subject of the mail, and the head of a notification on the desktop."""
    return _("Beforehand cannot read {source} any more").format(source=plain(label))


def subject_of_the_report() -> str:
    """As `subject`, where the report itself cannot be sent."""
    return _("Beforehand cannot send its report")


def text(label: str, last_ok: datetime | None, trouble: str) -> str:
    """The mail: what has stopped, since when, and what to do. `last_ok` is local."""
    stopped = _("{source} cannot be read any more, and is left alone until you give access.")
    since = _("It has never been read.")
    if last_ok is not None:
        # NOTE: {day} is a whole date: "Saturday 3 October".
        since = _("It was last read on {day}, at {time}.").format(
            day=_whole(last_ok), time=clock(last_ok)
        )
    until = _(
        "Until it is read again, the weekly report claims no silence that it cannot see. "
        "Nothing that was read before is lost."
    )
    again = _("This is said once, and again each week as long as it lasts.")
    paragraphs = (
        stopped.format(source=plain(label)),
        _sentence(trouble),
        f"{since} {until}",
        again,
    )
    return "\n\n".join(paragraphs) + "\n"


def subject_unread(labels: Sequence[str]) -> str:
    """As `subject`, where sources could not be read for days."""
    names = listed(plain(label) for label in labels)
    return _("Beforehand could not read {names} for days").format(names=names)


def text_unread(sources: Sequence[tuple[str, datetime | None, str]]) -> str:
    """The mail about sources not read for days: name, when it was last read (local), trouble."""
    parts = [
        "\n".join((_since(label, last_ok), _sentence(trouble)))
        for label, last_ok, trouble in sources
    ]
    end = _(
        "Beforehand goes on trying, and `beforehand doctor` says more. Until it can read again, "
        "the weekly report claims no silence that it cannot see. Nothing that was read before is "
        "lost."
    )
    once = _("This is said once, and again each week as long as it lasts.")
    return "\n\n".join((*parts, end, once)) + "\n"


def subject_unsent() -> str:
    """As `subject_of_the_report`, where it was tried for a day and did not go out."""
    return _("Beforehand's weekly report has not gone out")


def ask_doctor() -> str:
    """What to do where the cause is unknown."""
    return _("`beforehand doctor` says what is wrong.")


def _since(label: str, last_ok: datetime | None) -> str:
    source = plain(label)
    if last_ok is None:
        return _("{source} has never been read.").format(source=source)
    # NOTE: {day} is a whole date: "Saturday 3 October".
    return _("{source} was last read on {day}, at {time}.").format(
        source=source, day=_whole(last_ok), time=clock(last_ok)
    )


def _whole(when: datetime) -> str:
    return str(format_skeleton("MMMMEEEEd", when, locale=current()))


def brief(trouble: str) -> str:
    """The notification on the desktop."""
    return _sentence(trouble)


def _sentence(trouble: str) -> str:
    words = " ".join(trouble.split()).rstrip(".")
    return f"{words[:1].upper()}{words[1:]}."


def trouble(source: str, explanation: str, *, access: bool) -> str:
    """Why a source cannot be read, and what to do; empty where its `explanation` is.

    `access`: the source waits to be given access.
    """
    if not explanation or code().startswith("en"):
        return explanation
    text = _("it goes wrong to read it; `beforehand doctor` says why")
    if access:
        text = _("it waits for access: `beforehand auth {source}`; `beforehand doctor` says why")
    return text.format(source=source)
