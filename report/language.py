"""The language a person reads: words from one catalogue, dates and numbers by locale.

Whoever writes for an owner does so within `spoken(...)`; outside of it, English is spoken. Every
text for a person passes `gettext` or one of its sisters; its English is the catalogue's key.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

DEFAULT = "en_GB"
_spoken: ContextVar[str] = ContextVar("spoken", default=DEFAULT)


@contextmanager
def spoken(locale: str) -> Iterator[None]:
    """Speak the language of a locale ("de_DE", "en_GB") for a while."""
    before = _spoken.set(locale)
    try:
        yield
    finally:
        _spoken.reset(before)


def code() -> str:
    """The language spoken, as HTML names it ("en-GB")."""
    return _spoken.get().replace("_", "-")


def gettext(text: str) -> str:
    """A text in the language spoken; its English where the catalogue has none."""
    return text


def ngettext(one: str, many: str, number: int) -> str:
    """The text for a number of things, in the language spoken."""
    return one if number == 1 else many


def pgettext(context: str, text: str) -> str:
    """As `gettext`, for a text whose meaning depends on where it stands."""
    del context
    return text
