"""Text that is safe to show: at a terminal, in JSON, and in one line for an error."""

from __future__ import annotations

import json
import sys
import unicodedata

# Joiners hold emoji and some scripts together, and act on nothing else.
_JOINERS = "\u200c\u200d"
# Controls (with the escapes that a terminal obeys), marks of writing direction and other
# invisible characters, halves of a pair, private ones, unassigned ones, separators of lines.
_ACTING = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def inert(text: str) -> str:
    """Return the text with everything that acts on a terminal replaced by U+FFFD; lines stay."""
    if text.isprintable():
        return text
    return "".join("\ufffd" if _acts(c) else c for c in text)


def inert_json(text: str) -> str:
    """Return JSON with everything that acts on a terminal written as an escape: the same value."""
    if text.isprintable():
        return text
    return "".join(json.dumps(c)[1:-1] if _acts(c) else c for c in text)


def brief(error: BaseException) -> str:
    """Return an error in one line, without the values of the statement that failed.

    The text of a database error quotes whole statements with their values, people among them.
    """
    text = str(error)
    database = sys.modules.get("sqlalchemy.exc")
    if database is not None and isinstance(error, database.DBAPIError) and error.orig is not None:
        error = error.orig
        text = str(error).partition("\n")[0]  # PostgreSQL's second line quotes the values
    words = " ".join(inert(text).split())
    kind = type(error).__name__
    return f"{kind}: {words}" if words else kind


def _acts(character: str) -> bool:
    if character == "\n" or character in _JOINERS:
        return False
    return unicodedata.category(character) in _ACTING
