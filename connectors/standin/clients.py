"""Clients: projects with kick-off, weekly calls and a hand-over, and what comes after them.

One client carried the owner for a year and a half and then closed; another carries most of the
work now. People of the closed one move on to new jobs, with new addresses.
"""

from __future__ import annotations

from dataclasses import dataclass

from connectors.standin.habits import (
    NEW_YEAR,
    change_jobs,
    drift,
    ends_with_silence,
    greet,
    keep_up,
)
from connectors.standin.pen import Pen, moment, on_holiday, weekday
from connectors.standin.people import Cast, Person

_LARGE = 5  # people on their side: the lead becomes a close tie

# Each project: first and last day, people on their side, threads a week, and what came after:
# "goes on", "closed", "lingers", "drifts", "returns" or "over".
_PROJECTS = (
    (1076, 521, 8, 2.6, "closed"),
    (431, -60, 7, 2.8, "goes on"),
    (1070, 960, 4, 1.6, "over"),
    (1010, 905, 3, 1.5, "lingers"),
    (940, 820, 4, 1.7, "drifts"),
    (890, 800, 3, 1.4, "over"),
    (860, 730, 5, 1.8, "returns"),
    (770, 690, 3, 1.5, "over"),
    (720, 610, 4, 1.6, "lingers"),
    (640, 540, 4, 1.6, "drifts"),
    (590, 455, 5, 2.0, "over"),
    (520, 400, 4, 2.0, "lingers"),
    (480, 380, 4, 1.7, "over"),
    (400, 280, 3, 1.7, "returns"),
    (370, 250, 4, 1.8, "drifts"),
    (300, 190, 4, 1.7, "lingers"),
    (240, 130, 4, 1.8, "over"),
    (180, 95, 3, 1.8, "lingers"),
    (120, -20, 4, 1.9, "goes on"),
    (70, -45, 3, 1.8, "goes on"),
)


@dataclass(slots=True)
class Client:
    """An organisation the owner worked for; `lead` decides, `books` pays."""

    domain: str
    lead: Person
    team: list[Person]
    books: Person
    fate: str


def work_for_clients(pen: Pen, cast: Cast) -> list[Client]:
    """All projects and their aftermath."""
    clients = []
    for first, last, size, threads, fate in _PROJECTS:
        domain = cast.company()
        people = [cast.person("client", organisation=domain) for _ in range(size)]
        client = Client(domain, people[0], people[1:-1], people[-1], fate)
        client.lead.close = size >= _LARGE
        project(pen, client, first, last, threads)
        clients.append(client)
        _after(pen, cast, client, last)
    return clients


def project(pen: Pen, client: Client, first: int, last: int, threads: float) -> None:
    """From kick-off to hand-over; a `last` in the future means that it goes on."""
    rng = pen.rng
    crew = [client.lead, *client.team]
    for day in range(first + 14, first, -4):  # how it came about
        pen.exchange([client.lead], pen.at_work(day), turns=3, mode="work")
    kick_off = pen.workday(first)
    pen.meet(crew, moment(kick_off, 10 * 60), 90, host=client.lead)
    call = first - (8 - weekday(first)) % 7 - rng.randrange(4)
    pen.weekly(crew[:4], call, max(last, -60), rng.choice((570, 600, 660, 840)), host=client.lead)
    for day in pen.days(first - 1, max(last, 0), 8.5 / threads, 0.5):
        people = [client.lead] if pen.chance(0.45) else rng.sample(crew, min(len(crew), 2))
        mine = pen.chance(0.5)
        if mine and on_holiday(day):
            continue
        pen.exchange(
            people, pen.at_work(day), turns=rng.randint(1, 4), mine_first=mine, mode="work"
        )
    for day in range(first - 30, max(last - 20, -1), -30):  # invoices
        pen.exchange(
            [client.books],
            pen.at_work(day),
            turns=rng.randint(1, 3),
            mine_first=not on_holiday(day),
            mode="work",
        )
    if last > 0:
        day = pen.workday(last)
        pen.meet(crew, moment(day, 14 * 60), 60)
        pen.exchange(crew[:3], moment(day, 17 * 60), turns=3, mine_first=True, mode="work")


def _after(pen: Pen, cast: Cast, client: Client, last: int) -> None:
    """What became of the people once the project was over."""
    if client.fate == "goes on":
        return
    if client.fate == "closed":
        _closed(pen, cast, client, last)
        return
    if client.fate == "returns":
        _returns(pen, client, last)
        return
    lead = client.lead
    for person in (*client.team, client.books):
        ends_with_silence(person, "the project ended", ended=True)
    if client.fate == "lingers":
        keep_up(pen, lead, last - 20, 0, pen.rng.uniform(22, 38), mode="work", meets=0.075)
    elif client.fate == "drifts":
        why = "less and less since the project ended"
        drift(pen, lead, last - 15, max(last - 420, 30), gap=20, growth=1.35, mode="work", why=why)
    else:
        for year in NEW_YEAR:
            if year < last and pen.chance(0.4):
                greet(pen, lead, year, mine=True)
        ends_with_silence(lead, "the project ended, and nothing new came", ended=True)


def _returns(pen: Pen, client: Client, last: int) -> None:
    """Half a year later there is a second project; it may still be going on."""
    keep_up(pen, client.lead, last - 20, last - 130, 40, mode="work", meets=0.1)
    project(pen, client, last - 150, last - 290, 1.6)
    if last - 290 > 0:
        for person in (client.lead, *client.team, client.books):
            ends_with_silence(person, "the second project ended too", ended=True)


def _closed(pen: Pen, cast: Cast, client: Client, last: int) -> None:
    """The firm closes: three people write again from new jobs, the others are gone."""
    movers = [client.lead, client.team[0], client.team[2]]
    for number, person in enumerate(movers):
        day = last - 40 - 35 * number
        change_jobs(pen, cast, person, day)
        keep_up(pen, person, day, 0, 24 + 8 * number, mode="work", meets=0.075)
    for person in (client.lead, *client.team, client.books):
        if person not in movers:
            ends_with_silence(person, "their firm closed", ended=True)
