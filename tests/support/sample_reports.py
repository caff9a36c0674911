"""Sample reports, one of each kind, with made-up people: for pictures, axe and translations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from beforehand.mailing.sections import (
    addresses,
    hello,
    network,
    newcomers,
    order,
    past,
    replies,
    to_write_to,
)
from beforehand.mailing.sections.newcomers import Newcomer
from beforehand.mailing.sections.replies import OpenReply
from beforehand.mailing.sections.to_write_to import Candidate
from report import view
from report.answers import text
from report.answers.token import AnswerLinks, Signer
from report.answers.verbs import Verb
from report.sections import Section
from report.text import addresses as address_text
from report.text import network as network_text
from report.text import signals
from report.view import Period, ReportView, SourceState, TieCounts
from scoring.grading import FlagOutcome, share
from scoring.judgement import Judgement, Reasons, Spoke, State
from scoring.signals.coverage import CoverageGap, CoverageKind
from scoring.signals.owed import ReplyOwed

NOW = datetime(2026, 11, 23, 7, 30, tzinfo=ZoneInfo("Europe/Berlin"))
TODAY = NOW.date()
WEEK = Period(start=date(2026, 11, 16), end=TODAY, label="2026-W48")
LINKS = AnswerLinks(Signer(b"k" * 32, "ada"), "ada.winter@example.org", WEEK.label, TODAY)
LONG = "Maximiliane Wolfeschlegelsteinhausen-Bergerdorff Längsname"
_TIES = TieCounts(living=116, fading=26, dormant=73)
REASONS = Reasons(
    contact_days=66,
    out_days=40,
    in_days=31,
    meeting_days=4,
    first_contact=date(2024, 3, 4),
    last_contact=TODAY - timedelta(days=31),
    silence_days=31,
    usual_gap_days=9.0,
    fades_after_days=14,
    sleeps_after_days=120,
    last_spoke=Spoke.OWNER,
    unanswered=1,
    months=(3, 4, 2, 5, 3, 4, 3, 2, 4, 3, 1, 0),
)


def _tie(number: int, name: str, *, also: str = "", **reasons: object) -> Candidate:
    judgement = Judgement(
        key=number,
        state=State.FADING,
        p_lapse=0.42,
        horizon_days=60,
        strength=0.1,
        worth=0.5,
        attention=0.9,
        reasons=replace(REASONS, **reasons),  # type: ignore[arg-type]  # of its own fields
    )
    address = f"{name.split(maxsplit=1)[0].lower()}@example.net".encode("ascii", "ignore").decode()
    return Candidate(number, name, address, judgement, also=also)


def _people() -> list[Candidate]:
    quarter = {
        "usual_gap_days": 27.0,
        "silence_days": 88,
        "last_contact": TODAY - timedelta(days=88),
        "last_spoke": Spoke.THEY,
        "months": (2, 2, 1, 0, 2, 0, 2, 0, 0, 1, 0, 0),
    }
    meetings = {
        "meeting_days": 50,
        "usual_gap_days": 14.0,
        "silence_days": 41,
        "away_days": 12,
        "last_contact": TODAY - timedelta(days=41),
        "last_spoke": Spoke.BOTH,
    }
    brought = signals.brought_line("Cleo Marsh", ["Dai Okafor", "Eli Braun"], 1, 88)
    seen = signals.blind_line(CoverageGap(CoverageKind.MEETINGS, 50, 54))
    return [
        _tie(1, "Bo Lindgren"),
        _tie(2, "Cleo Marsh", also=brought, **quarter),
        _tie(3, "Freja Nørgaard", also=seen, **meetings),
        _tie(4, "Hana Ito", wished_days=21, last_spoke=Spoke.THEY),
    ]


def _owed() -> list[OpenReply]:
    return [
        OpenReply(
            "Henrik Sommer",
            TODAY - timedelta(days=13),
            13,
            signals.owed_because(ReplyOwed(11, NOW - timedelta(days=13), 13, 4, 0, 0)),
            person_id=11,
        ),
        OpenReply("Élodie Martin", TODAY - timedelta(days=3), 3, person_id=12),
    ]


def _met() -> list[Newcomer]:
    return [
        Newcomer(21, "Yara Clairmont", "yara@example.net", TODAY - timedelta(days=11)),
        Newcomer(22, "", "idris.q@example.net", TODAY - timedelta(days=6), wrote=True),
    ]


def _hello() -> Candidate:
    quiet = TODAY - timedelta(days=210)
    return _tie(31, "Gunnar Brack", silence_days=210, last_contact=quiet, contact_days=54)


def _past() -> Section | None:
    names = {
        FlagOutcome.ACTED: ["Ines Cruz"],
        FlagOutcome.CAME_BACK: ["Jon Ek"],
        FlagOutcome.SNOOZED: ["Kim Ray"],
        None: ["Lea Roth", "Mo Diaz"],
    }
    sent, since = TODAY - timedelta(days=7), date(2026, 3, 2)
    return past.section(names, sent=sent, acted=share(17, 31), since=since, today=TODAY)


def _answered() -> list[str]:
    on, until = TODAY - timedelta(days=5), TODAY + timedelta(days=23)
    return [
        text.confirmed(Verb.MET, "Ines Cruz", on, TODAY),
        text.confirmed(Verb.SNOOZE, "Kim Ray", on, TODAY, until),
        text.too_late(on, TODAY),
    ]


def _changes() -> list[str]:
    moved = address_text.moved_line(
        "Nia Roy",
        "nia@old.example",
        "Nia Roy",
        "nia@new.example",
        last=date(2026, 4, 2),
        bounced=None,
        began=date(2026, 9, 1),
        today=TODAY,
    )
    died = address_text.died_line(
        "Ole Vik",
        "ole@gone.example",
        bounces=3,
        bounced=date(2026, 11, 20),
        last=date(2026, 6, 9),
        today=TODAY,
    )
    return [moved, died]


def _network() -> tuple[str, ...]:
    return network_text.paragraphs(
        spread=network_text.spread_line(6.2),
        largest=network_text.without_line("northwind.example", 84, 116),
        year_ago=network_text.year_ago_line(6.2, 8.9),
        mirror=network_text.mirror_line(
            14, 9, date(2026, 5, 4), date(2026, 5, 17), burst=True, today=TODAY
        ),
    )


def sections(
    *,
    looked_back: Section | None = None,
    people: Sequence[Candidate] = (),
    owed: Sequence[OpenReply] = (),
    met: Sequence[Newcomer] = (),
    asleep: Candidate | None = None,
    changes: Sequence[str] = (),
    spread: Sequence[str] = (),
    links: AnswerLinks | None = LINKS,
) -> dict[str, Section]:
    """The sections of a report on what is given, in the order in which every report has them."""
    built = {
        "past": looked_back,
        "people": to_write_to.section(people, TODAY, links),
        "owed": replies.section(owed, TODAY, links),
        "met": newcomers.section(met, TODAY, links),
        "hello": hello.section(asleep, links) if asleep else None,
        "changes": addresses.section(changes, []),
        "network": network.section(spread),
    }
    return {key: section for key in order.SECTIONS if (section := built[key]) is not None}


def _sources(**mail: object) -> list[SourceState]:
    usual: dict[str, object] = {"last_ok": NOW - timedelta(minutes=18)}
    return [
        SourceState(id="mail", **(usual | mail)),  # type: ignore[arg-type]  # its own
        SourceState(id="calendar", last_ok=NOW - timedelta(hours=11), mail=False),
    ]


def _built(
    shown: dict[str, Section] | None = None, links: AnswerLinks | None = LINKS, **given: object
) -> ReportView:
    usual: dict[str, object] = {
        "period": WEEK,
        "now": NOW,
        "sources": _sources(),
        "ties": _TIES,
        "sections": shown or {},
        "links": links,
    }
    return view.build(**(usual | given))  # type: ignore[arg-type]  # as `build` takes them


def usual() -> ReportView:
    """A week with something of everything that comes weekly."""
    shown = sections(
        looked_back=_past(),
        people=_people(),
        owed=_owed(),
        met=_met(),
        asleep=_hello(),
        changes=_changes(),
    )
    return _built(shown, answered=_answered())


def quiet() -> ReportView:
    """A week in which nobody needs a word."""
    return _built()


def stale() -> ReportView:
    """A week in which the mail could not be read."""
    trouble = "Google asks for your permission again: run `beforehand auth mail`"
    unread = _sources(last_ok=NOW - timedelta(days=9), stale=True, trouble=trouble)
    return _built(sections(people=_people(), owed=_owed()), sources=unread)


def first() -> ReportView:
    """The first report of all, while the mail is still being read."""
    reading = _sources(back_to=datetime(2025, 8, 3, tzinfo=NOW.tzinfo))
    return _built(sections(people=_people()[:3]), sources=reading, first=True)


def month() -> ReportView:
    """The first report of a month, which looks at the whole network."""
    return _built(sections(looked_back=_past(), people=_people()[:2], spread=_network()))


def by_command() -> ReportView:
    """A report that no mail answers, for nothing reads what the owner sends."""
    return _built(sections(people=_people()[:2], owed=_owed(), links=None), links=None)


def crowded() -> ReportView:
    """Ten people with long names, and all the rest."""
    shown = sections(
        looked_back=_past(),
        people=[replace(_people()[i % 4], person_id=i, name=f"{LONG} {i}") for i in range(10)],
        owed=[replace(_owed()[0], name=f"{LONG} {i}") for i in range(3)],
        met=[replace(_met()[0], name=f"{LONG} {i}") for i in range(3)],
        asleep=replace(_hello(), name=LONG),
        spread=_network(),
    )
    return _built(shown, answered=_answered(), first=True)


KINDS: dict[str, Callable[[], ReportView]] = {
    one.__name__: one for one in (usual, quiet, stale, first, month, by_command, crowded)
}
