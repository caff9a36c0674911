"""Logs: one line per event at a terminal, JSON elsewhere."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING, cast

from beforehand.terminal import inert
from connectors.api import Log

if TYPE_CHECKING:
    from structlog.typing import EventDict, Processor, WrappedLogger


class NullLog:
    """A log that drops everything."""

    def debug(self, event: str, **facts: object) -> None:
        """Drop it."""

    def info(self, event: str, **facts: object) -> None:
        """Drop it."""

    def warning(self, event: str, **facts: object) -> None:
        """Drop it."""


def logger(*, debug: bool = False, quiet: bool = True) -> Log:
    """Return a logger to stderr.

    `quiet`: it drops everything, as a command itself says what went wrong. `debug`: every detail.
    """
    if quiet and not debug:
        return NullLog()
    import structlog  # noqa: PLC0415 - a tenth of a second

    level = logging.DEBUG if debug else logging.INFO
    processors: list[Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    if sys.stderr.isatty():
        # A richer traceback would show the values of variables, people's addresses among them.
        plain = structlog.dev.plain_traceback
        processors += [_inert_facts, structlog.dev.ConsoleRenderer(exception_formatter=plain)]
    else:
        processors += [
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(sort_keys=True),
        ]
    return cast(
        Log,
        structlog.wrap_logger(
            structlog.PrintLogger(sys.stderr),
            processors=processors,
            wrapper_class=structlog.make_filtering_bound_logger(level),
        ),
    )


def _inert_facts(_logger: WrappedLogger, _method: str, facts: EventDict) -> EventDict:
    """Make text from outside (a server's answer, a file's name) harmless to the terminal."""
    return {key: inert(value) if isinstance(value, str) else value for key, value in facts.items()}
