"""Logs: one line an event for a person at a terminal, JSON where nobody looks."""

from __future__ import annotations

import logging
import sys
from typing import cast

from connectors.api import Log


class Silence:
    """A log that nobody reads."""

    def debug(self, event: str, **facts: object) -> None:
        """Say nothing."""

    def info(self, event: str, **facts: object) -> None:
        """Say nothing."""

    def warning(self, event: str, **facts: object) -> None:
        """Say nothing."""


def logger(*, debug: bool = False, quiet: bool = True) -> Log:
    """A logger to stderr. `quiet`: nothing, for a command says itself what went wrong;
    `debug`: everything."""
    if quiet and not debug:
        return Silence()
    import structlog  # noqa: PLC0415 - a tenth of a second

    level = logging.DEBUG if debug else logging.INFO
    terminal = sys.stderr.isatty()
    processors: list[structlog.typing.Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        structlog.dev.ConsoleRenderer()
        if terminal
        else structlog.processors.JSONRenderer(sort_keys=True),
    ]
    return cast(
        Log,
        structlog.wrap_logger(
            structlog.PrintLogger(sys.stderr),
            processors=processors,
            wrapper_class=structlog.make_filtering_bound_logger(level),
        ),
    )
