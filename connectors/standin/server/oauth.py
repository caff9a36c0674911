"""OAuth 2 as Google speaks it to installed applications and service accounts: who may do what.

The page on which the owner decides is in `consent`, the keys of service accounts in `accounts`.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlencode, urlsplit

from connectors.standin.errors import OAuthError
from connectors.standin.server.service_accounts import JWT_BEARER, ServiceAccounts

CLIENT_ID = "1234567890-standin.apps.example.com"
CLIENT_SECRET = "standin-secret"  # noqa: S105 - opens nothing but the stand-in
LIFETIME = 3599  # seconds, as Google says
_DAY = 86_400.0
# How long a consent lasts while its screen is in testing, and one that nobody uses.
TESTING_SECONDS = 7 * _DAY
IDLE_SECONDS = 183 * _DAY


@dataclass(frozen=True, slots=True)
class Request:
    """What an application asks for at /auth, checked."""

    scopes: tuple[str, ...]
    redirect: str
    state: str | None
    challenge: str
    hashed: bool
    offline: bool
    anew: bool

    def back(self, **answer: str) -> str:
        """Where the browser is sent with an answer."""
        if self.state is not None:
            answer["state"] = self.state
        return f"{self.redirect}{'&' if '?' in self.redirect else '?'}{urlencode(answer)}"


@dataclass(frozen=True, slots=True)
class _Code:
    request: Request
    scopes: frozenset[str]
    keeps: bool


@dataclass(slots=True)
class _Grant:
    """What the owner has allowed: good for access tokens until it is withdrawn or ends."""

    scopes: frozenset[str]
    given: float
    used: float


@dataclass(frozen=True, slots=True)
class _Access:
    scopes: frozenset[str]
    ends: float
    grant: _Grant | None


class Authority:
    """Knows which tokens are good for what. Times are seconds of `clock`.

    `testing`: the consent screen is in testing, and grants end after seven days. `rotates`: each
    refresh brings another refresh token, and the one it was asked with is spent. `asks`: /auth
    shows its pages; else whoever comes there is taken for somebody who says yes to everything.
    `adds`: scopes that come along unasked, as those of an earlier consent do.
    `issued` lists every token and code ever handed out.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._access: dict[str, _Access] = {}
        self._refresh: dict[str, _Grant] = {}
        self._codes: dict[str, _Code] = {}
        self._consented: set[str] = set()
        self.accounts = ServiceAccounts(clock)
        self.issued: list[str] = []
        self.testing = False
        self.rotates = False
        self.asks = False
        self.adds: frozenset[str] = frozenset()
        self.withheld: Callable[[], frozenset[str]] = frozenset

    def scopes(self, token: str) -> frozenset[str] | None:
        """What an access token is good for; None where it is unknown, revoked or too old."""
        found = self._access.get(token)
        if found is None or found.ends <= self._clock():
            return None
        return found.scopes

    def grant(self, scopes: frozenset[str]) -> str:
        """A new refresh token, given now."""
        now = self._clock()
        return self._keep(_Grant(scopes, now, now))

    def access(self, scopes: frozenset[str]) -> tuple[str, datetime]:
        """A new access token and when it ends (aware UTC)."""
        token = self._new_access(scopes, None)
        return token, datetime.fromtimestamp(self._access[token].ends, UTC)

    def revoke_access(self) -> None:
        """Refuse all access tokens issued so far."""
        self._access.clear()

    def revoke_grants(self) -> None:
        """Refuse all tokens issued so far."""
        self._access.clear()
        self._refresh.clear()
        self._codes.clear()

    # The consent.

    def request(self, query: str) -> Request:
        """What is asked for; raises OAuthError where Google would show an error page instead."""
        asked = {name: values[-1] for name, values in parse_qs(query).items()}
        redirect = asked.get("redirect_uri", "")
        if asked.get("client_id") != CLIENT_ID:
            raise OAuthError(401, "invalid_client", "The OAuth client was not found.")
        if urlsplit(redirect).hostname not in {"127.0.0.1", "localhost", "::1"}:
            raise OAuthError(400, "redirect_uri_mismatch", "Only loopback redirects are known.")
        if asked.get("response_type") != "code" or not asked.get("scope"):
            raise OAuthError(400, "invalid_request", "response_type=code and scope are needed.")
        return Request(
            tuple(asked["scope"].split()),
            redirect,
            asked.get("state"),
            asked.get("code_challenge", ""),
            asked.get("code_challenge_method", "plain") == "S256",
            asked.get("access_type") == "offline",
            "consent" in asked.get("prompt", ""),
        )

    def agree(self, request: Request, ticked: Collection[str]) -> str:
        """The owner allows what is ticked, if anything is: where the browser is sent next."""
        wanted = frozenset(request.scopes) & frozenset(ticked)
        if not wanted:
            return self.decline(request)
        scopes = wanted - self.withheld() | self.adds
        # A refresh token comes with the first consent only, or where it is asked for again.
        first = CLIENT_ID not in self._consented or request.anew
        self._consented.add(CLIENT_ID)
        code = self._issue(f"4/standin-{secrets.token_urlsafe(16)}")
        self._codes[code] = _Code(request, scopes, request.offline and first)
        return request.back(code=code, scope=" ".join(sorted(scopes)))

    def decline(self, request: Request) -> str:
        """The owner says no: where the browser is sent next."""
        return request.back(error="access_denied")

    # The token endpoint.

    def token(self, form: str, authorization: str = "") -> dict[str, object]:
        """The token endpoint; raises OAuthError.

        The client names itself in the form or, as HTTP Basic, in the Authorization header.
        """
        asked = {name: values[-1] for name, values in parse_qs(form).items()}
        kind = asked.get("grant_type")
        if kind == JWT_BEARER:
            return self._answer(self.accounts.check(asked.get("assertion", "")), None)
        named = (asked.get("client_id"), asked.get("client_secret"))
        basic = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        if named != (CLIENT_ID, CLIENT_SECRET) and authorization != f"Basic {basic}":
            raise OAuthError(401, "invalid_client", "The OAuth client was not found.")
        if kind == "refresh_token":
            return self._renew(asked.get("refresh_token", ""))
        if kind == "authorization_code":
            return self._redeem(asked)
        raise OAuthError(400, "unsupported_grant_type", f"Invalid grant_type: {kind}")

    def revoke(self, form: str) -> bool:
        """Forget one token, and with a refresh token what it gave; whether it was known."""
        token = parse_qs(form).get("token", [""])[-1]
        grant = self._refresh.pop(token, None)
        given = [key for key, one in self._access.items() if grant and one.grant is grant]
        return any([grant, *(self._access.pop(key, None) for key in (token, *given))])

    def _renew(self, token: str) -> dict[str, object]:
        now = self._clock()
        grant = self._refresh.get(token)
        if grant is None:
            raise OAuthError(400, "invalid_grant", "Token has been expired or revoked.")
        old = self.testing and now - grant.given >= TESTING_SECONDS
        if old or now - grant.used >= IDLE_SECONDS:
            del self._refresh[token]
            raise OAuthError(400, "invalid_grant", "Token has been expired or revoked.")
        grant.used = now
        answer = self._answer(grant.scopes, grant)
        if self.rotates:
            del self._refresh[token]
            answer["refresh_token"] = self._keep(grant)
        return answer

    def _redeem(self, asked: dict[str, str]) -> dict[str, object]:
        code = self._codes.pop(asked.get("code", ""), None)
        if code is None:
            raise OAuthError(400, "invalid_grant", "Malformed auth code.")
        request = code.request
        if request.redirect != asked.get("redirect_uri"):
            raise OAuthError(400, "redirect_uri_mismatch", "Bad Request")
        if request.challenge:
            said = asked.get("code_verifier", "")
            if request.hashed:
                digest = hashlib.sha256(said.encode()).digest()
                said = base64.urlsafe_b64encode(digest).decode().rstrip("=")
            if not secrets.compare_digest(said, request.challenge):
                raise OAuthError(400, "invalid_grant", "Invalid code verifier.")
        now = self._clock()
        grant = _Grant(code.scopes, now, now) if code.keeps else None
        answer = self._answer(code.scopes, grant)
        if grant is not None:
            answer["refresh_token"] = self._keep(grant)
        return answer

    def _answer(self, scopes: frozenset[str], grant: _Grant | None) -> dict[str, object]:
        return {
            "access_token": self._new_access(scopes, grant),
            "expires_in": LIFETIME,
            "scope": " ".join(sorted(scopes)),
            "token_type": "Bearer",
        }

    def _new_access(self, scopes: frozenset[str], grant: _Grant | None) -> str:
        token = self._issue(f"ya29.standin-{secrets.token_urlsafe(24)}")
        self._access[token] = _Access(scopes, self._clock() + LIFETIME, grant)
        return token

    def _keep(self, grant: _Grant) -> str:
        token = self._issue(f"1//standin-{secrets.token_urlsafe(24)}")
        self._refresh[token] = grant
        return token

    def _issue(self, token: str) -> str:
        self.issued.append(token)
        return token
