"""No test is at the mercy of a clock: a busy machine is slow, and nothing is wrong with that."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.timeouts import LONG_SECONDS

TESTS = Path(__file__).parent
# Below this a test looks again; from here on to the long patience, it gives up too soon.
_A_LOOK = 1.0
_WAITS = {
    "HTTPConnection",
    "communicate",
    "create_connection",
    "get",
    "join",
    "open",
    "run",
    "urlopen",
    "wait",
}
_CLOCKS = {"monotonic", "now", "perf_counter", "time"}


def hasty(source: str) -> Iterator[int]:
    """The lines on which a deadline stands that a busy machine may miss."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name("time"), attr="sleep")):
                limits = node.args
            case ast.Call(func=ast.Attribute(attr="settimeout")):
                limits = node.args
            case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name)) if name in _WAITS:
                limits = [word.value for word in node.keywords if word.arg == "timeout"]
            case ast.Compare(left=ast.BinOp(op=ast.Sub()) as spent, ops=[ast.Lt() | ast.LtE()]):
                calls = (one.func for one in ast.walk(spent) if isinstance(one, ast.Call))
                asked = {one.attr for one in calls if isinstance(one, ast.Attribute)}
                limits = node.comparators if asked & _CLOCKS else []
            case _:
                continue
        if any(_A_LOOK <= one.value < LONG_SECONDS for one in _numbers(limits)):
            yield node.lineno


def _numbers(nodes: list[ast.expr]) -> Iterator[ast.Constant]:
    for node in nodes:
        for one in ast.walk(node):
            if isinstance(one, ast.Constant) and isinstance(one.value, int | float):
                yield one


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("process.wait(timeout=30)", [1]),
        ("urlopen(url, timeout=10).read()", [1]),
        ("connection.settimeout(5.0)", [1]),
        ("time.sleep(4)", [1]),
        ("assert time.monotonic() - began < 2", [1]),
        ("assert datetime.now(UTC) - began < timedelta(seconds=2)", [1]),
        ("process.wait(timeout=LONG_SECONDS)", []),
        ("time.sleep(0.05)", []),  # between two looks
        ("clock.sleep(30)", []),  # a clock that is moved on by hand
        ("thread.join(timeout=0.5)", []),  # must not have ended yet
        ("deliver(mail, by(port, timeout=2))", []),  # how long the product waits
        ("assert time.monotonic() - began < 600", []),
        ("assert time.monotonic() - began >= 2", []),
    ],
)
def test_a_deadline_that_a_busy_machine_may_miss_is_seen(line: str, found: list[int]) -> None:
    assert list(hasty(line)) == found


def test_no_test_has_a_deadline_that_a_busy_machine_may_miss() -> None:
    found = {
        str(path.relative_to(TESTS)): lines
        for path in sorted(TESTS.rglob("*.py"))
        if (lines := list(hasty(path.read_text())))
    }
    assert not found, "wait for what must come, for LONG_SECONDS (tests/support/timeouts.py)"
