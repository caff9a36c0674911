"""A report that may have gone out, and may not: it is looked for in the owner's own mail.

That happens when the connection is lost after the mail was handed over, or the process dies
between sending and taking note. Whether it went out is then seen where it must have arrived, in
the owner's mailbox: all sources of mail are read, and ingestion notes the report's Message-ID.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from beforehand.app import App
from connectors import registry
from connectors.api import Channel, SourceConfig
from sync.engine import State, SyncResult
from sync.store import reports
from sync.store.session import BusyError

Read = Callable[[SourceConfig], SyncResult]

# From the claim to the first look: by then whoever claimed it is through with it, and most mail
# that was taken has arrived. What is seen settles it.
FIRST_LOOK = reports.STALE_CLAIM
# What is not seen yet may be on its way: servers that put off mail from strangers keep it for
# fifteen minutes to an hour. If it is not there at the second look, it is sent again.
SECOND_LOOK = timedelta(hours=1)
# Where a source of mail cannot be read, nobody can look. Most outages are over after this; whoever
# waits longer may well bring the report a day late.
BLIND = timedelta(hours=6)
# How often it is looked for while no look was whole.
_LOOK_AGAIN = timedelta(hours=1)


def look(app: App, read: Read) -> bool:
    """Read every source of mail; whether all of them could be read to the end."""
    whole = True
    for source in app.config.sources:
        if Channel.MAIL not in registry.load(source.type).channels:
            continue
        try:
            result = read(source)
        except BusyError:  # another process reads it, and may see the report for us
            whole = False
            continue
        whole = whole and result.state is State.OK and not result.stopped
    return whole


def wait_before_look(claimed_at: datetime, now: datetime) -> timedelta:
    """How long a claim is left alone before the report is looked for; zero where it is time."""
    return max(FIRST_LOOK - (now - claimed_at), timedelta())


def wait_before_sending(claimed_at: datetime, now: datetime, *, whole: bool) -> timedelta:
    """How long to wait, the report not being seen, before it is sent again; zero: not at all.

    `whole` is what `look` said.
    """
    left = (SECOND_LOOK if whole else BLIND) - (now - claimed_at)
    return max(min(left, _LOOK_AGAIN), timedelta())
