"""The words of the owner's answers: on links, in the mails that give them, in confirmations."""

from __future__ import annotations

from datetime import date

from report.answers.verbs import SNOOZE_WEEKS, Verb
from report.kinds import REPLY
from report.text.language import gettext as _
from report.text.language import ngettext
from report.text.phrases import day, number, plain, short


def label(verb: Verb, kind: str = "") -> str:
    """Words of an answer's link: few, as four of them share a line on a phone.

    `kind` is that of the flag answered, for an answer about a person.
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
        return ngettext(
            "An answer opens a mail to yourself: send it as it is, and it is done. "
            "Not now means for {number} week. "
            "How things stand with somebody: `beforehand why NAME`.",
            "An answer opens a mail to yourself: send it as it is, and it is done. "
            "Not now means for {number} weeks. "
            "How things stand with somebody: `beforehand why NAME`.",
            SNOOZE_WEEKS,
        ).format(number=number(SNOOZE_WEEKS))
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
    """Sentence that an answer has arrived, and what it did."""
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
    """Sentence that an answer came too late to be taken."""
    return _(
        "An answer of {day} came too late to be taken: its report was too old by then. "
        "`beforehand snooze NAME` and its kin do the same."
    ).format(day=day(on, today))


def answer_subject(verb: Verb, name: str = "") -> str:
    """Subject of the mail that gives an answer, without its token: "Leave Bo for 4 weeks"."""
    words = {
        Verb.MET: _("Met {name} elsewhere"),
        Verb.SNOOZE: ngettext(
            "Leave {name} for {number} week", "Leave {name} for {number} weeks", SNOOZE_WEEKS
        ),
        Verb.IGNORE: _("{name} is not for me"),
        Verb.HELPED: _("I helped somebody"),
        Verb.ASKED: _("I asked for help"),
        Verb.PAUSE: _("Pause my reports"),
        Verb.RESUME: _("Send me reports again"),
    }
    return words[verb].format(name=short(name), number=number(SNOOZE_WEEKS))


def just_send() -> str:
    """Body of the mail that gives an answer."""
    return _("Just send this mail as it is.")


def pause_subject() -> str:
    """The subject of the mail that confirms a pause."""
    return _("Your reports are paused")


def pause_text(since: date, today: date, link: str) -> str:
    """The mail that confirms a pause. `link` opens the mail that ends it."""
    paused = _("You paused the weekly report on {day}. No more will come.").format(
        day=day(since, today)
    )
    reading = _(
        "Your mail and calendar are read on, so that nothing is missing once you want it again."
    )
    again = _("To end the pause, open this link and send the mail that it makes:")
    otherwise = _("`beforehand resume` does the same.")
    return (
        f"{paused} {reading}\n\n{again}\n\n{answer_subject(Verb.RESUME)}: {link}\n\n{otherwise}\n"
    )


def paused_line(since: date, today: date) -> str:
    """Why no report is sent."""
    return (
        f"Reports are paused since {day(since, today)}: `beforehand resume` lets them come again."
    )
