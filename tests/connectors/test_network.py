"""Which addresses a secret may be sent to."""

from __future__ import annotations

import pytest

from connectors.network import is_loopback, is_secure_url


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST", "127.0.0.1", "127.8.8.8", "::1", "[::1]"]
)
def test_loopback_is_known_in_each_spelling(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host",
    ["", "10.0.0.1", "0.0.0.0", "mail.example", "localhost.example", "127.0.0.1.example", "::2"],  # noqa: S104 - nothing is bound
)
def test_no_other_host_is_loopback(host: str) -> None:
    assert not is_loopback(host)


@pytest.mark.parametrize(
    ("url", "secure"),
    [
        ("https://gmail.googleapis.com", True),
        ("HTTPS://proxy.example:8443/path", True),
        ("http://127.0.0.1:8080", True),
        ("http://[::1]:8080/", True),
        ("http://LocalHost", True),
        ("http://proxy.example", False),
        ("http://127.0.0.1.example", False),
        ("http://127.0.0.1@proxy.example", False),
        ("https://", False),
        ("http://", False),
        ("ftp://localhost", False),
        ("localhost", False),
        ("", False),
    ],
)
def test_a_token_travels_by_tls_or_stays_on_this_machine(url: str, secure: bool) -> None:  # noqa: FBT001 - a parameter of the test
    assert is_secure_url(url) is secure
