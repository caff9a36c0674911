"""Answers to a report: a mail to oneself, whose subject holds a signed token.

A token says what is answered (`Verb`), about whom in which report (`About`) and until when, and is
signed with a key that only this installation has. So it can be read back from the owner's own
sent mail, with no server between: nobody without the key can make a token, or turn one into
another. Whether the mail is the owner's own is decided where the mail is read.

The signature is HMAC-SHA256 (RFC 2104), of which 128 bits are kept. A token is one word of small
letters and digits (base32, RFC 4648), as mail programs change case and break lines at spaces.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Self
from urllib.parse import quote

from report.answers.verbs import EXPIRES, Verb

LONGEST = 101
"""Characters of the longest token there is."""

_MARK = "bfh"
_DOMAIN = b"beforehand answer 1\n"
_SIGNATURE = 16  # bytes
# The place of a verb in a token; one that is gone leaves its place empty.
_VERBS = (
    Verb.MET,
    Verb.SNOOZE,
    Verb.IGNORE,
    Verb.HELPED,
    Verb.ASKED,
    Verb.PAUSE,
    Verb.RESUME,
)
_EPOCH = date(1970, 1, 1)
_WIDEST_TEXT = 16  # characters of a period's label, and of a kind: as the store has them
_FEWEST, _MOST = 30, LONGEST - len(_MARK)
_LETTERS = rf"{_MARK}[a-z2-7]{{{_FEWEST},{_MOST}}}"
_TOKEN = re.compile(_LETTERS, re.ASCII)
# As we write it, in brackets, where spaces are no matter; or bare, where somebody took those away.
_BRACKETED = re.compile(rf"\[([a-z2-7\s]{{{_FEWEST},400}})\]", re.ASCII | re.IGNORECASE)
_BARE = re.compile(rf"(?<![a-z0-9]){_LETTERS}(?![a-z0-9])", re.ASCII | re.IGNORECASE)


class AnswerError(ValueError):
    """A token that must not be followed."""


class ForgedError(AnswerError):
    """The token was not made by this installation for this owner."""


class ExpiredError(AnswerError):
    """The token was valid once; `signed` is what it said."""

    def __init__(self, signed: Signed) -> None:
        super().__init__(f"expired on {signed.expires.isoformat()}")
        self.signed = signed


@dataclass(frozen=True, slots=True)
class About:
    """What is answered: a person under a kind of flag in a period's report, or the report alone.

    `period` is a label such as "2026-W48"; it and `kind` have at most 16 characters of ASCII.
    """

    period: str
    person_id: int = 0
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Signed:
    """What a token says; `expires` is the last day on which it is taken."""

    verb: Verb
    about: About
    expires: date

    def packed(self) -> bytes:
        """Pack all fields, injectively. Raises ValueError for what does not fit."""
        person, period, kind = self.about.person_id, self.about.period, self.about.kind
        if len(period) > _WIDEST_TEXT or len(kind) > _WIDEST_TEXT or not (period + kind).isascii():
            raise ValueError(f"{period!r} or {kind!r} is too long for a token, or not ASCII")
        days = (self.expires - _EPOCH).days
        if not (0 <= days < 1 << 16 and 0 <= person < 1 << 64):
            raise ValueError("the day or the number of a person is out of bounds")
        number = person.to_bytes((person.bit_length() + 7) // 8, "big")
        head = bytes((_VERBS.index(self.verb), len(number), len(period)))
        return head + days.to_bytes(2, "big") + number + period.encode() + kind.encode()

    @classmethod
    def unpacked(cls, content: bytes) -> Self:
        """Read what `packed` wrote. Raises ValueError for anything else."""
        if len(content) < 5:  # noqa: PLR2004 - verb, two lengths and the day
            raise ValueError("too short")
        verb, number, period = content[:3]
        days, rest = int.from_bytes(content[3:5], "big"), content[5:]
        about = About(
            rest[number : number + period].decode("ascii"),
            int.from_bytes(rest[:number], "big"),
            rest[number + period :].decode("ascii"),
        )
        if verb >= len(_VERBS):
            raise ValueError("no such verb")
        return cls(_VERBS[verb], about, _EPOCH + timedelta(days=days))


@dataclass(frozen=True, slots=True)
class Signer:
    """Makes and reads the tokens of one owner; `owner` is a name that no other owner has."""

    key: bytes = field(repr=False)
    owner: str

    @property
    def secret(self) -> bytes:
        """A secret of this owner's, for other names of theirs that nobody may guess."""
        return self.key + self.owner.encode()

    def token(self, verb: Verb, about: About, *, expires: date) -> str:
        """Return the token for an answer. The same arguments give the same token.

        Raises ValueError as `Signed.packed`.
        """
        content = Signed(verb, about, expires).packed()
        word = base64.b32encode(content + self._signature(content)).decode("ascii")
        return _MARK + word.rstrip("=").lower()

    def read(self, token: str, *, today: date) -> Signed:
        """Return what a token says. Raises ForgedError, or ExpiredError after its last day.

        Not a character may differ from what `token` made; `token_in` has mended its case.
        """
        if not _TOKEN.fullmatch(token):
            raise ForgedError("no token of ours")
        word = token.removeprefix(_MARK).upper()
        try:
            whole = base64.b32decode(word + "=" * (-len(word) % 8))
        except binascii.Error as error:
            raise ForgedError("no token of ours") from error
        content, signature = whole[:-_SIGNATURE], whole[-_SIGNATURE:]
        if not hmac.compare_digest(signature, self._signature(content)):
            raise ForgedError("its signature is not ours, or not for this owner")
        signed = Signed.unpacked(content)
        # The last letter has bits to spare: only one way to write it is the right one.
        if self.token(signed.verb, signed.about, expires=signed.expires) != token:
            raise ForgedError("no token of ours")
        if today > signed.expires:
            raise ExpiredError(signed)
        return signed

    def _signature(self, content: bytes) -> bytes:
        owner = self.owner.encode()
        # The length keeps what belongs to the owner apart from what follows.
        text = _DOMAIN + len(owner).to_bytes(4, "big") + owner + content
        return hmac.digest(self.key, text, "sha256")[:_SIGNATURE]


def token_in(subject: str) -> str:
    """Return the token in a decoded subject, in small letters; empty where there is none.

    What mail programs put around it ("Re:", other words, spaces where a line was folded) does
    not matter. `Signer.read` decides whether it is genuine.
    """
    bracketed = ("".join(match.split()).lower() for match in _BRACKETED.findall(subject))
    tokens = [word for word in bracketed if _TOKEN.fullmatch(word)]
    tokens = tokens or [word.lower() for word in _BARE.findall(subject)]
    return tokens[-1] if tokens else ""  # ours is the last thing that we write


def mailto(to: str, verb: Verb, token: str, name: str = "") -> str:
    """Return the link that answers: a mail to oneself with a readable subject (RFC 6068).

    `name` is the person whom the answer is about. The words are in the language in use.
    """
    from report.answers import text  # noqa: PLC0415 - whoever only reads tokens needs no words

    subject = f"{text.answer_subject(verb, name)} [{token}]"
    body = f"{text.just_send()}\r\n"
    return f"mailto:{quote(to, safe='@')}?subject={quote(subject, safe='')}&body={quote(body)}"


@dataclass(frozen=True, slots=True)
class AnswerLinks:
    """The links of one period's report, made on the day `made`; answers go to the address `to`."""

    signer: Signer
    to: str
    period: str
    made: date

    def about(self, verb: Verb, person_id: int, kind: str, name: str) -> str:
        """The answer to one flag."""
        return self._link(verb, About(self.period, person_id, kind), name)

    def at_all(self, verb: Verb) -> str:
        """An answer to the report as a whole: a favour, the pause."""
        return self._link(verb, About(self.period), "")

    def _link(self, verb: Verb, about: About, name: str) -> str:
        token = self.signer.token(verb, about, expires=self.made + EXPIRES[verb])
        return mailto(self.to, verb, token, name)
