"""The words of the short notice that something of the owner's needs their hand."""

from __future__ import annotations

from datetime import datetime

from babel.dates import format_skeleton

from report.language import current
from report.language import gettext as _
from report.phrases import clock, plain


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
            day=format_skeleton("MMMMEEEEd", last_ok, locale=current()), time=clock(last_ok)
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


def brief(trouble: str) -> str:
    """The notification on the desktop."""
    return _sentence(trouble)


def _sentence(trouble: str) -> str:
    words = " ".join(trouble.split()).rstrip(".")
    return f"{words[:1].upper()}{words[1:]}."
