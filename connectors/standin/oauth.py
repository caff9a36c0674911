"""OAuth 2 as Google speaks it to installed applications: consent, codes with PKCE, tokens."""

from __future__ import annotations

import base64
import hashlib
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlencode, urlsplit

CLIENT_ID = "1234567890-standin.apps.example.com"
CLIENT_SECRET = "standin-secret"  # noqa: S105 - opens nothing but the stand-in
LIFETIME = 3599  # seconds, as Google says


@dataclass(frozen=True, slots=True)
class _Code:
    scopes: frozenset[str]
    redirect: str
    challenge: str
    hashed: bool
    keeps: bool


class OAuthError(Exception):
    """An answer of the token endpoint: HTTP status, error and its description."""

    def __init__(self, status: int, error: str, description: str) -> None:
        super().__init__(description)
        self.status = status
        self.body = {"error": error, "error_description": description}


class Authority:
    """Knows which tokens are good for what. Times are seconds of `clock`."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._access: dict[str, tuple[frozenset[str], float]] = {}
        self._refresh: dict[str, frozenset[str]] = {}
        self._codes: dict[str, _Code] = {}
        self._consented: set[str] = set()
        self.withheld: Callable[[], frozenset[str]] = frozenset

    def scopes(self, token: str) -> frozenset[str] | None:
        """What an access token is good for; None where it is unknown, revoked or too old."""
        found = self._access.get(token)
        if found is None or found[1] <= self._clock():
            return None
        return found[0]

    def grant(self, scopes: frozenset[str]) -> str:
        """A new refresh token."""
        token = f"1//standin-{secrets.token_urlsafe(24)}"
        self._refresh[token] = scopes
        return token

    def access(self, scopes: frozenset[str]) -> tuple[str, datetime]:
        """A new access token and when it ends (aware UTC)."""
        token = f"ya29.standin-{secrets.token_urlsafe(24)}"
        ends = self._clock() + LIFETIME
        self._access[token] = (scopes, ends)
        return token, datetime.fromtimestamp(ends, UTC)

    def revoke_access(self) -> None:
        """Refuse all access tokens issued so far."""
        self._access.clear()

    def revoke_grants(self) -> None:
        """Refuse all tokens issued so far."""
        self._access.clear()
        self._refresh.clear()
        self._codes.clear()

    def consent(self, query: str) -> str:
        """The consent page, on which the owner says yes: where the browser is sent next.

        Raises OAuthError where Google would show an error page instead.
        """
        asked = {name: values[-1] for name, values in parse_qs(query).items()}
        redirect = asked.get("redirect_uri", "")
        if asked.get("client_id") != CLIENT_ID:
            raise OAuthError(401, "invalid_client", "The OAuth client was not found.")
        if urlsplit(redirect).hostname not in {"127.0.0.1", "localhost", "::1"}:
            raise OAuthError(400, "redirect_uri_mismatch", "Only loopback redirects are known.")
        if asked.get("response_type") != "code" or not asked.get("scope"):
            raise OAuthError(400, "invalid_request", "response_type=code and scope are needed.")
        hidden = self.withheld()
        scopes = frozenset(asked["scope"].split()) - hidden
        # A refresh token comes with the first consent only, or where it is asked for again.
        first = CLIENT_ID not in self._consented or "consent" in asked.get("prompt", "")
        self._consented.add(CLIENT_ID)
        code = f"4/standin-{secrets.token_urlsafe(16)}"
        self._codes[code] = _Code(
            scopes,
            redirect,
            asked.get("code_challenge", ""),
            asked.get("code_challenge_method", "plain") == "S256",
            asked.get("access_type") == "offline" and first,
        )
        answer = {"code": code, "scope": " ".join(sorted(scopes))}
        if "state" in asked:
            answer["state"] = asked["state"]
        return f"{redirect}{'&' if '?' in redirect else '?'}{urlencode(answer)}"

    def token(self, form: str, authorization: str = "") -> dict[str, object]:
        """The token endpoint; raises OAuthError.

        The client names itself in the form or, as HTTP Basic, in the Authorization header.
        """
        asked = {name: values[-1] for name, values in parse_qs(form).items()}
        named = (asked.get("client_id"), asked.get("client_secret"))
        basic = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        if named != (CLIENT_ID, CLIENT_SECRET) and authorization != f"Basic {basic}":
            raise OAuthError(401, "invalid_client", "The OAuth client was not found.")
        kind = asked.get("grant_type")
        if kind == "refresh_token":
            scopes = self._refresh.get(asked.get("refresh_token", ""))
            if scopes is None:
                raise OAuthError(400, "invalid_grant", "Token has been expired or revoked.")
            return self._answer(scopes)
        if kind == "authorization_code":
            return self._redeem(asked)
        raise OAuthError(400, "unsupported_grant_type", f"Invalid grant_type: {kind}")

    def _redeem(self, asked: dict[str, str]) -> dict[str, object]:
        code = self._codes.pop(asked.get("code", ""), None)
        if code is None:
            raise OAuthError(400, "invalid_grant", "Malformed auth code.")
        if code.redirect != asked.get("redirect_uri"):
            raise OAuthError(400, "redirect_uri_mismatch", "Bad Request")
        if code.challenge:
            said = asked.get("code_verifier", "")
            if code.hashed:
                digest = hashlib.sha256(said.encode()).digest()
                said = base64.urlsafe_b64encode(digest).decode().rstrip("=")
            if not secrets.compare_digest(said, code.challenge):
                raise OAuthError(400, "invalid_grant", "Invalid code verifier.")
        answer = self._answer(code.scopes)
        if code.keeps:
            answer["refresh_token"] = self.grant(code.scopes)
        return answer

    def _answer(self, scopes: frozenset[str]) -> dict[str, object]:
        token, _ = self.access(scopes)
        return {
            "access_token": token,
            "expires_in": LIFETIME,
            "scope": " ".join(sorted(scopes)),
            "token_type": "Bearer",
        }

    def revoke(self, form: str) -> bool:
        """Forget one token; whether it was known."""
        token = parse_qs(form).get("token", [""])[-1]
        known = self._access.pop(token, None) or self._refresh.pop(token, None)
        return known is not None
