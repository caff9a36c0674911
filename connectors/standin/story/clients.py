"""Clients: projects with kick-off, weekly calls and a hand-over, and what comes after them.

One client carried the owner for a year and a half and then closed; another carries most of the
work now. People of the closed one move on to new jobs, with new addresses.
"""

from __future__ import annotations

from dataclasses import dataclass

from connectors.standin.story.habits import (
    NEW_YEAR,
    change_jobs,
    drift,
    ends_with_silence,
    greet,
    keep_up,
)
from connectors.standin.story.people import Cast, Character
from connectors.standin.story.writer import StoryWriter, moment, on_holiday, weekday

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
    lead: Character
    team: list[Character]
    books: Character
    fate: str


def work_for_clients(writer: StoryWriter, cast: Cast) -> list[Client]:
    """All projects and their aftermath."""
    clients = []
    for first, last, size, threads, fate in _PROJECTS:
        domain = cast.company()
        people = [cast.person("client", organisation=domain) for _ in range(size)]
        client = Client(domain, people[0], people[1:-1], people[-1], fate)
        client.lead.close = size >= _LARGE
        project(writer, client, first, last, threads)
        clients.append(client)
        _after(writer, cast, client, last)
    return clients


def project(writer: StoryWriter, client: Client, first: int, last: int, threads: float) -> None:
    """From kick-off to hand-over; a `last` in the future means that it goes on."""
    rng = writer.rng
    crew = [client.lead, *client.team]
    for day in range(first + 14, first, -4):  # how it came about
        writer.exchange([client.lead], writer.at_work(day), turns=3, mode="work")
    kick_off = writer.workday(first)
    writer.meet(crew, moment(kick_off, 10 * 60), 90, host=client.lead)
    call = first - (8 - weekday(first)) % 7 - rng.randrange(4)
    writer.weekly(
        crew[:4], call, max(last, -60), rng.choice((570, 600, 660, 840)), host=client.lead
    )
    for day in writer.days(first - 1, max(last, 0), 8.5 / threads, 0.5):
        people = [client.lead] if writer.chance(0.45) else rng.sample(crew, min(len(crew), 2))
        mine = writer.chance(0.5)
        if mine and on_holiday(day):
            continue
        writer.exchange(
            people, writer.at_work(day), turns=rng.randint(1, 4), mine_first=mine, mode="work"
        )
    for day in range(first - 30, max(last - 20, -1), -30):  # invoices
        writer.exchange(
            [client.books],
            writer.at_work(day),
            turns=rng.randint(1, 3),
            mine_first=not on_holiday(day),
            mode="work",
        )
    if last > 0:
        day = writer.workday(last)
        writer.meet(crew, moment(day, 14 * 60), 60)
        writer.exchange(crew[:3], moment(day, 17 * 60), turns=3, mine_first=True, mode="work")


def _after(writer: StoryWriter, cast: Cast, client: Client, last: int) -> None:
    """What became of the people once the project was over."""
    if client.fate == "goes on":
        return
    if client.fate == "closed":
        _closed(writer, cast, client, last)
        return
    if client.fate == "returns":
        _returns(writer, client, last)
        return
    lead = client.lead
    for person in (*client.team, client.books):
        ends_with_silence(person, "the project ended", ended=True)
    if client.fate == "lingers":
        keep_up(writer, lead, last - 20, 0, writer.rng.uniform(22, 38), mode="work", meets=0.075)
    elif client.fate == "drifts":
        why = "less and less since the project ended"
        drift(
            writer, lead, last - 15, max(last - 420, 30), gap=20, growth=1.35, mode="work", why=why
        )
    else:
        for year in NEW_YEAR:
            if year < last and writer.chance(0.4):
                greet(writer, lead, year, mine=True)
        ends_with_silence(lead, "the project ended, and nothing new came", ended=True)


def _returns(writer: StoryWriter, client: Client, last: int) -> None:
    """Half a year later there is a second project; it may still be going on."""
    keep_up(writer, client.lead, last - 20, last - 130, 40, mode="work", meets=0.1)
    project(writer, client, last - 150, last - 290, 1.6)
    if last - 290 > 0:
        for person in (client.lead, *client.team, client.books):
            ends_with_silence(person, "the second project ended too", ended=True)


def _closed(writer: StoryWriter, cast: Cast, client: Client, last: int) -> None:
    """The firm closes: three people write again from new jobs, the others are gone."""
    movers = [client.lead, client.team[0], client.team[2]]
    for number, person in enumerate(movers):
        day = last - 40 - 35 * number
        change_jobs(writer, cast, person, day)
        keep_up(writer, person, day, 0, 24 + 8 * number, mode="work", meets=0.075)
    for person in (client.lead, *client.team, client.books):
        if person not in movers:
            ends_with_silence(person, "their firm closed", ended=True)
