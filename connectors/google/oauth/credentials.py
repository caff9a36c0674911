"""Credentials for Google, from a file or from the token store.

No secret is ever part of an error, a log or a `repr`: messages of the libraries below are reduced
to Google's short error codes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from connectors.api import Context, TokenStore
from connectors.errors import AuthRequired, ConfigError
from connectors.google.settings import GoogleConfig
from connectors.network import is_secure_url

METADATA = "https://www.googleapis.com/auth/gmail.metadata"
EVENTS = "https://www.googleapis.com/auth/calendar.events.readonly"
CALENDARS = "https://www.googleapis.com/auth/calendar.calendarlist.readonly"
SEND = "https://www.googleapis.com/auth/gmail.send"

# How Google's consent page names each scope, beside its box.
BOXES: dict[str, str] = {
    METADATA: "View your email message metadata such as labels and headers, but not the email body",
    EVENTS: "View events on all your calendars",
    CALENDARS: "See the list of Google calendars you're subscribed to",
    SEND: "Send email on your behalf",
}

_TOKEN_URI = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address
_REQUIRED_KEYS = ("refresh_token", "client_id", "client_secret")


def utc_now() -> datetime:
    """Return the current time, aware, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """One permission: its scopes, and where its credential is stored.

    `source` is what the owner writes after `beforehand auth`. `name` is the credential's name in
    the token store, which is used unless there is a `credentials` file. `subject` is the mailbox
    for which a service account acts.
    """

    source: str
    name: str
    scopes: tuple[str, ...]
    tokens: TokenStore
    credentials: Path | None = None
    client_secrets: Path | None = None
    subject: str | None = None
    now: Callable[[], datetime] = field(default=utc_now, repr=False)

    @classmethod
    def for_source(cls, config: GoogleConfig, context: Context, *scopes: str) -> Self:
        """Return the permission that a source needs to be read."""
        return cls(
            source=config.id,
            name=f"google:{config.id}",
            scopes=scopes,
            tokens=context.tokens,
            credentials=config.credentials,
            client_secrets=config.client_secrets,
            subject=config.subject,
            now=context.now,
        )

    @property
    def scope(self) -> str:
        """All scopes, separated by spaces, as in requests and for an administrator."""
        return " ".join(self.scopes)

    @property
    def advice(self) -> str:
        """What the owner must do to grant access (again)."""
        command = f"`beforehand auth {self.source}`"
        if self.credentials is None:
            return f"run {command}"
        return (
            f"put a new credential into {self.credentials}, "
            f"or take `credentials` out of the configuration and run {command}"
        )

    def service_account(self) -> str | None:
        """Return the client id in the file of a service account; None for other credentials."""
        info = _read_json(self.credentials, "credentials") if self.credentials is not None else None
        if not isinstance(info, dict) or info.get("type") != "service_account":
            return None
        return str(info.get("client_id") or info.get("client_email"))[:100]

    def load(self, *, refresh_token: str | None = None) -> Any:  # noqa: ANN401 - google.auth ships no types
        """Return the credential, without trying it.

        `refresh_token` replaces the one in the file. Raises AuthRequired if there is no
        credential, ConfigError if the file does not hold one.
        """
        if self.credentials is not None:
            info = _read_json(self.credentials, "credentials")
            if refresh_token is not None and isinstance(info, dict):
                info |= {"refresh_token": refresh_token, "token": None}
            return self._build(info, str(self.credentials))
        text = self.tokens.get(self.name)
        if text is None:
            raise AuthRequired(f"Google has not been asked for access yet: {self.advice}.")
        try:
            info = json.loads(text)
            return self._build(info, f"what is kept as {self.name}")
        except (ValueError, ConfigError):
            # From None: the parser's error holds the text.
            raise AuthRequired(
                f"What is kept as {self.name} is no Google credential: {self.advice}."
            ) from None

    def _build(self, info: object, where: str) -> Any:  # noqa: ANN401 - as above
        if not isinstance(info, dict):
            raise ConfigError(f"credentials: {where} holds no JSON object")
        kind = info.get("type", "authorized_user")
        uri = info.get("token_uri", _TOKEN_URI)
        if not isinstance(uri, str) or not is_secure_url(uri):
            raise ConfigError(
                f"credentials: the token_uri in {where} is no https:// address "
                "(http:// will do only on this machine itself)"
            )
        if kind == "authorized_user":
            if self.subject is not None:
                raise ConfigError(f"subject: only a service account takes it, and {where} is none")
            return _user_credentials(info, uri, where)
        if kind == "service_account":
            return self._service_account({**info, "token_uri": uri}, where)
        raise ConfigError(
            f"credentials: {where} is of type {str(kind)[:40]!r}; "
            "only authorized_user and service_account are understood"
        )

    def _service_account(self, info: Mapping[str, Any], where: str) -> Any:  # noqa: ANN401 - as above
        from google.oauth2 import service_account  # noqa: PLC0415 - slow to import

        kind: Any = service_account.Credentials
        try:
            return kind.from_service_account_info(
                info, scopes=list(self.scopes), subject=self.subject
            )
        except (ValueError, KeyError, TypeError, AttributeError):
            # From None: the library's error may quote the key.
            raise ConfigError(f"credentials: {where} is no whole service-account key") from None


def _read_json(path: Path, key: str) -> object:
    try:
        return json.loads(path.expanduser().read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{key}: cannot read {path}: {error.strerror}") from error
    except ValueError:  # from None: the error would hold the text
        raise ConfigError(f"{key}: {path} is not JSON") from None


def client_config(grant: Grant) -> dict[str, Any]:
    """Return the owner's OAuth client, of the type desktop app, as google_auth_oauthlib takes it.

    Raises ConfigError if there is none.
    """
    path = grant.client_secrets
    if path is None:
        raise ConfigError(
            "client_secrets: missing; name the JSON file of your own OAuth client "
            "(type: desktop app), downloaded from Google's cloud console"
        )
    content = _read_json(path, "client_secrets")
    client = content.get("installed") if isinstance(content, dict) else None
    wanted = ("client_id", "client_secret", "auth_uri", "token_uri")
    if not isinstance(client, dict) or not all(isinstance(client.get(k), str) for k in wanted):
        raise ConfigError(
            f"client_secrets: {path} holds no OAuth client of the type desktop app "
            f'(an object "installed" with {", ".join(wanted)})'
        )
    if not is_secure_url(client["auth_uri"]) or not is_secure_url(client["token_uri"]):
        raise ConfigError(f"client_secrets: an address in {path} is no https:// address")
    return {"installed": client}


def _user_credentials(info: Mapping[str, Any], uri: str, where: str) -> Any:  # noqa: ANN401 - as above
    """Build a user's credential; the library's own reader would ignore the `token_uri`."""
    from google.oauth2 import credentials  # noqa: PLC0415 - slow to import

    kind: Any = credentials.Credentials
    missing = [key for key in _REQUIRED_KEYS if not info.get(key)]
    if missing and not info.get("token"):
        raise ConfigError(f"credentials: {where} lacks {', '.join(missing)}")
    texts = ("token", *_REQUIRED_KEYS)
    if not all(isinstance(info.get(key), str | None) for key in texts):
        raise ConfigError(f"credentials: {where} holds something else than text for a token")
    return kind(
        token=info.get("token"),
        refresh_token=info.get("refresh_token"),
        client_id=info.get("client_id"),
        client_secret=info.get("client_secret"),
        token_uri=uri,
        expiry=_expiry(info.get("expiry"), where),
    )


def _expiry(text: object, where: str) -> datetime | None:
    """Return when a token expires, as google.auth expects it: naive, in UTC; None if unknown."""
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        raise ConfigError(f"credentials: the expiry in {where} is no time") from None
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
