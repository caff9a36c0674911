"""Checks of the machine: its clock, the daemon, and the service that runs it."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from beforehand.app import App
from beforehand.daemon import liveness, service
from beforehand.doctor.finding import Finding, failed, passed
from sync.store import reports, sources

# By more than this a clock is wrong.
_TOLERANCE = timedelta(minutes=5)
_TIMEOUT_SECONDS = 5


def examine(app: App) -> Iterator[Finding]:
    """The clock, the daemon, the service."""
    yield _clock(app)
    yield _daemon(app)
    yield _service()


def _clock(app: App) -> Finding:
    """Compare the clock with a server that is read anyway, else with times in our own store."""
    now = app.now()
    zone = app.config.zone
    advice = "set the machine's clock, and let it keep time by the network"
    for url in _servers(app):
        if (theirs := _server_time(url)) is None:
            continue
        off = now - theirs
        if abs(off) > _TOLERANCE:
            way = "ahead" if off > timedelta() else "behind"
            says = f"{_describe_span(abs(off))} {way} of {urlsplit(url).hostname}: {advice}"
            return failed("clock", says)
        break
    latest = max(_own_timestamps(app), default=now)
    if latest - now > _TOLERANCE:
        says = f"{_describe_span(latest - now)} behind what was written here before: {advice}"
        return failed("clock", says)
    says = f"{now.astimezone(zone):%-d %b %Y, %H:%M}, {zone.key}"
    if "timezone" not in app.config.owner.model_fields_set:
        says = f"{says}, for [owner] timezone is not set"
    return passed("clock", says)


def _servers(app: App) -> Iterator[str]:
    """Servers that are asked anyway."""
    for source in app.config.sources:
        if url := source.clock_server():
            yield url


def _server_time(url: str) -> datetime | None:
    """Return the time on a server's clock; None where it cannot be had."""
    parts = urlsplit(url)
    kind = http.client.HTTPConnection if parts.scheme == "http" else http.client.HTTPSConnection
    connection = kind(parts.hostname or "", parts.port, timeout=_TIMEOUT_SECONDS)
    try:
        connection.request("HEAD", "/")
        date = connection.getresponse().getheader("Date")
        return parsedate_to_datetime(date) if date else None
    except (OSError, http.client.HTTPException, ValueError):
        return None
    finally:
        connection.close()


def _own_timestamps(app: App) -> Iterator[datetime]:
    """Times that we wrote: a right clock cannot be behind them."""
    with app.store.read() as connection:
        for source in sources.standings(connection, app.owner_id, app.now()):
            if source.last_run_at is not None:
                yield source.last_run_at
        for sent in reports.of_owner(connection, app.owner_id)[-1:]:
            yield sent.claimed_at
    if sign := liveness.last_sign(liveness.sign_path(app.config)):
        yield sign


def _describe_span(span: timedelta) -> str:
    hours, minutes = divmod(int(span.total_seconds()) // 60, 60)
    if span.days:
        return f"{span.days} d {hours % 24} h"
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


def _daemon(app: App) -> Finding:
    sign = liveness.last_sign(liveness.sign_path(app.config))
    says = liveness.describe_sign(sign, app.config.zone)
    if sign is None:
        return passed("daemon", f"{says}: `beforehand service install` starts one")
    if app.now() - sign <= liveness.SILENT:
        return passed("daemon", says)
    says = f"{says}: start it with `beforehand service install`, or run `beforehand daemon`"
    return failed("daemon", says)


def _service() -> Finding:
    kind = service.detect()
    if kind is None:
        return passed("service", "neither systemd nor launchd is here")
    standing = kind.status()
    if not standing.installed:
        says = "not installed: `beforehand service install` lets the daemon start by itself"
        return passed("service", says)
    says = standing.says if standing.running else f"{standing.says}: {kind.status_command}"
    return (passed if standing.running else failed)("service", says)
