"""Addresses: their canonical form, and which of them are the owner's own.

A canonical handle is lower case and NFC-normalised. Dots and plus-tags are removed only where
the provider is known to ignore them, for elsewhere they name different people.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from fnmatch import fnmatchcase

# Gmail ignores dots and everything from a plus on; googlemail.com is the same mailbox.
_GMAIL = frozenset({"gmail.com", "googlemail.com"})
# These ignore what follows a plus, but not dots.
_PLUS_TAGS = frozenset(
    {
        "outlook.com",
        "hotmail.com",
        "live.com",
        "fastmail.com",
        "fastmail.fm",
        "icloud.com",
        "me.com",
        "mac.com",
        "protonmail.com",
        "proton.me",
        "pm.me",
    }
)


def canonical(address: str) -> str:
    """The canonical form of an address; the empty text where it is none.

    >>> canonical("Ada.Lovelace+news@GoogleMail.com")
    'adalovelace@gmail.com'
    >>> canonical("Ada.Lovelace+news@example.org")
    'ada.lovelace+news@example.org'
    """
    text = unicodedata.normalize("NFC", address.strip()).lower()
    local, at, domain = text.rpartition("@")
    domain = domain.rstrip(".")
    if not at or not local or not domain or any(c.isspace() or c in "<>(),;" for c in text):
        return ""
    if domain in _GMAIL:
        return f"{local.partition('+')[0].replace('.', '') or local}@gmail.com"
    if domain in _PLUS_TAGS:
        local = local.partition("+")[0] or local
    return f"{local}@{domain}"


class OwnAddresses:
    """The owner's own addresses; a pattern such as `*@example.org` names a whole domain."""

    def __init__(self, addresses: Iterable[str]) -> None:
        listed = tuple(addresses)
        self._patterns = tuple(sorted({a.strip().lower() for a in listed if "*" in a}))
        self._exact = frozenset(canonical(a) for a in listed if "*" not in a) - {""}

    def __contains__(self, address: object) -> bool:
        if not isinstance(address, str):
            return False
        handle = canonical(address)
        return handle in self._exact or any(fnmatchcase(handle, p) for p in self._patterns)

    def __repr__(self) -> str:
        return f"OwnAddresses({', '.join((*sorted(self._exact), *self._patterns))})"

    @property
    def fingerprint(self) -> str:
        """The same text for the same set of addresses, whatever their order."""
        return " ".join((*sorted(self._exact), *self._patterns))
