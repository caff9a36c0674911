"""The guard of all tests: nothing leaves this machine, not even the question for an address."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

# Addresses and names that belong to nobody (RFC 5737, RFC 3849, RFC 2606).
_ELSEWHERE = ("192.0.2.1", 9)
_FAILED = pytest.fail.Exception


def _send_a_datagram() -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as own:
        own.sendto(b"x", _ELSEWHERE)


def _send_a_message() -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as own:
        own.sendmsg([b"x"], [], 0, _ELSEWHERE)


def _look_up() -> None:
    socket.getaddrinfo("gmail.googleapis.example", 443)


def _look_up_the_old_way() -> None:
    socket.gethostbyname("gmail.googleapis.example")


def test_no_connection_leaves_this_machine(ways_out: list[str], tmp_path: Path) -> None:
    for family, host in (
        (socket.AF_INET, "192.0.2.1"),
        (socket.AF_INET6, "2001:db8::1"),
        (socket.AF_INET6, "::ffff:192.0.2.1"),
        (socket.AF_INET, "mail.example.org"),
    ):
        with socket.socket(family) as one:
            for go in (one.connect, one.connect_ex):
                with pytest.raises(pytest.fail.Exception, match="loopback alone"):
                    go((host, 9))
    assert len(ways_out) == 8
    ways_out.clear()
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(("localhost", server.getsockname()[1])).close()
    with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as one:
        server.bind(str(tmp_path / "s"))
        server.listen()
        one.connect(str(tmp_path / "s"))


@pytest.mark.parametrize(
    "leave",
    [
        _send_a_datagram,
        _send_a_message,
        _look_up,
        _look_up_the_old_way,
    ],
)
def test_no_datagram_and_no_question_leaves_it(
    leave: Callable[[], None], ways_out: list[str]
) -> None:
    with pytest.raises(_FAILED, match="loopback alone"):
        leave()
    assert len(ways_out) == 1
    ways_out.clear()


def test_a_subprocess_does_not_leave_it_either_and_is_found_out(notes_of_ways_out: Path) -> None:
    script = "import socket; socket.create_connection(('gmail.googleapis.example', 443))"
    said = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert said.returncode == 1
    assert "a test may use loopback alone" in said.stderr
    assert "a look-up of gmail.googleapis.example" in notes_of_ways_out.read_text("utf-8")
    notes_of_ways_out.unlink()


def test_a_subprocess_that_swallows_the_error_is_found_out_too(notes_of_ways_out: Path) -> None:
    script = (
        "import socket, sys; import beforehand.cli\n"
        "try: socket.create_connection(('192.0.2.1', 9), timeout=1)\n"
        "except OSError: sys.exit(7)"
    )
    root = Path(__file__).parents[1]
    assert subprocess.run([sys.executable, "-c", script], cwd=root, check=False).returncode == 7
    assert notes_of_ways_out.read_text("utf-8") == "a look-up of 192.0.2.1, from a subprocess\n"
    notes_of_ways_out.unlink()


def test_this_machine_may_be_looked_up() -> None:
    assert socket.getaddrinfo(None, 80)
    assert socket.getaddrinfo("localhost", 80)
