"""No way out of this machine, for the tests and for every Python that they start.

Python imports a module of this name when it starts. `tests/conftest.py` puts this folder on the
path of subprocesses, and names a file there in which they note where they tried to go. Programs
that are no Python (Chromium, the PostgreSQL server) are beyond it.
"""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable
from typing import Any

WAYS_OUT = "BEFOREHAND_TEST_WAYS_OUT"  # names the file
# Audit events of sockets that lead somewhere, and which of their arguments says where.
_TO_ADDRESS = {"socket.connect": 1, "socket.sendto": 1, "socket.sendmsg": 1}
_INTERNET = frozenset({socket.AF_INET, socket.AF_INET6})
_TO_NAME = {"socket.getaddrinfo": 0, "socket.gethostbyname": 0, "socket.gethostbyaddr": 0}


def watch(leave: Callable[[str], None]) -> None:
    """Call `leave` before anything goes to another machine; what it raises breaks that off.

    Looking up the name of another machine counts: the question goes out, too. A watch cannot be
    ended: it lasts as long as the process.
    """

    def hook(event: str, args: tuple[Any, ...]) -> None:
        if event in _TO_ADDRESS:
            own, address = args[0], args[_TO_ADDRESS[event]]
            if address and own.family in _INTERNET and not is_here(address[0]):
                leave(f"{address[0]}, port {address[1]}")
        elif event in _TO_NAME and not is_here(args[_TO_NAME[event]]):
            leave(f"a look-up of {args[_TO_NAME[event]]}")

    sys.addaudithook(hook)
    for name in ("connect", "connect_ex"):
        _look_first(name, leave)


def _look_first(name: str, leave: Callable[[str], None]) -> None:
    """Given a name for an address, these look it up before any event tells of it."""
    original = getattr(socket.socket, name)

    def connect(own: socket.socket, address: Any) -> Any:  # noqa: ANN401 - the library's types
        if own.family in _INTERNET and not is_here(address[0]):
            leave(f"{address[0]}, port {address[1]}")
        return original(own, address)

    setattr(socket.socket, name, connect)


def is_here(host: str | bytes | None) -> bool:
    """Whether that is this machine, or no machine at all."""
    import ipaddress  # noqa: PLC0415 - every start of a subprocess would pay for it

    name = host.decode() if isinstance(host, bytes) else host
    if not name:
        return True
    try:
        address = ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return name in {"localhost", socket.gethostname()}
    address = getattr(address, "ipv4_mapped", None) or address
    return address.is_loopback or address.is_unspecified


def _note(where: str) -> None:
    with open(os.environ[WAYS_OUT], "a", encoding="utf-8") as notes:  # noqa: PTH123 - as above
        notes.write(f"{where}, from a subprocess\n")
    raise OSError(f"a test may use loopback alone, not {where}")


if __name__ == "sitecustomize" and WAYS_OUT in os.environ:
    watch(_note)
