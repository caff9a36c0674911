"""The words of the owner's answers: on the links of a report, and in its confirmation of them."""

from __future__ import annotations

from datetime import date

from report.answers.token import Verb
from report.kinds import REPLY
from report.text.language import gettext as _
from report.text.phrases import day, plain


def label(verb: Verb, kind: str = "") -> str:
    """The words of the link: few, for four of them share a line on a phone.

    `kind` is that of the flag which is answered, where it is about one.
    """
    if (verb, kind) == (Verb.MET, REPLY):
        return _("Answered elsewhere")
    labels = {
        Verb.MET: _("Met elsewhere"),
        Verb.SNOOZE: _("Not now"),
        Verb.IGNORE: _("Not for me"),
        Verb.HELPED: _("I helped somebody"),
        Verb.ASKED: _("I asked for help"),
        Verb.PAUSE: _("Pause reports"),
        Verb.RESUME: _("Send reports again"),
    }
    return labels[verb]


def how_to_answer(*, by_mail: bool) -> str:
    """How the owner answers, at the foot of the report."""
    if by_mail:
        return _(
            "An answer opens a mail to yourself: send it as it is, and it is done. "
            "Not now means for 4 weeks. "
            "How things stand with somebody: `beforehand why NAME`."
        )
    return _(
        "Met elsewhere, not now, or not for you? `beforehand met NAME`, `beforehand snooze NAME`, "
        "`beforehand ignore NAME`. How things stand with somebody: `beforehand why NAME`."
    )


def how_to_pause(*, by_mail: bool) -> str:
    """How the owner stops the reports."""
    if by_mail:
        return _("Enough for now? Reading goes on, and `beforehand resume` brings them back.")
    return _("Enough for now? `beforehand pause`; `beforehand resume` brings the reports back.")


def confirmed(verb: Verb, name: str, on: date, today: date, until: date | None = None) -> str:
    """That an answer has arrived, and what it came to."""
    texts = {
        Verb.MET: _("You met {name} on {day}: noted."),
        Verb.SNOOZE: _("{name} is left out until {day}."),
        Verb.IGNORE: _(
            "{name} will not be mentioned again; `beforehand keep NAME` takes that back."
        ),
        Verb.HELPED: _("You helped somebody on {day}: noted."),
        Verb.ASKED: _("You asked for help on {day}: noted."),
        Verb.PAUSE: _("You paused the reports on {day}."),
        Verb.RESUME: _("You took the reports up again on {day}."),
    }
    return texts[verb].format(name=plain(name), day=day(until or on, today))


def too_late(on: date, today: date) -> str:
    """That an answer came too late to be taken."""
    return _(
        "An answer of {day} came too late to be taken: its report was too old by then. "
        "`beforehand snooze NAME` and its kin do the same."
    ).format(day=day(on, today))
