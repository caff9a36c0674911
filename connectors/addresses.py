"""Addresses: their canonical form, and which of them are the owner's own.

A canonical handle is lower case and NFC-normalised, its domain in ASCII. Dots and plus-tags are
removed only where the provider is known to ignore them, for elsewhere they name different people.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

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

# The longest address there can be: 64 characters, an @, and 255 more (RFC 5321, 4.5.3.1).
_LONGEST = 320
# What no address holds outside quotes; a colon would be a route (`@relay:ada@...`) or `mailto:`.
_NOT_IN_LOCAL = re.compile(r'[\s<>()\[\],;:@"\\]')
_DOMAIN = re.compile(r"[^\s<>()\[\],;:@\"\\.]+(?:\.[^\s<>()\[\],;:@\"\\.]+)*|\[[0-9a-z.:]+\]")


@lru_cache(maxsize=8192)  # a mailbox names the same few thousand people again and again
def canonical(address: str) -> str:
    """The canonical form of an address; the empty text where it is none.

    >>> canonical("Ada.Lovelace+news@GoogleMail.com")
    'adalovelace@gmail.com'
    >>> canonical("Ada.Lovelace+news@example.org")
    'ada.lovelace+news@example.org'
    """
    handle = _canonical(address)
    # Once more: a domain may be four times as long in ASCII.
    return handle if len(handle) <= _LONGEST else ""


def _canonical(address: str) -> str:
    text = address.strip()
    if not text.isascii():
        text = _without_hidden(text)
    local, at, domain = text.lower().rpartition("@")
    domain = domain.rstrip(".")
    if not at or len(text) > _LONGEST or not text.isprintable():
        return ""
    if len(local) > 2 and local[0] == local[-1] == '"':  # noqa: PLR2004 - two quotes and something
        local = local[1:-1]
    if not local or _NOT_IN_LOCAL.search(local):
        return ""
    if not domain.isascii():
        domain = _in_ascii(domain)
    if not _DOMAIN.fullmatch(domain):
        return ""
    if domain in _GMAIL:
        plain = local.partition("+")[0].replace(".", "") or local
        # Without a dot between them, a letter and an accent may be one.
        return f"{unicodedata.normalize('NFC', plain)}@gmail.com"
    if domain in _PLUS_TAGS:
        local = local.partition("+")[0] or local
    return f"{local}@{domain}"


def _without_hidden(text: str) -> str:
    """NFC and lower case, without what cannot be seen (joiners, marks of writing direction)."""
    seen = "".join(c for c in text if unicodedata.category(c) != "Cf")
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", seen).lower()).strip()


def _in_ascii(domain: str) -> str:
    """A domain's name as the wire has it, so that both spellings are one; itself if it has none."""
    try:
        return domain.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return domain


class OwnAddresses:
    """The owner's own addresses; a pattern such as `*@example.org` names a whole domain.

    A tagged form of an own address (`ada+shop@example.org`) is own too.
    """

    def __init__(self, addresses: Iterable[str]) -> None:
        listed = tuple(addresses)
        self._patterns = tuple(sorted({a.strip().lower() for a in listed if "*" in a}))
        self._exact = frozenset(canonical(a) for a in listed if "*" not in a) - {""}
        self._matches = re.compile(
            "|".join(".*".join(map(re.escape, p.split("*"))) for p in self._patterns) or "(?!)",
            re.DOTALL,
        ).fullmatch

    def __contains__(self, address: object) -> bool:
        if not isinstance(address, str):
            return False
        handle = canonical(address)
        if not handle:
            return False
        if handle in self._exact or self._matches(handle) is not None:
            return True
        local, tag, rest = handle.partition("+")
        return bool(tag) and f"{local}@{rest.rpartition('@')[2]}" in self._exact

    def __repr__(self) -> str:
        return f"OwnAddresses({', '.join((*sorted(self._exact), *self._patterns))})"

    @property
    def fingerprint(self) -> str:
        """The same text for the same set of addresses, whatever their order."""
        return " ".join((*sorted(self._exact), *self._patterns))
