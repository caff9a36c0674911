"""One beat of the daemon: it looks at the agenda in the store and does what is due.

What is due, and whether it was done, stands in the database as UTC, so that sleep, crashes, clock
changes and a second daemon change nothing: a missed report is sent once, when the machine wakes.
`running` is what beats.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event

from beforehand import work
from beforehand.app import App
from beforehand.config import Config
from beforehand.daemon import alerts, report_job
from beforehand.daemon.deadline import Deadline
from beforehand.daemon.liveness import Liveness
from beforehand.mailing import pause, periods
from beforehand.terminal import brief
from connectors.api import SourceConfig
from sync.store import agenda, reports, sources
from sync.store.agenda import Due
from sync.store.reports import ReportState
from sync.store.session import BusyError, Connection
from sync.store.sources import Status

REPORT = "report"
_FIRST_BACKOFF = timedelta(minutes=5)
_LONGEST_BACKOFF = timedelta(hours=6)
# A job in hand is due again after this, should its process die. No report is lost so: its own
# claim is stale by then.
LEASE = reports.STALE_CLAIM
# Jobs by their beginnings: reading a source, and telling the owner of something that waits for
# them, a source or the report.
_ALERT = "tell:"
_SYNC = "sync:"
# And telling the owner of what has lasted too long.
_LASTING = "alarm:"
UNREAD_SOURCES, LATE_REPORT = f"{_LASTING}sources", f"{_LASTING}report"
# So long a source may be read while the report is due: long enough for the news of the day.
_BEFORE_REPORT = timedelta(minutes=5)
# A source that is broken is looked at again this seldom.
_BROKEN_PAUSE = timedelta(hours=24)
# Where it is ours to mend: a configuration, a file, a keyring that was not unlocked yet.
_MISCONFIGURED_PAUSE = timedelta(hours=1)
# No pause is longer: what is due later than that was planned by a clock that was wrong.
_LONGEST_PAUSE = _BROKEN_PAUSE
# A report that is late is tried at least this often, unless it waits for its owner.
_REPORT_PAUSE = timedelta(hours=1)


def run_due(app: App, ended: Event, liveness: Liveness | None = None) -> None:
    """Do all that is due, sources before the report. Never raises for what a job did.

    Ends early, after the batch in hand, when `ended` is set. `liveness` is told what goes on.
    """
    liveness = liveness or Liveness()
    try:
        late = _due_jobs(app)
        liveness.ready()
        for due in late:
            if ended.is_set():
                return
            liveness.set_status(_status_text(due.job))
            _run_job(app, due, ended, liveness)
            liveness.beat()
        liveness.set_status(_next_report_text(app))
    except Exception as error:
        app.log.warning("heartbeat failed", error=brief(error))
        app.log.debug("heartbeat failed", exc_info=error)


@dataclass(frozen=True, slots=True)
class _Retry:
    """When a job that went wrong is tried again: by `backoff`, within these bounds."""

    least: timedelta = timedelta()
    most: timedelta = _LONGEST_BACKOFF

    def pause(self, failures: int) -> timedelta:
        """How long to wait after so many failures in a row."""
        return min(max(self.least, min(backoff(failures), self.most)), _LONGEST_PAUSE)


# Where there was no way to the other machine: a laptop wakes before its network does.
_UNREACHED = _Retry(most=timedelta(minutes=15))
# Alarming by its age, but perhaps mended by the next few tries.
_ALERT_LATER = _Retry(least=timedelta(hours=1))


def _due_jobs(app: App) -> list[Due]:
    """The jobs whose time has come, once the agenda agrees with the configuration."""
    now = app.now()
    wanted = {sync_job(source.id): now for source in app.config.sources}
    if app.config.sources:
        wanted[REPORT] = periods.next_due(app.config, now)
    with app.store.write() as connection:
        idle = _waiting_sources(app, connection)
        wanted |= {f"{_ALERT}{key}": now for key in idle}
        if _report_waits(app, connection):
            wanted[f"{_ALERT}{REPORT}"] = now
        wanted |= _lasting_faults(app, connection, now)
        for job, first in wanted.items():
            agenda.plan(connection, app.owner_id, job, first)
        planned = agenda.agenda(connection, app.owner_id)
        agenda.drop(connection, app.owner_id, planned.keys() - wanted.keys())
        for due in planned.values():
            at = _rescheduled(app.config, due, now) if due.job in wanted else None
            if at is not None:
                agenda.settle(connection, app.owner_id, due.job, at=at, failures=due.failures)
    resting = {sync_job(key) for key in idle}
    late = [
        one
        for one in planned.values()
        if one.at <= now and one.job in wanted and one.job not in resting
    ]
    return sorted(late, key=lambda one: (_rank(one.job), one.at, one.job))


def _rank(job: str) -> int:
    """Sources first, for what they bring may end an alarm, and belongs into the report."""
    return 0 if job.startswith(_SYNC) else 2 if job == REPORT else 1


def _waiting_sources(app: App, connection: Connection) -> set[str]:
    """The sources that are not asked, for only their owner can help.

    One whose credentials file was written since is asked again.
    """
    found = sources.unauthorised(connection, app.owner_id)
    return {
        source.id
        for source in app.config.sources
        if source.id in found and not _renewed_by_hand(source, found[source.id].last_run_at)
    }


def _renewed_by_hand(source: SourceConfig, tried: datetime | None) -> bool:
    """Whether a file with a credential of the source has changed since it was last `tried`."""
    return tried is not None and any(
        _written_since(path, tried) for path in source.credential_files()
    )


def _written_since(path: Path, moment: datetime) -> bool:
    try:
        return path.stat().st_mtime >= moment.timestamp() + 1  # the store keeps whole seconds
    except OSError:  # said when it is read
        return False


def _report_waits(app: App, connection: Connection) -> bool:
    """Whether the owner was to be told of the report, and it still has not gone."""
    told = agenda.agenda(connection, app.owner_id).get(f"{_ALERT}{REPORT}")
    last = reports.of_owner(connection, app.owner_id)[-1:]
    return told is not None and bool(last) and last[0].state is not ReportState.SENT


def _lasting_faults(app: App, connection: Connection, now: datetime) -> dict[str, datetime]:
    """What the owner is told of should it last: they stand on the agenda as long as it does."""
    wanted = {}
    configured = {source.id for source in app.config.sources}
    if configured & sources.failing(connection, app.owner_id).keys():
        wanted[UNREAD_SOURCES] = now + alerts.UNREAD_FOR
    report = agenda.agenda(connection, app.owner_id).get(REPORT)
    if report is not None and report.failures and not _report_waits(app, connection):
        wanted[LATE_REPORT] = now + alerts.UNSENT_FOR
    return wanted


def _rescheduled(config: Config, due: Due, now: datetime) -> datetime | None:
    """When a job is due that was planned by other settings, or by a clock that was set back since.

    Else None. What a process that died had in hand stays as it is, and so do pauses after a
    failure, as far as they are any of ours.
    """
    if due.at <= now + LEASE:
        return None
    if due.failures:
        return now if due.at > now + _LONGEST_PAUSE else None
    following = _next_time(config, due.job, now)
    other = due.at > following or (due.job == REPORT and due.at != following)
    return following if other else None


def _status_text(job: str) -> str:
    """A job as `systemctl status` shows it: without names and addresses."""
    if job.startswith(_SYNC):
        return f"reading {job.removeprefix(_SYNC)}"
    return "writing the report" if job == REPORT else "telling you what is wrong"


def _next_report_text(app: App) -> str:
    """What is awaited."""
    with app.store.read() as connection:
        report = agenda.agenda(connection, app.owner_id).get(REPORT)
    if report is None:
        return "waiting"
    local = report.at.astimezone(app.config.zone)
    what = "next try of the report" if report.failures else "next report"
    return f"{what} on {local:%a %-d %b %H:%M}"


def _run_job(app: App, due: Due, ended: Event, liveness: Liveness) -> None:
    """Claim one job, do it, and say when it is due again."""
    with app.store.write() as connection:
        # Only for a while: should this process die, the job is not lost but due again.
        if not agenda.claim(connection, app.owner_id, due, app.now() + LEASE):
            return
    again: _Retry | None = None
    failures = 0
    stop = _stop_before_report(app, ended, liveness)
    try:
        again = _dispatch(app, due, stop, liveness)
    except BusyError:
        app.log.info("done by another process", job=due.job)
    except Exception as error:
        app.log.warning("job failed", job=due.job, error=brief(error))
        app.log.debug("job failed", job=due.job, exc_info=error)
        again = _Retry()
    if again is None:
        # A reading stopped in the middle goes on at once: after the report, or when a daemon runs.
        cut = stop.is_set() and due.job.startswith(_SYNC)
        at = app.now() if cut else _next_time(app.config, due.job, app.now())
    else:
        failures = due.failures + 1
        at = app.now() + again.pause(failures)
    with app.store.write() as connection:
        agenda.settle(connection, app.owner_id, due.job, at=at, failures=failures)


def _dispatch(app: App, due: Due, ended: Event, liveness: Liveness) -> _Retry | None:
    """Do a job; when to try again if that went wrong, else None."""
    if due.job == REPORT:
        pause = report_job.send_report(app, ended, alert_job=f"{_ALERT}{REPORT}")
        return None if pause is None else _Retry(pause, most=_REPORT_PAUSE)
    if due.job == UNREAD_SOURCES:
        return None if alerts.alert_unread_sources(app) else _ALERT_LATER
    if due.job == LATE_REPORT:
        return None if alerts.alert_report_late(app) else _ALERT_LATER
    if due.job == f"{_ALERT}{REPORT}":
        alerts.alert_report_waits(app)
        return None
    if due.job.startswith(_ALERT):
        pause = alerts.alert_source(app, due.job.removeprefix(_ALERT))
        return None if pause is None else _Retry(pause)
    return _sync(app, _source(app, due), ended, liveness)


def _stop_before_report(app: App, ended: Event, liveness: Liveness) -> Deadline:
    """A stop for whatever takes long: the report hardly waits for it."""
    with app.store.read() as connection:
        report = agenda.agenda(connection, app.owner_id).get(REPORT)
    soonest = app.now() + _BEFORE_REPORT
    at = report.at if report is not None else soonest
    moment = at if at > app.now() else soonest
    return Deadline(ended, moment, app.now, asked=liveness.beat)


def run_now(app: App, job: str) -> None:
    """Let a daemon try a job at its next beat: what was in its way is removed."""
    with app.store.write() as connection:
        sources.grant_access(connection, app.owner_id, job.partition(":")[2])
        agenda.settle(connection, app.owner_id, job, at=app.now(), failures=0)


def retry_failed(app: App) -> None:
    """Let all that failed be tried at the next beat: something may have been mended."""
    with app.store.write() as connection:
        for due in agenda.agenda(connection, app.owner_id).values():
            if due.failures:
                now = app.now()
                agenda.settle(connection, app.owner_id, due.job, at=now, failures=due.failures)


def _sync(app: App, source: SourceConfig, ended: Event, liveness: Liveness) -> _Retry | None:
    """Pull a source; when to try again if that went wrong, else None."""

    def came(_done: int, _total: int | None, /) -> None:
        liveness.beat()

    result = work.sync_source(app, source, stop=ended, progress=came)
    pause.take_answers(app)
    app.log.info(
        "synced",
        source=source.id,
        state=result.state.value,
        new=result.counts.new,
        changed=result.counts.changed,
        deleted=result.counts.deleted,
    )
    if result.trouble:
        # A machine that has just woken has no network yet: nothing to worry about.
        log = app.log.info if result.unreached else app.log.warning
        log("source not read", source=source.id, trouble=result.trouble)
    match result.state:
        case Status.OK | Status.NEEDS_AUTHORISATION:  # the latter rests: see `_waiting_sources`
            return None
        case Status.BROKEN:
            return _Retry(_MISCONFIGURED_PAUSE if result.misconfigured else _BROKEN_PAUSE)
        case _ if result.unreached:
            return _UNREACHED
        case _:
            return _Retry(timedelta(seconds=result.retry_after or 0))


def backoff(failures: int) -> timedelta:
    """The pause after so many failures in a row: 5 minutes, doubled each time, at most 6 hours."""
    doubled: timedelta = _FIRST_BACKOFF * (1 << min(max(failures - 1, 0), 10))
    return min(doubled, _LONGEST_BACKOFF)


def _next_time(config: Config, job: str, now: datetime) -> datetime:
    if job == REPORT:
        return periods.next_due(config, now)
    if job.startswith((_ALERT, _LASTING)):
        return now + alerts.REPEAT_AFTER
    return now + timedelta(minutes=config.daemon.sync_minutes)


def sync_job(source: str) -> str:
    """The name of a source's job on the agenda."""
    return f"{_SYNC}{source}"


def _source(app: App, due: Due) -> SourceConfig:
    return app.config.source(due.job.partition(":")[2])
