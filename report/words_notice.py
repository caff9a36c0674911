"""The words of the short notice that something of the owner's needs their hand."""

from __future__ import annotations

from datetime import datetime

from report.phrases import plain


def subject(label: str) -> str:
    """The subject of the mail, and the head of a notification on the desktop."""
    return f"Beforehand cannot read {plain(label)} any more"


def subject_of_the_report() -> str:
    """As `subject`, where the report itself cannot be sent."""
    return "Beforehand cannot send its report"


def text(label: str, last_ok: datetime | None, trouble: str) -> str:
    """The mail: what has stopped, since when, and what to do. `last_ok` is local."""
    since = (
        f"It was last read on {last_ok:%A, %-d %B, at %H:%M}."
        if last_ok is not None
        else "It has never been read."
    )
    return (
        f"{plain(label)} cannot be read any more, and is left alone until you give access.\n\n"
        f"{_sentence(trouble)}\n\n"
        f"{since} Until it is read again, the weekly report claims no silence that it cannot see. "
        "Nothing that was read before is lost.\n\n"
        "This is said once, and again each week as long as it lasts.\n"
    )


def brief(trouble: str) -> str:
    """The notification on the desktop."""
    return _sentence(trouble)


def _sentence(trouble: str) -> str:
    words = " ".join(trouble.split()).rstrip(".")
    return f"{words[:1].upper()}{words[1:]}."
