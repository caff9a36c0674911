"""The application's own errors, and what any error means to whoever gave the command.

The one place that turns an error into an exit code, and into lines that say what to do next.
"""

from __future__ import annotations

from enum import IntEnum
from typing import ClassVar

from connectors.errors import AuthRequired, ConfigError, ConnectorError


class ExitCode(IntEnum):
    """What the exit codes of the commands mean."""

    FINE = 0
    FAILED = 1
    WRONG_USE = 2  # of the command line, or in the configuration
    UNAUTHORISED = 3  # a source, or the way of the report, waits for its owner's permission
    INTERRUPTED = 130  # by Ctrl-C, as shells count it: 128 + SIGINT


class BeforehandError(Exception):
    """Base of the errors that the application itself raises on purpose.

    Its text is written for the owner: what went wrong, and what to do next.
    """

    exit_code: ClassVar[ExitCode] = ExitCode.FAILED


class UsageError(BeforehandError):
    """The command cannot do what it was asked; the configuration may well be fine."""

    exit_code = ExitCode.WRONG_USE


def exit_code(error: BaseException) -> ExitCode:
    """Return the exit code of a command that ends with this error."""
    match error:
        case BeforehandError():
            return error.exit_code
        case ConfigError():
            return ExitCode.WRONG_USE
        case AuthRequired():
            return ExitCode.UNAUTHORISED
    return ExitCode.FAILED


def advice(error: Exception) -> tuple[str, ...]:
    """Return the lines for the owner: what went wrong, and what to do next."""
    # The command line starts without these.
    from beforehand.terminal import brief  # noqa: PLC0415 - as said above
    from sync.store.people import PeopleError  # noqa: PLC0415 - as said above
    from sync.store.session import DatabaseError, StoreError  # noqa: PLC0415 - as said above

    match error:
        case ConfigError():
            return error.problems
        case BeforehandError() | ConnectorError() | StoreError() | PeopleError():
            return (str(error),)
        case DatabaseError():
            return (f"the store failed ({brief(error)}): try again, or see `beforehand doctor`",)
        case OSError() if error.filename is not None:
            return (f"{error.filename}: {error.strerror}",)
    return (f"unexpected {brief(error)}. Run it again with --debug, and report it",)
