"""The language a person reads: words from one catalogue, dates and numbers by locale.

Texts for an owner are made within `use_locale(...)`; outside of it, the language is English. Every
text for a person passes through `gettext`, `ngettext` or `pgettext`; its English is the key of the
catalogue. The catalogues are `locales/LANGUAGE/beforehand.po`; each is compiled in memory at its
first use, so that no built file can be stale.
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
_locale: ContextVar[str] = ContextVar("locale", default=DEFAULT)


@contextmanager
def use_locale(locale: str) -> Iterator[None]:
    """Use the language of a locale ("de_DE", "en_GB"; see `supported_locale`) within the block."""
    before = _locale.set(locale)
    try:
        yield
    finally:
        _locale.reset(before)


def current() -> str:
    """Return the locale in use: "en_GB"."""
    return _locale.get()


def code() -> str:
    """Return the locale in use as HTML names it: "en-GB"."""
    return _locale.get().replace("_", "-")


def languages() -> tuple[str, ...]:
    """Return the languages that there are words in: English, and those that have a catalogue."""
    folders = files("report").joinpath("locales").iterdir()
    translated = (folder.name for folder in folders if folder.joinpath("beforehand.po").is_file())
    return tuple(sorted(("en", *translated)))


def supported_locale(locale: str) -> str:
    """Return a locale in our form ("de_AT" for "de-AT"). ValueError: there are no words in it."""
    name = locale.replace("-", "_")
    if name == DEFAULT:
        return name
    from babel import Locale, UnknownLocaleError  # noqa: PLC0415 - for the few who set a locale

    try:
        parsed = Locale.parse(name)
    except (ValueError, UnknownLocaleError):
        parsed = None
    if parsed is None or parsed.language not in languages():
        available = ", ".join(repr(language) for language in languages())
        raise ValueError(
            f"no words in {locale!r} yet: say {available}, or with a country, as in {DEFAULT!r}"
        )
    return str(parsed)


@cache
def catalogue(language: str) -> NullTranslations:
    """Return the catalogue of a language; an empty one (English) where there is none."""
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
    return catalogue(_locale.get().partition("_")[0])


def gettext(text: str) -> str:
    """Translate a text into the language in use; English where the catalogue lacks it."""
    return _words().gettext(text)


def ngettext(one: str, many: str, number: int) -> str:
    """Translate a text that counts things, in the plural form for `number`."""
    return _words().ngettext(one, many, number)


def pgettext(context: str, text: str) -> str:
    """Translate a text whose meaning depends on the context that it stands in."""
    return _words().pgettext(context, text)
