"""Google's quota on a virtual clock: syncs use nearly all of it, and never more."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from connectors.api import Plan
from connectors.google.gmail.connector import Gmail
from connectors.google.oauth.credentials import METADATA
from connectors.standin import empty_world, serve
from connectors.standin.clock import VirtualClock
from connectors.standin.server.quota import Quota
from connectors.testing import MemoryStore
from tests.support.google_client import ADA, BO, GoogleClient

COUNT = 1500


@pytest.mark.parametrize("quota", [Quota.NEW, Quota.OLD], ids=["new", "old"])
def test_the_quota_is_used_to_nineteen_in_twenty_and_never_exceeded(
    tmp_path: Path, quota: Quota
) -> None:
    world = empty_world(date(2026, 11, 23))
    for number in range(COUNT):
        world.deliver(sender=BO, to=(ADA,), at=world.end - timedelta(hours=number))
    clock = VirtualClock(world.end)
    begun: list[tuple[int, float]] = []
    with serve(world, clock=clock, quota=quota, in_flight=8, latency=0.1) as server:

        def announce(_plan: Plan, /) -> None:
            begun.append((server.meter.units, clock.monotonic()))

        client = GoogleClient(world, server, tmp_path)
        (tmp_path / "credentials.json").write_text(json.dumps(server.credentials([METADATA])))
        context = replace(
            client.context(),
            now=clock.now,
            monotonic=clock.monotonic,
            stop=clock.event(),
            announce=announce,
        )
        config = client.gmail(units_per_minute=quota.value.per_minute)._config  # noqa: SLF001
        stored = MemoryStore()
        for batch in Gmail(config, context).pull(None):
            stored.apply(batch)
        [(listed, since)] = begun
        minutes = (clock.monotonic() - since) / 60
        spent = server.meter.units - listed
        assert len(stored.interactions) == COUNT
        assert spent == COUNT * quota.value.prices["messages.get"] + 2
        assert spent >= 0.95 * quota.value.per_minute * minutes
        assert server.meter.peak <= quota.value.per_minute
        assert not server.meter.refused, "no call was sent too early"


def test_how_many_calls_go_together_is_learned_and_kept_to(tmp_path: Path) -> None:
    world = empty_world(date(2026, 11, 23))
    for number in range(400):
        world.deliver(sender=BO, to=(ADA,), at=world.end - timedelta(hours=number))
    with serve(world, in_flight=4) as server:
        client = GoogleClient(world, server, tmp_path)
        client.credentials()
        client.pull(client.gmail())
        refused = [call for call in server.requests if call.status == 429]
        assert len(client.refs) == 400
        # The first batch of lists, the first of messages, and one now and then.
        assert len(refused) < 20
