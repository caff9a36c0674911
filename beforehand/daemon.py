"""The daemon: a heartbeat that looks at the agenda in the store and does what is due.

`schedule` only beats. What is due, and whether it was done, stands in the database as UTC, so
that sleep, crashes, clock changes and a second daemon change nothing: a missed report is sent
once, when the machine wakes.
"""

from __future__ import annotations

import signal
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from threading import Event
from types import FrameType
from zoneinfo import ZoneInfo

import schedule

from beforehand import work
from beforehand.config import DAYS, Config
from beforehand.house import House
from connectors.api import SourceConfig
from connectors.errors import ConnectorError
from sync.engine import State
from sync.store import agenda
from sync.store.agenda import Due
from sync.store.session import BusyError

HEARTBEAT_SECONDS = 20
# How long a stop may wait for the batch in hand before it is broken off (and rolled back).
GRACE_SECONDS = 1.0
REPORT = "report"
_FIRST_BACKOFF = timedelta(minutes=5)
_LONGEST_BACKOFF = timedelta(hours=6)
# A source that waits for its owner, or is broken, is looked at again this seldom.
_BROKEN_PAUSE = timedelta(hours=24)


class Stopped(BaseException):
    """A stop was asked for and the grace is over; whatever runs is rolled back."""


def run(house: House, *, stop: Event | None = None) -> None:
    """Beat until SIGTERM or SIGINT. Raises BusyError where a daemon for this owner runs."""
    ended = stop or Event()
    with house.store.exclusive(f"daemon-{house.owner_id}"):
        _answer_signals(ended)
        beat = schedule.Scheduler()
        beat.every(HEARTBEAT_SECONDS).seconds.do(tick, house, ended)
        house.log.info("daemon started", sources=[one.id for one in house.config.sources])
        try:
            tick(house, ended)
            while not ended.wait(1.0):
                beat.run_pending()
        except Stopped:
            house.log.info("stopped in the middle; the next run goes on from there")
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
        house.log.info("daemon ended")


def _answer_signals(ended: Event) -> None:
    def ask(_signal: int, _frame: FrameType | None) -> None:
        ended.set()
        signal.setitimer(signal.ITIMER_REAL, GRACE_SECONDS)

    def insist(_signal: int, _frame: FrameType | None) -> None:
        raise Stopped

    signal.signal(signal.SIGTERM, ask)
    signal.signal(signal.SIGINT, ask)
    signal.signal(signal.SIGALRM, insist)


def tick(house: House, ended: Event) -> None:
    """Do all that is due, sources before the report. Never raises for what a job did."""
    try:
        for due in _due(house):
            if ended.is_set():
                return
            _do(house, due, ended)
    except Exception as error:  # noqa: BLE001 - a full disk or a lost database must not end us
        house.log.warning("heartbeat failed", error=f"{type(error).__name__}: {error}")


def _due(house: House) -> list[Due]:
    """The jobs whose time has come, once the agenda agrees with the configuration."""
    now = house.now()
    wanted = {_job(source): now for source in house.config.sources}
    wanted[REPORT] = next_report(house.config, now)
    with house.store.write() as connection:
        for job, first in wanted.items():
            agenda.plan(connection, house.owner_id, job, first)
        planned = agenda.agenda(connection, house.owner_id)
        agenda.drop(connection, house.owner_id, planned.keys() - wanted.keys())
    late = [one for one in planned.values() if one.at <= now and one.job in wanted]
    return sorted(late, key=lambda one: (one.job == REPORT, one.at, one.job))


def _do(house: House, due: Due, ended: Event) -> None:
    """Claim one job, do it, and say when it is due again."""
    following = _following(house.config, due.job, house.now())
    with house.store.write() as connection:
        if not agenda.claim(connection, house.owner_id, due, following):
            return
    job: Callable[[], timedelta | None] = (
        (lambda: _report(house))
        if due.job == REPORT
        else (lambda: _sync(house, house.config.source(due.job.partition(":")[2]), ended))
    )
    failed = True
    wish = None
    try:
        wish = job()
        failed = wish is not None
    except BusyError:
        failed = False  # done by hand at this moment
    except Exception as error:  # noqa: BLE001 - a job's fault is logged and backed off, never fatal
        house.log.warning("job failed", job=due.job, error=f"{type(error).__name__}: {error}")
    failures = due.failures + 1 if failed else 0
    at = house.now() + max(wish or backoff(failures), backoff(failures)) if failed else following
    with house.store.write() as connection:
        agenda.settle(connection, house.owner_id, due.job, at=at, failures=failures)


def _sync(house: House, source: SourceConfig, ended: Event) -> timedelta | None:
    """Pull a source; the least pause before the next try if that went wrong, else None."""
    result = work.sync_source(house, source, stop=ended)
    house.log.info(
        "synced",
        source=source.id,
        state=result.state.value,
        new=result.counts.new,
        changed=result.counts.changed,
        deleted=result.counts.deleted,
    )
    match result.state:
        case State.OK:
            return None
        case State.NEEDS_AUTHORISATION | State.BROKEN:
            return _BROKEN_PAUSE
        case _:
            return timedelta(seconds=result.retry_after or _FIRST_BACKOFF.total_seconds())


def _report(house: House) -> timedelta | None:
    """Send the report; a fault is raised, and so backed off."""
    try:
        outcome = work.report_owner(house)
    except ConnectorError as error:  # authorisation, configuration: the owner must act
        house.log.warning("report not sent", error=str(error))
        return _LONGEST_BACKOFF
    house.log.info("report", sent=outcome.sent, where=outcome.where)
    return None


def backoff(failures: int) -> timedelta:
    """The pause after so many failures in a row: 5 minutes, doubled each time, at most 6 hours."""
    doubled: timedelta = _FIRST_BACKOFF * (1 << min(max(failures - 1, 0), 10))
    return min(doubled, _LONGEST_BACKOFF)


def next_report(config: Config, now: datetime) -> datetime:
    """The next report's time after `now`, in UTC: the configured day and time of day.

    Computed on the owner's wall clock; a time that daylight saving skips falls an hour later.
    """
    zone: ZoneInfo = config.zone
    local = now.astimezone(zone)
    clock = time.fromisoformat(config.report.time)
    ahead = (DAYS.index(config.report.day) - local.weekday()) % 7
    for days in (ahead, ahead + 7):
        slot = datetime.combine(local.date() + timedelta(days=days), clock, zone).astimezone(UTC)
        if slot > now:
            return slot
    msg = "the week has a report day"  # ahead + 7 days is always later than now
    raise AssertionError(msg)


def _following(config: Config, job: str, now: datetime) -> datetime:
    if job == REPORT:
        return next_report(config, now)
    return now + timedelta(minutes=config.daemon.sync_minutes)


def _job(source: SourceConfig) -> str:
    return f"sync:{source.id}"
