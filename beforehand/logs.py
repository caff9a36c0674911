"""Logs: one line an event for a person at a terminal, JSON where nobody looks."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING, cast

from beforehand.terminal import inert
from connectors.api import Log

if TYPE_CHECKING:
    from structlog.typing import EventDict, Processor, WrappedLogger


class NullLog:
    """A log that nobody reads."""

    def debug(self, event: str, **facts: object) -> None:
        """Say nothing."""

    def info(self, event: str, **facts: object) -> None:
        """Say nothing."""

    def warning(self, event: str, **facts: object) -> None:
        """Say nothing."""


def logger(*, debug: bool = False, quiet: bool = True) -> Log:
    """A logger to stderr: all that happens.

    `quiet`: nothing, for a command says itself what went wrong. `debug`: with every detail.
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
    """What a server answered, a file is called, ...: nothing of it may act on the terminal."""
    return {key: inert(one) if isinstance(one, str) else one for key, one in facts.items()}
