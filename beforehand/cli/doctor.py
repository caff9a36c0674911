"""The command that checks everything: doctor."""

from __future__ import annotations

from typing import Annotated

import typer

from beforehand.cli.output import folded, print_json, say, show
from beforehand.cli.parameters import JsonFlag
from beforehand.cli.root import cli
from beforehand.cli.session import Options
from beforehand.errors import ExitCode


@cli.command()
def doctor(
    context: typer.Context,
    as_json: JsonFlag = False,
    alive: Annotated[
        bool, typer.Option("--alive", help="Only whether the daemon gives signs of life.")
    ] = False,
) -> None:
    """Check all that can go wrong, and say what to do about it."""
    from beforehand import doctor as checks
    from beforehand.logs import logger

    options: Options = context.obj
    if alive:
        _alive(options)
        return
    findings = list(checks.examine(options.path, logger(debug=options.debug)))
    if as_json:
        print_json([{"check": f.check, "ok": f.ok, "says": f.says} for f in findings])
    else:
        for finding in findings:
            verdict = "ok  " if finding.ok else "BAD "
            show(folded(f"{verdict} {finding.check}: {' '.join(finding.says.split())}", indent=6))
    if not all(finding.ok for finding in findings):
        bad = sum(not finding.ok for finding in findings)
        checks_want = "check wants" if bad == 1 else "checks want"
        say(f"{bad} {checks_want} your attention")
        raise typer.Exit(max(finding.code for finding in findings) or ExitCode.FAILED)


def _alive(options: Options) -> None:
    """Check for a sign of life only: quick, and without opening the store, for container health."""
    from beforehand.app import utc_now
    from beforehand.daemon import liveness

    config = options.load()
    sign = liveness.last_sign(liveness.sign_path(config))
    show(liveness.describe_sign(sign, config.zone))
    if sign is None or utc_now() - sign > liveness.SILENT:
        raise typer.Exit(ExitCode.FAILED)
