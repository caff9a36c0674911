"""An SMTP server on loopback whose behaviour is scripted for each message: it drops, it lies."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from enum import StrEnum
from typing import BinaryIO, Self, cast

from tests.support.timeouts import LONG_SECONDS


class MessageFate(StrEnum):
    """What becomes of a message, and what the sender is told."""

    GOOD = "taken, and said so"
    SLOW = "taken, and said so late"
    HUNG_UP = "hung up before the message"
    CUT = "hung up in the middle of the message"
    LOST = "hung up after the message, and lost it"
    TAKEN = "hung up after the message, and took it"
    MUTE = "took the message, and said nothing"
    GARBLED = "took the message, and said nonsense"
    LATER = "451 to the address"
    REFUSED = "550 to the address"
    LATER_AFTER = "451 after the message"
    REFUSED_AFTER = "554 after the message"
    LIED_NO = "451 after the message, and took it"
    LIED_YES = "250 after the message, and lost it"
    KILLED = "took the message, and the sender was killed"
    KILLED_LOST = "lost the message, and the sender was killed"

    @property
    def takes(self) -> bool:
        """Whether the message is delivered."""
        return self in _TAKES


_TAKES = {
    MessageFate.GOOD,
    MessageFate.SLOW,
    MessageFate.TAKEN,
    MessageFate.MUTE,
    MessageFate.GARBLED,
    MessageFate.LIED_NO,
    MessageFate.KILLED,
}
_SAYS = {
    MessageFate.GOOD: "250 queued",
    MessageFate.SLOW: "250 queued",
    MessageFate.GARBLED: "zzz what?",
    MessageFate.LATER_AFTER: "451-4.3.0 busy\r\n451 4.3.0 come back",
    MessageFate.REFUSED_AFTER: "554 5.7.1 not this one",
    MessageFate.LIED_NO: "451 4.3.0 something went wrong",
    MessageFate.LIED_YES: "250 queued",
}
_REPLIES = {
    ("RCPT", MessageFate.LATER): "451 4.7.1 greylisted",
    ("RCPT", MessageFate.REFUSED): "550 5.1.1 nobody here",
}
SLOW_SECONDS = 0.6


class ScriptedSmtpServer:
    """Serves one session after the other; `meet` returns the fate of each.

    `deliver` is called with every message as it was sent, before the sender is told anything.
    `kill` is called where the sender is to be killed.
    """

    def __init__(
        self,
        meet: Callable[[], MessageFate],
        deliver: Callable[[MessageFate, bytes], None],
        kill: Callable[[], None] = lambda: None,
    ) -> None:
        self._meet, self._deliver, self._kill = meet, deliver, kill
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._closing = False

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._closing = True
        with socket.create_connection(("127.0.0.1", self.port), timeout=LONG_SECONDS):
            pass  # wakes `accept`
        self._thread.join(timeout=LONG_SECONDS)
        self._listener.close()

    def _serve(self) -> None:
        while True:
            connection, _ = self._listener.accept()
            with connection:
                if self._closing:
                    return
                connection.settimeout(LONG_SECONDS)
                try:
                    with connection.makefile("rwb") as stream:
                        self._talk(cast("BinaryIO", stream))
                except OSError:  # the sender hung up or is silent
                    continue

    def _talk(self, stream: BinaryIO) -> None:
        fate = self._meet()
        _say(stream, "220-welcome\r\n220 ready")
        while line := stream.readline():
            word = line.strip()[:4].upper().decode("ascii", "replace")
            if word == "DATA":
                if not self._data(fate, stream):
                    return
                continue
            if word == "MAIL" and fate is MessageFate.HUNG_UP:
                return
            _say(stream, _REPLIES.get((word, fate), "250 fine"))
            if word == "QUIT":
                return

    def _data(self, fate: MessageFate, stream: BinaryIO) -> bool:
        """Receive a message as its fate says; return whether the session goes on."""
        _say(stream, "354 go on")
        if fate is MessageFate.CUT:
            stream.readline()
            return False
        message = _message(stream)
        if message is None:
            return False
        self._deliver(fate, message)
        if fate is MessageFate.SLOW:
            threading.Event().wait(SLOW_SECONDS)
        if fate is MessageFate.MUTE:
            stream.readline()  # until the sender hangs up
        if fate in {MessageFate.KILLED, MessageFate.KILLED_LOST}:
            self._kill()
        if fate in _SAYS:
            _say(stream, _SAYS[fate])
        return fate in _SAYS


def _say(stream: BinaryIO, text: str) -> None:
    stream.write(f"{text}\r\n".encode())
    stream.flush()


def _message(stream: BinaryIO) -> bytes | None:
    """Return a message up to its end, with dots unstuffed; None if it is cut off."""
    lines = []
    while line := stream.readline():
        if line == b".\r\n":
            return b"".join(lines)
        lines.append(line[1:] if line.startswith(b".") else line)
    return None
