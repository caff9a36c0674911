"""A section of the report as data: title, rows, flags, answers and facts.

Nothing here is about a particular section. The application builds sections, and each template
draws all of them by one loop; what a row or a section does not have is not drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from report.answers import text
from report.answers.token import AnswerLinks
from report.answers.verbs import Verb
from report.text.phrases import short


@dataclass(frozen=True, slots=True)
class Link:
    """Something to tap: its words, a name for those who only hear them, and where it leads."""

    words: str
    spoken: str
    href: str


@dataclass(frozen=True, slots=True)
class Bars:
    """A row's bars: days in touch per 30 days, oldest first; the same in words; and a caption."""

    months: tuple[int, ...]
    in_words: str
    caption: str


@dataclass(frozen=True, slots=True)
class Row:
    """A person, and a sentence or more about them.

    address: where the owner would write to; empty where no link to write is offered.
    inline: the sentence continues the name, in one line with it: "Nia wrote on 14 Nov".
    """

    name: str
    sentence: str
    address: str = ""
    answers: tuple[Link, ...] = ()
    bars: Bars | None = None
    inline: bool = False

    def facts(self) -> dict[str, str]:
        """The row for programs."""
        return {"name": self.name, "address": self.address, "sentence": self.sentence}


@dataclass(frozen=True, slots=True)
class Flag:
    """A person put before the owner under a kind of `report.kinds`; it counts once it is sent."""

    kind: str
    person_id: int


@dataclass(frozen=True, slots=True)
class Section:
    """One part of a report, drawn in the order of its fields.

    summary: short sentences that read as one paragraph. small_print: a remark below it.
    lines: paragraphs; what stands in backticks is a command.
    verdict, subject: the section's part of the report's verdict and of its subject ("3 people to
    write to", "3 to write to"); empty where it asks nothing of the owner.
    facts: what programs get (`report --json`), ready for JSON.
    """

    title: str
    summary: tuple[str, ...] = ()
    small_print: str = ""
    rows: tuple[Row, ...] = ()
    lines: tuple[str, ...] = ()
    verdict: str = ""
    subject: str = ""
    flags: tuple[Flag, ...] = ()
    facts: object = None


def answers(
    links: AnswerLinks | None, kind: str, person_id: int, name: str, verbs: Sequence[Verb]
) -> tuple[Link, ...]:
    """The links by which a row is answered; none where `links` is None."""
    if links is None:
        return ()
    labels = [text.label(verb, kind) for verb in verbs]
    # What is seen comes first in what is heard (WCAG 2.5.3).
    return tuple(
        Link(label, f"{label}: {short(name)}", links.about(verb, person_id, kind, name))
        for verb, label in zip(verbs, labels, strict=True)
    )


def answer_to_all(links: AnswerLinks, verb: Verb) -> Link:
    """The link of an answer that is about no person: a favour, the pause."""
    label = text.label(verb)
    return Link(label, label, links.at_all(verb))
