"""The cursor of a Gmail source."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Self

from connectors.errors import CursorExpired


@dataclass(frozen=True, slots=True)
class GmailCursor:
    """Where a pull goes on; its text is JSON with these keys.

    `history`: the history id from which the next partial sync lists changes. `since`: set (in
    seconds since 1970) until a full sync is complete. `page` and `upto`: set while a partial sync
    is under way: the token of its next page, and the history id that its first page named.
    """

    history: str
    page: str = ""
    since: float | None = None
    upto: str = ""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Parse a cursor's text. Raises CursorExpired if no Gmail source wrote it."""
        try:
            cursor = cls(**json.loads(text))
            int(cursor.history)
        except (TypeError, ValueError) as error:
            raise CursorExpired(
                "the cursor is none of Gmail's: the mailbox is listed anew"
            ) from error
        return cursor

    def __str__(self) -> str:
        fields = {key: value for key, value in asdict(self).items() if value not in ("", None)}
        return json.dumps(fields, separators=(",", ":"))
