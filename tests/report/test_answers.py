"""Tokens that an owner's answers carry: read back whole, and never made or changed by others."""

from __future__ import annotations

import random
from datetime import date, timedelta
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from report.answers import text as words
from report.answers.token import (
    LONGEST,
    About,
    ExpiredError,
    ForgedError,
    Signed,
    Signer,
    mailto,
    token_in,
)
from report.answers.verbs import EXPIRES, Verb

TODAY = date(2026, 11, 23)
EXPIRY = TODAY + EXPIRES[Verb.MET]
ADA = Signer(b"k" * 32, "ada")
BO = About("2026-W48", 17, "lapse")
# A busy machine draws slowly, and that is no fault of a token's.
unhurried = settings(suppress_health_check=[HealthCheck.too_slow])
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789-=+/_ A\u017f\u212a"

texts = st.text(st.characters(max_codepoint=127), max_size=16)
abouts = st.builds(About, texts, st.integers(0, 2**63 - 1), texts)
verbs = st.sampled_from(Verb)
days = st.dates(date(2020, 1, 1), date(2140, 1, 1))
signed = st.builds(Signed, verbs, abouts, days)


@unhurried
@given(verbs, abouts, days)
def test_a_token_is_read_back_as_it_was_made(verb: Verb, about: About, expires: date) -> None:
    token = ADA.token(verb, about, expires=expires)
    assert len(token) <= LONGEST < 128
    assert token.isascii()
    assert token.isalnum()
    assert token == token.lower()
    assert ADA.read(token, today=expires) == Signed(verb, about, expires)
    with pytest.raises(ExpiredError) as caught:
        ADA.read(token, today=expires + timedelta(days=1))
    assert caught.value.signed == Signed(verb, about, expires)


@unhurried
@given(signed, signed)
def test_two_answers_never_have_one_token(one: Signed, other: Signed) -> None:
    first, second = (
        ADA.token(said.verb, said.about, expires=said.expires) for said in (one, other)
    )
    assert (first == second) == (one == other)


@unhurried
@given(st.data())
def test_no_character_of_a_token_can_be_another(data: st.DataObject) -> None:
    token = ADA.token(data.draw(verbs), data.draw(abouts), expires=EXPIRY)
    place = data.draw(st.integers(0, len(token)))
    changed = data.draw(
        st.sampled_from(
            [token[:place] + letter + token[place + 1 :] for letter in LETTERS]
            + [token[:place] + letter + token[place:] for letter in LETTERS]
            + [token[:place] + token[place + 1 :], token[:place], token + token]
        )
    )
    if changed != token:
        with pytest.raises(ForgedError):
            ADA.read(changed, today=TODAY)


def test_a_thousand_mutated_tokens_are_refused_and_the_right_one_is_read() -> None:
    draw = random.Random(20261123)  # noqa: S311 - drawn by seed
    token = ADA.token(Verb.MET, BO, expires=EXPIRY)
    mutated: set[str] = set()
    while len(mutated) < 1000:
        letters = list(token)
        for _ in range(draw.randint(1, 3)):
            letters[draw.randrange(len(letters))] = draw.choice("abcdefghijklmnopqrstuvwxyz234567")
        mutated.add("".join(letters))
    mutated.discard(token)
    for one in mutated:
        with pytest.raises(ForgedError):
            ADA.read(one, today=TODAY)
    assert ADA.read(token, today=TODAY).about == BO


@pytest.mark.parametrize("kind", ["", "a", "ab", "abc", "abcd"])  # each leaves other bits to spare
def test_every_last_letter_but_one_is_refused_though_its_spare_bits_say_nothing(kind: str) -> None:
    token = ADA.token(Verb.MET, About("2026-W48", 17, kind), expires=EXPIRY)
    for letter in set("abcdefghijklmnopqrstuvwxyz234567") - {token[-1]}:
        with pytest.raises(ForgedError):
            ADA.read(token[:-1] + letter, today=TODAY)


@pytest.mark.parametrize(
    "other",
    [Signer(b"k" * 32, "bo"), Signer(b"l" * 32, "ada"), Signer(b"k" * 32, "")],
)
def test_a_token_of_another_owner_or_another_key_is_refused(other: Signer) -> None:
    token = ADA.token(Verb.PAUSE, About("2026-W48"), expires=EXPIRY)
    with pytest.raises(ForgedError):
        other.read(token, today=TODAY)


def test_the_key_is_in_no_token_and_in_no_repr() -> None:
    signer = Signer(b"\x01quince" * 5, "ada")
    token = signer.token(Verb.PAUSE, About("2026-W48"), expires=EXPIRY)
    assert "quince" not in repr(signer) + token
    assert signer.key.hex() not in repr(signer) + token


def test_what_finds_no_room_in_a_token_is_an_error() -> None:
    for about in (About("2026-W48 and more"), About("2026", 1 << 64), About("W", -1), About("ä")):
        with pytest.raises(ValueError, match=r"token|bounds"):
            ADA.token(Verb.MET, about, expires=EXPIRY)
    with pytest.raises(ValueError, match="bounds"):
        ADA.token(Verb.MET, BO, expires=date(2200, 1, 1))


def test_flags_are_answered_for_two_months_and_pauses_for_a_year() -> None:
    assert EXPIRES[Verb.SNOOZE] == timedelta(days=60)
    assert EXPIRES[Verb.PAUSE] == EXPIRES[Verb.RESUME] == timedelta(days=400)
    assert set(EXPIRES) == set(Verb)


@pytest.mark.parametrize(
    "name", ["Bo Lindgren", "Zoë & Söhne, 100% [GmbH]", "李小龙", "a\r\nBcc: x"]
)
@pytest.mark.parametrize("verb", Verb)
def test_a_link_opens_a_mail_whose_subject_can_be_read_by_people_and_by_us(
    verb: Verb, name: str
) -> None:
    token = ADA.token(verb, BO, expires=EXPIRY)
    link = mailto("ada+me@example.org", verb, token, name)
    assert link.isascii()
    assert not set(link) & set(" \r\n\"<>'")
    assert "+" not in link, "a mail program may read it as a space"
    parts = urlsplit(link)
    assert (parts.scheme, unquote(parts.path)) == ("mailto", "ada+me@example.org")
    fields = parse_qs(parts.query, strict_parsing=True)
    assert fields.keys() == {"subject", "body"}
    (subject,), (body,) = fields["subject"], fields["body"]
    assert "\n" not in subject
    assert token_in(subject) == token
    assert "%0D%0A" in link
    assert body == "Just send this mail as it is.\r\n"


@pytest.mark.parametrize(("weeks", "named"), [(1, "1 week"), (4, "4 weeks"), (6, "6 weeks")])
def test_the_words_say_for_how_long_somebody_is_put_off(
    monkeypatch: pytest.MonkeyPatch, weeks: int, named: str
) -> None:
    monkeypatch.setattr(words, "SNOOZE_WEEKS", weeks)
    assert words.answer_subject(Verb.SNOOZE, "Bo") == f"Leave Bo for {named}"
    assert f"Not now means for {named}." in words.how_to_answer(by_mail=True)


def test_the_subject_of_an_answer_says_it_in_words() -> None:
    token = ADA.token(Verb.MET, BO, expires=EXPIRY)
    link = mailto("ada@example.org", Verb.MET, token, "Bo Lindgren")
    assert link.startswith(
        f"mailto:ada@example.org?subject=Met%20Bo%20Lindgren%20elsewhere%20%5B{token}%5D&body="
    )


TOKEN = ADA.token(Verb.SNOOZE, BO, expires=EXPIRY)


@pytest.mark.parametrize(
    "subject",
    [
        f"Leave Bo for 4 weeks [{TOKEN}]",
        f"Re: AW: Leave Bo for 4 weeks [{TOKEN}] - sent from a telephone",
        f"LEAVE BO FOR 4 WEEKS [{TOKEN.upper()}]",
        f"Leave Bo\r\n for 4 weeks\r\n [{TOKEN}]",
        f"Leave Bo for 4 weeks [{TOKEN[:20]}\r\n {TOKEN[20:]}]",
        f"Leave Bo for 4 weeks {TOKEN}",
        f"Leave [some {'name' * 12}] for 4 weeks [{TOKEN}]",
        TOKEN,
    ],
)
def test_a_token_is_found_whatever_mail_programs_put_around_it(subject: str) -> None:
    assert token_in(subject) == TOKEN


@pytest.mark.parametrize(
    "subject", ["", "Lunch?", "[bfh]", f"[{'b' * 60}]", f"x{TOKEN}", "bfh" + "a" * 200]
)
def test_a_subject_without_a_token_has_none(subject: str) -> None:
    assert token_in(subject) == ""


@unhurried
@given(st.text())
def test_any_subject_is_looked_through_without_an_error(subject: str) -> None:
    token_in(subject)
    with pytest.raises(ForgedError):
        ADA.read(subject, today=TODAY)
