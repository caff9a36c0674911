"""The command that lists the kinds of source: connectors."""

from __future__ import annotations

from beforehand.cli.output import print_json, show
from beforehand.cli.parameters import JsonFlag
from beforehand.cli.root import cli


@cli.command()
def connectors(as_json: JsonFlag = False) -> None:
    """List the kinds of source there are."""
    from beforehand import __version__
    from connectors import registry

    kinds = registry.available(__version__)
    if as_json:
        print_json(
            [{"type": kind.type, "origin": kind.origin, "version": kind.version} for kind in kinds]
        )
        return
    for kind in kinds:
        show(f"{kind.type:<20} {kind.origin} {kind.version}")
