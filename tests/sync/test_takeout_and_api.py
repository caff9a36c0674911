"""A Takeout archive and Gmail's API meet: nothing is read for units twice, nothing counts twice."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from connectors.standin import Google, World, empty_world, serve
from connectors.standin.world.takeout import write_takeout
from sync.store import owners, queries
from sync.store.models import interaction, party, source
from sync.store.session import open_store
from tests.support.kill_sync import SyncProcess

ADA = "ada.winter@example.org"
BO = "Bo Berg <bo@example.net>"
SCOPE = "https://www.googleapis.com/auth/gmail.metadata"


@pytest.fixture
def world() -> World:
    """Threads of one to three messages with Bo, one without a Message-ID, and a newsletter."""
    made = empty_world(date(2026, 11, 23))
    for number in range(30):
        at = made.end - timedelta(days=number + 1)
        first = made.deliver(sender=BO, to=(ADA,), at=at)
        for answer in range(number % 3):
            who, to = ((ADA, BO), (BO, ADA))[answer]
            later = at + timedelta(hours=answer + 1)
            made.deliver(sender=who, to=(to,), thread=first.thread_id, at=later)
    made.deliver(sender=BO, to=(ADA,), headers=[("Message-ID", "")])
    made.deliver(sender="Shop <n@shop.example>", to=(ADA,), labels=("CATEGORY_PROMOTIONS",))
    return made


@pytest.fixture
def google(world: World) -> Iterator[Google]:
    with serve(world) as running:
        yield running


@pytest.fixture
def app(tmp_path: Path, google: Google) -> SyncProcess:
    """Both sources of one mailbox; the archive is still to be written."""
    path = tmp_path / "credentials.json"
    path.write_text(json.dumps(google.credentials([SCOPE])))
    path.chmod(0o600)
    return SyncProcess(
        tmp_path / "home",
        f'[[sources]]\nid = "archive"\ntype = "mbox"\npath = "{tmp_path / "All mail.mbox"}"\n'
        f'[[sources]]\nid = "mail"\ntype = "gmail"\napi_endpoint = "{google.url}"\n'
        f'credentials = "{path}"\nunits_per_minute = 100000000\n',
        (ADA,),
    )


def archive(app: SyncProcess) -> Path:
    return app.folder.parent / "All mail.mbox"


def held(app: SyncProcess) -> dict[str, set[str]]:
    """The references that each source holds."""
    store = open_store(app.url)
    try:
        with store.read() as connection:
            rows = connection.execute(
                sa.select(source.c.key, interaction.c.ref).join_from(
                    source, interaction, interaction.c.source_id == source.c.id
                )
            ).all()
            bare = connection.execute(
                sa.select(sa.func.count())
                .select_from(interaction.outerjoin(party))
                .where(party.c.handle_id.is_(None))
            ).scalar_one()
    finally:
        store.close()
    assert not bare, "an interaction without anybody on it"
    found: dict[str, set[str]] = {}
    for key, ref in rows:
        found.setdefault(key, set()).add(ref)
    return found


def events(app: SyncProcess) -> list[tuple[int, int]]:
    """All contact as scoring sees it: whose, and when."""
    store = open_store(app.url)
    try:
        with store.read() as connection:
            owner_id = owners.find(connection, "me")
            assert owner_id is not None
            seen = queries.contact_events(connection, owner_id)
    finally:
        store.close()
    return sorted(zip(seen.person.tolist(), seen.at.tolist(), strict=True))


def test_what_the_archive_has_costs_no_units_and_counts_once(
    app: SyncProcess, world: World, google: Google
) -> None:
    late = world.deliver(sender=BO, to=(ADA,))
    written = write_takeout(world, archive(app), without={late.id})
    assert app.sync().code == 0
    assert google.meter.calls["threads.get"] == 0
    assert google.meter.calls["messages.get"] == 1  # the one that came later
    both = held(app)
    shop = {m.id for m in world.mailbox.messages.values() if "SENT" not in m.labels} & (
        both["archive"] - both["mail"]
    )
    assert len(both["archive"]) == written
    assert both["mail"] == both["archive"] - shop | {late.id}
    assert len(shop) == 1  # bulk is left to the archive
    with_archive = events(app)
    assert len(with_archive) == len(set(with_archive))


def test_the_archive_may_go_and_nothing_is_lost(
    app: SyncProcess, world: World, google: Google
) -> None:
    write_takeout(world, archive(app))
    assert app.sync().code == 0
    before = held(app)["mail"]
    archive(app).write_text("")
    world.delete(next(iter(world.mailbox.messages)))
    assert app.sync().code == 0
    assert held(app)["mail"] == before - {next(iter(before - set(world.mailbox.messages)))}
    assert google.meter.calls["messages.get"] == 0


def test_an_archive_that_comes_later_doubles_nothing(app: SyncProcess, world: World) -> None:
    archive(app).write_text("From x\n")
    app.sync()
    before = events(app)
    write_takeout(world, archive(app))
    assert app.sync().code == 0
    assert {at for _, at in events(app)} >= {at for _, at in before}
    assert len(events(app)) == len(before) + 1  # the newsletter, which the API left alone
    # One of them has no Message-ID: Google's number names it in both.
    assert len(held(app)["archive"]) == len(world.mailbox.messages)


def test_a_tab_that_changed_since_the_archive_was_made_is_read_by_the_api(
    app: SyncProcess, world: World, google: Google
) -> None:
    write_takeout(world, archive(app))
    moved = next(m for m in world.mailbox.messages.values() if "SENT" in m.labels)
    first = moved.thread.messages[0]
    world.relabel(first.id, add=("CATEGORY_UPDATES",))
    assert app.sync().code == 0
    assert google.meter.calls["messages.get"] == 1
    store = open_store(app.url)
    with store.read() as connection:
        found = connection.execute(
            sa.select(interaction.c.bulk)
            .join(source, source.c.id == interaction.c.source_id)
            .where(source.c.key == "mail", interaction.c.ref == first.id)
        ).scalar_one()
    store.close()
    assert found == "Gmail: updates"
