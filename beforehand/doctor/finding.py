"""What a check finds."""

from __future__ import annotations

from dataclasses import dataclass

from beforehand.errors import ExitCode, exit_code
from connectors.errors import ConnectorError


@dataclass(frozen=True, slots=True)
class Finding:
    """One check's outcome; `code` is the exit code it asks for, `says` is for a person."""

    check: str
    ok: bool
    says: str
    code: ExitCode = ExitCode.FINE


def passed(check: str, says: str) -> Finding:
    """A check with nothing to mend."""
    return Finding(check, ok=True, says=says)


def warning(check: str, says: str) -> Finding:
    """A check whose fault is still to come; the command does not fail for it."""
    return Finding(check, ok=False, says=says)


def failed(check: str, says: str, code: ExitCode = ExitCode.FAILED) -> Finding:
    """A check that found a fault; `says` tells what to do about it, too."""
    return Finding(check, ok=False, says=says, code=code)


def refused(check: str, error: ConnectorError) -> Finding:
    """A check that ended in an error, whose text says what to do."""
    return failed(check, str(error), exit_code(error))
