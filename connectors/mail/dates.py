"""Dates of mail headers, made aware UTC; broken ones are repaired where that is no guess."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_tz

# Mail is older, but a date before this is a clock that was never set.
EARLIEST = datetime(1971, 1, 1, tzinfo=UTC)
_LATEST = datetime(2200, 1, 1, tzinfo=UTC)  # where nobody says what time it is
# A sender's clock may be wrong, and zones differ; nothing is written later than this.
_LEEWAY = timedelta(days=2)
_WIDEST_ZONE = 14 * 3600  # seconds: the Line Islands
_LONGEST = 200  # characters; the parser of the standard library is not linear

_MONTHS = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1
    )
}
# What nearly all programs write: "Thu, 11 Nov 1999 10:54:37 +0100 (CET)".
_USUAL = re.compile(
    r"\s*(?:[A-Za-z]{3},)?\s*(\d{1,2})\s+([A-Za-z]{3})\s+(\d{4})\s+(\d\d):(\d\d):(\d\d)\s+"
    r"([+-])(\d\d)(\d\d)(?:\s*\([^()]*\))?\s*",
    re.ASCII,
)
# What begins as a date of ISO 8601, and the whole of one. `datetime.fromisoformat` reads more on
# some Pythons than on others (hour 24 from 3.14 on), and no leap second.
_LIKE_ISO = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d", re.ASCII)
_ISO = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,]\d+)?)?"
    r"\s*(?:Z|UTC|GMT|([+-])(\d\d)(?::?(\d\d))?)?",
    re.ASCII | re.IGNORECASE,
)
_COMMENT = re.compile(r"\([^()]*\)")
_LOOSE_COLON = re.compile(r"\s*+:\s*")
_ZONE_COLON = re.compile(r"(?<=[+-]\d\d):(?=\d\d\b)")  # "+01:00"
_ZONE_PREFIX = re.compile(r"\b(?:GMT|UTC?|Z)(?=[+-]\d{3})")  # "GMT+0100"


def mail_date(value: str) -> datetime | None:
    """The moment a Date header names, in UTC; None where it names none.

    Without a zone, or with an impossible one, it is read as UTC.
    """
    try:
        match = _USUAL.fullmatch(value)
        if match is None:
            return _unusual(value)
        day, month, year, hour, minute, second, sign, zone_h, zone_m = match.groups()
        zone = (int(zone_h) * 3600 + int(zone_m) * 60) * (-1 if sign == "-" else 1)
        return _moment(
            (int(year), _MONTHS[month.lower()], int(day), int(hour), int(minute), int(second)), zone
        )
    # KeyError: no month of ours. The rest is what the parser of the standard library may raise
    # on odd input.
    except (KeyError, ValueError, IndexError, TypeError, OverflowError):
        return None


def received_date(value: str) -> datetime | None:
    """The moment a Received header names after its last semicolon."""
    return mail_date(value.rpartition(";")[2])


def plausible(moment: datetime, now: datetime | None) -> bool:
    """Whether a message can be from then: not before 1971, not two days after `now`."""
    return EARLIEST <= moment <= (_LATEST if now is None else now + _LEEWAY)


def _unusual(value: str) -> datetime | None:
    text = _COMMENT.sub(" ", value[:_LONGEST]).strip()
    if _LIKE_ISO.match(text):
        match = _ISO.fullmatch(text)
        return None if match is None else _of_iso(match)
    text = _ZONE_PREFIX.sub("", _ZONE_COLON.sub("", _LOOSE_COLON.sub(":", text)))
    parts = parsedate_tz(text)
    if parts is None:
        return None
    year, month, day, hour, minute, second = parts[:6]
    if 100 <= year < 1000:  # noqa: PLR2004 - years counted from 1900 (RFC 5322, 4.3)
        year += 1900
    return _moment((year, month, day, hour, minute, second), parts[9] or 0)


def _of_iso(match: re.Match[str]) -> datetime:
    year, month, day, hour, minute, second, sign, zone_h, zone_m = match.groups(default="0")
    zone = (int(zone_h) * 3600 + int(zone_m) * 60) * (-1 if sign == "-" else 1)
    return _moment((int(year), int(month), int(day), int(hour), int(minute), int(second)), zone)


def _moment(local: tuple[int, int, int, int, int, int], zone: int) -> datetime:
    year, month, day, hour, minute, second = local
    if abs(zone) > _WIDEST_ZONE:
        zone = 0
    if (hour, minute, second) == (24, 0, 0):  # midnight, of the day that ends
        return datetime(year, month, day, tzinfo=UTC) + timedelta(days=1, seconds=-zone)
    # Seconds may be 60: a leap second.
    whole = datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC)
    return whole - timedelta(seconds=zone)
