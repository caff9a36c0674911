"""Searching the owner's mailbox for a report that may or may not have gone out.

That happens when the connection is lost after the mail was handed over, or the process dies
between sending and taking note: the report stays CLAIMED (see the states in `beforehand.work`).
Whether it went out is then seen where it must have arrived: all sources of mail are synced, and
ingestion notes the report's Message-ID.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from beforehand.app import App
from connectors import registry
from connectors.api import Channel, SourceConfig
from sync.engine import SyncResult
from sync.store import reports
from sync.store.session import BusyError
from sync.store.sources import Status

Read = Callable[[SourceConfig], SyncResult]

# From the claim to the first search: by then the process that claimed it has ended its try, and
# most mail that was taken has arrived. What is seen settles it.
SEARCH_AFTER = reports.STALE_CLAIM
# What is not seen yet may be on its way: servers that put off mail from strangers keep it for
# fifteen minutes to an hour. If a search does not show it after this, it is sent again.
RESEND_AFTER = timedelta(hours=1)
# Where a source of mail cannot be read, the search is not whole. Most outages are over after this;
# waiting longer may well bring the report a day late.
RESEND_UNSEARCHED_AFTER = timedelta(hours=6)
# How often it is searched for while no search was whole.
_SEARCH_EVERY = timedelta(hours=1)


def search_mailbox(app: App, read: Read) -> bool:
    """Sync every source of mail; return whether all of them could be read to the end."""
    whole = True
    for source in app.config.sources:
        if Channel.MAIL not in registry.load(source.type).channels:
            continue
        try:
            result = read(source)
        except BusyError:  # another process reads it, and may see the report for us
            whole = False
            continue
        whole = whole and result.state is Status.OK and not result.stopped
    return whole


def wait_before_search(claimed_at: datetime, now: datetime) -> timedelta:
    """How long a claim is left alone before the report is searched for; zero where it is time."""
    return max(SEARCH_AFTER - (now - claimed_at), timedelta())


def wait_before_resend(claimed_at: datetime, now: datetime, *, whole: bool) -> timedelta:
    """How long to wait before a report that is not seen is sent again; zero: not at all.

    `whole` is what `search_mailbox` returned.
    """
    left = (RESEND_AFTER if whole else RESEND_UNSEARCHED_AFTER) - (now - claimed_at)
    return max(min(left, _SEARCH_EVERY), timedelta())
