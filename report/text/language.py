"""The language a person reads: words from one catalogue, dates and numbers by locale.

Whoever writes for an owner does so within `spoken(...)`; outside of it, English is spoken. Every
text for a person passes `gettext` or one of its sisters; its English is the catalogue's key. The
catalogues are `locales/LANGUAGE/beforehand.po`: each is compiled in memory at its first use, so
that there is no built file to be stale.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from gettext import GNUTranslations, NullTranslations
from importlib.resources import files
from io import BytesIO

DEFAULT = "en_GB"
_spoken: ContextVar[str] = ContextVar("spoken", default=DEFAULT)


@contextmanager
def spoken(locale: str) -> Iterator[None]:
    """Speak the language of a locale ("de_DE", "en_GB"; see `understood`) for a while."""
    before = _spoken.set(locale)
    try:
        yield
    finally:
        _spoken.reset(before)


def current() -> str:
    """The locale that is spoken: "en_GB"."""
    return _spoken.get()


def code() -> str:
    """The language spoken, as HTML names it ("en-GB")."""
    return _spoken.get().replace("_", "-")


def languages() -> tuple[str, ...]:
    """The languages that there are words in: English, and those that have a catalogue."""
    folders = files("report").joinpath("locales").iterdir()
    translated = (one.name for one in folders if one.joinpath("beforehand.po").is_file())
    return tuple(sorted(("en", *translated)))


def understood(locale: str) -> str:
    """A locale as it is spoken: "de-AT" is "de_AT". ValueError where there are no words in it."""
    name = locale.replace("-", "_")
    if name == DEFAULT:
        return name
    from babel import Locale, UnknownLocaleError  # noqa: PLC0415 - for the few who say a locale

    try:
        found = Locale.parse(name)
    except (ValueError, UnknownLocaleError):
        found = None
    if found is None or found.language not in languages():
        known = ", ".join(repr(one) for one in languages())
        raise ValueError(
            f"no words in {locale!r} yet: say {known}, or with a country, as in {DEFAULT!r}"
        )
    return str(found)


@cache
def catalogue(language: str) -> NullTranslations:
    """The words of a language; English where there are none."""
    source = files("report").joinpath("locales", language, "beforehand.po")
    if not source.is_file():
        return NullTranslations()
    from babel.messages.mofile import write_mo  # noqa: PLC0415 - English needs none of it
    from babel.messages.pofile import read_po  # noqa: PLC0415 - as above

    built = BytesIO()
    with source.open("rb") as file:
        write_mo(built, read_po(file))
    built.seek(0)
    return GNUTranslations(built)


def _words() -> NullTranslations:
    return catalogue(_spoken.get().partition("_")[0])


def gettext(text: str) -> str:
    """A text in the language spoken; its English where the catalogue has none."""
    return _words().gettext(text)


def ngettext(one: str, many: str, number: int) -> str:
    """The text for a number of things, in the language spoken."""
    return _words().ngettext(one, many, number)


def pgettext(context: str, text: str) -> str:
    """As `gettext`, for a text whose meaning depends on where it stands."""
    return _words().pgettext(context, text)
