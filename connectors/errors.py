"""Errors, named by what the engine must do about them.

A connector raises these and no others on purpose. A bad *record* is never an error:
it is a `Skip` in the batch, so that one broken message does not end a source.
"""

from __future__ import annotations


class ConnectorError(Exception):
    """Base of all errors that a connector raises on purpose; its text is written for the owner."""


class ConfigError(ConnectorError):
    """The configuration cannot work: say what is wrong, and do not try again.

    `problems` holds one line for each fault, with its key where there is one.
    """

    def __init__(self, *problems: str) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


class AuthRequired(ConnectorError):
    """The source asks for (new) authorisation by its owner: stop polling until it is given."""


class Retriable(ConnectorError):
    """A passing fault: try again later, not before `retry_after` seconds where that is known."""

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class CursorExpired(ConnectorError):
    """The source no longer understands the cursor: start again from none, losing nothing known."""


class Fatal(ConnectorError):
    """The source cannot be read and waiting will not help: tell the owner."""
