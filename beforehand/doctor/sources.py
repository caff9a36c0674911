"""Checks of the sources: that they answer, how fresh they are, and for how long they will be."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Event

from beforehand.app import App
from beforehand.daemon import alerts
from beforehand.doctor.finding import Finding, refused
from beforehand.plans import standing, unread
from connectors.api import Connector, HasGrant, Plan, ReadsSentMail, WarnsOfExpiry
from connectors.errors import ConnectorError
from sync.engine import State, broke, unquoted
from sync.store import queries
from sync.store.queries import SourceStanding


def examine(app: App) -> Iterator[Finding]:
    """Each source, and whether answers to reports can be found in any."""
    if not app.config.sources:
        yield Finding("sources", ok=False, says="there is none: add [[sources]]", code=2)
        return
    with app.store.read() as connection:
        known = {one.key: one for one in queries.sources(connection, app.owner_id, app.now())}
    sent: list[str] = []
    for source in app.config.sources:
        check = f"source {source.id}"
        context = app.context(source, stop=Event(), progress=lambda _done, _total: None)
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
            yield Finding(check, ok=False, says=says, code=1)
            continue
        yield _read(app, check, says, known.get(source.id))
        yield from _access(app, check, connector)
    yield _answers(sent)


def _read(app: App, check: str, says: str, known: SourceStanding | None) -> Finding:
    """When a source that answers was last read, and what of it is still to come."""
    plan = known.plan if known else None
    rest = standing(plan) if plan else ""
    if known and known.last_ok_at is not None:
        local = known.last_ok_at.astimezone(app.config.zone)
        parts = [says, f"last read {local:%-d %b %Y, %H:%M}", rest or _left(plan)]
        old = app.now() - known.last_ok_at
        stale = old > alerts.UNREAD_FOR
        if stale:
            why = "" if known.state == State.OK.value else f" ({known.trouble.rstrip('.')})"
            parts.append(f"that is {old.days} days ago{why}: beforehand sync")
        text = "; ".join(filter(None, parts))
        return Finding(check, ok=not stale, says=text, code=1 if stale else 0)
    if rest and plan and plan.back_to:
        back_to = plan.back_to.astimezone(app.config.zone)
        rest = f"read back to {back_to:%-d %b %Y} so far, {rest}: beforehand sync goes on"
        return Finding(check, ok=True, says=f"{says}; {rest}")
    return Finding(check, ok=False, says=f"{says}; never read: beforehand sync", code=1)


def _left(plan: Plan | None) -> str:
    """What was left unread on purpose when the source was last listed."""
    return unread(plan.unread) if plan else ""


def _access(app: App, check: str, connector: Connector) -> Iterator[Finding]:
    """Since when there is access, what it lacks, and whether it will end before long."""
    if isinstance(connector, HasGrant) and (access := connector.granted_access()) is not None:
        local = access.since.astimezone(app.config.zone)
        age = (app.now() - access.since).days
        if access.lacking:
            yield Finding(check, ok=False, says=access.lacking, code=3)
        else:
            says = f"access since {local:%-d %b %Y} ({age} days), with all that it needs"
            yield Finding(f"access {check.removeprefix('source ')}", ok=True, says=says)
    if isinstance(connector, WarnsOfExpiry) and (ahead := connector.expiry_warning()):
        yield Finding(check, ok=False, says=ahead)  # worth knowing, and no failure yet


def _answers(sent: list[str]) -> Finding:
    """Whether what the owner answers to a report is ever seen."""
    if sent:
        return Finding("answers", ok=True, says=f"answers to reports are read from {sent[0]}")
    says = (
        "no source reads the mail that you send, so reports offer no answers by mail: "
        "`beforehand met`, `snooze` and `ignore` do the same"
    )
    return Finding("answers", ok=True, says=says)
