"""The daemon's jobs: at each heartbeat, read the agenda in the store and do what is due.

What is due, and whether it was done, stands in the database in UTC, so that sleep, crashes, clock
changes and a second daemon change nothing: a missed report is sent once, when the machine wakes.
`main` keeps the heartbeat.
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
from sync.store.flags import ReportState
from sync.store.session import BusyError, Connection
from sync.store.sources import Status

REPORT = "report"
_FIRST_BACKOFF = timedelta(minutes=5)
_LONGEST_BACKOFF = timedelta(hours=6)
# Should its process die, a claimed job is due again after this. A report's own claim is stale by
# then, so none is lost.
LEASE = reports.STALE_CLAIM
# Names of jobs on the agenda begin with what they do: sync a source;
_SYNC = "sync:"
# alert the owner to a source, or to the report, that waits for them;
_ALERT = "tell:"
# alert the owner to a fault that has lasted too long.
_LASTING = "alarm:"
UNREAD_SOURCES, LATE_REPORT = f"{_LASTING}sources", f"{_LASTING}report"
# A sync may go on for so long while the report is due: enough for the news of the day.
_BEFORE_REPORT = timedelta(minutes=5)
# The pause before a broken source is tried again.
_BROKEN_PAUSE = timedelta(hours=24)
# As above, where the owner can mend it: a configuration, a file, a keyring that is locked.
_MISCONFIGURED_PAUSE = timedelta(hours=1)
# No pause is longer: what is due later than that was planned by a wrong clock.
_LONGEST_PAUSE = _BROKEN_PAUSE
# A report that is late is tried at least this often, unless it waits for its owner.
_REPORT_PAUSE = timedelta(hours=1)


def run_due(app: App, ended: Event, liveness: Liveness | None = None) -> None:
    """Run all jobs that are due, sources before the report. Never raises for what a job did.

    Stops early, after the batch in hand, when `ended` is set. `liveness` is told what goes on.
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
    """The retry policy of a job that failed: `backoff`, within these bounds."""

    least: timedelta = timedelta()
    most: timedelta = _LONGEST_BACKOFF

    def pause(self, failures: int) -> timedelta:
        """Return the pause after so many failures in a row."""
        return min(max(self.least, min(backoff(failures), self.most)), _LONGEST_PAUSE)


# The other machine could not be reached: a laptop wakes before its network does.
_UNREACHED = _Retry(most=timedelta(minutes=15))
# An alert of a lasting fault that did not go out: the next few tries may mend it first.
_ALERT_LATER = _Retry(least=timedelta(hours=1))


def _due_jobs(app: App) -> list[Due]:
    """Bring the agenda in line with the configuration; return the jobs that are due, in order."""
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
        due
        for due in planned.values()
        if due.at <= now and due.job in wanted and due.job not in resting
    ]
    return sorted(late, key=lambda due: (_rank(due.job), due.at, due.job))


def _rank(job: str) -> int:
    """Sources come first: what they bring may end an alert, and belongs in the report."""
    return 0 if job.startswith(_SYNC) else 2 if job == REPORT else 1


def _waiting_sources(app: App, connection: Connection) -> set[str]:
    """Return the sources that are paused until their owner re-authorises them.

    One whose credentials file was written since is tried again.
    """
    waiting = sources.unauthorised(connection, app.owner_id)
    return {
        source.id
        for source in app.config.sources
        if source.id in waiting and not _renewed_by_hand(source, waiting[source.id].last_run_at)
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
    """Whether an alert about the report was planned, and it still has not gone."""
    alert = agenda.agenda(connection, app.owner_id).get(f"{_ALERT}{REPORT}")
    last = reports.of_owner(connection, app.owner_id)[-1:]
    return alert is not None and bool(last) and last[0].state is not ReportState.SENT


def _lasting_faults(app: App, connection: Connection, now: datetime) -> dict[str, datetime]:
    """Alerts of faults, with when they are due; they stand on the agenda while the fault lasts."""
    wanted = {}
    configured = {source.id for source in app.config.sources}
    if configured & sources.failing(connection, app.owner_id).keys():
        wanted[UNREAD_SOURCES] = now + alerts.UNREAD_FOR
    report = agenda.agenda(connection, app.owner_id).get(REPORT)
    if report is not None and report.failures and not _report_waits(app, connection):
        wanted[LATE_REPORT] = now + alerts.UNSENT_FOR
    return wanted


def _rescheduled(config: Config, due: Due, now: datetime) -> datetime | None:
    """When a job planned by other settings, or by a clock set back since, is due; else None.

    A claim of a process that died stays as it is, and so do pauses after a failure, unless they are
    longer than any that we plan.
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
    """When the next report is due, as `systemctl status` shows it."""
    with app.store.read() as connection:
        report = agenda.agenda(connection, app.owner_id).get(REPORT)
    if report is None:
        return "waiting"
    local = report.at.astimezone(app.config.zone)
    what = "next try of the report" if report.failures else "next report"
    return f"{what} on {local:%a %-d %b %H:%M}"


def _run_job(app: App, due: Due, ended: Event, liveness: Liveness) -> None:
    """Claim one job, run it, and plan when it is due again."""
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
    """Run a job. Return the retry policy where it failed, else None."""
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
    """Return a stop for what takes long, so that the report hardly waits for it."""
    with app.store.read() as connection:
        report = agenda.agenda(connection, app.owner_id).get(REPORT)
    soonest = app.now() + _BEFORE_REPORT
    at = report.at if report is not None else soonest
    moment = at if at > app.now() else soonest
    return Deadline(ended, moment, app.now, asked=liveness.beat)


def run_now(app: App, job: str) -> None:
    """Make a job due at the next heartbeat, after its owner removed what was in its way."""
    with app.store.write() as connection:
        sources.grant_access(connection, app.owner_id, job.partition(":")[2])
        agenda.settle(connection, app.owner_id, job, at=app.now(), failures=0)


def retry_failed(app: App) -> None:
    """Make all jobs that failed due at the next heartbeat: something may have been mended."""
    with app.store.write() as connection:
        for due in agenda.agenda(connection, app.owner_id).values():
            if due.failures:
                now = app.now()
                agenda.settle(connection, app.owner_id, due.job, at=now, failures=due.failures)


def _sync(app: App, source: SourceConfig, ended: Event, liveness: Liveness) -> _Retry | None:
    """Sync a source. Return the retry policy where it failed, else None."""

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
    """Return the pause after so many failures in a row: 5 minutes, doubled up to 6 hours."""
    doubled: timedelta = _FIRST_BACKOFF * (1 << min(max(failures - 1, 0), 10))
    return min(doubled, _LONGEST_BACKOFF)


def _next_time(config: Config, job: str, now: datetime) -> datetime:
    if job == REPORT:
        return periods.next_due(config, now)
    if job.startswith((_ALERT, _LASTING)):
        return now + alerts.REPEAT_AFTER
    return now + timedelta(minutes=config.daemon.sync_minutes)


def sync_job(source: str) -> str:
    """Return the name of a source's job on the agenda."""
    return f"{_SYNC}{source}"


def _source(app: App, due: Due) -> SourceConfig:
    return app.config.source(due.job.partition(":")[2])
