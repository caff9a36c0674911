"""How fresh what is known is: the state of each source, and until when all contact is known."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from beforehand.analysis.snapshot import Snapshot
from beforehand.app import App
from connectors import registry
from connectors.api import Channel
from report.text import notices
from report.text.language import gettext as _
from report.view import SourceState
from sync.store import sources
from sync.store.sources import SourceStanding

# A source not read for so long is stale: whoever seems silent may have written since.
STALE_AFTER = timedelta(days=3)
# An archive whose newest mail is older than this says nothing about silence now.
OLD_ARCHIVE = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Freshness:
    """How fresh the sources were at a time, each as configured.

    known_until: until when all mail was known; None where none ever was. Where no source brings
    mail, what calendars say is all there is, and known as far.
    """

    states: tuple[SourceState, ...]
    known_until: datetime | None


def freshness(app: App, snapshot: Snapshot) -> Freshness:
    """How fresh each configured source was as of the snapshot's time."""
    known = {one.key: one for one in snapshot.sources}
    mail = {
        source.id: Channel.MAIL in registry.load(source.type).channels
        for source in app.config.sources
    }
    arrived = [one.newest_at for one in snapshot.sources if mail.get(one.key)]
    newest = max((moment for moment in arrived if moment is not None), default=None)
    old = newest is not None and snapshot.at - newest > OLD_ARCHIVE
    states = tuple(
        _state(source.id, known.get(source.id), snapshot.at, mail=mail[source.id], old=old)
        for source in app.config.sources
    )
    said = [key for key, brings in mail.items() if brings] or list(mail)
    read = [known[key].last_ok_at if key in known else None for key in said]
    moments = [moment for moment in read if moment is not None]
    if not moments or len(moments) < len(read):
        return Freshness(states, None)
    until = min(snapshot.at, *moments)
    return Freshness(states, min(until, newest) if old and newest else until)


def _state(
    key: str, known: SourceStanding | None, at: datetime, *, mail: bool, old: bool
) -> SourceState:
    last = known.last_ok_at if known else None
    back_to = _back_to(known) if known else None
    if known and back_to is not None:
        last = known.last_run_at or at
    last = min(last, at) if last else None  # a report on the past is read from the present store
    waits = known is not None and known.state == sources.Status.NEEDS_AUTHORISATION
    said = known.trouble if known and known.state != sources.Status.OK else ""
    trouble = notices.trouble(key, said, access=waits)
    stale = last is None or at - last > STALE_AFTER
    if not stale and mail and old:
        stale = True
        trouble = _(
            "its newest mail is more than two weeks old: if it is an archive, bring a newer one"
        )
    return SourceState(
        id=key,
        last_ok=last,
        stale=stale,
        trouble=trouble,
        mail=mail,
        back_to=back_to,
    )


def _back_to(known: SourceStanding) -> datetime | None:
    """Since when mail is known of a source that is being read for the first time."""
    if known.last_ok_at is not None or known.plan is None or known.plan.done:
        return None
    return known.plan.back_to
