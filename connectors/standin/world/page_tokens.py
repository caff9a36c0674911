"""Opaque tokens: page tokens of lists, sync tokens of calendars.

A token carries where to go on and a fingerprint of the question, so that a token used with
another question is refused as Google refuses it. Raising the epoch makes every token handed out
so far invalid.
"""

from __future__ import annotations

import base64
import binascii
import json
from zlib import crc32

from connectors.standin.errors import bad_page_token


def fingerprint(*question: object) -> int:
    """A small number that is the same for the same question."""
    return crc32(repr(question).encode())


class Tokens:
    """Hands out tokens of one kind and reads them again."""

    def __init__(self) -> None:
        self._epoch = 0

    def invalidate(self) -> None:
        """Refuse every token handed out so far."""
        self._epoch += 1

    def issue(self, kind: str, question: int, position: int | str) -> str:
        """A token that says: go on at `position` of this question."""
        text = json.dumps([self._epoch, kind, question, position], separators=(",", ":"))
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

    def read(self, token: str, kind: str) -> tuple[int, int | str] | None:
        """(question, position); None where the token is none of ours or too old."""
        try:
            text = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
            epoch, said, question, position = json.loads(text)
        except (binascii.Error, ValueError, TypeError):
            return None
        if epoch != self._epoch or said != kind:
            return None
        return question, position

    def position(self, token: str, kind: str, question: int) -> int | str:
        """Where to go on; raises Google's 400 for a token that does not fit the question."""
        read = self.read(token, kind)
        if read is None or read[0] != question:
            raise bad_page_token()
        return read[1]
