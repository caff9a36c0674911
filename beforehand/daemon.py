"""The daemon: a heartbeat that looks at the agenda in the store and does what is due.

`schedule` only beats. What is due, and whether it was done, stands in the database as UTC, so
that sleep, crashes, clock changes and a second daemon change nothing: a missed report is sent
once, when the machine wakes.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from threading import Event
from types import FrameType
from zoneinfo import ZoneInfo

import schedule
from sqlalchemy.engine import Connection

from beforehand import outage, pausing, sending, work
from beforehand.config import DAYS, Config
from beforehand.house import House
from beforehand.terminal import brief
from beforehand.until import Until
from connectors.api import SourceConfig
from connectors.errors import ConfigError
from sync import waiting
from sync.engine import State
from sync.store import agenda, reports
from sync.store.agenda import Due
from sync.store.reports import ReportState
from sync.store.session import BusyError

HEARTBEAT_SECONDS = 20
# How long a stop may wait for the batch in hand before it is broken off (and rolled back).
GRACE_SECONDS = 1.0
REPORT = "report"
_FIRST_BACKOFF = timedelta(minutes=5)
_LONGEST_BACKOFF = timedelta(hours=6)
# A job in hand is due again after this, should its process die. No report is lost so: its own
# claim is stale by then.
LEASE = reports.STALE_CLAIM
# Jobs by their beginnings: reading a source, and telling the owner of something that waits for
# them, a source or the report.
_TELL = "tell:"
_SYNC = "sync:"
# So long a source may be read while the report is due: long enough for the news of the day.
_BEFORE_REPORT = timedelta(minutes=5)
# A source that is broken is looked at again this seldom.
_BROKEN_PAUSE = timedelta(hours=24)


class Stopped(BaseException):
    """A stop was asked for and the grace is over; whatever runs is rolled back."""


def run(house: House, *, stop: Event | None = None) -> None:
    """Beat until SIGTERM or SIGINT.

    Raises BusyError where a daemon for this owner runs, and ConfigError where there is no source.
    """
    if not house.config.sources:
        raise ConfigError(f"{house.config.path} has no [[sources]]: add one, and start again")
    ended = stop or Event()
    with house.store.exclusive(f"daemon-{house.owner_id}"), _answering_signals(ended):
        house.log.info("daemon started", sources=[one.id for one in house.config.sources])
        try:
            tick(house, ended)
            beat = heartbeat(lambda: tick(house, ended))
            while not ended.wait(1.0):
                beat()
        except Stopped:
            house.log.info("stopped in the middle; the next run goes on from there")
        house.log.info("daemon ended")


def heartbeat(job: Callable[[], None]) -> Callable[[], None]:
    """What is to be called each second, so that the job is done each `HEARTBEAT_SECONDS`."""
    beat = schedule.Scheduler()
    beat.every(HEARTBEAT_SECONDS).seconds.do(job)

    def look() -> None:
        # `schedule` reads the wall clock, which is set back an hour each autumn.
        if (beat.idle_seconds or 0) > HEARTBEAT_SECONDS:
            beat.run_all()
        beat.run_pending()

    return look


@contextmanager
def _answering_signals(ended: Event) -> Iterator[None]:
    """Ask to end at SIGTERM and SIGINT, insist after the grace; as it was before at the end."""

    def ask(_signal: int, _frame: FrameType | None) -> None:
        ended.set()
        signal.setitimer(signal.ITIMER_REAL, GRACE_SECONDS)

    def insist(_signal: int, _frame: FrameType | None) -> None:
        raise Stopped

    answers = {signal.SIGTERM: ask, signal.SIGINT: ask, signal.SIGALRM: insist}
    before = {number: signal.signal(number, answer) for number, answer in answers.items()}
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        for number, answer in before.items():
            signal.signal(number, answer)


def tick(house: House, ended: Event) -> None:
    """Do all that is due, sources before the report. Never raises for what a job did."""
    try:
        for due in _due(house):
            if ended.is_set():
                return
            _do(house, due, ended)
    except Exception as error:
        house.log.warning("heartbeat failed", error=brief(error))
        house.log.debug("heartbeat failed", exc_info=error)


def _due(house: House) -> list[Due]:
    """The jobs whose time has come, once the agenda agrees with the configuration."""
    now = house.now()
    wanted = {job_of(source.id): now for source in house.config.sources}
    if house.config.sources:
        wanted[REPORT] = next_report(house.config, now)
    with house.store.write() as connection:
        idle = _waiting(house, connection)
        wanted |= {f"{_TELL}{key}": now for key in idle}
        if _report_waits(house, connection):
            wanted[f"{_TELL}{REPORT}"] = now
        for job, first in wanted.items():
            agenda.plan(connection, house.owner_id, job, first)
        planned = agenda.agenda(connection, house.owner_id)
        agenda.drop(connection, house.owner_id, planned.keys() - wanted.keys())
        for due in planned.values():
            if due.job in wanted and _outdated(house.config, due, now):
                at = _following(house.config, due.job, now)
                agenda.settle(connection, house.owner_id, due.job, at=at, failures=0)
    resting = {job_of(key) for key in idle}
    late = [
        one
        for one in planned.values()
        if one.at <= now and one.job in wanted and one.job not in resting
    ]
    return sorted(late, key=lambda one: (one.job == REPORT, one.at, one.job))


def _waiting(house: House, connection: Connection) -> set[str]:
    """The sources that are not asked, for only their owner can help.

    One whose credentials file was written since is asked again.
    """
    found = waiting.sources(connection, house.owner_id)
    return {
        source.id
        for source in house.config.sources
        if source.id in found and not _renewed_by_hand(source, found[source.id].last_run_at)
    }


def _renewed_by_hand(source: SourceConfig, tried: datetime | None) -> bool:
    path = source.model_dump().get("credentials")
    if not isinstance(path, Path) or tried is None:
        return False
    try:
        return path.stat().st_mtime >= tried.timestamp() + 1  # the store keeps whole seconds
    except OSError:  # said when it is read
        return False


def _report_waits(house: House, connection: Connection) -> bool:
    """Whether the owner was to be told of the report, and it still has not gone."""
    told = agenda.agenda(connection, house.owner_id).get(f"{_TELL}{REPORT}")
    last = reports.of_owner(connection, house.owner_id)[-1:]
    return told is not None and bool(last) and last[0].state is not ReportState.SENT


def _outdated(config: Config, due: Due, now: datetime) -> bool:
    """Whether a job was planned by other settings, or by a clock that has been set back since.

    Pauses after a failure, and what a process that died had in hand, stay as they are.
    """
    if due.failures or due.at <= now + LEASE:
        return False
    following = _following(config, due.job, now)
    return due.at > following or (due.job == REPORT and due.at != following)


def _do(house: House, due: Due, ended: Event) -> None:
    """Claim one job, do it, and say when it is due again."""
    with house.store.write() as connection:
        # Only for a while: should this process die, the job is not lost but due again.
        if not agenda.claim(connection, house.owner_id, due, house.now() + LEASE):
            return
    pause: timedelta | None = None
    failures = 0
    stop = _until_report(house, ended)
    try:
        pause = _run(house, due, stop)
    except BusyError:
        house.log.info("done by another process", job=due.job)
    except Exception as error:
        house.log.warning("job failed", job=due.job, error=brief(error))
        house.log.debug("job failed", job=due.job, exc_info=error)
        pause = timedelta()
    if pause is None:
        # A reading stopped in the middle goes on at once: after the report, or when a daemon runs.
        cut = stop.is_set() and due.job.startswith(_SYNC)
        at = house.now() if cut else _following(house.config, due.job, house.now())
    else:
        failures = due.failures + 1
        at = house.now() + max(pause, backoff(failures))
    with house.store.write() as connection:
        agenda.settle(connection, house.owner_id, due.job, at=at, failures=failures)


def _run(house: House, due: Due, ended: Event) -> timedelta | None:
    """Do a job; the least pause before the next try if that went wrong, else None."""
    if due.job == REPORT:
        return sending.attempt(house, ended, tell=f"{_TELL}{REPORT}")
    if due.job == f"{_TELL}{REPORT}":
        outage.tell_of_report(house)
        return None
    if due.job.startswith(_TELL):
        return outage.tell_of_source(house, due.job.removeprefix(_TELL))
    return _sync(house, _source(house, due), ended)


def _until_report(house: House, ended: Event) -> Until:
    """A stop for whatever takes long: the report hardly waits for it."""
    with house.store.read() as connection:
        report = agenda.agenda(connection, house.owner_id).get(REPORT)
    soonest = house.now() + _BEFORE_REPORT
    at = report.at if report is not None else soonest
    return Until(ended, at if at > house.now() else soonest, house.now)


def soon(house: House, job: str) -> None:
    """Let a daemon try a job at its next beat: what was in its way is removed."""
    with house.store.write() as connection:
        waiting.granted(connection, house.owner_id, job.partition(":")[2])
        agenda.settle(connection, house.owner_id, job, at=house.now(), failures=0)


def _sync(house: House, source: SourceConfig, ended: Event) -> timedelta | None:
    """Pull a source; the least pause before the next try if that went wrong, else None."""
    result = work.sync_source(house, source, stop=ended)
    pausing.take_answers(house)
    house.log.info(
        "synced",
        source=source.id,
        state=result.state.value,
        new=result.counts.new,
        changed=result.counts.changed,
        deleted=result.counts.deleted,
    )
    if result.trouble:
        house.log.warning("source not read", source=source.id, trouble=result.trouble)
    match result.state:
        case State.OK | State.NEEDS_AUTHORISATION:  # the latter rests: see `_waiting`
            return None
        case State.BROKEN:
            return _BROKEN_PAUSE
        case _:
            return timedelta(seconds=result.retry_after or 0)


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
    if job.startswith(_TELL):
        return now + outage.AGAIN
    return now + timedelta(minutes=config.daemon.sync_minutes)


def job_of(source: str) -> str:
    """The name of a source's job on the agenda."""
    return f"{_SYNC}{source}"


def _source(house: House, due: Due) -> SourceConfig:
    return house.config.source(due.job.partition(":")[2])
