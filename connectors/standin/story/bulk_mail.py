"""What fills a mailbox without being contact: newsletters, shops, machines, spam, oddities."""

from __future__ import annotations

import random

from connectors.standin.story.people import Cast, Character, retold
from connectors.standin.story.writer import NOW, StoryWriter, day_of, moment, on_holiday
from connectors.standin.world.mailbox import Thread, WorldMessage

# Newsletters: local part, domain, mean gap in days, category.
_NEWSLETTERS = (
    ("hello", "daily-serif.example", 1.6, "CATEGORY_PROMOTIONS"),
    ("briefing", "morning-ledger.example", 1.8, "CATEGORY_UPDATES"),
    ("news", "type-tomorrow.example", 3.1, "CATEGORY_PROMOTIONS"),
    ("editor", "studio-letter.example", 4.5, "CATEGORY_PROMOTIONS"),
    ("weekly", "css-almanac.example", 9.1, "CATEGORY_UPDATES"),
    ("team", "invoice-pilot.example", 7.8, "CATEGORY_PROMOTIONS"),
    ("offers", "paperhaus.example", 2.9, "CATEGORY_PROMOTIONS"),
    ("deals", "train-and-go.example", 3.6, "CATEGORY_PROMOTIONS"),
    ("info", "museum-by-the-river.example", 15.6, "CATEGORY_PROMOTIONS"),
    ("kontakt", "coop-market.example", 6.5, "CATEGORY_PROMOTIONS"),
    ("maria", "founders-notes.example", 9.1, ""),
    ("jonas", "tiny-gardens.example", 11.7, ""),
    ("digest", "forum-of-forms.example", 3.9, "CATEGORY_FORUMS"),
    ("events", "city-hall.example", 10.4, "CATEGORY_UPDATES"),
    ("post", "bicycle-club.example", 26, ""),
)
# Machines: display name, address, mean gap, category, extra headers, bulk by which evidence.
_AUTO = (("Auto-Submitted", "auto-generated"),)
_BULK = (("Precedence", "bulk"),)
_FAILED = (
    ("Auto-Submitted", "auto-replied"),
    ("Content-Type", "multipart/report; report-type=delivery-status"),
)
# Of the people whose firm closed (their `why`), so many were written to once more, in vain.
_CLOSED, _GONE = "their firm closed", 2
_MACHINES: tuple[tuple[str, str, float, str, tuple[tuple[str, str], ...]], ...] = (
    ("Codehouse", "notifications@codehouse.example", 1.2, "CATEGORY_FORUMS", _BULK),
    ("Linkhub", "invitations@linkhub.example", 2.6, "CATEGORY_SOCIAL", _BULK),
    ("Linkhub", "messages-noreply@linkhub.example", 2.2, "CATEGORY_SOCIAL", ()),
    ("Chirp", "notify@chirp.example", 2.1, "CATEGORY_SOCIAL", ()),
    ("Bank of the North", "no-reply@bank-north.example", 5.2, "CATEGORY_UPDATES", ()),
    ("Paperhaus", "orders@paperhaus.example", 11.7, "CATEGORY_UPDATES", ()),
    ("Bookshelf", "receipts@bookshelf.example", 18.2, "CATEGORY_UPDATES", _AUTO),
    ("Train and Go", "noreply@train-and-go.example", 10.4, "CATEGORY_UPDATES", ()),
    ("Parcel Post", "donotreply@parcel-post.example", 7.8, "CATEGORY_UPDATES", ()),
    ("Cloudshelf", "billing@cloudshelf.example", 39, "CATEGORY_UPDATES", _AUTO),
    ("Calendar", "calendar-notification@calendar.example.org", 2.7, "", _AUTO),
    ("Build bot", "builds@winter-studio.example", 2, "", _AUTO),
    ("Uptime", "alerts@uptime.example", 3.9, "CATEGORY_UPDATES", _AUTO),
    ("Tax Portal", "no_reply@tax-portal.example", 52, "CATEGORY_UPDATES", ()),
    ("Phone Company", "bills@phone-company.example", 39, "CATEGORY_UPDATES", ()),
    ("Doodlebug", "mailer@doodlebug.example", 19.5, "", ()),
)


def newsletters(writer: StoryWriter, cast: Cast, telling: int = 1) -> None:
    """Letters to many, each with its List-Unsubscribe; two look like a person's mail.

    Told again (`telling` from 2 on), they come from other senders.
    """
    for local, first_domain, gap, category in _NEWSLETTERS:
        domain = retold(first_domain, telling)
        title = domain.partition(".")[0].replace("-", " ").title()
        sender = cast.machine(title, f"{local}@{domain}", "newsletter")
        extra: tuple[tuple[str, str], ...] = (
            ("List-Unsubscribe", f"<https://{domain}/leave>, <mailto:leave@{domain}>"),
            ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
            ("List-Id", f"{title} <news.{domain}>"),
        )
        if not category:  # told apart by one header only
            extra = extra[:1]
        _drizzle(writer, sender, gap, (category,) if category else (), extra)


def machines(writer: StoryWriter, cast: Cast, telling: int = 1) -> None:
    """Receipts, notifications, alerts; told again, they come from other senders."""
    for name, address, gap, category, extra in _MACHINES:
        local, _, domain = address.partition("@")
        sender = cast.machine(name, f"{local}@{retold(domain, telling)}", "machine")
        labels = (category,) if category else ()
        _drizzle(writer, sender, gap, labels, extra, same_thread=0.35 if gap < 1 else 0)


def _drizzle(
    writer: StoryWriter,
    sender: Character,
    gap: float,
    labels: tuple[str, ...],
    extra: tuple[tuple[str, str], ...],
    *,
    same_thread: float = 0,
) -> None:
    thread = Thread()
    labels += ("UNREAD",) if writer.chance(0.3) else ()
    hour = writer.rng.uniform(5, 20)
    for day in writer.days(1095, 0, gap * 1.08, 0.5):
        at = moment(day, hour * 60 + writer.rng.uniform(0, 90))
        if at > NOW:
            continue
        if not writer.chance(same_thread):
            thread = Thread()
        message = writer.write(thread, at, sender, labels=labels, extra=extra)
        message.to = (writer.owner.news if writer.chance(0.5) else writer.owner.private,)


def bounces(writer: StoryWriter, cast: Cast, people: list[Character]) -> None:
    """Mail to an address that died comes back, and a holiday answer goes round."""
    daemon = cast.machine("Mail Delivery Subsystem", "mailer-daemon@example.org", "machine")
    for person in people:
        if person.moved is None or person.moved < 1:
            continue
        day = writer.workday(person.moved - 4)
        if on_holiday(day):
            continue
        _comes_back(writer, daemon, person, person.addresses[0], moment(day, 9.5 * 60))
    for number, person in enumerate(people[:12]):
        at = writer.at_work(40 + 80 * number)
        away = (("Auto-Submitted", "auto-replied"), ("Precedence", "bulk"))
        writer.write(Thread(), at, person, extra=away)
    _gone_with_the_firm(writer, cast, daemon)


def _gone_with_the_firm(writer: StoryWriter, cast: Cast, daemon: Character) -> None:
    """A firm that closed took the addresses of its people along; not all tell of a new one."""
    rng, writer.rng = writer.rng, random.Random(1)  # noqa: S311 - the rest of the story stays as it is
    for person in [p for p in cast.people if p.why == _CLOSED][:_GONE]:
        day = writer.workday(day_of(person.last) - 12)
        if day > 0 and not on_holiday(day):
            _comes_back(writer, daemon, person, person.addresses[0], moment(day, 11 * 60))
    writer.rng = rng


def _comes_back(
    writer: StoryWriter, daemon: Character, person: Character, address: str, at: int
) -> None:
    """The owner writes to an address that is no more, and the mail system says so."""
    thread = Thread()
    message = writer.write(thread, at, None, [person])
    message.to = (address,)
    report = writer.write(thread, at + 2, daemon, extra=_FAILED)
    report.extra += (("X-Failed-Recipients", address),)


def odds(writer: StoryWriter, cast: Cast) -> None:
    """Spam, trash, drafts, mail to oneself, and messages that no standard allows."""
    _to_oneself(writer)
    spammer = cast.machine("Win Now", "winner@lottery-office.example", "machine")
    for day in range(29, 0, -2):  # Gmail empties spam and trash after thirty days
        _file_under(writer.write(Thread(), moment(day, 200), spammer), "SPAM")
    shop = cast.machine("Old Shop", "shop@old-shop.example", "machine")
    for day in range(28, 0, -3):
        _file_under(writer.write(Thread(), moment(day, 700), shop), "TRASH")
    for person in cast.people[:4]:
        draft = writer.write(Thread(), moment(writer.rng.randrange(2, 30), 900), None, [person])
        draft.labels = ("DRAFT",)
    odd = cast.machine("", "odd@broken-mailer.example", "machine")
    wrong: tuple[tuple[tuple[str, str], ...], ...] = (
        (("Date", "Thu, 32 Jan 2099 25:61:00 +9999"),),
        (("Date", ""),),
        (("From", ""),),
        (("From", "undisclosed-recipients:;"),),
        (("From", '"Smith, \\"Jo\\" (the odd one)" <odd@broken-mailer.example>'),),
        (("From", "=?utf-8?Q?broken=ZZ_word?= <odd@broken-mailer.example>"),),
        (("From", "=?no-such-charset?B?////?= <odd@broken-mailer.example>"),),
        (("To", "undisclosed-recipients:;"),),
        (("To", "a@example.org;b@example.org, <c@example.org"),),
        (("Message-ID", "no brackets here"),),
        (("References", "<a@b> <c@d"), ("In-Reply-To", "your message of yesterday")),
        (("FROM", "Łoś Ünïcode <odd@broken-mailer.example>"), ("date", "yesterday")),
    )
    for number, extra in enumerate(wrong):
        writer.write(Thread(), moment(11 + 90 * number, 660), odd, extra=extra)


def _to_oneself(writer: StoryWriter) -> None:
    me = f"{writer.owner.name} <{writer.owner.private}>"
    for day in writer.days(1090, 2, 18, 0.9):
        if not on_holiday(day):
            note = writer.write(Thread(), moment(day, 1200), None)
            note.to = (me if writer.chance(0.5) else writer.owner.work,)
            note.labels = ("SENT", "INBOX")


def _file_under(message: WorldMessage, label: str) -> None:
    message.labels = (label, *(each for each in message.labels if each != "INBOX"))
