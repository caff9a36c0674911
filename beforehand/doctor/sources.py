"""Checks of the sources: that they answer, how fresh they are, and for how long they will be."""

from __future__ import annotations

from collections.abc import Iterator

from beforehand.app import App
from beforehand.daemon import alerts
from beforehand.doctor.finding import Finding, failed, passed, refused, warning
from beforehand.errors import ExitCode
from beforehand.plans import describe_remaining, describe_unread
from connectors.api import Connector, HasGrant, Plan, ReadsSentMail, WarnsOfExpiry
from connectors.errors import ConnectorError
from sync.engine import broke, unquoted
from sync.store import sources
from sync.store.sources import SourceStanding, Status


def examine(app: App) -> Iterator[Finding]:
    """Check each source, and whether answers to reports can be found in any."""
    if not app.config.sources:
        yield failed("sources", "there is none: add [[sources]]", ExitCode.WRONG_USE)
        return
    with app.store.read() as connection:
        standings = {
            standing.key: standing
            for standing in sources.standings(connection, app.owner_id, app.now())
        }
    sent: list[str] = []
    for source in app.config.sources:
        check = f"source {source.id}"
        context = app.context(source)
        try:
            connector = app.connector(source, context)
            if isinstance(connector, ReadsSentMail) and connector.reads_sent_mail():
                sent.append(source.id)
            says = connector.check()
        except ConnectorError as error:
            yield refused(check, error)
            continue
        except Exception as error:  # a stranger's connector; the rest wants checking
            app.log.debug("the connector broke", source=source.id, exc_info=unquoted(error))
            says = f"{broke(error)}: `beforehand --debug doctor` shows where, for its authors"
            yield failed(check, says)
            continue
        yield _read(app, check, says, standings.get(source.id))
        yield from _access(app, check, connector)
    yield _answers(sent)


def _read(app: App, check: str, says: str, standing: SourceStanding | None) -> Finding:
    """When a source that answers was last read, and what of it is still to come."""
    plan = standing.plan if standing else None
    rest = describe_remaining(plan) if plan else ""
    if standing and standing.last_ok_at is not None:
        local = standing.last_ok_at.astimezone(app.config.zone)
        parts = [says, f"last read {local:%-d %b %Y, %H:%M}", rest or _left(plan)]
        age = app.now() - standing.last_ok_at
        stale = age > alerts.UNREAD_FOR
        if stale:
            why = "" if standing.state == Status.OK.value else f" ({standing.trouble.rstrip('.')})"
            parts.append(f"that is {age.days} days ago{why}: beforehand sync")
        text = "; ".join(filter(None, parts))
        return (failed if stale else passed)(check, text)
    if rest and plan and plan.back_to:
        back_to = plan.back_to.astimezone(app.config.zone)
        rest = f"read back to {back_to:%-d %b %Y} so far, {rest}: beforehand sync goes on"
        return passed(check, f"{says}; {rest}")
    return failed(check, f"{says}; never read: beforehand sync")


def _left(plan: Plan | None) -> str:
    """What was left unread on purpose when the source was last listed."""
    return describe_unread(plan.unread) if plan else ""


def _access(app: App, check: str, connector: Connector) -> Iterator[Finding]:
    """Since when there is access, what it lacks, and whether it will end before long."""
    if isinstance(connector, HasGrant) and (access := connector.granted_access()) is not None:
        local = access.since.astimezone(app.config.zone)
        age = (app.now() - access.since).days
        if access.lacking:
            yield failed(check, access.lacking, ExitCode.UNAUTHORISED)
        else:
            says = f"access since {local:%-d %b %Y} ({age} days), with all that it needs"
            yield passed(f"access {check.removeprefix('source ')}", says)
    if isinstance(connector, WarnsOfExpiry) and (ahead := connector.expiry_warning()):
        yield warning(check, ahead)


def _answers(sent: list[str]) -> Finding:
    """Whether what the owner answers to a report is ever seen."""
    if sent:
        return passed("answers", f"answers to reports are read from {sent[0]}")
    says = (
        "no source reads the mail that you send, so reports offer no answers by mail: "
        "`beforehand met`, `snooze` and `ignore` do the same"
    )
    return passed("answers", says)
