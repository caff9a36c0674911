"""The command that gives access: to a source, or to sending the report."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from beforehand.cli.output import show
from beforehand.cli.root import cli
from beforehand.cli.session import open_app_from
from beforehand.errors import UsageError

if TYPE_CHECKING:
    from beforehand.app import App


@cli.command()
def auth(
    context: typer.Context,
    name: Annotated[
        str, typer.Argument(metavar="SOURCE", help="A source; or `report`, to send it by mail.")
    ],
    browser: Annotated[
        bool,
        typer.Option(
            "--browser/--no-browser",
            help="Open a browser; or print the address, for a browser anywhere.",
        ),
    ] = True,
) -> None:
    """Give access to a source, or to sending the report."""
    from beforehand.daemon import jobs
    from beforehand.secrets import without_secrets
    from connectors.api import Authorizable

    # The browser that may be started is handed no secret in its environment.
    with open_app_from(context) as app, without_secrets():
        if name in {"smtp", "report"}:
            show(_allow_report(app, name, browser=browser))
            jobs.run_now(app, jobs.REPORT)
            return
        source = app.config.source(name)
        connector = app.connector(source, app.context(source, prompt=_prompt))
        if not isinstance(connector, Authorizable):
            raise UsageError(f"{name} is of type {source.type!r}, which needs no authorisation")
        show(connector.authorize(open_browser=browser))
        jobs.run_now(app, jobs.sync_job(name))
        show(f"Now read it: beforehand sync {name}")


def _allow_report(app: App, name: str, *, browser: bool) -> str:
    """Keep what sending the report needs: a password, or leave to send by Gmail."""
    from beforehand.mailing.delivery import smtp_secret
    from beforehand.mailing.transports import gmail_sender
    from connectors.api import advice_to_authorise
    from connectors.errors import AuthRequired, ConfigError

    report = app.config.report
    if name == "report" and report.via == "gmail":
        return gmail_sender(app).authorize(open_browser=browser)
    if report.smtp is None or report.smtp.username is None:
        raise ConfigError("[report.smtp] username: missing, so there is no password to keep")
    asked = f"Password of {report.smtp.username} at {report.smtp.host}"
    try:
        password = _prompt(asked, secret=True)
    except EOFError:
        raise AuthRequired(advice_to_authorise(asked, name)) from None
    app.tokens.set(smtp_secret(report.smtp.host), password)
    return "The password is kept."


def _prompt(question: str, /, *, secret: bool) -> str:
    """Ask in the terminal, or of whatever is piped in; EOFError where that has ended."""
    try:
        return str(typer.prompt(question, hide_input=secret))
    except typer.Abort:
        if sys.stdin.isatty():  # Ctrl-C, or Ctrl-D
            raise
        raise EOFError from None
