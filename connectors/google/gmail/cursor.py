"""Where the reading of a mailbox stands: the cursor of a Gmail source."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Self

from connectors.errors import CursorExpired


@dataclass(frozen=True, slots=True)
class Place:
    """Where a pull stands; as JSON it is the cursor.

    `history`: the id from which the history is to be followed. While the mailbox is crawled,
    `since` is set (seconds since 1970). While the history is followed, `page` is the token of the
    next page, and `upto` the id that the first page named.
    """

    history: str
    page: str = ""
    since: float | None = None
    upto: str = ""

    @classmethod
    def read(cls, cursor: str) -> Self:
        """The place that a cursor tells. Raises CursorExpired for what is none of ours."""
        try:
            place = cls(**json.loads(cursor))
            int(place.history)
        except (TypeError, ValueError) as error:
            raise CursorExpired(
                "the cursor is none of Gmail's: the mailbox is listed anew"
            ) from error
        return place

    def __str__(self) -> str:
        said = {key: value for key, value in asdict(self).items() if value not in ("", None)}
        return json.dumps(said, separators=(",", ":"))
