"""A pseudo-translation: English that is still readable was not in the catalogue."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from gettext import NullTranslations
from html.parser import HTMLParser
from urllib.parse import unquote

import pytest

from report.text import language

# Parts of a text that are not translated: placeholders of either kind, and commands.
_KEPT = re.compile(r"(\{\w*\}|%\(\w+\)s|`[^`]*`)")
_TOKEN = re.compile(r"\[[a-z2-7]{30,}\]")
_WORD = re.compile(r"[A-Za-z]{2,}")
_READ = ("aria-label", "title", "alt", "href")


def pseudo(text: str) -> str:
    """Return a text with every English letter replaced."""
    parts = _KEPT.split(text)
    return "".join(p if i % 2 else re.sub(r"[A-Za-z]", "ж", p) for i, p in enumerate(parts))


class PseudoTranslations(NullTranslations):
    """A catalogue with a pseudo-translation of every text."""

    def gettext(self, message: str) -> str:
        return pseudo(message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return pseudo(msgid1 if n == 1 else msgid2)

    def pgettext(self, context: str, message: str) -> str:
        del context
        return pseudo(message)


@contextmanager
def pseudo_language() -> Iterator[None]:
    """Use it. Dates and numbers are Russian, which shares no letter with English."""
    with pytest.MonkeyPatch.context() as patch, language.use_locale("ru_RU"):
        patch.setattr(language, "catalogue", lambda _language: PseudoTranslations())
        yield


def untranslated(text: str, *names: str) -> set[str]:
    """Return a text's English words, without commands, tokens, addresses and `names`."""
    for name in sorted(names, key=len, reverse=True):
        text = text.replace(name, " ")
    text = re.sub(r"`[^`]*`", " ", text, flags=re.DOTALL)
    text = _TOKEN.sub(" ", text)
    text = re.sub(r"\bhttps?:\S+|\S+@\S+|\b[a-z-]+\.example\b", " ", text)
    return set(_WORD.findall(text))


class _VisibleText(HTMLParser):
    """Collects the text of a page that is seen or read aloud."""

    def __init__(self) -> None:
        super().__init__()
        self.text: list[str] = []
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.silent += tag in {"style", "code"}
        for name, value in attrs:
            if name in _READ and value:
                query = value.partition("?")[2] if name == "href" else value
                self.text.append(re.sub(r"\b(subject|body)=", " ", unquote(query)))

    def handle_endtag(self, tag: str) -> None:
        self.silent -= tag in {"style", "code"}

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.text.append(data)


def visible_text(page: str) -> str:
    """Return what is seen or read aloud of a page: text, labels, and the mails of links."""
    reader = _VisibleText()
    reader.feed(page)
    return "\n".join(reader.text)
