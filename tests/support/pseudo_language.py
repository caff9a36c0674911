"""A language in which every text is disguised: whatever is readable was not in the catalogue."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from gettext import NullTranslations
from html.parser import HTMLParser
from urllib.parse import unquote

import pytest

from report.text import language

# What a text holds that is no word of it: placeholders of either kind, and commands.
_KEPT = re.compile(r"(\{\w*\}|%\(\w+\)s|`[^`]*`)")
_TOKEN = re.compile(r"\[[a-z2-7]{30,}\]")
_WORD = re.compile(r"[A-Za-z]{2,}")
_READ = ("aria-label", "title", "alt", "href")


def disguise(text: str) -> str:
    """The same with no letter of English left in it."""
    parts = _KEPT.split(text)
    return "".join(p if i % 2 else re.sub(r"[A-Za-z]", "ж", p) for i, p in enumerate(parts))


class Disguised(NullTranslations):
    """A catalogue that has every text, disguised."""

    def gettext(self, message: str) -> str:
        return disguise(message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return disguise(msgid1 if n == 1 else msgid2)

    def pgettext(self, context: str, message: str) -> str:
        del context
        return disguise(message)


@contextmanager
def disguised() -> Iterator[None]:
    """Speak it. Dates and numbers are Russian, in which no letter is one of ours."""
    with pytest.MonkeyPatch.context() as patch, language.use_locale("ru_RU"):
        patch.setattr(language, "catalogue", lambda _language: Disguised())
        yield


def left(text: str, *names: str) -> set[str]:
    """The words of a text that are not disguised, save commands, tokens, addresses and `names`."""
    for name in sorted(names, key=len, reverse=True):
        text = text.replace(name, " ")
    text = re.sub(r"`[^`]*`", " ", text, flags=re.DOTALL)
    text = _TOKEN.sub(" ", text)
    text = re.sub(r"\bhttps?:\S+|\S+@\S+|\b[a-z-]+\.example\b", " ", text)
    return set(_WORD.findall(text))


class _Read(HTMLParser):
    """Collects what a person sees or hears of a page."""

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


def read(page: str) -> str:
    """What a person sees or hears of a page: its text, labels, and the mails of its links."""
    reader = _Read()
    reader.feed(page)
    return "\n".join(reader.text)
