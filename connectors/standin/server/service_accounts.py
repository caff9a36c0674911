"""Service accounts: keys made here, and the signed assertions that ask for access with them.

An organisation's administrator may let such an account act for the organisation's mailboxes
(domain-wide delegation), within scopes that are named one by one.
"""

from __future__ import annotations

import base64
import binascii
import json
import secrets
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from connectors.standin.errors import OAuthError

JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
# Google's client library names this audience wherever the token endpoint is.
_AUDIENCE = "https://oauth2.googleapis.com/token"
_LONGEST_SECONDS = 3600
_SKEW_SECONDS = 300


@dataclass(frozen=True, slots=True)
class _Account:
    key: rsa.RSAPrivateKey
    token_uri: str
    scopes: frozenset[str]
    subjects: frozenset[str]


class ServiceAccounts:
    """The accounts of one project. Times are seconds of `clock`."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._accounts: dict[str, _Account] = {}

    def create(
        self, scopes: Collection[str], subjects: Collection[str], token_uri: str
    ) -> dict[str, Any]:
        """A new account's key file, as the cloud console gives it out.

        `scopes` are those that an administrator has delegated to it, none where nobody has;
        `subjects` are the mailboxes of the organisation.
        """
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        number = f"1{secrets.randbelow(10**20):020d}"
        email = f"reader-{number[-6:]}@standin.iam.example.com"
        self._accounts[email] = _Account(key, token_uri, frozenset(scopes), frozenset(subjects))
        pem = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        return {
            "type": "service_account",
            "project_id": "standin",
            "private_key_id": secrets.token_hex(20),
            "private_key": pem.decode(),
            "client_email": email,
            "client_id": number,
            "token_uri": token_uri,
        }

    def check(self, assertion: str) -> frozenset[str]:
        """The scopes that an assertion gets; raises OAuthError as Google refuses it."""
        try:
            signed, _, signature = assertion.rpartition(".")
            claims = json.loads(_decoded(signed.partition(".")[2]))
            account = self._accounts.get(claims["iss"])
            if account is None:
                raise OAuthError(400, "invalid_grant", "Invalid grant: account not found")
            account.key.public_key().verify(
                _decoded(signature), signed.encode(), padding.PKCS1v15(), hashes.SHA256()
            )
            begun, ends = float(claims["iat"]), float(claims["exp"])
            asked = frozenset(str(claims["scope"]).split())
        except InvalidSignature:
            raise OAuthError(400, "invalid_grant", "Invalid JWT Signature.") from None
        except (KeyError, ValueError, TypeError, AttributeError, binascii.Error):
            raise OAuthError(400, "invalid_request", "Bad Request") from None
        if claims.get("aud") not in {_AUDIENCE, account.token_uri}:
            raise OAuthError(400, "invalid_grant", "Invalid JWT: Failed audience check.")
        now = self._clock()
        if not (begun - _SKEW_SECONDS <= now < ends <= begun + _LONGEST_SECONDS):
            said = "Invalid JWT: Token must be a short-lived token and in a reasonable timeframe."
            raise OAuthError(400, "invalid_grant", said)
        subject = claims.get("sub")
        if subject is None:
            return asked
        if subject not in account.subjects:
            raise OAuthError(400, "invalid_grant", "Invalid email or User ID")
        if not asked or not asked <= account.scopes:
            said = "Client is unauthorized to retrieve access tokens using this method."
            raise OAuthError(401, "unauthorized_client", said)
        return asked


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
