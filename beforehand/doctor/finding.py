"""What a check finds."""

from __future__ import annotations

from dataclasses import dataclass

from connectors.errors import AuthRequired, ConfigError, ConnectorError


@dataclass(frozen=True, slots=True)
class Finding:
    """One check's outcome; `code` is the exit code it asks for."""

    check: str
    ok: bool
    says: str
    code: int = 0


def code_of(error: Exception) -> int:
    """The exit code that an error asks for."""
    if isinstance(error, AuthRequired):
        return 3
    return 2 if isinstance(error, ConfigError) else 1


def refused(check: str, error: ConnectorError) -> Finding:
    """A check that ended in an error, whose text says what to do."""
    return Finding(check, ok=False, says=str(error), code=code_of(error))
