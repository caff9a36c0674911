"""The stand-in running: a whole world to read, and small ones to change."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from urllib.parse import urlencode

import pytest

from connectors.standin import Google, World, build_world, empty_world, serve
from tests.support.timeouts import LONG_SECONDS

AUTH = "https://www.googleapis.com/auth/"
SCOPES = (
    AUTH + "gmail.metadata",
    AUTH + "calendar.events.readonly",
    AUTH + "calendar.calendarlist.readonly",
)


@dataclass
class HttpAnswer:
    """One HTTP answer."""

    status: int
    body: bytes
    headers: dict[str, str]

    @property
    def json(self) -> dict[str, Any]:
        said: dict[str, Any] = json.loads(self.body)
        return said

    @property
    def reason(self) -> str:
        return str(self.json["error"]["errors"][0]["reason"])


@dataclass
class BareClient:
    """A bare HTTP client with a token: what goes over the wire, without the library."""

    google: Google
    scopes: tuple[str, ...] = SCOPES
    token: str = ""
    _host: str = field(init=False)

    def __post_init__(self) -> None:
        self._host = self.google.url.removeprefix("http://")
        if not self.token:
            self.token = self.google.credentials(self.scopes)["token"]

    def call(
        self,
        verb: str,
        path: str,
        body: bytes | str | None = None,
        headers: dict[str, str] | None = None,
    ) -> HttpAnswer:
        connection = http.client.HTTPConnection(self._host, timeout=LONG_SECONDS)
        try:
            said = {"Authorization": f"Bearer {self.token}"} | (headers or {})
            connection.request(verb, path, body, said)
            response = connection.getresponse()
            return HttpAnswer(response.status, response.read(), dict(response.getheaders()))
        finally:
            connection.close()

    def get(self, path: str, /, **params: object) -> HttpAnswer:
        query = urlencode(params, doseq=True)
        return self.call("GET", f"{path}?{query}" if query else path)

    def mail(self, path: str, /, **params: object) -> HttpAnswer:
        return self.get(f"/gmail/v1/users/me/{path}", **params)

    def diary(self, path: str = "calendars/primary/events", /, **params: object) -> HttpAnswer:
        return self.get(f"/calendar/v3/{path}", **params)

    def batch(self, *targets: str, path: str = "/batch/gmail/v1") -> HttpAnswer:
        parts = "".join(
            f"--b\nContent-Type: application/http\nContent-ID: <base + {n}>\n\n"
            f"GET {target} HTTP/1.1\nHost: x\n\n\n"
            for n, target in enumerate(targets)
        )
        kind = {"Content-Type": 'multipart/mixed; boundary="b"'}
        return self.call("POST", path, f"{parts}--b--\n", kind)


@pytest.fixture(scope="session")
def world() -> World:
    """The whole world; nobody changes it."""
    return build_world(date(2026, 11, 4))


@pytest.fixture(scope="session")
def whole(world: World) -> Iterator[Google]:
    """A server for the whole world; nobody turns its knobs."""
    with serve(world) as google:
        yield google


@pytest.fixture
def small() -> World:
    """A world with four messages in three threads, and one meeting; free to change."""
    made = empty_world(date(2026, 11, 4))
    first = made.deliver(sender="Bo <bo@example.net>", to=["ada.winter@example.org"])
    made.deliver(
        sender="Ada Winter <ada.winter@example.org>", to=["bo@example.net"], thread=first.thread_id
    )
    made.deliver(sender="Cy <cy@example.com>", to=["ada@winter-studio.example"])
    made.deliver(sender="Shop <shop@example.com>", labels=["INBOX", "CATEGORY_PROMOTIONS"])
    made.add_event(start=made.end, attendees=["bo@example.net"])
    return made


@pytest.fixture
def google(small: World) -> Iterator[Google]:
    """A server for the small world."""
    with serve(small) as running:
        yield running


@pytest.fixture
def api(google: Google) -> BareClient:
    """A bare client of the small world's server."""
    return BareClient(google)


@pytest.fixture(scope="session")
def reader(whole: Google) -> BareClient:
    """A bare client of the whole world's server."""
    return BareClient(whole)


@pytest.fixture
def client_of() -> Callable[[Google, tuple[str, ...]], BareClient]:
    """Make a bare client with other scopes."""
    return BareClient
