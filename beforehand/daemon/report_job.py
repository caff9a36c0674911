"""The daemon's job of sending the report: when it is tried, and the pause after a failure.

The states of a report, and what leads from one to the next, are drawn in `beforehand.work`.
"""

from __future__ import annotations

from datetime import timedelta
from threading import Event

from beforehand import work
from beforehand.app import App
from beforehand.mailing import periods, unconfirmed
from beforehand.mailing.delivery import OutcomeUnknown, Rejected, TryLater
from connectors.errors import AuthRequired, ConnectorError
from sync.store import agenda

# A report that only its owner can help on is tried again this seldom.
OWNER_PAUSE = timedelta(hours=6)


def send_report(app: App, stop: Event, *, alert_job: str) -> timedelta | None:
    """Send the report. Return the least pause before the next try, or None where none is needed.

    `alert_job` is the job that tells the owner of what they must mend; it is put on the agenda
    where the report waits for them. The report of a week that is over is dropped: the next one
    comes at its own time.
    """
    due = periods.due_at(app.config, app.now())
    if app.now() < due:
        app.log.info("report too late, the next one takes its place", due=due.isoformat())
        return None
    try:
        outcome = work.report_owner(app, stop=stop)
    except (ConnectorError, Rejected) as error:  # authorisation, configuration, a refusal
        app.log.warning("report not sent", error=str(error))
        if isinstance(error, AuthRequired | Rejected):
            with app.store.write() as connection:
                agenda.plan(connection, app.owner_id, alert_job, app.now())
        return OWNER_PAUSE
    except TryLater as error:
        app.log.warning("report not sent", error=str(error))
        return timedelta(seconds=error.retry_after or 0)
    except OutcomeUnknown as error:
        app.log.warning("report may not have gone", error=str(error))
        return unconfirmed.SEARCH_AFTER
    app.log.info("report", sent=outcome.sent, where=outcome.where)
    return outcome.wait if outcome.pending else None
