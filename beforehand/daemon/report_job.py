"""The daemon's way with the report: when it is tried, and the pause after what went wrong."""

from __future__ import annotations

from datetime import timedelta
from threading import Event

from beforehand import work
from beforehand.app import App
from beforehand.mailing import periods, unconfirmed
from beforehand.mailing.delivery import Rejected, TryLater, Unknown
from connectors.errors import AuthRequired, ConnectorError
from sync.store import agenda

# A report that only its owner can help on is tried again this seldom.
FOR_ITS_OWNER = timedelta(hours=6)


def attempt(app: App, stop: Event, *, tell: str) -> timedelta | None:
    """Send the report; the least pause before the next try if it is not sent, else None.

    `tell` is the job that tells the owner of what they must mend. Where the report is that of a
    week that is over, it is dropped: the next one comes at its own time.
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
                agenda.plan(connection, app.owner_id, tell, app.now())
        return FOR_ITS_OWNER
    except TryLater as error:
        app.log.warning("report not sent", error=str(error))
        return timedelta(seconds=error.retry_after or 0)
    except Unknown as error:
        app.log.warning("report may not have gone", error=str(error))
        return unconfirmed.FIRST_LOOK
    app.log.info("report", sent=outcome.sent, where=outcome.where)
    return outcome.wait if outcome.pending else None
