"""Logs: one line an event for a person at a terminal, JSON where nobody looks."""

from __future__ import annotations

import logging
import sys
from typing import cast

from connectors.api import Log


def logger(*, debug: bool = False, quiet: bool = True) -> Log:
    """A logger to stderr. `quiet`: only what went wrong; `debug`: everything."""
    import structlog  # noqa: PLC0415 - a tenth of a second

    level = logging.DEBUG if debug else logging.ERROR if quiet else logging.INFO
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
