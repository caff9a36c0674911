"""Encoded words (RFC 2047): what is read does not depend on the Python that reads it.

The tables say what the rule in `connectors/mail/encoded.py` makes of a word; no Python's library
was asked. Run them on another Python to learn whether it agrees.
"""

from __future__ import annotations

import base64
import codecs
from email.quoprimime import header_encode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.mail.address_list import decoded
from connectors.mail.encoded import CODECS, characters, octets

BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


@pytest.mark.parametrize(
    ("word", "content"),
    [
        ("Qm8=", b"Bo"),
        ("Qm8", b"Bo"),  # without its padding
        ("Qm9i", b"Bob"),
        ("Qm9iQ", b"Bob"),  # six bits are no byte
        ("Qm8===", b"Bo"),
        ("Qm8===x", b"Bo"),  # 3.13.5: "Bo1"
        ("Qm8===xyz0", b"Bo"),
        ("Qm8=IEJlcmc=", b"Bo"),  # 3.13.5: refused
        ("=Qm8", b""),
        ("Q=m8=", b""),
        ("Q", b""),
        ("", b""),
        ("====", b""),
        ("Q-m_8.=", b"Bo"),  # of another alphabet
        ("Qm\u00f68=", b"Bo"),
        ("\u2026", b""),
        ("Qn==", b"B"),  # bits to spare that are not zero
    ],
)
def test_broken_base64_is_read_up_to_its_first_padding(word: str, content: bytes) -> None:
    assert octets(word, "B") == octets(word, "b") == content


@pytest.mark.parametrize(
    ("word", "content"),
    [
        ("B=F6_Berg", b"B\xf6 Berg"),
        ("B=f6", b"B\xf6"),
        ("a=b", b"a=b"),
        ("a=", b"a="),
        ("a==", b"a=="),
        ("==3D", b"=="),
        ("=3D41", b"=41"),  # what an escape stands for begins no other
        ("=5F", b"_"),
        ("=0A=00", b"\n\0"),
        ("\u00f6", b"\xc3\xb6"),
    ],
)
def test_what_is_no_escape_stands_for_itself(word: str, content: bytes) -> None:
    assert octets(word, "Q") == octets(word, "q") == content


@pytest.mark.parametrize(
    ("charset", "content", "text"),
    [
        # Of names that not every Python knows:
        ("windows-31j", "95bd89aa 8740", "\u5e73\u5ca1\u2460"),
        ("iso-8859-8-i", "e3e5e3", "\u05d3\u05d5\u05d3"),
        ("ISO-8859-8-E", "e3e5e3", "\u05d3\u05d5\u05d3"),
        ("windows-874", "cac1aad2c2", "\u0e2a\u0e21\u0e0a\u0e32\u0e22"),
        ("csEUCKR", "b1e8", "\uae40"),
        ("ibm00858", "d5", "\u20ac"),
        # Of narrow names that stand for wider ones:
        ("iso-8859-1", "4f9242", "O\u2019B"),
        ("gb2312", "e946", "\u9555"),
        ("ks_c_5601-1987", "8c63", "\ub620"),
        ("shift_jis", "8740", "\u2460"),
        # However written:
        ("ISO8859_15", "a4", "\u20ac"),
        ("ISO_8859-2:1987", "b3", "\u0142"),
        ("Latin1", "f6", "\u00f6"),
        ("UTF8", "c3b6", "\u00f6"),
        # Unknown, or not what it says:
        ("x-unknown", "42c3b6", "B\u00f6"),
        ("x-unknown", "42f6", "B\u00f6"),
        ("x-unknown", "42f681", "B\u00f6\x81"),
        ("us-ascii", "42c3b6", "B\u00f6"),
        ("us-ascii", "429230", "B\u20190"),
        ("utf-8", "42f6", "B\u00f6"),
        ("utf-7", "2b3241412d", "+2AA-"),  # half a character
        # Names of codecs that are no charsets:
        ("idna", "786e2d2d626367", "xn--bcg"),
        ("punycode", "422d6a7561", "B-jua"),
        ("unicode_escape", "5c78f6", "\\x\u00f6"),
        ("rot13", "4265", "Be"),
        ("base64", "516d38", "Qm8"),
        ("mbcs", "f6", "\u00f6"),
        ("undefined", "42", "B"),
        ("aliases", "42", "B"),
        ("", "42", "B"),
    ],
)
def test_a_charset_is_read_by_our_own_list_of_names(charset: str, content: str, text: str) -> None:
    assert characters(bytes.fromhex(content), charset) == text


def test_every_name_leads_to_a_codec_that_this_python_has() -> None:
    for name, codec in CODECS.items():
        assert name.isascii()
        assert name == "".join(filter(str.isalnum, name.lower()))
        assert isinstance(codecs.lookup(codec).decode(b"")[0], str)


@given(st.binary(max_size=60))
@settings(max_examples=100)
def test_whatever_is_written_well_is_read_back(content: bytes) -> None:
    word = base64.b64encode(content).decode()
    assert octets(word, "B") == octets(word.rstrip("="), "B") == content
    assert octets("".join(f"={byte:02x}" for byte in content), "Q") == content
    quoted = header_encode(content, "utf-8")
    assert octets(quoted.removeprefix("=?utf-8?q?").removesuffix("?="), "Q") == content


@given(st.text(BASE64, max_size=30), st.text(max_size=30))
@settings(max_examples=100)
def test_nothing_after_the_padding_is_read_and_nothing_foreign_before(
    word: str, other: str
) -> None:
    content = octets(word, "B")
    assert len(content) == len(word) * 6 // 8
    assert octets(f"{word}={other}", "B") == content
    foreign = "".join(filter(lambda c: c not in f"{BASE64}=", other))
    assert octets(foreign.join(word), "B") == content
    # What is cut off takes nothing of the rest with it.
    assert content.startswith(octets(word[: len(word) // 2], "B"))


@given(
    st.text(max_size=40),
    st.sampled_from("bBqQ"),
    st.one_of(st.sampled_from(sorted(CODECS)), st.text(max_size=20)),
    st.binary(max_size=40),
)
@settings(max_examples=200)
def test_no_word_is_refused_and_no_half_character_comes_out(
    word: str, how: str, charset: str, content: bytes
) -> None:
    assert isinstance(octets(word, how), bytes)
    for octet in (octets(word, how), content):
        characters(octet, charset).encode()
    decoded(f"=?{charset}?{how}?{word}?=").encode()
