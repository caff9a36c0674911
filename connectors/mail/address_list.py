"""Address lists of mail headers, read address by address: one bad entry spoils no other.

The standard library's `getaddresses` empties a whole list for one fault (from Python 3.11.10
and 3.12.4 on), and before that let a quoted address pass for a real one; the same message must
read alike on every version. What is accepted here is RFC 5322 and what real programs write
instead: semicolons between addresses, missing brackets or quotes, raw commas in encoded words.
Every step is linear in the length of the header.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from connectors.addresses import canonical
from connectors.mail.encoded import characters, octets

LONGEST_NAME = 120

_ENCODED = re.compile(
    r"=\?(?P<charset>[A-Za-z0-9._:+-]{1,40})(?:\*[A-Za-z0-9-]{0,20})?\?(?P<how>[bBqQ])\?"
    r"(?P<text>[^?\s]*)\?="
)
# One entry as nearly all programs write it, up to its comma: `Ada <ada@...>`, `"Lovelace, Ada"
# <ada@...>`, `ada@...`. Possessive throughout, so that what does not fit is left in linear time.
_ATOM = r"[^\s\"\\,;:<>()@\[\]]"
_REGULAR = re.compile(
    rf"(?:(?:\s*+\"([^\"\\<>@]*+)\"\s*+|([^\"\\,;:<>()@\[\]=]*+))<({_ATOM}++@{_ATOM}++)>"
    rf"|\s*+({_ATOM}++@{_ATOM}++))\s*+(?:,|\Z)"
)
# The pieces of any other entry. An encoded word stands before the rest: it may hold a comma.
_PIECE = re.compile(
    r"(?P<encoded>=\?[^?\s]{1,60}\?[bBqQ]\?[^?\s]*\?=)"
    r"|(?P<word>[^\s\"(),;:<>\[\]=]+)"
    r"|(?P<space>\s+)"
    r"|(?P<mark>.)",
    re.DOTALL,
)
_SPECIAL = ',;:"(<[>\\'
_QUOTED = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_BRACKETED = re.compile(r"<[^<>]*>")
_LITERAL = re.compile(r"\[[^\[\]\s]*\]")
_BACKSLASH = re.compile(r"\\(.)", re.DOTALL)
# A quoted text holding this was opened by a stray quote, and swallowed other addresses.
_SWALLOWED = re.compile(r"@[^\s<>@]+>\s*[,;]")
_COMMENT = re.compile(r"\([^()]*\)")  # within an address; was allowed once, too
_LOOSE = re.compile(r"\s*+([@.])\s*+")  # "ada @ example . org" was allowed once
# "ada at example.org", as public archives write it
_SPELT_OUT = re.compile(r"([^\s@]+) at ([^\s@]+\.[^\s@]+)")
_JOINERS = "\u200c\u200d"  # invisible, but part of the spelling in Persian and in emoji


class NamedAddress(NamedTuple):
    """One address of a header, in canonical form, and the name it was given there."""

    address: str
    name: str


def parse_address_list(value: str) -> list[NamedAddress]:
    """Return every address of a From, To, Cc, ... value, in order; what is none is left out.

    >>> parse_address_list('"Lovelace, Ada" <Ada@Example.org>, undisclosed-recipients:;')
    [NamedAddress(address='ada@example.org', name='Lovelace, Ada')]
    """
    addresses: list[NamedAddress] = []
    for name, address in _entries(value if value.isascii() else _without_surrogates(value)):
        handle = canonical(_bare(address))
        if handle:
            addresses.append(NamedAddress(handle, clean_name(name)))
        elif "=?" in name or "=?" in address:
            addresses.extend(_wholly_encoded(f"{name} {address}"))
    return addresses


@lru_cache(maxsize=8192)  # the same few thousand people, as in `canonical`
def clean_name(raw: str) -> str:
    """A display name fit to be shown: decoded, on one line, without quotes or hidden marks.

    Empty where the name is itself an address, which says nothing new or something false.
    """
    text = " ".join(decoded(raw).split())
    if not (text.isascii() and text.isprintable()):
        text = unicodedata.normalize("NFC", "".join(map(_visible, text)))
        text = " ".join(text.split())
    while len(text) > 1 and text[0] == text[-1] and text[0] in "'\"":
        text = text[1:-1].strip()
    if "@" in text and canonical(text.strip("<>")):
        return ""
    return text if len(text) <= LONGEST_NAME else text[:LONGEST_NAME].rstrip()


def decoded(raw: str) -> str:
    """Text with its encoded words (RFC 2047) decoded and its undecodable bytes guessed."""
    text = raw if raw.isascii() else _without_surrogates(raw)
    if "=?" not in text:
        return text
    parts: list[str] = []
    end = 0
    pending: tuple[bytes, str] | None = None  # adjacent words may share one character's bytes
    for match in _ENCODED.finditer(text):
        between = text[end : match.start()]
        end = match.end()
        charset, how = match["charset"].lower(), match["how"]
        content = octets(match["text"], how)
        if pending is not None and not between.strip():
            if pending[1] == charset:
                pending = (pending[0] + content, charset)
                continue
            between = ""  # white space between encoded words is none
        if pending is not None:
            parts.append(characters(*pending))
        parts.append(between)
        pending = (content, charset)
    if pending is not None:
        parts.append(characters(*pending))
    parts.append(text[end:])
    return "".join(parts)


def _entries(value: str) -> Iterator[tuple[str, str]]:
    """Cut an address list into (name, address) pairs, both still encoded."""
    position, length = 0, len(value)
    unclosed: set[str] = set()  # an opening mark without its end: so are all after it
    while position < length:
        regular = _REGULAR.match(value, position)
        if regular is not None:
            quoted, name, bracketed, bare = regular.groups()
            position = regular.end()
            yield (quoted or name or "", bracketed) if bracketed else ("", bare)
        else:
            pairs, position = _irregular_entry(value, position, unclosed)
            yield from pairs


@dataclass(slots=True)
class _Entry:
    """What has been read of one entry of a list."""

    pairs: list[tuple[str, str]] = field(default_factory=list)
    name: list[str] = field(default_factory=list)  # before the address in brackets
    address: str = ""
    words: list[str] = field(default_factory=list)  # after it; without one: name and address
    notes: list[str] = field(default_factory=list)  # comments: a name where there is no other

    def take_bracketed(self, content: str) -> None:
        """Take the content of brackets as the address; what stood before it is the name."""
        if self.address:  # a comma is missing between this address and the one before
            self.pairs += _pairs(self.name, self.notes, self.address)
            self.notes = []
        self.name, self.address, self.words = self.words, content, []

    def close(self) -> list[tuple[str, str]]:
        """Return the (name, address) pairs of the whole entry."""
        return [*self.pairs, *_pairs([*self.name, *self.words], self.notes, self.address)]


def _irregular_entry(
    value: str, position: int, unclosed: set[str]
) -> tuple[list[tuple[str, str]], int]:
    """Return the (name, address) pairs up to the next separator, and where that ends."""
    entry = _Entry()
    while (match := _PIECE.match(value, position)) is not None:
        piece, position = match[0], match.end()
        if match.lastgroup != "mark" or piece not in _SPECIAL:
            entry.words.append(piece)
        elif piece in ",;":
            break
        elif piece == ":":  # what stood before it was the name of a group, or "mailto"
            entry.words, entry.notes = [], []
        elif piece in '"(<[' and piece not in unclosed:
            position = _open(entry, value, position - 1, unclosed)
    return entry.close(), position


def _open(entry: _Entry, value: str, start: int, unclosed: set[str]) -> int:
    """Take in what opens at `start`, and return where to go on."""
    opening = value[start]
    content, after = _enclosed(value, start)
    if after == 0:
        if opening in '"(':
            unclosed.add(opening)
        # Without its end, a bracket still tells the name from the address.
        entry.words.append("" if opening == '"' else " " if opening == "<" else opening)
        return start + 1
    if opening == "(":
        entry.notes.append(content)
    elif opening == "<":
        entry.take_bracketed(content)
    elif opening == "[" or value[after : after + 1] == "@":
        entry.words.append(value[start:after])
    elif _SWALLOWED.search(content):
        return start + 1
    else:
        entry.words.append(content)
    return after


def _enclosed(value: str, start: int) -> tuple[str, int]:
    """Return the content of what opens at `start`, and where it ends; 0 where it never does."""
    opening = value[start]
    if opening == "(":
        return _comment(value, start)
    pattern = {'"': _QUOTED, "<": _BRACKETED, "[": _LITERAL}[opening]
    match = pattern.match(value, start)
    if match is None:
        return "", 0
    content = match[0][1:-1]
    if opening == '"' and "\\" in content:
        content = _BACKSLASH.sub(r"\1", content)
    return content, match.end()


def _comment(value: str, start: int) -> tuple[str, int]:
    """Return a comment, which may hold others, and where it ends; 0 where it never does."""
    depth, position, length = 0, start, len(value)
    while position < length:
        character = value[position]
        if character == "\\":
            position += 1
        elif character == "(":
            depth += 1
        elif character == ")":
            depth -= 1
            if depth == 0:
                return _BACKSLASH.sub(r"\1", value[start + 1 : position]), position + 1
        position += 1
    return "", 0


def _bare(address: str) -> str:
    """Return an address without the marks that some programs put around it."""
    text = address.strip("'<> \t\r\n")
    return text.strip('"') if text.endswith('"') else text


def _pairs(words: list[str], notes: list[str], address: str) -> list[tuple[str, str]]:
    """Return the (name, address) pairs of what stood between two separators: one, as a rule.

    `words` are all pieces but the `address` in brackets and the comments, `notes`.
    """
    text, note = "".join(words).strip(), " ".join(notes)
    if address:
        return _bracketed(text or note, address)
    return _unbracketed(text, note) if "@" in text else [_without_at_sign(text, note)]


def _bracketed(name: str, address: str) -> list[tuple[str, str]]:
    """Return the pair of an address that stood in brackets, or the pairs of a whole list there."""
    if '"' not in address and ("," in address or ";" in address) and ":" not in address:
        return list(_entries(address))
    without_route = address if "[" in address else address.rpartition(":")[2]
    without_comment = _COMMENT.sub("", without_route) if "(" in without_route else without_route
    return [(name, _LOOSE.sub(r"\1", without_comment).strip())]


def _unbracketed(text: str, note: str) -> list[tuple[str, str]]:
    """Return the pair of an address among other words, or of several separated by spaces only."""
    words = _LOOSE.sub(r"\1", text).split()
    addresses = [word for word in words if "@" in word]
    if len(addresses) > 1:
        return [("", address) for address in addresses]
    name = " ".join(word for word in words if "@" not in word)
    return [(name or note, addresses[0])]


def _without_at_sign(text: str, note: str) -> tuple[str, str]:
    """Return the pair of an address that is spelt out ("ada at example.org"), else only a name."""
    spelt = _SPELT_OUT.fullmatch(text)
    return (note, f"{spelt[1]}@{spelt[2]}") if spelt else (text or note, "")


def _wholly_encoded(text: str) -> Iterator[NamedAddress]:
    """An entry whose brackets are inside an encoded word: one address, whatever its commas."""
    plain = decoded(text)
    name, bracket, rest = plain.rpartition("<")
    handle = canonical(rest.partition(">")[0] if bracket else plain)
    if handle:
        yield NamedAddress(handle, clean_name(name))


def _visible(character: str) -> str:
    category = unicodedata.category(character)
    if category[0] == "Z" or category == "Cc":
        return " "
    return "" if category[0] == "C" and character not in _JOINERS else character


def _without_surrogates(text: str) -> str:
    """Give text that was read with `surrogateescape` its bytes back, as UTF-8 or Windows-1252."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raw = text.encode("utf-8", "surrogateescape" if _escaped(text) else "replace")
        try:
            return raw.decode()
        except UnicodeDecodeError:
            return raw.decode("cp1252", "replace")
    return text


def _escaped(text: str) -> bool:
    return not any("\ud800" <= c < "\udc80" or "\udcff" < c <= "\udfff" for c in text)
