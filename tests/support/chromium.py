"""A real browser for tests: headless Chromium, driven over its DevTools protocol.

Just as much of the protocol and of WebSocket (RFC 6455) as it takes to see a page and to press
what is on it.
"""

from __future__ import annotations

import base64
import json
import os
import shlex
import shutil
import socket
import struct
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from tests.support.timeouts import LONG_SECONDS

_PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
_TEXT = 0x1
_OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--remote-debugging-port=0",
)


def command(profile: Path, *more: str) -> list[str]:
    """How Chromium is started with a profile of its own; skips the test where there is none."""
    path = next((found for name in _PROGRAMS if (found := shutil.which(name))), None)
    if path is None:
        pytest.skip("no Chromium on this machine")
    return [path, *_OPTIONS, f"--user-data-dir={profile}", *more]


def opener(folder: Path) -> str:
    """What $BROWSER is set to, so that the address is opened in Chromium with `folder` as profile.

    A script, for the variable cannot hold what a browser says to the terminal back.
    """
    script = folder.with_name(f"{folder.name}.sh")
    script.write_text(f'#!/bin/sh\nexec {shlex.join(command(folder))} "$1" > {folder}.log 2>&1\n')
    script.chmod(0o700)
    return f"{script} %s &"


@contextmanager
def launched(profile: Path, *more: str) -> Iterator[BrowserPage]:
    """The first page of a browser of our own."""
    with subprocess.Popen(
        command(profile, *more, "about:blank"),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={name: os.environ[name] for name in ("HOME", "PATH") if name in os.environ},
    ) as process:
        try:
            with attached(profile) as page:
                yield page
        finally:
            process.terminate()


@contextmanager
def attached(profile: Path) -> Iterator[BrowserPage]:
    """The first page of the browser that was started with this profile."""
    deadline = time.monotonic() + LONG_SECONDS
    note = profile / "DevToolsActivePort"
    while not note.exists() or len(note.read_text().split()) < 2:
        assert time.monotonic() < deadline, "the browser did not start"
        time.sleep(0.05)
    port = int(note.read_text().split()[0])
    pages: list[dict[str, Any]] = []
    while not pages:
        assert time.monotonic() < deadline, "the browser opened no page"
        with urlopen(f"http://127.0.0.1:{port}/json/list", timeout=LONG_SECONDS) as answer:
            pages = [one for one in json.load(answer) if one["type"] == "page"]
    path = pages[0]["webSocketDebuggerUrl"].partition(f":{port}")[2]
    with socket.create_connection(("127.0.0.1", port), timeout=LONG_SECONDS) as connection:
        yield BrowserPage(_WebSocket(connection, path))


class BrowserPage:
    """What is on the screen, and a mouse."""

    def __init__(self, wire: _WebSocket) -> None:
        self._wire = wire
        self._numbers = count(1)

    def ask(self, method: str, **params: object) -> dict[str, Any]:
        """Give a command of the protocol; what it returns."""
        number = next(self._numbers)
        self._wire.send(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            said = json.loads(self._wire.receive())
            if said.get("id") == number:
                assert "error" not in said, said
                found: dict[str, Any] = said["result"]
                return found

    def go(self, url: str) -> None:
        """Open an address."""
        self.ask("Page.navigate", url=url)

    def evaluate(self, script: str) -> Any:  # noqa: ANN401 - whatever the script says
        """What an expression is in the page."""
        found = self.ask("Runtime.evaluate", expression=script, returnByValue=True)
        return found["result"].get("value")

    def press(self, selector: str) -> None:
        """Press the mouse on what the selector finds, once it is there."""
        found = f"document.querySelector({json.dumps(selector)})?.getBoundingClientRect()"
        place = (
            f"((box) => box?.width && document.readyState === 'complete' "
            f"? [box.x + box.width / 2, box.y + box.height / 2] : null)({found})"
        )
        x, y = self.until(place)
        for kind in ("mousePressed", "mouseReleased"):
            self.ask("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def until(self, script: str) -> Any:  # noqa: ANN401 - as `evaluate`
        """What an expression is, once it is something."""
        deadline = time.monotonic() + LONG_SECONDS
        while not (found := self.evaluate(script)):
            assert time.monotonic() < deadline, f"{script}: {self.text}"
            time.sleep(0.05)
        return found

    @property
    def text(self) -> str:
        """What is to be read on the page."""
        return str(self.evaluate("document.body?.innerText ?? ''"))

    @property
    def address(self) -> str:
        """What stands in the address bar, on a page that could not be opened too."""
        history = self.ask("Page.getNavigationHistory")
        return str(history["entries"][history["currentIndex"]]["url"])


class _WebSocket:
    """Text messages to and fro."""

    def __init__(self, connection: socket.socket, path: str) -> None:
        self._connection = connection
        self._file = connection.makefile("rb")
        key = base64.b64encode(os.urandom(16)).decode()
        connection.sendall(
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n"
            "Sec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        assert b" 101 " in self._file.readline()
        while self._file.readline().strip():
            pass

    def send(self, text: str) -> None:
        content = text.encode()
        size = len(content)
        head = struct.pack("!B", 0x80 | _TEXT)
        if size < 126:
            head += struct.pack("!B", 0x80 | size)
        elif size < 1 << 16:
            head += struct.pack("!BH", 0x80 | 126, size)
        else:
            head += struct.pack("!BQ", 0x80 | 127, size)
        mask = os.urandom(4)
        masked = bytes(byte ^ mask[place % 4] for place, byte in enumerate(content))
        self._connection.sendall(head + mask + masked)

    def receive(self) -> str:
        whole = b""
        while True:
            first, size = self._file.read(2)
            if size == 126:
                (size,) = struct.unpack("!H", self._file.read(2))
            elif size == 127:
                (size,) = struct.unpack("!Q", self._file.read(8))
            content = self._file.read(size)
            if first & 0x0F <= _TEXT:  # neither ping nor close
                whole += content
                if first & 0x80:
                    return whole.decode()
