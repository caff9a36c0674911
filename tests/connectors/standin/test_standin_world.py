"""The made-up world: the same for the same inputs, as large as said, and true to its truth."""

from __future__ import annotations

import hashlib
import random
import subprocess
import sys
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from email.utils import getaddresses
from itertools import pairwise

import pytest

from connectors.standin import NEVER_READ, World, build_world, empty_world
from connectors.standin.story.people import Cast
from connectors.standin.world.truth import Correspondent

_RESERVED = (".example", "example.org", "example.com", "example.net")


def _fingerprint(world: World) -> str:
    digest = hashlib.sha256()
    for message in world.mailbox.messages.values():
        digest.update(repr((message.id, message.thread_id, message.labels)).encode())
        digest.update(repr((message.history_id, message.size, message.headers)).encode())
    for calendar in world.diary.calendars:
        for event in world.diary.events(calendar.id):
            digest.update(repr(event.resource).encode())
    digest.update(repr(world.truth).encode())
    return digest.hexdigest()


def _contacts(
    world: World,
) -> tuple[dict[Correspondent, list[date]], dict[Correspondent, list[date]]]:
    """Days of any contact in small company, and of the owner's own mail, for each person."""
    any_way: dict[Correspondent, list[date]] = defaultdict(list)
    out: dict[Correspondent, list[date]] = defaultdict(list)
    for message in world.mailbox.messages.values():
        receivers = [address for _, address in getaddresses([*message.to, *message.cc])]
        if len(receivers) > 10 or {"DRAFT", "SPAM"} & set(message.labels):
            continue
        sent = "SENT" in message.labels
        automatic = any(name in {"List-Id", "Auto-Submitted"} for name, _ in message.extra)
        senders = [address for _, address in getaddresses([message.sender])]
        for address in receivers if sent else senders:
            party = world.truth.of(address)
            if party is not None and not automatic:
                any_way[party].append(message.at.date())
                if sent:
                    out[party].append(message.at.date())
    for event in world.diary.events():
        guests = event.resource.get("attendees", [])
        accepted = any(g.get("self") and g["responseStatus"] == "accepted" for g in guests)
        if event.start < world.end and accepted and len(guests) <= 9:
            for guest in guests:
                party = world.truth.of(guest["email"])
                if party is not None:
                    any_way[party].append(event.start.date())
    return any_way, out


def test_the_same_day_and_seed_give_the_same_world(world: World) -> None:
    assert _fingerprint(build_world(date(2026, 11, 4))) == _fingerprint(world)


def test_the_world_does_not_hang_on_the_hash_seed_of_the_process() -> None:
    script = (
        "import hashlib;from datetime import date;from connectors.standin import build_world;"
        "w=build_world(date(2026,11,4));"
        "t=repr([(m.id,m.headers) for m in w.mailbox.messages.values()])+repr(w.truth);"
        "print(hashlib.sha256(t.encode()).hexdigest())"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", script],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": "."},
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(said) == 1


def test_a_larger_world_tells_the_same_story_first_and_then_of_others(world: World) -> None:
    larger = build_world(date(2026, 11, 4), people=2, noise=3)
    assert 1.6 < len(larger.mailbox.messages) / len(world.mailbox.messages) < 3
    known = {m.headers[1] for m in world.mailbox.messages.values()}
    assert known <= {m.headers[1] for m in larger.mailbox.messages.values()}
    assert {p.name for p in world.truth.people} < {p.name for p in larger.truth.people}
    assert len(larger.truth.people) == 2 * len(world.truth.people)
    assert len(larger.truth.fading_now) == 2 * len(world.truth.fading_now)
    addresses = [address for party in larger.truth.parties for address in party.addresses]
    assert len(set(addresses)) == len(addresses)
    letters = [p for p in larger.truth.parties if p.kind == "newsletter"]
    assert len(letters) == 3 * len([p for p in world.truth.parties if p.kind == "newsletter"])


def test_a_story_is_told_once_at_least() -> None:
    with pytest.raises(ValueError, match="once at least"):
        build_world(date(2026, 11, 4), people=0)


def test_a_story_for_more_people_than_there_are_names_ends_with_an_error() -> None:
    cast = Cast(random.Random(1))  # noqa: S311 - names people, nothing secret
    with pytest.raises(ValueError, match="no names for so many"):
        _ = [cast.person("family", last="Winter") for _ in range(200)]
    companies = [cast.company() for _ in range(1000)]
    assert len(set(companies)) == 1000


def test_another_seed_gives_another_world(world: World) -> None:
    assert _fingerprint(build_world(date(2026, 11, 4), seed=8)) != _fingerprint(world)


def test_any_day_of_a_week_ends_on_its_monday_at_six(world: World) -> None:
    assert world.end == datetime(2026, 11, 2, 6, tzinfo=UTC)
    assert build_world(date(2026, 11, 2)).end == world.end
    assert build_world(date(2026, 11, 8)).end == world.end


def test_the_story_is_the_same_whatever_the_end(world: World) -> None:
    other = build_world(date(2025, 6, 11))

    def story(told: World) -> list[tuple[int, int, str]]:
        return [
            ((told.end.date() - m.at.date()).days, m.at.weekday(), m.sender)
            for m in told.mailbox.messages.values()
        ]

    here, there = story(world), story(other)
    # An hour of summer time may push a message over midnight, and one past the other.
    assert abs(len(here) - len(there)) <= 2
    assert len(set(here) ^ set(there)) < len(here) / 100
    assert [p.name for p in world.truth.people] == [p.name for p in other.truth.people]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_world_is_as_large_as_said(seed: int) -> None:
    world = build_world(date(2026, 11, 4), seed)
    assert 18_000 <= len(world.mailbox.messages) <= 22_000
    events = sum(len(world.diary.events(c.id)) for c in world.diary.calendars)
    assert 1_300 <= events <= 1_700
    assert 280 <= len(world.truth.people) <= 320
    assert len(world.truth.fading_now) >= 6
    assert 4 <= len(world.truth.replies_owed) <= 15


def test_ids_grow_with_time_and_need_sixty_four_bits(world: World) -> None:
    messages = list(world.mailbox.messages.values())
    assert all(m.id == f"{int(m.id, 16):x}" and int(m.id, 16) < 2**63 for m in messages)
    assert [int(m.id, 16) for m in messages] == sorted(int(m.id, 16) for m in messages)
    assert [m.at_ms for m in messages] == sorted(m.at_ms for m in messages)
    assert 2**63 < world.mailbox.history_id < 2**64
    assert world.start <= messages[0].at
    assert messages[-1].at < world.end


def test_every_address_belongs_to_nobody(world: World) -> None:
    addresses = [a for party in world.truth.parties for a in party.addresses]
    assert len(addresses) == len(set(addresses))
    assert all(address.endswith(_RESERVED) for address in addresses)


def test_every_sender_and_receiver_is_known_to_the_truth(world: World) -> None:
    unknown = set()
    for message in world.mailbox.messages.values():
        if "broken-mailer" in message.sender:
            continue
        for _, address in getaddresses([message.sender, *message.to, *message.cc]):
            if world.truth.of(address) is None:
                unknown.add(address)
    assert not unknown


def test_whoever_fades_now_was_close_and_has_been_quiet_for_weeks(world: World) -> None:
    contacts, out = _contacts(world)
    today = world.end.date()
    assert len({party.relation for party in world.truth.fading_now}) >= 4
    for party in world.truth.fading_now:
        days = sorted(set(contacts[party]))
        gaps = sorted((b - a).days for a, b in pairwise(days))
        silence = (today - days[-1]).days
        assert party.real
        assert party.close
        assert party.why
        assert not party.ended
        assert len(days) >= 25
        assert len(out[party]) >= 10
        assert party.fading == days[-1]
        assert 21 <= silence <= 70
        assert silence > 3 * gaps[len(gaps) // 2]


def test_whoever_is_over_has_no_contact_in_the_last_months(world: World) -> None:
    contacts, _ = _contacts(world)
    over = [party for party in world.truth.people if party.ended]
    assert len(over) > 50
    for party in over:
        assert party.fading is not None
        assert min(contacts[party]) <= party.fading
        assert (world.end.date() - max(contacts[party])).days > 60, party


def test_a_close_tie_that_lives_is_not_silent_for_long_unless_a_date_is_ahead(
    world: World,
) -> None:
    contacts, _ = _contacts(world)
    for party in world.truth.people:
        if party.close and party.fading is None and party not in world.truth.ahead:
            assert (world.end.date() - max(contacts[party])).days <= 70, party
    for party in world.truth.ahead:
        assert (world.end.date() - max(contacts[party])).days > 30
        coming = [
            event
            for event in world.diary.events()
            if world.end < event.start < world.end + timedelta(days=60)
            and any(g["email"] in party.addresses for g in event.resource.get("attendees", ()))
        ]
        assert coming


def test_a_real_tie_had_mail_from_the_owner_and_nothing_else_is_called_real(world: World) -> None:
    _, out = _contacts(world)
    for party in world.truth.parties:
        if party.real:
            assert out[party], party
        elif party.kind in {"newsletter", "machine", "room"}:
            assert not out[party], party


def test_nothing_goes_out_on_the_two_holidays(world: World) -> None:
    assert len(world.truth.holidays) == 2
    for first, last in world.truth.holidays:
        assert (last - first).days >= 20
        away = [m for m in world.mailbox.messages.values() if first <= m.at.date() <= last]
        assert len(away) > 100
        assert not [m for m in away if "SENT" in m.labels]


def test_whoever_is_owed_a_reply_wrote_last(world: World) -> None:
    for owed in world.truth.replies_owed:
        last = world.mailbox.thread(owed.thread_id)[-1]
        assert last.at == owed.since
        assert world.end - last.at <= timedelta(days=21)
        assert world.truth.of(getaddresses([last.sender])[0][1]) == owed.person


def test_an_introduction_is_a_thread_of_three(world: World) -> None:
    assert len(world.truth.introductions) > 8
    for introduction in world.truth.introductions:
        first, answer, *_ = world.mailbox.thread(introduction.thread_id)
        assert world.truth.of(getaddresses([first.sender])[0][1]) == introduction.by
        to = [world.truth.of(address) for _, address in getaddresses(list(first.to))]
        assert introduction.to in to
        assert "SENT" in answer.labels


def test_an_encounter_not_followed_up_has_no_word_after_its_first_days(world: World) -> None:
    contacts, _ = _contacts(world)
    missed = [e for e in world.truth.encounters if not e.followed_up]
    recent = [e for e in missed if (world.end.date() - e.on).days <= 45]
    assert len(recent) >= 5
    for encounter in missed:
        days = contacts[encounter.person]
        assert min(days) >= encounter.on
        assert max(days) <= encounter.on + timedelta(days=10)
    for encounter in world.truth.encounters:
        if encounter.followed_up:
            assert len(set(contacts[encounter.person])) > 1


def test_people_who_move_write_from_a_new_domain_afterwards(world: World) -> None:
    movers = [party for party in world.truth.people if party.moved]
    assert len(movers) >= 6
    for party in movers:
        assert party.moved is not None
        old, new = (address.rpartition("@")[2] for address in party.addresses)
        assert old != new
        senders = {
            getaddresses([m.sender])[0][1].lower()
            for m in world.mailbox.messages.values()
            if m.at.date() > party.moved + timedelta(days=1)
            and world.truth.of(getaddresses([m.sender])[0][1]) == party
        }
        assert senders == {party.addresses[1]}


def test_half_of_the_mail_is_no_contact_and_says_so(world: World) -> None:
    messages = list(world.mailbox.messages.values())
    labelled = [m for m in messages if any(la.startswith("CATEGORY_P") for la in m.labels)]
    bulk = [m for m in messages if any(n in {"List-Id", "List-Unsubscribe"} for n, _ in m.extra)]
    automatic = [m for m in messages if any(n == "Auto-Submitted" for n, _ in m.extra)]
    assert len(labelled) > 2_000
    assert len(bulk) > 3_000
    assert len(automatic) > 1_000
    for label in ("SPAM", "TRASH", "DRAFT", "CATEGORY_SOCIAL", "CATEGORY_FORUMS"):
        assert any(label in m.labels for m in messages)


def test_malformed_headers_and_foreign_names_are_among_the_mail(world: World) -> None:
    senders = [dict(m.headers).get("From", "") for m in world.mailbox.messages.values()]
    dates = [dict(m.headers).get("Date", "") for m in world.mailbox.messages.values()]
    assert "" in senders
    assert any(sender.startswith("=?") for sender in senders)
    assert any(not sender.isascii() for sender in senders)
    assert any(sender.startswith('"') and "," in sender for sender in senders)
    assert any("32 Jan" in said for said in dates)


def test_what_must_never_be_read_stands_in_every_subject_and_title(world: World) -> None:
    assert all(dict(m.headers)["Subject"] == NEVER_READ for m in world.mailbox.messages.values())
    for event in world.diary.events():
        if not event.cancelled:
            assert event.resource["summary"] == NEVER_READ


def test_the_calendar_holds_every_kind_of_event(world: World) -> None:
    events = [e for c in world.diary.calendars for e in world.diary.events(c.id)]
    kinds = {e.resource.get("eventType") for e in events}
    assert kinds == {"default", "birthday", "focusTime", "outOfOffice", None}
    guests = [g for e in events for g in e.resource.get("attendees", ())]
    assert {g["responseStatus"] for g in guests} >= {"accepted", "declined", "needsAction"}
    assert any(g.get("resource") for g in guests)
    assert any(g.get("additionalGuests") for g in guests)
    assert any(e.resource.get("attendeesOmitted") for e in events)
    assert any("date" in e.resource.get("start", {}) for e in events)
    assert any(len(e.resource.get("attendees", ())) > 12 for e in events)
    assert sum(e.cancelled for e in events) > 30
    assert len([e for e in events if world.end < e.start < world.end + timedelta(days=60)]) > 30


def test_an_empty_world_has_the_same_owner_and_nothing_else(world: World) -> None:
    empty = empty_world(date(2026, 11, 4))
    assert empty.owner == world.owner
    assert empty.end == world.end
    assert not empty.mailbox.messages
    assert not empty.diary.events()
    assert [party.kind for party in empty.truth.parties] == ["self"]
