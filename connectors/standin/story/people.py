"""The people of the world: made-up names, reserved domains, and how their mail programs write.

Every domain ends in `.example` or is example.org, example.com or example.net, which belong to
nobody.
"""

from __future__ import annotations

import random
import unicodedata
from base64 import b64encode
from dataclasses import dataclass, field
from enum import Enum

_FIRST = """
Adaeze Agata Alma Amir Anouk Anton Arvid Astrid Aurel Beatriz Benno Birgit Bruno Calla Carsten
Chiara Clemens Dagny Dario Dilek Edda Eamon Elif Emeka Enno Esther Fatou Felix Fenja Frida Gaspard
Gesa Giulia Greta Gunnar Hanne Haruki Hedda Henrik Idris Ilka Imke Ines Ioana Isak Jarek Jelena
Joris Julie Kaja Kamal Karla Kasimir Keiko Klara Lale Lars Lea Leif Lieke Linus Liv Ludmila Maelle
Magnus Malte Mara Marek Matilda Mehmet Mika Milan Mirjam Nadia Naoki Nele Niamh Nils Noor Odile
Olena Orla Oskar Paloma Pavel Pelle Pia Priya Quirin Rafael Rania Rasmus Renske Rieke Ronja Rosa
Sanna Sefa Selma Siobhán Sören Sven Svea Tamar Tarek Thea Theo Tilda Tomasz Ulla Valentin Vera
Viggo Wanda Wiebke Xenia Yara Yusuf Zita Zoë Åsa Élodie Łukasz Şirin
""".split()  # noqa: SIM905 - names read better as a paragraph
_LAST = """
Abendroth Achterberg Ahrweiler Almkvist Anselm Baumgart Bellweather Birkholz Bjørnstad Blauvelt
Brackwede Brenning Carrow Castelnovo Cederholm Clairmont Dahlqvist Dambrowa Dellinger Dornbusch
Dunleavy Eekhout Eichgrün Ellingboe Fairweather Fennimore Fjellheim Florkowska Gerstäcker Glanville
Grünspan Haferkorn Halvorsen Hartigan Heidkamp Holloway Ijssel Immergut Jankelow Jessamine
Kaltenbach Kirschnick Klingsor Kobayan Korvinus Kraanvogel Lachner Lindqvister Lorimer Løvstad
Marchbanks Mistelbach Moorhen Mühlenhaupt Nachtweih Nettlefold Norrland Oakhanger Obermoser
Okonjo Ostergaard Oyelaran Pagenstecher Penhallow Quillfeather Quist Rautenberg Ravenhill
Rosenfels Rzepka Saltmarsh Schellhorn Silberbach Sørvik Stadelmeier Strandberg Tannhäuser
Thistlewood Thorvaldsund Tschirner Uhlenbrook Ulvskog Vandermeer Vogelsang Vœux Wacholder Wendehorst
Windermere Wollstein Yarrow Yildiz Zaunkönig Zeisig Zwickel
""".split()  # noqa: SIM905 - names read better as a paragraph
_COMPANY_FIRST = """
amber north blue copper quiet river silver stone open green harbour linden paper orchard meridian
cobalt lumen fern granite tidal maple signal velvet
""".split()  # noqa: SIM905 - names read better as a paragraph
_COMPANY_LAST = """
light works field labs press yard foundry mills studio atlas bureau loom grid forge bridge kite
quarter ledger garden
""".split()  # noqa: SIM905 - names read better as a paragraph
# Where anybody may have an address.
MAIL_HOSTS = ("example.org", "example.com", "example.net", "post.example", "mail.example")


class Style(Enum):
    """How somebody's mail program writes their mailbox."""

    PLAIN = 0
    LAST_FIRST = 1
    ENCODED = 2
    BARE = 3
    CAPITALS = 4


@dataclass(slots=True, eq=False)
class Character:
    """Somebody in the story. Days are days before its end; see `Correspondent`."""

    name: str
    addresses: list[str]
    relation: str
    organisation: str = ""
    kind: str = "person"
    style: Style = Style.PLAIN
    moved: int | None = None
    real: bool = False
    close: bool = False
    fading: int | None = None
    ended: bool = False
    why: str = ""
    last: int = -(10**9)  # the moment of the last contact, as the pen counts
    _written: dict[str, str] = field(default_factory=dict)

    def address(self, day: int) -> str:
        """The address in use on that day."""
        if self.moved is not None and day <= self.moved:
            return self.addresses[-1]
        return self.addresses[0]

    def written(self, day: int) -> str:
        """The mailbox as their own program writes it in From."""
        address = self.address(day)
        if address not in self._written:
            self._written[address] = mailbox(self.name, address, self.style)
        return self._written[address]

    def fades(self, day: int, why: str, *, ended: bool = False) -> None:
        """The tie fades, or is over, since that day."""
        self.fading, self.why, self.ended = day, why, ended


def mailbox(name: str, address: str, style: Style = Style.PLAIN) -> str:
    """`name <address>` in one of the ways in which mail programs write it."""
    first, _, last = name.rpartition(" ")
    if style is Style.LAST_FIRST:
        return f'"{last}, {first}" <{address}>'
    if style is Style.ENCODED:
        return f"=?utf-8?B?{b64encode(name.encode()).decode()}?= <{address}>"
    if style is Style.BARE:
        return address
    if style is Style.CAPITALS:
        local, _, domain = address.partition("@")
        return f"{name} <{local.title()}@{domain.upper()}>"
    return f"{name} <{address}>"


def retold(domain: str, telling: int) -> str:
    """The domain of a sender of the first telling; another one for each further telling."""
    if telling == 1:
        return domain
    first, _, rest = domain.partition(".")
    return f"{first}-{telling}.{rest}"


def _ascii(text: str) -> str:
    table = str.maketrans({"ø": "oe", "ł": "l", "Ł": "L", "œ": "oe", "ß": "ss"})
    return unicodedata.normalize("NFKD", text.translate(table)).encode("ascii", "ignore").decode()


_TRIES = 10_000  # to find a name that nobody has


class Cast:
    """Makes people and organisations, none twice, and remembers all of them."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self.people: list[Character] = []
        self.others: list[Character] = []
        self._names: set[str] = set()
        self._addresses: set[str] = set()
        self._companies: set[str] = set()

    def company(self) -> str:
        """A domain nobody has yet; where all names are taken, they are numbered."""
        while True:
            name = self._rng.choice(_COMPANY_FIRST) + self._rng.choice(_COMPANY_LAST)
            taken = len(self._companies) // (len(_COMPANY_FIRST) * len(_COMPANY_LAST))
            if taken:
                name += f"-{taken + 1}"
            if name not in self._companies:
                self._companies.add(name)
                return f"{name}.example"

    def person(
        self,
        relation: str,
        *,
        organisation: str = "",
        name: str = "",
        last: str = "",
        real: bool = True,
        close: bool = False,
    ) -> Character:
        """Somebody new; with an organisation, their address is there."""
        name = name or self._name(last)
        address = self.address_for(name, organisation)
        style = self._rng.choices(tuple(Style), (80, 6, 6, 5, 3))[0]
        made = Character(
            name, [address], relation, organisation, style=style, real=real, close=close
        )
        self.people.append(made)
        return made

    def address_for(self, name: str, organisation: str = "") -> str:
        """A free address for that name."""
        first, _, last = _ascii(name).lower().rpartition(" ")
        first = first.replace(" ", "")
        domain = organisation or self._rng.choice(MAIL_HOSTS)
        shapes = [f"{first}.{last}", f"{first}", f"{first[0]}.{last}", f"{first}.{last}.mail"]
        if not organisation:
            shapes = [f"{first}.{last}", f"{first}{last}", f"{last}.{first}", f"{first}_{last}"]
        pick = self._rng.choices(range(4), (60, 20, 15, 5))[0]
        for local in (shapes[pick], *shapes, f"{first}.{last}2", f"{first}.{last}3"):
            address = f"{local}@{domain}"
            if address not in self._addresses:
                self._addresses.add(address)
                return address
        raise AssertionError(f"no free address for {name} at {domain}")

    def moves(self, person: Character, day: int, organisation: str) -> None:
        """The person changes jobs, and with it the address."""
        person.moved = day
        person.organisation = organisation
        person.addresses.append(self.address_for(person.name, organisation))

    def machine(self, name: str, address: str, kind: str) -> Character:
        """A sender that is nobody: newsletter, list, machine or room."""
        made = Character(name, [address], "", address.rpartition("@")[2], kind=kind)
        self.others.append(made)
        return made

    def _name(self, last: str) -> str:
        for _ in range(_TRIES):
            name = f"{self._rng.choice(_FIRST)} {last or self._rng.choice(_LAST)}"
            if name not in self._names:
                self._names.add(name)
                return name
        raise ValueError("the story knows no names for so many people")
